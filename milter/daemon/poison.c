/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blame for a crash, in memory that outlives the process that crashed. The
 * signal handler only stores numbers, so it is safe whatever the plugin broke.
 */
#include "daemon/poison.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/clock.h"

#define LIST_SIZE 256
#define LIST_SECONDS (24 * 3600)
#define STRIKES 2
#define STACK_SIZE 16384

enum { SLOT_FREE, SLOT_IDLE, SLOT_WORKING };

struct poison_slot {
	atomic_int state;
	atomic_int thread;
	atomic_int blamed;
	_Atomic int64_t since;
	char plugin[POISON_PLUGIN_SIZE];
	char id[ID_TEXT_SIZE];
	char digest[HASH_HEX_SIZE];
	/* A plugin that ran out of stack leaves none for the handler. */
	char stack[STACK_SIZE] __attribute__((aligned(16)));
};

/* Written by the supervisor between two workers, read by the worker: no lock is needed. */
struct list_entry {
	char digest[HASH_HEX_SIZE];
	char plugin[POISON_PLUGIN_SIZE];
	int64_t time;
	unsigned strikes;
};

struct poison {
	size_t size; /* of the mapping */
	size_t slot_count;
	atomic_uint crashes;
	atomic_int stopped;
	size_t next; /* how many were ever put into the list, one after the other and round again */
	struct list_entry list[LIST_SIZE];
	struct poison_slot slots[];
};

/* The handlers have no argument: one map a process, set once before threads start. */
static struct poison *installed;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS, SIGXCPU, SIGXFSZ};
#define FATAL_COUNT (sizeof(fatal_signals) / sizeof(fatal_signals[0]))

struct poison *poison_new(size_t slots)
{
	size_t size = sizeof(struct poison) + slots * sizeof(struct poison_slot);
	struct poison *poison = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (poison == MAP_FAILED)
		return NULL;
	poison->size = size;
	poison->slot_count = slots;
	return poison;
}

void poison_free(struct poison **poison)
{
	if (*poison == NULL)
		return;
	if (installed == *poison)
		installed = NULL;
	munmap(*poison, (*poison)->size);
	*poison = NULL;
}

struct poison_slot *poison_begin(struct poison *poison)
{
	size_t i;

	for (i = 0; i < poison->slot_count; i++) {
		struct poison_slot *slot = &poison->slots[i];
		stack_t stack = {.ss_sp = slot->stack, .ss_size = sizeof(slot->stack)};
		int expected = SLOT_FREE;

		if (!atomic_compare_exchange_strong(&slot->state, &expected, SLOT_IDLE))
			continue;
		atomic_store(&slot->thread, gettid());
		sigaltstack(&stack, NULL);
		return slot;
	}
	return NULL;
}

void poison_end(struct poison *poison, struct poison_slot *slot)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	(void)poison;
	if (slot == NULL)
		return;
	sigaltstack(&none, NULL);
	atomic_store(&slot->thread, 0);
	atomic_store(&slot->state, SLOT_FREE);
}

/* As much as there is room for. */
static void set_text(char *to, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

void poison_enter(struct poison_slot *slot, const char *plugin, const char *id, const char *digest)
{
	if (slot == NULL)
		return;
	set_text(slot->plugin, sizeof(slot->plugin), plugin != NULL ? plugin : "?");
	set_text(slot->id, sizeof(slot->id), id != NULL ? id : "");
	set_text(slot->digest, sizeof(slot->digest), digest != NULL ? digest : "");
	atomic_store(&slot->since, clock_monotonic_ms());
	atomic_store(&slot->state, SLOT_WORKING);
}

void poison_leave(struct poison_slot *slot)
{
	if (slot != NULL)
		atomic_store(&slot->state, SLOT_IDLE);
}

/* Async-signal-safe. True when the calling thread has a plugin at work. */
static bool blame_thread(void)
{
	int thread = gettid();
	size_t i;

	for (i = 0; installed != NULL && i < installed->slot_count; i++) {
		struct poison_slot *slot = &installed->slots[i];

		if (atomic_load(&slot->thread) != thread || atomic_load(&slot->state) != SLOT_WORKING)
			continue;
		atomic_store(&slot->blamed, 1);
		return true;
	}
	return false;
}

static void handle_fatal(int sig)
{
	blame_thread();
	/* SA_RESETHAND: the default action (core, death by this signal) follows. */
	raise(sig);
}

static void handle_exit(void)
{
	/* A plugin has no business to end the daemon; skip what others registered. */
	if (blame_thread())
		_exit(EXIT_FAILURE);
}

int poison_install(struct poison *poison)
{
	struct sigaction action = {.sa_handler = handle_fatal, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
	size_t i;

	installed = poison;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < FATAL_COUNT; i++)
		if (sigaction(fatal_signals[i], &action, NULL) != 0)
			return -1;
	return atexit(handle_exit) == 0 ? 0 : -1;
}

bool poison_find_hang(struct poison *poison, int64_t older_than, char plugin[POISON_PLUGIN_SIZE],
    char id[ID_TEXT_SIZE])
{
	size_t i;

	for (i = 0; i < poison->slot_count; i++) {
		struct poison_slot *slot = &poison->slots[i];

		if (atomic_load(&slot->state) != SLOT_WORKING || atomic_load(&slot->since) > older_than)
			continue;
		/* Looked at twice: it may have moved on between the two loads. */
		if (atomic_load(&slot->state) != SLOT_WORKING || atomic_load(&slot->since) > older_than)
			continue;
		atomic_store(&slot->blamed, 1);
		memcpy(plugin, slot->plugin, POISON_PLUGIN_SIZE);
		memcpy(id, slot->id, ID_TEXT_SIZE);
		return true;
	}
	return false;
}

/* Each message is looked up: of a list without entries nothing is read. */
static size_t list_used(const struct poison *poison)
{
	return poison->next < LIST_SIZE ? poison->next : LIST_SIZE;
}

static struct list_entry *list_find(struct poison *poison, const char *digest)
{
	size_t i;

	for (i = 0; i < list_used(poison); i++)
		if (strcmp(poison->list[i].digest, digest) == 0)
			return &poison->list[i];
	return NULL;
}

static void list_add(struct poison *poison, const struct poison_slot *slot, unsigned strikes, int64_t now)
{
	struct list_entry *entry;

	if (slot->digest[0] == '\0')
		return;
	entry = list_find(poison, slot->digest);
	if (entry == NULL || now - entry->time >= LIST_SECONDS) {
		if (entry == NULL)
			entry = &poison->list[poison->next++ % LIST_SIZE];
		memset(entry, 0, sizeof(*entry));
		memcpy(entry->digest, slot->digest, sizeof(entry->digest));
	}
	memcpy(entry->plugin, slot->plugin, sizeof(entry->plugin));
	entry->strikes += strikes;
	entry->time = now;
}

static size_t working_slots(const struct poison *poison, const struct poison_slot **blamed_r,
    const struct poison_slot **first_r)
{
	size_t i, count = 0;

	*blamed_r = *first_r = NULL;
	for (i = 0; i < poison->slot_count; i++) {
		const struct poison_slot *slot = &poison->slots[i];

		if (atomic_load(&slot->state) != SLOT_WORKING)
			continue;
		if (atomic_load(&slot->blamed))
			*blamed_r = slot;
		if (*first_r == NULL)
			*first_r = slot;
		count++;
	}
	return count;
}

void poison_collect(struct poison *poison, bool innocent, int64_t now, struct poison_blame *blame_r)
{
	const struct poison_slot *blamed, *first;
	size_t i;

	memset(blame_r, 0, sizeof(*blame_r));
	blame_r->suspects = working_slots(poison, &blamed, &first);
	if (blamed == NULL && blame_r->suspects == 1 && !innocent)
		blamed = first;
	if (first != NULL) {
		const struct poison_slot *named = blamed != NULL ? blamed : first;

		memcpy(blame_r->plugin, named->plugin, sizeof(blame_r->plugin));
		memcpy(blame_r->id, named->id, sizeof(blame_r->id));
	}
	blame_r->known = blamed != NULL;
	for (i = 0; i < poison->slot_count; i++) {
		struct poison_slot *slot = &poison->slots[i];

		if (atomic_load(&slot->state) == SLOT_WORKING && (blamed == NULL || blamed == slot))
			list_add(poison, slot, blamed == slot ? STRIKES : 1, now);
	}
	memset(poison->slots, 0, poison->slot_count * sizeof(poison->slots[0]));
}

bool poison_match(struct poison *poison, const char *digest, int64_t now, char plugin[POISON_PLUGIN_SIZE])
{
	const struct list_entry *entry = list_find(poison, digest);

	if (entry == NULL || entry->strikes < STRIKES || now - entry->time >= LIST_SECONDS)
		return false;
	memcpy(plugin, entry->plugin, POISON_PLUGIN_SIZE);
	return true;
}

size_t poison_count(struct poison *poison, int64_t now)
{
	size_t i, count = 0;

	for (i = 0; i < list_used(poison); i++) {
		const struct list_entry *entry = &poison->list[i];

		count += entry->strikes >= STRIKES && now - entry->time < LIST_SECONDS;
	}
	return count;
}

void poison_count_crash(struct poison *poison)
{
	atomic_fetch_add(&poison->crashes, 1);
}

unsigned poison_crashes(const struct poison *poison)
{
	return atomic_load(&poison->crashes);
}

void poison_set_stopped(struct poison *poison)
{
	atomic_store(&poison->stopped, 1);
}

bool poison_stopped(const struct poison *poison)
{
	return atomic_load(&poison->stopped) != 0;
}
