/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_EVENT_H
#define POSTERN_STORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "core/slice.h"

/* What an event of the audit log means for threads; the same for every kind of store. */

enum event_effect {
	EFFECT_INQUIRY = 0, /* starts a clock */
	EFFECT_ANSWER = 1,
	EFFECT_OTHER = 2,
	EFFECT_FAILED = 3   /* an answer that was held or refused */
};

/*
 * How far a message came. The same mail (digest) tried again counts once: an attempt that came
 * further takes the place of the one before, any other is forgotten.
 */
enum event_progress {
	PROGRESS_DEFERRED = 0,
	PROGRESS_REFUSED = 1,
	PROGRESS_TAKEN = 2
};

/* Views into the event; SLICE_NONE where it has none. */
struct store_event {
	int64_t seq;
	struct slice id, hash;
	bool message;       /* an event "message" that belongs to threads */
	bool label;         /* an event "label": adds labels to a thread, or to those of message ref */
	struct slice ref;
	int64_t time;
	bool inbound;
	enum event_effect effect;
	enum event_progress progress;
	int64_t due;        /* EFFECT_INQUIRY */
	struct slice digest, marketplace, subject, customer, order;
	const json_t *threads, *ids, *labels; /* arrays, or NULL */
	struct slice fingerprint, key; /* what later quotes are compared with, and the name of its key */
	bool asks, gave_phone;
};

/* Reads event (a record of the log, with seq, id and hash). -1: it is none. */
int store_event_read(const json_t *event, struct store_event *event_r, struct diag *d);
/* The n-th text of an array, SLICE_NONE past its end or where it is no text. */
struct slice store_event_text(const json_t *array, size_t n);

#endif
