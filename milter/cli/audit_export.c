/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern audit export: the log's records on standard output, for collectors that start a program. It reads the files
 * beside a running posternd; with a cursor file a call goes on where the one before ended.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/read.h"
#include "core/clock.h"
#include "export/filter.h"
#include "export/format.h"
#include "export/position.h"

/* So many records are written before the cursor file is. */
#define CURSOR_EVENTS 256
#define FOLLOW_MS 500
#define SYSLOG_SIZE 8192

enum output_format { OUTPUT_JSON, OUTPUT_SYSLOG, OUTPUT_CSV };

struct call {
	struct cli *cli;
	bool follow;
	const char *from, *format, *cursor_path;
	struct cli_values events, actions;

	enum output_format output;
	struct export_filter filter;
	struct export_syslog syslog;
	char host[256];
	int64_t since;     /* records before the first one of this second are passed over; 0: none */
	struct audit_cursor cursor;
	int64_t saved;     /* up to here it is written, and the cursor file says so */
	struct buf line;
	struct diag d;
};

static const struct cli_command command;

/* ---- writing ---------------------------------------------------------------------- */

static int write_out(struct call *call)
{
	size_t len = call->line.len;
	bool failed = call->line.failed;

	if (!failed && len > 0 && fwrite(call->line.data, 1, len, stdout) != len)
		return diag_add(&call->d, "can't write: %s", strerror(errno));
	buf_truncate(&call->line, 0);
	return failed ? diag_add(&call->d, "out of memory") : 0;
}

/* What is remembered was written: doubles are possible, gaps are not. */
static int checkpoint(struct call *call)
{
	int64_t seq = call->cursor.next - 1;

	if (fflush(stdout) == EOF)
		return diag_add(&call->d, "can't write: %s", strerror(errno));
	if (seq == call->saved)
		return 0;
	call->saved = seq;
	return call->cursor_path != NULL ? position_write(call->cursor_path, seq, &call->d) : 0;
}

static bool too_early(struct call *call, const json_t *event)
{
	const char *text = json_get_str(event, "time");
	int64_t time;

	if (call->since == 0)
		return false;
	if (text != NULL && clock_parse(text, &time) == 0 && time < call->since)
		return true;
	/* A later record may have an earlier second: it counts when its message came. */
	call->since = 0;
	return false;
}

static int on_event(void *arg, const json_t *event)
{
	struct call *call = arg;

	/* The cursor stands at this record: all before it were written. */
	if (call->cursor.next - 1 - call->saved >= CURSOR_EVENTS && checkpoint(call) == -1)
		return -1;
	if (too_early(call, event) || !export_wanted(&call->filter, event))
		return 0;
	switch (call->output) {
	case OUTPUT_JSON:
		export_json(event, &call->line);
		break;
	case OUTPUT_SYSLOG:
		export_syslog(&call->syslog, event, &call->line);
		buf_add_char(&call->line, '\n');
		break;
	case OUTPUT_CSV:
		export_csv(event, &call->line);
		break;
	}
	return write_out(call);
}

/* Until the next look at the log. False: nobody reads any more. */
static bool wait_more(void)
{
	struct pollfd fd = {.fd = STDOUT_FILENO};

	return poll(&fd, 1, FOLLOW_MS) <= 0 || (fd.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

static int walk(struct call *call)
{
	int rc;

	do
		rc = audit_cursor_read(&call->cursor, INT64_MAX - 1, on_event, call, &call->d) == 0 && checkpoint(call) == 0
		    ? 0 : -1;
	while (rc == 0 && call->follow && wait_more());
	/* While a daemon writes, the next file may just have come. */
	if (rc == 0 && !call->follow && call->cursor.path != NULL)
		rc = audit_cursor_check_end(&call->cursor, &call->d);
	return rc;
}

/* ---- where to begin ------------------------------------------------------------------ */

static int parse_from(struct call *call, const char *dir)
{
	char *end;
	long long seq = strtoll(call->from, &end, 10);

	if (*end == '\0' && end != call->from && seq > 0) {
		call->cursor.next = seq;
		return 0;
	}
	if (clock_parse(call->from, &call->since) == -1)
		return diag_add(&call->d, "--from needs a record's number or a time (2026-11-22 or 2026-11-22T04:35:33Z), not '%s'",
		    call->from);
	return audit_find_since(dir, call->since, &call->cursor.next, &call->d);
}

/* 1: the cursor file says where, 0: nothing does, -1: error. */
static int begin(struct call *call, const char *dir)
{
	int64_t seq = 0;
	int rc = call->cursor_path != NULL ? position_read(call->cursor_path, &seq, &call->d) : 0;

	call->cursor = (struct audit_cursor){.dir = dir, .next = seq + 1};
	if (rc == 0 && call->from != NULL)
		rc = parse_from(call, dir);
	call->saved = rc == 1 ? seq : -1;
	return rc;
}

static int run(struct call *call, const char *dir)
{
	int rc = access(dir, R_OK | X_OK) == 0 ? begin(call, dir)
	    : diag_add(&call->d, "%s: %s; is it the audit log's directory, and may you read it?", dir, strerror(errno));

	if (rc == 0 && call->output == OUTPUT_CSV)
		export_csv(NULL, &call->line);
	if (rc >= 0)
		rc = write_out(call) == 0 ? walk(call) : -1;
	audit_cursor_free(&call->cursor);
	buf_free(&call->line);
	return rc == 0 ? CLI_OK : cli_fail(call->cli, &call->d);
}

/* ---- the call -------------------------------------------------------------------------- */

static int set_format(struct call *call)
{
	static const char *const names[] = {"json", "syslog", "csv"};

	for (size_t i = 0; call->format != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], call->format) == 0) {
			call->output = (enum output_format)i;
			return CLI_OK;
		}
	return call->format == NULL ? CLI_OK
	    : cli_usage(&command, "--format is json, syslog or csv, not '%s'", call->format);
}

/* As a list that ends with NULL. */
static char **list_of(const struct cli_values *values)
{
	char **list = calloc(values->count + 1, sizeof(*list));

	for (size_t i = 0; list != NULL && i < values->count; i++)
		list[i] = (char *)(uintptr_t)values->items[i];
	return list;
}

static int prepare(struct call *call, char **events, char **actions)
{
	if (events == NULL || actions == NULL)
		return cli_usage(&command, "out of memory");
	call->filter = (struct export_filter){.events = events, .actions = actions};
	if (gethostname(call->host, sizeof(call->host) - 1) == -1)
		call->host[0] = '\0';
	call->syslog = (struct export_syslog){.facility = export_facility("mail"), .enterprise = "32473", .host = call->host,
	    .max_size = SYSLOG_SIZE};
	return set_format(call);
}

static int with_config(struct call *call)
{
	char **events = list_of(&call->events), **actions = list_of(&call->actions);
	int code = prepare(call, events, actions);
	struct config *config = code == CLI_OK ? cli_config(call->cli) : NULL;

	if (config != NULL)
		code = run(call, config->audit_dir);
	else if (code == CLI_OK)
		code = CLI_ERROR;
	config_free(&config);
	free(events);
	free(actions);
	return code;
}

int audit_export_run(struct cli *cli, int argc, char **argv)
{
	struct call call = {.cli = cli};
	const struct cli_option options[] = {
		{.name = "follow", .flag = &call.follow}, {.name = "from", .value = &call.from},
		{.name = "format", .value = &call.format}, {.name = "cursor", .value = &call.cursor_path},
		{.name = "event", .values = &call.events}, {.name = "action", .values = &call.actions}, {0},
	};
	int code, first = cli_options(cli, &command, argc, argv, options, &code);

	if (first != -1)
		code = first + 1 == argc ? with_config(&call) : cli_usage(&command, "takes options only, not '%s'", argv[first + 1]);
	free(call.events.items);
	free(call.actions.items);
	return code;
}

static const struct cli_command command = {
	"audit export",
	"[--follow] [--from SEQ|TIME] [--format json|syslog|csv] [--event TYPE]... [--action NAME]... [--cursor FILE]",
	"Write the audit log's records to standard output, for collectors",
	"  --follow       goes on with what comes, until nobody reads\n"
	"  --from SEQ     from this record on; or from the first one of a time on\n"
	"                 (2026-11-22, 2026-11-22T04:35:33Z)\n"
	"  --format NAME  json: lines as they stand in the log (default); syslog: RFC 5424;\n"
	"                 csv: a table\n"
	"  --event TYPE   only these events (several times); --action NAME: of messages,\n"
	"                 only these decisions\n"
	"  --cursor FILE  remembers there how far it came and goes on from there at the\n"
	"                 next call; a call that is killed may give some records again\n"
	"posternd can hand records over by itself: sections export of postern.conf(5).\n"
	"Exit status: 0 done, also when there was nothing; 2 an error.\n\n"
	"Examples:\n"
	"  postern audit export --from 2026-11-01 --action reject --format csv > refused.csv\n"
	"  postern audit export --follow --cursor /var/lib/collector/postern.pos\n",
	NULL
};
