/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_MIME_H
#define POSTERN_MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/slice.h"
#include "mail/transfer.h"

enum mime_class {
	MIME_LEAF,
	MIME_MULTIPART,
	MIME_MESSAGE, /* message/rfc822: one entity follows */
	MIME_LOOSE    /* text before the first or after the last boundary */
};

/* One entity of a message's tree; everything is a view into the bytes or in the arena. */
struct mime_entity {
	enum mime_class class;
	struct slice type;      /* lower case */
	struct slice smime;     /* S/MIME type, lower case; empty: none */
	struct slice charset;
	struct slice name;
	struct slice subject;   /* of an attached message, raw */
	struct slice boundary;
	struct slice body;      /* leaves: still encoded */
	enum transfer encoding;
	enum transfer second;   /* what another Content-Transfer-Encoding says */
	unsigned depth;
	bool attachment;        /* Content-Disposition says so */
	bool damaged;
	bool clash;             /* two fields contradict each other: readers differ */
	bool flowed;            /* format=flowed */
	bool delsp;
	bool raw;               /* not taken apart: a limit ended it; body is to be read as text */
	bool inside;            /* belongs to an attached message */
	bool wrapped;           /* a container whose body is encoded: mime_unwrap */
};

/* 0 as a limit is none. */
struct mime {
	struct arena *arena;
	size_t max_parts;
	size_t max_depth;
	int64_t deadline_ms; /* of the monotonic clock */
	struct mime_entity *entities;
	size_t count;
	size_t room;
	bool parts_passed;
	bool depth_passed;
	bool time_passed;
};

/* Prepares GMime; once. */
void mime_init(void);

/* Is there no room for one more part? Asking sets parts_passed then. */
bool mime_full(struct mime *mime);

/*
 * Takes raw apart into entities, in the order of the text, without recursion
 * and in one pass. What lies past a limit is the body of one more entity. -1
 * when memory is out.
 */
int mime_walk(struct mime *mime, struct slice raw);

/* Takes apart what the wrapped container entities[index] held once decoded. */
int mime_unwrap(struct mime *mime, size_t index, struct slice decoded);

#endif
