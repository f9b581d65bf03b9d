/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of phrases for the plugins, with a weight, a label or classes. The host
 * reads the file; this takes its lines apart and has the expressions compiled
 * once, when the rule is loaded. Rules over classes: rule.c; plain words: words.c.
 */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A phrase file is written by hand; more lines than this are a mistake. */
#define LIST_MAX 20000

static bool is_ascii_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_rules(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		if (list_is_rule(line))
			count++;
	return count;
}

/* Whether a pattern's last character is a plain one rather than part of an escape or class. */
static bool ends_plain(struct postern_slice s)
{
	return is_ascii_word(s.ptr[s.len - 1]) && (s.len < 2 || s.ptr[s.len - 2] != '\\');
}

/* What the short forms of an expression stand for; NULL when memory is out. */
static char *expand(struct postern_slice s)
{
	static const char space[] = "(?:[\\s\\x{A0}]{1,6})", quote[] = "['\\x{2019}\\x{2018}`]";
	char *out = malloc(s.len * 32 + 16), *p = out;
	bool class = false;

	if (out == NULL)
		return NULL;
	if (is_ascii_word(s.ptr[0]) || (s.len > 3 && strncmp(s.ptr, "(?:", 3) == 0 && is_ascii_word(s.ptr[3])))
		p = stpcpy(p, "\\b");
	p = stpcpy(p, "(?:");
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' && i + 1 < s.len) {
			*p++ = s.ptr[i++];
			*p++ = s.ptr[i];
			continue;
		}
		class = s.ptr[i] == '[' ? true : s.ptr[i] == ']' ? false : class;
		if (s.ptr[i] == ' ' && !class)
			p = stpcpy(p, space);
		else if (s.ptr[i] == '\'' && !class)
			p = stpcpy(p, quote);
		else
			*p++ = s.ptr[i];
	}
	p = stpcpy(p, ")");
	if (ends_plain(s))
		p = stpcpy(p, "\\b");
	*p = '\0';
	return out;
}

/* ---- lines ---- */

static int parse_line(struct postern_slice line, struct class_names *classes, struct phrase *phrase,
    char **expression_r)
{
	struct postern_slice field = list_field(&line), value = list_field(&line), name;

	*expression_r = expand(field);
	phrase->shouts = shout_words(field);
	phrase->value = list_copy(value);
	phrase->note = list_copy(list_field(&line));
	if (*expression_r == NULL || phrase->value == NULL || phrase->note == NULL)
		return -1;
	phrase->weight = (int)strtol(phrase->value, NULL, 10);
	while (value.len > 0 && value.ptr[0] == '@' && view_next(&value, ' ', &name))
		phrase->classes |= class_bit(classes, name, 0);
	return 0;
}

/* What a list is read with, until it is compiled. */
struct reading {
	const struct postern_host *host;
	const struct postern_conf *conf;
	const char *option; /* whose file is read now */
	size_t list;        /* its number */
	struct phrases *out;
	char **expressions;
	struct class_names classes;
};

static int read_line(struct reading *reading, struct postern_slice line, int number)
{
	struct phrases *out = reading->out;

	if (list_is_rule(line)) {
		struct phrase_rule *rule = &out->rules[out->rule_count++];

		rule->line = number;
		rule->list = reading->list;
		if (rule_parse(line, &reading->classes, rule) == 0) {
			out->heads[out->rule_count - 1] = rule->parts[0];
			return 0;
		}
		reading->host->conf_error(reading->conf, reading->option, number,
		    "this line is no rule: write \"@one & @other\", a tab (not blanks) and a weight");
		return -1;
	}
	out->items[out->count].line = number;
	out->items[out->count].list = reading->list;
	out->count++; /* first, so that a half-made one is freed */
	if (parse_line(line, &reading->classes, &out->items[out->count - 1],
	        &reading->expressions[out->count - 1]) == 0)
		return 0;
	reading->host->conf_error(reading->conf, reading->option, number, "out of memory");
	return -1;
}

static int check_classes(const struct reading *reading)
{
	const struct class_names *classes = &reading->classes;

	for (size_t i = 0; i < classes->count; i++) {
		struct postern_slice name = classes->names[i], near;
		char text[256];

		if ((classes->defined >> i & 1) != 0)
			continue;
		near = class_nearest(classes, name);
		snprintf(text, sizeof(text), "no expression belongs to the class %.*s%s%.*s%s",
		    (int)(name.len < 60 ? name.len : 60),
		    name.ptr, near.len > 0 ? ", did you mean " : "", (int)(near.len < 60 ? near.len : 60), near.ptr,
		    near.len > 0 ? "?" : ": write some, each with a tab and the class behind it");
		reading->host->conf_error(reading->conf, classes->used_by[i], classes->used_in[i], text);
		return -1;
	}
	return 0;
}

/* Fills items, rules and expressions. */
static int parse_file(struct reading *reading, struct postern_slice file)
{
	struct postern_slice line;
	int number = 0;

	while (view_next(&file, '\n', &line)) {
		number++;
		if (list_is_data(line) && read_line(reading, line, number) != 0)
			return -1;
	}
	return 0;
}

/*
 * The host names the option's file; which line is wrong it cannot know, so on
 * failure each expression is tried alone.
 */
static void find_bad_line(const struct reading *reading, const char *const *options)
{
	const struct postern_host *host = reading->host;

	for (size_t i = 0; i < reading->out->count; i++) {
		const char *one = reading->expressions[i], *option = options[reading->out->items[i].list];
		struct postern_patterns *patterns = host->patterns_compile(reading->conf, option, &one, 1);

		if (patterns == NULL) {
			host->conf_error(reading->conf, option, reading->out->items[i].line,
			    "this line is not a valid expression: "
			    "( ) [ ] { } + * ? that stand for themselves need a \\ before them");
			return;
		}
		host->patterns_free(patterns);
	}
}

static int compile(const struct reading *reading, const char *const *options)
{
	struct phrases *out = reading->out;

	if (out->count == 0)
		return 0;
	out->patterns = reading->host->patterns_compile(reading->conf, options[0],
	    (const char *const *)reading->expressions, out->count);
	if (out->patterns != NULL)
		return 0;
	find_bad_line(reading, options);
	return -1;
}

/* Each file in turn; classes are common to all of them. */
static int read_files(struct reading *reading, const char *const *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		reading->option = reading->classes.option = options[i];
		reading->list = i;
		if (parse_file(reading, reading->host->conf_file(reading->conf, options[i])) != 0)
			return -1;
	}
	return check_classes(reading);
}

int phrases_open_all(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, struct phrases *out)
{
	struct reading reading = {.host = host, .conf = conf, .option = options[0], .out = out};
	size_t lines = 0, rules = 0;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		lines += list_count_lines(host->conf_file(conf, options[i]));
		rules += count_rules(host->conf_file(conf, options[i]));
	}
	if (lines == 0)
		return 0;
	if (lines > LIST_MAX) {
		host->conf_error(conf, options[0], 0, "more than 20000 lines: split the list");
		return -1;
	}
	out->items = calloc(lines, sizeof(*out->items));
	out->rules = calloc(rules + 1, sizeof(*out->rules));
	out->heads = calloc(rules + 1, sizeof(*out->heads));
	reading.expressions = calloc(lines, sizeof(*reading.expressions));
	if (out->items == NULL || out->rules == NULL || out->heads == NULL || reading.expressions == NULL)
		host->conf_error(conf, options[0], 0, "out of memory");
	else if (read_files(&reading, options, count) == 0 && list_group(out) != 0)
		host->conf_error(conf, options[0], 0, "out of memory");
	else if (out->groups != NULL)
		rc = compile(&reading, options);
	for (size_t i = 0; reading.expressions != NULL && i < lines; i++)
		free(reading.expressions[i]);
	free(reading.expressions);
	if (rc != 0)
		phrases_close(host, out);
	return rc;
}

int phrases_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct phrases *out)
{
	return phrases_open_all(host, conf, &option, 1, out);
}

void phrases_close(const struct postern_host *host, struct phrases *phrases)
{
	for (size_t i = 0; i < phrases->count; i++) {
		free(phrases->items[i].value);
		free(phrases->items[i].note);
	}
	for (size_t i = 0; i < phrases->rule_count; i++)
		free(phrases->rules[i].note);
	free(phrases->items);
	free(phrases->rules);
	free(phrases->heads);
	free(phrases->groups);
	free(phrases->numbers);
	free(phrases->class_groups);
	if (phrases->patterns != NULL)
		host->patterns_free(phrases->patterns);
	memset(phrases, 0, sizeof(*phrases));
}

enum postern_status phrases_match(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, struct postern_slice text, postern_match_fn fn, void *arg)
{
	if (phrases->patterns == NULL || text.len == 0)
		return POSTERN_OK;
	return host->patterns_match(ctx, phrases->patterns, text, fn, arg);
}

static int note_any(void *arg, size_t pattern, size_t start, size_t end)
{
	bool *found = arg;

	(void)pattern;
	(void)start;
	(void)end;
	*found = true;
	return 1;
}

enum postern_status phrases_any(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, struct postern_slice text, bool *found_r)
{
	*found_r = false;
	return phrases_match(host, ctx, phrases, text, note_any, found_r);
}
