/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_LETTER_H
#define POSTERN_BENCH_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/slice.h"

/*
 * A message to send many times, each time as another one: NAME.eml, and beside it NAME.env with lines KEY=VALUE as
 * contrib/samples has them:
 *   direction   in or out
 *   from, to    the envelope (to: one address)
 *   user        who logged in, for mail that goes out; "seller" when it is not said
 *   expect      pass, tag, hold or reject; several with "|" between
 *   own         words whose last eight characters become the customer's number wherever they stand
 */
struct letter_header {
	struct slice name, value; /* the value with the space before it */
};

enum letter_expect { LETTER_PASS = 1, LETTER_TAG = 2, LETTER_HOLD = 4, LETTER_REJECT = 8 };

struct letter {
	char *name;
	bool outbound;
	struct slice sender, recipient, user; /* with angle brackets; views of env */
	unsigned expect;                      /* enum letter_expect, or-ed; 0: nothing was said */
	unsigned weight;
	struct letter_header *headers;
	size_t header_count;
	struct slice body; /* CRLF */
	struct buf text, env;
	char **places; /* where the number stands in text and env */
	size_t place_count;
	int64_t credit;     /* see letters_next() */
};

struct letters {
	struct letter *all;
	size_t count;
	int64_t credit; /* see letters_direction() */
};

/*
 * Adds the messages of a folder, FOLDER or FOLDER=WEIGHT: of the weights' sum, these get WEIGHT (100 when it is not
 * said), in equal shares. 0 or -1.
 */
int letters_add(struct letters *letters, const char *folder, struct diag *d);
/* Whether the next connection is one for mail that goes out: an MTA gets the two from different clients. */
bool letters_direction(struct letters *letters);
/* The message of a direction whose turn it is, so that each comes as often as its weight says, evenly mixed. */
struct letter *letters_next(struct letters *letters, bool outbound);
/* Makes it the mail of customer number, within the text. Cheap, and to be called again after another number was set. */
void letter_number(struct letter *letter, uint64_t number);
void letters_free(struct letters *letters);

#endif
