/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_CLI_H
#define POSTERN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "core/slice.h"
#include "policy/config.h"

/* Exit codes of every sub-command; see postern(1). */
enum cli_exit {
	CLI_OK = 0,
	CLI_NEGATIVE = 1, /* it worked, and the answer is no: a hold, a failed check */
	CLI_ERROR = 2
};

struct cli {
	const char *config_path;
	bool json;
	bool colour; /* standard output is a terminal and NO_COLOR is not set */
};

struct cli_command {
	const char *name;
	const char *arguments; /* "[--direction in|out] FILE..." */
	const char *summary;   /* one line, for "postern --help" */
	const char *help;      /* options and examples */
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct cli_command cli_archive, cli_audit, cli_cases, cli_check, cli_digest, cli_doctor, cli_done, cli_evidence,
    cli_held, cli_inbox, cli_milestone, cli_plugin, cli_rate, cli_rebuild, cli_reload, cli_replay, cli_report, cli_scan,
    cli_sla, cli_spam, cli_status, cli_stop, cli_thread, cli_windows, cli_store;

/* "postern audit export": argv begins with "export". */
int audit_export_run(struct cli *cli, int argc, char **argv);

/* One option of a sub-command: exactly one of the targets is set. */
struct cli_option {
	const char *name;   /* long name; NULL ends the table */
	char letter;        /* its short form, 0: none */
	bool *flag;
	const char **value;
	const char **optional; /* may be given without a value ("--watch", "--watch=60"): then it is "" */
	struct cli_values {
		const char **items;
		size_t count;
	} *values;          /* may be given several times; freed by the caller */
};

/*
 * Reads options (and --config, --json, --help, which every command has) and
 * returns the index in argv of the first operand; -1 when the command is to
 * end with *exit_r: help was shown, or an option was wrong (said so).
 */
int cli_options(struct cli *cli, const struct cli_command *command, int argc, char **argv,
    const struct cli_option *options, int *exit_r);

/* Says on standard error what is wrong with the call and how to get help; returns CLI_ERROR. */
__attribute__((format(printf, 2, 3)))
int cli_usage(const struct cli_command *command, const char *fmt, ...);
/* Shows what d collected on standard error ("postern: ..."), or as JSON on standard output; returns CLI_ERROR. */
int cli_fail(const struct cli *cli, const struct diag *d);

/* Prints one JSON value on a line of its own and drops the reference. CLI_ERROR when memory is out. */
int cli_json(json_t *value);
/* Prints text of strangers, made harmless, padded or cut to width characters (0: as it is). */
void cli_text(struct slice s, int width);
/* Prints text of strangers of any length, made harmless; line feeds and tabs stay. */
void cli_text_all(struct slice s);
/* Prints a text of the object as cli_text does, with before in front of it; nothing when it has none. */
void cli_member(const json_t *object, const char *key, const char *before);
/* Prints what was found in a record's message, a line each behind indent. */
void cli_findings(const json_t *event, const char *indent);

enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_GOOD, CLI_WARN, CLI_BAD };
/* Prints text in a style where the terminal shows it. */
void cli_styled(const struct cli *cli, enum cli_style style, const char *text);
/* The style in which an action ("reject") or a state is shown. */
enum cli_style cli_action_style(const char *action);

/* Shows those of generation_exemptions_json that are in force, under a title; nothing when there are none. */
void cli_exemptions(const json_t *list);

/* Seconds as "5 h 12 min", "-3 min", "9 d 4 h" into text. */
void cli_duration(char *text, size_t size, int64_t seconds);

/* Configuration alone, without plugins; NULL after cli_fail. */
struct config *cli_config(const struct cli *cli);
/* Asks the running daemon; NULL with the reason (not running, no permission) in d. New reference. */
json_t *cli_control(const struct config *config, const char *command, struct diag *d);
/* The same with a whole request ("command" and what it needs), which has to fit DESK_REQUEST_MAX (desk/command.h)
 * together with "from", which is added. */
json_t *cli_control_request(const struct config *config, json_t *request, struct diag *d);
/* Where the person is: terminal, SSH client, who logged in or called sudo. The daemon marks it as told. */
json_t *cli_from(void);

#endif
