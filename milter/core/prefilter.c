/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hyperscan, as a filter in front of PCRE2. It is given the literals that
 * expressions need and not the expressions themselves: these take it minutes
 * to compile (measured: over ten for a thousand phrases with UTF-8, case and
 * word boundaries; their literals 25 ms), and its idea of letters, cases and
 * boundaries is not in all corners PCRE2's. A literal is bytes.
 */
#include "config.h"

#include "core/prefilter.h"

#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_HYPERSCAN
#include <hs.h>

/* Idle scans that are kept. More threads at once make theirs anew, which costs a microsecond or two. */
#define POOL_MAX 16
/* Room for a text that an idle scan keeps. */
#define ROOM_KEPT ((size_t)64 << 10)
/* Number of a literal after which any expression may match. */
#define ANY SIZE_MAX

/* A literal of one expression's set. */
struct entry {
	struct literal literal;
	size_t number;
	unsigned char set; /* as a bit */
};

/* Who needs a literal. */
struct user {
	size_t number;
	unsigned char set;
};

struct prefilter_scan {
	struct prefilter_scan *next;
	hs_scratch_t *scratch;
	const struct prefilter *prefilter;
	char *text;           /* folded */
	size_t text_room;
	bool any;             /* nothing can be said */
	unsigned char seen[]; /* bits of the sets of each expression of which a literal was found */
};

struct prefilter {
	size_t count;
	unsigned char *wanted; /* bits of all sets of each expression */
	struct entry *entries; /* until it is finished */
	size_t entry_count, entry_room;
	struct user *users;    /* in the order of literals */
	size_t *first_user;    /* of each literal, and behind the last */
	hs_database_t *database;
	hs_scratch_t *scratch; /* to be cloned */
	pthread_mutex_t lock;  /* of the pool */
	struct prefilter_scan *pool;
	size_t pooled;
};

struct prefilter *prefilter_new(size_t count)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));

	if (prefilter == NULL)
		return NULL;
	pthread_mutex_init(&prefilter->lock, NULL);
	prefilter->count = count;
	prefilter->wanted = calloc(count + 1, sizeof(*prefilter->wanted));
	if (prefilter->wanted == NULL)
		prefilter_free(&prefilter);
	return prefilter;
}

static int add_entry(struct prefilter *prefilter, const struct literal *literal, size_t number, unsigned char set)
{
	if (prefilter->entry_count == prefilter->entry_room) {
		size_t room = prefilter->entry_room != 0 ? prefilter->entry_room * 2 : 256;
		struct entry *grown = reallocarray(prefilter->entries, room, sizeof(*grown));

		if (grown == NULL)
			return -1;
		prefilter->entries = grown;
		prefilter->entry_room = room;
	}
	prefilter->entries[prefilter->entry_count++] = (struct entry){*literal, number, set};
	return 0;
}

int prefilter_add(struct prefilter *prefilter, size_t number, const struct literals *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		unsigned char bit = (unsigned char)(1U << i);

		prefilter->wanted[number] |= bit;
		for (size_t k = 0; k < needs->sets[i].count; k++)
			if (add_entry(prefilter, &needs->sets[i].items[k], number, bit) != 0)
				return -1;
	}
	return 0;
}

/* ---- building ---- */

static int compare_literals(const struct literal *a, const struct literal *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

static int by_literal(const void *a, const void *b)
{
	return compare_literals(&((const struct entry *)a)->literal, &((const struct entry *)b)->literal);
}

/* What Hyperscan wants to know of all literals. */
struct table {
	const char **texts;
	size_t *lengths;
	unsigned *flags, *ids;
	size_t count;
};

static int table_make(struct table *table, size_t room)
{
	table->texts = calloc(room, sizeof(*table->texts));
	table->lengths = calloc(room, sizeof(*table->lengths));
	table->flags = calloc(room, sizeof(*table->flags));
	table->ids = calloc(room, sizeof(*table->ids));
	return table->texts != NULL && table->lengths != NULL && table->flags != NULL && table->ids != NULL ? 0 : -1;
}

static void table_free(struct table *table)
{
	free(table->texts);
	free(table->lengths);
	free(table->flags);
	free(table->ids);
}

/* Each literal once, and who needs it. */
static void fill_table(struct prefilter *prefilter, struct table *table)
{
	for (size_t i = 0; i < prefilter->entry_count; i++) {
		const struct entry *entry = &prefilter->entries[i];

		if (i == 0 || by_literal(entry - 1, entry) != 0) {
			prefilter->first_user[table->count] = i;
			table->texts[table->count] = entry->literal.bytes;
			table->lengths[table->count] = entry->literal.len;
			table->flags[table->count] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
			table->ids[table->count] = (unsigned)table->count;
			table->count++;
		}
		prefilter->users[i] = (struct user){entry->number, entry->set};
	}
	prefilter->first_user[table->count] = prefilter->entry_count;
}

/* Without a database, which is no error, all expressions may match. */
static void build_database(struct prefilter *prefilter, const struct table *table)
{
	hs_compile_error_t *error = NULL;

	if (hs_compile_lit_multi(table->texts, table->flags, table->ids, table->lengths, (unsigned)table->count,
	        HS_MODE_BLOCK, NULL, &prefilter->database, &error) != HS_SUCCESS) {
		hs_free_compile_error(error);
		prefilter->database = NULL;
	} else if (hs_alloc_scratch(prefilter->database, &prefilter->scratch) != HS_SUCCESS) {
		hs_free_database(prefilter->database);
		prefilter->database = NULL;
	}
}

/* Letters that PCRE2 takes for s and k: U+017F, U+212A. */
static int add_doubtful(struct prefilter *prefilter)
{
	static const struct literal doubtful[] = {{2, "\xC5\xBF"}, {3, "\xE2\x84\xAA"}};

	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		if (add_entry(prefilter, &doubtful[i], ANY, 0) != 0)
			return -1;
	return 0;
}

int prefilter_finish(struct prefilter *prefilter)
{
	struct table table = {0};
	int rc = -1;

	if (prefilter->entry_count == 0 || prefilter->entry_count > UINT_MAX - 2 || hs_valid_platform() != HS_SUCCESS)
		return 0;
	if (add_doubtful(prefilter) != 0)
		return -1;
	prefilter->users = calloc(prefilter->entry_count, sizeof(*prefilter->users));
	prefilter->first_user = calloc(prefilter->entry_count + 1, sizeof(*prefilter->first_user));
	if (prefilter->users != NULL && prefilter->first_user != NULL && table_make(&table, prefilter->entry_count) == 0) {
		qsort(prefilter->entries, prefilter->entry_count, sizeof(*prefilter->entries), by_literal);
		fill_table(prefilter, &table);
		build_database(prefilter, &table);
		rc = 0;
	}
	table_free(&table);
	free(prefilter->entries);
	prefilter->entries = NULL;
	return rc;
}

/* ---- scanning ---- */

static void scan_free(struct prefilter_scan *scan)
{
	hs_free_scratch(scan->scratch);
	free(scan->text);
	free(scan);
}

static struct prefilter_scan *scan_new(const struct prefilter *prefilter)
{
	struct prefilter_scan *scan = calloc(1, sizeof(*scan) + prefilter->count);

	if (scan == NULL || hs_clone_scratch(prefilter->scratch, &scan->scratch) != HS_SUCCESS) {
		free(scan);
		return NULL;
	}
	scan->prefilter = prefilter;
	return scan;
}

static struct prefilter_scan *borrow(struct prefilter *prefilter)
{
	struct prefilter_scan *scan;

	pthread_mutex_lock(&prefilter->lock);
	scan = prefilter->pool;
	if (scan != NULL) {
		prefilter->pool = scan->next;
		prefilter->pooled--;
	}
	pthread_mutex_unlock(&prefilter->lock);
	return scan != NULL ? scan : scan_new(prefilter);
}

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct prefilter_scan *scan = arg;
	const struct prefilter *prefilter = scan->prefilter;

	(void)from;
	(void)to;
	(void)flags;
	for (size_t i = prefilter->first_user[id]; i < prefilter->first_user[id + 1]; i++) {
		const struct user *user = &prefilter->users[i];

		if (user->number == ANY)
			scan->any = true;
		else
			scan->seen[user->number] |= user->set;
	}
	return 0;
}

/* false: it could not be looked for, so anything may match. */
static bool look(struct prefilter_scan *scan, struct slice text)
{
	size_t len;

	if (text.len > scan->text_room) {
		free(scan->text);
		scan->text = malloc(text.len);
		scan->text_room = scan->text != NULL ? text.len : 0;
	}
	if (text.len > scan->text_room)
		return false;
	len = text.len > 0 ? literals_fold(text, scan->text) : 0;
	return hs_scan(scan->prefilter->database, len > 0 ? scan->text : "", (unsigned)len, 0, scan->scratch, on_literal,
	    scan) == HS_SUCCESS;
}

struct prefilter_scan *prefilter_begin(struct prefilter *prefilter, struct slice text)
{
	struct prefilter_scan *scan = NULL;

	if (prefilter->database != NULL && text.len <= UINT_MAX)
		scan = borrow(prefilter);
	if (scan == NULL)
		return NULL;
	scan->any = false;
	memset(scan->seen, 0, prefilter->count);
	if (!look(scan, text))
		scan->any = true;
	return scan;
}

bool prefilter_may(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number)
{
	return scan == NULL || scan->any || scan->seen[number] == prefilter->wanted[number];
}

void prefilter_end(struct prefilter *prefilter, struct prefilter_scan **scan)
{
	struct prefilter_scan *old = *scan;

	*scan = NULL;
	if (old == NULL)
		return;
	if (old->text_room > ROOM_KEPT) {
		free(old->text);
		old->text = NULL;
		old->text_room = 0;
	}
	pthread_mutex_lock(&prefilter->lock);
	if (prefilter->pooled < POOL_MAX) {
		old->next = prefilter->pool;
		prefilter->pool = old;
		prefilter->pooled++;
		old = NULL;
	}
	pthread_mutex_unlock(&prefilter->lock);
	if (old != NULL)
		scan_free(old);
}

void prefilter_free(struct prefilter **prefilter)
{
	struct prefilter *p = *prefilter;

	*prefilter = NULL;
	if (p == NULL)
		return;
	while (p->pool != NULL) {
		struct prefilter_scan *next = p->pool->next;

		scan_free(p->pool);
		p->pool = next;
	}
	hs_free_scratch(p->scratch);
	hs_free_database(p->database);
	pthread_mutex_destroy(&p->lock);
	free(p->entries);
	free(p->wanted);
	free(p->users);
	free(p->first_user);
	free(p);
}

#else /* !HAVE_HYPERSCAN */

struct prefilter {
	size_t count;
};

struct prefilter *prefilter_new(size_t count)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));

	if (prefilter != NULL)
		prefilter->count = count;
	return prefilter;
}

int prefilter_add(struct prefilter *prefilter, size_t number, const struct literals *needs)
{
	(void)prefilter;
	(void)number;
	(void)needs;
	return 0;
}

int prefilter_finish(struct prefilter *prefilter)
{
	(void)prefilter;
	return 0;
}

struct prefilter_scan *prefilter_begin(struct prefilter *prefilter, struct slice text)
{
	(void)prefilter;
	(void)text;
	return NULL;
}

bool prefilter_may(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number)
{
	(void)prefilter;
	(void)scan;
	(void)number;
	return true;
}

void prefilter_end(struct prefilter *prefilter, struct prefilter_scan **scan)
{
	(void)prefilter;
	*scan = NULL;
}

void prefilter_free(struct prefilter **prefilter)
{
	free(*prefilter);
	*prefilter = NULL;
}

#endif
