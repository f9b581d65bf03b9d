/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_OFFCHANNEL_OFFCHANNEL_H
#define POSTERN_PLUGINS_OFFCHANNEL_OFFCHANNEL_H

#include "../common/common.h"

/* What a line of the phrase list tells of the people that a mail is for. */
enum says {
	SAYS_NOTHING,
	SAYS_CUSTOMER, /* "customer": speaks to somebody who bought */
	SAYS_PURCHASE, /* "purchase": names a marketplace's order of the reader */
	SAYS_BUSINESS  /* "business": speaks to a supplier, a carrier, a colleague */
};

struct offchannel {
	struct words own_domains, registered, freemail, operators;
	struct phrases phrases;
	enum says *says; /* of each phrase */
	int report_from, report_to;
};

/* Whom an address belongs to. */
enum place {
	PLACE_CUSTOMER, /* a marketplace's relay */
	PLACE_OPERATOR, /* the marketplace itself */
	PLACE_OWN,
	PLACE_FREE,     /* a mailbox that anybody can have */
	PLACE_OTHER
};

/* One call of check. */
struct look {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct offchannel *rule;
	struct postern_message message;
	struct postern_slice from; /* the address of the From header */
	size_t header; /* that is looked at */
	size_t findings;
};

/* The next mailbox of a header's raw value; *rest moves behind it. Display names and comments are left out. */
bool mailbox_next(struct postern_slice *rest, struct postern_slice *address_r);
struct postern_slice mailbox_domain(struct postern_slice address);
/* Whether two relay addresses reach one customer: what follows '+' is the case. */
bool same_customer(struct postern_slice a, struct postern_slice b);

int place_of(struct look *look, struct postern_slice address, enum place *out);
enum postern_status report(struct look *look, enum postern_where where, struct postern_slice evidence, const char *advice,
    int score);
/* Mail to people at no marketplace (outside.c): whether envelope and headers leave anything to find. */
bool outside_wants(struct look *look);
enum postern_status outside_check(struct look *look);

#endif
