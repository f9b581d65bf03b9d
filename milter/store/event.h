/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_EVENT_H
#define POSTERN_STORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "core/slice.h"
#include "desk/thread.h"
#include "store/store.h"

/* What an event of the audit log means for threads; the same for every kind of store. */

enum event_type {
	EVENT_NONE,    /* says nothing about threads */
	EVENT_MESSAGE,
	EVENT_COMMAND, /* "desk": what a person commanded */
	EVENT_LABEL,   /* adds labels to threads, or to those of message ref */
	EVENT_ALERT
};

/* What it does to a clock. These numbers stand in databases: new ones go to the end. */
enum event_effect {
	EFFECT_INQUIRY = 0,
	EFFECT_ANSWER = 1,
	EFFECT_OTHER = 2,
	EFFECT_HELD = 3,
	EFFECT_REFUSED = 4,  /* at once, or by a command after it was held */
	EFFECT_RELEASED = 5,
	EFFECT_FAILED = 6,   /* a bounce, or a marketplace's rejection */
	EFFECT_DONE = 7,
	EFFECT_UNDONE = 8,
	EFFECT_SPAM = 9,
	EFFECT_UNSPAM = 10
};

enum desk_event_kind store_effect_kind(int64_t effect);

/*
 * How far a message came. The same mail (digest) tried again counts once: the attempt that came
 * furthest, of those the first, is the message; any other is forgotten.
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
	enum event_type type;
	int64_t time;
	enum event_effect effect;
	int64_t due;               /* EFFECT_INQUIRY, EVENT_ALERT */
	enum desk_unit unit;       /* EFFECT_INQUIRY */
	const json_t *threads, *labels, *milestones; /* arrays, or NULL */
	struct slice marketplace, shop, order;
	struct slice part;         /* which of its thread's parts it belongs to, as far as it says; of an alert too */
	struct slice ref;          /* EVENT_COMMAND, EVENT_LABEL: the audit id of the message that it is about */
	struct slice action;       /* of a message its action, of a command its verb */
	struct slice agent;        /* who answered, who commanded */
	struct slice subject;      /* of a command why it was given */

	/* EVENT_MESSAGE */
	bool inbound;
	enum event_progress progress;
	struct slice digest, customer, case_id, case_channel, message_id, in_reply_to;
	struct slice reply_id;     /* inbound: what a reply to it quotes, outbound: what it quotes */
	const json_t *ids, *references, *failed; /* failed: the Message-IDs of ours that were not delivered */
	struct slice fingerprint, key; /* what later quotes are compared with, and the name of its key */
	struct slice spam_by;      /* the filter that called it spam */
	bool asks, gave_phone;

	/* EVENT_ALERT: of an inquiry with its thread and opening, of anything else with its key */
	struct slice thread, alert;
	int64_t opened, level;
};

/* Reads event (a record of the log, with seq, id and hash). -1: it is none. */
int store_event_read(const json_t *event, struct store_event *event_r, struct diag *d);
/* How many threads it names. */
size_t store_event_keys(const struct store_event *event);
/* Whether it changes what a store shows: newsletters and the like say nothing about any customer. */
bool store_event_matters(const struct store_event *event);
/* Whether it is of a legal hold, which each gateway's archive has to obey. */
bool store_event_is_legal(const json_t *event);
/*
 * A copy of a record with only what store_event_read looks at, for stores that have no copy of the log. NULL when
 * memory is out.
 */
json_t *store_event_brief(const json_t *event);
/* Whether a message is one that people are told of at once, and the key of that alert, in out. */
struct buf;
bool store_event_alarm(const struct store_event *event, enum store_alarm_kind kind, struct buf *out);
/* The n-th text of an array, SLICE_NONE past its end or where it is no text. */
struct slice store_event_text(const json_t *array, size_t n);
/* The texts of an array, joined by commas, added to out. */
void store_event_join(struct buf *out, const json_t *array);

/* A milestone of an event's array. */
struct store_fact {
	struct slice name, subject;
	int64_t time, term_days;
};

/* The n-th of them; false when it is no milestone: a damaged one is logged with the record's number. */
bool store_event_fact(const struct store_event *event, size_t n, struct store_fact *fact_r);

#endif
