/* SPDX-License-Identifier: BSD-2-Clause */
/* What people decided about held messages, and against which rules. */
#include "report/decisions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

static const unsigned char hash_key[HASH_SHORT_KEY] = "report's held..";

static struct held **slot_of(struct decisions *decisions, struct slice id)
{
	size_t room = sizeof(decisions->held) / sizeof(*decisions->held);
	struct held **slot = &decisions->held[hash_short(hash_key, id.ptr, id.len) % room];

	while (*slot != NULL && !slice_eq_str(id, (*slot)->id))
		slot = &(*slot)->next;
	return slot;
}

static void drop(struct held **slot)
{
	struct held *held = *slot;

	*slot = held->next;
	tally_free(&held->tally);
	free(held);
}

int decisions_hold(struct decisions *decisions, struct slice id, struct tally *tally)
{
	struct held **slot = slot_of(decisions, id), *held;

	if (*slot != NULL || id.len >= sizeof(held->id))
		return 0;
	held = calloc(1, sizeof(*held));
	if (held == NULL)
		return -1;
	snprintf(held->id, sizeof(held->id), "%.*s", SLICE_ARG(id));
	held->tally = tally;
	tally->refs++;
	*slot = held;
	return 0;
}

/* ---- decisions ------------------------------------------------------------------------ */

static char *copy(struct slice s)
{
	return strndup(s.len > 0 ? s.ptr : "", s.len);
}

static bool is_whole(const struct report_decision *decision)
{
	return decision->id != NULL && decision->by != NULL && decision->why != NULL;
}

static struct report_decision *add(struct decisions *decisions, const json_t *event, const struct store_event *e)
{
	struct report_decision *list = realloc(decisions->list, (decisions->count + 1) * sizeof(*list)), *made;

	if (list == NULL)
		return NULL;
	decisions->list = list;
	made = &list[decisions->count++];
	*made = (struct report_decision){.time = e->time, .released = e->effect == EFFECT_RELEASED,
	    .by_hand = json_is_true(json_object_get(event, "by_hand")), .id = copy(e->ref), .by = copy(e->agent),
	    .why = copy(e->subject)};
	return is_whole(made) ? made : NULL;
}

static char *join_rules(const struct tally *tally)
{
	struct buf joined = {0};

	for (size_t i = 0; i < tally->rule_count; i++)
		if (tally_rule_holds(&tally->rules[i]))
			buf_printf(&joined, "%s%s", joined.len > 0 ? ", " : "", tally->rules[i].group->name);
	if (joined.data == NULL && !joined.failed)
		return strdup("");
	if (joined.failed)
		buf_free(&joined);
	return joined.data;
}

static bool holds_any(const struct tally *tally)
{
	for (size_t i = 0; i < tally->rule_count; i++)
		if (tally_rule_holds(&tally->rules[i]))
			return true;
	return false;
}

/* Joins a decision to its message. In a report about one rule only what this rule held counts. */
static int settle(struct decisions *decisions, struct report_decision *decision, const struct tally *tally)
{
	if (decisions->counting->report->query.rule != NULL && !holds_any(tally))
		return 0;
	decision->rules = join_rules(tally);
	decision->agent = strdup(tally->agent->name);
	decision->shop = strdup(tally->shop->name);
	decision->marketplace = strdup(tally->marketplace->name);
	if (decision->rules == NULL || decision->agent == NULL || decision->shop == NULL || decision->marketplace == NULL)
		return -1;
	return tally_decide(decisions->counting, tally, decision->time, decision->released);
}

int decisions_note(struct decisions *decisions, const json_t *event, const struct store_event *e)
{
	const struct report_query *query = &decisions->counting->report->query;
	struct held **slot = slot_of(decisions, e->ref);
	struct report_decision *made;
	int rc = 0;

	if (e->time >= query->from && e->time < query->to) {
		made = add(decisions, event, e);
		if (made == NULL || (*slot != NULL && settle(decisions, made, (*slot)->tally) == -1))
			rc = -1;
	}
	if (*slot != NULL)
		drop(slot);
	return rc;
}

/* ---- messages that were not seen ---------------------------------------------------------- */

static bool is_open(const struct decisions *decisions, const struct report_decision *decision)
{
	long long time = decision->rules == NULL ? id_time(decision->id) : -1;

	return time != -1 && time < decisions->begin + DECISIONS_LATE_SECONDS;
}

int64_t decisions_earliest(const struct decisions *decisions)
{
	int64_t earliest = INT64_MAX;

	for (size_t i = 0; i < decisions->count; i++)
		if (is_open(decisions, &decisions->list[i]) && id_time(decisions->list[i].id) < earliest)
			earliest = id_time(decisions->list[i].id);
	return earliest;
}

static struct report_decision *find_open(const struct decisions *decisions, struct slice id)
{
	for (size_t i = 0; i < decisions->count; i++)
		if (is_open(decisions, &decisions->list[i]) && slice_eq_str(id, decisions->list[i].id))
			return &decisions->list[i];
	return NULL;
}

bool decisions_want(const struct decisions *decisions, struct slice id)
{
	return find_open(decisions, id) != NULL;
}

int decisions_settle(struct decisions *decisions, struct slice id, const struct tally *tally)
{
	return settle(decisions, find_open(decisions, id), tally);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void decision_free(struct report_decision *decision)
{
	free(decision->id);
	free(decision->by);
	free(decision->why);
	free(decision->rules);
	free(decision->agent);
	free(decision->shop);
	free(decision->marketplace);
}

void decisions_give(struct decisions *decisions, struct report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < decisions->count; i++) {
		if (decisions->list[i].marketplace != NULL)
			decisions->list[kept++] = decisions->list[i];
		else
			decision_free(&decisions->list[i]);
	}
	report->decisions = decisions->list;
	report->decision_count = kept;
	decisions->list = NULL;
	decisions->count = 0;
}

void decisions_free_list(struct report_decision *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		decision_free(&list[i]);
	free(list);
}

void decisions_free(struct decisions *decisions)
{
	for (size_t i = 0; i < sizeof(decisions->held) / sizeof(*decisions->held); i++)
		while (decisions->held[i] != NULL)
			drop(&decisions->held[i]);
	decisions_free_list(decisions->list, decisions->count);
	*decisions = (struct decisions){0};
}
