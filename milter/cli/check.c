/* SPDX-License-Identifier: BSD-2-Clause */
/* postern check: loads everything and runs each rule's own tests. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "engine/generation.h"
#include "extract/extract.h"

/* An exemption that is over, as a warning: it may go, or it was forgotten to be renewed. */
static void warn_over(const json_t *list, json_t *warnings)
{
	const json_t *exemption;
	size_t i;

	json_array_foreach((json_t *)list, i, exemption) {
		const char *rule = json_get_str(exemption, "rule"), *entry = json_get_str(exemption, "entry");

		if (json_is_true(json_object_get(exemption, "over")))
			json_array_append_new(warnings, json_sprintf("%s:%d: %s%s%s%s%s%s is over since the end of %s",
			    json_get_str(exemption, "file"), (int)json_get_int(exemption, "line", 0), rule != NULL ? "rule \"" : "",
			    rule != NULL ? rule : "", rule != NULL ? "\": " : "", json_get_str(exemption, "by"),
			    entry != NULL ? ": " : "", entry != NULL ? entry : "", json_get_str(exemption, "until")));
	}
}

static json_t *warnings_of(const struct generation *generation, const json_t *exemptions)
{
	struct slice rest = slice_str(generation_warnings(generation));
	json_t *warnings = json_array();

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end != NULL ? (size_t)(end - rest.ptr) : rest.len;

		json_array_append_new(warnings, json_text(slice_sub(rest, 0, len)));
		rest = slice_sub(rest, len + (end != NULL), rest.len);
	}
	warn_over(exemptions, warnings);
	return warnings;
}

static void show_warnings(const json_t *warnings)
{
	char line[1024];

	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const char *text = json_string_value(json_array_get(warnings, i));

		text_sanitize(line, sizeof(line), slice_str(text != NULL ? text : ""), TEXT_FOR_TERMINAL);
		fprintf(stderr, "postern: warning: %s\n", line);
	}
}

static int show_json(const struct generation *generation, size_t tests, json_t *exemptions, json_t *warnings)
{
	json_t *object = json_object();

	json_put_bool(object, "ok", true);
	json_put_int(object, "rules", (json_int_t)generation_rules(generation)->count);
	json_put_int(object, "marketplaces", (json_int_t)profiles_count(generation_profiles(generation)));
	json_put_int(object, "tests", (json_int_t)tests);
	json_put_new(object, "exemptions", exemptions);
	json_put_new(object, "warnings", warnings);
	return cli_json(object);
}

static int show_result(const struct cli *cli, const struct generation *generation, size_t tests)
{
	json_t *exemptions = generation_exemptions_json(generation, clock_now(&clock_system));
	json_t *warnings = warnings_of(generation, exemptions);

	if (cli->json)
		return show_json(generation, tests, exemptions, warnings);
	show_warnings(warnings);
	printf("%s: %zu rules, %zu marketplaces, %zu rule tests hold\n", cli->config_path,
	    generation_rules(generation)->count, profiles_count(generation_profiles(generation)), tests);
	cli_exemptions(exemptions);
	json_decref(warnings);
	json_decref(exemptions);
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
	"problem is shown with file and line. When all is well: one line, and the exemptions\n"
	"in force. Warnings (exemptions that are over, expressions that may cost much time)\n"
	"change nothing.\n"
	"Exit status: 0 sound, 1 not.\n\n"
	"Examples:\n"
	"  postern check\n"
	"  postern check --config /tmp/trial/postern.conf\n",
	check_run
};
