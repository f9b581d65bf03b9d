/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_TRIAL_H
#define POSTERN_CLI_TRIAL_H

#include "cli/cli.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/slice.h"
#include "engine/generation.h"
#include "engine/txn.h"

/* How messages out of files are judged: what the daemon would get from an MTA is given here or read from headers. */
struct trial {
	struct generation *generation;
	struct txn_services services;
	unsigned direction;   /* 0: told by each message's addresses */
	const char *from;     /* envelope sender; NULL: the message's From */
	struct cli_values to; /* envelope recipients; none: the message's To */
	struct slice inbound; /* the message that is answered; ptr NULL: none is named */
};

/* One message and what became of it. */
struct trial_message {
	struct arena *arena;
	struct txn *txn;
	const struct verdict *verdict;
	struct verdict unconcerned;
};

/*
 * Judges one message as the daemon would; raw stays valid until trial_end, which is called in any case.
 * 0 with message_r->verdict, or -1 with the reason.
 */
int trial_judge(const struct trial *trial, struct slice raw, struct trial_message *message_r, struct diag *d);
void trial_end(struct trial_message *message);

/* "in", "out" or NULL (0: by the addresses). -1: none of them. */
int trial_direction(const char *text, unsigned *direction_r);
/* One finding on two lines, with a sign before it ("  ", "+ "). */
void trial_show_finding(const struct cli *cli, const char *sign, const struct finding *finding);

#endif
