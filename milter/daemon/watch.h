/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_WATCH_H
#define POSTERN_DAEMON_WATCH_H

#include <stdint.h>

#include "daemon/poison.h"

/*
 * A thread beside the mail path. It tells the MTA that a long end of message is
 * still being worked on (which the thread at work can't), and ends the process
 * when a plugin does not come back.
 */
struct watch;

/* One end of message. Part of the caller's stack. */
struct watch_entry {
	struct watch_entry *prev, *next;
	void *ctx;
	int64_t since, told; /* monotonic milliseconds */
};

/* Tells the MTA of ctx; called under a lock, by the watch's thread. */
typedef void (*watch_progress_fn)(void *ctx);

/* Starts the thread. poison and progress may be NULL. */
struct watch *watch_start(struct poison *poison, watch_progress_fn progress);
void watch_stop(struct watch **watch);
/* A plugin may take hang_ms; an end of message gets progress for at most budget_ms. */
void watch_limit(struct watch *watch, int64_t hang_ms, int64_t budget_ms);

void watch_begin(struct watch *watch, struct watch_entry *entry, void *ctx);
/* After it no progress is sent for the entry. */
void watch_end(struct watch *watch, struct watch_entry *entry);

#endif
