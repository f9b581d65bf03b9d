/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_ANSWER_H
#define POSTERN_REDIS_ANSWER_H

#include "core/diag.h"
#include "redis/address.h"
#include "redis/redis.h"

/* What is done about an answer. */
enum answer_next {
	ANSWER_DONE,     /* it is one */
	ANSWER_FAIL,     /* trying again would give the same */
	ANSWER_PAUSE,    /* soon again, there */
	ANSWER_LOOK,     /* again, after looking for the right server anew, over new connections */
	ANSWER_MOVED,    /* again at address, where the slot is now */
	ANSWER_ASK,      /* again at address, this time only, after ASKING */
	ANSWER_NOSCRIPT  /* again with the script's text */
};

struct answer {
	enum answer_next next;
	enum redis_fault fault;
	const char *advice;      /* for people; NULL when the server's text says it all */
	unsigned slot;           /* ANSWER_MOVED */
	struct address address;  /* ANSWER_MOVED, ANSWER_ASK; an empty host is the server that answered */
};

/* What a reply means: an error reply (the root's type) by its code, anything else is the answer. */
struct answer answer_read(const struct redis_reply *reply);
/* "redis PLACE: ADVICE (TEXT OF THE SERVER)", made harmless, into d. Returns the fault. */
enum redis_fault answer_fail(const struct answer *answer, const struct redis_reply *reply, const char *place,
    const char *what, struct diag *d);

#endif
