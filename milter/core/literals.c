/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strings without which an expression can't match. A small reader of
 * PCRE2's syntax: for each part it keeps either all strings that the part can
 * be, while they are few, or sets of strings of which one must be there.
 * Whatever it is not sure of makes it give up: then the expression is searched
 * in every text, as it would be without.
 */
#include "core/literals.h"

#include <limits.h>
#include <string.h>

#include "core/literals_reader.h"

/* Groups in groups; each takes some 80 KB of stack. */
#define DEPTH_MAX 12
/* Groups in groups that are read twice for what stands behind them. */
#define TWICE_DEPTH 3
#define ENDLESS ULONG_MAX

static void read_choice(struct literal_reader *r, unsigned edges, struct literal_part *part);

/* "(?i)", "(?-s:": letters that change nothing here. x would change how the rest is read. */
static bool take_flags(struct literal_reader *r)
{
	size_t n = 0;

	while (reader_peek(r, n) > 0 && strchr("ims-", reader_peek(r, n)) != NULL)
		n++;
	if (n == 0 || (reader_peek(r, n) != ')' && reader_peek(r, n) != ':'))
		return false;
	reader_skip(r, reader_peek(r, n) == ':' ? n + 1 : n);
	return true;
}

/* "<name>", "P<name>", "'name'" */
static bool take_name(struct literal_reader *r)
{
	char end = reader_peek(r, 0) == '\'' ? '\'' : '>';

	if (!reader_take(r, "P<") && !reader_take(r, "<") && !reader_take(r, "'"))
		return false;
	while (r->rest.len > 0 && reader_peek(r, 0) != end)
		reader_skip(r, 1);
	reader_skip(r, 1);
	return true;
}

/* Behind '('. What stands in a look around is not part of the match. edges: where \\b holds around it. */
static void read_group(struct literal_reader *r, unsigned edges, struct literal_part *part)
{
	bool around = false;

	r->lost = r->lost || reader_peek(r, 0) == '*' || ++r->depth > DEPTH_MAX;
	if (r->lost)
		return;
	if (reader_take(r, "?")) {
		around = reader_take(r, "=") || reader_take(r, "!") || reader_take(r, "<=") || reader_take(r, "<!");
		r->lost = !around && !reader_take(r, ":") && !reader_take(r, ">") && !reader_take(r, "|") &&
		    !take_name(r) && !take_flags(r);
	}
	if (!r->lost)
		read_choice(r, around ? 0 : edges, part);
	r->depth--;
	r->lost = r->lost || !reader_take(r, ")");
	if (around)
		literal_part_nothing(part);
}

static bool is_repeated(const struct literal_reader *r, size_t at)
{
	return reader_peek(r, at) != -1 && strchr("?*+{", reader_peek(r, at)) != NULL;
}

/* Whether \\b holds behind what was read, by edges where the sequence ends. */
static bool ends_at_edge(const struct literal_reader *r, unsigned edges)
{
	if (reader_peek(r, 0) == '\\' && reader_peek(r, 1) == 'b')
		return !is_repeated(r, 2);
	return (edges & LITERAL_ENDS) != 0 && (reader_peek(r, 0) == '|' || reader_peek(r, 0) == ')');
}

/* What stands behind a group is known when it was read: then it is read once more with that. */
static void read_group_twice(struct literal_reader *r, bool starts, unsigned edges, struct literal_part *part)
{
	struct literal_reader begin = *r;
	unsigned before = starts ? LITERAL_STARTS : 0;

	read_group(r, before, part);
	if (r->lost || r->depth >= TWICE_DEPTH || !ends_at_edge(r, edges))
		return;
	*r = begin;
	read_group(r, before | LITERAL_ENDS, part);
}

/* starts: \\b holds before it; edges: around the sequence that it is in. */
static void read_atom(struct literal_reader *r, bool starts, unsigned edges, struct literal_part *part)
{
	if (reader_take(r, "\\"))
		reader_escape(r, part);
	else if (reader_take(r, "["))
		reader_class(r, part);
	else if (reader_take(r, "("))
		read_group_twice(r, starts, edges, part);
	else if (reader_take(r, "^") || reader_take(r, "$"))
		literal_part_nothing(part);
	else if (reader_take(r, "."))
		literal_part_one(part);
	else
		literal_part_char(part, reader_take_char(r));
}

/* "{2}", "{2,}", "{2,5}" and the short forms; false: none stands here. */
static bool take_quantifier(struct literal_reader *r, unsigned long *min_r, unsigned long *max_r)
{
	*min_r = reader_peek(r, 0) == '+' ? 1 : 0;
	*max_r = reader_peek(r, 0) == '?' ? 1 : ENDLESS;
	if (reader_take(r, "?") || reader_take(r, "*") || reader_take(r, "+"))
		return true;
	if (!reader_take(r, "{"))
		return false;
	/* Other braces are read differently by versions of PCRE2. */
	r->lost = r->lost || !reader_is_digit(reader_peek(r, 0));
	*min_r = *max_r = reader_take_number(r, 10, 8);
	if (reader_take(r, ","))
		*max_r = reader_is_digit(reader_peek(r, 0)) ? reader_take_number(r, 10, 8) : ENDLESS;
	r->lost = r->lost || !reader_take(r, "}");
	return !r->lost;
}

static void read_repeats(struct literal_reader *r, struct literal_part *part)
{
	unsigned long min, max;

	while (!r->lost && take_quantifier(r, &min, &max)) {
		if (!reader_take(r, "?"))
			reader_take(r, "+");
		literal_part_repeat(part, min, max);
	}
}

/* Parts one after the other: what stands together is joined as long as it can be. edges: as for groups. */
static void read_sequence(struct literal_reader *r, unsigned edges, struct literal_part *out)
{
	static const struct literal_set edge = {.count = 1, .items = {{.edges = LITERAL_STARTS | LITERAL_ENDS}}};
	struct literal_part next;
	bool exact = true;

	literal_part_nothing(out);
	if ((edges & LITERAL_STARTS) != 0)
		literal_set_edge(&out->set);
	out->needs.count = 0;
	while (!r->lost && r->rest.len > 0 && reader_peek(r, 0) != '|' && reader_peek(r, 0) != ')') {
		literal_part_anything(&next);
		read_atom(r, literal_set_before_word(&out->set), edges, &next);
		read_repeats(r, &next);
		if (!next.exact || !literal_set_append(&out->set, &next.set)) {
			exact = false;
			literal_part_break(out, &next);
		}
		out->longest = extent_add(out->longest, next.longest);
		if (out->set.count == 1 && out->set.items[0].len == 0)
			out->set.before = out->longest;
	}
	if ((edges & LITERAL_ENDS) != 0)
		literal_set_append(&out->set, &edge);
	out->exact = exact;
	if (!exact)
		literal_needs_add(&out->needs, &out->set);
}

static void read_choice(struct literal_reader *r, unsigned edges, struct literal_part *part)
{
	struct literal_part next;

	read_sequence(r, edges, part);
	if (!part->exact)
		literal_needs_sort(&part->needs);
	while (!r->lost && reader_take(r, "|")) {
		read_sequence(r, edges, &next);
		literal_part_choose(part, &next);
	}
}

void literals_of(const char *expression, struct literals *out)
{
	struct literal_reader r = {.rest = slice_str(expression)};
	struct literal_part all;

	literal_part_anything(&all);
	read_choice(&r, 0, &all);
	literal_part_loosen(&all);
	out->count = 0;
	if (!r.lost && r.rest.len == 0)
		literal_needs_copy(out, &all.needs);
	for (size_t i = 0; r.placed && i < out->count; i++)
		out->sets[i].before = (struct extent){LITERAL_FAR, LITERAL_FAR};
}
