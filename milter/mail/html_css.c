/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of style sheets as a check needs: does an element's own style hide
 * it, and which URLs does a sheet load? Not a CSS parser: in doubt text is
 * visible.
 */
#include "mail/html_private.h"

#include <stdlib.h>
#include <string.h>

/* Sum of the differences of red, green and blue that no eye sees. */
#define COLOURS_NEAR 12

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

/* Is what follows a number one of the units that browsers take? Else the whole declaration is void. */
static bool is_unit(struct slice unit)
{
	static const char *const units[] = {"", "px", "pt", "em", "rem", "ex", "in", "cm", "mm", "vw", "vh", "%", NULL};

	for (size_t i = 0; units[i] != NULL; i++) {
		if (slice_case_eq_str(unit, units[i]))
			return true;
	}
	return false;
}

/* A font size: too small to read below 2 pixels or an eighth of a line. */
static void read_font_size(struct slice value, struct html_style *style)
{
	struct slice unit;
	double number;
	bool relative;

	style->tiny = false;
	style->sized = true;
	if (!read_number(value, &number, &unit) || !is_unit(unit))
		return;
	relative = slice_case_eq_str(unit, "em") || slice_case_eq_str(unit, "rem");
	style->tiny = number < (relative ? 0.13 : slice_case_eq_str(unit, "%") ? 13 : 2);
	style->sized = !style->tiny;
}

int html_pixels_read(struct slice s)
{
	struct slice unit;
	double number;

	if (!read_number(slice_trim(s), &number, &unit) || number < 0 || number > 100000 ||
	    (unit.len > 0 && !slice_case_eq_str(unit, "px")))
		return -1;
	return (int)(number + 0.5);
}

bool html_colours_equal(uint32_t a, uint32_t b)
{
	int sum = 0;

	for (int shift = 0; shift <= 16; shift += 8) {
		int x = (int)(a >> shift & 0xFF), y = (int)(b >> shift & 0xFF);

		sum += x > y ? x - y : y - x;
	}
	return sum <= COLOURS_NEAR;
}

static bool is_zero(struct slice value)
{
	struct slice unit;
	double number;

	return read_number(value, &number, &unit) && number >= 0 && number <= 1 && is_unit(unit) &&
	    (number == 0 || slice_case_eq_str(unit, "px"));
}

static bool is_far_away(struct slice value)
{
	struct slice unit;
	double number;

	return read_number(value, &number, &unit) && is_unit(unit) &&
	    number <= (slice_case_eq_str(unit, "em") ? -90 : -900);
}

/* How an element can be hidden; of each the last declaration counts, as in browsers. */
struct means {
	bool none, faded, clear, indented, shifted;
	bool no_height, no_width, no_max_height, no_max_width, clipped; /* no room, and nothing spills out */
	bool left, top, placed;                                         /* somewhere outside */
};

/* Is name one that merely switches *flag_r's place in means? Then where. */
static bool *means_flag(struct slice name, struct slice value, struct means *m, bool *set_r)
{
	const struct { const char *name; bool *flag; bool set; } table[] = {
		{"display", &m->none, slice_case_eq_str(value, "none")},
		{"opacity", &m->faded, is_zero(value) && value.ptr[0] != '1'},
		{"text-indent", &m->indented, is_far_away(value)},
		{"margin-left", &m->shifted, is_far_away(value)},
		{"overflow", &m->clipped, slice_case_eq_str(value, "hidden") || slice_case_eq_str(value, "clip")},
		{"height", &m->no_height, is_zero(value)},
		{"width", &m->no_width, is_zero(value)},
		{"max-height", &m->no_max_height, is_zero(value)},
		{"max-width", &m->no_max_width, is_zero(value)},
		{"left", &m->left, is_far_away(value)},
		{"top", &m->top, is_far_away(value)},
		{"position", &m->placed, slice_case_eq_str(value, "absolute") || slice_case_eq_str(value, "fixed")},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (slice_case_eq_str(name, table[i].name)) {
			*set_r = table[i].set;
			return table[i].flag;
		}
	}
	return NULL;
}

static void read_declaration(struct slice name, struct slice value, struct html_style *style, struct means *m)
{
	bool clear = false, set = false;
	bool *flag = means_flag(name, value, m, &set);

	if (slice_case_eq_str(name, "width"))
		style->width = html_pixels_read(value);
	else if (slice_case_eq_str(name, "height"))
		style->height = html_pixels_read(value);

	if (flag != NULL) {
		*flag = set;
		style->shown |= flag == &m->none && !set;
	} else if (slice_case_eq_str(name, "visibility")) {
		style->invisible = slice_case_eq_str(value, "hidden") || slice_case_eq_str(value, "collapse");
		style->visible = !style->invisible;
	} else if (slice_case_eq_str(name, "font-size") || slice_case_eq_str(name, "font")) {
		read_font_size(value, style);
	} else if (slice_case_eq_str(name, "color")) {
		style->colour = html_colour_read(value, &m->clear);
	} else if (slice_case_eq_str(name, "background-color") || slice_case_eq_str(name, "background")) {
		style->background = html_colour_read(value, &clear);
		if (style->background == HTML_COLOUR_NONE && !clear)
			style->background = HTML_COLOUR_IMAGE;
	} else if (slice_case_eq_str(name, "background-image")) {
		style->background = HTML_COLOUR_IMAGE;
	} else if (slice_case_eq_str(name, "unicode-bidi")) {
		style->override = slice_case_suffix(value, "override");
	} else if (slice_case_eq_str(name, "direction")) {
		style->leftward = slice_case_eq_str(value, "rtl");
	} else if (slice_case_eq_str(name, "white-space")) {
		style->pre = slice_case_prefix(value, "pre") && !slice_case_eq_str(value, "pre-line");
	}
}

/* The end of the declaration at the start of css: a ';' outside strings and parentheses. */
static size_t declaration_end(struct slice css)
{
	char quote = '\0';
	size_t depth = 0, n = 0;

	for (; n < css.len; n++) {
		char c = css.ptr[n];

		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			depth -= depth > 0;
		} else if (c == ';' && depth == 0) {
			break;
		}
	}
	return n;
}

/* The declarations that are important, or those that are not. */
static void read_declarations(struct slice css, bool important, struct html_style *style, struct means *m)
{
	while (css.len > 0) {
		size_t end = declaration_end(css);
		struct slice declaration = slice_sub(css, 0, end), value;
		const char *colon = end > 0 ? memchr(css.ptr, ':', end) : NULL, *bang;

		css = slice_sub(css, end + 1, css.len);
		if (colon == NULL)
			continue;
		value = slice_sub(declaration, (size_t)(colon - declaration.ptr) + 1, declaration.len);
		bang = value.len > 0 ? memchr(value.ptr, '!', value.len) : NULL;
		if ((bang != NULL) != important)
			continue;
		if (bang != NULL)
			value.len = (size_t)(bang - value.ptr);
		value = slice_trim(value);
		if (value.len > 0)
			read_declaration(slice_trim(slice_sub(declaration, 0, (size_t)(colon - declaration.ptr))), value,
			    style, m);
	}
}

void html_style_read(struct slice css, struct html_style *style)
{
	struct means m = {0};

	*style = (struct html_style){.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE, .width = -1, .height = -1};
	/* What needs a real parser to be understood hides nothing here. */
	if (css.len == 0 || memchr(css.ptr, '\\', css.len) != NULL || memchr(css.ptr, '{', css.len) != NULL ||
	    slice_find(css, SLICE_LIT("/*")) >= 0)
		return;
	read_declarations(css, false, style, &m);
	read_declarations(css, true, style, &m);
	style->hidden = m.none || m.faded || m.clear || m.indented || m.shifted || (m.placed && (m.left || m.top)) ||
	    (m.clipped && (m.no_height || m.no_width || m.no_max_height || m.no_max_width));
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

/* The length of word at the start of s, its letters escaped or not; 0: it is not there. */
static size_t css_word(struct slice s, const char *word)
{
	size_t at = 0;

	if (slice_case_prefix(s, word))
		return strlen(word);
	if ((s.ptr[0] != '\\' && (s.ptr[0] | 0x20) != (*word | 0x20)) || memchr(s.ptr, '\\', s.len < 64 ? s.len : 64) == NULL)
		return 0;
	for (; *word != '\0'; word++) {
		struct buf letter = {0};
		bool same;

		if (at >= s.len)
			return 0;
		at += css_character(slice_sub(s, at, s.len), &letter);
		same = letter.len == 1 && (letter.data[0] == *word || (*word >= 'a' && *word <= 'z' && letter.data[0] == *word - 32));
		buf_free(&letter);
		if (!same)
			return 0;
	}
	return at;
}

bool html_css_url_next(struct slice *css, struct buf *out)
{
	struct slice s = *css;
	size_t word;

	while (s.len >= 4) {
		if (s.ptr[0] == '/' && s.ptr[1] == '*') {
			long end = slice_find(slice_sub(s, 2, s.len), SLICE_LIT("*/"));

			s = end >= 0 ? slice_sub(s, (size_t)end + 4, s.len) : SLICE_NONE;
			continue;
		}
		if ((word = css_word(s, "url(")) > 0) {
			s = slice_sub(s, word, s.len);
		} else if ((word = css_word(s, "@import")) > 0) {
			struct slice rest = slice_trim(slice_sub(s, word, 16));

			s = slice_sub(s, word, s.len);
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
