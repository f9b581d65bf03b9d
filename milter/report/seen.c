/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails that are tried again: a table of digests that forgets. */
#include "report/seen.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define SIZE_FIRST 1024

/* 128 bits of the digest tell mails apart; nobody finds two alike who wants one to hide behind the other. */
struct seen_entry {
	uint64_t key[2];
	int64_t time; /* of the first attempt */
	struct tally *waiting;
	enum event_progress progress;
	bool used;
};

static const unsigned char hash_keys[2][HASH_SHORT_KEY] = {"report's seen 1", "report's seen 2"};

static struct seen_entry *slot_of(const struct seen_table *table, const uint64_t key[2])
{
	size_t at;

	if (table->size == 0)
		return NULL;
	at = (size_t)key[0] & (table->size - 1);
	while (table->slots[at].used && (table->slots[at].key[0] != key[0] || table->slots[at].key[1] != key[1]))
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

static int grow(struct seen_table *table)
{
	struct seen_table larger = {.size = table->size > 0 ? table->size * 2 : SIZE_FIRST, .count = table->count};

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -1;
	for (size_t i = 0; i < table->size; i++)
		if (table->slots[i].used)
			*slot_of(&larger, table->slots[i].key) = table->slots[i];
	free(table->slots);
	*table = larger;
	return 0;
}

static int count_waiting(struct seen *seen, struct seen_entry *entry)
{
	int rc = 0;

	if (entry->waiting != NULL)
		rc = tally_count(seen->counting, entry->waiting);
	tally_free(&entry->waiting);
	return rc;
}

static int count_table(struct seen *seen, struct seen_table *table)
{
	int rc = 0;

	for (size_t i = 0; i < table->size && rc == 0; i++)
		rc = count_waiting(seen, &table->slots[i]);
	return rc;
}

static void table_free(struct seen_table *table)
{
	for (size_t i = 0; i < table->size; i++)
		tally_free(&table->slots[i].waiting);
	free(table->slots);
	*table = (struct seen_table){0};
}

/* An entry of the older table is at least REPORT_RETRY_SECONDS old when it goes. */
static int turn(struct seen *seen, int64_t time)
{
	if (seen->turned == 0)
		seen->turned = time;
	if (time - seen->turned <= REPORT_RETRY_SECONDS)
		return 0;
	if (count_table(seen, &seen->older) == -1)
		return -1;
	table_free(&seen->older);
	seen->older = seen->recent;
	seen->recent = (struct seen_table){0};
	seen->turned = time;
	return 0;
}

static bool is_over(const struct seen_entry *entry, int64_t time)
{
	return time - entry->time > REPORT_RETRY_SECONDS;
}

/* The entry of a mail, a new one when there is none that it can be another attempt of. NULL: memory is out. */
static struct seen_entry *entry_of(struct seen *seen, const uint64_t key[2], int64_t time)
{
	struct seen_entry *entry = slot_of(&seen->older, key);

	if (entry != NULL && entry->used && !is_over(entry, time))
		return entry;
	if (seen->recent.count * 2 >= seen->recent.size && grow(&seen->recent) == -1)
		return NULL;
	return slot_of(&seen->recent, key);
}

static int note(struct seen *seen, const struct store_event *e, const uint64_t key[2], struct tally **tally)
{
	struct seen_entry *entry = turn(seen, e->time) == 0 ? entry_of(seen, key, e->time) : NULL;
	bool again = entry != NULL && entry->used && !is_over(entry, e->time);

	if (entry == NULL)
		return -1;
	if (again && e->progress <= entry->progress)
		return 0;
	if (again)
		tally_free(&entry->waiting);
	else if (count_waiting(seen, entry) == -1)
		return -1;
	if (!again) {
		seen->recent.count += !entry->used;
		*entry = (struct seen_entry){.key = {key[0], key[1]}, .time = e->time, .used = true};
	}
	entry->progress = e->progress;
	if (e->progress == PROGRESS_TAKEN)
		return tally_count(seen->counting, *tally);
	entry->waiting = *tally;
	*tally = NULL;
	return 0;
}

int seen_note(struct seen *seen, const struct store_event *e, struct tally *tally)
{
	uint64_t key[2];
	int rc;

	if (e->digest.len == 0) {
		rc = tally_count(seen->counting, tally);
	} else {
		key[0] = hash_short(hash_keys[0], e->digest.ptr, e->digest.len);
		key[1] = hash_short(hash_keys[1], e->digest.ptr, e->digest.len);
		rc = note(seen, e, key, &tally);
	}
	tally_free(&tally);
	return rc;
}

int seen_end(struct seen *seen)
{
	return count_table(seen, &seen->older) == 0 ? count_table(seen, &seen->recent) : -1;
}

void seen_free(struct seen *seen)
{
	table_free(&seen->older);
	table_free(&seen->recent);
}
