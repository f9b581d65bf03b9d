/* SPDX-License-Identifier: BSD-2-Clause */
/* postern report: what was found, by rule, person, account and week, and what people decided otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/mail.h"
#include "core/arena.h"
#include "core/clock.h"
#include "report/write.h"

#define DAY_SECONDS 86400
#define WEEKS_BEFORE 8 /* whole ones, before the running one */
#define ZONE_ROOM ((size_t)4 << 20) /* names of all zones, to suggest one */

struct report_call {
	struct cli *cli;
	struct report_query query;
	const char *from, *to, *by, *zone, *direction, *html, *mail;
	int table; /* of enum report_by, or REPORT_BY_OVERRIDE, REPORT_BY_ALL */
	bool csv;
};

/* ---- the period ----------------------------------------------------------------------- */

/* A day of the zone (end: the second after it), or a second. -1 after cli_usage. */
static int read_time(const struct zone *zone, const char *option, const char *text, bool end, int64_t *time_r)
{
	if (clock_parse(text, time_r) == -1) {
		cli_usage(&cli_report, "%s needs a day like 2026-11-22 or a time like 2026-11-22T09:00:00Z, not '%s'", option,
		    text);
		return -1;
	}
	if (strchr(text, 'T') == NULL)
		*time_r = zone_utc(zone, *time_r + (end ? DAY_SECONDS : 0));
	return 0;
}

static int read_period(struct report_call *call)
{
	struct report_query *query = &call->query;

	query->to = clock_now(&clock_system) + 1;
	if (call->to != NULL && read_time(query->zone, "--to", call->to, true, &query->to) == -1)
		return -1;
	query->from = zone_utc(query->zone, (report_monday(query->zone, query->to - 1) - WEEKS_BEFORE * 7) * DAY_SECONDS);
	if (call->from != NULL && read_time(query->zone, "--from", call->from, false, &query->from) == -1)
		return -1;
	if (query->from < query->to)
		return 0;
	cli_usage(&cli_report, "--from must be before --to");
	return -1;
}

/* ---- giving it -------------------------------------------------------------------------- */

/* Only for its owner: it names people. "-" is standard output. */
static int write_file(const char *path, const struct buf *text, struct diag *d)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO)
	    : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
	FILE *file = fd != -1 ? fdopen(fd, "w") : NULL;
	bool whole;

	if (file == NULL) {
		if (fd != -1)
			close(fd);
		return diag_add(d, "%s: %s", path, strerror(errno));
	}
	whole = fwrite(text->data, 1, text->len, file) == text->len;
	if (fclose(file) != 0 || !whole)
		return diag_add(d, "%s: could not be written: %s", path, strerror(errno));
	return 0;
}

/* The screen, with the page beside it. */
static int send_mail(const struct report_call *call, const struct config *config, const struct report *report)
{
	struct buf text = {0}, page = {0}, subject = {0};
	struct cli_mail mail = {.to = call->mail, .name = "report.html"};
	struct diag d = {0};
	int rc = -1;

	report_text(&text, report, call->table, false);
	report_html(&page, report);
	report_subject(&subject, report);
	mail.text = buf_slice(&text);
	mail.page = buf_slice(&page);
	mail.subject = subject.data;
	if (text.failed || page.failed || subject.failed)
		diag_add(&d, "out of memory");
	else
		rc = cli_mail_send(config, &mail, &d);
	buf_free(&text);
	buf_free(&page);
	buf_free(&subject);
	return rc == 0 ? CLI_OK : cli_fail(call->cli, &d);
}

static int give(const struct report_call *call, const struct config *config, const struct report *report)
{
	struct diag d = {0};
	struct buf out = {0};
	int rc;

	if (call->mail != NULL)
		return send_mail(call, config, report);
	if (call->cli->json)
		return cli_json(report_json(report));
	if (call->html != NULL)
		report_html(&out, report);
	else if (call->csv)
		report_csv(&out, report, call->table);
	else
		report_text(&out, report, call->table, call->cli->colour);
	rc = out.failed ? diag_add(&d, "out of memory") : write_file(call->html != NULL ? call->html : "-", &out, &d);
	buf_free(&out);
	return rc == 0 ? CLI_OK : cli_fail(call->cli, &d);
}

static int run_report(const struct report_call *call)
{
	struct config *config = cli_config(call->cli);
	struct diag d = {0};
	struct report *report;
	int code;

	if (config == NULL)
		return CLI_ERROR;
	report = report_read(config->audit_dir, &call->query, &d);
	code = report != NULL ? give(call, config, report) : cli_fail(call->cli, &d);
	report_free(&report);
	config_free(&config);
	return code;
}

/* ---- the command -------------------------------------------------------------------------- */

static int read_words(struct report_call *call)
{
	enum report_by by;

	call->table = REPORT_BY_ALL;
	if (call->by != NULL && strcmp(call->by, "override") == 0)
		call->table = REPORT_BY_OVERRIDE;
	else if (call->by != NULL && report_by_read(call->by, &by) == 0)
		call->table = (int)by;
	else if (call->by != NULL)
		return cli_usage(&cli_report,
		    "--by needs rule, agent, account, shop, marketplace, week, day or override, not '%s'", call->by);
	call->query.inbound = call->direction != NULL && strcmp(call->direction, "in") == 0;
	if (call->direction != NULL && !call->query.inbound && strcmp(call->direction, "out") != 0)
		return cli_usage(&cli_report, "--direction needs in or out, not '%s'", call->direction);
	if (call->csv + call->cli->json + (call->html != NULL) + (call->mail != NULL) > 1)
		return cli_usage(&cli_report, "--csv, --json, --html and --mail exclude each other");
	if (call->mail != NULL && !cli_mail_is_address(call->mail))
		return cli_usage(&cli_report, "--mail needs one address without a name, not '%s'", call->mail);
	return CLI_OK;
}

static int read_zone(struct report_call *call, struct arena *arena)
{
	char here[ZONE_NAME_SIZE];
	struct diag d = {0};

	zone_here(here);
	call->query.zone = zone_load(arena, call->zone != NULL ? call->zone : here, &d);
	return call->query.zone != NULL ? CLI_OK : cli_fail(call->cli, &d);
}

static int report_run(struct cli *cli, int argc, char **argv)
{
	struct report_call call = {.cli = cli};
	const struct cli_option options[] = {
		{.name = "from", .value = &call.from}, {.name = "to", .value = &call.to}, {.name = "by", .value = &call.by},
		{.name = "marketplace", .value = &call.query.marketplace}, {.name = "rule", .value = &call.query.rule},
		{.name = "agent", .value = &call.query.agent}, {.name = "direction", .value = &call.direction},
		{.name = "zone", .value = &call.zone}, {.name = "csv", .flag = &call.csv},
		{.name = "html", .value = &call.html}, {.name = "mail", .value = &call.mail}, {0},
	};
	int code, first = cli_options(cli, &cli_report, argc, argv, options, &code);
	struct arena *arena;

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_report, "takes no argument: '%s'", argv[first]);
	if (read_words(&call) != CLI_OK)
		return CLI_ERROR;
	arena = arena_new(ZONE_ROOM);
	code = arena != NULL ? read_zone(&call, arena) : CLI_ERROR;
	if (code == CLI_OK)
		code = read_period(&call) == 0 ? run_report(&call) : CLI_ERROR;
	arena_free(&arena);
	return code;
}

const struct cli_command cli_report = {
	"report", "[--from DATE] [--to DATE] [--by WHAT] [--marketplace NAME] [--rule NAME] [--agent NAME] "
	"[--direction in|out] [--zone ZONE] [--csv | --json | --html FILE | --mail ADDRESS]",
	"Tell violations by rule, person, account and week, and overrides",
	"Counted from the audit log: how many messages were judged, in how many a rule found a violation,\n"
	"what became of them, how that changed from week to week, and what people or exemptions decided\n"
	"otherwise. A mail that was tried again counts once; one against three rules counts once as a\n"
	"message and once for each rule.\n"
	"  --from DATE         first day (default: the Monday eight weeks before the running week)\n"
	"  --to DATE           last day (default: now)\n"
	"  --by WHAT           a whole table: rule, agent, account, shop, marketplace, week, day, or override\n"
	"  --marketplace NAME  only of this marketplace\n"
	"  --rule NAME         only violations of this rule or rule id\n"
	"  --agent NAME        only mail of this person\n"
	"  --direction in      incoming mail instead of outgoing\n"
	"  --zone ZONE         in which days and weeks begin (default: this machine's)\n"
	"  --csv               for a spreadsheet; without --by everything in one table\n"
	"  --html FILE         a page to print or send on; - is standard output\n"
	"  --mail ADDRESS      hand text and page to sendmail(8) (desk { sendmail = ... })\n"
	"Response times and misses are in 'postern rate' and 'postern sla'.\n\n"
	"Examples:\n"
	"  postern report\n"
	"  postern report --by agent --from 2026-11-01 --to 2026-11-30 --csv > agents.csv\n"
	"  postern report --html report.html\n"
	"  postern report --mail compliance@shop.example\n",
	report_run
};
