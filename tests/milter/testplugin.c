/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for the daemon's tests: finds the word that its option names (with
 * what is attached to it), and does evil when the text asks for it.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <postern/plugin.h>

struct instance {
	char word[64];
	char fd_file[256];
	long long most;
};

static const struct postern_rule_id rules[] = {{"TEST-WORD", "a word of the test"}, {0}};
static const struct postern_option options[] = {
	{"word", POSTERN_OPTION_STRING, "forbidden-token", 0, 0, "The word to find."},
	{"most", POSTERN_OPTION_INT, "-1", -1, 1000000, "Found only when more messages than this had it within an hour."},
	{"fd_file", POSTERN_OPTION_STRING, "", 0, 0, "Where a child lists its descriptors."},
	{0}
};

static void copy(char *dst, size_t size, struct postern_slice s)
{
	size_t len = s.len < size - 1 ? s.len : size - 1;

	memcpy(dst, s.ptr, len);
	dst[len] = '\0';
}

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct instance *instance = calloc(1, sizeof(*instance));

	if (instance == NULL)
		return POSTERN_TEMPFAIL;
	copy(instance->word, sizeof(instance->word), host->conf_string(conf, "word"));
	copy(instance->fd_file, sizeof(instance->fd_file), host->conf_string(conf, "fd_file"));
	instance->most = host->conf_int(conf, "most");
	*instance_r = instance;
	return POSTERN_OK;
}

static void close_instance(const struct postern_host *host, void *instance)
{
	(void)host;
	free(instance);
}

static int asked(struct postern_slice text, const char *word)
{
	return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static void pause_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* A real fault, also where a sanitizer would end the process in its own way first. */
__attribute__((no_sanitize("undefined", "address"))) static void write_nowhere(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
}

/* Deeper than any stack; the compiler may not know. */
static int overflow(volatile char *above, volatile unsigned *depth)
{
	volatile char here[4096];

	here[0] = above != NULL ? above[0] : 0;
	return *depth == 0 ? here[0] : (--*depth, overflow(here, depth) + here[0]);
}

/* A child as an external checker would be started: what does it inherit? */
static void list_descriptors(const char *file)
{
	char command[] = "exec ls -l /proc/self/fd";
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, command, NULL};
	pid_t child = fork();

	if (child == 0) {
		int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(fd, 1);
		close(fd);
		execv("/bin/sh", argv);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static void do_evil(const struct instance *instance, struct postern_slice text)
{
	const char *sleep_ms = memmem(text.ptr, text.len, "please-sleep-", 13);
	const char *late_ms = memmem(text.ptr, text.len, "please-late-", 12);
	volatile unsigned depth = 1000000;

	if (asked(text, "please-crash"))
		write_nowhere();
	if (asked(text, "please-abort"))
		abort();
	if (asked(text, "please-exit"))
		exit(0);
	if (asked(text, "please-die"))
		_exit(0);
	if (asked(text, "please-overflow"))
		overflow(NULL, &depth);
	if (asked(text, "please-hang"))
		for (;;)
			pause_ms(1000);
	/* In one rule only: the first (the harness writes them), or for "late" the last. */
	if (sleep_ms != NULL && strcmp(instance->word, "forbidden-token") == 0)
		pause_ms(strtol(sleep_ms + 13, NULL, 10));
	if (late_ms != NULL && strcmp(instance->word, "tag-token") == 0)
		pause_ms(strtol(late_ms + 12, NULL, 10));
	if (asked(text, "please-list-descriptors"))
		list_descriptors(instance->fd_file);
}

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, size_t index,
    struct postern_slice text, const char *found, size_t len)
{
	size_t left = (size_t)(text.ptr + text.len - found);

	while (len < left && len < 100 && (isalnum((unsigned char)found[len]) || found[len] == '-'))
		len++;
	return host->finding(ctx, &(struct postern_finding){.rule_id = "TEST-WORD", .where = POSTERN_IN_TEXT,
		.index = index, .score = 100, .evidence = {found, len}});
}

/* 1: so often that it is told, 0: it is not, -1: nobody knows. */
static int is_told(const struct postern_host *host, struct postern_ctx *ctx, const struct instance *instance)
{
	int64_t count;

	if (instance->most < 0)
		return 1;
	if (host->counter(ctx, (struct postern_slice){instance->word, strlen(instance->word)}, 1, 3600, &count) != POSTERN_OK)
		return -1;
	return count > instance->most;
}

static enum postern_status check(const struct postern_host *host, const void *arg, struct postern_ctx *ctx)
{
	const struct instance *instance = arg;
	size_t i, len = strlen(instance->word);

	for (i = 0; i < host->text_count(ctx); i++) {
		struct postern_text text;
		const char *found;
		enum postern_status status = host->text(ctx, i, &text);

		if (status != POSTERN_OK)
			return status;
		if (asked(text.text, "please-tempfail"))
			return POSTERN_TEMPFAIL;
		do_evil(instance, text.text);
		found = memmem(text.text.ptr, text.text.len, instance->word, len);
		switch (found != NULL ? is_told(host, ctx, instance) : 0) {
		case 0: continue;
		case 1: break;
		default: return POSTERN_TEMPFAIL;
		}
		if (report(host, ctx, i, text.text, found, len) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
	}
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("daemontest"), .version = "1", .summary = "Finds a word, or does evil.",
	.directions = POSTERN_INBOUND | POSTERN_OUTBOUND, .needs = POSTERN_NEED_TEXT | POSTERN_NEED_STORE,
	.rules = rules, .options = options,
	.open = open_instance, .check = check, .close = close_instance
};
