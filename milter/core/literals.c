/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strings without which an expression can't match. A small reader of
 * PCRE2's syntax: for each part it keeps either all strings that the part can
 * be, while they are few, or sets of strings of which one must be there.
 * Whatever it is not sure of makes it give up: then the expression is searched
 * in every text, as it would be without.
 */
#include "core/literals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Groups in groups; each takes some 20 KB of stack. */
#define DEPTH_MAX 12
/* A longer string is not rarer. */
#define RARE_LEN 8

struct reader {
	struct slice rest;
	unsigned depth;
	bool lost; /* not understood: nothing can be said of the expression */
};

/* What a part of the expression needs. */
struct part {
	bool exact;             /* it is one of set, and nothing else */
	struct literal_set set;
	struct literals needs;  /* where it is not exact */
};

/* ---- sets of strings ---- */

static void set_empty_string(struct literal_set *set)
{
	set->count = 1;
	set->items[0].len = 0;
}

static bool literal_same(const struct literal *a, const struct literal *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* false: no room. */
static bool set_add(struct literal_set *set, const struct literal *literal)
{
	for (size_t i = 0; i < set->count; i++)
		if (literal_same(&set->items[i], literal))
			return true;
	if (set->count == LITERALS_ALTERNATIVES)
		return false;
	set->items[set->count++] = *literal;
	return true;
}

static bool set_join(struct literal_set *set, const struct literal_set *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!set_add(set, &more->items[i]))
			return false;
	return true;
}

/* b behind a; blanks that meet become one, as in the text. false: too long. */
static bool literal_append(struct literal *a, const struct literal *b)
{
	size_t skip = a->len > 0 && b->len > 0 && a->bytes[a->len - 1] == ' ' && b->bytes[0] == ' ' ? 1 : 0;

	if (a->len + b->len - skip > LITERAL_BYTES)
		return false;
	memcpy(a->bytes + a->len, b->bytes + skip, b->len - skip);
	a->len = (unsigned char)(a->len + b->len - skip);
	return true;
}

/* Each of set followed by each of tail; false, and set as it was, when they are too many or too long. */
static bool set_append(struct literal_set *set, const struct literal_set *tail)
{
	struct literal_set out = {0};

	for (size_t i = 0; i < set->count; i++) {
		for (size_t k = 0; k < tail->count; k++) {
			struct literal one = set->items[i];

			if (!literal_append(&one, &tail->items[k]) || !set_add(&out, &one))
				return false;
		}
	}
	*set = out;
	return true;
}

static bool has_sign(const struct literal *one)
{
	for (size_t i = 0; i < one->len; i++)
		if (one->bytes[i] != '\0' && strchr("%$@#&*+=", one->bytes[i]) != NULL)
			return true;
	return false;
}

/* Its length without blanks and apostrophes; a letter alone is in every text. */
static size_t literal_rarity(const struct literal *one)
{
	size_t len = 0;

	for (size_t i = 0; i < one->len; i++)
		if (strchr(" '.,-", one->bytes[i]) == NULL || one->bytes[i] == '\0')
			len++;
	return len > 1 || (len == 1 && has_sign(one)) ? len : 0;
}

/* How rare the commonest of its strings is; 0: stands in every text. */
static size_t set_rarity(const struct literal_set *set)
{
	size_t least = RARE_LEN;

	for (size_t i = 0; i < set->count; i++) {
		size_t rarity = literal_rarity(&set->items[i]);

		if (rarity < least)
			least = rarity;
	}
	return set->count > 0 ? least : 0;
}

static bool set_better(const struct literal_set *a, const struct literal_set *b)
{
	size_t x = set_rarity(a), y = set_rarity(b);

	return x != y ? x > y : a->count < b->count;
}

/* Keeps the best sets. */
static void needs_add(struct literals *needs, const struct literal_set *set)
{
	size_t worst = 0;

	if (set_rarity(set) == 0)
		return;
	if (needs->count < LITERALS_SETS) {
		needs->sets[needs->count++] = *set;
		return;
	}
	for (size_t i = 1; i < needs->count; i++)
		if (set_better(&needs->sets[worst], &needs->sets[i]))
			worst = i;
	if (set_better(set, &needs->sets[worst]))
		needs->sets[worst] = *set;
}

/* ---- parts ---- */

static void part_anything(struct part *part)
{
	part->exact = false;
	part->needs.count = 0;
}

static void part_nothing(struct part *part)
{
	part->exact = true;
	set_empty_string(&part->set);
}

/* All it needs as sets. */
static void part_loosen(struct part *part)
{
	if (!part->exact)
		return;
	part_anything(part);
	needs_add(&part->needs, &part->set);
}

static bool is_blank(unsigned long cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= '\t' && cp <= '\r');
	return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || cp == 0x180E || (cp >= 0x2000 && cp <= 0x200A) ||
	    cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static bool is_apostrophe(unsigned long cp)
{
	return cp == '\'' || cp == '`' || cp == 0x2018 || cp == 0x2019;
}

size_t literals_fold(struct slice text, char *out)
{
	size_t n = 0, pos = 0;

	while (pos < text.len) {
		unsigned char c = (unsigned char)text.ptr[pos];
		unsigned long cp = c;
		/* Blanks and apostrophes beyond ASCII start with one of these. */
		bool far = c == 0xC2 || (c >= 0xE1 && c <= 0xE3);
		size_t len = far ? utf8_decode(slice_sub(text, pos, 4), &cp) : 1;

		if (len == 0) {
			len = 1;
			cp = 0xFFFD;
		}
		if (c < 0x80 || far ? is_blank(cp) : false) {
			if (n == 0 || out[n - 1] != ' ')
				out[n++] = ' ';
		} else if ((c < 0x80 || far) && is_apostrophe(cp)) {
			out[n++] = '\'';
		} else {
			memcpy(out + n, text.ptr + pos, len);
			n += len;
		}
		pos += len;
	}
	return n;
}

/* Characters without case that are worth looking for: CJK and its punctuation. */
static bool is_caseless(unsigned long cp)
{
	return (cp >= 0x3001 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x9FFF) || (cp >= 0xAC00 && cp <= 0xD7A3);
}

static void part_char(struct part *part, unsigned long cp)
{
	struct literal *one = &part->set.items[0];

	part_nothing(part);
	if (is_blank(cp) || is_apostrophe(cp)) {
		one->len = 1;
		one->bytes[0] = is_blank(cp) ? ' ' : '\'';
	} else if (cp < 0x80) {
		one->len = 1;
		one->bytes[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp);
	} else if (is_caseless(cp)) {
		one->len = 3;
		one->bytes[0] = (char)(0xE0 | cp >> 12);
		one->bytes[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		one->bytes[2] = (char)(0x80 | (cp & 0x3F));
	} else {
		part_anything(part);
	}
}

/* ---- reading ---- */

static int peek(const struct reader *r, size_t at)
{
	return at < r->rest.len ? (unsigned char)r->rest.ptr[at] : -1;
}

static void skip(struct reader *r, size_t count)
{
	r->rest = slice_sub(r->rest, count, r->rest.len);
}

static bool take(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	if (r->rest.len < len || memcmp(r->rest.ptr, text, len) != 0)
		return false;
	skip(r, len);
	return true;
}

static unsigned long take_char(struct reader *r)
{
	unsigned long cp = 0;
	size_t n = r->rest.len > 0 ? utf8_decode(r->rest, &cp) : 0;

	r->lost = r->lost || n == 0;
	skip(r, n);
	return cp;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static unsigned long take_number(struct reader *r, int base, size_t digits)
{
	char text[9] = "";
	char *end;
	unsigned long value;
	size_t n = 0;

	while (n < digits && n < sizeof(text) - 1 && peek(r, n) != -1) {
		text[n] = (char)peek(r, n);
		n++;
	}
	/* strtoul takes blanks and signs. */
	if (n > 0 && strchr(" \t\n+-xX", text[0]) != NULL)
		text[0] = '\0';
	value = strtoul(text, &end, base);
	skip(r, (size_t)(end - text));
	return value;
}

/* Behind "\x": two digits at most, or any in braces. */
static unsigned long take_hex(struct reader *r)
{
	unsigned long cp;

	if (!take(r, "{"))
		return take_number(r, 16, 2);
	cp = take_number(r, 16, 8);
	r->lost = r->lost || !take(r, "}");
	return cp;
}

/* A property: "{Lu}", "{^Han}" or one letter. */
static void skip_property(struct reader *r)
{
	if (peek(r, 0) != '{') {
		skip(r, 1);
		return;
	}
	while (r->rest.len > 0 && peek(r, 0) != '}')
		skip(r, 1);
	r->lost = r->lost || !take(r, "}");
}

/* Behind a backslash, outside of a class. */
static void read_escape(struct reader *r, struct part *part)
{
	static const char controls[] = "n\nt\tr\rf\fe\033a\a";
	int c = peek(r, 0);
	const char *control = c > 0 ? strchr(controls, c) : NULL;

	part_anything(part);
	if (is_digit(c)) {
		while (is_digit(peek(r, 0)))
			skip(r, 1);
		return;
	}
	if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
		part_char(part, take_char(r));
		return;
	}
	skip(r, 1);
	if (strchr("bBAzZGK", c) != NULL)
		part_nothing(part);
	else if (strchr("shvR", c) != NULL)
		part_char(part, ' ');
	else if (c == 'x')
		part_char(part, take_hex(r));
	else if (c == 'p' || c == 'P')
		skip_property(r);
	else if (control != NULL)
		part_char(part, (unsigned char)control[1]);
	else if (strchr("dDwWSHVX", c) == NULL)
		r->lost = true;
}

/* Behind "[:": a class of POSIX. */
static void skip_posix(struct reader *r)
{
	while ((peek(r, 0) >= 'a' && peek(r, 0) <= 'z') || peek(r, 0) == '^')
		skip(r, 1);
	r->lost = r->lost || !take(r, ":]");
}

/* A member of a class; *plain_r: it is that one character. */
static unsigned long read_member(struct reader *r, bool *plain_r)
{
	int c = peek(r, 0), next = peek(r, 1);

	*plain_r = true;
	if (take(r, "[:")) {
		*plain_r = false;
		skip_posix(r);
		return 0;
	}
	if (c != '\\')
		return take_char(r);
	skip(r, 1);
	if (take(r, "x"))
		return take_hex(r);
	/* Quoting may hold anything; a letter or digit is a set or a code. */
	r->lost = r->lost || next == 'Q' || next == 'E' || next == 'c' || next == 'o' || next == 'N';
	if (take(r, "s"))
		return ' ';
	*plain_r = !is_digit(next) && !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
	return take_char(r);
}

/* Behind '['. A few plain characters are as many strings. */
static void read_class(struct reader *r, struct part *part)
{
	bool plain = !take(r, "^"), first = true, one;
	struct literal_set all = {0};
	struct part member;

	while (!r->lost && r->rest.len > 0 && (first || peek(r, 0) != ']')) {
		unsigned long cp = read_member(r, &one);

		part_char(&member, cp);
		plain = plain && one && (cp != '-' || first || peek(r, 0) == ']') && member.exact &&
		    set_join(&all, &member.set);
		first = false;
	}
	r->lost = r->lost || !take(r, "]");
	part_anything(part);
	part->exact = plain;
	part->set = all;
}

static void read_choice(struct reader *r, struct part *part);

/* "(?i)", "(?-s:": letters that change nothing here. x would change how the rest is read. */
static bool take_flags(struct reader *r)
{
	size_t n = 0;

	while (peek(r, n) > 0 && strchr("ims-", peek(r, n)) != NULL)
		n++;
	if (n == 0 || (peek(r, n) != ')' && peek(r, n) != ':'))
		return false;
	skip(r, peek(r, n) == ':' ? n + 1 : n);
	return true;
}

/* "<name>", "P<name>", "'name'" */
static bool take_name(struct reader *r)
{
	char end = peek(r, 0) == '\'' ? '\'' : '>';

	if (!take(r, "P<") && !take(r, "<") && !take(r, "'"))
		return false;
	while (r->rest.len > 0 && peek(r, 0) != end)
		skip(r, 1);
	skip(r, 1);
	return true;
}

/* Behind '('. What stands in a look around is not part of the match. */
static void read_group(struct reader *r, struct part *part)
{
	bool around = false;

	r->lost = r->lost || peek(r, 0) == '*' || ++r->depth > DEPTH_MAX;
	if (r->lost)
		return;
	if (take(r, "?")) {
		around = take(r, "=") || take(r, "!") || take(r, "<=") || take(r, "<!");
		r->lost = !around && !take(r, ":") && !take(r, ">") && !take(r, "|") && !take_name(r) && !take_flags(r);
	}
	if (!r->lost)
		read_choice(r, part);
	r->depth--;
	r->lost = r->lost || !take(r, ")");
	if (around)
		part_nothing(part);
}

static void read_atom(struct reader *r, struct part *part)
{
	if (take(r, "\\"))
		read_escape(r, part);
	else if (take(r, "["))
		read_class(r, part);
	else if (take(r, "("))
		read_group(r, part);
	else if (take(r, "^") || take(r, "$"))
		part_nothing(part);
	else if (take(r, "."))
		part_anything(part);
	else
		part_char(part, take_char(r));
}

/* "{2}", "{2,}", "{2,5}" and the short forms; false: none stands here. */
static bool take_quantifier(struct reader *r, unsigned long *min_r, unsigned long *max_r)
{
	*min_r = peek(r, 0) == '+' ? 1 : 0;
	*max_r = peek(r, 0) == '?' ? 1 : 2; /* 2: any more than one */
	if (take(r, "?") || take(r, "*") || take(r, "+"))
		return true;
	if (!take(r, "{"))
		return false;
	/* Other braces are read differently by versions of PCRE2. */
	r->lost = r->lost || !is_digit(peek(r, 0));
	*min_r = *max_r = take_number(r, 10, 8);
	if (take(r, ","))
		*max_r = is_digit(peek(r, 0)) ? take_number(r, 10, 8) : 2;
	r->lost = r->lost || !take(r, "}");
	return !r->lost;
}

static bool is_blanks(const struct part *part)
{
	return part->exact && part->set.count == 1 && part->set.items[0].len == 1 && part->set.items[0].bytes[0] == ' ';
}

static void read_repeats(struct reader *r, struct part *part)
{
	static const struct literal nothing = {0};
	unsigned long min, max;

	while (!r->lost && take_quantifier(r, &min, &max)) {
		if (!take(r, "?"))
			take(r, "+");
		/* Many blanks are one. */
		if (is_blanks(part))
			max = 1;
		if (min == 0 && (max != 1 || !part->exact || !set_add(&part->set, &nothing)))
			part_anything(part);
		else if (min > 0 && max != 1)
			part_loosen(part);
	}
}

/* Parts one after the other: what stands together is joined as long as it can be. */
static void read_sequence(struct reader *r, struct part *out)
{
	struct part next;
	bool exact = true;

	part_nothing(out);
	out->needs.count = 0;
	while (!r->lost && r->rest.len > 0 && peek(r, 0) != '|' && peek(r, 0) != ')') {
		part_anything(&next);
		read_atom(r, &next);
		read_repeats(r, &next);
		if (next.exact && set_append(&out->set, &next.set))
			continue;
		exact = false;
		needs_add(&out->needs, &out->set);
		for (size_t i = 0; !next.exact && i < next.needs.count; i++)
			needs_add(&out->needs, &next.needs.sets[i]);
		if (next.exact)
			out->set = next.set;
		else
			set_empty_string(&out->set);
	}
	out->exact = exact;
	if (!exact)
		needs_add(&out->needs, &out->set);
}

/* The best set first. */
static void sort_needs(struct literals *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		for (size_t k = i + 1; k < needs->count; k++) {
			struct literal_set set = needs->sets[i];

			if (!set_better(&needs->sets[k], &set))
				continue;
			needs->sets[i] = needs->sets[k];
			needs->sets[k] = set;
		}
	}
}

/* The set of that rank; one that has no more stands in with its best. */
static const struct literal_set *ranked(const struct literals *needs, size_t rank)
{
	return &needs->sets[rank < needs->count ? rank : 0];
}

/* Of two alternatives one is there: each rank's sets together, where they are not too many. */
static void join_needs(struct literals *out, const struct literals *other)
{
	size_t most = out->count > other->count ? out->count : other->count, kept = 0;
	struct literals all = *out;

	for (size_t rank = 0; rank < most && all.count > 0 && other->count > 0; rank++) {
		struct literal_set *both = &out->sets[kept];

		*both = *ranked(&all, rank);
		kept += set_join(both, ranked(other, rank));
	}
	out->count = kept;
}

/* One of two alternatives: either's strings, or what either needs. */
static void choose(struct part *out, struct part *other)
{
	if (out->exact && other->exact) {
		struct literal_set both = out->set;

		if (set_join(&both, &other->set)) {
			out->set = both;
			return;
		}
	}
	part_loosen(out);
	part_loosen(other);
	sort_needs(&other->needs);
	join_needs(&out->needs, &other->needs);
}

static void read_choice(struct reader *r, struct part *part)
{
	struct part next;

	read_sequence(r, part);
	if (!part->exact)
		sort_needs(&part->needs);
	while (!r->lost && take(r, "|")) {
		read_sequence(r, &next);
		choose(part, &next);
	}
}

void literals_of(const char *expression, struct literals *out)
{
	struct reader r = {.rest = slice_str(expression)};
	struct part all;

	part_anything(&all);
	read_choice(&r, &all);
	part_loosen(&all);
	out->count = 0;
	if (!r.lost && r.rest.len == 0)
		*out = all.needs;
}
