/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of a message, and what the audit log says. */
#include <string.h>

#include "ask.h"

static const struct letter *letter_of(struct question *question, struct diag *d)
{
	const char *name = question_param(question, "of", NULL);
	const struct letter *letter = name != NULL ? play_letter(question->play, name) : play_last(question->play);

	if (letter == NULL)
		question_error(question, d, "there is no such message yet");
	return letter;
}

static json_t *rule_ids(const json_t *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(findings); i++)
		json_array_append(list, json_object_get(json_array_get(findings, i), "rule_id"));
	return list;
}

int ask_mail(struct question *question, json_t *rows, struct diag *d)
{
	const struct letter *letter = letter_of(question, d);
	json_t *row;

	if (letter == NULL)
		return -1;
	row = json_deep_copy(letter->answer);
	json_put_new(row, "found", rule_ids(json_object_get(row, "findings")));
	json_object_del(row, "findings");
	json_array_append_new(rows, row);
	return 0;
}

int ask_finding(struct question *question, json_t *rows, struct diag *d)
{
	const struct letter *letter = letter_of(question, d);

	return letter != NULL ? json_array_extend(rows, json_object_get(letter->answer, "findings")) : -1;
}

int ask_event(struct question *question, json_t *rows, struct diag *d)
{
	(void)d;
	return json_array_extend(rows, question->play->world->events);
}

/* The audit log as "postern audit verify" sees it. */
int ask_log(struct question *question, json_t *rows, struct diag *d)
{
	struct audit_report report;
	struct diag why = {0};
	json_t *row = json_object();

	if (audit_verify(question->play->world->log, 0, NULL, &report, &why) != 0) {
		json_decref(row);
		return question_error(question, d, "%s", why.text);
	}
	json_put_bool(row, "whole", report.file == NULL);
	json_put_int(row, "events", report.events);
	audit_report_free(&report);
	json_array_append_new(rows, row);
	return 0;
}
