/* SPDX-License-Identifier: BSD-2-Clause */
/* postern milestone: dated facts that no mail told, entered one by one or from a file. */
#include "cli/milestone.h"

#include <stdio.h>
#include <string.h>

#include "desk/command.h"

int milestone_check(const struct cli_desk *desk, const struct milestone *milestone, struct diag *d)
{
	int rc = desk_milestone_check(milestone->name, milestone->order, milestone->time, milestone->term_days, d);

	if (milestone->marketplace[0] != '\0' && profiles_find(desk->profiles, milestone->marketplace) == NULL)
		rc = diag_add(d, "marketplace: there is no profile '%.60s'", milestone->marketplace);
	return rc;
}

json_t *milestone_json(const struct milestone *milestone)
{
	json_t *object = json_object();

	json_put_str(object, "name", milestone->name);
	json_put_str(object, "subject", milestone->order);
	json_put_str(object, "time", milestone->time);
	if (milestone->term_days > 0)
		json_put_int(object, "term_days", milestone->term_days);
	return object;
}

static int add_one(struct cli_desk *desk, const struct milestone *milestone, const char *why)
{
	json_t *request = json_object(), *list = json_array(), *answer = NULL;
	struct diag d = {0};
	int code;

	if (milestone_check(desk, milestone, &d) == -1) {
		json_decref(request);
		json_decref(list);
		return cli_fail(desk->cli, &d);
	}
	json_array_append_new(list, milestone_json(milestone));
	json_put_str(request, "verb", desk_verb_name(DESK_VERB_MILESTONE));
	json_put_str(request, "order", milestone->order);
	if (milestone->marketplace[0] != '\0')
		json_put_str(request, "marketplace", milestone->marketplace);
	json_put_str(request, "why", why);
	json_put_new(request, "milestones", list);
	code = cli_desk_command(desk, request, &answer);
	if (code == CLI_OK && desk->cli->json)
		return cli_json(answer);
	if (code == CLI_OK)
		puts(json_get_int(answer, "added", 0) > 0 ? "recorded" : "known already: nothing was recorded");
	json_decref(answer);
	return code;
}

struct milestone_words {
	const char *order, *at, *why, *term, *marketplace;
	bool partial;
};

static int run_add(struct cli *cli, const struct milestone_words *words, const char *name)
{
	struct milestone milestone = {.name = name, .order = words->order, .time = words->at,
	    .marketplace = words->marketplace != NULL ? words->marketplace : ""};
	struct cli_desk desk;
	int code;

	if (words->order == NULL || words->at == NULL || words->why == NULL)
		return cli_usage(&cli_milestone, "add needs --order, --at and --why");
	if (cli_desk_number(&cli_milestone, "--term", words->term, 1, DESK_TERM_DAYS_MAX, &milestone.term_days) == -1)
		return CLI_ERROR;
	code = cli_desk_open(cli, CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = add_one(&desk, &milestone, words->why);
	cli_desk_close(&desk);
	return code;
}

static int run_import(struct cli *cli, const struct milestone_words *words, const char *path)
{
	struct cli_desk desk;
	int code;

	if (words->order != NULL || words->at != NULL || words->term != NULL || words->marketplace != NULL)
		return cli_usage(&cli_milestone, "import takes orders, times, terms and marketplaces from the file");
	code = cli_desk_open(cli, CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = milestone_import(&desk, path, words->why, words->partial);
	cli_desk_close(&desk);
	return code;
}

static int milestone_run(struct cli *cli, int argc, char **argv)
{
	struct milestone_words words = {0};
	const struct cli_option options[] = {
		{.name = "order", .value = &words.order}, {.name = "at", .value = &words.at},
		{.name = "why", .value = &words.why}, {.name = "term", .value = &words.term},
		{.name = "marketplace", .value = &words.marketplace}, {.name = "partial", .flag = &words.partial}, {0},
	};
	int code, first = cli_options(cli, &cli_milestone, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first + 2 == argc && strcmp(argv[first], "add") == 0)
		return run_add(cli, &words, argv[first + 1]);
	if (first + 2 == argc && strcmp(argv[first], "import") == 0)
		return run_import(cli, &words, argv[first + 1]);
	return cli_usage(&cli_milestone, "say 'add NAME' or 'import FILE.csv'");
}

const struct cli_command cli_milestone = {
	"milestone", "add NAME --order ID --at TIME --why TEXT [--term DAYS] [--marketplace NAME] | "
	"import FILE.csv [--why TEXT] [--partial]",
	"Record dated facts that no mail told: settlements, denials, deliveries",
	"NAME is one of order, delivered, completed, settlement, refund, dispute, denial, appeal,\n"
	"grant, closed, claim, claim-answer, claim-granted, claim-appeal, chargeback,\n"
	"chargeback-answer, return-requested, return-received: windows and the state of a refund are\n"
	"counted from them (see 'postern windows'). An appeal that was denied is closed; a dispute or\n"
	"an appeal that was won is a grant.\n"
	"  --order ID          number of the order, PO, refund or case\n"
	"  --at TIME           2026-11-22T09:00:00Z, or 2026-11-22 for that day (noon UTC). For windows\n"
	"                      counted in hours give the time\n"
	"  --why TEXT          where you know it from; it is kept in the audit log\n"
	"  --term DAYS         the term that the notice itself names\n"
	"  --marketplace NAME  whose order it is (default: that of the thread about it)\n\n"
	"A file's first line names its columns: name, order and time, and where wanted term_days and\n"
	"marketplace, in any order. Every error is told with its line, and then nothing is imported;\n"
	"with --partial the good lines are. What is known already is not recorded twice.\n"
	"Exit status: 0 recorded, 1 some lines were left out (--partial), 2 an error.\n\n"
	"Examples:\n"
	"  postern milestone add denial --order 4342076435326 --at 2026-03-03 --why \"mail of 3 March\"\n"
	"  postern milestone import settlements.csv\n",
	milestone_run
};
