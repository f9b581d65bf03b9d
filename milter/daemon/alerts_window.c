/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows that close soon: what may still be disputed, appealed or claimed. The
 * store is asked for milestones of the days from which a window that closes now
 * was counted, so that nobody reads the milestones of a year.
 */
#include "daemon/alerts_turn.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "policy/profile.h"
#include "store/facts.h"

#define DAY_SECONDS 86400
#define HOUR_SECONDS 3600
/* Windows are of days; they need not be reckoned every minute. */
#define ASK_SECONDS 600

/* Numbers that milestones are about, and whose windows are to be looked at. */
struct candidate {
	const char *subject;
	struct candidate *next;
};

#define BUCKETS 1024

struct search {
	struct alerts_turn *turn;
	struct candidate *buckets[BUCKETS]; /* each number once */
	int64_t ahead;                      /* so many seconds at most are left */
};

/* ---- which may close ------------------------------------------------------------------ */

static struct candidate **bucket_of(struct search *search, const char *subject)
{
	size_t sum = 5381;

	for (const char *p = subject; *p != '\0'; p++)
		sum = sum * 33 + (unsigned char)*p;
	return &search->buckets[sum % BUCKETS];
}

static int note_subject(void *arg, const char *subject)
{
	struct search *search = arg;
	struct candidate **bucket = bucket_of(search, subject), *candidate;

	for (candidate = *bucket; candidate != NULL; candidate = candidate->next)
		if (strcmp(candidate->subject, subject) == 0)
			return 0;
	candidate = arena_alloc(search->turn->arena, sizeof(*candidate));
	if (candidate == NULL)
		return 1;
	candidate->subject = arena_strdup(search->turn->arena, subject);
	candidate->next = *bucket;
	if (candidate->subject == NULL)
		return 1;
	*bucket = candidate;
	return 0;
}

/* A notice's own term may be told twice on a day, and the earlier second counts: a day more on either side. */
static int search_window(struct search *search, const struct desk_window *window, struct diag *d)
{
	const struct alerts_turn *turn = search->turn;
	struct store_start start = {.name = window->starts, .ends_since = turn->now - 3 * (int64_t)DAY_SECONDS,
	    .ends_until = turn->now + search->ahead + DAY_SECONDS};
	int rc;

	if (window->ends == NULL)
		return 0;
	desk_window_starts(window, turn->now, search->ahead, &start.since, &start.until);
	rc = store_subjects(turn->service->store, &start, note_subject, search, d);
	return rc == 1 ? diag_add(d, "memory is out") : rc;
}

static int search_all(struct search *search, struct diag *d)
{
	const struct profiles *profiles = generation_profiles(search->turn->site->generation);

	for (size_t i = 0; i < profiles_count(profiles); i++) {
		size_t count;
		const struct desk_window *windows = marketplace_windows(profiles_get(profiles, i), &count);

		for (size_t k = 0; k < count; k++)
			if (search_window(search, &windows[k], d) == -1)
				return -1;
	}
	return 0;
}

/* ---- what they are told as ------------------------------------------------------------ */

/* By the day: what a notice and a table tell of one day, with two times, is one milestone. */
static const char *key_of(struct arena *arena, const struct desk_subject *subject, const struct desk_window_state *state)
{
	char day[CLOCK_TEXT_SIZE];

	clock_format(day, sizeof(day), state->started);
	return arena_printf(arena, "window:%s:%s:%s:%.10s", subject->marketplace, state->subject, state->name, day);
}

/* 1: no room for more in this turn. */
static int offer_window(const struct search *search, struct arena *arena, const struct desk_subject *subject,
    const struct desk_window_state *state, struct diag *d)
{
	struct alert alert = {
		.kind = ALERT_WINDOW, .key = key_of(arena, subject, state), .marketplace = subject->marketplace,
		.shop = subject->shop, .order = state->subject, .what = state->name, .detail = state->title, .window = state,
		.opened = zone_day(state->started) * DAY_SECONDS, .due = state->closes,
	};
	int64_t known = 0;

	if (alert.key == NULL)
		return diag_add(d, "memory is out");
	if (store_alerted(search->turn->service->store, slice_str(alert.key), &known, d) == -1)
		return -1;
	alert.known = (unsigned)known;
	return alerts_offer(search->turn, &alert);
}

static int offer_windows(const struct search *search, struct facts *facts, struct diag *d)
{
	const struct alerts_turn *turn = search->turn;
	struct desk_subject subject;
	size_t at = 0;
	int rc;

	if (facts->count == 0)
		return 0;
	desk_subject_take(facts->list, facts->count, &at, &subject);
	rc = facts_find_market(turn->service->store, facts->arena, &subject, d);
	/* Whether it was answered in time does not matter here: a window that closes does. */
	if (rc == 0 && profiles_reckon(generation_profiles(turn->site->generation), &subject, true, turn->now) == -1)
		rc = diag_add(d, "memory is out");
	for (size_t i = 0; i < subject.window_count && rc == 0; i++)
		if (subject.windows[i].closes - turn->now <= search->ahead && desk_subject_matters(&subject, &subject.windows[i]))
			rc = offer_window(search, facts->arena, &subject, &subject.windows[i], d);
	desk_subject_free(&subject);
	return rc;
}

static int offer_candidate(const struct search *search, const char *subject, struct diag *d)
{
	struct facts facts;
	int rc = facts_read(search->turn->service->store, slice_str(subject), NULL, 0, &facts, d);

	if (rc == 0)
		rc = offer_windows(search, &facts, d);
	facts_free(&facts);
	return rc;
}

static int offer_all(const struct search *search, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct candidate *c = search->buckets[i]; c != NULL && rc == 0; c = c->next)
			rc = atomic_load(search->turn->stop) ? 1 : offer_candidate(search, c->subject, d);
	return rc;
}

static int compare_closing(const void *left, const void *right)
{
	const struct alert *a = left, *b = right;

	return a->due != b->due ? (a->due > b->due) - (a->due < b->due) : strcmp(a->key, b->key);
}

/* ---- the turn --------------------------------------------------------------------------- */

/* Another configuration is looked at by at once, and so is what some way has still to take. */
static bool is_time(const struct alerts_turn *turn)
{
	const struct alerts_state *state = turn->state;

	return state->windows_asked == 0 || state->windows_by != generation_number(turn->site->generation) ||
	    turn->now < state->windows_asked || turn->now - state->windows_asked >= ASK_SECONDS ||
	    alerts_remembers(state, ALERT_WINDOW);
}

int alerts_windows(struct alerts_turn *turn)
{
	const struct alert_levels *levels = &turn->config->plan.windows;
	struct search search = {.turn = turn};
	size_t first = turn->count;
	struct diag d = {0};
	int rc;

	turn->windows_looked = levels->count > 0 && is_time(turn);
	if (!turn->windows_looked)
		return 0;
	search.ahead = (int64_t)levels->level[levels->count - 1] * HOUR_SECONDS;
	rc = search_all(&search, &d);
	if (rc != -1)
		rc = offer_all(&search, &d);
	if (turn->count > first)
		qsort(turn->alerts + first, turn->count - first, sizeof(*turn->alerts), compare_closing);
	if (rc != -1)
		return 0;
	alerts_failed(turn, "windows that close can't be read: %s", d.text);
	return -1;
}

void alerts_windows_told(struct alerts_turn *turn)
{
	struct alerts_state *state = turn->state;

	if (!turn->windows_looked)
		return;
	state->windows_asked = turn->now;
	state->windows_by = generation_number(turn->site->generation);
	for (size_t i = 0; i < turn->count; i++)
		for (size_t way = 0; way < turn->way_count && turn->alerts[i].kind == ALERT_WINDOW; way++)
			if (turn->alerts[i].wants[way] > 0)
				state->windows_asked = 0;
}
