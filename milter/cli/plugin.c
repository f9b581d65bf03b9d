/* SPDX-License-Identifier: BSD-2-Clause */
/* postern plugin: the loaded plugins, and what each says of itself. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "engine/generation.h"

static void show_list(const json_t *plugins)
{
	const json_t *plugin;
	size_t i;

	json_array_foreach(plugins, i, plugin) {
		const char *problem = json_get_str(plugin, "problem");

		cli_text(slice_str(json_get_str(plugin, "name")), 14);
		printf(" ");
		cli_text(slice_str(problem != NULL ? problem : json_get_str(plugin, "summary")), 0);
		putchar('\n');
	}
}

static void show_field(const char *title, const json_t *plugin, const char *key)
{
	const char *text = json_get_str(plugin, key);

	if (text == NULL)
		return;
	printf("%-11s", title);
	cli_text(slice_str(text), 0);
	putchar('\n');
}

static void show_option(const json_t *option)
{
	const char *fallback = json_get_str(option, "default");

	printf("  ");
	cli_text(slice_str(json_get_str(option, "name")), 22);
	printf(" %-8s ", json_get_str(option, "type") != NULL ? json_get_str(option, "type") : "");
	cli_text(slice_str(json_get_str(option, "help")), 0);
	if (fallback != NULL) {
		printf(" (default: ");
		cli_text(slice_str(fallback[0] != '\0' ? fallback : "none"), 0);
		putchar(')');
	} else {
		printf(" (must be set)");
	}
	putchar('\n');
}

static void show_plugin(const struct cli *cli, const json_t *plugin)
{
	const json_t *item;
	size_t i;

	cli_styled(cli, CLI_BOLD, json_get_str(plugin, "name"));
	printf(": ");
	cli_text(slice_str(json_get_str(plugin, "summary")), 0);
	putchar('\n');
	show_field("problem", plugin, "problem");
	show_field("version", plugin, "version");
	show_field("interface", plugin, "abi");
	show_field("file", plugin, "path");
	show_field("SHA-256", plugin, "sha256");
	puts("finds");
	json_array_foreach(json_object_get(plugin, "rules"), i, item) {
		printf("  ");
		cli_text(slice_str(json_get_str(item, "id")), 22);
		printf(" ");
		cli_text(slice_str(json_get_str(item, "help")), 0);
		putchar('\n');
	}
	puts("options");
	json_array_foreach(json_object_get(plugin, "options"), i, item)
		show_option(item);
}

static const json_t *find_plugin(const json_t *plugins, const char *name)
{
	const json_t *plugin;
	size_t i;

	json_array_foreach(plugins, i, plugin)
		if (strcmp(json_get_str(plugin, "name"), name) == 0)
			return plugin;
	return NULL;
}

static int show_one(const struct cli *cli, const json_t *plugins, const char *name)
{
	const json_t *plugin = find_plugin(plugins, name);
	struct diag d = {0};

	if (plugin == NULL) {
		diag_add(&d, "no plugin '%s' is loaded; see 'postern plugin list'", name);
		return cli_fail(cli, &d);
	}
	if (cli->json)
		return cli_json(json_incref((json_t *)plugin));
	show_plugin(cli, plugin);
	return CLI_OK;
}

static int plugin_run(struct cli *cli, int argc, char **argv)
{
	int code, first = cli_options(cli, &cli_plugin, argc, argv, NULL, &code);
	bool list, show;
	struct generation *generation;
	struct diag d = {0};
	json_t *plugins;

	if (first == -1)
		return code;
	list = first + 1 == argc && strcmp(argv[first], "list") == 0;
	show = first + 2 == argc && strcmp(argv[first], "show") == 0;
	if (!list && !show)
		return cli_usage(&cli_plugin, "say 'list' or 'show NAME'");
	generation = generation_load(cli->config_path, 1, &d);
	if (generation == NULL)
		return cli_fail(cli, &d);
	plugins = generation_plugins_json(generation);
	if (show) {
		code = show_one(cli, plugins, argv[first + 1]);
	} else if (cli->json) {
		code = cli_json(json_incref(plugins));
	} else {
		show_list(plugins);
		code = CLI_OK;
	}
	json_decref(plugins);
	generation_unref(&generation);
	return code;
}

const struct cli_command cli_plugin = {
	"plugin", "list | show NAME", "List the plugins, or show one with its options",
	"The options are keys that a rule with this plugin may set.\n\n"
	"Examples:\n"
	"  postern plugin list\n"
	"  postern plugin show links\n",
	plugin_run
};
