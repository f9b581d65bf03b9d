/* SPDX-License-Identifier: BSD-2-Clause */
/* postern scan: judges messages in files exactly as the daemon would. */
#include "cli/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "engine/generation.h"

/* More than any limit on messages in use; what the configuration allows is judged. */
#define FILE_MAX ((size_t)1 << 30)

struct scan {
	struct cli *cli;
	struct trial trial;
	struct clock clock;
	const char *inbound_path;
	struct buf inbound; /* the message that is answered */
};

static void show_inbound(const struct verdict *verdict)
{
	char due[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < verdict->label_count; i++)
		printf("%s%s", i == 0 ? "  labels " : ", ", verdict->labels[i]);
	if (verdict->label_count > 0)
		putchar('\n');
	if (verdict->sla == SLA_STARTS) {
		clock_format(due, sizeof(due), verdict->sla_due);
		printf("  answer due %s (%lld h left)\n", due, (long long)verdict->sla_hours);
	}
}

/* What was decided otherwise than the rules say, and by whose word. */
static void show_exempt(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->exemption_count; i++) {
		const struct exemption *exemption = &verdict->exemptions[i];

		printf("  not judged by rule %s: %s has %s%s%s\n", exemption->rule, exemption->by, exemption->entry,
		    exemption->until != NULL ? " until " : "", exemption->until != NULL ? exemption->until : "");
	}
	if (verdict->hold_party != NULL)
		printf("  held instead of refused: hold_senders has %s\n", verdict->hold_party);
}

/* A reply line as the sender sees it: the library's "%%" is one '%'. */
static void show_reply(const struct verdict *verdict, size_t i)
{
	printf("  reply: %s%s%s ", verdict->code, i + 1 < verdict->reply_count ? "-" : " ", verdict->enhanced);
	for (const char *p = verdict->reply[i]; *p != '\0'; p++) {
		putchar(*p);
		if (p[0] == '%' && p[1] == '%')
			p++;
	}
	putchar('\n');
}

static void show_verdict(const struct cli *cli, const char *file, const struct verdict *verdict)
{
	cli_text(slice_str(file), 0);
	printf(": ");
	cli_styled(cli, cli_action_style(action_name(verdict->action)), action_name(verdict->action));
	if (verdict->marketplace != NULL)
		printf(" (%s, %s)\n", verdict->direction == POSTERN_INBOUND ? "incoming" : "outgoing",
		    verdict->marketplace);
	else
		printf(" (%s)\n", verdict->outside ? "outgoing, to no marketplace's customer" : "concerns no marketplace");
	for (size_t i = 0; i < verdict->finding_count; i++)
		trial_show_finding(cli, "  ", &verdict->findings[i]);
	show_exempt(verdict);
	show_inbound(verdict);
	for (size_t i = 0; i < verdict->reply_count; i++)
		show_reply(verdict, i);
}

static int show_json(const char *file, const struct verdict *verdict)
{
	json_t *with_file = json_object(), *rest = verdict_json(verdict);

	if (with_file == NULL || rest == NULL || json_put_str(with_file, "file", file) == -1 ||
	    json_object_update(with_file, rest) == -1) {
		json_decref(rest);
		json_decref(with_file);
		return cli_json(NULL);
	}
	json_decref(rest);
	return cli_json(with_file);
}

static int scan_message(struct scan *scan, const char *file, struct slice raw, struct diag *d)
{
	struct trial_message message;
	int code = CLI_ERROR;

	if (trial_judge(&scan->trial, raw, &message, d) == 0) {
		code = message.verdict->action <= ACTION_TAG ? CLI_OK : CLI_NEGATIVE;
		if (!scan->cli->json)
			show_verdict(scan->cli, file, message.verdict);
		else if (show_json(file, message.verdict) != CLI_OK)
			code = CLI_ERROR;
	}
	trial_end(&message);
	return code;
}

static int scan_file(struct scan *scan, const char *file)
{
	struct buf raw = {0};
	struct diag d = {0};
	int code = CLI_ERROR;

	if (file_read(file, FILE_MAX, &raw, &d) == 0)
		code = scan_message(scan, file, buf_slice(&raw), &d);
	if (d.count > 0)
		code = cli_fail(scan->cli, &d);
	buf_free(&raw);
	return code;
}

static int scan_files(struct scan *scan, int count, char **files)
{
	struct diag d = {0};
	struct engine *engine = engine_new(scan->cli->config_path, &d);
	int worst = CLI_OK;

	if (engine != NULL && scan->inbound_path != NULL && file_read(scan->inbound_path, FILE_MAX, &scan->inbound, &d) != 0)
		engine_free(&engine);
	if (engine == NULL)
		return cli_fail(scan->cli, &d);
	scan->trial.generation = engine_current(engine);
	if (scan->inbound_path != NULL)
		scan->trial.inbound = buf_slice(&scan->inbound);
	for (int i = 0; i < count; i++) {
		int code = scan_file(scan, files[i]);

		if (code > worst)
			worst = code;
	}
	generation_unref(&scan->trial.generation);
	engine_free(&engine);
	return worst;
}

static int scan_run(struct cli *cli, int argc, char **argv)
{
	const char *direction = NULL, *at = NULL;
	struct scan scan = {.cli = cli, .clock = clock_system};
	const struct cli_option options[] = {
		{.name = "direction", .value = &direction}, {.name = "from", .value = &scan.trial.from},
		{.name = "to", .values = &scan.trial.to}, {.name = "at", .value = &at},
		{.name = "inbound", .value = &scan.inbound_path}, {0},
	};
	int code, first = cli_options(cli, &cli_scan, argc, argv, options, &code);
	int64_t seconds;

	if (first != -1 && first == argc)
		code = cli_usage(&cli_scan, "name at least one file, or - for standard input");
	else if (first != -1 && trial_direction(direction, &scan.trial.direction) == -1)
		code = cli_usage(&cli_scan, "--direction is 'in' or 'out', not '%s'", direction);
	else if (first != -1 && at != NULL && clock_parse(at, &seconds) == -1)
		code = cli_usage(&cli_scan, "--at needs a time like 2026-11-22T09:00:00Z, not '%s'", at);
	else if (first != -1) {
		if (at != NULL)
			scan.clock = clock_fixed(seconds);
		scan.trial.services.clock = &scan.clock;
		code = scan_files(&scan, argc - first, argv + first);
	}
	buf_free(&scan.inbound);
	free(scan.trial.to.items);
	return code;
}

const struct cli_command cli_scan = {
	"scan", "[--direction in|out] [--from ADDR] [--to ADDR]... [--at TIME] [--inbound FILE] [--json] FILE...",
	"Judge messages in files as the daemon would, without a trace",
	"Options:\n"
	"  --direction in|out  from or to a marketplace (default: told by the addresses)\n"
	"  --from ADDR         envelope sender (default: the message's From)\n"
	"  --to ADDR           envelope recipient, may be repeated (default: the message's To)\n"
	"  --at TIME           judge as of 2026-11-22T09:00:00Z\n"
	"  --inbound FILE      the customer's message that is answered: quotes are compared with it\n"
	"  --json              one object a line for each file\n\n"
	"FILE is a message (.eml), - is standard input. Neither the store nor the audit\n"
	"log is touched. Exit status: 0 all would pass or be tagged, 1 at least one would\n"
	"be held, refused or deferred, 2 an error.\n\n"
	"Examples:\n"
	"  postern scan reply.eml\n"
	"  postern scan --direction out --to 0123456789ABCDEF0123456789ABCDEF@relay.walmart.com - < reply.eml\n"
	"  postern scan --json *.eml | jq -r 'select(.action!=\"pass\") | .file'\n",
	scan_run
};
