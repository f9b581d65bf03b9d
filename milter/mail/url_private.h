/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_URL_PRIVATE_H
#define POSTERN_MAIL_URL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/slice.h"
#include "mail/message.h"

/* What the url_*.c files share; nobody else includes this. */

#define URL_HOST_MAX 253  /* DNS: no longer name can be resolved */
#define URL_LABEL_MAX 63

/*
 * A host as written (percent signs, full-width letters, other dots, upper case,
 * Unicode, integer addresses) in its one form: lower-case ASCII without a
 * trailing dot, "1.2.3.4" or "[v6]". Written to out (URL_HOST_MAX + 1
 * bytes); its length, 0 when there is no host.
 */
size_t url_host_normalize(struct slice raw, char *out);
/*
 * The same of a name in a mail address, which knows neither percent signs nor
 * integer addresses: 0 when it stands for an international name, or for none.
 */
size_t url_host_plain(struct slice raw, char *out);
/* Appends a host with its IDNA labels ("xn--...") as their readers see them; what is none stays as it is. */
void url_host_unicode(struct slice host, struct buf *out);
/* Fills host, domain and an empty scheme of out from a host as written; false when it is none. */
bool url_fill_host(struct arena *arena, struct slice raw, struct mail_url *out);
/* Is host (lower case) an IPv4 address or a bracketed IPv6 address? */
bool url_host_is_address(struct slice host);
/* Is the name (lower-case ASCII) a suffix of the ICANN section, by rule and not by default? */
bool url_suffix_known(struct slice name);
/* A character that stands for an ASCII one (full-width forms, ideographic dots), or cp itself. */
unsigned long url_fold_character(unsigned long cp);

/*
 * One run of text without white space, as url_scan reads it: invisible
 * characters gone, full-width forms and "[.]" replaced. Offsets into it lead
 * back to the original.
 */
struct url_shift {
	size_t at;       /* from this offset of the folded text on ... */
	size_t original; /* ... the original is here */
};

struct url_token {
	struct slice original;
	struct slice text;  /* folded, or the original when nothing had to be done */
	struct buf folded;
	struct url_shift *shifts;
	size_t shift_count, shift_cap;
	bool failed;
};

void url_token_fold(struct url_token *token, struct slice original);
/* The original bytes of text[from, to). */
struct slice url_token_original(const struct url_token *token, size_t from, size_t to);
void url_token_free(struct url_token *token);

/* What stands around a bare name, for url_bare_ok. */
struct url_bare {
	struct slice name;  /* as written, folded */
	bool strong;        /* a path, a port or "//" goes with it */
	bool cued;          /* "visit", "website:" ... stands before it */
};
/* Would a reader take this name for a place on the net? */
bool url_bare_ok(const struct url_bare *bare);

#endif
