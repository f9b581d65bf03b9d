/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a chain alone does not show, because whoever has the files can make a
 * new one: signed checkpoints that have to come often enough, and what other
 * places remember.
 */
#include "audit/verify.h"

#include <inttypes.h>
#include <string.h>

/* One group of the writer is sealed before it looks whether a checkpoint is due (GROUP_EVENTS of writer.c). */
#define GROUP_SLACK 1024
/* A checkpoint waits for a turn of the writer; clocks are put right. */
#define TIME_SLACK_SECONDS 600

static const char *here(const struct verify *v)
{
	return v->files.paths[v->at.file];
}

static bool has_keys(const struct verify *v)
{
	return v->trust->keys != NULL && v->trust->keys->count > 0;
}

static int check_signature(struct verify *v, int64_t seq, const struct checkpoint *c)
{
	int line = v->at.line + 1;

	if (!checkpoint_fits(c, &v->at.head))
		return verify_broken(v, here(v), line, seq, "swapped checkpoint: it signs record %" PRId64 " with hash %.16s..., "
		    "and the record before it is %" PRId64 " with hash %.16s...", c->head_seq, c->head, v->at.head.seq,
		    v->at.head.hash);
	if (v->last.head_seq > 0 && strcmp(c->log, v->last.log) != 0)
		return verify_broken(v, here(v), line, seq, "swapped checkpoint: it belongs to log %.16s..., those before it to "
		    "log %.16s...", c->log, v->last.log);
	if (has_keys(v) && !sign_keys_have(v->trust->keys, c->public_key))
		return verify_broken(v, here(v), line, seq, "checkpoint of an unknown key: %s is none of the public keys given "
		    "(was the key changed? then give both)", c->public_key);
	if (!checkpoint_is_signed(c))
		return verify_broken(v, here(v), line, seq, "forged checkpoint: its signature does not fit; the records before "
		    "it, back to record %" PRId64 ", may have been written by anybody", v->last.head_seq + 1);
	return 0;
}

int verify_checkpoint(struct verify *v, int64_t seq, const json_t *event)
{
	struct checkpoint c;
	int rc;

	if (checkpoint_read(event, &c) == -1)
		return verify_broken(v, here(v), v->at.line + 1, seq, "forged checkpoint: members are missing or malformed");
	rc = check_signature(v, seq, &c);
	if (rc != 0)
		return rc;
	v->last = c;
	v->report->checkpoints++;
	v->report->signed_seq = c.head_seq;
	memcpy(v->report->signed_time, c.time, sizeof(c.time));
	return 0;
}

int verify_cadence(struct verify *v, int64_t seq)
{
	if (!has_keys(v) || v->last.head_seq == 0 || seq - v->last.head_seq <= v->last.every + 1 + GROUP_SLACK)
		return 0;
	return verify_broken(v, here(v), v->at.line + 1, seq, "no checkpoint: one was due %" PRId64 " records after record %"
	    PRId64 ", the last that is signed; whoever wrote these records has not the key", v->last.every,
	    v->last.head_seq);
}

/* A record's time is never later than the second in which it was written, and by then a checkpoint would have been made. */
int verify_time(struct verify *v, int64_t seq, const json_t *event)
{
	const char *text = json_get_str(event, "time");
	int64_t time, last;

	if (!has_keys(v) || v->last.head_seq == 0 || text == NULL || clock_parse(text, &time) == -1 ||
	    clock_parse(v->last.time, &last) == -1 || time <= last + v->last.interval + TIME_SLACK_SECONDS)
		return 0;
	return verify_broken(v, here(v), v->at.line + 1, seq, "no checkpoint: one was due %" PRId64 " s after %s, the time of the "
	    "last; whoever wrote this record has not the key", v->last.interval, v->last.time);
}

int verify_known(struct verify *v, int64_t seq, const char *hash)
{
	for (size_t i = 0; i < v->trust->known_count; i++) {
		const struct audit_known *known = &v->trust->known[i];
		bool same = known->hash == NULL || known->hash[0] == '\0' || strcmp(known->hash, hash) == 0;

		if (known->seq == 0 ? same : seq == known->seq && same)
			v->known_seen[i] = true;
		else if (known->seq == seq)
			return verify_broken(v, here(v), v->at.line + 1, seq, "replaced: %s knows record %" PRId64
			    " with another hash, so this log was written anew", known->what, seq);
	}
	return 0;
}

static int end_known(struct verify *v, const char *last)
{
	for (size_t i = 0; i < v->trust->known_count; i++) {
		const struct audit_known *known = &v->trust->known[i];

		if (v->known_seen[i])
			continue;
		if (known->seq == 0)
			return verify_broken(v, last, 0, v->at.head.seq + 1, "cut off or replaced: no record has the hash %.16s... that "
			    "%s knows; the log ends with record %" PRId64, known->hash, known->what, v->at.head.seq);
		if (known->seq > v->at.head.seq)
			return verify_broken(v, last, 0, v->at.head.seq + 1, "cut off: the log ends with record %" PRId64 ", but %s has "
			    "seen record %" PRId64, v->at.head.seq, known->what, known->seq);
	}
	return 0;
}

int verify_end(struct verify *v)
{
	const char *last = v->files.count > 0 ? v->files.paths[v->files.count - 1] : v->dir;
	int rc = end_known(v, last);

	if (rc != 0 || !has_keys(v))
		return rc;
	if (v->report->events == 0)
		return verify_broken(v, last, 0, 1, "there is no record: a log that is signed begins with the key");
	if (v->last.head_seq == 0)
		return verify_broken(v, last, 0, v->at.head.seq + 1, "no checkpoint in %" PRId64 " records: nothing shows that "
		    "the owner of the key wrote them", v->report->events);
	return 0;
}
