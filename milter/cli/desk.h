/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_DESK_H
#define POSTERN_CLI_DESK_H

#include "cli/cli.h"
#include "core/clock.h"
#include "policy/profile.h"
#include "store/store.h"

/* What the commands of the service desk share: configuration and store to read, a time, and a way to the daemon. */
struct cli_desk {
	struct cli *cli;
	struct config *config;
	struct store *store;       /* read-only; NULL when it was not asked for */
	struct profiles *profiles; /* NULL when they were not asked for */
	int64_t now;
};

#define CLI_DESK_STORE 1U
#define CLI_DESK_PROFILES 2U

/* Opens what parts names. CLI_OK, or CLI_ERROR after cli_fail. Freed with cli_desk_close in either case. */
int cli_desk_open(struct cli *cli, unsigned parts, struct cli_desk *desk_r);
void cli_desk_close(struct cli_desk *desk);

/* The time given with --at, or now when text is NULL. -1 after cli_usage. */
int cli_desk_time(const struct cli_command *command, const char *text, int64_t *now_r);
/* CLI_OK when there is such a marketplace (or name is NULL), CLI_ERROR after cli_fail. */
int cli_desk_marketplace(const struct cli_desk *desk, const char *name);
/* A number from min to max given with an option. -1 after cli_usage. */
int cli_desk_number(const struct cli_command *command, const char *option, const char *text, int64_t min, int64_t max,
    int64_t *number_r);
/* Seconds of "14d", "48h", "30m" or "90s", at least one and at most ten years. -1: it is none. */
int cli_span(const char *text, int64_t *seconds_r);

/* The response rate below which a marketplace acts, as its profile says for a second. */
struct cli_line {
	int64_t percent;    /* 0: the profile has no line */
	int64_t window;     /* seconds that it looks back; 30 days where the profile names none */
	int64_t since;      /* the line holds from then on */
	const char *source; /* NULL: none */
};
struct cli_line cli_rate_line(const struct marketplace *market, int64_t at);

/* object[key] = seconds as a time; nothing for 0. */
void cli_put_time(json_t *object, const char *key, int64_t seconds);
/* Prints seconds as a time in UTC ("2026-11-22 09:00"), padded to 16 columns. */
void cli_show_time(int64_t seconds);
bool cli_is_waiting(const struct thread_status *status);

/*
 * What a person means by a word: a thread's key, a message's audit id, or an order's number.
 * Sets one of the filter's fields; the filter keeps the word.
 */
void cli_desk_name(const char *word, struct store_filter *filter);

/*
 * Commands the desk through the daemon; takes over the reference to request (without "command"). CLI_OK with
 * *answer_r (new reference; may be NULL), or CLI_ERROR after cli_fail.
 */
int cli_desk_command(const struct cli_desk *desk, json_t *request, json_t **answer_r);
/* The same, with the reason in d instead: 0 or -1. */
int cli_desk_ask(const struct cli_desk *desk, json_t *request, json_t **answer_r, struct diag *d);
/*
 * Commands something about the one thread that a word names, taking over the reference to request, and prints the
 * answer, or "THREAD: said". CLI_OK, or CLI_ERROR after cli_fail: no thread, several, or it may not be.
 */
int cli_desk_mark(struct cli_desk *desk, const char *word, json_t *request, const char *said);

#endif
