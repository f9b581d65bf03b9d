/* SPDX-License-Identifier: BSD-2-Clause */
/* Which thing is asked where, and its parameters. */
#include "ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *thing;
	ask_fn ask;
} things[] = {
	{"mail", ask_mail}, {"finding", ask_finding}, {"event", ask_event}, {"log", ask_log},
	{"inbox", ask_inbox}, {"thread", ask_inbox}, {"counts", ask_counts}, {"timeline", ask_timeline}, {"due", ask_due},
	{"alarm", ask_alarm},
	{"case", ask_case}, {"milestone", ask_milestone}, {"rate", ask_rate}, {"window", ask_window}, {"refund", ask_refund},
	{"clock", ask_clock},
};

const char *question_param(struct question *question, const char *name, const char *fallback)
{
	for (size_t i = 0; i < question->count; i++) {
		if (strcmp(question->names[i], name) != 0)
			continue;
		question->used |= 1U << i;
		return question->values[i];
	}
	return fallback;
}

int question_error(const struct question *question, struct diag *d, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return diag_at(d, question->step->file, question->step->line, "EXPECT %s: %s", question->thing, text);
}

int ask(struct question *question, json_t **rows_r, struct diag *d)
{
	size_t n = 0;

	while (n < sizeof(things) / sizeof(*things) && strcmp(things[n].thing, question->thing) != 0)
		n++;
	if (n == sizeof(things) / sizeof(*things))
		return question_error(question, d, "there is no such thing (tests/replay/README.md lists them)");
	*rows_r = json_array();
	if (things[n].ask(question, *rows_r, d) != 0) {
		json_decref(*rows_r);
		return -1;
	}
	for (size_t i = 0; i < question->count; i++) {
		if ((question->used & 1U << i) != 0)
			continue;
		json_decref(*rows_r);
		return question_error(question, d, "it can't be asked by '%s %s'", question->names[i], question->values[i]);
	}
	return 0;
}

json_t *row_list(const char *joined)
{
	json_t *list = json_array();

	while (*joined != '\0') {
		size_t len = strcspn(joined, ",");

		json_array_append_new(list, json_stringn(joined, len));
		joined += len + (joined[len] == ',');
	}
	return list;
}

void row_time(json_t *row, const char *key, int64_t time)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (time != 0)
		clock_format(text, sizeof(text), time);
	json_put_str(row, key, text);
}
