/* SPDX-License-Identifier: BSD-2-Clause */
/* Which exports run, through reloads. */
#include "daemon/exports.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "export/exporter.h"

/* What an export that a reload ends may still hand over. */
#define RELOAD_WAIT_MS 2000

struct exports {
	struct audit *audit;
	const char *audit_dir;
	pthread_mutex_t apply; /* one reload at a time */
	pthread_mutex_t lock;  /* of what follows; the log's thread takes it, so nothing waits under it */
	struct exporter *list[CONFIG_EXPORTS_MAX];
	size_t count;
	bool applied; /* the list has been made once */
};

static void seen(void *arg, int64_t seq)
{
	struct exports *exports = arg;

	pthread_mutex_lock(&exports->lock);
	for (size_t i = 0; i < exports->count; i++)
		exporter_upto(exports->list[i], seq);
	pthread_mutex_unlock(&exports->lock);
}

struct exports *exports_new(struct audit *audit, const char *audit_dir)
{
	struct exports *exports = calloc(1, sizeof(*exports));

	if (exports == NULL)
		return NULL;
	exports->audit = audit;
	exports->audit_dir = audit_dir;
	pthread_mutex_init(&exports->apply, NULL);
	pthread_mutex_init(&exports->lock, NULL);
	audit_watch(audit, seen, exports);
	return exports;
}

/* Takes the one of that name off the list; NULL when there is none. */
static struct exporter *take(struct exporter **list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		struct exporter *found = list[i];

		if (found == NULL || strcmp(exporter_spec(found)->name, name) != 0)
			continue;
		list[i] = NULL;
		return found;
	}
	return NULL;
}

static struct exporter *next_of(struct exports *exports, const struct export_spec *spec, struct exporter *before,
    int64_t head)
{
	struct exporter *next;
	struct diag d = {0};

	if (before != NULL && export_spec_equal(exporter_spec(before), spec))
		return before;
	if (before != NULL)
		exporter_stop(before, RELOAD_WAIT_MS);
	next = exporter_start(spec, exports->audit_dir, head, before, &d);
	if (next == NULL)
		log_error("%s", d.text);
	return next;
}

void exports_apply(struct exports *exports, const struct config *config)
{
	struct exporter *old[CONFIG_EXPORTS_MAX], *list[CONFIG_EXPORTS_MAX];
	size_t old_count, count = 0;
	char hash[HASH_HEX_SIZE];
	int64_t head;

	pthread_mutex_lock(&exports->apply);
	pthread_mutex_lock(&exports->lock);
	old_count = exports->count;
	memcpy(old, exports->list, sizeof(old));
	/* One that another takes over from may be gone before the new list is there. */
	exports->count = 0;
	pthread_mutex_unlock(&exports->lock);
	audit_head(exports->audit, &head, hash);
	/* At the start what this process has written already comes next, too: of a new log, all of it. */
	if (!exports->applied)
		head = audit_opened_at(exports->audit);
	exports->applied = true;
	for (size_t i = 0; i < config->export_count; i++) {
		list[count] = next_of(exports, &config->exports[i], take(old, old_count, config->exports[i].name), head);
		count += list[count] != NULL;
	}
	pthread_mutex_lock(&exports->lock);
	memcpy(exports->list, list, count * sizeof(list[0]));
	exports->count = count;
	pthread_mutex_unlock(&exports->lock);
	for (size_t i = 0; i < old_count; i++)
		if (old[i] != NULL)
			exporter_retire(old[i], RELOAD_WAIT_MS);
	audit_head(exports->audit, &head, hash);
	seen(exports, head);
	pthread_mutex_unlock(&exports->apply);
}

void exports_stop(struct exports *exports, int wait_ms)
{
	audit_watch(exports->audit, NULL, NULL);
	pthread_mutex_lock(&exports->apply);
	for (size_t i = 0; i < exports->count; i++)
		exporter_stop(exports->list[i], wait_ms);
	for (size_t i = 0; i < exports->count; i++)
		if (exporter_join(&exports->list[i]) == -1)
			log_warning("an export is still looking for its receiver; what it lacks comes after the next start");
	pthread_mutex_lock(&exports->lock);
	exports->count = 0;
	pthread_mutex_unlock(&exports->lock);
	pthread_mutex_unlock(&exports->apply);
}

json_t *exports_status(struct exports *exports)
{
	json_t *list = json_array();

	pthread_mutex_lock(&exports->apply);
	for (size_t i = 0; i < exports->count; i++)
		json_array_append_new(list, exporter_status(exports->list[i]));
	pthread_mutex_unlock(&exports->apply);
	return list;
}
