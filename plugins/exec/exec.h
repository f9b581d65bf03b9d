/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGIN_EXEC_H
#define POSTERN_PLUGIN_EXEC_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "postern/plugin.h"

/* Internal to the plugin "exec": a pool of children that judge by the protocol of postern-exec(7). */

#define EXEC_PROTOCOL "1"
#define EXEC_CHILDREN_MAX 64
#define EXEC_ARGS_MAX 64
#define EXEC_PROFILE_MAX 16
/* A child that says more than that of one message, or to register, talks nonsense. */
#define EXEC_ANSWER_MAX 262144
#define EXEC_REASON 320

/* What a child asked for, as bits. */
enum exec_report {
	EXEC_MESSAGE = 1, EXEC_ENVELOPE = 2, EXEC_HEADER = 4, EXEC_TEXT = 8, EXEC_URL = 16, EXEC_ADDRESS = 32,
	EXEC_ID = 64, EXEC_ATTACHMENT = 128
};

/* ---- line.c: bytes that grow, and fields ---- */

struct bytes {
	char *data; /* malloc; NUL-terminated when not NULL */
	size_t len, cap, max;
	bool failed; /* out of memory, or more than max */
};
void bytes_add(struct bytes *b, const char *data, size_t len);
void bytes_free(struct bytes *b);
/* '|' and the field; what could be taken for structure, and what is not UTF-8, as %XX. */
void bytes_field(struct bytes *b, struct postern_slice field);
void bytes_field_str(struct bytes *b, const char *field);
void bytes_field_int(struct bytes *b, int64_t value);
/* Cuts the next field off *line and decodes it in place: NUL-terminated. NULL: there is none, or a wrong %XX. */
char *field_next(char **line, size_t *len_r);
/* As field_next, for a number from 0 to max; -1 when it is none. */
int64_t field_number(char **line, int64_t max);
/* Copies text so that it may be logged and shown: one line, printable. */
void text_clean(char *out, size_t size, const char *text, size_t len);

/* ---- child.c: one process ---- */

struct launch {
	char *argv[EXEC_ARGS_MAX + 1]; /* argv[0]: absolute path */
	uid_t uid;  /* root only: whom the child runs as */
	gid_t gid;
	bool drop;  /* whether uid and gid count */
	int64_t memory; /* bytes of address space; 0: no limit */
};

struct process {
	pid_t pid;  /* 0: none */
	int fd;     /* our end of its standard input and output */
	int err_fd; /* its standard error */
};

int64_t exec_clock_ms(void);
/* 0, or -1 with errno. By the thread that lives as long as the child may: its end is the child's. */
int process_start(const struct launch *launch, struct process *process_r);
/* Its input ends: a well-behaved child goes by itself. */
void process_hang_up(struct process *process);
/* Whether it is gone by then; *status_r as of waitpid. */
bool process_gone(struct process *process, int *status_r);
/* Kills it and all of its session, and waits. */
void process_kill(struct process *process, int *status_r);

/* ---- pool.c: N children kept running ---- */

struct child {
	struct process process;
	enum { CHILD_DOWN, CHILD_STARTING, CHILD_IDLE, CHILD_BUSY, CHILD_BROKEN } state;
	int64_t when;       /* DOWN: next start; STARTING: must be ready; monotonic milliseconds */
	unsigned failures;  /* in a row */
	struct bytes in;    /* what it said to register */
	unsigned reports;   /* EXEC_* */
	char *profile[EXEC_PROFILE_MAX];
	size_t profile_count;
	bool versioned;
	char reason[EXEC_REASON]; /* why it is broken, or was */
	char said[200];           /* the last line of its standard error */
};

struct pool {
	const struct postern_host *host;
	struct launch launch;
	int64_t timeout_ms, start_ms;
	size_t max_size, count;
	pthread_t keeper;
	bool keeping;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on the monotonic clock */
	int wake;               /* eventfd */
	bool stop;
	uint64_t number;        /* of the last message */
	char reason[EXEC_REASON]; /* of the last failure */
	int64_t minute;           /* of the lines of standard error that were logged */
	unsigned logged, dropped;
	struct child children[EXEC_CHILDREN_MAX];
};

/* Starts the keeper and waits for the first child. -1: reason says why; pool_stop all the same. */
int pool_start(struct pool *pool);
void pool_stop(struct pool *pool);
/* A child for one message, until deadline; NULL with the reason. */
struct child *pool_take(struct pool *pool, int64_t deadline, char *reason, size_t size);
/* reason NULL: it did well. */
void pool_give(struct pool *pool, struct child *child, const char *reason);
uint64_t pool_number(struct pool *pool);

/* ---- register.c: what a child says before it is ready ---- */

/* Sends what it is told at the start. -1: it does not listen. */
int register_greet(struct child *child);
/* Reads what is there. 1: it is ready, 0: not yet, -1: reason says why not. */
int register_read(struct child *child);

/* ---- talk.c: request and answer ---- */

/* Sends request and receives up to the line that ends the answer. 0, or -1 with the reason. */
int talk(struct child *child, const struct bytes *request, int64_t deadline, struct bytes *answer,
    char *reason, size_t size);

/* ---- tell.c, answer.c: a message as lines, lines as findings ---- */

enum postern_status tell_message(const struct postern_host *host, struct postern_ctx *ctx, const struct child *child,
    uint64_t number, struct bytes *out);
/* Reads the whole answer before it reports any of it. -1: nonsense, reason says which. */
int answer_take(const struct postern_host *host, struct postern_ctx *ctx, uint64_t number, struct bytes *answer,
    enum postern_status *status_r, char *reason, size_t size);

#endif
