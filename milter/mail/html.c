/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTML mail as its reader sees it: visible text, the text that is kept from
 * the reader, and every URL an element names. Elements are tracked on a flat
 * stack of bounded depth; nothing is ever fetched.
 */
#include "mail/html.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "mail/html_page.h"

#define STEPS_PER_CHECK 256

static void write_text(struct html_converter *c, struct slice text)
{
	const struct html_open_element *e = c->depth > 0 ? &c->stack[c->depth - 1] : NULL;
	bool pre = e != NULL && (e->flags & PRE) != 0;

	if (e != NULL && (e->flags & DROP) != 0)
		return;
	if (html_is_hidden(c)) {
		if (html_quote_depth(c) == 0)
			html_write(&c->hidden, text, false, 0);
		return;
	}
	if (c->bullet && slice_trim(text).len > 0) {
		html_write(&c->visible, SLICE_LIT("- "), false, html_quote_depth(c));
		c->bullet = false;
	}
	/* as a text says it: an override, whose end is the piece's */
	if (e != NULL && (e->flags & REVERSED) != 0 && slice_trim(text).len > 0) {
		html_write(&c->visible, SLICE_LIT("\xE2\x80\xAE"), true, html_quote_depth(c));
		html_write(&c->visible, text, true, html_quote_depth(c));
		html_write(&c->visible, SLICE_LIT("\xE2\x80\xAC"), true, html_quote_depth(c));
		return;
	}
	html_write(&c->visible, text, pre, html_quote_depth(c));
}

/* What an attribute shows in place of the element. */
static void write_value(struct html_converter *c, struct slice value)
{
	write_text(c, SLICE_LIT(" "));
	write_text(c, html_value(c, value));
	write_text(c, SLICE_LIT(" "));
}

/* The text that an image shows in its place, to whom it is seen. */
static void write_alt(struct html_converter *c, const struct html_attributes *a)
{
	if (!html_hides_itself(c, a))
		write_value(c, a->alt);
	else if (html_quote_depth(c) == 0)
		html_write(&c->hidden, html_value(c, a->alt), false, 0);
}

static void open_void(struct html_converter *c, uint16_t name, const struct html_attributes *a)
{
	if (name == NAME_IMG || (name == NAME_INPUT && slice_case_eq_str(a->type, "image")))
		html_image_add(c, a->source, a);
	if (name == NAME_BR) {
		if (html_is_hidden(c))
			html_write_break(&c->hidden, 1);
		else
			html_write_line(&c->visible, html_quote_depth(c));
	} else if (name == NAME_IMG && a->alt.len > 0) {
		write_alt(c, a);
	} else if (name == NAME_INPUT && a->value.len > 0 && !slice_case_eq_str(a->type, "hidden")) {
		write_value(c, a->value);
	} else if (name == NAME_META && slice_case_eq_str(slice_trim(a->equiv), "refresh")) {
		html_refresh_add(c, html_value(c, a->content));
	} else if (name == NAME_BASE && c->base.len == 0 && c->out->url_count > 0) {
		const struct html_url *last = &c->out->urls[c->out->url_count - 1];

		if (strcmp(last->where, "base href") == 0 && html_url_is_absolute(last->url))
			c->base = last->url;
	}
	html_break_for(c, html_name_flags(name));
}

static void open_element(struct html_converter *c, const struct html_token *token)
{
	uint16_t name = html_name_id(token->name);
	unsigned flags = html_name_flags(name);
	struct html_attributes a;

	html_close_implied(c, name, flags);
	html_attributes_read(c, token, &a);
	if (a.rest_quoted)
		c->rest_quoted = 1;
	if ((flags & VOID) != 0) {
		open_void(c, name, &a);
		return;
	}
	if (token->self_closing && memchr(token->name.ptr, ':', token->name.len) != NULL)
		return;
	html_push(c, name, &a);
	html_image_add(c, a.backdrop, &a);
	html_break_for(c, flags);
	if ((flags & CELL) != 0)
		html_write_tab(html_is_removed(c) ? &c->hidden : &c->visible);
	if ((flags & ITEM) != 0 && !html_is_hidden(c))
		c->bullet = true;
}

static void end_element(struct html_converter *c, const struct html_token *token)
{
	uint16_t name = html_name_id(token->name);
	unsigned flags = html_name_flags(name);
	bool removed;

	if (name == NAME_BR) {
		html_write_line(&c->visible, html_quote_depth(c));
		return;
	}
	if ((flags & VOID) != 0)
		return;
	removed = html_is_removed(c);
	html_break_for(c, flags);
	html_close(c, name);
	if (!removed)
		html_break_for(c, flags);
	if ((flags & ITEM) != 0)
		c->bullet = false;
}

static void raw_element(struct html_converter *c, const struct html_token *token)
{
	if (slice_case_eq_str(token->name, "style")) {
		html_sheet_urls_add(c, token->body);
	} else if (slice_case_eq_str(token->name, "textarea")) {
		write_value(c, token->body);
	} else if (slice_case_eq_str(token->name, "xmp") || slice_case_eq_str(token->name, "plaintext")) {
		html_write_break(&c->visible, 1);
		write_text(c, html_value(c, token->body));
		html_write_break(&c->visible, 1);
	}
}

static void convert(struct html_converter *c, struct slice html, bool nested);

/*
 * "<!--[if mso]> ... <![endif]-->" is shown by Outlook alone: its text counts
 * as hidden, its URLs as all others.
 */
static void conditional_comment(struct html_converter *c, struct slice body)
{
	struct html_attributes a = {.hidden = true, .width = -1, .height = -1, .style = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE}};
	size_t depth = c->depth, floor = c->floor, excess = c->excess;
	long start;

	body = slice_trim(body);
	start = slice_case_prefix(body, "[if") ? slice_find(body, SLICE_LIT("]>")) : -1;
	if (start < 0)
		return;
	html_push(c, (uint16_t)(HTML_NAMES_KNOWN), &a);
	c->floor = c->depth;
	html_write_break(&c->hidden, 1);
	convert(c, slice_sub(body, (size_t)start + 2, body.len), true);
	while (c->depth > depth)
		html_pop(c);
	c->floor = floor;
	c->excess = excess;
}

/* Has the time for this run out? Looked at now and then. */
static bool time_is_up(struct html_converter *c)
{
	if (++c->steps % STEPS_PER_CHECK != 0 || c->deadline == 0 || clock_monotonic_ms() < c->deadline)
		return false;
	c->out->truncated = true;
	return true;
}

static void convert(struct html_converter *c, struct slice html, bool nested)
{
	struct html_lexer lexer = {.html = html};
	struct html_token token;

	while (!c->failed && !c->visible.full && !time_is_up(c)) {
		html_token_next(&lexer, &token);
		if (token.kind == HTML_END_OF_FILE)
			return;
		if (token.kind == HTML_TEXT) {
			buf_truncate(&c->work, 0);
			html_decode(token.body, false, &c->work);
			c->failed |= c->work.failed;
			write_text(c, buf_slice(&c->work));
		} else if (token.kind == HTML_RAW) {
			raw_element(c, &token);
		} else if (token.kind == HTML_START) {
			open_element(c, &token);
		} else if (token.kind == HTML_END) {
			end_element(c, &token);
		} else if (!nested) {
			conditional_comment(c, token.body);
		}
	}
}

/*
 * A style sheet anywhere may show again what an element's own style hides, so
 * all are looked through before; what they might undo hides nothing.
 */
static void look_at_sheets(struct html_converter *c, struct slice html)
{
	struct html_lexer lexer = {.html = html};
	struct html_token token;

	do {
		html_token_next(&lexer, &token);
		if (token.kind != HTML_RAW || !slice_case_eq_str(token.name, "style"))
			continue;
		c->sheet_colours |= slice_case_find(token.body, SLICE_LIT("background")) >= 0;
		c->sheet_display |= slice_case_find(token.body, SLICE_LIT("display")) >= 0;
		c->sheet_important |= slice_case_find(token.body, SLICE_LIT("important")) >= 0 ||
		    slice_find(token.body, SLICE_LIT("\\")) >= 0;
	} while (token.kind != HTML_END_OF_FILE);
	c->sheet_display |= c->sheet_important;
	c->sheet_colours |= c->sheet_important;
}

/* Moves a writer's text into the arena. */
static struct slice finish(struct html_converter *c, struct html_writer *w)
{
	struct slice s = w->text.failed ? SLICE_NONE : arena_slice(c->arena, buf_slice(&w->text));

	c->failed |= s.ptr == NULL;
	c->out->truncated |= w->full;
	buf_free(&w->text);
	return s;
}

int html_to_text(struct arena *arena, struct slice html, size_t max_out, size_t max_urls,
    int64_t deadline_ms, struct html_text *out)
{
	struct html_converter *c = calloc(1, sizeof(*c));
	bool failed;

	*out = (struct html_text){.text = {"", 0}, .hidden = {"", 0}};
	if (c == NULL)
		return -1;
	c->arena = arena;
	c->out = out;
	c->max_urls = max_urls;
	c->deadline = deadline_ms;
	c->visible.max = c->hidden.max = max_out;
	look_at_sheets(c, html);
	convert(c, html, false);
	out->text = finish(c, &c->visible);
	out->hidden = finish(c, &c->hidden);
	buf_free(&c->work);
	free(c->stack);
	failed = c->failed;
	free(c);
	return failed ? -1 : 0;
}
