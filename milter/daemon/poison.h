/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_POISON_H
#define POSTERN_DAEMON_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/hash.h"

/*
 * Blame for a crash. Memory shared by the supervisor and its worker says which
 * plugin is at work on which message; what stands there when a worker dies
 * tells whom to blame. Such a message is poison: when it comes again, it is held
 * instead of judged, so that one mail can't take the others' service down.
 */
struct poison;

#define POISON_PLUGIN_SIZE 64

/* A message being judged. */
struct poison_slot;

/* Shared with children forked later. slots: how many messages are judged at once. NULL: no memory. */
struct poison *poison_new(size_t slots);
void poison_free(struct poison **poison);

/* Called by the thread that judges; NULL when all slots are taken (no blame then). */
struct poison_slot *poison_begin(struct poison *poison);
void poison_end(struct poison *poison, struct poison_slot *slot);
void poison_enter(struct poison_slot *slot, const char *plugin, const char *id, const char *digest);
void poison_leave(struct poison_slot *slot);

/*
 * Installs handlers for fatal signals and for exit(), which note the slot of the thread they
 * hit and let the process die. Once, in the worker.
 */
int poison_install(struct poison *poison);
/* A plugin that runs since before older_than (monotonic milliseconds): blames it and gives names. */
bool poison_find_hang(struct poison *poison, int64_t older_than, char plugin[POISON_PLUGIN_SIZE],
    char id[ID_TEXT_SIZE]);

/* What the supervisor learns after the worker died. */
struct poison_blame {
	bool known;   /* one message is to blame for sure; else the names are those of a suspect */
	size_t suspects;
	char plugin[POISON_PLUGIN_SIZE];
	char id[ID_TEXT_SIZE];
};
/*
 * Puts what was in flight on the list and empties the slots: the blamed message at once; suspects (the
 * thread is not known) at the second time. innocent: killed from outside, nobody is blamed for sure.
 */
void poison_collect(struct poison *poison, bool innocent, int64_t now, struct poison_blame *blame_r);

/* Whether digest is poison; the plugin's name into plugin. */
bool poison_match(struct poison *poison, const char *digest, int64_t now, char plugin[POISON_PLUGIN_SIZE]);
size_t poison_count(struct poison *poison, int64_t now);

/* Small numbers that survive the worker. */
void poison_count_crash(struct poison *poison);
unsigned poison_crashes(const struct poison *poison);
/* The worker ends because it was told to. */
void poison_set_stopped(struct poison *poison);
bool poison_stopped(const struct poison *poison);

#endif
