/* SPDX-License-Identifier: BSD-2-Clause */
/* postern: finds the sub-command and hands over to its file. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "core/hash.h"
#include "core/log.h"
#include "mail/message.h"
#include "mail/url.h"

static const struct cli_command *const commands[] = {
	&cli_scan, &cli_replay, &cli_check, &cli_status, &cli_reload, &cli_stop, &cli_plugin,
	&cli_inbox, &cli_thread, &cli_sla, &cli_rate, &cli_windows, &cli_milestone, &cli_cases, &cli_spam, &cli_done,
	&cli_held, &cli_digest, &cli_report, &cli_evidence, &cli_audit, &cli_archive, &cli_rebuild, &cli_store, &cli_doctor,
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void show_help(void)
{
	printf("usage: postern [--config FILE] [--json] COMMAND [ARGUMENT...]\n\n"
	    "The command line of the Postern mail gateway filter.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nOptions of every command:\n"
	    "  --config FILE  configuration (default %s)\n"
	    "  --json         machine-readable output\n"
	    "  --help         what a command does, with examples\n"
	    "  --version\n\n"
	    "Exit status: 0 fine, 1 the answer is no (a refused message, a failed check), 2 an error.\n\n"
	    "Examples:\n"
	    "  postern scan reply.eml            would this message go out?\n"
	    "  postern doctor                    is everything set up right?\n"
	    "  postern inbox --filter overdue    who still waits for an answer?\n",
	    config_default_path());
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS + 1] = {0}, *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	near = diag_suggest(name, names);
	fprintf(stderr, "postern: unknown command '%s'%s%s%s; see 'postern --help'\n", name,
	    near != NULL ? ", did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
	return CLI_ERROR;
}

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* Options before the command; the index of the command, or -1 with *exit_r. */
static int global_options(struct cli *cli, int argc, char **argv, int *exit_r)
{
	int i;

	*exit_r = CLI_OK;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			cli->json = true;
		} else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			cli->config_path = argv[++i];
		} else if (strncmp(argv[i], "--config=", 9) == 0) {
			cli->config_path = argv[i] + 9;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			show_help();
			return -1;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("postern %s\n", PACKAGE_VERSION);
			return -1;
		} else {
			fprintf(stderr, "postern: unknown option '%s'; see 'postern --help'\n", argv[i]);
			*exit_r = CLI_ERROR;
			return -1;
		}
	}
	return i;
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	const struct cli_command *command;
	int code, first = global_options(cli, argc, argv, &code);

	if (first == -1)
		return code;
	if (first >= argc) {
		show_help();
		return CLI_ERROR;
	}
	if (strcmp(argv[first], "help") == 0) {
		command = first + 1 < argc ? find_command(argv[first + 1]) : NULL;
		if (command != NULL) {
			char *help[] = {argv[first + 1], (char[]){"--help"}, NULL};

			return command->run(cli, 2, help);
		}
		show_help();
		return CLI_OK;
	}
	command = find_command(argv[first]);
	if (command == NULL)
		return unknown_command(argv[first]);
	return command->run(cli, argc - first, argv + first);
}

int main(int argc, char **argv)
{
	struct cli cli = {.config_path = config_default_path()};
	int code;

	cli.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	log_open("postern", "stderr", LOG_LEVEL_WARNING);
	if (hash_init() == -1 || url_init() == -1) {
		fprintf(stderr, "postern: libsodium or the public suffix list can't be used\n");
		return CLI_ERROR;
	}
	message_init();
	code = run_command(&cli, argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "postern: can't write to standard output\n");
		return CLI_ERROR;
	}
	return code;
}
