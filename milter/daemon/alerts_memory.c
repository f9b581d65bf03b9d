/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a turn leaves for the next one: alerts that some way did not take, or that
 * could not be recorded. Everything else the store tells.
 */
#include "daemon/alerts_turn.h"

#include <stdlib.h>
#include <string.h>

static int compare_memory(const void *left, const void *right)
{
	const struct alerts_memory *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	return order != 0 ? order : a->opened < b->opened ? -1 : a->opened > b->opened;
}

const struct alerts_memory *alerts_recall(const struct alerts_state *state, const char *key, int64_t opened)
{
	const struct alerts_memory wanted = {.key = (char *)(uintptr_t)key, .opened = opened};

	return state->memory_count == 0 ? NULL
	    : bsearch(&wanted, state->memory, state->memory_count, sizeof(wanted), compare_memory);
}

bool alerts_remembers(const struct alerts_state *state, enum alert_kind kind)
{
	for (size_t i = 0; i < state->memory_count; i++)
		if (state->memory[i].kind == kind)
			return true;
	return false;
}

static void forget(struct alerts_state *state)
{
	for (size_t i = 0; i < state->memory_count; i++)
		free(state->memory[i].key);
	free(state->memory);
	state->memory = NULL;
	state->memory_count = 0;
}

static unsigned highest_taken(const struct alerts_turn *turn, const struct alert *alert)
{
	unsigned highest = 0;

	for (size_t i = 0; i < turn->way_count; i++)
		if (alert->took[i] > highest)
			highest = alert->took[i];
	return highest;
}

/* Whether there is something that the store will not tell the next turn. */
static bool is_unfinished(const struct alerts_turn *turn, const struct alert *alert)
{
	unsigned highest = highest_taken(turn, alert);

	if (alert->kind == ALERT_RATE)
		return false;
	/* Also what could not be recorded: it was given. */
	if (highest > alert->known)
		return true;
	for (size_t i = 0; i < turn->way_count; i++)
		if (alerts_concerns(turn, &turn->ways[i], alert) && turn->ways[i].at <= highest && alert->took[i] < highest)
			return true;
	return false;
}

void alerts_remember(struct alerts_turn *turn)
{
	struct alerts_state *state = turn->state;
	struct alerts_memory *memory = turn->count > 0 ? calloc(turn->count, sizeof(*memory)) : NULL;
	size_t count = 0;

	/* Better what was true a turn ago than nothing. */
	if (memory == NULL && turn->count > 0)
		return;
	for (size_t i = 0; i < turn->count; i++) {
		const struct alert *alert = &turn->alerts[i];
		struct alerts_memory *entry = &memory[count];

		if (!is_unfinished(turn, alert) || (entry->key = strdup(alert->key)) == NULL)
			continue;
		entry->kind = alert->kind;
		entry->opened = alert->opened;
		entry->recorded = alert->recorded;
		memcpy(entry->took, alert->took, sizeof(entry->took));
		count++;
	}
	if (count > 1)
		qsort(memory, count, sizeof(*memory), compare_memory);
	forget(state);
	state->memory = memory;
	state->memory_count = count;
}

static size_t find_way(char *const *names, const char *name)
{
	size_t i = 0;

	while (i < ALERTS_WAYS_MAX && (names[i] == NULL || strcmp(names[i], name) != 0))
		i++;
	return i;
}

/* Another configuration may have other ways: a new one is taken to know what was recorded. */
void alerts_adapt_memory(struct alerts_turn *turn)
{
	struct alerts_state *state = turn->state;

	for (size_t i = 0; i < state->memory_count; i++) {
		struct alerts_memory *entry = &state->memory[i];
		unsigned took[ALERTS_WAYS_MAX] = {0};

		for (size_t way = 0; way < turn->way_count; way++) {
			size_t old = find_way(state->ways, turn->ways[way].name);

			took[way] = old < ALERTS_WAYS_MAX ? entry->took[old] : entry->recorded;
		}
		memcpy(entry->took, took, sizeof(took));
	}
	for (size_t i = 0; i < ALERTS_WAYS_MAX; i++) {
		free(state->ways[i]);
		state->ways[i] = i < turn->way_count ? strdup(turn->ways[i].name) : NULL;
	}
}

void alerts_state_free(struct alerts_state *state)
{
	forget(state);
	for (size_t i = 0; i < ALERTS_WAYS_MAX; i++) {
		free(state->ways[i]);
		state->ways[i] = NULL;
	}
}
