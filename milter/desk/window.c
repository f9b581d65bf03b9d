/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows: when something may be done, counted from a milestone. Days are days
 * of the marketplace's calendar, whole ones; hours are seconds.
 */
#include "desk/window.h"

#include <stdlib.h>
#include <string.h>

#include "desk/events.h"
#include "desk/milestones.h"

#define DAY 86400

const char *const desk_milestone_names[] = {
	"order", "delivered", "completed", "settlement", "refund", "dispute", "denial", "appeal", "grant", "closed",
	"claim", "claim-answer", "claim-granted", "claim-appeal", "chargeback", "chargeback-answer", "return-requested",
	"return-received", NULL
};

const char *desk_milestone_find(const char *name)
{
	const char *const *known = desk_milestone_names;

	while (*known != NULL && strcmp(*known, name) != 0)
		known++;
	return *known;
}

const char *window_state_name(enum window_state state)
{
	static const char *const names[] = {
		[WINDOW_WAITING] = "waiting", [WINDOW_OPEN] = "open", [WINDOW_CLOSING] = "closing",
		[WINDOW_CLOSED] = "closed", [WINDOW_USED] = "used"
	};

	return names[state];
}

/* ---- which version ------------------------------------------------------------ */

/* The version of that name that holds at a time, or NULL. */
static const struct desk_window *version_at(const struct desk_window *windows, size_t count, const char *name,
    int64_t at)
{
	const struct desk_window *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (strcmp(windows[i].name, name) == 0 && windows[i].since <= at
		    && (found == NULL || windows[i].since > found->since))
			found = &windows[i];
	return found;
}

static bool starts_any(const struct desk_window *windows, size_t count, const char *name, const char *milestone)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(windows[i].name, name) == 0 && strcmp(windows[i].starts, milestone) == 0)
			return true;
	return false;
}

/*
 * A refund that was issued under the old rule and settled under the new one is the old rule's: so the first
 * milestone that any version counts from decides, not the one that this version counts from.
 */
static bool is_in_force(const struct desk_window *windows, size_t count, const struct desk_window *window,
    const struct desk_milestone *milestones, size_t milestone_count)
{
	for (size_t i = 0; i < milestone_count; i++)
		if (starts_any(windows, count, window->name, milestones[i].name))
			return version_at(windows, count, window->name, milestones[i].time) == window;
	return false;
}

/* ---- one window ------------------------------------------------------------------- */

/* The last second of a span that begins at start: of its last day, when it is in days. */
static int64_t span_end(const struct zone *zone, int64_t start, const struct desk_span *span)
{
	if (!span->days)
		return start + span->count;
	return zone_utc(zone, (zone_day(zone_local(zone, start)) + span->count + 1) * DAY) - 1;
}

/* The second from which on the span is over: midnight, when it is in days. */
static int64_t span_start(const struct zone *zone, int64_t start, const struct desk_span *span)
{
	if (!span->days || span->count == 0)
		return start + span->count;
	return zone_utc(zone, (zone_day(zone_local(zone, start)) + span->count) * DAY);
}

/* A span in days ends with its last day, up to a day later, and a change of the clocks moves that. */
void desk_window_starts(const struct desk_window *window, int64_t now, int64_t ahead, int64_t *since_r, int64_t *until_r)
{
	int64_t length = window->length.days ? window->length.count * DAY : window->length.count;

	*since_r = now - length - 2 * DAY;
	*until_r = now + ahead - length + DAY;
}

static int64_t before(const struct zone *zone, int64_t end, const struct desk_span *span)
{
	return span->days ? zone_utc(zone, zone_local(zone, end) - span->count * DAY) : end - span->count;
}

/* Warnings that would come before it opens say nothing: one there is the opening itself. */
static void find_warnings(struct desk_window_state *state, int64_t now)
{
	const struct desk_window *window = state->window;

	for (size_t i = 0; i < window->warn_count; i++) {
		int64_t at = before(window->zone, state->closes, &window->warn[i]);

		if (at < state->opens)
			continue;
		if (at <= now && at > state->warned)
			state->warned = at;
		else if (at > now && (state->next_warning == 0 || at < state->next_warning))
			state->next_warning = at;
	}
}

static void find_use(struct desk_window_state *state, const struct desk_milestone *milestones, size_t count)
{
	const char *ends = state->window->ends;
	bool in_time = false;

	for (size_t i = 0; ends != NULL && i < count && !in_time; i++) {
		if (strcmp(milestones[i].name, ends) != 0 || strcmp(milestones[i].subject, state->subject) != 0
		    || milestones[i].time < state->started)
			continue;
		in_time = milestones[i].time >= state->opens && milestones[i].time <= state->closes;
		if (state->used == 0 || in_time)
			state->used = milestones[i].time;
	}
	if (in_time)
		state->state = WINDOW_USED;
}

static void find_state(struct desk_window_state *state, int64_t now)
{
	if (state->state == WINDOW_USED)
		state->warned = state->next_warning = 0;
	else if (now > state->closes)
		state->state = WINDOW_CLOSED;
	else if (now < state->opens)
		state->state = WINDOW_WAITING;
	else
		state->state = state->warned != 0 ? WINDOW_CLOSING : WINDOW_OPEN;
}

static struct desk_window_state read_window(const struct desk_window *window, const struct desk_milestone *start,
    const struct desk_milestone *milestones, size_t count, int64_t now)
{
	const struct desk_span term = {start->term_days, 1};
	struct desk_window_state state = {
		.window = window, .name = window->name, .title = window->title, .subject = start->subject,
		.id = desk_text(start->id), .started = start->time,
		.opens = span_start(window->zone, start->time, &window->opens),
		.closes = span_end(window->zone, start->time, start->term_days > 0 ? &term : &window->length),
	};

	find_warnings(&state, now);
	find_use(&state, milestones, count);
	find_state(&state, now);
	return state;
}

/* ---- all of them ---------------------------------------------------------------------- */

static int by_closing(const void *a, const void *b)
{
	const struct desk_window_state *x = a, *y = b;
	int order = desk_compare(x->closes, y->closes);

	if (order == 0)
		order = strcmp(x->name, y->name);
	return order != 0 ? order : desk_compare(x->started, y->started);
}

static size_t count_starts(const struct desk_window *windows, size_t count, const struct desk_milestone *milestones,
    size_t milestone_count)
{
	size_t starts = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t m = 0; m < milestone_count; m++)
			starts += strcmp(windows[i].starts, milestones[m].name) == 0;
	return starts;
}

int desk_windows(const struct desk_window *windows, size_t window_count, const struct desk_milestone *milestones,
    size_t milestone_count, int64_t now, struct desk_window_state **out_r, size_t *count_r)
{
	struct desk_milestone *list;
	size_t count;

	*out_r = NULL;
	*count_r = 0;
	if (desk_milestones_sort(milestones, milestone_count, now, &list, &count) == -1)
		return -1;
	*out_r = calloc(count_starts(windows, window_count, list, count) + 1, sizeof(**out_r));
	for (size_t i = 0; *out_r != NULL && i < window_count; i++) {
		if (!is_in_force(windows, window_count, &windows[i], list, count))
			continue;
		for (size_t m = 0; m < count; m++)
			if (strcmp(list[m].name, windows[i].starts) == 0)
				(*out_r)[(*count_r)++] = read_window(&windows[i], &list[m], list, count, now);
	}
	free(list);
	if (*out_r == NULL)
		return -1;
	qsort(*out_r, *count_r, sizeof(**out_r), by_closing);
	return 0;
}
