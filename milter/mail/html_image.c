/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The images of an HTML page: where they come from, what they show in their
 * place, and whether anybody sees them.
 */
#include "mail/html_page.h"

#include <string.h>

#define IMAGES_MAX 4096

static bool images_grow(struct html_converter *c)
{
	size_t want = c->image_cap != 0 ? c->image_cap * 2 : 8;
	struct html_image *grown;

	if (c->out->image_count < c->image_cap)
		return true;
	grown = arena_array(c->arena, want, sizeof(*grown));
	if (grown == NULL) {
		c->failed = true;
		return false;
	}
	if (c->out->image_count > 0)
		memcpy(grown, c->out->images, c->out->image_count * sizeof(*grown));
	c->out->images = grown;
	c->image_cap = want;
	return true;
}

static struct slice keep(struct html_converter *c, struct slice value)
{
	struct slice kept;

	if (slice_case_prefix(html_url_trim(slice_sub(value, 0, 64)), "data:"))
		value = slice_sub(value, 0, HTML_DATA_URL_BYTES);
	kept = arena_slice(c->arena, html_url_trim(html_value(c, slice_sub(value, 0, HTML_URL_BYTES_MAX))));
	c->failed |= kept.ptr == NULL;
	return kept;
}

/* Would the element itself be seen, wherever it stands? */
bool html_hides_itself(const struct html_converter *c, const struct html_attributes *a)
{
	return html_is_hidden(c) || (a->hidden && !a->style.shown && !c->sheet_display) ||
	    ((a->style.hidden || a->style.invisible) && !c->sheet_important);
}

void html_image_add(struct html_converter *c, struct slice source, const struct html_attributes *a)
{
	struct html_image image = {.width = a->style.width >= 0 ? a->style.width : a->width,
	    .height = a->style.height >= 0 ? a->style.height : a->height};

	if (source.len == 0 || c->out->image_count >= IMAGES_MAX || !images_grow(c))
		return;
	image.source = keep(c, source);
	image.alt = a->alt.len > 0 ? keep(c, a->alt) : SLICE_LIT("");
	image.hidden = html_hides_itself(c, a);
	image.quoted = html_quote_depth(c) > 0;
	c->out->images[c->out->image_count++] = image;
}
