/* SPDX-License-Identifier: BSD-2-Clause */
/* A batch of a purge: what goes, its tombstone, its files. */
#include "daemon/purge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "daemon/service.h"

/* A legal hold that the store does not know yet would be passed over. */
#define STORE_WAIT_MS 5000

struct batch {
	char digests[PURGE_BATCH][HASH_HEX_SIZE];
	const char *list[PURGE_BATCH + 1]; /* ends with NULL */
	size_t count;
	size_t goes, on_hold, shared;
};

static bool has_digest(const struct batch *batch, const char *digest)
{
	for (size_t i = 0; i < batch->count; i++)
		if (strcmp(batch->digests[i], digest) == 0)
			return true;
	return false;
}

static void add_digest(struct batch *batch, const char *digest)
{
	if (batch->count == PURGE_BATCH || has_digest(batch, digest) || strlen(digest) != HASH_HEX_SIZE - 1)
		return;
	memcpy(batch->digests[batch->count], digest, HASH_HEX_SIZE);
	batch->list[batch->count] = batch->digests[batch->count];
	batch->count++;
	batch->list[batch->count] = NULL;
}

/* ---- what a crash left ------------------------------------------------------------------ */

static int note_purged(void *arg, const struct store_archived *archived)
{
	add_digest(arg, archived->digest);
	return 0;
}

static int note_needed(void *arg, const struct store_archived *archived)
{
	(void)archived;
	*(bool *)arg = true;
	return 0;
}

/* Without those that a later message has again. */
static int drop_needed(struct service *service, struct batch *batch, struct diag *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct store_archived_filter filter = {.digest = batch->list[i], .class = -1};
		bool needed = false;

		if (store_archived(service->store, &filter, note_needed, &needed, d) == -1)
			return -1;
		if (!needed)
			batch->list[kept++] = batch->list[i];
	}
	batch->list[kept] = NULL;
	return 0;
}

static int finish_last(struct service *service, struct batch *batch, struct diag *d)
{
	struct store_archived_filter filter = {.class = -1, .last_purged = true};
	size_t removed;

	batch->count = 0;
	batch->list[0] = NULL;
	if (store_archived(service->store, &filter, note_purged, batch, d) == -1 || drop_needed(service, batch, d) == -1 ||
	    archive_remove(service->archive, batch->list, service_now(service), &removed, d) == -1)
		return -1;
	if (removed > 0)
		log_info("archive: %zu files that the log calls purged were still there, and are removed now", removed);
	return 0;
}

int purge_finish(struct service *service, struct diag *d)
{
	struct batch *batch = malloc(sizeof(*batch));
	int rc;

	if (batch == NULL)
		return diag_add(d, "out of memory");
	pthread_mutex_lock(&service->archive_lock);
	rc = finish_last(service, batch, d);
	pthread_mutex_unlock(&service->archive_lock);
	free(batch);
	return rc;
}

/* ---- the next ones ---------------------------------------------------------------------- */

static struct archive_policy policy_of(struct service *service)
{
	struct site *site = service_site(service);
	struct archive_policy policy = {.now = service_now(service)};

	for (unsigned i = 0; i < ARCHIVE_CLASSES; i++)
		policy.days[i] = (int64_t)site->config->archive.retain_days[i];
	site_unref(&site);
	return policy;
}

static int take(void *arg, const struct archive_decision *decision)
{
	struct batch *batch = arg;

	batch->on_hold += decision->fate == ARCHIVE_ON_HOLD;
	batch->shared += decision->fate == ARCHIVE_SHARED;
	if (decision->fate != ARCHIVE_GOES)
		return 0;
	batch->goes++;
	add_digest(batch, decision->message->digest);
	return 0;
}

static json_t *tombstone(const struct batch *batch, const struct archive_policy *policy, enum archive_class class,
    int64_t upto, const json_t *person)
{
	json_t *event = json_object(), *digests = json_array();
	char why[80];

	snprintf(why, sizeof(why), "kept for %" PRId64 " days", policy->days[class]);
	json_put_str(event, "event", "purge");
	json_object_update(event, (json_t *)(uintptr_t)person);
	if (json_get_str(event, "why") == NULL)
		json_put_str(event, "why", why);
	json_put_str(event, "class", archive_class_name(class));
	json_put_int(event, "days", policy->days[class]);
	json_put_int(event, "count", (json_int_t)batch->count);
	json_put_int(event, "upto", upto);
	for (size_t i = 0; i < batch->count; i++)
		json_array_append_new(digests, json_string(batch->digests[i]));
	json_put_new(event, "digests", digests);
	return event;
}

static int purge_next(struct service *service, struct batch *batch, struct archive_cursor *cursor, const json_t *person,
    struct purge_result *result, struct diag *d)
{
	struct archive_policy policy = policy_of(service);
	enum archive_class class = (enum archive_class)cursor->class;
	char hash[HASH_HEX_SIZE];
	bool applied;
	int64_t upto;
	size_t removed = 0;
	int rc = 0;

	*batch = (struct batch){.count = 0};
	if (store_applied(service->store, &upto, hash, d) == -1 ||
	    archive_plan(service->store, &policy, cursor, PURGE_BATCH, PURGE_LOOK, take, batch, d) == -1)
		return -1;
	if (batch->count > 0 && service_record(service, tombstone(batch, &policy, class, upto, person), &applied, d) == -1)
		return -1;
	if (batch->count > 0)
		rc = archive_remove(service->archive, batch->list, policy.now, &removed, d);
	result->purged += batch->goes;
	result->removed += removed;
	result->on_hold += batch->on_hold;
	result->shared += batch->shared;
	return rc;
}

int purge_batch(struct service *service, struct archive_cursor *cursor, const json_t *person, struct purge_result *result,
    struct diag *d)
{
	struct batch *batch;
	int rc;

	if (cursor->class >= ARCHIVE_CLASSES)
		return 0;
	batch = malloc(sizeof(*batch));
	if (batch == NULL)
		return diag_add(d, "out of memory");
	pthread_mutex_lock(&service->archive_lock);
	if (audit_wait_delivered(service->audit, STORE_WAIT_MS) != 0)
		rc = diag_add(d, "the store is behind the log, so that a legal hold might be missed; nothing was purged");
	else
		rc = finish_last(service, batch, d);
	if (rc == 0)
		rc = purge_next(service, batch, cursor, person, result, d);
	pthread_mutex_unlock(&service->archive_lock);
	free(batch);
	return rc;
}
