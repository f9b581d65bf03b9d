/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EXPECT: asks for rows and compares them. A condition is KEY OPERATOR VALUE without blanks between; KEY may go into an
 * object by dots. What is not as expected is shown with every row that there is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"

#define CONDITIONS_MAX 24
#define ROW_MAX 700

enum operator { IS, IS_NOT, HAS, HAS_NOT, LESS, MORE, ABSENT };

struct condition {
	char key[64];
	enum operator operator;
	const char *value;
};

struct expectation {
	struct question question;
	struct condition conditions[CONDITIONS_MAX];
	size_t count;
	long rows; /* so many must fit; -1: at least one */
};

static const struct {
	const char *text;
	enum operator operator;
} operators[] = {{"!=", IS_NOT}, {"!~", HAS_NOT}, {"=", IS}, {"~", HAS}, {"<", LESS}, {">", MORE}};

/* False: the word is none. */
static bool read_condition(const char *word, struct condition *condition)
{
	size_t len = strcspn(word, "!=~<>");

	if (word[0] == '!' && word[1] != '\0') {
		snprintf(condition->key, sizeof(condition->key), "%s", word + 1);
		condition->operator = ABSENT;
		return true;
	}
	for (size_t i = 0; len > 0 && i < sizeof(operators) / sizeof(*operators); i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(word + len, operators[i].text, n) != 0)
			continue;
		snprintf(condition->key, sizeof(condition->key), "%.*s", (int)len, word);
		condition->operator = operators[i].operator;
		condition->value = word + len + n;
		return true;
	}
	return false;
}

static int add_param(struct question *question, struct words *words, const char *word, struct diag *d)
{
	if (question->count == PARAMS_MAX)
		return question_error(question, d, "more than %d parameters", PARAMS_MAX);
	question->names[question->count] = word;
	return word_need(words, word, &question->values[question->count++], d);
}

static int read_expectation(struct expectation *e, struct words *words, struct diag *d)
{
	const char *word;

	e->rows = word_is(words, "no") ? 0 : -1;
	if (word_need(words, "what is expected", &word, d) != 0)
		return -1;
	if (strspn(word, "0123456789") == strlen(word)) {
		e->rows = strtol(word, NULL, 10);
		if (word_need(words, "what is expected", &word, d) != 0)
			return -1;
	}
	e->question.thing = word;
	while ((word = word_take(words)) != NULL) {
		if (e->count == CONDITIONS_MAX)
			return question_error(&e->question, d, "more than %d conditions", CONDITIONS_MAX);
		if (read_condition(word, &e->conditions[e->count]))
			e->count++;
		else if (add_param(&e->question, words, word, d) != 0)
			return -1;
	}
	return 0;
}

static const json_t *row_value(const json_t *row, const char *key)
{
	while (row != NULL && *key != '\0') {
		const char *dot = strchr(key, '.');
		char name[64];

		snprintf(name, sizeof(name), "%.*s", dot != NULL ? (int)(dot - key) : (int)strlen(key), key);
		row = json_object_get(row, name);
		key += strlen(name) + (dot != NULL);
	}
	return row;
}

static void add_value(struct buf *text, const json_t *value)
{
	if (json_is_string(value))
		buf_add_str(text, json_string_value(value));
	else if (json_is_array(value))
		for (size_t i = 0; i < json_array_size(value); i++) {
			buf_add_str(text, i > 0 ? "," : "");
			add_value(text, json_array_get(value, i));
		}
	else
		json_write(text, value);
}

/* A list has what it lists; a text has its parts, ignoring case. */
static bool value_has(const json_t *value, const char *text, const char *part)
{
	struct buf item = {0};
	bool found = false;

	if (!json_is_array(value))
		return slice_case_find(slice_str(text), slice_str(part)) >= 0;
	for (size_t i = 0; !found && i < json_array_size(value); i++) {
		buf_truncate(&item, 0);
		add_value(&item, json_array_get(value, i));
		found = json_is_string(json_array_get(value, i)) ? strcmp(item.data != NULL ? item.data : "", part) == 0
		    : slice_case_find(buf_slice(&item), slice_str(part)) >= 0;
	}
	buf_free(&item);
	return found;
}

static int compare(const char *a, const char *b)
{
	char *end_a, *end_b;
	double x = strtod(a, &end_a), y = strtod(b, &end_b);

	if (*a == '\0' || *end_a != '\0' || *end_b != '\0')
		return strcmp(a, b);
	return (x > y) - (x < y);
}

static bool condition_holds(const struct condition *condition, const json_t *row)
{
	const json_t *value = row_value(row, condition->key);
	struct buf text = {0};
	bool holds = false;

	if (value == NULL || condition->operator == ABSENT)
		return value == NULL && condition->operator == ABSENT;
	buf_add_str(&text, "");
	add_value(&text, value);
	switch (condition->operator) {
	case IS: holds = strcmp(text.data, condition->value) == 0; break;
	case IS_NOT: holds = strcmp(text.data, condition->value) != 0; break;
	case HAS: holds = value_has(value, text.data, condition->value); break;
	case HAS_NOT: holds = !value_has(value, text.data, condition->value); break;
	case LESS: holds = compare(text.data, condition->value) < 0; break;
	case MORE: holds = compare(text.data, condition->value) > 0; break;
	case ABSENT: break;
	}
	buf_free(&text);
	return holds;
}

static bool row_fits(const struct expectation *e, const json_t *row)
{
	for (size_t i = 0; i < e->count; i++)
		if (!condition_holds(&e->conditions[i], row))
			return false;
	return true;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_get_str(row, key);

	return text != NULL ? text : "(none)";
}

static void add_row(const struct expectation *e, const json_t *row, struct buf *text)
{
	struct buf whole = {0};

	json_write(&whole, row);
	/* A message's record is long: what was asked for says enough, with what it is. */
	if (whole.len <= ROW_MAX)
		buf_printf(text, "\n    got %s", whole.data);
	else
		buf_printf(text, "\n    got kind %s, action %s, id %s", text_of(row, "kind"), text_of(row, "action"),
		    text_of(row, "id"));
	for (size_t i = 0; i < e->count; i++) {
		const json_t *value = row_value(row, e->conditions[i].key);

		if (condition_holds(&e->conditions[i], row))
			continue;
		buf_printf(text, "\n        not as expected: %s is ", e->conditions[i].key);
		if (value != NULL)
			add_value(text, value);
		else
			buf_add_str(text, "absent");
	}
	buf_free(&whole);
}

static int unexpected(const struct expectation *e, const json_t *rows, long fit, struct diag *d)
{
	const struct step *step = e->question.step;
	struct buf text = {0};

	for (size_t i = 0; i < step->count; i++)
		buf_printf(&text, "%s%s", i > 0 ? " " : "", step->words[i]);
	buf_printf(&text, ": %ld of %zu fit", fit, json_array_size(rows));
	for (size_t i = 0; i < json_array_size(rows) && i < 10; i++)
		add_row(e, json_array_get(rows, i), &text);
	diag_at(d, step->file, step->line, "%s", text.data);
	buf_free(&text);
	return -1;
}

int expect_step(struct play *play, const struct step *step, struct diag *d)
{
	struct expectation e = {.question = {.play = play, .step = step, .store = play->world->store, .thing = ""}};
	struct words words = step_words(step);
	json_t *rows;
	long fit = 0;
	int rc;

	if (read_expectation(&e, &words, d) != 0 || ask(&e.question, &rows, d) != 0)
		return -1;
	for (size_t i = 0; i < json_array_size(rows); i++)
		fit += row_fits(&e, json_array_get(rows, i));
	rc = (e.rows == -1 ? fit > 0 : fit == e.rows) ? 0 : unexpected(&e, rows, fit, d);
	json_decref(rows);
	return rc;
}
