/* SPDX-License-Identifier: BSD-2-Clause */
/* postern held: outgoing messages that wait for a person, the most urgent first. */
#include "cli/held.h"

#include <stdio.h>
#include <string.h>

#include "cli/queue.h"

#define DAY_SECONDS 86400

/* ---- list --------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_get_str(object, key);

	return text != NULL ? text : "";
}

static void show_cell(const json_t *entry, const char *key, int width)
{
	cli_text(slice_str(text_of(entry, key)), width);
	putchar(' ');
}

/* What is not as usual, in a line of its own. */
static void show_note(const struct cli *cli, enum cli_style style, const char *text, const json_t *act,
    const char *rest)
{
	printf("              ");
	cli_styled(cli, style, text);
	cli_member(act, "wish", " ");
	cli_member(act, "by", ", by ");
	cli_member(act, "until", ", until ");
	printf("%s\n", rest);
}

static void show_notes(const struct cli *cli, const json_t *entry)
{
	const json_t *pending = json_object_get(entry, "pending"), *begun = json_object_get(entry, "begun");
	const char *queue = text_of(entry, "queue");

	if (pending != NULL)
		show_note(cli, CLI_WARN, "waits for a second person:", pending, "");
	if (json_object_get(entry, "approved") != NULL)
		show_note(cli, CLI_WARN, "approved:", json_object_get(entry, "approved"),
		    "; 'release' or 'refuse' carries it out");
	if (json_object_get(entry, "untold") != NULL)
		show_note(cli, CLI_BAD, "its sender was not told:", json_object_get(entry, "untold"), "; say 'refuse' again");
	else if (begun != NULL)
		show_note(cli, CLI_WARN, "begun and not ended:", begun, "");
	if (json_object_get(entry, "gateway") != NULL) {
		printf("              ");
		cli_styled(cli, CLI_WARN, "on another gateway:");
		cli_member(entry, "gateway", " ");
		puts("; decide there");
	}
	if (strcmp(queue, "gone") == 0)
		show_note(cli, CLI_BAD, "no longer in the queue:", NULL, " the mail log says whether it was delivered or "
		    "deleted; record it with 'release --by-hand' or 'refuse --by-hand'");
	else if (strcmp(queue, "released") == 0)
		show_note(cli, CLI_BAD, "no longer on hold:", NULL,
		    " somebody took it off; record it with 'release --by-hand'");
	if (json_object_get(entry, "ended") != NULL)
		show_note(cli, CLI_BAD, "recorded as decided, but still on hold:", json_object_get(entry, "ended"),
		    "; release or delete it in the mail server's queue");
}

static void show_entry(const struct cli *cli, const json_t *entry, int64_t now)
{
	char left[64] = "-";
	int64_t seconds = 0;

	if (held_left(entry, now, &seconds))
		cli_duration(left, sizeof(left), seconds);
	cli_styled(cli, seconds < 0 ? CLI_BAD : CLI_PLAIN, left);
	printf("%*s ", strlen(left) < 13 ? (int)(13 - strlen(left)) : 0, "");
	show_cell(entry, "id", 20);
	show_cell(entry, "marketplace", 9);
	show_cell(entry, "agent", 24);
	show_cell(entry, "customer", 20);
	cli_text(slice_str(text_of(entry, "subject")), 0);
	putchar('\n');
	show_notes(cli, entry);
}

static void show_count(size_t count, const char *what)
{
	if (count > 0)
		printf(", %zu %s", count, what);
}

static void show_counts(const struct held_look *look)
{
	size_t overdue = 0, soon = 0, pending = 0, gone = 0, i;
	const json_t *entry;

	json_array_foreach(look->list, i, entry) {
		int64_t left = INT64_MAX;
		const char *queue = text_of(entry, "queue");

		held_left(entry, look->desk->now, &left);
		overdue += left < 0;
		soon += left >= 0 && left <= DAY_SECONDS;
		pending += json_object_get(entry, "pending") != NULL;
		gone += *queue != '\0' && strcmp(queue, "held") != 0;
	}
	printf("%zu held", json_array_size(look->list));
	show_count(overdue, "overdue");
	show_count(soon, "due within 24 h");
	show_count(pending, "for a second person");
	show_count(gone, "not on hold any more");
	putchar('\n');
}

static void show_list(const struct held_look *look)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(look->list) == 0) {
		puts("nothing is held");
	} else {
		show_counts(look);
		printf("%-13s %-20s %-9s %-24s %-20s %s\n", "TIME LEFT", "ID", "MARKET", "AGENT", "CUSTOMER", "SUBJECT");
	}
	json_array_foreach(look->list, i, entry)
		show_entry(look->desk->cli, entry, look->desk->now);
	if (look->strangers > 0)
		printf("%zu more on hold in the mail server's queue that Postern did not hold; see '%s'\n", look->strangers,
		    queue_command(look->desk->config));
}

static int list_show(struct cli_desk *desk, const struct held_filter *filter)
{
	struct held_look look;
	struct diag d = {0};
	int code = CLI_OK;

	if (held_look(desk, filter, &look, &d) == -1)
		code = cli_fail(desk->cli, &d);
	else if (desk->cli->json)
		code = cli_json(json_incref(look.list));
	else
		show_list(&look);
	if (code == CLI_OK && look.queue_error[0] != '\0') {
		fputs("postern: whether these are still on hold is not known: ", stderr);
		fprintf(stderr, "%s\n", look.queue_error);
	}
	json_decref(look.list);
	return code;
}

/* ---- the command --------------------------------------------------------------------- */

struct words {
	struct held_filter filter;
	struct held_decision decision;
	const char *older;
	bool raw;
};

static int run_list(struct cli *cli, struct words *words)
{
	struct cli_desk desk;
	int code;

	if (words->older != NULL && cli_span(words->older, &words->filter.older) == -1)
		return cli_usage(&cli_held, "--older needs a span like 4h or 2d, not '%s'", words->older);
	code = cli_desk_open(cli, CLI_DESK_STORE, &desk);
	if (code == CLI_OK)
		code = list_show(&desk, &words->filter);
	cli_desk_close(&desk);
	return code;
}

static int run_show(struct cli *cli, struct words *words)
{
	struct cli_desk desk;
	int code = cli_desk_open(cli, CLI_DESK_STORE, &desk);

	if (code == CLI_OK)
		code = held_show(&desk, words->decision.id, words->raw);
	cli_desk_close(&desk);
	return code;
}

static const struct {
	const char *name;
	int (*run)(struct cli_desk *desk, const struct held_decision *decision);
	const char *why; /* NULL: none is needed */
} decisions[] = {
	{"release", held_release, "say why it may go out; it is kept in the audit log"},
	{"refuse", held_refuse, "say why it may not go out; the sender reads it, and it is kept in the audit log"},
	{"approve", held_approve, NULL},
	{"withdraw", held_withdraw, NULL},
};

static int run_decision(struct cli *cli, size_t which, const struct held_decision *decision)
{
	struct cli_desk desk;
	int code;

	if (decisions[which].why != NULL && decision->why == NULL)
		return cli_usage(&cli_held, "--why is missing: %s", decisions[which].why);
	code = cli_desk_open(cli, 0, &desk);
	if (code == CLI_OK)
		code = decisions[which].run(&desk, decision);
	cli_desk_close(&desk);
	return code;
}

static int run_verb(struct cli *cli, const char *verb, struct words *words)
{
	if (strcmp(verb, "show") == 0)
		return run_show(cli, words);
	for (size_t i = 0; i < sizeof(decisions) / sizeof(*decisions); i++)
		if (strcmp(verb, decisions[i].name) == 0)
			return run_decision(cli, i, &words->decision);
	return cli_usage(&cli_held, "there are list, show, release, refuse, approve and withdraw, not '%s'", verb);
}

static int held_run(struct cli *cli, int argc, char **argv)
{
	struct words words = {.raw = false};
	const struct cli_option options[] = {
		{.name = "why", .value = &words.decision.why}, {.name = "by-hand", .flag = &words.decision.by_hand},
		{.name = "no-mail", .flag = &words.decision.no_mail}, {.name = "raw", .flag = &words.raw},
		{.name = "shop", .value = &words.filter.shop}, {.name = "agent", .value = &words.filter.agent},
		{.name = "rule", .value = &words.filter.rule}, {.name = "older", .value = &words.older}, {0},
	};
	int code, first = cli_options(cli, &cli_held, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (words.raw && cli->json)
		return cli_usage(&cli_held, "--raw and --json exclude each other");
	if (first + 1 == argc && strcmp(argv[first], "list") == 0)
		return run_list(cli, &words);
	if (first + 2 == argc && strcmp(argv[first], "list") != 0) {
		words.decision.id = argv[first + 1];
		return run_verb(cli, argv[first], &words);
	}
	return cli_usage(&cli_held, "say 'list', 'show ID', 'release ID --why TEXT' or 'refuse ID --why TEXT'");
}

const struct cli_command cli_held = {
	"held", "list [FILTERS] | show ID [--raw] | release|refuse ID --why TEXT [--by-hand] [--no-mail] | "
	    "approve|withdraw ID [--why TEXT]",
	"Show held replies, let one go out, or refuse it",
	"list shows outgoing messages that wait for a person, the one whose customer has the least\n"
	"time left first: a held reply stops no clock. show tells all about one: why it is held, its\n"
	"text with what was found marked, and what was decided on it so far.\n"
	"  --shop NAME, --agent NAME, --rule NAME, --older SPAN\n"
	"                 list: only of this account, of this agent, held by this rule, for 4h or 2d\n"
	"  --raw          show: the message as it was received\n\n"
	"release has the daemon record who releases and why, takes the message off hold (Postfix:\n"
	"postsuper -H; sendmail: -Q; as root), and records that it went out: from then on the customer\n"
	"is answered. refuse deletes it and tells its sender why by mail; the clock runs on. Where\n"
	"desk { four_eyes } asks for two persons, the first one's is a request that the second one\n"
	"approves or withdraws. Of several gateways that share a store, the one that list names has the\n"
	"message in its queue, and decides.\n"
	"  --why TEXT     kept in the audit log\n"
	"  --by-hand      it was released, or deleted, without postern: only record it\n"
	"  --no-mail      refuse: don't tell the sender\n"
	"Exit status: 0 done, 1 a second person has to approve first, 2 an error.\n\n"
	"Examples:\n"
	"  postern held list --older 4h\n"
	"  postern held show 01K3R4Q7ZK2M5N9P3T6V\n"
	"  postern held release 01K3R4Q7ZK2M5N9P3T6V --why \"the link is the carrier's\"\n"
	"  postern held refuse 01K3R4Q7ZK2M5N9P3T6V --why \"no promises of refunds\"\n",
	held_run
};
