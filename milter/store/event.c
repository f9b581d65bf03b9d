/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a record of the audit log to what it does to threads and clocks. No
 * database in here: every store reads the log the same way.
 */
#include "store/event.h"

#include <inttypes.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"

static struct slice text_of(const json_t *value)
{
	if (!json_is_string(value))
		return SLICE_NONE;
	return (struct slice){json_string_value(value), json_string_length(value)};
}

static struct slice member(const json_t *object, const char *key)
{
	return text_of(json_object_get(object, key));
}

struct slice store_event_text(const json_t *array, size_t n)
{
	return text_of(json_array_get(array, n));
}

static const json_t *array_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_array(value) ? value : NULL;
}

static enum event_progress progress_of(struct slice action)
{
	if (slice_eq_str(action, "defer"))
		return PROGRESS_DEFERRED;
	return slice_eq_str(action, "reject") ? PROGRESS_REFUSED : PROGRESS_TAKEN;
}

/* Only mail that went through answers anybody; a held one waits for a person, a refused one is gone. */
static enum event_effect outbound_effect(const json_t *event, struct slice action)
{
	if (slice_eq_str(action, "hold") || slice_eq_str(action, "reject"))
		return EFFECT_FAILED;
	if (slice_eq_str(action, "defer") || !json_is_true(json_object_get(event, "answers")))
		return EFFECT_OTHER;
	return EFFECT_ANSWER;
}

static void inbound_effect(const json_t *event, struct store_event *e)
{
	const json_t *sla = json_object_get(event, "sla");
	const char *due;

	e->effect = EFFECT_OTHER;
	/* A marketplace's copy of a reply that was sent elsewhere answers too. */
	if (json_is_true(json_object_get(event, "answers")) && e->progress == PROGRESS_TAKEN)
		e->effect = EFFECT_ANSWER;
	if (e->progress != PROGRESS_TAKEN || !slice_eq_str(member(sla, "change"), "starts"))
		return;
	e->effect = EFFECT_INQUIRY;
	due = json_get_str(sla, "due");
	if (due == NULL || clock_parse(due, &e->due) == -1) {
		/* A record can't be changed any more: better an inquiry that looks overdue than a store that is stuck. */
		log_error("store: audit record %" PRId64 " starts a clock without a readable due time", e->seq);
		e->due = e->time;
	}
}

static void read_message(const json_t *event, struct store_event *e)
{
	struct slice action = member(event, "action");

	e->inbound = slice_eq_str(member(event, "direction"), "in");
	e->progress = progress_of(action);
	e->digest = member(event, "digest");
	e->marketplace = member(event, "marketplace");
	e->subject = member(event, "subject");
	e->customer = member(event, "from_name");
	if (e->customer.len == 0)
		e->customer = member(event, "from");
	e->order = member(event, "order");
	e->ids = array_of(event, "ids");
	e->labels = array_of(event, "labels");
	e->threads = array_of(event, "threads");
	e->fingerprint = member(json_object_get(event, "fingerprint"), "grams");
	e->key = member(json_object_get(event, "fingerprint"), "key");
	e->asks = json_is_true(json_object_get(event, "asks"));
	e->gave_phone = json_is_true(json_object_get(event, "gave_phone"));
	e->message = json_array_size(e->threads) > 0;
	if (e->inbound)
		inbound_effect(event, e);
	else
		e->effect = outbound_effect(event, action);
}

int store_event_read(const json_t *event, struct store_event *event_r, struct diag *d)
{
	struct store_event *e = event_r;
	const char *time = json_get_str(event, "time");
	struct slice type = member(event, "event");

	*e = (struct store_event){.seq = json_get_int(event, "seq", 0), .id = member(event, "id"),
	    .hash = member(event, "hash")};
	if (e->seq <= 0 || e->id.len == 0 || type.len == 0)
		return diag_add(d, "store: an event without seq, id or type");
	if (time == NULL || clock_parse(time, &e->time) == -1)
		return diag_add(d, "audit record %" PRId64 ": its time can't be read", e->seq);
	if (slice_eq_str(type, "message"))
		read_message(event, e);
	else if (slice_eq_str(type, "label")) {
		e->label = true;
		e->ref = member(event, "ref");
		e->threads = array_of(event, "threads");
		e->labels = array_of(event, "labels");
	}
	return 0;
}
