/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_ADDRESS_H
#define POSTERN_MAIL_ADDRESS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/slice.h"

/*
 * The address in an envelope argument: "<a@b>", "a@b" (Postfix without SMTP),
 * "", "<>", quoted local parts, source routes. A view without the brackets;
 * empty for a bounce. false when it is no address (out is the text then).
 */
bool address_envelope(struct slice argument, struct slice *out);

/* One mailbox of a From, To, Cc or Reply-To header. */
struct address_mailbox {
	struct slice name;    /* display name, decoded; empty: none */
	struct slice address; /* local@domain */
};

/*
 * The mailboxes of a header's raw value (groups are opened, comments dropped,
 * encoded words decoded). As far as it can be read; *count_r may be 0. -1 when
 * memory is out.
 */
int address_list(struct arena *arena, struct slice raw, struct address_mailbox **list_r, size_t *count_r);

/*
 * The address with its domain as the mail server asks the DNS for it, where that is plain ASCII: "a@ｗａｌｍａｒｔ.com",
 * "a@walmart。com" and one with a soft hyphen are all "a@walmart.com" (UTS 46). What names an international domain
 * stays as it is written, and so does all that is ASCII. A view, or from the arena; SLICE_NONE when memory is out.
 */
struct slice address_plain(struct arena *arena, struct slice address);

/* What follows the last '@'; empty when there is none. */
struct slice address_domain(struct slice address);

#endif
