/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_INTERNAL_H
#define POSTERN_EVIDENCE_INTERNAL_H

#include "evidence/evidence.h"

/* Between the files of this folder that gather. */
struct gathering {
	const struct evidence_source *source;
	const struct evidence_scope *scope;
	struct evidence *evidence;
	json_t *threads;  /* array, as in the model */
	json_t *keys;     /* keys of these threads: object, for looking up */
	json_t *entries;  /* what the store knows of their messages, by audit id: {"effect","subject"} */
	json_t *records;  /* array: events of the log that belong to it, by seq */
	json_t *by_id;    /* the same by audit id */
	json_t *context;  /* array: checkpoints and starts around them */
	int64_t head;     /* seq of the last event that the store has applied */
	int64_t oldest;   /* second before which nothing belongs to it */
	int64_t latest;   /* of all that does */
};

/* store.c: threads, which messages they have, and from when on. */
int gather_threads(struct gathering *gathering, struct diag *d);
/* store.c: the inquiries of the threads as of evidence->as_of, array; NULL when memory is out. */
json_t *gather_inquiries(struct gathering *gathering, struct diag *d);
/* log.c: the records. */
int gather_records(struct gathering *gathering, struct diag *d);
/* log.c: the raw lines of records and context. */
int gather_lines(struct gathering *gathering, struct diag *d);
/* messages.c: array of the messages with what they say; fills evidence->messages. */
json_t *gather_messages(struct gathering *gathering, struct diag *d);
/* timeline.c: array of rows by time. inquiries and messages as above. */
json_t *gather_timeline(struct gathering *gathering, const json_t *inquiries, const json_t *messages);
/* verdicts.c: arrays of what was decided, and of the values of profiles in force. */
json_t *gather_verdicts(struct gathering *gathering);
json_t *gather_values(struct gathering *gathering);
/* checklist.c: array of the steps that profiles ask for, each with what shows that it was taken. */
json_t *gather_checklists(struct gathering *gathering, const json_t *inquiries);

/* Whether an event's second belongs to the scope. */
bool scope_has(const struct evidence_scope *scope, int64_t time);
/* The second of member key of an object, or 0. */
int64_t time_of(const json_t *object, const char *key);
/* object[key] as text, "" when it has none. */
const char *text_of(const json_t *object, const char *key);
/* object[key] = seconds as a time; nothing for 0. */
void put_time(json_t *object, const char *key, int64_t seconds);
/* object[key] = seconds in a zone, "2026-03-01 04:30:00 -08:00"; NULL: UTC. Nothing for 0. */
void put_local(json_t *object, const char *key, const struct zone *zone, int64_t seconds);
/* The zone of a marketplace's calendar; NULL: UTC. */
const struct zone *zone_of(const struct gathering *gathering, const char *marketplace);
/* Whether a text stands in an array. */
bool list_has(const json_t *list, const char *text);
/* The texts of an array joined by ", " as a new member of object; nothing when there are none. */
void put_joined(json_t *object, const char *key, const json_t *list);
/* A new array in another order; compare gets pointers to json_t *. NULL when memory is out. */
json_t *list_sorted(const json_t *list, int (*compare)(const void *, const void *));
/* Copies those members that from has. */
void copy_members(json_t *to, const json_t *from, const char *const *keys);
/* Whether a message went out. */
bool is_outgoing(const json_t *record);
bool is_event(const json_t *record, const char *type);

#endif
