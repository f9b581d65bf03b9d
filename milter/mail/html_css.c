/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of style sheets as a check needs: does an element's own style hide
 * it, and which URLs does a sheet load? Not a CSS parser: in doubt text is
 * visible.
 */
#include "mail/html_private.h"

#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A number at the start of s; *unit_r is what follows. false when there is none. */
static bool read_number(struct slice s, double *number_r, struct slice *unit_r)
{
	char text[24];
	char *end;
	size_t n = s.len < sizeof(text) - 1 ? s.len : sizeof(text) - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = s.ptr[i] == 'x' || s.ptr[i] == 'X' || s.ptr[i] == 'n' || s.ptr[i] == 'i' ? ' ' : s.ptr[i];
	text[n] = '\0';
	*number_r = strtod(text, &end);
	*unit_r = slice_trim(slice_sub(s, (size_t)(end - text), s.len));
	return end != text;
}

static uint32_t hash_colour(struct slice s)
{
	uint32_t v = 0;

	if (s.len != 3 && s.len != 4 && s.len != 6 && s.len != 8)
		return HTML_COLOUR_NONE;
	for (size_t i = 0; i < (s.len < 6 ? 3U : 6U); i++) {
		int d = hex_value(s.ptr[i]);

		if (d < 0)
			return HTML_COLOUR_NONE;
		v = v << 4 | (uint32_t)d;
		if (s.len < 6)
			v = v << 4 | (uint32_t)d;
	}
	return v;
}

/* "rgb(1, 2, 3)", "rgba(1 2 3 / 0)". */
static uint32_t rgb_colour(struct slice s, bool *clear_r)
{
	uint32_t v = 0;
	int count = 0;
	size_t i = 0;

	while (i < s.len && s.ptr[i] != '(')
		i++;
	for (i++; i < s.len && count < 4;) {
		struct slice unit;
		double number;

		if (is_space(s.ptr[i]) || s.ptr[i] == ',' || s.ptr[i] == '/') {
			i++;
			continue;
		}
		if (!read_number(slice_sub(s, i, s.len), &number, &unit))
			break;
		if (count == 3)
			*clear_r = number <= 0.02;
		else
			v = v << 8 | (number < 0 ? 0 : number > 255 ? 255U : (uint32_t)number);
		count++;
		while (i < s.len && !is_space(s.ptr[i]) && s.ptr[i] != ',' && s.ptr[i] != '/')
			i++;
	}
	return count >= 3 ? v : HTML_COLOUR_NONE;
}

uint32_t html_colour_read(struct slice s, bool *clear_r)
{
	static const struct { const char *name; uint32_t colour; } names[] = {
		{"white", 0xFFFFFF}, {"black", 0}, {"red", 0xFF0000}, {"blue", 0xFF}, {"green", 0x8000},
		{"yellow", 0xFFFF00}, {"gray", 0x808080}, {"grey", 0x808080}, {"silver", 0xC0C0C0},
		{"whitesmoke", 0xF5F5F5}, {"snow", 0xFFFAFA}, {"ivory", 0xFFFFF0}, {"lightgray", 0xD3D3D3},
		{"lightgrey", 0xD3D3D3}, {"navy", 0x80}, {"orange", 0xFFA500},
	};

	s = slice_trim(s);
	*clear_r = slice_case_eq_str(s, "transparent");
	if (s.len > 0 && s.ptr[0] == '#')
		return hash_colour(slice_sub(s, 1, s.len));
	if (slice_case_prefix(s, "rgb"))
		return rgb_colour(s, clear_r);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_case_eq_str(s, names[i].name))
			return names[i].colour;
	}
	return HTML_COLOUR_NONE;
}

/* A font size: too small to read below 2 pixels or an eighth of a line. */
static void read_font_size(struct slice value, struct html_style *style)
{
	struct slice unit;
	double number;
	bool relative;

	if (!read_number(value, &number, &unit))
		return;
	relative = slice_case_prefix(unit, "em") || slice_case_prefix(unit, "rem");
	style->tiny = number < (relative ? 0.13 : slice_case_prefix(unit, "%") ? 13 : 2);
	style->sized = !style->tiny;
}

static bool is_zero(struct slice value)
{
	struct slice unit;
	double number;

	return read_number(value, &number, &unit) && number >= 0 && number <= 1 &&
	    (number == 0 || slice_case_prefix(unit, "px")) && !slice_case_prefix(unit, "%");
}

static bool is_far_away(struct slice value)
{
	struct slice unit;
	double number;

	return read_number(value, &number, &unit) && number <= (slice_case_prefix(unit, "em") ? -90 : -900);
}

/* What boxes need both of: no room, and nothing may spill out of it. */
struct box {
	bool no_room, clipped, outside, placed;
};

static void read_declaration(struct slice name, struct slice value, struct html_style *style, struct box *box)
{
	struct slice unit;
	double number;
	bool clear = false;

	if (slice_case_eq_str(name, "display")) {
		style->hidden = slice_case_prefix(value, "none");
	} else if (slice_case_eq_str(name, "visibility")) {
		style->invisible = slice_case_prefix(value, "hidden") || slice_case_prefix(value, "collapse");
		style->visible = slice_case_prefix(value, "visible");
	} else if (slice_case_eq_str(name, "opacity")) {
		style->hidden |= read_number(value, &number, &unit) && number <= 0.02;
	} else if (slice_case_eq_str(name, "font-size")) {
		read_font_size(value, style);
	} else if (slice_case_eq_str(name, "color")) {
		style->colour = html_colour_read(value, &clear);
		style->hidden |= clear;
	} else if (slice_case_eq_str(name, "background-color") || slice_case_eq_str(name, "background")) {
		style->background = html_colour_read(value, &clear);
		if (style->background == HTML_COLOUR_NONE && !clear)
			style->background = HTML_COLOUR_IMAGE;
	} else if (slice_case_eq_str(name, "background-image")) {
		style->background = HTML_COLOUR_IMAGE;
	} else if (slice_case_eq_str(name, "white-space")) {
		style->pre = slice_case_prefix(value, "pre") && !slice_case_prefix(value, "pre-line");
	} else if (slice_case_eq_str(name, "overflow")) {
		box->clipped = slice_case_prefix(value, "hidden") || slice_case_prefix(value, "clip");
	} else if (slice_case_eq_str(name, "height") || slice_case_eq_str(name, "width") ||
	    slice_case_eq_str(name, "max-height") || slice_case_eq_str(name, "max-width")) {
		box->no_room |= is_zero(value);
	} else if (slice_case_eq_str(name, "text-indent")) {
		style->hidden |= is_far_away(value);
	} else if (slice_case_eq_str(name, "left") || slice_case_eq_str(name, "top")) {
		box->outside |= is_far_away(value);
	} else if (slice_case_eq_str(name, "position")) {
		box->placed = slice_case_prefix(value, "absolute") || slice_case_prefix(value, "fixed");
	}
}

void html_style_read(struct slice css, struct html_style *style)
{
	struct box box = {0};
	size_t start = 0;

	*style = (struct html_style){.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE};
	for (size_t i = 0; i <= css.len; i++) {
		struct slice declaration;
		const char *colon, *bang;

		if (i < css.len && css.ptr[i] != ';')
			continue;
		declaration = slice_sub(css, start, i - start);
		start = i + 1;
		colon = declaration.len > 0 ? memchr(declaration.ptr, ':', declaration.len) : NULL;
		if (colon == NULL)
			continue;
		bang = memchr(declaration.ptr, '!', declaration.len);
		if (bang != NULL && bang > colon)
			declaration.len = (size_t)(bang - declaration.ptr);
		read_declaration(slice_trim(slice_sub(declaration, 0, (size_t)(colon - declaration.ptr))),
		    slice_trim(slice_sub(declaration, (size_t)(colon - declaration.ptr) + 1, declaration.len)), style, &box);
	}
	style->hidden |= (box.no_room && box.clipped) || (box.outside && box.placed);
}

/* One character of a CSS string or URL, "\68 " decoded; its length. */
static size_t css_character(struct slice s, struct buf *out)
{
	unsigned long cp = 0;
	size_t n = 1;

	if (s.ptr[0] != '\\' || s.len < 2) {
		buf_add_char(out, s.ptr[0]);
		return 1;
	}
	while (n < s.len && n < 7 && hex_value(s.ptr[n]) >= 0)
		cp = cp << 4 | (unsigned long)hex_value(s.ptr[n++]);
	if (n == 1) {
		if (s.ptr[1] != '\n')
			buf_add_char(out, s.ptr[1]);
		return 2;
	}
	buf_add_utf8(out, cp);
	return n < s.len && is_space(s.ptr[n]) ? n + 1 : n;
}

/* The string or word at the start of *css, up to its quote or a ')'. */
static void css_value(struct slice *css, struct buf *out)
{
	char quote = '\0';

	while (css->len > 0 && is_space(css->ptr[0]))
		*css = slice_sub(*css, 1, css->len);
	if (css->len > 0 && (css->ptr[0] == '"' || css->ptr[0] == '\'')) {
		quote = css->ptr[0];
		*css = slice_sub(*css, 1, css->len);
	}
	while (css->len > 0) {
		char c = css->ptr[0];

		if (quote != '\0' ? c == quote : c == ')' || c == ';' || c == '}' || c == '"' || c == '\'')
			break;
		*css = slice_sub(*css, css_character(*css, out), css->len);
	}
}

bool html_css_url_next(struct slice *css, struct buf *out)
{
	struct slice s = *css;

	while (s.len >= 4) {
		if (s.ptr[0] == '/' && s.ptr[1] == '*') {
			long end = slice_find(slice_sub(s, 2, s.len), SLICE_LIT("*/"));

			s = end >= 0 ? slice_sub(s, (size_t)end + 4, s.len) : SLICE_NONE;
			continue;
		}
		if (slice_case_prefix(s, "url(")) {
			s = slice_sub(s, 4, s.len);
		} else if (slice_case_prefix(s, "@import")) {
			struct slice rest = slice_trim(slice_sub(s, 7, 16));

			s = slice_sub(s, 7, s.len);
			if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
				continue;
		} else if (slice_case_prefix(s, "src=")) {
			/* filter: AlphaImageLoader(src='...') of old Outlooks */
			s = slice_sub(s, 4, s.len);
		} else {
			s = slice_sub(s, 1, s.len);
			continue;
		}
		css_value(&s, out);
		*css = s;
		return true;
	}
	*css = SLICE_NONE;
	return false;
}
