/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds expressions that a text can make costly, before one does. For each part of an expression three sets of characters
 * are worked out: those of which it matches a run (pure), those of which it matches runs of many lengths (loops), and
 * those of which two of its choices match a run (twins). A repetition of a part with loops or twins can divide
 * a run in exponentially many ways.
 */
#include "core/pattern_lint.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 40
/* Repetitions up to so many times are counted as if unlimited. */
#define MANY 16

/* ASCII characters, and 128 bins for all others. */
struct set {
	uint64_t bits[4];
};

struct part {
	struct set pure, loops, twins;
	bool nullable;
};

struct lint {
	const char *at;
	const char *start, *end; /* of the costly part */
	bool unknown;
	unsigned depth;
};

static const struct set none;
static const struct set all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

static struct set both(struct set a, struct set b)
{
	for (size_t i = 0; i < 4; i++)
		a.bits[i] &= b.bits[i];
	return a;
}

static struct set either(struct set a, struct set b)
{
	for (size_t i = 0; i < 4; i++)
		a.bits[i] |= b.bits[i];
	return a;
}

static struct set other(struct set a)
{
	for (size_t i = 0; i < 4; i++)
		a.bits[i] = ~a.bits[i];
	return a;
}

static bool is_none(struct set a)
{
	return (a.bits[0] | a.bits[1] | a.bits[2] | a.bits[3]) == 0;
}

static void put(struct set *set, unsigned long c)
{
	size_t bin = c < 128 ? c : 128 + c % 128;

	set->bits[bin / 64] |= (uint64_t)1 << bin % 64;
	/* Case is ignored by all of our expressions. */
	if (c < 128 && ((c | 32) >= 'a' && (c | 32) <= 'z'))
		set->bits[(c ^ 32) / 64] |= (uint64_t)1 << (c ^ 32) % 64;
}

static void put_range(struct set *set, unsigned long from, unsigned long to)
{
	for (unsigned long c = from; c <= to && c < from + 256; c++)
		put(set, c);
}

/* \d, \w, \s and their like; false: no such class. */
static bool put_class(struct set *set, char letter)
{
	struct set class = none;

	switch (letter | 32) {
	case 'd': put_range(&class, '0', '9'); break;
	case 'w':
		put_range(&class, '0', '9');
		put_range(&class, 'a', 'z');
		put(&class, '_');
		class.bits[2] = class.bits[3] = UINT64_MAX;
		break;
	case 's': put_range(&class, 9, 13); /* fall through */
	case 'h': put(&class, ' '); put(&class, 9); put(&class, 0xa0); break;
	case 'v': put_range(&class, 10, 13); break;
	default:
		if (letter == 'N' || letter == 'R' || letter == 'X')
			class = all;
		else
			return false;
	}
	*set = either(*set, letter >= 'a' || letter == 'N' || letter == 'R' || letter == 'X' ? class : other(class));
	return true;
}

/* One character as written, in UTF-8. */
static unsigned long take_char(struct lint *l)
{
	const unsigned char *p = (const unsigned char *)l->at;
	unsigned long c = *p++;

	if (c >= 0xc0)
		for (c &= 0x1f; (*p & 0xc0) == 0x80; p++)
			c = c << 6 | (*p & 0x3f);
	l->at = (const char *)p;
	return c;
}

/* "{41}" or "41" after \x. */
static unsigned long take_hex(struct lint *l)
{
	char digits[9] = "";
	bool braced = *l->at == '{';
	size_t n;

	l->at += braced;
	n = strspn(l->at, "0123456789abcdefABCDEF");
	n = braced ? n : n > 2 ? 2 : n;
	memcpy(digits, l->at, n < 8 ? n : 8);
	l->at += n;
	l->at += braced && *l->at == '}';
	return strtoul(digits, NULL, 16);
}

static void skip_to(struct lint *l, char end)
{
	const char *found = strchr(l->at, end);

	l->unknown |= found == NULL;
	l->at = found != NULL ? found + 1 : l->at + strlen(l->at);
}

/* After the backslash. A place (\b) or reference matches no character of its own: the set stays empty. */
static void take_escape(struct lint *l, struct set *set)
{
	char c = *l->at;
	const char *control = "ntrfea", *value = "\n\t\r\f\033\a", *found;

	if (c == '\0') {
		l->unknown = true;
		return;
	}
	if (put_class(set, c)) {
		l->at++;
	} else if (c == 'x') {
		l->at++;
		put(set, take_hex(l));
	} else if (c == 'p' || c == 'P') {
		l->at++;
		if (*l->at == '{')
			skip_to(l, '}');
		else
			l->at += *l->at != '\0';
		*set = all;
	} else if (strchr("QEgkcoC", c) != NULL) {
		l->unknown = true;
	} else if (strchr("bBAzZGK123456789", c) != NULL) {
		l->at++;
	} else if ((found = strchr(control, c)) != NULL) {
		put(set, (unsigned char)value[found - control]);
		l->at++;
	} else {
		put(set, take_char(l));
	}
}

/* One member of "[...]"; its character for a range, or ULONG_MAX. */
static unsigned long take_member(struct lint *l, struct set *set)
{
	unsigned long c;

	if (l->at[0] == '[' && (l->at[1] == ':' || l->at[1] == '.')) {
		skip_to(l, ']');
		*set = all;
		return UINT64_MAX;
	}
	if (*l->at != '\\') {
		c = take_char(l);
		put(set, c);
		return c;
	}
	l->at++;
	if (*l->at == 'b') {
		l->at++;
		put(set, '\b');
		return '\b';
	}
	if (*l->at == 'x') {
		l->at++;
		c = take_hex(l);
		put(set, c);
		return c;
	}
	c = strchr("dwshvDWSHVpPNR", *l->at) != NULL ? UINT64_MAX : (unsigned char)*l->at;
	take_escape(l, set);
	return c;
}

static struct set take_bracket(struct lint *l)
{
	struct set set = none;
	bool negated = *l->at == '^', first = true;

	l->at += negated;
	while (*l->at != '\0' && (*l->at != ']' || first) && !l->unknown) {
		unsigned long from = take_member(l, &set);

		first = false;
		if (from != UINT64_MAX && l->at[0] == '-' && l->at[1] != ']' && l->at[1] != '\0') {
			unsigned long to;

			l->at++;
			to = take_member(l, &set);
			if (to != UINT64_MAX)
				put_range(&set, from, to);
		}
	}
	l->unknown |= *l->at != ']';
	l->at += *l->at == ']';
	return negated ? other(set) : set;
}

static struct part take_choices(struct lint *l);

/* What stands after "(": sets *quiet_r for what gives nothing back (atomic), *place_r for what matches a place only. */
static void take_group_kind(struct lint *l, bool *quiet_r, bool *place_r)
{
	*quiet_r = *place_r = false;
	if (*l->at == '*')
		l->unknown = true;
	if (*l->at != '?')
		return;
	l->at++;
	switch (*l->at) {
	case ':': case '|': l->at++; break;
	case '>': *quiet_r = true; l->at++; break;
	case '=': case '!': *place_r = true; l->at++; break;
	case '#': skip_to(l, ')'); l->at--; *place_r = true; break;
	case 'P': case '<': case '\'':
		l->at += *l->at == 'P';
		*place_r = l->at[0] == '<' && (l->at[1] == '=' || l->at[1] == '!');
		if (*place_r)
			l->at += 2;
		else if (*l->at == '<' || *l->at == '\'')
			skip_to(l, *l->at++ == '<' ? '>' : '\'');
		else
			l->unknown = true;
		break;
	default:
		/* "(?i)" and "(?i:"; "(?(" and calls are not judged. */
		l->at += strspn(l->at, "imsxnJ-^");
		l->unknown |= *l->at != ')' && *l->at != ':';
		l->at += *l->at == ':';
	}
}

static struct part take_group(struct lint *l)
{
	struct part part;
	bool quiet, place;

	take_group_kind(l, &quiet, &place);
	part = take_choices(l);
	l->unknown |= *l->at != ')';
	l->at += *l->at == ')';
	if (quiet || place)
		part.loops = part.twins = none;
	if (place)
		part = (struct part){.nullable = true};
	return part;
}

static struct part take_atom(struct lint *l)
{
	struct part part = {.nullable = false};
	char c = *l->at;

	if (c == '(') {
		l->at++;
		return take_group(l);
	}
	if (c == '[') {
		l->at++;
		part.pure = take_bracket(l);
		return part;
	}
	if (c == '\\') {
		l->at++;
		take_escape(l, &part.pure);
		part.nullable = is_none(part.pure);
		return part;
	}
	if (c == '.')
		part.pure = all;
	else if (c != '^' && c != '$')
		put(&part.pure, take_char(l));
	l->at += c == '.' || c == '^' || c == '$';
	part.nullable = c == '^' || c == '$';
	return part;
}

/* "{2,}", "*", "+?" ...; false: there is none. */
static bool take_quantifier(struct lint *l, unsigned long *min_r, unsigned long *max_r)
{
	const char *p = l->at;
	char *end;

	*min_r = *p == '+';
	*max_r = *p == '?' ? 1 : MANY;
	if (*p != '\0' && strchr("*+?", *p) != NULL) {
		l->at++;
		return true;
	}
	if (*p != '{' || p[1] < '0' || p[1] > '9')
		return false;
	*min_r = *max_r = strtoul(p + 1, &end, 10);
	if (*end == ',')
		*max_r = end[1] == '}' ? MANY : strtoul(end + 1, &end, 10);
	p = strchr(end, '}');
	l->unknown |= p == NULL;
	l->at = p != NULL ? p + 1 : end;
	return p != NULL;
}

static struct part take_repeated(struct lint *l)
{
	const char *start = l->at;
	struct part part = take_atom(l);
	unsigned long min, max;

	if (l->unknown || !take_quantifier(l, &min, &max))
		return part;
	if (max >= MANY && !(is_none(part.loops) && is_none(part.twins)) && *l->at != '+' && l->end == NULL) {
		l->start = start;
		l->end = l->at;
	}
	if (max >= MANY)
		part.loops = part.pure;
	if (*l->at == '+')
		part.loops = part.twins = none; /* possessive: gives nothing back */
	part.nullable |= min == 0;
	l->at += *l->at == '+' || *l->at == '?';
	return part;
}

static struct part take_sequence(struct lint *l)
{
	struct part whole = {.nullable = true};
	struct set needed = all;

	while (*l->at != '\0' && *l->at != '|' && *l->at != ')' && !l->unknown) {
		struct part part = take_repeated(l);

		whole.pure = either(whole.pure, part.pure);
		whole.loops = either(whole.loops, part.loops);
		whole.twins = either(whole.twins, part.twins);
		if (!part.nullable)
			needed = both(needed, part.pure);
		whole.nullable &= part.nullable;
	}
	whole.pure = both(whole.pure, needed);
	whole.loops = both(whole.loops, needed);
	whole.twins = both(whole.twins, needed);
	return whole;
}

static struct part take_choices(struct lint *l)
{
	struct part whole = {.nullable = false};

	if (++l->depth > DEPTH_MAX)
		l->unknown = true;
	while (!l->unknown) {
		struct part part = take_sequence(l);

		whole.twins = either(whole.twins, either(part.twins, both(whole.pure, part.pure)));
		whole.pure = either(whole.pure, part.pure);
		whole.loops = either(whole.loops, part.loops);
		whole.nullable |= part.nullable;
		if (*l->at != '|')
			break;
		l->at++;
	}
	l->depth--;
	return whole;
}

const char *pattern_costly(const char *expression, const char **start_r)
{
	struct lint lint = {.at = expression};

	take_choices(&lint);
	if (lint.unknown || *lint.at != '\0')
		return NULL;
	*start_r = lint.start;
	return lint.end;
}
