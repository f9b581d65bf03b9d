/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_LINKS_SPELLED_H
#define POSTERN_PLUGINS_LINKS_SPELLED_H

#include "../common/common.h"

/* A web address that is spelled out, as a browser would want it. */
struct spelled {
	char host[254];
	size_t start, end; /* where it stands in the text */
	int score;         /* how sure this is one */
};

struct spelled_words {
	/* Top-level domains; those that are English words too are written "+shop", those that are hardly a word also "!net", or "!!com". */
	const struct words *tlds;
	/* Bytes that one of "!!com" begins with behind its marks: nearly no word of a text does. */
	const bool *firsts;
	/* Words that come before "dot" in honest text. */
	const struct words *dot_words;
};

/* firsts of a list of top-level domains. */
void spelled_firsts(const struct words *tlds, bool firsts[256]);

/*
 * The next spelled-out address in text from *pos on: "shop dot com",
 * "shop[.]com", "shop (dot) com", "hxxp://shop.com", "s h o p . c o m". Its
 * last label must be a known top-level domain. false at the end.
 */
bool spelled_next(struct postern_slice text, size_t *pos, const struct spelled_words *known, struct spelled *out);

/* Whether the word before pos sends the reader somewhere: "visit Booking.com". */
bool leads_there(struct postern_slice text, size_t pos);

/*
 * The next URL inside the query, fragment or path of *rest, which moves behind
 * it: its host in lower case, written to room (at least rest->len + 1 bytes).
 */
bool redirect_next(struct postern_slice *rest, char *room, struct postern_slice *host_r);

/* raw with its percent escapes undone times times, into room; empty when the last round changed nothing. */
struct postern_slice redirect_decode(struct postern_slice raw, char *room, int times);

#endif
