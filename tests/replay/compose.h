/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_COMPOSE_H
#define POSTERN_TESTS_REPLAY_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"

/* A message in its parts, and the bytes of it. */

#define COMPOSE_MAX 16

struct compose {
	const char *folder; /* attachments' content is files/sample.EXTENSION in it */
	int64_t time;
	const char *from, *from_name, *to[COMPOSE_MAX];
	size_t to_count;
	const char *subject, *text, *message_id, *in_reply_to; /* the last may be NULL */
	const char *headers[COMPOSE_MAX]; /* "Name: value", besides */
	size_t header_count;
	const char *attachments[COMPOSE_MAX]; /* file names */
	size_t attachment_count;
};

int compose_write(const struct compose *mail, struct buf *raw, struct diag *d);
/* "Tue, 03 Mar 2026 09:00:00 +0000" */
void compose_date(char *text, size_t size, int64_t time);

/* A report that original (its Message-ID) could not be delivered. */
struct compose_bounce {
	int64_t time;
	const char *to, *recipient, *status, *message_id, *original, *subject;
};
void compose_bounce(const struct compose_bounce *bounce, struct buf *raw);

#endif
