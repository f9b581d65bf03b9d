/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's front: which kind of store, and what holds for each of them. */
#include "store/store.h"

#include <string.h>

#include "store/backend.h"

/* Sums of counters stay far from overflow, whatever a plugin counts. */
#define DELTA_MAX ((int64_t)1 << 40)

/* What is shared through Redis stands in a database, too: the others' events are put in there (share.h). */
static bool is_file(const char *type)
{
	return strcmp(type, "sqlite") == 0 || strcmp(type, "redis") == 0;
}

struct store *store_open(const struct store_config *config, struct diag *d)
{
	static const char *const types[] = {"sqlite", "redis", "memory", NULL};
	const char *type = config->type != NULL ? config->type : "", *near;
	bool file = is_file(type);

	if (strcmp(type, "memory") == 0)
		return store_sqlite_open(config, true, d);
	if (file && config->path != NULL && config->path[0] != '\0')
		return store_sqlite_open(config, false, d);
	near = diag_suggest(type, types);
	if (file)
		diag_add(d, "store: type %s needs the path of its database", type);
	else if (near != NULL)
		diag_add(d, "store: unknown type '%s', did you mean '%s'?", type, near);
	else
		diag_add(d, "store: unknown type '%s', it is sqlite, redis or memory", type);
	return NULL;
}

int store_discard(const struct store_config *config, struct diag *d)
{
	if (config->type == NULL || !is_file(config->type) || config->path == NULL)
		return 0;
	return store_sqlite_discard(config, d);
}

void store_close(struct store **store)
{
	if (*store != NULL)
		(*store)->ops->close(*store);
	*store = NULL;
}

int store_ping(struct store *store, struct diag *d)
{
	return store->ops->ping(store, d);
}

int store_apply(struct store *store, json_t *const *events, size_t count, struct diag *d)
{
	return count > 0 ? store->ops->apply(store, events, count, d) : 0;
}

int store_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	return store->ops->applied(store, seq_r, hash_r, d);
}

int store_reset(struct store *store, struct diag *d)
{
	return store->ops->reset(store, d);
}

int store_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg, struct diag *d)
{
	static const struct store_filter all;

	return store->ops->threads(store, filter != NULL ? filter : &all, fn, arg, d);
}

int store_messages(struct store *store, struct slice thread, store_message_fn fn, void *arg, struct diag *d)
{
	return store->ops->messages(store, thread, fn, arg, d);
}

int store_rate(struct store *store, const struct store_rate_filter *filter, store_rate_fn fn, void *arg, struct diag *d)
{
	if (filter->since >= filter->until)
		return diag_add(d, "store: a rate needs a window of at least a second, its end is not behind its beginning");
	return store->ops->rate(store, filter, fn, arg, d);
}

int store_counts(struct store *store, const char *shop, const char *marketplace, int64_t now,
    struct store_counts *counts_r, struct diag *d)
{
	return store->ops->counts(store, shop, marketplace, now, counts_r, d);
}

int store_due(struct store *store, int64_t until, store_due_fn fn, void *arg, struct diag *d)
{
	return store->ops->due(store, until, fn, arg, d);
}

bool store_has_label(const char *labels, const char *label)
{
	size_t n = strlen(label);

	for (const char *p = labels; (p = strstr(p, label)) != NULL; p += n)
		if ((p == labels || p[-1] == ',') && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

void store_thread_put(json_t *object, const struct store_thread *thread)
{
	json_put_str(object, "thread", thread->key);
	json_put_str(object, "marketplace", thread->marketplace);
	json_put_str(object, "shop", thread->shop);
	json_put_str(object, "customer", thread->customer);
	json_put_str(object, "subject", thread->subject);
	json_put_str(object, "order", thread->order);
	json_put_str(object, "case", thread->case_id);
	json_put_str(object, "labels", thread->labels);
}

const char *store_alarm_name(enum store_alarm_kind kind)
{
	return kind == STORE_ALARM_WARNING ? "warning" : "spam-filtered";
}

int store_alarms(struct store *store, enum store_alarm_kind kind, int64_t since, int given, store_alarm_fn fn, void *arg,
    struct diag *d)
{
	return store->ops->alarms(store, kind, since, given, fn, arg, d);
}

int store_alerted(struct store *store, struct slice key, int64_t *level_r, struct diag *d)
{
	return store->ops->alerted(store, key, level_r, d);
}

int store_subjects(struct store *store, const struct store_start *start, store_subject_fn fn, void *arg, struct diag *d)
{
	return store->ops->subjects(store, start, fn, arg, d);
}

int store_milestones(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
    struct diag *d)
{
	return store->ops->milestones(store, subject, since, fn, arg, d);
}

int store_cases(struct store *store, const struct store_case_filter *filter, store_case_fn fn, void *arg,
    struct diag *d)
{
	static const struct store_case_filter all;

	return store->ops->cases(store, filter != NULL ? filter : &all, fn, arg, d);
}

int store_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d)
{
	return store->ops->letters(store, thread, fn, arg, d);
}

int store_archived(struct store *store, const struct store_archived_filter *filter, store_archived_fn fn, void *arg,
    struct diag *d)
{
	return store->ops->archived(store, filter, fn, arg, d);
}

int store_archived_sums(struct store *store, struct store_archived_sum sums_r[ARCHIVE_CLASSES], struct diag *d)
{
	return store->ops->archived_sums(store, sums_r, d);
}

int store_legal_holds(struct store *store, const struct store_legal_hold_filter *filter, store_legal_hold_fn fn, void *arg,
    struct diag *d)
{
	return store->ops->legal_holds(store, filter, fn, arg, d);
}

int store_counter(struct store *store, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d)
{
	if (window <= 0 || now < 0)
		return diag_add(d, "store: a counter needs a window of at least a second");
	if (delta > DELTA_MAX || delta < -DELTA_MAX)
		return diag_add(d, "store: a counter's step of %lld is too large", (long long)delta);
	return store->ops->counter(store, ns, key, message, delta, now, window, value_r, d);
}

struct slice store_key_part(struct slice *key)
{
	const char *hash = key->len > 0 ? memrchr(key->ptr, '#', key->len) : NULL;
	size_t at = hash != NULL ? (size_t)(hash - key->ptr) : 0;
	struct slice part = hash != NULL ? slice_sub(*key, at + 1, key->len) : SLICE_NONE;

	for (size_t i = 0; i < part.len; i++) {
		char c = part.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("._-", c) != NULL))
			return SLICE_NONE;
	}
	if (part.len == 0)
		return SLICE_NONE;
	*key = slice_sub(*key, 0, at);
	return part;
}
