/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_PEER_H
#define POSTERN_BENCH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "letter.h"

/*
 * A connection to a milter as Postfix holds it: offers what Postfix 3.7 offers, leaves out the steps that the milter
 * does not want, does not wait for answers that it does not give, sends macros before each step and only those it asked
 * for, and writes when it has to wait for an answer, not before. Never blocks but in connect().
 */
enum peer_step { STEP_OPTIONS, STEP_CONNECT, STEP_HELO, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_HEADER, STEP_EOH,
	STEP_BODY, STEP_EOM, STEP_DONE };
#define PEER_SYMLISTS 7

/* What was answered, over all messages. */
struct peer_counts {
	uint64_t accepted, rejected, tempfailed, discarded, held; /* messages */
	uint64_t early;                                           /* of them, decided before the end of message */
	uint64_t headers_added, headers_changed, progress, other; /* packets at the end of message */
};

enum peer_result { PEER_WAITS, PEER_MESSAGE_DONE, PEER_BROKEN };

struct peer {
	int fd; /* -1: not connected */
	enum peer_step step;
	bool awaits; /* an answer to what was sent last */
	uint32_t actions, steps;
	struct slice symlists[PEER_SYMLISTS]; /* views of options; SLICE_NONE: all that there are */
	struct buf options;
	struct buf out, in;
	size_t out_done, in_done;
	/* The message that is being sent. */
	struct letter *letter;
	uint64_t serial, number;
	size_t header, body; /* how far it is */
	unsigned outcome; /* enum letter_expect of its verdict; 0: tempfail or discard */
	bool held, changed;
	char reply[160]; /* its reply's text, fit for a log; "" when it had none */
	/* The caller's. */
	bool watches_write, outbound;
	size_t sent; /* messages on this connection */
	int64_t begun_us;
};

/* Connects to "unix:PATH" or "inet:PORT@HOST" and gets ready for negotiation. 0 or -1. */
int peer_open(struct peer *peer, const char *address, struct diag *d);
/* Gives it the next message; serial makes its Message-ID and queue id, number its customer. */
void peer_give(struct peer *peer, struct letter *letter, uint64_t serial, uint64_t number);
/* Sends and receives as far as that goes without waiting. PEER_MESSAGE_DONE: give it another, or close. */
enum peer_result peer_work(struct peer *peer, struct peer_counts *counts, struct diag *d);
/* Whether it waits for room to write, not for an answer. */
bool peer_wants_write(const struct peer *peer);
/* Says goodbye as Postfix does, and closes. What was allocated stays for the next connection. */
void peer_close(struct peer *peer);
void peer_free(struct peer *peer);

#endif
