/* SPDX-License-Identifier: BSD-2-Clause */
/* postern scan: judges messages in files exactly as the daemon would. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "engine/generation.h"
#include "engine/txn.h"
#include "mail/address.h"

/* More than any limit on messages in use; what the configuration allows is judged. */
#define FILE_MAX ((size_t)1 << 30)
#define ENVELOPE_MEMORY ((size_t)64 << 20)

struct scan {
	struct cli *cli;
	struct generation *generation;
	struct txn_services services;
	struct clock clock;
	unsigned direction; /* 0: told by each message's addresses */
	const char *from;
	struct cli_values to;
};

/* Sender and recipients of one message, given or from its headers. */
struct envelope {
	const char *sender;
	const char **recipients;
	size_t count;
};

static int header_mailboxes(struct arena *arena, const struct message *message, const char *name,
    struct address_mailbox **list_r, size_t *count_r, struct diag *d)
{
	const struct mail_header *header = message_header(message, name, 0);

	*count_r = 0;
	if (header == NULL)
		return 0;
	return address_list(arena, header->raw, list_r, count_r) == 0 ? 0 : diag_add(d, "out of memory");
}

static int envelope_sender(struct scan *scan, struct arena *arena, const struct message *message,
    struct envelope *envelope, struct diag *d)
{
	struct address_mailbox *list;
	size_t count;

	envelope->sender = scan->from != NULL ? scan->from : "";
	if (scan->from != NULL)
		return 0;
	if (header_mailboxes(arena, message, "From", &list, &count, d) == -1)
		return -1;
	if (count > 0)
		envelope->sender = arena_memdup(arena, list[0].address.ptr, list[0].address.len);
	return envelope->sender != NULL ? 0 : diag_add(d, "out of memory");
}

static int envelope_recipients(struct scan *scan, struct arena *arena, const struct message *message,
    struct envelope *envelope, struct diag *d)
{
	struct address_mailbox *list;
	size_t count;

	if (scan->to.count > 0) {
		envelope->recipients = scan->to.items;
		envelope->count = scan->to.count;
		return 0;
	}
	if (header_mailboxes(arena, message, "To", &list, &count, d) == -1)
		return -1;
	envelope->recipients = arena_array(arena, count + 1, sizeof(*envelope->recipients));
	if (envelope->recipients == NULL)
		return diag_add(d, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const char *address = arena_memdup(arena, list[i].address.ptr, list[i].address.len);

		if (address == NULL)
			return diag_add(d, "out of memory");
		envelope->recipients[envelope->count++] = address;
	}
	return 0;
}

static int make_envelope(struct scan *scan, struct arena *arena, struct slice raw,
    struct envelope *envelope, struct diag *d)
{
	const struct mail_limits *limits = &generation_config(scan->generation)->limits;
	struct message message = {0};

	if (message_headers(arena, raw, limits, &message, d) == -1 ||
	    envelope_sender(scan, arena, &message, envelope, d) == -1 ||
	    envelope_recipients(scan, arena, &message, envelope, d) == -1)
		return -1;
	return 0;
}

static int feed(struct txn *txn, unsigned direction, const struct envelope *envelope, struct slice raw, struct diag *d)
{
	txn_set_direction(txn, direction);
	if (txn_sender(txn, envelope->sender, d) == -1)
		return -1;
	for (size_t i = 0; i < envelope->count; i++)
		if (txn_recipient(txn, envelope->recipients[i], d) == -1)
			return -1;
	return txn_raw(txn, raw, d);
}

static void show_finding(const struct cli *cli, const struct finding *finding)
{
	printf("  ");
	cli_styled(cli, cli_action_style(action_name(finding->action)), finding->rule_id);
	printf(" %s%s, in ", action_name(finding->action), finding->monitored ? " (monitored only)" : "");
	cli_text(finding->where, 0);
	if (finding->evidence.len > 0) {
		printf(": '");
		cli_text(finding->evidence, 0);
		putchar('\'');
	}
	printf("\n    rule %s", finding->rule);
	if (finding->policy != NULL)
		printf(" (%s)", finding->policy);
	if (finding->advice != NULL) {
		printf(": ");
		cli_text(slice_str(finding->advice), 0);
	}
	putchar('\n');
}

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
		show_finding(cli, &verdict->findings[i]);
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
		return CLI_ERROR;
	}
	json_decref(rest);
	return cli_json(with_file);
}

/* A message that concerns no marketplace is not judged, as in the daemon. */
static const struct verdict *judge(struct txn *txn, struct verdict *unconcerned)
{
	enum txn_scope scope = txn_scope(txn, true);

	if (scope == TXN_CONCERNED)
		return txn_judge(txn);
	*unconcerned = (struct verdict){.action = ACTION_PASS, .direction = txn_direction(txn),
	    .strip_headers = scope == TXN_STRIP};
	return unconcerned;
}

static int scan_message(struct scan *scan, const char *file, struct slice raw, struct diag *d)
{
	struct arena *arena = arena_new(ENVELOPE_MEMORY);
	struct txn *txn = txn_new(scan->generation, &scan->services);
	struct envelope envelope = {0};
	struct verdict unconcerned;
	int code = CLI_ERROR;

	if (arena == NULL || txn == NULL)
		diag_add(d, "%s: out of memory", file);
	else if (make_envelope(scan, arena, raw, &envelope, d) == 0 && feed(txn, scan->direction, &envelope, raw, d) == 0) {
		const struct verdict *verdict = judge(txn, &unconcerned);

		code = verdict->action <= ACTION_TAG ? CLI_OK : CLI_NEGATIVE;
		if (!scan->cli->json)
			show_verdict(scan->cli, file, verdict);
		else if (show_json(file, verdict) != CLI_OK)
			code = CLI_ERROR;
	}
	txn_free(&txn);
	arena_free(&arena);
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

static int parse_direction(const char *text, unsigned *direction_r)
{
	if (text == NULL)
		*direction_r = 0;
	else if (strcmp(text, "in") == 0)
		*direction_r = POSTERN_INBOUND;
	else if (strcmp(text, "out") == 0)
		*direction_r = POSTERN_OUTBOUND;
	else
		return -1;
	return 0;
}

static int scan_files(struct scan *scan, int count, char **files)
{
	struct diag d = {0};
	struct engine *engine = engine_new(scan->cli->config_path, &d);
	int worst = CLI_OK;

	if (engine == NULL)
		return cli_fail(scan->cli, &d);
	scan->generation = engine_current(engine);
	for (int i = 0; i < count; i++) {
		int code = scan_file(scan, files[i]);

		if (code > worst)
			worst = code;
	}
	generation_unref(&scan->generation);
	engine_free(&engine);
	return worst;
}

static int scan_run(struct cli *cli, int argc, char **argv)
{
	const char *direction = NULL, *at = NULL;
	struct scan scan = {.cli = cli, .clock = clock_system};
	const struct cli_option options[] = {
		{.name = "direction", .value = &direction}, {.name = "from", .value = &scan.from},
		{.name = "to", .values = &scan.to}, {.name = "at", .value = &at}, {0},
	};
	int code, first = cli_options(cli, &cli_scan, argc, argv, options, &code);
	int64_t seconds;

	if (first != -1 && first == argc)
		code = cli_usage(&cli_scan, "name at least one file, or - for standard input");
	else if (first != -1 && parse_direction(direction, &scan.direction) == -1)
		code = cli_usage(&cli_scan, "--direction is 'in' or 'out', not '%s'", direction);
	else if (first != -1 && at != NULL && clock_parse(at, &seconds) == -1)
		code = cli_usage(&cli_scan, "--at needs a time like 2026-11-22T09:00:00Z, not '%s'", at);
	else if (first != -1) {
		if (at != NULL)
			scan.clock = clock_fixed(seconds);
		scan.services.clock = &scan.clock;
		code = scan_files(&scan, argc - first, argv + first);
	}
	free(scan.to.items);
	return code;
}

const struct cli_command cli_scan = {
	"scan", "[--direction in|out] [--from ADDR] [--to ADDR]... [--at TIME] [--json] FILE...",
	"Judge messages in files as the daemon would, without a trace",
	"Options:\n"
	"  --direction in|out  from or to a marketplace (default: told by the addresses)\n"
	"  --from ADDR         envelope sender (default: the message's From)\n"
	"  --to ADDR           envelope recipient, may be repeated (default: the message's To)\n"
	"  --at TIME           judge as of 2026-11-22T09:00:00Z\n"
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
