/* SPDX-License-Identifier: BSD-2-Clause */
/* The events of a scenario in other orders: several gateways deliver them as the network pleases. */
#include "vary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/hash.h"
#include "../spread.h"

#define EVENTS_MAX 4000

/* What is compared: everything that somebody can ask of a store. */
static const struct question asked[] = {
	{.thing = "inbox", .names = {"filter"}, .values = {"everything"}, .count = 1},
	{.thing = "counts"}, {.thing = "due"}, {.thing = "alarm"}, {.thing = "case"}, {.thing = "milestone"}, {.thing = "window"}, {.thing = "refund"},
	{.thing = "rate", .names = {"over"}, .values = {"14d"}, .count = 1},
	{.thing = "rate", .names = {"over", "by"}, .values = {"90d", "agent"}, .count = 2},
	{.thing = "rate", .names = {"over", "by"}, .values = {"90d", "day"}, .count = 2},
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows a line each, sorted: the order of equal ones means nothing. */
static void add_rows(const char *thing, const json_t *rows, struct buf *state)
{
	size_t count = json_array_size(rows);
	char **lines = calloc(count + 1, sizeof(*lines));

	for (size_t i = 0; lines != NULL && i < count; i++)
		lines[i] = json_dumps(json_array_get(rows, i), JSON_COMPACT);
	if (lines != NULL)
		qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; lines != NULL && i < count; i++) {
		buf_printf(state, "%s %s\n", thing, lines[i]);
		free(lines[i]);
	}
	free(lines);
}

static int state_of(struct play *play, struct store *store, const char *path, struct buf *state, struct diag *d)
{
	const struct step nowhere = {.file = path};

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct question question = asked[i];
		json_t *rows;

		question.play = play;
		question.store = store;
		question.step = &nowhere;
		if (ask(&question, &rows, d) != 0)
			return -1;
		add_rows(question.thing, rows, state);
		json_decref(rows);
	}
	return state->failed ? diag_add(d, "%s: out of memory", path) : 0;
}

/* A generator of its own: the same order with every run. */
static size_t next_random(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return (size_t)(*seed >> 33) % below;
}

static size_t order_same(size_t count, size_t *order)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	return count;
}

static size_t order_backwards(size_t count, size_t *order)
{
	for (size_t i = 0; i < count; i++)
		order[i] = count - 1 - i;
	return count;
}

static size_t order_shuffled(size_t count, size_t *order)
{
	uint64_t seed = 20260303;

	order_same(count, order);
	for (size_t i = count; i > 1; i--) {
		size_t k = next_random(&seed, i), last = order[i - 1];

		order[i - 1] = order[k];
		order[k] = last;
	}
	return count;
}

static size_t order_twice(size_t count, size_t *order)
{
	order_shuffled(count, order);
	for (size_t i = 0; i < count; i++)
		order[count + i] = i;
	return 2 * count;
}

static const struct {
	const char *name;
	size_t (*make)(size_t count, size_t *order);
	size_t gateways; /* that they were recorded by */
} orders[] = {
	{"built anew from the log", order_same, 1}, {"backwards", order_backwards, 1}, {"shuffled", order_shuffled, 1},
	{"shuffled, and all of them again", order_twice, 1}, {"recorded by three gateways", order_same, 3},
	{"recorded by three gateways, and all of them again", order_twice, 3},
};

static int apply(struct play *play, struct store *store, size_t variant, struct diag *d)
{
	const json_t *events = play->world->events;
	size_t order[2 * EVENTS_MAX], count = json_array_size(events), total;
	struct spread spread = {.redis = NULL};
	int rc = 0;

	if (count > EVENTS_MAX)
		return diag_add(d, "more than %d events", EVENTS_MAX);
	total = orders[variant].make(count, order);
	for (size_t i = 0; rc == 0 && i < total; i++)
		rc = spread_apply(&spread, store, i % orders[variant].gateways, json_array_get(events, order[i]), d);
	spread_end(&spread);
	return rc;
}

static int differs(const char *path, size_t variant, const char *got, const char *expected, struct diag *d)
{
	size_t same = 0, line = 0;

	for (; got[same] != '\0' && got[same] == expected[same]; same++)
		if (got[same] == '\n')
			line = same + 1;
	return diag_add(d, "%s: with its events %s the store differs:\n    as they came: %.*s\n    %s: %.*s", path,
	    orders[variant].name, (int)strcspn(expected + line, "\n"), expected + line, orders[variant].name,
	    (int)strcspn(got + line, "\n"), got + line);
}

static int check_variant(struct play *play, size_t variant, const char *path, const struct buf *expected, struct diag *d)
{
	char name[32];
	struct buf got = {0};
	struct diag why = {0};
	struct store *store;
	int rc = -1;

	snprintf(name, sizeof(name), "variant%zu", variant);
	store = world_other_store(play->world, name, &why);
	if (store == NULL || apply(play, store, variant, &why) != 0)
		diag_add(d, "%s: events %s: %s", path, orders[variant].name, why.text);
	else
		rc = state_of(play, store, path, &got, d);
	if (rc == 0 && strcmp(got.data != NULL ? got.data : "", expected->data != NULL ? expected->data : "") != 0)
		rc = differs(path, variant, got.data != NULL ? got.data : "", expected->data != NULL ? expected->data : "", d);
	store_close(&store);
	buf_free(&got);
	return rc;
}

int vary_check(struct play *play, const char *path, struct diag *d)
{
	struct buf expected = {0};
	int rc = state_of(play, play->world->store, path, &expected, d);

	/* With a Redis only what goes through it: the others are the same as without. */
	for (size_t i = 0; rc == 0 && i < sizeof(orders) / sizeof(*orders); i++)
		if (orders[i].gateways > 1 || getenv(SPREAD_SERVER) == NULL)
			rc = check_variant(play, i, path, &expected, d);
	buf_free(&expected);
	return rc;
}
