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
	int used_in[CLASSES_MAX];         /* line of a rule; 0: none */
	const char *used_by[CLASSES_MAX]; /* and the option whose file it stands in */
	const char *option;               /* whose file is read now */
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
	if (used_in > 0) {
		classes->used_in[i] = used_in;
		classes->used_by[i] = classes->option;
	} else {
		classes->defined |= UINT64_C(1) << i;
	}
	return UINT64_C(1) << i;
}

bool rule_holds_in(const struct phrase_rule *rule, const uint64_t classes[PHRASE_REACHES])
{
	for (size_t i = 0; i < PHRASE_REACHES; i++)
		if ((rule->without[i] & classes[i]) != 0)
			return false;
	for (size_t i = 0; i < rule->count; i++)
		if ((rule->parts[i] & classes[rule->reach[i]]) == 0)
			return false;
	return true;
}

bool rule_holds(const struct phrase_rule *rule, uint64_t classes)
{
	const uint64_t everywhere[PHRASE_REACHES] = {classes, classes, classes};

	return rule_holds_in(rule, everywhere);
}

/* Takes the sign off that says how far a part reaches. */
static unsigned char parse_reach(struct postern_slice *part)
{
	unsigned char reach = part->len == 0 ? PHRASE_HERE : part->ptr[0] == '<' ? PHRASE_NEAR :
	    part->ptr[0] == '*' ? PHRASE_ANYWHERE : PHRASE_HERE;

	if (reach != PHRASE_HERE)
		*part = view_sub(*part, 1, part->len);
	return reach;
}

/* "@a|@b", "!@a", "<@a", "!*@a" */
static int parse_part(struct postern_slice part, struct class_names *classes, struct phrase_rule *rule)
{
	bool without = part.len > 0 && part.ptr[0] == '!';
	struct postern_slice name;
	unsigned char reach;
	uint64_t bits = 0;

	if (without)
		part = view_sub(part, 1, part.len);
	reach = parse_reach(&part);
	while (view_next(&part, '|', &name)) {
		uint64_t bit = class_bit(classes, name, rule->line);

		if (bit == 0)
			return -1;
		bits |= bit;
	}
	if (without) {
		rule->without[reach] |= bits;
		return bits != 0 ? 0 : -1;
	}
	if (bits == 0 || rule->count == PHRASE_PARTS)
		return -1;
	rule->reach[rule->count] = reach;
	rule->parts[rule->count++] = bits;
	return 0;
}

/* The next field of a line; several tabs in a row align columns. */
static struct postern_slice next_field(struct postern_slice *line)
{
	struct postern_slice field = {"", 0};

	while (field.len == 0 && view_next(line, '\t', &field))
		continue;
	return field;
}

static int parse_rule(struct postern_slice line, struct class_names *classes, struct phrase_rule *rule)
{
	struct postern_slice field = next_field(&line), value = next_field(&line), part;
	char *number;

	while (view_next(&field, '&', &part))
		if (parse_part(part, classes, rule) != 0)
			return -1;
	number = copy(value);
	rule->weight = number != NULL ? (int)strtol(number, NULL, 10) : 0;
	free(number);
	rule->note = copy(next_field(&line));
	return rule->note != NULL && rule->count > 0 && rule->weight != 0 ? 0 : -1;
}

/* ---- lines ---- */

static int parse_line(struct postern_slice line, struct class_names *classes, struct phrase *phrase,
    char **expression_r)
{
	struct postern_slice field = next_field(&line), value = next_field(&line), name;

	*expression_r = expand(field);
	phrase->value = copy(value);
	phrase->note = copy(next_field(&line));
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

	if (is_rule(line)) {
		struct phrase_rule *rule = &out->rules[out->rule_count++];

		rule->line = number;
		rule->list = reading->list;
		if (parse_rule(line, &reading->classes, rule) == 0)
			return 0;
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

/* Letters that two names have alike at their start and end: the nearest name has the most. */
static size_t count_alike(struct postern_slice a, struct postern_slice b)
{
	size_t head = 0, tail = 0, least = a.len < b.len ? a.len : b.len;

	while (head < least && a.ptr[head] == b.ptr[head])
		head++;
	while (tail < least - head && a.ptr[a.len - 1 - tail] == b.ptr[b.len - 1 - tail])
		tail++;
	return head + tail;
}

static struct postern_slice nearest_class(const struct class_names *classes, struct postern_slice name)
{
	struct postern_slice best = {"", 0};
	size_t most = name.len / 2;

	for (size_t i = 0; i < classes->count; i++) {
		size_t alike = count_alike(classes->names[i], name);

		if ((classes->defined >> i & 1) == 0 || alike <= most)
			continue;
		most = alike;
		best = classes->names[i];
	}
	return best;
}

static int check_classes(const struct reading *reading)
{
	const struct class_names *classes = &reading->classes;

	for (size_t i = 0; i < classes->count; i++) {
		struct postern_slice name = classes->names[i], near;
		char text[256];

		if ((classes->defined >> i & 1) != 0)
			continue;
		near = nearest_class(classes, name);
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
		if (is_data(line) && read_line(reading, line, number) != 0)
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
		lines += count_lines(host->conf_file(conf, options[i]));
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
	reading.expressions = calloc(lines, sizeof(*reading.expressions));
	if (out->items == NULL || out->rules == NULL || reading.expressions == NULL)
		host->conf_error(conf, options[0], 0, "out of memory");
	else if (read_files(&reading, options, count) == 0)
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

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Short words are compared without a look at the text, which is elsewhere in memory. */
#define HEAD 8

struct words_slot {
	char head[HEAD]; /* of the word, in small letters, filled up with NUL */
	uint32_t hash;
	uint32_t number; /* 1 + that of the item; 0: empty */
};

/* What is looked for, as a slot has it; FNV-1a of the word in small letters. */
static struct words_slot slot_of(struct postern_slice word)
{
	struct words_slot slot = {"", 2166136261U, 0};

	for (size_t i = 0; i < word.len; i++) {
		char c = lower(word.ptr[i]);

		if (i < HEAD)
			slot.head[i] = c;
		slot.hash = (slot.hash ^ (unsigned char)c) * 16777619U;
	}
	slot.hash ^= slot.hash >> 15;
	return slot;
}

static void index_word(struct words *words, size_t number)
{
	struct words_slot slot = slot_of(view_str(words->items[number]));
	size_t i = slot.hash & (words->room - 1);

	while (words->slots[i].number != 0)
		i = (i + 1) & (words->room - 1);
	slot.number = (uint32_t)(number + 1);
	words->slots[i] = slot;
}

static char *add_word(struct words *words, char *p, struct postern_slice word)
{
	words->items[words->count++] = p;
	for (size_t i = 0; i < word.len; i++)
		*p++ = lower(word.ptr[i]);
	*p++ = '\0';
	index_word(words, words->count - 1);
	return p;
}

static int words_room(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out, size_t count, size_t bytes)
{
	memset(out, 0, sizeof(*out));
	out->text = malloc(bytes + count + 1);
	out->items = calloc(count + 1, sizeof(*out->items));
	for (out->room = 8; 2 * out->room < 3 * count;)
		out->room *= 2;
	out->slots = calloc(out->room, sizeof(*out->slots));
	if (out->text != NULL && out->items != NULL && out->slots != NULL)
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
	return 0;
}

void words_close(struct words *words)
{
	free(words->text);
	free(words->items);
	free(words->slots);
	memset(words, 0, sizeof(*words));
}

static bool is_word(const char *item, struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (item[i] == '\0' || item[i] != lower(word.ptr[i]))
			return false;
	return item[word.len] == '\0';
}

void words_warm(const struct words *words)
{
	for (size_t i = 0; i < words->room; i += 64 / sizeof(*words->slots))
		__builtin_prefetch(&words->slots[i]);
}

bool words_has(const struct words *words, struct postern_slice word)
{
	/* The head is all of such a word: no item has a NUL in it. */
	bool whole = word.len > 0 && word.len < HEAD && word.ptr[word.len - 1] != '\0';
	struct words_slot wanted = slot_of(word);
	const struct words_slot *slot;

	if (words->count == 0)
		return false;
	for (size_t i = wanted.hash & (words->room - 1); (slot = &words->slots[i])->number != 0; i = (i + 1) & (words->room - 1))
		if (slot->hash == wanted.hash && memcmp(slot->head, wanted.head, HEAD) == 0 &&
		    (whole || is_word(words->items[slot->number - 1], word)))
			return true;
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
