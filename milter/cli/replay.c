/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern replay: judges stored mail under two configurations and tells what changes, before a change of
 * rules meets mail that people wait for. One message is in memory at a time, and both configurations judge it as of
 * the same second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/mailbox.h"
#include "cli/replay_compare.h"
#include "cli/trial.h"
#include "core/text.h"
#include "mail/date.h"

#define PROGRESS_MS 200
#define HEAD_MEMORY ((size_t)64 << 20)

struct replay {
	struct cli *cli;
	struct trial before, after;
	struct clock clock;  /* of both trials */
	int64_t now, since;  /* since: messages from that second on; INT64_MIN: all */
	bool dated;          /* judge as of each message's own date */
	size_t limit;        /* messages; 0: all */
	struct replay_totals totals;
	size_t problems, older, undated;
	int64_t began, shown; /* monotonic milliseconds */
	bool progress, progress_stands;
};

/* ---- progress: on a terminal, in one line that goes away ------------------- */

static void clear_progress(struct replay *replay)
{
	if (replay->progress_stands)
		fputs("\r\033[K", stderr);
	replay->progress_stands = false;
}

static void show_progress(struct replay *replay)
{
	int64_t now = clock_monotonic_ms();

	if (!replay->progress || now - replay->shown < PROGRESS_MS)
		return;
	fprintf(stderr, "\r%zu messages, %zu change", replay->totals.messages, replay->totals.changed);
	fflush(stderr);
	replay->progress_stands = true;
	replay->shown = now;
}

/* ---- one message ------------------------------------------------------------ */

/* When a message arrived here (its topmost Received), else when it was written. */
static int message_time(const struct message *message, int64_t *seconds_r)
{
	struct slice received = message_header_value(message, "Received");
	const char *date = received.ptr != NULL ? memrchr(received.ptr, ';', received.len) : NULL;

	if (date != NULL && date_parse(slice_sub(received, (size_t)(date + 1 - received.ptr), received.len), seconds_r) == 0)
		return 0;
	return date_parse(message_header_value(message, "Date"), seconds_r);
}

/* -1: it has none. */
static int find_time(const struct replay *replay, struct slice raw, int64_t *seconds_r)
{
	struct arena *arena = arena_new(HEAD_MEMORY);
	struct message message = {0};
	struct diag d = {0};
	int rc = -1;

	if (arena != NULL &&
	    message_headers(arena, raw, &generation_config(replay->after.generation)->limits, &message, &d) == 0)
		rc = message_time(&message, seconds_r);
	arena_free(&arena);
	return rc;
}

/* Sets the clock of both trials; whether the message is to be judged. One without a date always is. */
static bool set_time(struct replay *replay, struct slice raw)
{
	int64_t at = replay->now, written;

	if (replay->dated || replay->since != INT64_MIN) {
		if (find_time(replay, raw, &written) == -1) {
			replay->undated++;
		} else if (written < replay->since) {
			replay->older++;
			return false;
		} else if (replay->dated) {
			at = written;
		}
	}
	replay->clock = clock_fixed(at);
	return true;
}

static void problem(void *arg, const char *path, const char *reason)
{
	struct replay *replay = arg;
	char line[2048];

	clear_progress(replay);
	replay->problems++;
	text_sanitize(line, sizeof(line), slice_str(path), TEXT_FOR_TERMINAL);
	fprintf(stderr, "postern: %s: %s\n", line, reason);
}

static void show(struct replay *replay, const struct comparison *c)
{
	clear_progress(replay);
	if (!replay->cli->json)
		comparison_show(replay->cli, c);
	else if (comparison_json(c) != CLI_OK)
		replay->totals.failed = true;
}

static void compare(struct replay *replay, const char *path, size_t number, struct slice raw)
{
	struct trial_message before, after = {0};
	struct diag d = {0};

	if (trial_judge(&replay->before, raw, &before, &d) == 0 && trial_judge(&replay->after, raw, &after, &d) == 0) {
		const struct comparison c = {path, number, before.verdict, after.verdict};
		bool differs = comparison_differs(&c);

		totals_add(&replay->totals, &c, differs);
		if (differs)
			show(replay, &c);
	} else {
		problem(replay, path, d.text);
	}
	trial_end(&before);
	trial_end(&after);
}

static int message(void *arg, const char *path, size_t number, struct slice raw)
{
	struct replay *replay = arg;

	if (set_time(replay, raw))
		compare(replay, path, number, raw);
	show_progress(replay);
	return replay->limit != 0 && replay->totals.messages >= replay->limit;
}

/* ---- all of them -------------------------------------------------------------- */

static size_t larger_limit(const struct replay *replay)
{
	size_t a = generation_config(replay->before.generation)->limits.message_bytes;
	size_t b = generation_config(replay->after.generation)->limits.message_bytes;

	/* One byte more, so that it is seen that the limit was passed. */
	return (a > b ? a : b) + 1;
}

static int show_json(const struct replay *replay, size_t skipped, int64_t took)
{
	json_t *o = json_object(), *summary = totals_json(&replay->totals);

	json_put_int(summary, "unreadable", (json_int_t)replay->problems);
	json_put_int(summary, "skipped", (json_int_t)skipped);
	json_put_int(summary, "older", (json_int_t)replay->older);
	json_put_int(summary, "undated", (json_int_t)replay->undated);
	json_put_int(summary, "ms", (json_int_t)took);
	json_put_new(o, "summary", summary);
	return cli_json(o);
}

static void show_summary(const struct replay *replay, size_t skipped, int64_t took)
{
	const struct replay_totals *t = &replay->totals;

	printf("%s%zu messages in %lld.%03lld s: %zu change, %zu do not (%zu of them concern no marketplace)\n",
	    t->changed > 0 ? "\n" : "", t->messages, (long long)took / 1000, (long long)took % 1000, t->changed,
	    t->messages - t->changed, t->unconcerned);
	if (skipped + replay->older + replay->problems + replay->undated > 0)
		printf("not judged: %zu older, %zu skipped, %zu unreadable; without a date: %zu\n", replay->older, skipped,
		    replay->problems, replay->undated);
	totals_show(t);
}

static int finish(struct replay *replay, size_t skipped)
{
	int64_t took = clock_monotonic_ms() - replay->began;
	int code = CLI_OK;

	clear_progress(replay);
	if (replay->cli->json)
		code = show_json(replay, skipped, took);
	else
		show_summary(replay, skipped, took);
	if (code != CLI_OK || replay->totals.failed || replay->problems > 0)
		return CLI_ERROR;
	return replay->totals.changed > 0 ? CLI_NEGATIVE : CLI_OK;
}

static int replay_paths(struct replay *replay, int count, char **paths)
{
	struct mailbox_reader reader = {.max = larger_limit(replay), .message = message, .problem = problem, .arg = replay};
	bool more = true;

	replay->began = clock_monotonic_ms();
	replay->progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
	replay->before.services.clock = &replay->clock;
	replay->after.services.clock = &replay->clock;
	for (int i = 0; i < count && more; i++)
		more = mailbox_read(&reader, paths[i]);
	return finish(replay, reader.skipped);
}

/* ---- the call ------------------------------------------------------------------ */

struct call {
	const char *against, *rules, *direction, *since, *limit, *at;
	struct cli_values to;
};

/* A folder like /etc/postern: what it lacks would silently be nothing. */
static int check_rules_dir(const char *dir, char **site_r, struct diag *d)
{
	static const char *const parts[] = {"rules.d", "outbound", "inbound", "marketplaces", "lists"};
	struct stat st;
	char *path;
	bool found = false;

	*site_r = realpath(dir, NULL);
	for (size_t i = 0; *site_r != NULL && i < sizeof(parts) / sizeof(parts[0]) && !found; i++) {
		if (asprintf(&path, "%s/%s", *site_r, parts[i]) < 0)
			return diag_add(d, "out of memory");
		found = stat(path, &st) == 0;
		free(path);
	}
	if (found)
		return 0;
	return diag_add(d, "%s: has no rules.d, outbound, inbound, marketplaces or lists: a copy of the site's directory is wanted",
	    dir);
}

static struct generation *load(const char *config, const char *site, const char *which, struct diag *d)
{
	struct generation *generation = generation_load_site(config, site, 1, d);

	if (generation == NULL)
		diag_add(d, "(these are of %s)", which);
	return generation;
}

/* After: --config with --rules in place of its site's; before: --against, by default the installed configuration. */
static int load_both(struct replay *replay, const struct call *call, struct diag *d)
{
	const char *config = replay->cli->config_path, *against = call->against;
	char *site = NULL;
	int rc = -1;

	if (against == NULL)
		against = call->rules != NULL ? config : config_default_path();
	if (call->rules == NULL || check_rules_dir(call->rules, &site, d) == 0) {
		replay->before.generation = load(against, NULL, "the configuration compared with", d);
		if (replay->before.generation != NULL)
			replay->after.generation = load(config, site, "the new configuration", d);
		rc = replay->after.generation != NULL ? 0 : -1;
	}
	free(site);
	return rc;
}

static int parse_limit(const char *text, size_t *limit_r)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*limit_r = (size_t)value;
	return *end == '\0' && end != text && text[0] != '-' && value > 0 ? 0 : -1;
}

/* What is wrong with the call; NULL: nothing. */
static const char *check_call(struct replay *replay, const struct call *call, int paths)
{
	if (paths == 0)
		return "name at least one mailbox, folder or file";
	if (trial_direction(call->direction, &replay->before.direction) == -1)
		return "--direction is 'in' or 'out'";
	if (call->since != NULL && clock_parse(call->since, &replay->since) == -1)
		return "--since needs a date like 2026-11-01";
	if (call->at != NULL && clock_parse(call->at, &replay->now) == -1)
		return "--at needs a time like 2026-11-22T09:00:00Z";
	if (call->at != NULL && replay->dated)
		return "--at and --dated exclude each other";
	if (call->limit != NULL && parse_limit(call->limit, &replay->limit) == -1)
		return "--limit needs a number above 0";
	if (call->rules == NULL && call->against == NULL && strcmp(replay->cli->config_path, config_default_path()) == 0)
		return "nothing to compare: name the changed rules (--rules DIR), a changed configuration (--config FILE), or the "
		    "one to compare with (--against FILE)";
	replay->after.direction = replay->before.direction;
	return NULL;
}

static int replay_run(struct cli *cli, int argc, char **argv)
{
	struct call call = {0};
	struct replay replay = {.cli = cli, .now = clock_now(&clock_system), .since = INT64_MIN};
	const struct cli_option options[] = {
		{.name = "against", .value = &call.against}, {.name = "rules", .value = &call.rules},
		{.name = "direction", .value = &call.direction}, {.name = "from", .value = &replay.before.from},
		{.name = "to", .values = &call.to}, {.name = "since", .value = &call.since}, {.name = "at", .value = &call.at},
		{.name = "dated", .flag = &replay.dated}, {.name = "limit", .value = &call.limit}, {0},
	};
	int code, first = cli_options(cli, &cli_replay, argc, argv, options, &code);
	const char *wrong = first != -1 ? check_call(&replay, &call, argc - first) : NULL;
	struct diag d = {0};

	replay.before.to = replay.after.to = call.to;
	replay.after.from = replay.before.from;
	if (wrong != NULL)
		code = cli_usage(&cli_replay, "%s", wrong);
	else if (first != -1 && load_both(&replay, &call, &d) == -1)
		code = cli_fail(cli, &d);
	else if (first != -1)
		code = replay_paths(&replay, argc - first, argv + first);
	totals_free(&replay.totals);
	generation_unref(&replay.before.generation);
	generation_unref(&replay.after.generation);
	free(call.to.items);
	return code;
}

const struct cli_command cli_replay = {
	"replay", "[--rules DIR] [--against FILE] [--direction in|out] [--since DATE] [--dated] [--limit N] PATH...",
	"Judge stored mail under old and new rules and tell what changes",
	"Options:\n"
	"  --rules DIR         the new rules: a changed copy of the site's directory\n"
	"  --config FILE       the new configuration, when more than rules changes\n"
	"  --against FILE      the old one (default: with --rules the same, else the installed)\n"
	"  --direction in|out  from or to a marketplace (default: told by the addresses)\n"
	"  --from ADDR, --to ADDR  envelope, as in postern scan\n"
	"  --since DATE        leave out what is older by its Received or Date\n"
	"  --dated             judge each message as of its own date, with the values of its day\n"
	"  --at TIME           judge all as of that time (default: now)\n"
	"  --limit N           stop after N messages\n"
	"  --json              one object a line for each message that changes, then a summary\n\n"
	"PATH is a Maildir, an mbox, a message, or a folder of them. Nothing is sent, and neither\n"
	"the store nor the audit log is touched: rules that count find nothing to count. Exit\n"
	"status: 0 nothing changes, 1 something does, 2 an error, also when a file can't be read.\n\n"
	"Examples:\n"
	"  cp -r /etc/postern /tmp/trial     # change /tmp/trial/rules.d/..., then\n"
	"  postern replay --rules /tmp/trial ~/Maildir/.Sent\n"
	"  postern replay --config /tmp/trial/postern.conf --since 2026-10-01 --dated sent.mbox\n"
	"  postern replay --rules /tmp/trial --json Maildir | jq -r 'select(.after.action==\"reject\").file'\n",
	replay_run
};
