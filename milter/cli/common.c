/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sub-commands share: options, harmless output, colour, errors. */
#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"

#define OPTIONS_MAX 24
/* A piece of a long text; none of its bytes becomes more than 8. */
#define PIECE_BYTES 200

enum { OPT_CONFIG = 1000, OPT_JSON, OPT_HELP };

static void show_command_help(const struct cli_command *command)
{
	printf("usage: postern %s %s\n\n%s.\n\n%s", command->name, command->arguments,
	    command->summary, command->help);
}

static int fill_options(struct option *table, const struct cli_option *options)
{
	int n = 0;

	for (; options != NULL && options[n].name != NULL && n < OPTIONS_MAX - 4; n++)
		table[n] = (struct option){options[n].name, options[n].flag != NULL ? no_argument
		    : options[n].optional != NULL ? optional_argument : required_argument, NULL, n};
	table[n++] = (struct option){"config", required_argument, NULL, OPT_CONFIG};
	table[n++] = (struct option){"json", no_argument, NULL, OPT_JSON};
	table[n++] = (struct option){"help", no_argument, NULL, OPT_HELP};
	table[n] = (struct option){0};
	return n;
}

/* ":h" and the letters of options, as getopt_long wants them. */
static void fill_letters(char *letters, const struct cli_option *options)
{
	char *p = letters;

	*p++ = ':';
	*p++ = 'h';
	for (int n = 0; options != NULL && options[n].name != NULL && n < OPTIONS_MAX - 4; n++) {
		if (options[n].letter == '\0')
			continue;
		*p++ = options[n].letter;
		if (options[n].flag == NULL)
			*p++ = ':';
	}
	*p = '\0';
}

/* The option that a letter stands for, or -1. */
static int find_letter(const struct cli_option *options, int letter)
{
	for (int n = 0; options != NULL && options[n].name != NULL; n++)
		if (options[n].letter != '\0' && options[n].letter == letter)
			return n;
	return -1;
}

static bool values_add(struct cli_values *values, const char *value)
{
	const char **items = realloc(values->items, (values->count + 1) * sizeof(*items));

	if (items == NULL)
		return false;
	values->items = items;
	values->items[values->count++] = value;
	return true;
}

static bool set_option(const struct cli_option *option)
{
	if (option->flag != NULL)
		*option->flag = true;
	else if (option->value != NULL)
		*option->value = optarg;
	else if (option->optional != NULL)
		*option->optional = optarg != NULL ? optarg : "";
	else
		return values_add(option->values, optarg);
	return true;
}

/* getopt_long has consumed argv[optind - 1], which it did not know. */
static int bad_option(const struct cli_command *command, const struct option *table, int c, char **argv)
{
	const char *names[OPTIONS_MAX + 1] = {0}, *word = argv[optind - 1], *near;

	if (c == ':')
		return cli_usage(command, "%s needs a value", word);
	for (int i = 0; table[i].name != NULL; i++)
		names[i] = table[i].name;
	near = strncmp(word, "--", 2) == 0 ? diag_suggest(word + 2, names) : NULL;
	if (near != NULL)
		return cli_usage(command, "unknown option '%s', did you mean '--%s'?", word, near);
	return cli_usage(command, "unknown option '%s'", word);
}

int cli_options(struct cli *cli, const struct cli_command *command, int argc, char **argv,
    const struct cli_option *options, int *exit_r)
{
	struct option table[OPTIONS_MAX];
	char letters[2 * OPTIONS_MAX + 3];
	int c;

	fill_options(table, options);
	fill_letters(letters, options);
	*exit_r = CLI_OK;
	optind = 1;
	while ((c = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (c == OPT_CONFIG) {
			cli->config_path = optarg;
		} else if (c == OPT_JSON) {
			cli->json = true;
		} else if (c == OPT_HELP || c == 'h') {
			show_command_help(command);
			return -1;
		} else if (c == '?' || c == ':') {
			*exit_r = bad_option(command, table, c, argv);
			return -1;
		} else if (!set_option(&options[find_letter(options, c) != -1 ? find_letter(options, c) : c])) {
			*exit_r = cli_usage(command, "out of memory");
			return -1;
		}
	}
	return optind;
}

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "postern %s: ", command->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: postern %s %s\n", command->name, command->arguments);
	return CLI_ERROR;
}

int cli_fail(const struct cli *cli, const struct diag *d)
{
	char line[2 * sizeof(d->text)];

	if (cli->json) {
		json_t *object = json_object();

		json_put_str(object, "error", d->text);
		cli_json(object);
		return CLI_ERROR;
	}
	text_sanitize(line, sizeof(line), (struct slice){d->text, d->len}, TEXT_FOR_TERMINAL);
	fprintf(stderr, "postern: %s\n", line);
	return CLI_ERROR;
}

int cli_json(json_t *value)
{
	struct buf line = {0};
	int rc = value != NULL ? json_write(&line, value) : -1;

	json_decref(value);
	if (rc == 0)
		puts(line.data);
	else
		fprintf(stderr, "postern: out of memory: the answer could not be written\n");
	buf_free(&line);
	return rc == 0 ? CLI_OK : CLI_ERROR;
}

void cli_text(struct slice s, int width)
{
	struct buf text = {0};

	text_append_cell(&text, s, (size_t)width);
	if (text.len > 0)
		fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

void cli_text_all(struct slice s)
{
	char text[2048];

	while (s.len > 0) {
		size_t n = s.len < PIECE_BYTES ? s.len : PIECE_BYTES;

		/* Not in the middle of a character. */
		while (n < s.len && n > PIECE_BYTES - 4 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
			n--;
		text_sanitize(text, sizeof(text), slice_sub(s, 0, n), TEXT_FOR_TERMINAL);
		fputs(text, stdout);
		s = slice_sub(s, n, s.len);
	}
}

void cli_member(const json_t *object, const char *key, const char *before)
{
	const char *value = json_get_str(object, key);

	if (value == NULL || value[0] == '\0')
		return;
	fputs(before, stdout);
	cli_text(slice_str(value), 0);
}

void cli_findings(const json_t *event, const char *indent)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(event, "findings"), i, finding) {
		cli_member(finding, "rule_id", indent);
		cli_member(finding, "rule", " ");
		cli_member(finding, "where", ", in ");
		cli_member(finding, "evidence", ": ");
		putchar('\n');
	}
}

void cli_styled(const struct cli *cli, enum cli_style style, const char *text)
{
	static const char *const code[] = {"", "1", "32", "33", "31"};

	if (cli->colour && style != CLI_PLAIN)
		printf("\033[%sm%s\033[0m", code[style], text);
	else
		fputs(text, stdout);
}

enum cli_style cli_action_style(const char *action)
{
	static const struct {
		const char *action;
		enum cli_style style;
	} styles[] = {
		{"pass", CLI_GOOD}, {"answered", CLI_GOOD}, {"ok", CLI_GOOD}, {"used", CLI_GOOD},
		{"tag", CLI_WARN}, {"hold", CLI_WARN}, {"open", CLI_WARN}, {"warning", CLI_WARN}, {"closing", CLI_WARN},
		{"reject", CLI_BAD}, {"defer", CLI_BAD}, {"overdue", CLI_BAD}, {"problem", CLI_BAD},
	};

	for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++)
		if (strcmp(styles[i].action, action) == 0)
			return styles[i].style;
	return CLI_PLAIN;
}

/* "  external-links   exempt_senders: care@seller.example until 2027-01-31" */
static void show_exemption(const json_t *exemption)
{
	const char *rule = json_get_str(exemption, "rule"), *entry = json_get_str(exemption, "entry");
	const char *until = json_get_str(exemption, "until");

	printf("  ");
	cli_text(slice_str(rule != NULL ? rule : "(all rules)"), 24);
	printf(" %s", json_get_str(exemption, "by"));
	if (entry != NULL) {
		printf(": ");
		cli_text(slice_str(entry), 0);
	}
	if (until != NULL)
		printf(entry != NULL ? " until %s" : ": %s", until);
	putchar('\n');
}

void cli_exemptions(const json_t *list)
{
	const json_t *exemption;
	bool first = true;
	size_t i;

	json_array_foreach((json_t *)list, i, exemption) {
		if (json_is_true(json_object_get(exemption, "over")))
			continue;
		if (first)
			puts("exempt or on trial");
		first = false;
		show_exemption(exemption);
	}
}

void cli_duration(char *text, size_t size, int64_t seconds)
{
	clock_span(text, size, seconds);
}

struct config *cli_config(const struct cli *cli)
{
	struct diag d = {0};
	struct config *config = config_load(cli->config_path, &d);

	if (config == NULL)
		cli_fail(cli, &d);
	return config;
}
