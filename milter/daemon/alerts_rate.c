/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Response rates near or below the line at which a marketplace acts. Told once a
 * day for each shop and marketplace; the store's counters remember when.
 */
#include "daemon/alerts_turn.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "desk/rate.h"
#include "policy/profile.h"

#define DAY_SECONDS 86400
/* A rate is of weeks; it need not be reckoned every minute. */
#define ASK_SECONDS 600
/* Where the profile says not over how long. */
#define WINDOW_DAYS 30
/* Nearer to the line than so many misses, and something was missed: a shop with three inquiries is always near. */
#define MISSES_LEFT 2
/* What an alert of a rate is beside the levels of inquiries. */
#define RATE_LEVEL 100
#define KEY_BYTES 500

struct asked {
	struct alerts_turn *turn;
	const struct marketplace *market;
	struct rate_line line;
};

/* The store may not be called while it gives. */
static int note_rate(void *arg, const char *shop, const struct desk_rate *rate)
{
	struct asked *asked = arg;
	int64_t left = desk_rate_misses_left(rate, (unsigned)asked->line.percent);
	struct alert *alert;

	if (rate->counted == 0 || left > MISSES_LEFT || (left >= 0 && rate->missed == 0))
		return 0;
	alert = alerts_add(asked->turn);
	if (alert == NULL)
		return 1;
	alert->kind = ALERT_RATE;
	alert->marketplace = marketplace_name(asked->market);
	alert->shop = arena_strdup(asked->turn->arena, shop);
	alert->key = arena_printf(asked->turn->arena, "rate:%s:%s", alert->marketplace, shop);
	alert->customer = alert->subject = alert->order = "";
	alert->permille = desk_rate_permille(rate);
	alert->percent = asked->line.percent;
	alert->days = asked->line.days;
	alert->misses_left = left;
	if (alert->shop != NULL && alert->key != NULL)
		return 0;
	asked->turn->count--;
	return 1;
}

static int count(const struct alerts_turn *turn, const struct alert *alert, int64_t delta, int64_t *value_r,
    struct diag *d)
{
	struct store *store = service_rules_store(turn->service);
	char time[CLOCK_TEXT_SIZE];

	clock_format(time, sizeof(time), turn->now);
	return store_counter(store, SLICE_LIT("alerts"), slice_str(alert->key), slice_str(time), delta, turn->now, DAY_SECONDS,
	    value_r, d);
}

int alerts_rate_given(const struct alerts_turn *turn, const struct alert *alert, struct diag *d)
{
	int64_t value;

	return count(turn, alert, 1, &value, d);
}

static void want(struct alerts_turn *turn, struct alert *alert)
{
	for (size_t i = 0; i < turn->way_count; i++)
		if (alerts_concerns(turn, &turn->ways[i], alert))
			alert->wants[i] = RATE_LEVEL;
}

/* Those from first on that were not told of today are wanted; a counter that can't be read is no reason for twice. */
static void drop_given(struct alerts_turn *turn, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < turn->count; i++) {
		struct diag d = {0};
		int64_t given = 0;

		if (count(turn, &turn->alerts[i], 0, &given, &d) == -1)
			alerts_failed(turn, "whether a rate was told can't be read: %s", d.text);
		else if (given == 0) {
			turn->alerts[kept] = turn->alerts[i];
			want(turn, &turn->alerts[kept]);
			kept += alerts_are_ours(turn, &turn->alerts[kept]);
		}
	}
	turn->count = kept;
}

static void ask(struct alerts_turn *turn, const struct marketplace *market)
{
	struct asked asked = {.turn = turn, .market = market};
	struct store_rate_filter filter = {.marketplace = marketplace_name(market), .until = turn->now,
	    .group_by = STORE_GROUP_SHOP};
	struct diag d = {0};

	if (marketplace_rate_line(market, turn->now, &asked.line) == 0 || asked.line.percent <= 0)
		return;
	if (asked.line.days <= 0)
		asked.line.days = WINDOW_DAYS;
	filter.since = turn->now - (int64_t)asked.line.days * DAY_SECONDS;
	if (store_rate(turn->service->store, &filter, note_rate, &asked, &d) == -1)
		alerts_failed(turn, "rates can't be read: %s", d.text);
}

void alerts_rates(struct alerts_turn *turn)
{
	const struct profiles *profiles = generation_profiles(turn->site->generation);
	size_t first = turn->count;

	if (!turn->config->response_rate || alert_is_quiet(&turn->config->plan.quiet, turn->now) ||
	    (turn->state->rate_asked != 0 && turn->now - turn->state->rate_asked < ASK_SECONDS &&
	    turn->now >= turn->state->rate_asked))
		return;
	turn->state->rate_asked = turn->now;
	for (size_t i = 0; i < profiles_count(profiles); i++)
		ask(turn, profiles_get(profiles, i));
	drop_given(turn, first);
}
