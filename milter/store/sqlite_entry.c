/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread's entries and the events for clocks that they are. Bounces and
 * commands are matched with what they are about here, once all is known.
 */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "store/event.h"

/* A budget is for mail from outside; these texts were bounded when they were recorded. */
#define ENTRIES_BUDGET ((size_t)1 << 40)

static int grow(void **list, size_t count, size_t *size, size_t width)
{
	size_t room = *size > 0 ? *size * 2 : 16;
	void *more;

	if (count < *size)
		return 0;
	more = realloc(*list, room * width);
	if (more == NULL)
		return -1;
	*list = more;
	*size = room;
	return 0;
}

static const char *keep(struct entry_list *list, sqlite3_stmt *stmt, int column)
{
	return arena_strdup(list->arena, sql_text(stmt, column));
}

/* In the order of SQL_ENTRIES. */
static int add_entry(struct entry_list *list, sqlite3_stmt *stmt)
{
	struct entry *e;
	const char **texts[15];

	if (grow((void **)&list->entries, list->count, &list->size, sizeof(*list->entries)) == -1)
		return -1;
	e = &list->entries[list->count++];
	*e = (struct entry){
		.seq = sqlite3_column_int64(stmt, 0), .time = sqlite3_column_int64(stmt, 1),
		.type = sqlite3_column_int64(stmt, 2), .how = sqlite3_column_int64(stmt, 3),
		.inbound = sqlite3_column_int64(stmt, 4), .counts = sqlite3_column_int64(stmt, 5),
		.progress = sqlite3_column_int64(stmt, 6), .effect = sqlite3_column_int64(stmt, 7),
		.due = sqlite3_column_int64(stmt, 8), .unit = sqlite3_column_int64(stmt, 9),
		.keyed = sqlite3_column_int64(stmt, 10),
	};
	texts[0] = &e->id, texts[1] = &e->digest, texts[2] = &e->marketplace, texts[3] = &e->shop, texts[4] = &e->agent;
	texts[5] = &e->action, texts[6] = &e->subject, texts[7] = &e->customer, texts[8] = &e->order;
	texts[9] = &e->case_id, texts[10] = &e->channel, texts[11] = &e->labels, texts[12] = &e->message_id;
	texts[13] = &e->ref, texts[14] = &e->part;
	for (int i = 0; i < 15; i++)
		if ((*texts[i] = keep(list, stmt, 11 + i)) == NULL)
			return -1;
	return 0;
}

/* ---- what an entry is about -------------------------------------------------------- */

const struct entry *entry_standing(const struct entry_list *list, const struct entry *entry)
{
	for (size_t i = 0; i < list->count && !entry->counts; i++) {
		const struct entry *other = &list->entries[i];

		if (other->counts && other->inbound == entry->inbound && other->digest[0] != '\0' &&
		    strcmp(other->digest, entry->digest) == 0)
			return other;
	}
	return entry;
}

static bool is_about(const struct entry *entry, const struct entry *other)
{
	const char *at;
	size_t n;

	if (other->type != ENTRY_MESSAGE)
		return false;
	if (entry->type != ENTRY_MESSAGE)
		return strcmp(other->id, entry->ref) == 0;
	n = strlen(other->message_id);
	at = n > 0 && !other->inbound ? strstr(entry->ref, other->message_id) : NULL;
	return at != NULL && (at == entry->ref || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
}

const struct entry *entry_target(const struct entry_list *list, const struct entry *entry, size_t n)
{
	if (entry->ref[0] == '\0')
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *other = &list->entries[i];

		if (!is_about(entry, other) || (entry->type == ENTRY_MESSAGE && !other->counts))
			continue;
		if (n-- == 0)
			return entry_standing(list, other);
	}
	return NULL;
}

/* ---- events for clocks ------------------------------------------------------------------- */

static int add_event(struct entry_list *list, const struct entry *entry, int64_t effect, const struct entry *target)
{
	if (grow((void **)&list->events, list->event_count, &list->event_size, sizeof(*list->events)) == -1)
		return -1;
	list->events[list->event_count++] = (struct desk_event){
		.kind = store_effect_kind(effect), .time = entry->time, .due = entry->due,
		.unit = (enum desk_unit)entry->unit, .id = entry->id,
		.ref = target != NULL ? target->id : entry->type == ENTRY_COMMAND ? entry->ref : "",
		.agent = entry->type == ENTRY_MESSAGE && !entry->inbound ? entry->agent : "",
	};
	return 0;
}

/* A bounce may name several answers: an event each. One that names none of this thread's does nothing. */
static int add_bounce(struct entry_list *list, const struct entry *entry)
{
	const struct entry *target = entry_target(list, entry, 0);
	int rc = 0;

	if (target == NULL)
		return add_event(list, entry, EFFECT_OTHER, NULL);
	list->failed++;
	for (size_t n = 0; rc == 0 && (target = entry_target(list, entry, n)) != NULL; n++)
		rc = add_event(list, entry, EFFECT_FAILED, target);
	return rc;
}

static void count_failed(struct entry_list *list, const struct entry *entry)
{
	if (entry->effect == EFFECT_ANSWER || entry->effect == EFFECT_RELEASED)
		list->failed = 0;
	/* One that was refused by command was counted when it was held. */
	else if (entry->effect == EFFECT_HELD || (entry->effect == EFFECT_REFUSED && entry->type == ENTRY_MESSAGE))
		list->failed++;
}

static int add_events(struct entry_list *list)
{
	int rc = 0;

	for (size_t i = 0; i < list->count && rc == 0; i++) {
		const struct entry *entry = &list->entries[i];

		if (!entry->counts || entry->type == ENTRY_LABEL)
			continue;
		list->newest = list->newest > entry->time ? list->newest : entry->time;
		if (entry->effect == EFFECT_FAILED || entry->type == ENTRY_COMMAND)
			list->revised = list->revised > entry->time ? list->revised : entry->time;
		count_failed(list, entry);
		rc = entry->effect == EFFECT_FAILED ? add_bounce(list, entry)
		    : add_event(list, entry, entry->effect, entry->type == ENTRY_COMMAND ? entry_target(list, entry, 0) : NULL);
	}
	return rc;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->time != y->time ? (x->time > y->time) - (x->time < y->time) : strcmp(x->id, y->id);
}

/* They come as they were recorded, which is nearly always this order: less work than the database's sorting. */
static void sort_entries(struct entry_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (compare_entries(&list->entries[i - 1], &list->entries[i]) > 0) {
			qsort(list->entries, list->count, sizeof(*list->entries), compare_entries);
			break;
		}
	}
}

int entry_list_load(struct sql_conn *conn, int64_t thread, struct entry_list *list_r, struct diag *d)
{
	sqlite3_stmt *stmt = sql_bind(conn, SQL_ENTRIES, d, "i", thread);
	int rc = stmt != NULL ? 1 : -1;

	*list_r = (struct entry_list){.arena = arena_new(ENTRIES_BUDGET)};
	while (rc == 1 && (rc = sql_step(conn, stmt, d)) == 1)
		if (list_r->arena == NULL || add_entry(list_r, stmt) == -1)
			rc = diag_add(d, "%s: out of memory", conn->path);
	if (stmt != NULL)
		sql_done(stmt);
	if (rc == 0)
		sort_entries(list_r);
	if (rc == 0 && add_events(list_r) == -1)
		rc = diag_add(d, "%s: out of memory", conn->path);
	if (rc == -1)
		entry_list_free(list_r);
	return rc;
}

void entry_list_free(struct entry_list *list)
{
	arena_free(&list->arena);
	free(list->entries);
	free(list->events);
	*list = (struct entry_list){0};
}
