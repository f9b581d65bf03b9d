/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about held messages. The message is looked up in the audit log, which is the truth about it; what may
 * be done is desk/hold.c's to say, and who may is the configuration's.
 */
#include "daemon/desk_held.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "core/clock.h"
#include "core/hash.h"
#include "desk/hold.h"
#include "store/peer.h"

static int note_event(void *arg, const json_t *event)
{
	hold_note(arg, event);
	return 0;
}

static int find(const char *dir, const char *id, struct hold *hold, struct diag *d)
{
	long long time = id_time(id);

	if (time == -1)
		return diag_add(d, "%s: is no id of a message; 'postern held list' shows those of held ones", id);
	hold_init(hold, id);
	return audit_read_since(dir, time, note_event, hold, d);
}

/* Reviewers alone, where some are named; else whoever may command the desk. */
static int check_reviewer(const struct config *config, const struct person *person, struct diag *d)
{
	if (config->desk_reviewers == NULL || config->desk_reviewers[0] == NULL || person->uid == 0 ||
	    person->uid == geteuid() || person_is_named(config->desk_reviewers, person->uid))
		return 0;
	return diag_add(d, "not allowed: only reviewers decide on held mail; be root, the daemon's user, or listed in "
	    "desk.reviewers");
}

static void put_act(json_t *object, const char *by, const char *time, const struct hold_act *act)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), act->time);
	json_put(object, by, slice_str(act->by));
	if (time != NULL)
		json_put_str(object, time, text);
}

static enum hold_wish wish_of(enum desk_verb verb)
{
	if (verb == DESK_VERB_RELEASING || verb == DESK_VERB_RELEASE)
		return HOLD_WISH_RELEASE;
	return verb == DESK_VERB_REFUSING || verb == DESK_VERB_REFUSE ? HOLD_WISH_REFUSE : HOLD_WISH_NONE;
}

/* Who wanted it and who agreed; or that it went past the second person. */
static void put_persons(json_t *event, const struct hold *hold, const struct hold_rules *rules, enum desk_verb verb,
    int64_t now)
{
	enum hold_wish wish = wish_of(verb);
	bool two = (wish == HOLD_WISH_RELEASE && rules->release) || (wish == HOLD_WISH_REFUSE && rules->refuse);

	if (wish != HOLD_WISH_NONE && hold_approved(hold, rules, wish, now)) {
		put_act(event, "requested_by", NULL, &hold->request);
		put_act(event, "approved_by", NULL, &hold->approval);
	} else if (two && (verb == DESK_VERB_RELEASE || verb == DESK_VERB_REFUSE)) {
		json_put_bool(event, "unapproved", true);
	}
	if (verb == DESK_VERB_APPROVE || verb == DESK_VERB_WITHDRAW) {
		json_put_str(event, "wish", hold_wish_name(hold->wish));
		json_put_str(event, "request", hold->request.id);
		put_act(event, "requested_by", NULL, &hold->request);
	}
}

static json_t *event_of(const struct service *service, const struct person *person, const struct desk_command *c,
    const struct hold *hold, const struct hold_rules *rules)
{
	json_t *event = desk_event_new(service, c, person), *threads = json_object_get(hold->message, "threads");

	json_put_new(event, "threads", json_is_array(threads) ? json_incref(threads) : json_array());
	if ((c->verb == DESK_VERB_RELEASE || c->verb == DESK_VERB_REFUSE) && c->by_hand)
		json_put_bool(event, "by_hand", true);
	if (c->verb == DESK_VERB_RELEASE)
		json_put_new(event, "overrides", hold_overridden(hold));
	if (c->verb == DESK_VERB_REFUSE)
		json_put_bool(event, "tell", c->tell);
	put_persons(event, hold, rules, c->verb, service_now(service));
	return event;
}

static int record_request(struct service *service, const struct person *person, const struct desk_command *c,
    const struct hold *hold, const struct hold_rules *rules, json_t *answer, struct diag *d)
{
	struct desk_command request = *c;
	json_t *event;
	char until[CLOCK_TEXT_SIZE];

	request.verb = DESK_VERB_REQUEST;
	event = event_of(service, person, &request, hold, rules);
	json_put_str(event, "wish", hold_wish_name(wish_of(c->verb)));
	clock_format(until, sizeof(until), service_now(service) + rules->expire);
	json_put_str(event, "until", until);
	json_put_bool(answer, "pending", true);
	json_put_str(answer, "until", until);
	return desk_event_record(service, event, answer, d);
}

/* The reason that was given with the last decision of that verb. */
static void put_why(json_t *answer, const struct hold *hold, enum desk_verb verb)
{
	const json_t *event;
	size_t i;

	json_array_foreach(hold->decisions, i, event) {
		const char *name = json_get_str(event, "verb");

		if (name != NULL && strcmp(name, desk_verb_name(verb)) == 0)
			json_put(answer, "why", slice_str(json_get_str(event, "why")));
	}
}

static int carry_out(struct service *service, const struct person *person, const struct desk_command *c,
    const struct hold *hold, const struct hold_rules *rules, json_t *answer, struct diag *d)
{
	json_t *threads = json_object_get(hold->message, "threads");

	switch (hold_guard(hold, rules, c, person_number(person, c->from), service_now(service), d)) {
	case HOLD_NO:
		return -1;
	case HOLD_ASKS:
		return record_request(service, person, c, hold, rules, answer, d);
	case HOLD_TELL:
		json_put_bool(answer, "untold", true);
		put_why(answer, hold, DESK_VERB_REFUSE);
		return 0;
	case HOLD_MAY:
		break;
	}
	json_put_new(answer, "threads", json_is_array(threads) ? json_incref(threads) : json_array());
	json_put_str(answer, "queue_id", hold->queue_id);
	if (c->verb == DESK_VERB_APPROVE || c->verb == DESK_VERB_WITHDRAW) {
		json_put_str(answer, "wish", hold_wish_name(hold->wish));
		put_act(answer, "requested_by", "requested", &hold->request);
		put_why(answer, hold, DESK_VERB_REQUEST);
	}
	return desk_event_record(service, event_of(service, person, c, hold, rules), answer, d);
}

/* Its mail server has the message in its queue, and the log there tells what became of it. */
static int check_place(struct service *service, const char *id, struct diag *d)
{
	char gateway[PEER_ID_SIZE];
	int rc = peer_of(service->store, id, gateway, d);

	return rc == 1 ? diag_add(d, "%s: is held on gateway %s, whose mail server has it in its queue; give the command there",
	    id, gateway) : rc;
}

int desk_held_command(struct service *service, const struct person *person, const struct desk_command *c,
    json_t *answer, struct diag *d)
{
	struct site *site = service_site(service);
	struct hold_rules rules = hold_rules_of(site->config->desk_four_eyes, site->config->desk_four_eyes_expire_s);
	struct hold hold = {.message = NULL};
	int rc = check_reviewer(site->config, person, d);

	if (rc == 0)
		rc = check_place(service, c->ref, d);
	if (rc == 0)
		rc = find(service->first_config->audit_dir, c->ref, &hold, d);
	if (rc == 0)
		rc = carry_out(service, person, c, &hold, &rules, answer, d);
	hold_free(&hold);
	site_unref(&site);
	return rc;
}
