/* SPDX-License-Identifier: BSD-2-Clause */
/* Redacting a whole pack: its model, member by member. What isn't known to be harmless is searched. */
#include "evidence/redact_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "evidence/internal.h"

#define DEPTH_MAX 32
#define TOKEN_DIGITS 12

struct redaction *redaction_new(const struct profiles *profiles, struct slice key)
{
	struct redaction *redaction = calloc(1, sizeof(*redaction));

	if (redaction == NULL)
		return NULL;
	redaction->profiles = profiles;
	buf_add_slice(&redaction->key, key);
	redaction->tokens = json_object();
	redaction->phrases = json_object();
	redaction->numbers = json_object();
	if (redaction->key.failed || redaction->tokens == NULL || redaction->phrases == NULL || redaction->numbers == NULL)
		redaction_free(&redaction);
	return redaction;
}

void redaction_free(struct redaction **redaction)
{
	struct redaction *r = *redaction;

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->known_count; i++)
		pattern_free(&r->known[i]);
	free(r->known);
	pattern_free(&r->outer);
	pattern_free(&r->inner);
	json_decref(r->tokens);
	json_decref(r->phrases);
	json_decref(r->numbers);
	buf_free(&r->key);
	free(r);
	*redaction = NULL;
}

int redaction_hide(struct redaction *redaction, struct slice text)
{
	redaction_learn_phrase(redaction, "hidden", text);
	return redaction->failed ? -1 : 0;
}

bool redaction_domain_stays(const struct redaction *redaction, struct slice domain)
{
	for (size_t i = 0; i < profiles_count(redaction->profiles); i++)
		if (marketplace_owns(profiles_get(redaction->profiles, i), domain))
			return true;
	return false;
}

static void add_small(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_add_char(out, (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 32 : text.ptr[i]));
}

/* The kind is part of what is hashed: a name that is also a number's text is another thing. */
void redaction_token(struct redaction *redaction, const char *kind, struct slice value, struct buf *out)
{
	struct buf input = {0}, token = {0};
	char hex[17];

	buf_add_str(&input, kind);
	buf_add_char(&input, '\0');
	add_small(&input, value);
	hash_token(hex, buf_slice(&redaction->key), buf_slice(&input));
	buf_printf(&token, "[%s-%.*s]", kind, TOKEN_DIGITS, hex);
	if (!token.failed && json_object_get(redaction->tokens, token.data) == NULL) {
		json_t *entry = json_object();

		json_put_str(entry, "kind", kind);
		json_put(entry, "value", value);
		redaction->failed |= json_object_set_new(redaction->tokens, token.data, entry) == -1;
	}
	buf_add_slice(out, buf_slice(&token));
	redaction->failed |= input.failed || token.failed;
	buf_free(&input);
	buf_free(&token);
}

/* ---- the model -------------------------------------------------------------------------------- */

enum treatment {
	KEEP,   /* numbers of ours, times, hashes, names of rules: nobody's secret */
	DROP,   /* what a redacted pack can do without */
	NAME,   /* a person, as a whole */
	NUMBER, /* of an order or a case, as a whole */
	FILE_,  /* a file's name: what comes behind its dot stays */
	SEARCH
};

static enum treatment treatment_of(const char *key)
{
	static const struct {
		const char *key;
		enum treatment treatment;
	} table[] = {
		{"event", KEEP}, {"queue_id", KEEP}, {"id", KEEP}, {"ref", KEEP}, {"time", KEEP}, {"local", KEEP}, {"opened", KEEP},
		{"opened_local", KEEP}, {"due", KEEP}, {"due_local", KEEP}, {"closed", KEEP}, {"closed_local", KEEP},
		{"since", KEEP}, {"as_of", KEEP}, {"at", KEEP}, {"prev", KEEP}, {"hash", KEEP}, {"digest", KEEP},
		{"archive", KEEP}, {"archive_class", KEEP}, {"digests", KEEP}, {"sha256", KEEP},
		{"plugins_digest", KEEP},
		{"config_digest", KEEP}, {"setup", KEEP}, {"rule", KEEP}, {"rule_id", KEEP}, {"plugin", KEEP},
		{"policy", KEEP},
		{"action", KEEP}, {"would", KEEP}, {"verb", KEEP}, {"effect", KEEP}, {"state", KEEP}, {"outcome", KEEP},
		{"clock", KEEP}, {"kind", KEEP}, {"marketplace", KEEP}, {"format", KEEP}, {"zone", KEEP}, {"direction", KEEP},
		{"class", KEEP}, {"file", KEEP}, {"raw_message", KEEP}, {"labels", KEEP}, {"source", KEEP}, {"title", KEEP},
		{"unit", KEEP}, {"type", KEEP}, {"header", KEEP}, {"name", KEEP}, {"opens", KEEP}, {"closes", KEEP},
		{"started", KEEP}, {"used", KEEP}, {"next_warning", KEEP}, {"refunded", KEEP}, {"disputed", KEEP},
		{"denied", KEEP}, {"appealed", KEEP}, {"delivered", KEEP}, {"window", KEEP}, {"change", KEEP},
		{"values", KEEP}, {"checklists", KEEP}, {"marketplaces", KEEP},
		{"client", DROP}, {"helo", DROP}, {"daemon", DROP}, {"fingerprint", DROP}, {"context", DROP}, {"tty", DROP},
		{"host", DROP}, {"uid", DROP}, {"person", DROP},
		{"from_name", NAME}, {"customer", NAME}, {"by", NAME}, {"agent", NAME},
		{"order", NUMBER}, {"case", NUMBER}, {"file_name", FILE_},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].key, key) == 0)
			return table[i].treatment;
	return SEARCH;
}

static void add_file_name(struct redaction *redaction, struct slice name, struct buf *out)
{
	const char *dot = name.len > 0 ? memrchr(name.ptr, '.', name.len) : NULL;
	struct slice ending = dot != NULL ? slice_sub(name, (size_t)(dot - name.ptr), SIZE_MAX) : SLICE_NONE;

	redaction_token(redaction, "file", name, out);
	if (ending.len >= 2 && ending.len <= 5)
		redaction_text(redaction, ending, out);
}

static json_t *redact_string(struct redaction *redaction, enum treatment treatment, const json_t *value)
{
	struct slice text = {json_string_value(value), json_string_length(value)};
	struct buf out = {0};
	json_t *result;

	if (treatment == NAME && text.len > 0 && memchr(text.ptr, '@', text.len) == NULL &&
	    !redaction_is_role(redaction, text))
		redaction_token(redaction, "name", text, &out);
	else if (treatment == NUMBER && text.len > 0 && text.len < 3)
		redaction_token(redaction, "number", text, &out);
	else if (treatment == FILE_ && text.len > 0)
		add_file_name(redaction, text, &out);
	else
		redaction_text(redaction, text, &out);
	result = json_text(out.len > 0 ? buf_slice(&out) : SLICE_LIT(""));
	redaction->failed |= out.failed || result == NULL;
	buf_free(&out);
	return result;
}

static json_t *redact_value(struct redaction *redaction, enum treatment treatment, json_t *value, int depth);

static void redact_object(struct redaction *redaction, json_t *object, int depth)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value) {
		enum treatment treatment = treatment_of(key);

		if (treatment == DROP || (strcmp(key, "from") == 0 && json_is_object(value)))
			json_object_del(object, key);
		else if (treatment != KEEP)
			redaction->failed |= json_object_set_new(object, key, redact_value(redaction, treatment, value, depth)) == -1;
		else if (json_is_object(value))
			redact_object(redaction, value, depth + 1);
	}
}

/* What takes the value's place; objects and arrays change in place. New reference. */
static json_t *redact_value(struct redaction *redaction, enum treatment treatment, json_t *value, int depth)
{
	if (depth > DEPTH_MAX) {
		redaction->failed = true;
		return json_null();
	}
	if (json_is_string(value))
		return redact_string(redaction, treatment, value);
	if (json_is_object(value))
		redact_object(redaction, value, depth + 1);
	for (size_t i = 0; i < json_array_size(value); i++)
		redaction->failed |= json_array_set_new(value, i, redact_value(redaction, treatment, json_array_get(value, i),
		    depth + 1)) == -1;
	return json_incref(value);
}

static void throw_away(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->message_count; i++)
		buf_free(&evidence->messages[i].raw);
	buf_free(&evidence->records);
	buf_free(&evidence->context);
}

int redaction_apply(struct redaction *redaction, struct evidence *evidence, struct diag *d)
{
	/* Records are shared by parts of the model: each part is redacted on its own, and once. */
	json_t *model = json_deep_copy(evidence->model);

	throw_away(evidence);
	if (model != NULL) {
		redaction_learn(redaction, model);
		if (redaction_ready(redaction) == 0)
			redact_object(redaction, model, 0);
		json_decref(evidence->model);
		evidence->model = model;
		json_put_bool(model, "redacted", true);
	}
	if (model == NULL || redaction->failed)
		return diag_add(d, "the evidence could not be redacted: %s", redaction->reason.len > 0 ? redaction->reason.text
		    : "out of memory");
	return 0;
}

static int compare_tokens(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "token"), text_of(*(json_t *const *)b, "token"));
}

json_t *redaction_tokens(const struct redaction *redaction)
{
	json_t *list = json_array(), *sorted, *entry;
	const char *token;

	json_object_foreach(redaction->tokens, token, entry) {
		json_t *row = json_copy(entry);

		json_put_str(row, "token", token);
		json_array_append_new(list, row);
	}
	sorted = list_sorted(list, compare_tokens);
	json_decref(list);
	return sorted;
}
