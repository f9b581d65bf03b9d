/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_HTML_H
#define POSTERN_MAIL_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/slice.h"

/* A URL that stands in an attribute (href, src, srcset, style, meta refresh ...). */
struct html_url {
	struct slice url;   /* entities decoded, white space and controls removed as browsers do */
	const char *where;  /* "a href", "img src", "style" ... static text */
	bool quoted;        /* inside quoted history (blockquote, gmail_quote ...) */
};

/* An image that an element shows. */
struct html_image {
	struct slice source, alt; /* decoded; an inline one (data:) is cut */
	int width, height;        /* pixels as declared; -1: not declared */
	bool hidden, quoted;
};

struct html_text {
	/*
	 * The text as a mail client shows it, UTF-8: blocks and <br> are line
	 * feeds, runs of white space are one space, hidden elements are left
	 * out, alt texts stand in for images, quoted history has "> " at the
	 * start of each line, as in plain text.
	 */
	struct slice text;
	struct html_url *urls;
	size_t url_count;
	/* Text that was left out because a reader can't see it; not that of quoted history. */
	struct slice hidden;
	struct html_image *images;
	size_t image_count;
	bool truncated;      /* a limit ended the conversion */
};

/*
 * Converts html (UTF-8, any bytes survive) to text; at most max_out bytes of
 * text, at most max_urls URLs, until deadline_ms of the monotonic clock (0: none).
 * Linear in the input. -1 when memory is out.
 */
int html_to_text(struct arena *arena, struct slice html, size_t max_out, size_t max_urls,
    int64_t deadline_ms, struct html_text *out);

#endif
