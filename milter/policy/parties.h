/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_PARTIES_H
#define POSTERN_POLICY_PARTIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/slice.h"
#include "policy/cidr.h"

struct conf_node;

/*
 * Who is meant: a list of addresses and @domains, and where that is of use of accounts and client networks,
 * each with a last day if it has one: "care@seller.example until 2027-01-31" (to the end of that day, UTC).
 */
enum party_kind { PARTY_ADDRESS = 1, PARTY_DOMAIN = 2, PARTY_NETWORK = 4, PARTY_ACCOUNT = 8 };

struct party {
	char *text;          /* without the end */
	enum party_kind kind;
	struct cidr network; /* PARTY_NETWORK */
	char *until;         /* "2027-01-31"; NULL: for ever */
	int64_t end;         /* first second after it; INT64_MAX: for ever */
	char *file;
	int line;
};

struct parties {
	struct party *items;
	size_t count;
};

/* Reads a list; kinds: what may stand in it. Everything belongs to the arena. 0, or -1 with each problem. */
int parties_read(struct arena *arena, const struct conf_node *key, unsigned kinds, struct parties *out, struct diag *d);
/* The first second after a day "2027-01-31". -1: it is none. */
int parties_day_end(const char *text, int64_t *end_r);
/* The entry that means this address at that time, or NULL. An empty address is nobody. */
const struct party *parties_address(const struct parties *parties, struct slice address, int64_t at);
/*
 * The entry that means who delivers a message: by envelope sender, by account (whole, as it logged in, or by an
 * @domain) or by client address. Each may be empty or NULL. NULL: none.
 */
const struct party *parties_client(const struct parties *parties, struct slice sender, struct slice account,
    const char *client, int64_t at);

#endif
