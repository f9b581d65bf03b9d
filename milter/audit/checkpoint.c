/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checkpoints: what is signed, how it stands in the log, and when the next one
 * is due. The text that is signed is made of the members, so that a checkpoint
 * kept elsewhere needs nothing but itself and the public key.
 */
#include "audit/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/files.h"

#define EVENT_NAME "checkpoint"

static void checkpoint_text(const struct checkpoint *c, struct buf *out)
{
	buf_printf(out, "postern audit checkpoint 1\nlog %s\nseq %" PRId64 "\nhead %s\ntime %s\nevery %" PRId64
	    "\ninterval %" PRId64 "\n", c->log, c->head_seq, c->head, c->time, c->every, c->interval);
}

int checkpoint_sign(struct checkpoint *checkpoint, const struct sign_key *key, struct diag *d)
{
	struct buf text = {0};
	int rc;

	sign_key_public(key, checkpoint->public_key);
	checkpoint_text(checkpoint, &text);
	rc = text.failed ? diag_add(d, "audit: out of memory")
	    : sign_make(key, buf_slice(&text), checkpoint->signature, d);
	buf_free(&text);
	return rc;
}

bool checkpoint_is_signed(const struct checkpoint *checkpoint)
{
	struct buf text = {0};
	bool good;

	checkpoint_text(checkpoint, &text);
	good = !text.failed && sign_check(checkpoint->public_key, buf_slice(&text), checkpoint->signature);
	buf_free(&text);
	return good;
}

json_t *checkpoint_event(const struct checkpoint *c)
{
	json_t *event = json_object();

	if (event != NULL && json_put_str(event, "time", c->time) == 0 && json_put_str(event, "event", EVENT_NAME) == 0 &&
	    json_put_str(event, "log", c->log) == 0 && json_put_int(event, "head_seq", c->head_seq) == 0 &&
	    json_put_str(event, "head", c->head) == 0 && json_put_int(event, "every", c->every) == 0 &&
	    json_put_int(event, "interval", c->interval) == 0 &&
	    json_put_str(event, "public_key", c->public_key) == 0 && json_put_str(event, "signature", c->signature) == 0)
		return event;
	json_decref(event);
	return NULL;
}

static bool read_text(const json_t *event, const char *key, char *out, size_t size)
{
	const char *text = json_get_str(event, key);

	return text != NULL && (size_t)snprintf(out, size, "%s", text) < size;
}

static bool read_number(const json_t *event, const char *key, int64_t *number_r)
{
	*number_r = json_get_int(event, key, -1);
	return *number_r >= 0;
}

int checkpoint_read(const json_t *event, struct checkpoint *c)
{
	const char *type = json_get_str(event, "event");

	*c = (struct checkpoint){0};
	if (type != NULL && strcmp(type, EVENT_NAME) == 0 && read_text(event, "log", c->log, sizeof(c->log)) &&
	    read_number(event, "head_seq", &c->head_seq) && read_text(event, "head", c->head, sizeof(c->head)) &&
	    read_text(event, "time", c->time, sizeof(c->time)) && read_number(event, "every", &c->every) &&
	    read_number(event, "interval", &c->interval) &&
	    read_text(event, "public_key", c->public_key, sizeof(c->public_key)) &&
	    read_text(event, "signature", c->signature, sizeof(c->signature)))
		return 0;
	*c = (struct checkpoint){0};
	return -1;
}

bool checkpoint_fits(const struct checkpoint *checkpoint, const struct chain_head *before)
{
	return checkpoint->head_seq == before->seq && strcmp(checkpoint->head, before->hash) == 0;
}

/* ---- the last one in a log -------------------------------------------------- */

/* Cheap enough for a whole log: only what looks like one is read as JSON. */
static bool looks_like_one(struct slice line)
{
	return slice_find(slice_sub(line, 0, 256), SLICE_LIT("\"event\":\"" EVENT_NAME "\"")) >= 0;
}

/* The last one of a file: 1, 0, -1. */
static int last_of_file(const char *path, struct checkpoint *last_r, struct diag *d)
{
	struct audit_lines lines;
	struct slice line;
	int rc, found = 0;

	if (audit_lines_open(&lines, path, 0, d) == -1)
		return -1;
	while ((rc = audit_lines_next(&lines, &line, d)) == 1) {
		struct chain_record record;
		struct checkpoint c;

		if (!looks_like_one(line))
			continue;
		chain_parse(line, &record);
		if (record.sound && checkpoint_read(record.event, &c) == 0) {
			*last_r = c;
			found = 1;
		}
		chain_record_free(&record);
	}
	audit_lines_close(&lines);
	return rc == -1 ? -1 : found;
}

/* The hash of a file's first record, which begins with that of the oldest file. */
static int first_hash(const char *path, char hash_r[HASH_HEX_SIZE], struct diag *d)
{
	struct audit_lines lines;
	struct slice line;
	int rc;

	if (audit_lines_open(&lines, path, 0, d) == -1)
		return -1;
	rc = audit_lines_next(&lines, &line, d);
	if (rc == 1) {
		struct chain_record record;

		chain_parse(line, &record);
		memcpy(hash_r, record.hash, HASH_HEX_SIZE);
		chain_record_free(&record);
	}
	audit_lines_close(&lines);
	return rc == -1 ? -1 : 0;
}

int checkpoint_last(const char *dir, struct checkpoint *checkpoint_r, struct diag *d)
{
	struct file_list list;
	int rc = 0;

	*checkpoint_r = (struct checkpoint){0};
	if (audit_file_list(dir, &list, d) == -1)
		return -1;
	for (size_t i = list.count; i > 0 && rc == 0; i--)
		rc = last_of_file(list.paths[i - 1], checkpoint_r, d);
	if (rc == 0 && list.count > 0)
		rc = first_hash(list.paths[0], checkpoint_r->log, d);
	file_list_free(&list);
	return rc;
}

/* ---- when ------------------------------------------------------------------- */

static void plan_times(struct checkpoint_plan *plan)
{
	int64_t last;

	if (plan->last.time[0] == '\0' || clock_parse(plan->last.time, &last) == -1)
		last = clock_now(&clock_system);
	plan->due_time = last + plan->interval;
	plan->due_ms = clock_monotonic_ms() + plan->interval * 1000;
}

int checkpoint_plan_begin(struct checkpoint_plan *plan, const char *dir, struct diag *d)
{
	if (plan->key == NULL)
		return 0;
	if (checkpoint_last(dir, &plan->last, d) == -1)
		return -1;
	plan_times(plan);
	return 0;
}

bool checkpoint_due(const struct checkpoint_plan *plan, const struct chain_head *head)
{
	return plan->key != NULL && head->seq > 0 &&
	    (head->seq - plan->last.head_seq > plan->every || clock_monotonic_ms() >= plan->due_ms ||
	    clock_now(&clock_system) >= plan->due_time);
}

int checkpoint_seal(const struct checkpoint_plan *plan, struct chain_head *head, struct buf *out,
    struct checkpoint *made_r, struct diag *d)
{
	struct checkpoint *c = made_r;
	int64_t now = clock_now(&clock_system);
	struct buf prepared = {0};
	json_t *event = NULL;
	int rc;

	*c = (struct checkpoint){.head_seq = head->seq, .every = plan->every, .interval = plan->interval};
	memcpy(c->head, head->hash, sizeof(c->head));
	memcpy(c->log, plan->last.log[0] != '\0' ? plan->last.log : head->hash, sizeof(c->log));
	clock_format(c->time, sizeof(c->time), now);
	rc = checkpoint_sign(c, plan->key, d);
	if (rc == 0 && (event = checkpoint_event(c)) == NULL)
		rc = diag_add(d, "audit: out of memory");
	if (rc == 0)
		rc = chain_prepare(event, now, &prepared, d);
	if (rc == 0)
		chain_seal(out, buf_slice(&prepared), head);
	json_decref(event);
	buf_free(&prepared);
	return rc;
}

void checkpoint_made(struct checkpoint_plan *plan, const struct checkpoint *made)
{
	plan->last = *made;
	plan_times(plan);
}
