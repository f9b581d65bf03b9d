/* SPDX-License-Identifier: BSD-2-Clause */
/* postern audit: checks the audit log and shows what was decided. */
#include "cli/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"

/* ---- show -------------------------------------------------------------- */

struct show {
	struct cli *cli;
	const char *id;     /* audit id or queue id */
	const char *action;
	const char *rule;
	const char *event;
	size_t last;        /* only that many, 0: all */
	json_t *events;     /* those that fit */
};

static bool finding_named(const json_t *event, const char *rule)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(event, "findings"), i, finding) {
		const char *name = json_get_str(finding, "rule"), *id = json_get_str(finding, "rule_id");

		if ((name != NULL && strcmp(name, rule) == 0) || (id != NULL && strcmp(id, rule) == 0))
			return true;
	}
	return false;
}

static bool key_is(const json_t *event, const char *key, const char *want)
{
	const char *value = json_get_str(event, key);

	return value != NULL && strcmp(value, want) == 0;
}

static int collect(void *arg, const json_t *event)
{
	struct show *show = arg;

	if (show->id != NULL && !key_is(event, "id", show->id) && !key_is(event, "queue_id", show->id) &&
	    !key_is(event, "ref", show->id))
		return 0;
	if ((show->action != NULL && !key_is(event, "action", show->action)) ||
	    (show->event != NULL && !key_is(event, "event", show->event)) ||
	    (show->rule != NULL && !finding_named(event, show->rule)))
		return 0;
	if (show->last > 0 && json_array_size(show->events) == show->last)
		json_array_remove(show->events, 0);
	return json_array_append(show->events, (json_t *)event) == 0 ? 0 : 1;
}

/* What was decided otherwise than the rules say, and by whose word. */
static void show_exempt(const json_t *event)
{
	const json_t *exemption;
	size_t i;

	json_array_foreach(json_object_get(event, "exempt"), i, exemption) {
		cli_member(exemption, "rule", "    not judged by ");
		cli_member(exemption, "by", ", ");
		cli_member(exemption, "entry", ": ");
		cli_member(exemption, "until", " until ");
		putchar('\n');
	}
	if (json_get_str(event, "hold_sender") != NULL) {
		cli_member(event, "hold_sender", "    held instead of refused, hold_senders: ");
		putchar('\n');
	}
}

static void show_overruns(const json_t *event)
{
	const json_t *overrun;
	size_t i;

	json_array_foreach(json_object_get(event, "overruns"), i, overrun) {
		cli_member(overrun, "rule", "    over its budget of time: ");
		printf(", %lld ms instead of %lld\n", (long long)json_get_int(overrun, "ms", 0),
		    (long long)json_get_int(overrun, "budget_ms", 0));
	}
}

static void show_recipients(const json_t *event)
{
	const json_t *recipient;
	size_t i;

	json_array_foreach(json_object_get(event, "recipients"), i, recipient) {
		fputs(i == 0 ? " to " : ", ", stdout);
		cli_text(slice_str(json_string_value(recipient)), 0);
	}
}

static void show_event(const struct cli *cli, const json_t *event)
{
	const char *action = json_get_str(event, "action");

	printf("%6lld ", (long long)json_get_int(event, "seq", 0));
	cli_member(event, "time", "");
	cli_member(event, "id", " ");
	cli_member(event, "event", " ");
	if (action != NULL) {
		putchar(' ');
		cli_styled(cli, cli_action_style(action), action);
	}
	cli_member(event, "direction", " ");
	cli_member(event, "marketplace", " ");
	cli_member(event, "queue_id", ", queue id ");
	cli_member(event, "sender", ", from ");
	show_recipients(event);
	cli_member(event, "subject", ", subject ");
	cli_member(json_object_get(event, "sla"), "due", ", due ");
	cli_member(event, "verb", ", ");
	cli_member(event, "by", ", by ");
	cli_member(event, "why", ", why: ");
	cli_member(event, "error", ": ");
	putchar('\n');
	cli_findings(event, "    ");
	show_exempt(event);
	show_overruns(event);
}

static int show_events(const struct show *show)
{
	json_t *event;
	size_t i;

	json_array_foreach(show->events, i, event) {
		if (!show->cli->json)
			show_event(show->cli, event);
		else if (cli_json(json_incref(event)) != CLI_OK)
			return CLI_ERROR;
	}
	if (json_array_size(show->events) > 0)
		return CLI_OK;
	if (!show->cli->json)
		puts("no event fits");
	return CLI_NEGATIVE;
}

static int audit_show_run(struct show *show, const struct config *config)
{
	struct diag d = {0};
	int code;

	show->events = json_array();
	if (audit_read(config->audit_dir, 1, collect, show, &d) == -1)
		code = cli_fail(show->cli, &d);
	else
		code = show_events(show);
	json_decref(show->events);
	return code;
}

static int parse_count(const char *text, size_t *count_r)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n == 0 || text[0] == '-')
		return -1;
	*count_r = n;
	return 0;
}

static int audit_show_command(struct show *show, int argc, char **argv)
{
	struct config *config;
	int code;

	if (argc > 1)
		return cli_usage(&cli_audit, "show takes one ID: '%s'", argv[1]);
	show->id = argc == 1 ? argv[0] : NULL;
	config = cli_config(show->cli);
	code = config != NULL ? audit_show_run(show, config) : CLI_ERROR;
	config_free(&config);
	return code;
}

/* argv: what follows the options, the sub-command first. */
static int dispatch(struct show *show, const struct cli_audit_options *options, int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "";

	if (strcmp(name, "show") == 0)
		return audit_show_command(show, argc - 1, argv + 1);
	if (argc > 1)
		return cli_usage(&cli_audit, "%s takes no argument: '%s'", name, argv[1]);
	if (strcmp(name, "verify") == 0)
		return cli_audit_verify(show->cli, options);
	if (strcmp(name, "checkpoint") == 0)
		return cli_audit_checkpoint(show->cli, options);
	if (strcmp(name, "key") == 0)
		return cli_audit_key(show->cli, options);
	return cli_usage(&cli_audit, "say 'verify', 'show [ID]', 'export', 'checkpoint' or 'key'");
}

static int audit_run(struct cli *cli, int argc, char **argv)
{
	struct show show = {.cli = cli};
	struct cli_audit_options audit = {0};
	const char *last = NULL;
	const struct cli_option options[] = {
		{.name = "action", .value = &show.action}, {.name = "rule", .value = &show.rule},
		{.name = "event", .value = &show.event}, {.name = "last", .value = &last},
		{.name = "dir", .value = &audit.dir}, {.name = "public-key", .values = &audit.public_keys},
		{.name = "checkpoint", .values = &audit.checkpoints}, {.name = "make", .flag = &audit.make}, {0},
	};
	int code, first;

	if (argc > 1 && strcmp(argv[1], "export") == 0)
		return audit_export_run(cli, argc, argv);
	first = cli_options(cli, &cli_audit, argc, argv, options, &code);
	if (first != -1 && last != NULL && parse_count(last, &show.last) == -1)
		code = cli_usage(&cli_audit, "--last needs a number above 0, not '%s'", last);
	else if (first != -1)
		code = dispatch(&show, &audit, argc - first, argv + first);
	free(audit.public_keys.items);
	free(audit.checkpoints.items);
	return code;
}

const struct cli_command cli_audit = {
	"audit", "verify [--dir DIR] [--public-key FILE|HEX]... [--checkpoint FILE|HEX]... | "
	    "show [ID] [--action NAME] [--rule NAME] [--event TYPE] [--last N] | export [OPTION]... | checkpoint [--dir DIR] | key [--make]",
	"Check the audit log, show its entries, export them, or show what proves it elsewhere",
	"verify checks each line's hash, its link to the line before, over all files, and the\n"
	"signed checkpoints, and the log's end against what the store remembers; it names the\n"
	"first bad record. On a copy (--dir) neither configuration nor store is needed:\n"
	"  --dir DIR              the log, or a copy of it; default: the configured one\n"
	"  --public-key FILE|HEX  whose checkpoints count; several when the key was changed\n"
	"  --checkpoint FILE|HEX  a checkpoint kept elsewhere, or a record's hash: the log\n"
	"                         must have it\n"
	"show prints entries, all or those that fit:\n"
	"  ID             audit id (the 'Ref' of a reply) or queue id\n"
	"  --action NAME  pass, tag, hold, defer or reject\n"
	"  --rule NAME    with a finding of this rule or rule id\n"
	"  --event TYPE   message, start, stop, reload, checkpoint, key, interrupted, error ...\n"
	"  --last N       only the last N\n"
	"checkpoint prints the newest signed checkpoint, a line to be kept elsewhere.\n"
	"key prints the public key that checkpoints are signed with.\n"
	"  --make         make the key first, when there is none (posternd does at its start)\n"
	"export writes them for collectors: see 'postern audit export --help'.\n"
	"Exit status: 0 whole (something found), 1 broken (nothing found), 2 an error.\n\n"
	"Examples:\n"
	"  postern audit verify\n"
	"  postern audit verify --dir /mnt/copy --public-key audit.pub --checkpoint kept.json\n"
	"  postern audit checkpoint | ssh safe 'cat >> kept.json'\n"
	"  postern audit show --action reject --last 10\n"
	"  postern audit show 01K3R4Q7ZK2M5N9P3T6V\n",
	audit_run
};
