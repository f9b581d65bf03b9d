/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be done with a held message, by whom. The log is the truth about it: a message that belongs to no
 * thread can be decided on as well, and none twice.
 */
#include "desk/hold.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

static bool key_is(const json_t *event, const char *key, const char *want)
{
	const char *value = json_get_str(event, key);

	return value != NULL && strcmp(value, want) == 0;
}

static void copy_text(char *out, size_t size, const json_t *event, const char *key)
{
	const char *value = json_get_str(event, key);

	if (value != NULL)
		snprintf(out, size, "%s", value);
}

void hold_init(struct hold *hold, const char *id)
{
	*hold = (struct hold){.message = NULL};
	snprintf(hold->id, sizeof(hold->id), "%s", id);
}

void hold_free(struct hold *hold)
{
	json_decref(hold->message);
	json_decref(hold->decisions);
	hold->message = hold->decisions = NULL;
}

const char *hold_wish_name(enum hold_wish wish)
{
	static const char *const names[] = {"", "release", "refuse"};

	return names[wish];
}

struct hold_rules hold_rules_of(const char *four_eyes, int64_t expire)
{
	bool all = strcmp(four_eyes, "all") == 0;

	return (struct hold_rules){.release = all || strcmp(four_eyes, "release") == 0, .refuse = all, .expire = expire};
}

/* ---- folding ------------------------------------------------------------------ */

static struct hold_act act_of(const json_t *event)
{
	struct hold_act act = {.person = json_get_int(event, "person", json_get_int(event, "uid", -1))};
	const char *time = json_get_str(event, "time");

	/* A second that can't be read is an act all the same. */
	if (time == NULL || clock_parse(time, &act.time) == -1)
		act.time = 1;
	copy_text(act.by, sizeof(act.by), event, "by");
	copy_text(act.id, sizeof(act.id), event, "id");
	return act;
}

static enum hold_wish wish_of(const json_t *event)
{
	if (key_is(event, "wish", "release"))
		return HOLD_WISH_RELEASE;
	return key_is(event, "wish", "refuse") ? HOLD_WISH_REFUSE : HOLD_WISH_NONE;
}

static void begin(struct hold *hold, enum hold_wish wish, const json_t *event)
{
	hold->begun = act_of(event);
	hold->begun_wish = wish;
}

/* The first decision counts: the daemon records no second one. */
static void end(struct hold *hold, enum hold_wish wish, const json_t *event)
{
	if (hold->end != HOLD_WISH_NONE)
		return;
	hold->end = wish;
	hold->ended = act_of(event);
	hold->begun.time = 0;
	hold->tell = json_is_true(json_object_get(event, "tell"));
}

static void fold(struct hold *hold, const json_t *event)
{
	static const struct hold_act none;

	if (key_is(event, "verb", "releasing")) {
		begin(hold, HOLD_WISH_RELEASE, event);
	} else if (key_is(event, "verb", "refusing")) {
		begin(hold, HOLD_WISH_REFUSE, event);
	} else if (key_is(event, "verb", "kept")) {
		hold->begun = none;
	} else if (key_is(event, "verb", "release")) {
		end(hold, HOLD_WISH_RELEASE, event);
	} else if (key_is(event, "verb", "refuse")) {
		end(hold, HOLD_WISH_REFUSE, event);
	} else if (key_is(event, "verb", "told")) {
		hold->told = true;
	} else if (key_is(event, "verb", "request")) {
		hold->request = act_of(event);
		hold->wish = wish_of(event);
		hold->approval = none;
	} else if (key_is(event, "verb", "approve")) {
		hold->approval = act_of(event);
	} else if (key_is(event, "verb", "withdraw")) {
		hold->request = hold->approval = none;
	}
}

void hold_note(struct hold *hold, const json_t *event)
{
	if (key_is(event, "event", "message") && key_is(event, "id", hold->id)) {
		json_decref(hold->message);
		hold->message = json_deep_copy(event);
		copy_text(hold->queue_id, sizeof(hold->queue_id), event, "queue_id");
	} else if (!key_is(event, "ref", hold->id)) {
		return;
	} else if (key_is(event, "event", "queued")) {
		copy_text(hold->queue_id, sizeof(hold->queue_id), event, "queue_id");
	} else if (key_is(event, "event", "desk")) {
		if (hold->decisions == NULL)
			hold->decisions = json_array();
		json_array_append_new(hold->decisions, json_deep_copy(event));
		fold(hold, event);
	}
}

/* ---- asking -------------------------------------------------------------------- */

bool hold_waits(const struct hold *hold)
{
	return hold->message != NULL && key_is(hold->message, "action", "hold") && hold->end == HOLD_WISH_NONE;
}

static bool is_expired(const struct hold_act *act, const struct hold_rules *rules, int64_t now)
{
	return now - act->time > rules->expire;
}

const struct hold_act *hold_pending(const struct hold *hold, const struct hold_rules *rules, int64_t now)
{
	if (!hold_waits(hold) || hold->request.time == 0 || hold->approval.time != 0 || is_expired(&hold->request, rules, now))
		return NULL;
	return &hold->request;
}

bool hold_approved(const struct hold *hold, const struct hold_rules *rules, enum hold_wish wish, int64_t now)
{
	return hold_waits(hold) && hold->request.time != 0 && hold->approval.time != 0 && hold->wish == wish &&
	    !is_expired(&hold->approval, rules, now);
}

json_t *hold_overridden(const struct hold *hold)
{
	json_t *list = json_array(), *finding, *known;
	size_t i, k;

	json_array_foreach(json_object_get(hold->message, "findings"), i, finding) {
		const char *id = json_get_str(finding, "rule_id");
		bool is_new = id != NULL && !json_is_true(json_object_get(finding, "monitored")) &&
		    !key_is(finding, "action", "pass") && !key_is(finding, "action", "tag");

		json_array_foreach(list, k, known)
			is_new = is_new && strcmp(json_string_value(known), id) != 0;
		if (is_new)
			json_array_append_new(list, json_string(id));
	}
	return list;
}

/* ---- guards --------------------------------------------------------------------- */

static enum hold_answer no(struct diag *d, const char *id, const char *reason)
{
	diag_add(d, "%s: %s", id, reason);
	return HOLD_NO;
}

static enum hold_answer no_request(const struct hold *hold, struct diag *d)
{
	char time[CLOCK_TEXT_SIZE];

	if (hold->request.time == 0)
		return no(d, hold->id, "nobody asked for a decision, so there is nothing to approve or withdraw; "
		    "say 'postern held release' or 'postern held refuse'");
	clock_format(time, sizeof(time), hold->request.time);
	diag_add(d, "%s: the request of %s to %s it, of %s, has expired; ask again with 'postern held %s'", hold->id,
	    hold->request.by, hold_wish_name(hold->wish), time, hold_wish_name(hold->wish));
	return HOLD_NO;
}

static enum hold_answer guard_approve(const struct hold *hold, const struct hold_rules *rules, int64_t person,
    int64_t now, struct diag *d)
{
	if (hold->request.time != 0 && hold_approved(hold, rules, hold->wish, now)) {
		diag_add(d, "%s: %s approved already; 'postern held %s %s --why TEXT' carries it out", hold->id, hold->approval.by,
		    hold_wish_name(hold->wish), hold->id);
		return HOLD_NO;
	}
	if (hold_pending(hold, rules, now) == NULL)
		return no_request(hold, d);
	if (hold->request.person != person)
		return HOLD_MAY;
	diag_add(d, "%s: you (%s) asked to %s it yourself; a second person has to approve", hold->id, hold->request.by,
	    hold_wish_name(hold->wish));
	return HOLD_NO;
}

/* A request by the first person, and that nobody goes on before the second one agreed. */
static enum hold_answer guard_eyes(const struct hold *hold, const struct hold_rules *rules, enum hold_wish wish,
    int64_t person, int64_t now, struct diag *d)
{
	const struct hold_act *pending = hold_pending(hold, rules, now);
	char time[CLOCK_TEXT_SIZE];

	if (hold_approved(hold, rules, wish, now))
		return HOLD_MAY;
	if (pending == NULL)
		return HOLD_ASKS;
	clock_format(time, sizeof(time), pending->time);
	if (hold->wish != wish)
		diag_add(d, "%s: %s asked to %s it, at %s; decide on that first: 'postern held approve' or 'postern held withdraw'",
		    hold->id, pending->by, hold_wish_name(hold->wish), time);
	else if (pending->person == person)
		diag_add(d, "%s: you (%s) asked for it at %s; a second person has to say 'postern held approve %s'", hold->id,
		    pending->by, time, hold->id);
	else
		diag_add(d, "%s: %s asked for it at %s; say 'postern held approve %s' if you agree", hold->id, pending->by, time,
		    hold->id);
	return HOLD_NO;
}

static enum hold_answer guard_begin(const struct hold *hold, const struct hold_rules *rules, enum hold_wish wish,
    int64_t person, int64_t now, struct diag *d)
{
	if (hold->queue_id[0] == '\0') {
		diag_add(d, "%s: its queue id is not known; find it in the mail server's queue, %s it there by hand, then say "
		    "'postern held %s %s --by-hand'", hold->id, hold_wish_name(wish), hold_wish_name(wish), hold->id);
		return HOLD_NO;
	}
	if (wish == HOLD_WISH_RELEASE ? rules->release : rules->refuse)
		return guard_eyes(hold, rules, wish, person, now, d);
	return HOLD_MAY;
}

/* That it has gone is a fact, also where nobody approved: --by-hand is recorded, and that no second person agreed. */
static enum hold_answer guard_end(const struct hold *hold, const struct hold_rules *rules, enum hold_wish wish,
    bool by_hand, int64_t now, struct diag *d)
{
	bool two = wish == HOLD_WISH_RELEASE ? rules->release : rules->refuse;

	if (!two || by_hand || hold_approved(hold, rules, wish, now) || hold->begun.time != 0)
		return HOLD_MAY;
	return no(d, hold->id, "a second person has to approve first");
}

static enum hold_answer guard_ended(const struct hold *hold, enum desk_verb verb, struct diag *d)
{
	bool untold = hold->end == HOLD_WISH_REFUSE && hold->tell && !hold->told;

	if (verb == DESK_VERB_TOLD && untold)
		return HOLD_MAY;
	if (verb == DESK_VERB_REFUSING && untold)
		return HOLD_TELL;
	diag_add(d, "%s: %s was recorded already, by %s", hold->id, hold_wish_name(hold->end), hold->ended.by);
	return HOLD_NO;
}

enum hold_answer hold_guard(const struct hold *hold, const struct hold_rules *rules, const struct desk_command *command,
    int64_t person, int64_t now, struct diag *d)
{
	const char *action = json_get_str(hold->message, "action");

	if (hold->message == NULL)
		return no(d, hold->id, "the audit log has no such message; 'postern held list' shows the held ones");
	if (action == NULL || strcmp(action, "hold") != 0) {
		diag_add(d, "%s: was not held but got '%s'", hold->id, action != NULL ? action : "");
		return HOLD_NO;
	}
	if (hold->end != HOLD_WISH_NONE)
		return guard_ended(hold, command->verb, d);
	switch (command->verb) {
	case DESK_VERB_RELEASING:
		return guard_begin(hold, rules, HOLD_WISH_RELEASE, person, now, d);
	case DESK_VERB_REFUSING:
		return guard_begin(hold, rules, HOLD_WISH_REFUSE, person, now, d);
	case DESK_VERB_RELEASE:
		return guard_end(hold, rules, HOLD_WISH_RELEASE, command->by_hand, now, d);
	case DESK_VERB_REFUSE:
		return guard_end(hold, rules, HOLD_WISH_REFUSE, command->by_hand, now, d);
	case DESK_VERB_APPROVE:
		return guard_approve(hold, rules, person, now, d);
	case DESK_VERB_WITHDRAW:
		return hold->request.time != 0 ? HOLD_MAY : no_request(hold, d);
	case DESK_VERB_TOLD:
		return no(d, hold->id, "is not refused");
	default:
		return HOLD_MAY;
	}
}
