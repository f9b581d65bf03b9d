/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of one thread at a given second, from its inquiries. Nothing is
 * counted along the way, so nothing can drift: the same events give the same
 * answer whenever they are asked.
 */
#include "desk/thread.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[] = {
	[INQUIRY_OPEN] = "open", [INQUIRY_ANSWERED] = "answered", [INQUIRY_DONE] = "done", [INQUIRY_SPAM] = "spam"
};
static const char *const unit_names[] = {
	[DESK_UNIT_BURST] = "burst", [DESK_UNIT_MESSAGE] = "message", [DESK_UNIT_FIRST] = "first"
};

const char *inquiry_outcome_name(enum inquiry_outcome outcome)
{
	return outcome_names[outcome];
}

const char *desk_unit_name(enum desk_unit unit)
{
	return unit_names[unit];
}

int desk_unit_parse(const char *text, enum desk_unit *unit_r)
{
	for (size_t i = 0; i < sizeof(unit_names) / sizeof(unit_names[0]); i++) {
		if (strcmp(text, unit_names[i]) == 0) {
			*unit_r = (enum desk_unit)i;
			return 0;
		}
	}
	return -1;
}

/* What closed after now had not happened. */
static bool is_closed(const struct desk_inquiry *inquiry, int64_t now)
{
	return inquiry->outcome != INQUIRY_OPEN && inquiry->closed <= now;
}

bool desk_inquiry_in_time(const struct desk_inquiry *inquiry, int64_t now)
{
	return is_closed(inquiry, now) && inquiry->outcome == INQUIRY_ANSWERED && inquiry->closed <= inquiry->due;
}

bool desk_inquiry_missed(const struct desk_inquiry *inquiry, int64_t now)
{
	if (!is_closed(inquiry, now))
		return now > inquiry->due;
	return inquiry->outcome != INQUIRY_SPAM && inquiry->closed > inquiry->due;
}

/* The open one that is due first, else the last one. */
static const struct desk_inquiry *leading_inquiry(const struct desk_inquiry *inquiries, size_t count)
{
	const struct desk_inquiry *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (inquiries[i].outcome == INQUIRY_OPEN && (found == NULL || inquiries[i].due < found->due))
			found = &inquiries[i];
	return found != NULL || count == 0 ? found : &inquiries[count - 1];
}

struct thread_status desk_inquiries_status(const struct desk_inquiry *inquiries, size_t count, int64_t now)
{
	struct thread_status status = {.state = THREAD_QUIET};
	const struct desk_inquiry *leading = leading_inquiry(inquiries, count);

	for (size_t i = 0; i < count; i++) {
		status.answered_in_time += desk_inquiry_in_time(&inquiries[i], now);
		status.missed += desk_inquiry_missed(&inquiries[i], now);
	}
	if (leading == NULL)
		return status;
	status.opened = leading->opened;
	status.due = leading->due;
	switch (leading->outcome) {
	case INQUIRY_OPEN:
		status.state = now > leading->due ? THREAD_OVERDUE : THREAD_OPEN;
		break;
	case INQUIRY_ANSWERED:
		status.state = THREAD_ANSWERED;
		status.answered = leading->closed;
		break;
	case INQUIRY_DONE:
		status.done = true;
		break;
	case INQUIRY_SPAM:
		status.spam = true;
		break;
	}
	return status;
}

struct thread_status desk_thread_status(const struct desk_event *events, size_t count, int64_t now)
{
	struct desk_inquiry *inquiries;
	struct thread_status status;
	size_t found;

	if (desk_inquiries(events, count, now, &inquiries, &found) == -1)
		return (struct thread_status){.state = THREAD_OPEN, .unknown = true};
	status = desk_inquiries_status(inquiries, found, now);
	free(inquiries);
	return status;
}

const char *thread_state_name(enum thread_state state)
{
	switch (state) {
	case THREAD_OPEN:
		return "open";
	case THREAD_OVERDUE:
		return "overdue";
	case THREAD_ANSWERED:
		return "answered";
	case THREAD_QUIET:
		break;
	}
	return "quiet";
}

const char *desk_effect_name(enum desk_event_kind effect)
{
	switch (effect) {
	case DESK_INQUIRY:
		return "inquiry";
	case DESK_ANSWER:
		return "answer";
	case DESK_HELD:
		return "held";
	case DESK_REFUSED:
		return "refused";
	case DESK_RELEASED:
		return "released";
	case DESK_FAILED:
		return "failed";
	case DESK_DONE:
		return "done";
	case DESK_UNDONE:
		return "undone";
	case DESK_SPAM:
		return "spam";
	case DESK_UNSPAM:
		return "unspam";
	case DESK_OTHER:
		break;
	}
	return "none";
}
