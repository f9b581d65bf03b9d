/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of live transactions, for an orderly shutdown. */
#include "daemon/registry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct registry {
	pthread_mutex_t lock;
	struct registry_entry head; /* of a ring */
};

struct registry *registry_new(void)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (registry == NULL)
		return NULL;
	pthread_mutex_init(&registry->lock, NULL);
	registry->head.next = registry->head.prev = &registry->head;
	return registry;
}

void registry_free(struct registry **registry)
{
	if (*registry == NULL)
		return;
	pthread_mutex_destroy(&(*registry)->lock);
	free(*registry);
	*registry = NULL;
}

void registry_add(struct registry *registry, struct registry_entry *entry, const char *id, int64_t now)
{
	*entry = (struct registry_entry){.stage = STAGE_MAIL, .since = now};
	snprintf(entry->id, sizeof(entry->id), "%s", id);
	pthread_mutex_lock(&registry->lock);
	entry->prev = registry->head.prev;
	entry->next = &registry->head;
	entry->prev->next = entry;
	registry->head.prev = entry;
	pthread_mutex_unlock(&registry->lock);
}

void registry_remove(struct registry *registry, struct registry_entry *entry)
{
	pthread_mutex_lock(&registry->lock);
	if (entry->next != NULL) {
		entry->prev->next = entry->next;
		entry->next->prev = entry->prev;
		entry->next = entry->prev = NULL;
	}
	pthread_mutex_unlock(&registry->lock);
}

void registry_note(struct registry *registry, struct registry_entry *entry, enum entry_stage stage,
    const char *queue_id, const char *digest)
{
	pthread_mutex_lock(&registry->lock);
	entry->stage = stage;
	if (queue_id != NULL)
		snprintf(entry->queue_id, sizeof(entry->queue_id), "%s", queue_id);
	if (digest != NULL)
		snprintf(entry->digest, sizeof(entry->digest), "%s", digest);
	pthread_mutex_unlock(&registry->lock);
}

bool registry_claim(struct registry *registry, struct registry_entry *entry)
{
	bool claimed;

	pthread_mutex_lock(&registry->lock);
	claimed = !entry->lost;
	entry->claimed = claimed;
	pthread_mutex_unlock(&registry->lock);
	return claimed;
}

void registry_interrupt(struct registry *registry, registry_fn fn, void *arg)
{
	struct registry_entry *entry;

	pthread_mutex_lock(&registry->lock);
	for (entry = registry->head.next; entry != &registry->head; entry = entry->next) {
		if (entry->claimed || entry->lost)
			continue;
		entry->lost = true;
		fn(arg, entry);
	}
	pthread_mutex_unlock(&registry->lock);
}

const char *entry_stage_name(enum entry_stage stage)
{
	static const char *const names[] = {"mail", "rcpt", "header", "body", "eom"};

	return names[stage];
}
