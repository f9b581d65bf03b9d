/* SPDX-License-Identifier: BSD-2-Clause */
/* From the milestones of one number and a marketplace's terms to its windows and the state of its refund. */
#include "desk/subject.h"

#include <stdlib.h>
#include <string.h>

static void take_fact(struct desk_subject *subject, const struct desk_fact *fact)
{
	if (fact->marketplace[0] != '\0')
		subject->marketplace = fact->marketplace;
	if (fact->shop[0] != '\0')
		subject->shop = fact->shop;
	if (fact->order[0] != '\0')
		subject->order = fact->order;
	subject->count++;
}

void desk_subject_take(const struct desk_fact *facts, size_t count, size_t *at, struct desk_subject *subject_r)
{
	const struct desk_fact *first = &facts[*at];

	*subject_r = (struct desk_subject){.facts = first, .marketplace = "", .shop = "", .order = ""};
	for (; *at < count && strcmp(facts[*at].milestone.subject, first->milestone.subject) == 0; ++*at)
		take_fact(subject_r, &facts[*at]);
}

int64_t desk_subject_delivered(const struct desk_subject *subject)
{
	int64_t delivered = 0;

	for (size_t i = 0; i < subject->count; i++) {
		const struct desk_milestone *milestone = &subject->facts[i].milestone;

		if (strcmp(milestone->name, "delivered") == 0 && (delivered == 0 || milestone->time < delivered))
			delivered = milestone->time;
	}
	return delivered;
}

int desk_subject_reckon(struct desk_subject *subject, const struct desk_terms *terms, bool in_time, int64_t now)
{
	struct desk_milestone *milestones = calloc(subject->count + 1, sizeof(*milestones));
	int rc;

	desk_subject_free(subject);
	if (milestones == NULL)
		return -1;
	for (size_t i = 0; i < subject->count; i++)
		milestones[i] = subject->facts[i].milestone;
	rc = desk_windows(terms->windows, terms->window_count, milestones, subject->count, now, &subject->windows,
	    &subject->window_count);
	if (rc == 0)
		rc = desk_refund(milestones, subject->count, now, in_time, terms->return_days, &subject->refund);
	free(milestones);
	return rc;
}

bool desk_subject_is_running(const struct desk_subject *subject)
{
	for (size_t i = 0; i < subject->window_count; i++)
		if (subject->windows[i].state != WINDOW_CLOSED && subject->windows[i].state != WINDOW_USED)
			return true;
	return false;
}

bool desk_subject_matters(const struct desk_subject *subject, const struct desk_window_state *state)
{
	const struct refund_status *refund = &subject->refund;
	const char *ends = state->window->ends;
	bool dispute = ends != NULL && strcmp(ends, "dispute") == 0;

	if (ends == NULL || (state->state != WINDOW_OPEN && state->state != WINDOW_CLOSING))
		return false;
	if (!dispute && strcmp(ends, "appeal") != 0)
		return true;
	if (refund->state == REFUND_CLOSED && refund->closed >= state->started)
		return false;
	return !dispute || refund->refunded != 0;
}

void desk_subject_free(struct desk_subject *subject)
{
	free(subject->windows);
	subject->windows = NULL;
	subject->window_count = 0;
}
