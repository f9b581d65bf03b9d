/* SPDX-License-Identifier: BSD-2-Clause */
/* postern check: loads everything and runs each rule's own tests. */
#include "cli/cli.h"

#include <stdio.h>

#include "engine/generation.h"
#include "extract/extract.h"

static int show_result(const struct cli *cli, struct generation *generation, size_t tests)
{
	size_t rules = generation_rules(generation)->count;
	size_t markets = profiles_count(generation_profiles(generation));

	if (cli->json) {
		json_t *object = json_object();

		json_put_bool(object, "ok", true);
		json_put_int(object, "rules", (json_int_t)rules);
		json_put_int(object, "marketplaces", (json_int_t)markets);
		json_put_int(object, "tests", (json_int_t)tests);
		return cli_json(object);
	}
	printf("%s: %zu rules, %zu marketplaces, %zu rule tests hold\n", cli->config_path, rules, markets, tests);
	return CLI_OK;
}

static int check_run(struct cli *cli, int argc, char **argv)
{
	int code, first = cli_options(cli, &cli_check, argc, argv, NULL, &code);
	struct generation *generation;
	struct diag d = {0};
	char abilities[200];
	size_t tests = 0;

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_check, "takes no argument: '%s'", argv[first]);
	generation = generation_load(cli->config_path, 1, &d);
	if (generation == NULL) {
		cli_fail(cli, &d);
		return CLI_NEGATIVE;
	}
	if (extract_probe(&generation_config(generation)->extract, abilities, sizeof(abilities), &d) == -1) {
		cli_fail(cli, &d);
		code = CLI_NEGATIVE;
	} else if (generation_test_rules(generation, &tests, &d) == -1) {
		cli_fail(cli, &d);
		code = CLI_NEGATIVE;
	} else {
		code = show_result(cli, generation, tests);
	}
	generation_unref(&generation);
	return code;
}

const struct cli_command cli_check = {
	"check", "[--config FILE] [--json]", "Check configuration, plugins, profiles and rules",
	"Loads everything as posternd would and runs the tests { } of each rule. Each\n"
	"problem is shown with file and line. Says nothing but one line when all is well.\n"
	"Exit status: 0 sound, 1 not.\n\n"
	"Examples:\n"
	"  postern check\n"
	"  postern check --config /tmp/trial/postern.conf\n",
	check_run
};
