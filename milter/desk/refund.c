/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a refund stands: issued, disputed, denied, appealed, closed. */
#include "desk/refund.h"

#include <stdlib.h>
#include <string.h>

#include "desk/milestones.h"

const char *refund_state_name(enum refund_state state)
{
	static const char *const names[] = {
		[REFUND_NONE] = "none", [REFUND_ISSUED] = "issued", [REFUND_DISPUTED] = "disputed",
		[REFUND_DENIED] = "denied", [REFUND_APPEALED] = "appealed", [REFUND_CLOSED] = "closed"
	};

	return names[state];
}

static void take_refund(struct refund_status *status, int64_t time)
{
	if (status->refunded == 0)
		status->refunded = time;
	if (status->state == REFUND_NONE)
		status->state = REFUND_ISSUED;
}

static void take_appeal(struct refund_status *status, int64_t time)
{
	if (status->state == REFUND_CLOSED)
		return;
	status->state = REFUND_APPEALED;
	if (status->appealed == 0)
		status->appealed = time;
}

static void take_dispute(struct refund_status *status, int64_t time)
{
	status->disputes++;
	if (status->disputes > 1) {
		/* One dispute a refund: a second one is reviewed as an appeal of the first. */
		status->repeated = true;
		take_appeal(status, time);
		return;
	}
	status->disputed = time;
	if (status->state == REFUND_NONE || status->state == REFUND_ISSUED)
		status->state = REFUND_DISPUTED;
}

static void close_refund(struct refund_status *status, int64_t time)
{
	status->state = REFUND_CLOSED;
	if (status->closed == 0)
		status->closed = time;
}

static void take_denial(struct refund_status *status, int64_t time)
{
	if (status->state == REFUND_APPEALED)
		close_refund(status, time);
	else if (status->state != REFUND_CLOSED)
		status->state = REFUND_DENIED;
	if (status->denied == 0)
		status->denied = time;
}

static void take_delivery(struct refund_status *status, int64_t time)
{
	if (status->delivered == 0)
		status->delivered = time;
}

static void take_return(struct refund_status *status, int64_t time)
{
	if (status->returned == 0)
		status->returned = time;
}

static const struct {
	const char *name;
	void (*take)(struct refund_status *status, int64_t time);
} steps[] = {
	{"refund", take_refund}, {"dispute", take_dispute}, {"denial", take_denial}, {"appeal", take_appeal},
	{"grant", close_refund}, {"closed", close_refund}, {"delivered", take_delivery},
	{"return-requested", take_return},
};

static const char *why_not(const struct refund_status *status, bool answered_in_time)
{
	if (status->state == REFUND_NONE)
		return "no refund is known";
	if (status->state == REFUND_CLOSED)
		return "the case is closed";
	if (status->disputes > 0)
		return "it was disputed already: a second dispute is reviewed as an appeal";
	if (status->state != REFUND_ISSUED)
		return "it was decided already: only an appeal is left";
	return answered_in_time ? NULL : "an inquiry of the order was not answered in time: the dispute would be denied";
}

/* Who asked for a return in time is refunded within the policy, however long it takes. */
static bool is_outside_return_window(const struct refund_status *status, int return_days)
{
	int64_t asked = status->refunded;

	if (status->returned != 0 && status->returned < asked)
		asked = status->returned;
	return return_days > 0 && asked != 0 && status->delivered != 0 &&
	    zone_day(asked) > zone_day(status->delivered) + return_days;
}

int desk_refund(const struct desk_milestone *milestones, size_t count, int64_t now, bool answered_in_time, int return_days,
    struct refund_status *status_r)
{
	struct desk_milestone *list;
	size_t kept;

	*status_r = (struct refund_status){.state = REFUND_NONE};
	if (desk_milestones_sort(milestones, count, now, &list, &kept) == -1)
		return -1;
	for (size_t i = 0; i < kept; i++)
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
			if (strcmp(list[i].name, steps[s].name) == 0)
				steps[s].take(status_r, list[i].time);
	free(list);
	status_r->reason = why_not(status_r, answered_in_time);
	status_r->may_dispute = status_r->reason == NULL;
	status_r->may_appeal = status_r->state == REFUND_DENIED;
	status_r->outside_return_window = is_outside_return_window(status_r, return_days);
	return 0;
}
