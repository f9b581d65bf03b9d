/* SPDX-License-Identifier: BSD-2-Clause */
/* postern done: say that a customer's message needs no response, or take that back. */
#include "cli/desk.h"

#include "desk/command.h"

static int done_thread(struct cli_desk *desk, const char *word, const char *why, bool undo)
{
	json_t *request = json_object();

	json_put_str(request, "verb", desk_verb_name(undo ? DESK_VERB_UNDONE : DESK_VERB_DONE));
	json_put(request, "why", slice_str(why));
	return cli_desk_mark(desk, word, request,
	    undo ? "waits for an answer again; its clock runs on from where it began" : "needs no response");
}

static int done_run(struct cli *cli, int argc, char **argv)
{
	const char *why = NULL;
	bool undo = false;
	const struct cli_option options[] = {{.name = "why", .value = &why}, {.name = "undo", .flag = &undo}, {0}};
	int code, first = cli_options(cli, &cli_done, argc, argv, options, &code);
	struct cli_desk desk;

	if (first == -1)
		return code;
	if (first + 1 != argc)
		return cli_usage(&cli_done, "name one thread: its key, the id of one of its messages, or an order's number");
	if (why == NULL && !undo)
		return cli_usage(&cli_done, "--why is missing: say why it needs no response; it is kept in the audit log");
	code = cli_desk_open(cli, CLI_DESK_STORE, &desk);
	if (code == CLI_OK)
		code = done_thread(&desk, argv[first], why, undo);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_done = {
	"done", "ID --why TEXT | ID --undo",
	"Say that a thread needs no response",
	"ID is a thread's key, the audit id of one of its messages, or the number of an order that\n"
	"has one thread. The clock stops and the inquiry does not count in the response rate;\n"
	"one that was overdue stays a miss. A marketplace that does not know of it may count it all the\n"
	"same: mark it on its pages, too.\n"
	"  --why TEXT     kept in the audit log\n"
	"  --undo         it does need one: the clock runs on from where it began\n"
	"Exit status: 0 done, 2 an error, or nothing waits there (the reason is told).\n\n"
	"Examples:\n"
	"  postern done 01K3R4Q7ZK2M5N9P3T6V --why \"only says thanks\"\n"
	"  postern done 01K3R4Q7ZK2M5N9P3T6V --undo\n",
	done_run
};
