/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from milestones, as JSON. */
#include "cli/facts.h"

#define DAY_SECONDS 86400

static bool is_running(const struct desk_window_state *state)
{
	return state->state != WINDOW_CLOSED && state->state != WINDOW_USED;
}

static json_t *window_json(const struct desk_window_state *state, int64_t now)
{
	json_t *object = json_object();

	json_put_str(object, "window", state->name);
	json_put(object, "title", slice_str(state->title));
	json_put_str(object, "state", window_state_name(state->state));
	cli_put_time(object, "started", state->started);
	cli_put_time(object, "opens", state->opens);
	cli_put_time(object, "closes", state->closes);
	cli_put_time(object, "used", state->used);
	cli_put_time(object, "next_warning", state->next_warning);
	if (state->state == WINDOW_OPEN || state->state == WINDOW_CLOSING) {
		json_put_int(object, "days_left", (state->closes - now) / DAY_SECONDS);
		json_put_int(object, "seconds_left", state->closes - now);
	}
	json_put(object, "source", slice_str(state->window->source));
	return object;
}

static json_t *milestones_json(const struct subject *subject)
{
	json_t *list = json_array();

	for (size_t i = 0; i < subject->desk.count; i++) {
		const struct desk_milestone *milestone = &subject->desk.facts[i].milestone;
		json_t *object = json_object();

		json_put_str(object, "name", milestone->name);
		cli_put_time(object, "time", milestone->time);
		if (milestone->term_days > 0)
			json_put_int(object, "term_days", milestone->term_days);
		json_put_str(object, "id", milestone->id);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *refund_json(const struct subject *subject)
{
	const struct refund_status *refund = &subject->desk.refund;
	json_t *object = json_object();

	json_put_str(object, "state", refund_state_name(refund->state));
	cli_put_time(object, "delivered", refund->delivered);
	cli_put_time(object, "refunded", refund->refunded);
	cli_put_time(object, "disputed", refund->disputed);
	cli_put_time(object, "denied", refund->denied);
	cli_put_time(object, "appealed", refund->appealed);
	cli_put_time(object, "closed", refund->closed);
	json_put_bool(object, "outside_return_window", refund->outside_return_window);
	json_put_bool(object, "repeated", refund->repeated);
	json_put_bool(object, "may_dispute", refund->may_dispute);
	json_put_bool(object, "may_appeal", refund->may_appeal);
	json_put(object, "reason", slice_str(refund->reason));
	json_put_bool(object, "answered_in_time", subject->in_time);
	json_put_new(object, "late", json_incref(subject->late));
	return object;
}

json_t *subject_json(const struct subject *subject, int64_t now, bool all)
{
	json_t *object = json_object(), *list = json_array();

	for (size_t i = 0; i < subject->desk.window_count; i++)
		if (all || is_running(&subject->desk.windows[i]))
			json_array_append_new(list, window_json(&subject->desk.windows[i], now));
	json_put_str(object, "subject", subject->desk.facts[0].milestone.subject);
	json_put_str(object, "marketplace", subject->desk.marketplace);
	json_put_str(object, "order", subject->desk.order);
	json_put_new(object, "milestones", milestones_json(subject));
	json_put_new(object, "windows", list);
	json_put_new(object, "cases", json_incref(subject->cases));
	if (subject->desk.refund.state != REFUND_NONE)
		json_put_new(object, "refund", refund_json(subject));
	return object;
}
