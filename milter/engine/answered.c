/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an outgoing message answers: the earlier messages of its thread as the
 * store has them, or the one that "postern scan --inbound" was given. Their
 * fingerprints tell what is quoted and what only looks like it.
 */
#include "engine/answered.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/fingerprint.h"
#include "engine/inbound.h"
#include "engine/quotes.h"
#include "policy/profile.h"

/* Hashes of one message: some 4,000 words. What a longer one says after them can't be told from new text. */
#define GRAMS_MAX 4096
#define LINKS_MAX 512
/* Threads that one message is looked up in. */
#define THREADS_MAX 8
#define KEY_MAX 1200

struct answered {
	bool failed;
	const char *reason;
	struct gram_key key;
	struct letters *letters;      /* that the store has; NULL: it was not asked */
	const struct gram_set *grams; /* NULL: not needed yet */
	bool whole; /* there is a message of the customer's, and each that is stored can be compared with */
};

/* ---- one message ------------------------------------------------------------- */

static void key_of(const struct judging *j, struct gram_key *key_r)
{
	gram_key_make(key_r, j->services->redact != NULL ? j->services->redact->key : SLICE_NONE);
}

static struct gram_set *fingerprint(struct arena *arena, const struct gram_key *key, const struct message *m)
{
	static const char *const headers[] = {"From", "Reply-To", "To", "Cc", "Subject", "Date"};
	struct gram_set *set = gram_set_new(arena, GRAMS_MAX);

	if (set == NULL)
		return NULL;
	/* Mail programs repeat these above a quote. */
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		gram_set_text(set, key, slice_sub(message_header_value(m, headers[i]), 0, 1000));
	for (size_t i = 0; i < m->url_count && i < LINKS_MAX; i++)
		gram_set_link(set, key, m->urls[i].raw);
	for (size_t i = 0; i < m->image_count && i < LINKS_MAX; i++)
		gram_set_link(set, key, m->images[i].source);
	for (size_t i = 0; i < m->segment_count; i++)
		if (m->segments[i].kind != SEGMENT_FILE)
			gram_set_text(set, key, m->segments[i].text);
	return set;
}

/* Whether the customer's own words fit one of the profiles' facts. */
static int has_fact(const struct judging *j, const struct message *m, const char *name)
{
	struct diag d;
	int rc = 0;

	diag_clear(&d);
	for (size_t i = 0; rc == 0 && i < m->segment_count; i++)
		if (m->segments[i].kind == SEGMENT_NEW || m->segments[i].kind == SEGMENT_SUBJECT)
			rc = profiles_fact(j->generation->profiles, name, slice_sub(m->segments[i].text, 0, 20000), &d);
	return rc == 1;
}

static struct slice join(struct arena *arena, char *const *items)
{
	struct slice out = SLICE_LIT("");

	for (; items != NULL && *items != NULL && out.ptr != NULL; items++)
		out = slice_str(arena_printf(arena, "%.*s%s%s", SLICE_ARG(out), out.len > 0 ? "," : "", *items));
	return out;
}

static struct postern_slice host_view_of(struct slice s)
{
	return (struct postern_slice){s.ptr != NULL ? s.ptr : "", s.len};
}

/* The message that "postern scan --inbound" names. */
static int load_given(struct judging *j, struct answered *a)
{
	const struct config *config = j->generation->config;
	const struct marketplace *market = NULL;
	const struct mail_kind *kind = NULL;
	struct message *m = arena_alloc(j->arena, sizeof(*m));
	struct diag d;

	diag_clear(&d);
	if (m == NULL || message_parse(j->arena, j->answered_raw, &config->limits, MESSAGE_ALL & ~(unsigned)MESSAGE_ATTACHMENTS,
	    j->market != NULL ? marketplace_ids(j->market) : NULL, m, &d) != 0)
		return -1;
	if (j->market != NULL && frame_cut(j->arena, j->market, m, &d) != 0)
		return -1;
	profiles_sender(j->generation->profiles, SLICE_LIT(""), m, &market, &kind, &d);
	j->inbound = (struct postern_inbound){
		.known = 1, .received = j->received,
		.labels = host_view_of(join(j->arena, kind != NULL ? kind->labels : NULL)),
		.order = host_view_of(message_order(m)),
		.asks = has_fact(j, m, "asks"), .gave_phone = has_fact(j, m, "phone"),
	};
	a->grams = fingerprint(j->arena, &a->key, m);
	a->whole = true;
	return a->grams != NULL && !gram_set_lost(a->grams) && j->inbound.labels.ptr != NULL ? 0 : -1;
}

/* ---- the store ------------------------------------------------------------------ */

struct letters {
	struct judging *j;
	const struct answered *a;
	size_t count, inbound, unusable;
	bool lost;
	struct slice texts[THREADS_MAX * STORE_LETTERS];
};

static void take_facts(struct letters *letters, const struct store_letter *letter)
{
	struct judging *j = letters->j;

	j->inbound = (struct postern_inbound){
		.known = 1, .received = letter->time,
		.labels = host_view_of(arena_slice(j->arena, slice_str(letter->labels))),
		.order = host_view_of(arena_slice(j->arena, slice_str(letter->order))),
		.asks = letter->asks, .gave_phone = letter->gave_phone,
	};
}

static int take_letter(void *arg, const struct store_letter *letter)
{
	struct letters *letters = arg;
	bool usable = letter->fingerprint[0] != '\0' && strcmp(letter->key, letters->a->key.id) == 0;

	if (letter->inbound) {
		letters->inbound++;
		letters->unusable += !usable;
		if (!letters->j->inbound.known || letters->j->inbound.received < letter->time)
			take_facts(letters, letter);
	}
	if (!usable || letters->count == sizeof(letters->texts) / sizeof(letters->texts[0]))
		return 0;
	letters->texts[letters->count] = arena_slice(letters->j->arena, slice_str(letter->fingerprint));
	letters->lost = letters->lost || letters->texts[letters->count].ptr == NULL;
	letters->count++;
	return 0;
}

/* As record.c names it; in a redacted log it has the token in place of the address. */
static bool thread_name(const struct judging *j, const struct marketplace *market, struct slice recipient,
    char *out, size_t size)
{
	char key[KEY_MAX / 2], token[KEY_MAX / 2];

	if (marketplace_thread_key(market, recipient, key, sizeof(key)) != 0)
		return false;
	if (j->services->redact != NULL && memchr(key, '@', strlen(key)) != NULL &&
	    audit_redact_address(j->services->redact, slice_str(key), token, sizeof(token)) == 0)
		memcpy(key, token, sizeof(key));
	snprintf(out, size, "%s:%s", marketplace_name(market), key);
	return true;
}

static int ask_store(struct judging *j, struct letters *letters, struct diag *d)
{
	size_t asked = 0;

	for (size_t i = 0; i < j->recipient_count && asked < THREADS_MAX; i++) {
		const struct marketplace *market = NULL;
		char name[KEY_MAX + 100];

		if (profiles_recipient(j->generation->profiles, j->recipients[i], &market, d) == -1)
			return -1;
		if (market == NULL || marketplace_address_is_shared(market, j->recipients[i], j->received) || !thread_name(j, market, j->recipients[i], name, sizeof(name)))
			continue;
		asked++;
		if (store_letters(j->services->store, slice_str(name), take_letter, letters, d) != 0)
			return -1;
	}
	return letters->lost ? diag_add(d, "the message's memory budget is used up") : 0;
}

static int load_stored(struct judging *j, struct answered *a, struct diag *d)
{
	struct letters *letters = arena_room(j->arena, sizeof(*letters));

	if (letters == NULL)
		return diag_add(d, "the message's memory budget is used up");
	memset(letters, 0, offsetof(struct letters, texts));
	letters->j = j;
	letters->a = a;
	a->letters = letters;
	if (ask_store(j, letters, d) != 0)
		return -1;
	a->whole = letters->inbound > 0 && letters->unusable == 0;
	return 0;
}

/* The fingerprints of the letters as one; most messages quote nothing, and need none. */
static int load_grams(struct judging *j, struct answered *a, struct diag *d)
{
	const struct letters *letters = a->letters;
	struct gram_set *set;
	size_t room = 64;

	if (a->grams != NULL || letters == NULL)
		return 0;
	for (size_t i = 0; i < letters->count; i++)
		room += gram_text_count(letters->texts[i]);
	set = gram_set_new(j->arena, room);
	if (set == NULL)
		return diag_add(d, "the message's memory budget is used up");
	for (size_t i = 0; i < letters->count; i++)
		if (gram_set_import(j->arena, set, letters->texts[i]) != 0)
			return diag_add(d, gram_set_lost(set) ? "the message's memory budget is used up" :
			    "store: a fingerprint can't be read; run 'postern rebuild'");
	a->grams = set;
	return 0;
}

int answered_load(struct judging *j, struct diag *d)
{
	struct answered *a = j->answered;
	int rc = 0;

	if (a != NULL)
		return a->failed ? diag_add(d, "%s", a->reason) : 0;
	j->answered = a = arena_alloc(j->arena, sizeof(*a));
	if (a == NULL)
		return diag_add(d, "the message's memory budget is used up");
	key_of(j, &a->key);
	if (j->answered_raw.ptr != NULL)
		rc = load_given(j, a) == 0 ? 0 : diag_add(d, "the message's memory budget is used up");
	else if (j->services->store != NULL && j->direction == POSTERN_OUTBOUND)
		rc = load_stored(j, a, d);
	if (rc != 0) {
		a->failed = true;
		a->reason = arena_strdup(j->arena, d->text);
		a->reason = a->reason != NULL ? a->reason : "out of memory";
	}
	return rc;
}

/* ---- quotes ----------------------------------------------------------------------- */

static void add_label(struct judging *j, const char *label)
{
	const char **labels = arena_array(j->arena, j->label_count + 33, sizeof(*labels));

	if (labels == NULL) {
		j->lost = true;
		return;
	}
	if (j->label_count > 0)
		memcpy(labels, j->labels, j->label_count * sizeof(*labels));
	labels[j->label_count++] = label;
	j->labels = labels;
}

static void leave_unverified(struct judging *j)
{
	const char *how = j->generation->config->unverified_quotes;

	j->quotes = POSTERN_QUOTES_UNVERIFIED;
	if (strcmp(how, "label") == 0)
		add_label(j, "Quote-Unverified");
	else if (strcmp(how, "judge") == 0 && quotes_verify(j->arena, j->message, NULL) != 0)
		j->lost = true;
}

static bool is_wrapper(const void *arg, struct slice url)
{
	const struct judging *j = arg;
	struct diag d;

	diag_clear(&d);
	return profiles_fact(j->generation->profiles, "link_wrapper", slice_sub(url, 0, 300), &d) == 1;
}

void answered_quotes(struct judging *j)
{
	struct quote_source source;
	struct diag d;

	diag_clear(&d);
	if (j->direction != POSTERN_OUTBOUND || !quotes_exist(j->message))
		return;
	if (answered_load(j, &d) != 0 || load_grams(j, j->answered, &d) != 0) {
		judge_note(j, "postern", "postern", "POSTERN-ERROR", j->generation->config->internal_error_action, true,
		    "the quoted text could not be compared with the thread", d.text);
		return;
	}
	if (!j->answered->whole) {
		leave_unverified(j);
		return;
	}
	source = (struct quote_source){j->answered->grams, &j->answered->key, is_wrapper, j};
	if (quotes_verify(j->arena, j->message, &source) != 0)
		j->lost = true;
	j->quotes = POSTERN_QUOTES_VERIFIED;
}

/* ---- what is kept ------------------------------------------------------------------ */

int answered_record(struct judging *j, json_t *event)
{
	struct gram_set *set;
	struct gram_key key;
	struct slice text;
	json_t *o;
	int rc = 0;

	if (j->message == NULL || j->message->segment_count == 0)
		return 0;
	key_of(j, &key);
	set = fingerprint(j->arena, &key, j->message);
	text = set != NULL ? gram_set_export(j->arena, set) : SLICE_NONE;
	o = text.ptr != NULL ? json_object() : NULL;
	if (o == NULL)
		return -1;
	if (key.id[0] != '\0')
		rc |= json_put_str(o, "key", key.id);
	rc |= json_put(o, "grams", text);
	rc |= json_put_new(event, "fingerprint", o);
	if (j->direction == POSTERN_INBOUND) {
		rc |= json_put_bool(event, "asks", has_fact(j, j->message, "asks"));
		rc |= json_put_bool(event, "gave_phone", has_fact(j, j->message, "phone"));
	}
	return rc;
}
