/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of one thread at a given second, from what happened in it. Nothing
 * is counted along the way, so nothing can drift: the same events give the same
 * answer whenever they are asked.
 */
#include "desk/sla.h"

static void answer(struct thread_status *status, int64_t time)
{
	if (status->state != THREAD_OPEN)
		return;
	status->state = THREAD_ANSWERED;
	status->answered = time;
	if (time <= status->due)
		status->answered_in_time++;
	else
		status->missed++;
}

static void inquire(struct thread_status *status, const struct desk_event *event)
{
	/* The clock runs from the first message that waits; more of them change nothing. */
	if (status->state == THREAD_OPEN)
		return;
	status->state = THREAD_OPEN;
	status->opened = event->time;
	status->due = event->due;
	status->answered = 0;
}

struct thread_status desk_thread_status(const struct desk_event *events, size_t count, int64_t now)
{
	struct thread_status status = {.state = THREAD_QUIET};

	for (size_t i = 0; i < count; i++) {
		/* As of an earlier time, what came later has not happened. */
		if (events[i].time > now)
			continue;
		if (events[i].kind == DESK_INQUIRY)
			inquire(&status, &events[i]);
		else if (events[i].kind == DESK_ANSWER)
			answer(&status, events[i].time);
	}
	if (status.state == THREAD_OPEN && now > status.due) {
		status.state = THREAD_OVERDUE;
		status.missed++;
	}
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
