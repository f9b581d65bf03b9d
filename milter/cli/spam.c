/* SPDX-License-Identifier: BSD-2-Clause */
/* postern spam: report a question before a sale as spam, or take that back. The daemon knows who may and when. */
#include "cli/desk.h"

#include "desk/command.h"

static int spam_thread(struct cli_desk *desk, const char *word, const char *reason, const char *why, bool undo)
{
	json_t *request = json_object();

	json_put_str(request, "verb", desk_verb_name(undo ? DESK_VERB_UNSPAM : DESK_VERB_SPAM));
	json_put(request, "reason", slice_str(reason));
	json_put(request, "why", slice_str(why));
	return cli_desk_mark(desk, word, request,
	    undo ? "no longer spam; its clock runs on from where it began" : "marked as spam");
}

static int spam_check(const char *reason, bool undo)
{
	struct diag d = {0};

	if (undo)
		return reason == NULL ? CLI_OK : cli_usage(&cli_spam, "--undo needs no --reason");
	if (reason == NULL)
		return cli_usage(&cli_spam, "--reason is missing: spam (bulk mail that nobody asked for), fraud or "
		    "inappropriate");
	return desk_spam_reason_check(reason, &d) == 0 ? CLI_OK : cli_usage(&cli_spam, "--%s", d.text);
}

static int spam_run(struct cli *cli, int argc, char **argv)
{
	const char *reason = NULL, *why = NULL;
	bool undo = false;
	const struct cli_option options[] = {
		{.name = "reason", .value = &reason}, {.name = "why", .value = &why}, {.name = "undo", .flag = &undo}, {0},
	};
	int code, first = cli_options(cli, &cli_spam, argc, argv, options, &code);
	struct cli_desk desk;

	if (first == -1)
		return code;
	if (first + 1 != argc)
		return cli_usage(&cli_spam, "name one thread: its key, the id of one of its messages, or an order's number");
	code = spam_check(reason, undo);
	if (code != CLI_OK)
		return code;
	code = cli_desk_open(cli, CLI_DESK_STORE, &desk);
	if (code == CLI_OK)
		code = spam_thread(&desk, argv[first], reason, why, undo);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_spam = {
	"spam", "ID --reason spam|fraud|inappropriate [--why TEXT] | ID --undo",
	"Mark a customer's question as spam",
	"ID is a thread's key or the audit id of one of its messages. Only an unanswered question\n"
	"before a sale may be marked; mail about an order never. It leaves the inbox (see 'postern\n"
	"inbox --filter spam') and does not count in the response rate. An answer lifts the mark.\n"
	"  --reason R     spam: bulk mail that nobody asked for; fraud: deceives for gain;\n"
	"                 inappropriate: obscene or defamatory\n"
	"  --why TEXT     kept in the audit log\n"
	"  --undo         take the mark back\n"
	"Exit status: 0 done, 2 an error, or it may not be marked (the reason is told).\n\n"
	"Examples:\n"
	"  postern spam 01K3R4Q7ZK2M5N9P3T6V --reason spam\n"
	"  postern spam 01K3R4Q7ZK2M5N9P3T6V --undo\n",
	spam_run
};
