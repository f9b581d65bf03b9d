/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a record of the audit log to what it does to threads and clocks. No
 * database in here: every store reads the log the same way.
 */
#include "store/event.h"

#include <inttypes.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "desk/alert.h"

static struct slice member(const json_t *object, const char *key)
{
	return json_slice(json_object_get(object, key));
}

struct slice store_event_text(const json_t *array, size_t n)
{
	return json_slice(json_array_get(array, n));
}

/* The part that the names of threads tell, when the record itself tells none. */
static struct slice part_of(const json_t *event)
{
	const json_t *threads = json_object_get(event, "threads");
	struct slice part = member(event, "thread_part");

	for (size_t i = 0; part.len == 0 && i < json_array_size(threads); i++) {
		struct slice key = store_event_text(threads, i);

		part = store_key_part(&key);
	}
	return part;
}

static const json_t *array_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_array(value) ? value : NULL;
}

void store_event_join(struct buf *out, const json_t *array)
{
	size_t added = 0;

	for (size_t i = 0; i < json_array_size(array); i++) {
		struct slice text = store_event_text(array, i);

		if (text.len == 0)
			continue;
		if (added++ > 0)
			buf_add_char(out, ',');
		buf_add_slice(out, text);
	}
}

enum desk_event_kind store_effect_kind(int64_t effect)
{
	static const enum desk_event_kind kinds[] = {
		[EFFECT_INQUIRY] = DESK_INQUIRY, [EFFECT_ANSWER] = DESK_ANSWER, [EFFECT_OTHER] = DESK_OTHER,
		[EFFECT_HELD] = DESK_HELD, [EFFECT_REFUSED] = DESK_REFUSED, [EFFECT_RELEASED] = DESK_RELEASED,
		[EFFECT_FAILED] = DESK_FAILED, [EFFECT_DONE] = DESK_DONE, [EFFECT_UNDONE] = DESK_UNDONE,
		[EFFECT_SPAM] = DESK_SPAM, [EFFECT_UNSPAM] = DESK_UNSPAM,
	};

	return effect >= 0 && (size_t)effect < sizeof(kinds) / sizeof(*kinds) ? kinds[effect] : DESK_OTHER;
}

/*
 * object[name] as a time. A record can't be changed any more: one that is damaged is said, and
 * fallback used, so that the store is not stuck on it.
 */
static int64_t time_of(const json_t *object, const char *name, int64_t seq, int64_t fallback)
{
	const char *text = json_get_str(object, name);
	int64_t time;

	if (text != NULL && clock_parse(text, &time) == 0)
		return time;
	log_error("store: audit record %" PRId64 ": its '%s' is no time that can be read; %s", seq, name,
	    "its own time is taken, check it with 'postern audit show'");
	return fallback;
}

/* ---- messages ---------------------------------------------------------------------- */

static enum event_progress progress_of(struct slice action)
{
	if (slice_eq_str(action, "defer"))
		return PROGRESS_DEFERRED;
	return slice_eq_str(action, "reject") ? PROGRESS_REFUSED : PROGRESS_TAKEN;
}

/* Only mail that went through answers anybody; a held one waits for a person, a refused one is gone. */
static enum event_effect outbound_effect(const json_t *event, struct slice action)
{
	if (slice_eq_str(action, "hold"))
		return EFFECT_HELD;
	if (slice_eq_str(action, "reject"))
		return EFFECT_REFUSED;
	if (slice_eq_str(action, "defer") || !json_is_true(json_object_get(event, "answers")))
		return EFFECT_OTHER;
	return EFFECT_ANSWER;
}

static enum desk_unit unit_of(const json_t *sla, int64_t seq)
{
	struct slice unit = member(sla, "unit");

	if (slice_eq_str(unit, "message"))
		return DESK_UNIT_MESSAGE;
	if (slice_eq_str(unit, "first"))
		return DESK_UNIT_FIRST;
	if (unit.len > 0 && !slice_eq_str(unit, "burst"))
		log_error("store: audit record %" PRId64 ": unknown inquiry unit '%.*s', taken as burst", seq, SLICE_ARG(unit));
	return DESK_UNIT_BURST;
}

static void inbound_effect(const json_t *event, struct store_event *e)
{
	const json_t *sla = json_object_get(event, "sla");

	e->effect = EFFECT_OTHER;
	if (e->progress != PROGRESS_TAKEN)
		return;
	if (e->failed != NULL) {
		e->effect = EFFECT_FAILED;
	} else if (slice_eq_str(member(sla, "change"), "starts")) {
		e->effect = EFFECT_INQUIRY;
		/* Better an inquiry that looks overdue than one that nobody sees. */
		e->due = time_of(sla, "due", e->seq, e->time);
		e->unit = unit_of(sla, e->seq);
	} else if (json_is_true(json_object_get(event, "answers"))) {
		/* A marketplace's copy of a reply that was sent elsewhere answers too. */
		e->effect = EFFECT_ANSWER;
	}
}

/* Records from before these were written have them elsewhere. */
static void read_parties(const json_t *event, struct store_event *e)
{
	e->shop = member(event, "shop");
	if (e->shop.len == 0)
		e->shop = e->inbound ? store_event_text(json_object_get(event, "recipients"), 0) : member(event, "from");
	if (!e->inbound) {
		e->agent = member(event, "agent");
		if (e->agent.len == 0)
			e->agent = member(event, "account");
		if (e->agent.len == 0)
			e->agent = member(event, "from");
		return;
	}
	e->customer = member(event, "customer");
	/* Copies and bounces are from the marketplace's machines. */
	if (e->customer.len > 0 || e->effect == EFFECT_ANSWER || e->effect == EFFECT_FAILED)
		return;
	e->customer = member(event, "from_name");
	if (e->customer.len == 0)
		e->customer = member(event, "from");
}

static void read_message(const json_t *event, struct store_event *e)
{
	e->action = member(event, "action");
	e->inbound = slice_eq_str(member(event, "direction"), "in");
	e->progress = progress_of(e->action);
	e->digest = member(event, "digest");
	e->marketplace = member(event, "marketplace");
	e->subject = member(event, "subject");
	e->order = member(event, "order");
	e->case_id = member(event, "case");
	e->case_channel = member(event, "case_channel");
	e->message_id = member(event, "message_id");
	e->in_reply_to = member(event, "in_reply_to");
	e->reply_id = member(event, "reply_id");
	e->references = array_of(event, "references");
	e->failed = e->inbound ? array_of(json_object_get(event, "failed"), "refs") : NULL;
	e->ids = array_of(event, "ids");
	e->labels = array_of(event, "labels");
	e->threads = array_of(event, "threads");
	e->milestones = array_of(event, "milestones");
	e->fingerprint = member(json_object_get(event, "fingerprint"), "grams");
	e->key = member(json_object_get(event, "fingerprint"), "key");
	e->spam_by = member(event, "spam_by");
	e->asks = json_is_true(json_object_get(event, "asks"));
	e->gave_phone = json_is_true(json_object_get(event, "gave_phone"));
	e->type = EVENT_MESSAGE;
	if (e->inbound)
		inbound_effect(event, e);
	else
		e->effect = outbound_effect(event, e->action);
	read_parties(event, e);
}

/* ---- everything else ------------------------------------------------------------------ */

static const struct {
	const char *verb;
	enum event_effect effect;
} verbs[] = {
	{"done", EFFECT_DONE}, {"undone", EFFECT_UNDONE}, {"spam", EFFECT_SPAM}, {"unspam", EFFECT_UNSPAM},
	{"release", EFFECT_RELEASED}, {"refuse", EFFECT_REFUSED}, {"milestone", EFFECT_OTHER},
};

/* A verb of a later version does nothing here. */
static void read_command(const json_t *event, struct store_event *e)
{
	e->action = member(event, "verb");
	e->agent = member(event, "by");
	e->subject = member(event, "why");
	e->ref = member(event, "ref");
	e->threads = array_of(event, "threads");
	e->milestones = array_of(event, "milestones");
	e->order = member(event, "order");
	e->marketplace = member(event, "marketplace");
	e->shop = member(event, "shop");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!slice_eq_str(e->action, verbs[i].verb))
			continue;
		e->effect = verbs[i].effect;
		e->type = EVENT_COMMAND;
	}
}

static void read_label(const json_t *event, struct store_event *e)
{
	e->type = EVENT_LABEL;
	e->effect = EFFECT_OTHER;
	e->action = SLICE_LIT("label");
	e->ref = member(event, "ref");
	e->threads = array_of(event, "threads");
	e->labels = array_of(event, "labels");
}

/* Of a window the hours that were left stand there, which a person can read: the fewer, the higher the level. */
static void read_keyed_alert(const json_t *event, struct store_event *e)
{
	int64_t hours = json_get_int(event, "hours_before", 0);

	e->alert = member(event, "key");
	e->level = hours > 0 && hours <= ALERT_HOURS_MAX ? alert_window_urgency((unsigned)hours) : ALERT_AT_ONCE;
	if (e->alert.len > 0)
		e->type = EVENT_ALERT;
}

/* One with a kind is about no inquiry; without a key the store need not know of it: a rate near its line. */
static void read_alert(const json_t *event, struct store_event *e)
{
	if (json_get_str(event, "kind") != NULL) {
		read_keyed_alert(event, e);
		return;
	}
	e->thread = member(event, "thread");
	e->level = json_get_int(event, "level", 0);
	if (e->thread.len == 0 || e->level <= 0) {
		log_error("store: audit record %" PRId64 ": an alert without thread or level is passed over", e->seq);
		return;
	}
	e->type = EVENT_ALERT;
	e->part = store_key_part(&e->thread);
	e->opened = time_of(event, "opened", e->seq, e->time);
}

int store_event_read(const json_t *event, struct store_event *event_r, struct diag *d)
{
	struct store_event *e = event_r;
	const char *time = json_get_str(event, "time");
	struct slice type = member(event, "event");

	*e = (struct store_event){.seq = json_get_int(event, "seq", 0), .id = member(event, "id"),
	    .hash = member(event, "hash"), .type = EVENT_NONE, .effect = EFFECT_OTHER, .unit = DESK_UNIT_BURST};
	if (e->seq <= 0 || e->id.len == 0 || type.len == 0)
		return diag_add(d, "store: an event without seq, id or type");
	if (time == NULL || clock_parse(time, &e->time) == -1)
		return diag_add(d, "audit record %" PRId64 ": its time can't be read", e->seq);
	e->part = part_of(event);
	if (slice_eq_str(type, "message"))
		read_message(event, e);
	else if (slice_eq_str(type, "desk"))
		read_command(event, e);
	else if (slice_eq_str(type, "label"))
		read_label(event, e);
	else if (slice_eq_str(type, "alert"))
		read_alert(event, e);
	return 0;
}

/* ---- for other stores ------------------------------------------------------------------- */

size_t store_event_keys(const struct store_event *e)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(e->threads); i++)
		count += store_event_text(e->threads, i).len > 0;
	return count;
}

bool store_event_matters(const struct store_event *e)
{
	if (e->type != EVENT_MESSAGE)
		return e->type != EVENT_NONE;
	return e->marketplace.len > 0 || store_event_keys(e) > 0 || e->effect == EFFECT_FAILED ||
	    json_array_size(e->milestones) > 0 || e->case_id.len > 0;
}

bool store_event_is_legal(const json_t *event)
{
	struct slice type = member(event, "event");

	return slice_eq_str(type, "legal-hold") || slice_eq_str(type, "legal-release");
}

/* Every name that is asked for above, and what a legal hold says; what each kind of event does not have costs nothing. */
json_t *store_event_brief(const json_t *event)
{
	static const char *const names[] = {"seq", "time", "id", "event", "direction", "action", "marketplace", "shop",
	    "digest", "subject", "order", "case", "case_channel", "message_id", "in_reply_to", "reply_id", "references",
	    "failed", "ids", "labels", "threads", "thread_part", "milestones", "fingerprint", "spam_by", "asks", "gave_phone",
	    "sla", "answers", "recipients", "from", "from_name", "agent", "account", "customer", "verb", "by", "why", "ref",
	    "kind", "key", "hours_before", "thread", "level", "opened", "address"};
	json_t *brief = json_object();
	bool full = brief != NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && full; i++) {
		json_t *value = json_object_get(event, names[i]);

		full = value == NULL || json_object_set(brief, names[i], value) == 0;
	}
	if (full)
		return brief;
	json_decref(brief);
	return NULL;
}

/* ---- alarms ---------------------------------------------------------------------------- */

static bool has_label(const struct store_event *event, const char *label)
{
	for (size_t i = 0; i < json_array_size(event->labels); i++)
		if (slice_eq_str(store_event_text(event->labels, i), label))
			return true;
	return false;
}

bool store_event_alarm(const struct store_event *event, enum store_alarm_kind kind, struct buf *out)
{
	static const char *const labels[STORE_ALARM_KINDS] = {
		[STORE_ALARM_SPAM_FILTERED] = "Spam-Filtered", [STORE_ALARM_WARNING] = "Warning",
	};

	if (event->type != EVENT_MESSAGE || !event->inbound || event->progress != PROGRESS_TAKEN ||
	    event->marketplace.len == 0 || !has_label(event, labels[kind]))
		return false;
	buf_printf(out, "%s:", store_alarm_name(kind));
	buf_add_slice(out, event->digest.len > 0 ? event->digest : event->id);
	return true;
}

/* ---- milestones -------------------------------------------------------------------------- */

bool store_event_fact(const struct store_event *event, size_t n, struct store_fact *fact_r)
{
	const json_t *entry = json_array_get(event->milestones, n);
	const char *time = json_get_str(entry, "time");

	*fact_r = (struct store_fact){.name = member(entry, "name"), .subject = member(entry, "subject"),
	    .term_days = json_get_int(entry, "term_days", 0)};
	if (fact_r->name.len > 0 && fact_r->subject.len > 0 && time != NULL && clock_parse(time, &fact_r->time) == 0)
		return true;
	log_error("store: audit record %" PRId64 ": milestone %zu lacks a name, a subject or a time that can be read; "
	    "it is passed over, enter it with 'postern milestone'", event->seq, n + 1);
	return false;
}
