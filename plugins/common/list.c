/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of rule data for the plugins: phrases with a weight or a label, and
 * plain words. The host reads the file; this takes its lines apart and has the
 * expressions compiled once, when the rule is loaded.
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A phrase file is written by hand; more lines than this are a mistake. */
#define LIST_MAX 20000

static bool is_ascii_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_data(struct postern_slice line)
{
	return line.len > 0 && line.ptr[0] != '#';
}

static bool is_rule(struct postern_slice line)
{
	return line.len > 0 && line.ptr[0] == '@';
}

static size_t count_rules(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		if (is_rule(line))
			count++;
	return count;
}

static size_t count_lines(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		if (is_data(line))
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

static char *copy(struct postern_slice s)
{
	char *out = malloc(s.len + 1);

	if (out != NULL) {
		if (s.len > 0)
			memcpy(out, s.ptr, s.len);
		out[s.len] = '\0';
	}
	return out;
}

/* ---- classes ---- */

#define CLASSES_MAX 64

struct class_names {
	struct postern_slice names[CLASSES_MAX];
	int used_in[CLASSES_MAX]; /* line of a rule; 0: none */
	uint64_t defined;
	size_t count;
};

/* The bit of a class, new or known; 0: too many, or no name. */
static uint64_t class_bit(struct class_names *classes, struct postern_slice name, int used_in)
{
	size_t i = 0;

	if (name.len < 2 || name.ptr[0] != '@')
		return 0;
	while (i < classes->count && !view_eq(classes->names[i], name))
		i++;
	if (i == CLASSES_MAX)
		return 0;
	if (i == classes->count)
		classes->names[classes->count++] = name;
	if (used_in > 0)
		classes->used_in[i] = used_in;
	else
		classes->defined |= UINT64_C(1) << i;
	return UINT64_C(1) << i;
}

bool rule_holds(const struct phrase_rule *rule, uint64_t classes)
{
	if ((rule->without & classes) != 0)
		return false;
	for (size_t i = 0; i < rule->count; i++)
		if ((rule->parts[i] & classes) == 0)
			return false;
	return true;
}

/* "@a|@b", "!@a" */
static int parse_part(struct postern_slice part, struct class_names *classes, struct phrase_rule *rule)
{
	bool without = part.len > 0 && part.ptr[0] == '!';
	struct postern_slice name;
	uint64_t bits = 0;

	if (without)
		part = view_sub(part, 1, part.len);
	while (view_next(&part, '|', &name)) {
		uint64_t bit = class_bit(classes, name, rule->line);

		if (bit == 0)
			return -1;
		bits |= bit;
	}
	if (without)
		rule->without |= bits;
	else if (bits == 0 || rule->count == PHRASE_PARTS)
		return -1;
	else
		rule->parts[rule->count++] = bits;
	return 0;
}

static int parse_rule(struct postern_slice line, struct class_names *classes, struct phrase_rule *rule)
{
	struct postern_slice field = {"", 0}, value = {"", 0}, part;
	char *number;

	view_next(&line, '\t', &field);
	while (value.len == 0 && view_next(&line, '\t', &value))
		continue;
	while (view_next(&field, '&', &part))
		if (parse_part(part, classes, rule) != 0)
			return -1;
	number = copy(value);
	rule->weight = number != NULL ? (int)strtol(number, NULL, 10) : 0;
	free(number);
	return rule->count > 0 && rule->weight != 0 ? 0 : -1;
}

/* ---- lines ---- */

static int parse_line(struct postern_slice line, struct class_names *classes, struct phrase *phrase,
    char **expression_r)
{
	struct postern_slice field = {"", 0}, value = {"", 0}, name;

	view_next(&line, '\t', &field);
	while (value.len == 0 && view_next(&line, '\t', &value))
		continue; /* several tabs in a row align columns */
	*expression_r = expand(field);
	phrase->value = copy(value);
	if (*expression_r == NULL || phrase->value == NULL)
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
	const char *option;
	struct phrases *out;
	char **expressions;
	struct class_names classes;
};

static int read_line(struct reading *reading, struct postern_slice line, int number)
{
	struct phrases *out = reading->out;

	if (is_rule(line)) {
		struct phrase_rule *rule = &out->rules[out->rule_count++];

		rule->line = number;
		if (parse_rule(line, &reading->classes, rule) == 0)
			return 0;
		reading->host->conf_error(reading->conf, reading->option, number,
		    "this line is no rule: write @one & @other, a tab and a weight");
		return -1;
	}
	out->items[out->count].line = number;
	out->count++; /* first, so that a half-made one is freed */
	if (parse_line(line, &reading->classes, &out->items[out->count - 1],
	        &reading->expressions[out->count - 1]) == 0)
		return 0;
	reading->host->conf_error(reading->conf, reading->option, number, "out of memory");
	return -1;
}

static int check_classes(const struct reading *reading)
{
	for (size_t i = 0; i < reading->classes.count; i++) {
		if ((reading->classes.defined >> i & 1) != 0)
			continue;
		reading->host->conf_error(reading->conf, reading->option, reading->classes.used_in[i],
		    "no expression belongs to a class named in this line");
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
		if (is_data(line) && read_line(reading, line, number) != 0)
			return -1;
	}
	return check_classes(reading);
}

/*
 * The host names the option's file; which line is wrong it cannot know, so on
 * failure each expression is tried alone.
 */
static void find_bad_line(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    const struct phrases *list, char *const *expressions)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *one = expressions[i];
		struct postern_patterns *patterns = host->patterns_compile(conf, option, &one, 1);

		if (patterns == NULL) {
			host->conf_error(conf, option, list->items[i].line, "this line is not a valid expression");
			return;
		}
		host->patterns_free(patterns);
	}
}

static int compile(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct phrases *out, char **expressions)
{
	out->patterns = host->patterns_compile(conf, option, (const char *const *)expressions, out->count);
	if (out->patterns != NULL)
		return 0;
	find_bad_line(host, conf, option, out, expressions);
	return -1;
}

int phrases_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct phrases *out)
{
	struct postern_slice file = host->conf_file(conf, option);
	struct reading reading = {.host = host, .conf = conf, .option = option, .out = out};
	size_t count = count_lines(file);
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (count == 0)
		return 0;
	if (count > LIST_MAX) {
		host->conf_error(conf, option, 0, "more than 20000 lines: split the list");
		return -1;
	}
	out->items = calloc(count, sizeof(*out->items));
	out->rules = calloc(count_rules(file) + 1, sizeof(*out->rules));
	reading.expressions = calloc(count, sizeof(*reading.expressions));
	if (out->items == NULL || out->rules == NULL || reading.expressions == NULL)
		host->conf_error(conf, option, 0, "out of memory");
	else if (parse_file(&reading, file) == 0)
		rc = compile(host, conf, option, out, reading.expressions);
	for (size_t i = 0; reading.expressions != NULL && i < count; i++)
		free(reading.expressions[i]);
	free(reading.expressions);
	if (rc != 0)
		phrases_close(host, out);
	return rc;
}

void phrases_close(const struct postern_host *host, struct phrases *phrases)
{
	for (size_t i = 0; i < phrases->count; i++)
		free(phrases->items[i].value);
	free(phrases->items);
	free(phrases->rules);
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

/* ---- words ---- */

static int compare_words(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static char *add_word(struct words *words, char *p, struct postern_slice word)
{
	words->items[words->count++] = p;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		*p++ = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	*p++ = '\0';
	return p;
}

static int words_room(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out, size_t count, size_t bytes)
{
	memset(out, 0, sizeof(*out));
	out->text = malloc(bytes + count + 1);
	out->items = calloc(count + 1, sizeof(*out->items));
	if (out->text != NULL && out->items != NULL)
		return 0;
	words_close(out);
	host->conf_error(conf, option, 0, "out of memory");
	return -1;
}

int words_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out)
{
	struct postern_slice file = host->conf_file(conf, option), line, word;
	char *p;

	if (words_room(host, conf, option, out, count_lines(file), file.len) != 0)
		return -1;
	p = out->text;
	while (view_next(&file, '\n', &line))
		if (is_data(line) && view_next(&line, '\t', &word))
			p = add_word(out, p, word);
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
	return 0;
}

int words_open_list(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out)
{
	size_t count = host->conf_list_count(conf, option), bytes = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		bytes += host->conf_list_item(conf, option, i).len;
	if (words_room(host, conf, option, out, count, bytes) != 0)
		return -1;
	p = out->text;
	for (size_t i = 0; i < count; i++)
		p = add_word(out, p, view_trim(host->conf_list_item(conf, option, i)));
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
	return 0;
}

void words_close(struct words *words)
{
	free(words->text);
	free(words->items);
	memset(words, 0, sizeof(*words));
}

bool words_has(const struct words *words, struct postern_slice word)
{
	size_t low = 0, high = words->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2, i = 0;
		const char *w = words->items[mid];
		int order = 0;

		for (; order == 0 && i < word.len; i++) {
			unsigned char c = (unsigned char)word.ptr[i], d = (unsigned char)w[i];

			if (c >= 'A' && c <= 'Z')
				c = (unsigned char)(c + ('a' - 'A'));
			order = c == d && d != '\0' ? 0 : c < d || d == '\0' ? (d == '\0' ? 1 : -1) : 1;
		}
		if (order == 0 && w[i] != '\0')
			order = -1;
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool words_has_host(const struct words *words, struct postern_slice host)
{
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	while (host.len > 0) {
		const char *dot;

		if (words_has(words, host))
			return true;
		dot = memchr(host.ptr, '.', host.len);
		if (dot == NULL)
			break;
		host = view_sub(host, (size_t)(dot - host.ptr) + 1, host.len);
	}
	return false;
}
