/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of event a record is, and what it says in a sentence: for whatever shows it beside its own form. */
#include "export/kind.h"

#include <string.h>

#include "core/text.h"

#define TEXT_SIZE 512

/* Severities: 3 somebody has to do something, 4 mail was stopped, 5 people or configuration, 6 daily business. */
static const struct export_kind kinds[] = {
	{"message-pass", "message", "pass", 6, "0d2cc8274783bf5b9b0a1b9151080866"},
	{"message-tag", "message", "tag", 5, "4adedd8cc40391a5a2b2de4554bf28b7"},
	{"message-hold", "message", "hold", 4, "57b18480357df6ace1948d51f1730f2b"},
	{"message-reject", "message", "reject", 4, "7e5b8b3b0b5b67f122bcfc32347d32da"},
	{"message-defer", "message", "defer", 3, "67dfbf65ce456e92e1e9e190612b8345"},
	{"message", "message", NULL, 6, "e472e6fd402223c29b42fc8e59c901a0"},
	{"queued", "queued", NULL, 6, "9a85bdaee1ee0323479780f7f8ba937b"},
	{"interrupted", "interrupted", NULL, 4, "e0ef4eba15e9e2ab9e5e2efc286bcb4a"},
	{"start", "start", NULL, 5, "2558a3049419ad2277542ba6ef024350"},
	{"stop", "stop", NULL, 5, "ecee8574bd5fce1217341fd029266f37"},
	{"reload", "reload", NULL, 5, "93b2d4f8e24beca924bd02b6b1cb0374"},
	{"reload-failed", "reload", "failed", 3, "ce56471d0d69ad5d4843ce9cd82c6034"},
	{"error", "error", NULL, 3, "0518f5f681fdf1f1ad7edb85bd595272"},
	{"recovered", "recovered", NULL, 4, "fe22d0ed0af4ce2870e48c3503d5408b"},
	{"alert", "alert", NULL, 4, "fc08fd5fe2aa1739a165d0934fa3bc03"},
	{"desk", "desk", NULL, 5, "c17f4304d0f972967d2929e5304aa170"},
	{"checkpoint", "checkpoint", NULL, 6, "503266986bca6d8b3923837e06e2da91"},
	{"purge", "purge", NULL, 5, "6af3d1eb4bccdf8888583ef944bba424"},
	{"legal-hold", "legal-hold", NULL, 5, "549ac9ae743fd1d3f2cb06e8a2fd685a"},
	{"legal-release", "legal-release", NULL, 5, "d5dc1d8d9c952824c334e6eb1b72edaf"},
	{"event", NULL, NULL, 6, "acf6f123ef96debb2961d8a0cf51e938"},
	{NULL, NULL, NULL, 0, NULL}
};

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct export_kind *find(const char *event, const char *action)
{
	const struct export_kind *kind = kinds;

	while (kind->event != NULL && !(same(kind->event, event) && same(kind->action, action)))
		kind++;
	return kind;
}

const struct export_kind *export_kind(const json_t *event)
{
	const char *type = json_get_str(event, "event"), *action = json_get_str(event, "action");
	const struct export_kind *kind;

	if (same(type, "reload"))
		action = json_is_false(json_object_get(event, "ok")) ? "failed" : NULL;
	else if (!same(type, "message"))
		action = NULL;
	kind = find(type, action);
	return kind->event == NULL && same(type, "message") ? find(type, NULL) : kind;
}

const struct export_kind *export_kinds(void)
{
	return kinds;
}

/* ---- a sentence ---------------------------------------------------------------- */

static void add_value(struct buf *out, const char *before, const json_t *value, const char *after)
{
	char text[TEXT_SIZE];

	if (!json_is_string(value) || json_string_length(value) == 0)
		return;
	text_sanitize(text, sizeof(text), (struct slice){json_string_value(value), json_string_length(value)}, TEXT_FOR_LOG);
	buf_add_str(out, before);
	buf_add_str(out, text);
	buf_add_str(out, after);
}

static void add_member(struct buf *out, const char *before, const json_t *event, const char *key, const char *after)
{
	add_value(out, before, json_object_get(event, key), after);
}

static void add_recipients(struct buf *out, const json_t *event)
{
	const json_t *list = json_object_get(event, "recipients");
	json_int_t count = json_get_int(event, "recipient_count", (json_int_t)json_array_size(list));

	add_value(out, " to ", json_array_get(list, 0), "");
	if (count > 1)
		buf_printf(out, " and %lld more", (long long)count - 1);
}

/* Rules that found something, each once. */
static void add_rules(struct buf *out, const json_t *event)
{
	const json_t *list = json_object_get(event, "findings");
	const char *before = ": ";

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *rule = json_object_get(json_array_get(list, i), "rule");
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = json_equal(rule, json_object_get(json_array_get(list, k), "rule"));
		if (again)
			continue;
		add_value(out, before, rule, "");
		before = ", ";
	}
}

static void add_message(struct buf *out, const json_t *event)
{
	buf_add_str(out, same(json_get_str(event, "direction"), "in") ? " incoming mail" : " outgoing mail");
	add_member(out, " (", event, "marketplace", ")");
	add_member(out, " from ", event, "sender", "");
	add_recipients(out, event);
	add_member(out, ", subject \"", event, "subject", "\"");
	add_rules(out, event);
}

void export_summary(const json_t *event, struct buf *out)
{
	if (same(json_get_str(event, "event"), "message")) {
		add_member(out, "", event, "action", "");
		add_message(out, event);
		return;
	}
	add_member(out, "", event, "event", "");
	if (export_kind(event)->action != NULL)
		buf_add_str(out, " failed");
	add_member(out, " ", event, "verb", "");
	add_member(out, " ", event, "version", "");
	add_member(out, ": ", event, "error", "");
	add_member(out, ": ", event, "what", "");
	add_member(out, " by ", event, "by", "");
	add_member(out, ": ", event, "why", "");
	add_member(out, ", thread ", event, "thread", "");
	add_member(out, ", of ", event, "ref", "");
}
