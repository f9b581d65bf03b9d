/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_VERIFY_H
#define POSTERN_AUDIT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "core/file.h"

/* For verify*.c only. */

/* A place between two lines, and what was seen before it. */
struct verify_place {
	size_t file;  /* index in the list */
	off_t offset;
	int line;     /* lines before it in the file */
	struct chain_head head;
};

struct verify {
	const char *dir;
	struct file_list files;
	const struct audit_trust *trust;
	bool known_seen[AUDIT_KNOWN_MAX];
	bool deep;                 /* read each record as JSON */
	bool tail;                 /* what comes now, no checkpoint signs */
	struct verify_place at;
	struct verify_place signed_at; /* behind the last good checkpoint */
	struct checkpoint last;    /* that one; head_seq 0: none yet */
	struct audit_report *report;
};

/* Notes what is broken, and where; 1, or -1 when memory is out. */
__attribute__((format(printf, 5, 6)))
int verify_broken(struct verify *v, const char *file, int line, int64_t record, const char *fmt, ...);
/* Why the line, which does not follow, does not: 1, or -1. */
int verify_explain(struct verify *v, struct slice line);

/* A record that says it is a checkpoint, behind v->at.head: 0 good, 1 broken, -1 error. */
int verify_checkpoint(struct verify *v, int64_t seq, const json_t *event);
/* Whether a checkpoint was due before record seq. 0, 1 or -1. */
int verify_cadence(struct verify *v, int64_t seq);
/* Whether a checkpoint was due before the time of this event, of the log's end. 0, 1 or -1. */
int verify_time(struct verify *v, int64_t seq, const json_t *event);
/* Notes in v->known_seen who knows the record; 1 when somebody knows another one of its number. */
int verify_known(struct verify *v, int64_t seq, const char *hash);
/* What is not there but should be, at the end of the log. 0, 1 or -1. */
int verify_end(struct verify *v);

#endif
