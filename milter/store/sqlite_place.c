/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which part of its family an entry belongs to. One customer's address may write about several items: what names the
 * item belongs to the item's part; what does not follows the message that it refers to, its order, or the customer's
 * newest message. All of it is worked out anew from the entries in the order of their times, whatever order they came in.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "store/event.h"

/* Where a message stands, to be found by its row. */
struct position {
	int64_t seq;
	size_t n;
};

struct placing {
	const struct entry **entries; /* the messages, as they are placed one after the other */
	size_t count;
	const char **of;
	size_t *target; /* place + 1 of the newest message before it that it refers to; 0: none */
};

/* ---- what refers to what ------------------------------------------------------------- */

static int compare_position(const void *a, const void *b)
{
	const struct position *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static const struct position *position_of(const struct position *all, size_t count, int64_t seq)
{
	struct position key = {.seq = seq};

	return bsearch(&key, all, count, sizeof(*all), compare_position);
}

static int read_references(struct placing *p, struct sql_conn *conn, int64_t family, const struct position *all,
    struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_FAMILY_REFERENCES, d, "i", family);
	int rc = stmt != NULL ? 1 : -1;

	while (rc == 1 && (rc = sql_step(conn, stmt, d)) == 1) {
		const struct position *from = position_of(all, p->count, sqlite3_column_int64(stmt, 0));
		const struct position *to = position_of(all, p->count, sqlite3_column_int64(stmt, 1));

		/* What refers to a later message was dated wrongly, or forged: in a circle nothing could be placed. */
		if (from != NULL && to != NULL && to->n < from->n && p->target[from->n] < to->n + 1)
			p->target[from->n] = to->n + 1;
	}
	if (stmt != NULL)
		sql_done(stmt);
	return rc;
}

static int find_targets(struct placing *p, struct sql_conn *conn, int64_t family, struct diag *d)
{
	struct position *all = calloc(p->count + 1, sizeof(*all));
	int rc = all != NULL ? 0 : diag_add(d, "%s: out of memory", conn->path);

	for (size_t i = 0; rc == 0 && i < p->count; i++)
		all[i] = (struct position){p->entries[i]->seq, i};
	if (rc == 0) {
		qsort(all, p->count, sizeof(*all), compare_position);
		rc = read_references(p, conn, family, all, d);
	}
	free(all);
	return rc;
}

/* ---- messages -------------------------------------------------------------------------- */

static bool is_placed_first(const struct entry *e)
{
	return e->type == ENTRY_MESSAGE && e->counts && e->effect != EFFECT_FAILED;
}

static bool is_copy(const struct entry *e)
{
	return e->inbound && e->effect == EFFECT_ANSWER;
}

/* It names an order and no item, which would be the stricter of the two. */
static bool is_by_order(const struct entry *e)
{
	return e->part[0] != '\0' && strcmp(e->part, e->order) == 0;
}

/*
 * The item that messages name together with the order: of those before place n the only one; where there is none of
 * those, the first one that comes. NULL: none, or *several_r. So what comes later takes nothing away from where a
 * message is.
 */
static const char *item_of_order(const struct placing *p, size_t n, bool *several_r)
{
	const char *order = p->entries[n]->order, *item = NULL;

	*several_r = false;
	for (size_t i = 0; i < p->count && (i < n || item == NULL); i++) {
		const struct entry *e = p->entries[i];

		if (!e->inbound || e->part[0] == '\0' || is_by_order(e) || strcmp(e->order, order) != 0)
			continue;
		*several_r = item != NULL && strcmp(item, e->part) != 0;
		if (*several_r)
			return NULL;
		item = e->part;
	}
	return item;
}

/* Whether the part, as far as it is known before place n, is about no other order. */
static bool may_be_order(const struct placing *p, size_t n, const char *part, const char *order)
{
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = p->entries[i];

		if (p->of[i] != NULL && strcmp(p->of[i], part) == 0 && e->order[0] != '\0' && strcmp(e->order, order) != 0)
			return false;
	}
	return true;
}

/* Where an earlier message with the order is; NULL: there is none. */
static const char *place_of_order(const struct placing *p, size_t n)
{
	const char *order = p->entries[n]->order;

	for (size_t i = n; i-- > 0;)
		if (p->of[i] != NULL && strcmp(p->entries[i]->order, order) == 0)
			return p->of[i];
	return NULL;
}

/* Where the customer's conversation stands; NULL: he has none with that shop. any_shop: else with another one. */
static const char *newest_place(const struct placing *p, size_t n, bool from_customer, bool any_shop)
{
	const struct entry *entry = p->entries[n];
	const char *other = NULL;

	for (size_t i = n; i-- > 0;) {
		const struct entry *e = p->entries[i];

		if (p->of[i] == NULL || is_copy(e) || e->progress != PROGRESS_TAKEN ||
		    (e->keyed != KEYED_ONE && e->keyed != KEYED_MANY) || (from_customer && !e->inbound))
			continue;
		if (strcmp(e->shop, entry->shop) == 0)
			return p->of[i];
		other = other == NULL ? p->of[i] : other;
	}
	return any_shop ? other : NULL;
}

static const char *referred_place(const struct placing *p, size_t n)
{
	return p->target[n] > 0 ? p->of[p->target[n] - 1] : NULL;
}

/* By an order alone: its item, as far as one is known. */
static const char *place_by_order(const struct placing *p, size_t n)
{
	const struct entry *e = p->entries[n];
	bool several;
	const char *place = item_of_order(p, n, &several);

	if (place == NULL) {
		place = referred_place(p, n);
		if (place == NULL || !may_be_order(p, n, place, e->order))
			place = place_of_order(p, n);
	}
	return place != NULL ? place : e->part;
}

static const char *place_inbound(const struct placing *p, size_t n)
{
	const struct entry *e = p->entries[n];
	const char *place = is_by_order(e) ? place_by_order(p, n) : e->part;

	if (place[0] != '\0')
		return place;
	place = referred_place(p, n);
	if (place == NULL)
		place = newest_place(p, n, false, false);
	return place != NULL ? place : "";
}

/* What it answers goes before what it says: a helpdesk may keep the subject of another message of that customer. */
static const char *place_outbound(const struct placing *p, size_t n)
{
	const struct entry *e = p->entries[n];
	const char *place = referred_place(p, n);

	if (place == NULL && e->part[0] != '\0')
		place = is_by_order(e) ? place_by_order(p, n) : e->part;
	if (place == NULL)
		place = newest_place(p, n, true, true);
	return place != NULL ? place : "";
}

/* The one part that the customer wrote to before it; "" for none or several, NULL when it is here by his name only. */
static const char *only_place(const struct placing *p, size_t n)
{
	const char *place = NULL;

	for (size_t i = 0; i < n; i++) {
		if (p->of[i] == NULL || p->entries[i]->effect != EFFECT_INQUIRY)
			continue;
		if (place != NULL && strcmp(place, p->of[i]) != 0)
			return p->entries[n]->how == MEMBER_BY_NAME ? NULL : "";
		place = p->of[i];
	}
	return place != NULL ? place : "";
}

/* A copy stops a clock: where it may answer one of several nothing is guessed. */
static const char *place_copy(const struct placing *p, size_t n)
{
	const struct entry *e = p->entries[n];
	const char *place = referred_place(p, n);
	bool several = false;

	if (e->part[0] != '\0' && !is_by_order(e))
		return e->part;
	if (place != NULL)
		return place;
	if (!is_by_order(e))
		return only_place(p, n);
	place = item_of_order(p, n, &several);
	if (several)
		return "";
	return place != NULL ? place : place_by_order(p, n);
}

/* ---- what is about messages ---------------------------------------------------------------- */

static const char *place_other(const struct placement *placement, const struct entry *e)
{
	const struct entry *target = e->type == ENTRY_MESSAGE && !e->counts ? entry_standing(placement->list, e)
	    : entry_target(placement->list, e, 0);

	if (target != NULL && target != e && is_placed_first(target))
		return placement->of[target - placement->list->entries];
	return e->part;
}

bool placement_has(const struct placement *placement, size_t n, const char *part)
{
	const struct entry *e = &placement->list->entries[n], *target;

	if (placement->of[n] == NULL)
		return false;
	if (strcmp(placement->of[n], part) == 0)
		return true;
	if (e->type != ENTRY_MESSAGE || e->effect != EFFECT_FAILED)
		return false;
	for (size_t i = 0; (target = entry_target(placement->list, e, i)) != NULL; i++) {
		const char *of = placement->of[target - placement->list->entries];

		if (of != NULL && strcmp(of, part) == 0)
			return true;
	}
	return false;
}

/* ---- the whole family ---------------------------------------------------------------------- */

static bool is_parted(const struct entry_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].part[0] != '\0')
			return true;
	return false;
}

/* By time; within a second a question goes before its answer, as it does for clocks. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
	bool answers = !x->inbound || is_copy(x), other_answers = !y->inbound || is_copy(y);

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return answers != other_answers ? answers - other_answers : strcmp(x->id, y->id);
}

static void collect_messages(struct placing *p, const struct entry_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_placed_first(&list->entries[i]))
			p->entries[p->count++] = &list->entries[i];
	if (p->count > 0)
		qsort(p->entries, p->count, sizeof(*p->entries), compare_entries);
}

static void place_all(struct placing *p, struct placement *placement)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct entry *e = p->entries[i];

		p->of[i] = is_copy(e) ? place_copy(p, i) : e->inbound ? place_inbound(p, i) : place_outbound(p, i);
		placement->of[e - placement->list->entries] = p->of[i];
	}
	for (size_t i = 0; i < placement->list->count; i++)
		if (!is_placed_first(&placement->list->entries[i]))
			placement->of[i] = place_other(placement, &placement->list->entries[i]);
}

static int place_parted(struct sql_conn *conn, int64_t family, struct placement *placement, struct diag *d)
{
	size_t count = placement->list->count;
	struct placing p = {.entries = calloc(count, sizeof(*p.entries)), .of = calloc(count, sizeof(*p.of)),
	    .target = calloc(count, sizeof(*p.target))};
	int rc = p.entries != NULL && p.of != NULL && p.target != NULL ? 0 : diag_add(d, "%s: out of memory", conn->path);

	if (rc == 0) {
		collect_messages(&p, placement->list);
		rc = find_targets(&p, conn, family, d);
	}
	if (rc == 0)
		place_all(&p, placement);
	free(p.entries);
	free(p.of);
	free(p.target);
	return rc;
}

static int compare_parts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect_parts(struct placement *placement)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < placement->list->count; i++)
		if (placement->of[i] != NULL)
			placement->parts[count++] = placement->of[i];
	if (count > 0)
		qsort(placement->parts, count, sizeof(*placement->parts), compare_parts);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || strcmp(placement->parts[kept - 1], placement->parts[i]) != 0)
			placement->parts[kept++] = placement->parts[i];
	placement->count = kept;
}

int placement_make(struct sql_conn *conn, int64_t family, const struct entry_list *list, struct placement *placement_r,
    struct diag *d)
{
	int rc = 0;

	*placement_r = (struct placement){.list = list, .of = calloc(list->count + 1, sizeof(*placement_r->of)),
	    .parts = calloc(list->count + 1, sizeof(*placement_r->parts))};
	if (placement_r->of == NULL || placement_r->parts == NULL)
		rc = diag_add(d, "%s: out of memory", conn->path);
	else if (is_parted(list))
		rc = place_parted(conn, family, placement_r, d);
	else
		for (size_t i = 0; i < list->count; i++)
			placement_r->of[i] = "";
	if (rc == 0)
		collect_parts(placement_r);
	else
		placement_free(placement_r);
	return rc;
}

void placement_free(struct placement *placement)
{
	free(placement->of);
	free(placement->parts);
	*placement = (struct placement){0};
}
