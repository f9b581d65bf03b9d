/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_URL_H
#define POSTERN_MAIL_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"
#include "mail/message.h"

/* Loads the public suffix list and so on; call once, before threads start. -1: it is missing. */
int url_init(void);

/*
 * Takes one URL apart as browsers do (white space, back slashes, userinfo,
 * IDNA, integer addresses) and fills scheme, host and domain of out; raw is
 * kept. false when it names no host (mailto:, a path, a fragment); scheme is
 * filled then too where there is one.
 */
bool url_parse(struct arena *arena, struct slice raw, struct mail_url *out);

/* Registrable domain of a lower-case ASCII host ("a.b.example.co.uk": "example.co.uk"); view into host, or SLICE_NONE. */
struct slice url_registrable(struct slice host);

/*
 * The next URL that stands inside url at or after *offset ("redirect?u=https://evil.shop",
 * plain or percent-encoded), up to url's end, for url_parse; *offset moves on. SLICE_NONE
 * when there is no more. url_scan does this by itself.
 */
struct slice url_embedded(struct slice url, size_t *offset);

/*
 * Finds URLs in text as a reader would recognise them: with a scheme, with
 * "www.", and bare domain names under a public suffix ("bestgadgets.shop",
 * not "arrived.It", "invoice.pdf", "node.js", "e.g."). E-mail addresses go to
 * addresses_r instead. Appends URLs until there are max in all; segment and part are
 * put into each. -1 when memory is out.
 */
int url_scan(struct arena *arena, struct slice text, enum segment_kind segment, size_t part, size_t max,
    struct mail_url **urls_r, size_t *url_count_r, struct mail_address **addresses_r, size_t *address_count_r);

#endif
