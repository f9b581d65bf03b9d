/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text as a reader sees it, in one pass: plain ASCII is copied in bulk, what
 * stands around another character is taken apart word by word. Nothing is
 * copied when nothing changes.
 */
#include "mail/normal.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "mail/normal_private.h"

#define DISGUISES_MAX 4096  /* of one text */
#define REVERSED_MAX 512    /* bytes that a reader is shown back to front */
#define MARKS_MAX 32        /* on one letter, told apart */
#define LOOK_AHEAD 48

struct reader {
	struct slice in;
	size_t at;
	struct buf out;
	struct map_builder map;
	struct census census;
	struct word *word;
	/* Left out since the last character that was shown. */
	uint16_t invisible, soft, bidi;
	bool changed, failed;
	struct mail_disguise *disguises; /* heap */
	size_t disguise_count, disguise_room;
};

/* ---- what stands at a place ---- */

/* The character at at; a bad byte gives U+FFFD and *bad_r. */
static size_t character(struct slice s, size_t at, uint32_t *cp_r, bool *bad_r)
{
	unsigned long cp = (unsigned char)s.ptr[at];
	size_t n = 1;

	*bad_r = false;
	if (cp >= 0x80 && (n = utf8_decode(slice_sub(s, at, 4), &cp)) == 0) {
		*bad_r = true;
		cp = 0xFFFD;
		n = 1;
	}
	*cp_r = (uint32_t)cp;
	return n;
}

static bool is_bidi(uint32_t cp)
{
	return cp == 0x61C || cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x206F);
}

/* The next character that is seen, or 0. */
static uint32_t peek(const struct reader *r, size_t at)
{
	size_t end = at + LOOK_AHEAD;
	uint32_t cp;
	bool bad;

	while (at < r->in.len && at < end) {
		at += character(r->in, at, &cp, &bad);
		if (cp < 0x80 || !unicode_invisible(cp))
			return cp;
	}
	return 0;
}

static bool is_latin_like(uint32_t cp)
{
	uint32_t plain[FOLDED_MAX];
	size_t count;
	bool near;

	if (cp >= 0x80 && normal_lookalike(cp, &near) != 0)
		return true;
	normal_fold(cp, plain, &count);
	cp = plain[0];
	return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || (cp >= 0xC0 && cp < 0x250);
}

/* The last character shown in this word, or 0. */
static uint32_t before(const struct reader *r)
{
	const struct unit *unit = r->word->count > 0 ? &r->word->units[r->word->count - 1] : NULL;

	return unit != NULL ? unit->cp[unit->count - 1] : 0;
}

/* ---- output ---- */

static void emit(struct reader *r, const char *bytes, size_t len, size_t in, size_t in_len, bool copied)
{
	map_add(&r->map, r->out.len, len, in, in_len, copied);
	buf_add(&r->out, bytes, len);
	r->changed |= !copied;
}

static void emit_copy(struct reader *r, size_t from, size_t to)
{
	if (to > from)
		emit(r, r->in.ptr + from, to - from, from, to - from, true);
	r->invisible = r->soft = r->bidi = 0;
}

static void note_disguise(struct reader *r, enum disguise_kind kind, size_t start, size_t end, size_t count)
{
	if (count == 0 || r->disguise_count >= DISGUISES_MAX)
		return;
	if (r->disguise_count == r->disguise_room) {
		size_t room = r->disguise_room != 0 ? r->disguise_room * 2 : 16;
		struct mail_disguise *grown = realloc(r->disguises, room * sizeof(*grown));

		if (grown == NULL) {
			r->failed = true;
			return;
		}
		r->disguises = grown;
		r->disguise_room = room;
	}
	r->disguises[r->disguise_count++] = (struct mail_disguise){.kind = kind, .start = start, .end = end, .count = count};
}

static void emit_unit(struct reader *r, const struct unit *unit)
{
	struct buf plain = {0};

	if (unit->form == FORM_SAME && unit->marks == 0) {
		emit(r, r->in.ptr + unit->in, unit->in_len, unit->in, unit->in_len, true);
		return;
	}
	for (size_t i = 0; i < unit->count; i++)
		buf_add_utf8(&plain, unit->cp[i]);
	r->failed |= plain.failed;
	emit(r, plain.data, plain.len, unit->in, unit->in_len, false);
	buf_free(&plain);
}

/* The word is complete: shows it. */
static void word_flush(struct reader *r)
{
	size_t counts[4], first = 0, last = 0, start = 0, end = 0;
	bool disguised;

	if (r->word->count == 0)
		return;
	r->word->after = slice_sub(r->in, r->at, LOOK_AHEAD * 2);
	word_unmask(r->word, &r->census);
	disguised = word_disguises(r->word, &r->census, counts, &first, &last);
	for (size_t i = 0; i < r->word->count; i++) {
		if (i == first)
			start = r->out.len;
		emit_unit(r, &r->word->units[i]);
		if (i == last)
			end = r->out.len;
	}
	for (int kind = 0; disguised && kind < 4; kind++)
		note_disguise(r, (enum disguise_kind)kind, start, end, counts[kind]);
	r->word->count = 0;
}

static struct unit *unit_add(struct reader *r, size_t in, size_t in_len, uint32_t cp, enum form form)
{
	struct unit *unit;

	if (r->word->count == WORD_MAX)
		word_flush(r);
	unit = &r->word->units[r->word->count++];
	*unit = (struct unit){.in = (uint32_t)in, .in_len = (uint32_t)in_len, .cp = {cp}, .count = 1, .form = (uint8_t)form,
	    .invisible = r->invisible, .soft = r->soft, .bidi = r->bidi};
	r->invisible = r->soft = r->bidi = 0;
	return unit;
}

/* ---- characters that nobody sees ---- */

static bool in_emoji(const struct reader *r, uint32_t cp, size_t next)
{
	uint32_t last = before(r);

	if (last == 0 || !(normal_is_emoji(last) || last == 0xFE0F || last == 0x200D || (last >= 0xE0020 && last <= 0xE007F)))
		return false;
	if (cp == 0xFE0E || cp == 0xFE0F)
		return true;
	if (cp == 0x200D)
		return normal_is_emoji(peek(r, next));
	/* the flags of England, Scotland and Wales */
	return cp >= 0xE0020 && cp <= 0xE007F && (last == 0x1F3F4 || last >= 0xE0020);
}

/* A joiner that the spelling of a language needs, a filler between Hangul letters, a Mongolian selector. */
static bool in_script(const struct reader *r, uint32_t cp, size_t next)
{
	uint32_t last = before(r), after;

	if (cp != 0x200C && cp != 0x200D && cp != 0x115F && cp != 0x1160 && !(cp >= 0x17B4 && cp <= 0x180F))
		return false;
	after = peek(r, next);
	return normal_is_joining(last) && normal_is_joining(after);
}

/* A blank of any kind; one that follows another with padding between is no more than that. */
static void read_space(struct reader *r, size_t len)
{
	bool padded = r->invisible + r->soft + r->bidi > 0;

	word_flush(r);
	if (padded && r->out.len > 0 && r->out.data[r->out.len - 1] == ' ')
		r->changed = true;
	else
		emit(r, " ", 1, r->at, len, false);
	r->invisible = r->soft = r->bidi = 0;
}

/* The end of what is shown back to front behind an override that ends at at, or at. */
static size_t reversed_end(const struct reader *r, size_t at)
{
	size_t end = at;
	uint32_t cp;
	bool bad;

	while (end < r->in.len && end - at < REVERSED_MAX) {
		size_t n = character(r->in, end, &cp, &bad);

		if (cp == 0x202C || cp == '\n' || cp == 0x202D || cp == 0x202E)
			return end;
		if (bad || normal_is_joining(cp))
			return at;
		end += n;
	}
	return end == r->in.len ? end : at;
}

/* Right-to-left override: a reader sees the characters from last to first. One unit of the map. */
static bool read_reversed(struct reader *r, size_t len)
{
	size_t start = r->at + len, end = reversed_end(r, start), in = r->at, at = end;
	struct buf plain = {0};
	uint32_t cp;
	bool bad;

	if (end == start)
		return false;
	word_flush(r);
	while (at > start) {
		at--;
		while (at > start && ((unsigned char)r->in.ptr[at] & 0xC0) == 0x80)
			at--;
		character(r->in, at, &cp, &bad);
		if (!unicode_invisible(cp))
			buf_add_utf8(&plain, cp);
	}
	r->at = end;
	if (end < r->in.len && character(r->in, end, &cp, &bad) == 3 && cp == 0x202C)
		r->at += 3;
	r->failed |= plain.failed;
	if (plain.len > 0) {
		emit(r, plain.data, plain.len, in, r->at - in, false);
		note_disguise(r, DISGUISE_BIDI, r->out.len - plain.len, r->out.len, 1);
	}
	buf_free(&plain);
	r->changed = true;
	return true;
}

static void count_up(uint16_t *counter)
{
	*counter = (uint16_t)(*counter + (*counter < UINT16_MAX));
}

static void read_invisible(struct reader *r, uint32_t cp, size_t len)
{
	if (in_emoji(r, cp, r->at + len) || in_script(r, cp, r->at + len)) {
		unit_add(r, r->at, len, cp, FORM_SAME);
		r->at += len;
		return;
	}
	if (cp == 0x202E && read_reversed(r, len))
		return;
	if (is_bidi(cp))
		count_up(&r->bidi);
	else if (cp == 0xAD)
		count_up(&r->soft);
	else
		count_up(&r->invisible);
	r->changed = true;
	r->at += len;
}

/* ---- characters that are seen ---- */

/* Combining marks behind a Latin letter: composed where there is such a letter, else left out. */
static void read_marks(struct reader *r, struct unit *unit)
{
	uint32_t cp, composed;
	bool bad;

	for (size_t n; r->at < r->in.len && (unsigned char)r->in.ptr[r->at] >= 0xCC; r->at += n) {
		n = character(r->in, r->at, &cp, &bad);
		if (!normal_is_mark(cp) || unicode_invisible(cp))
			return;
		composed = unit->marks < MARKS_MAX ? normal_compose(unit->cp[0], cp) : 0;
		if (composed != 0)
			unit->cp[0] = composed;
		else if (unit->cp[0] >= 0x370)
			return; /* a stress mark of Russian */
		else
			count_up(&unit->marks);
		unit->form = unit->form == FORM_SAME ? FORM_QUIET : unit->form;
		unit->in_len += (uint32_t)n;
	}
}

/* "5" in a box is a digit, a selector and the box. */
static bool read_keycap(struct reader *r, uint32_t cp, size_t len)
{
	size_t at = r->at + len;

	if (!((cp >= '0' && cp <= '9') || cp == '#' || cp == '*'))
		return false;
	if (slice_sub(r->in, at, 3).len == 3 && memcmp(r->in.ptr + at, "\xEF\xB8\x8F", 3) == 0)
		at += 3;
	if (slice_sub(r->in, at, 3).len < 3 || memcmp(r->in.ptr + at, "\xE2\x83\xA3", 3) != 0)
		return false;
	unit_add(r, r->at, at + 3 - r->at, cp, FORM_BULLET);
	r->at = at + 3;
	return true;
}

static bool read_flag(struct reader *r, uint32_t cp, size_t len)
{
	uint32_t next;
	bool bad;

	if (cp < 0x1F1E6 || cp > 0x1F1FF || r->at + len >= r->in.len)
		return false;
	if (character(r->in, r->at + len, &next, &bad) != 4 || !normal_is_flag(cp, next))
		return false;
	unit_add(r, r->at, len, cp, FORM_SAME);
	unit_add(r, r->at + len, 4, next, FORM_SAME);
	r->at += len + 4;
	return true;
}

static bool is_digit(uint32_t cp)
{
	uint32_t plain[FOLDED_MAX];
	size_t count;

	normal_fold(cp, plain, &count);
	return plain[0] >= '0' && plain[0] <= '9';
}

/* Punctuation of another form between Latin letters, such as the ideographic dot of a host. */
static char read_punctuation(const struct reader *r, uint32_t cp, size_t len)
{
	char plain = normal_punctuation(cp);
	uint32_t last = before(r), next;

	if (plain == 0)
		return 0;
	next = peek(r, r->at + len);
	if (plain == '%' || plain == ')')
		return is_digit(last) ? plain : 0;
	if (plain == '+' || plain == '$' || plain == '#' || plain == '(')
		return is_digit(next) ? plain : 0;
	if (!(is_latin_like(last) || (last < 0x80 && last != 0 && strchr(".:/-_@)", (int)last) != NULL)))
		return 0;
	return is_latin_like(next) || next == '/' || next == 0xFF0F ? plain : 0;
}

static void read_seen(struct reader *r, uint32_t cp, size_t len, bool bad)
{
	uint32_t plain[FOLDED_MAX] = {cp};
	size_t count = 1;
	enum form form = FORM_SAME;
	struct unit *unit;
	char mark;

	if (read_keycap(r, cp, len) || read_flag(r, cp, len))
		return;
	mark = read_punctuation(r, cp, len);
	if (mark != 0) {
		plain[0] = (unsigned char)mark;
		/* the dot and the sign of an address have one form only; other marks are typed as they come */
		form = cp != 0x3002 && (mark == '.' || mark == '@') ? FORM_WIDE : FORM_QUIET;
	} else if (!bad) {
		form = normal_fold(cp, plain, &count);
	}
	unit = unit_add(r, r->at, len, plain[0], form);
	memcpy(unit->cp, plain, sizeof(plain));
	unit->count = (uint8_t)count;
	r->at += len;
	if (count == 1 && plain[0] < 0x590 && normal_is_letter(plain[0]))
		read_marks(r, unit);
}

/* ---- the text ---- */

/* Reads a word, which something not ASCII stands in, up to white space or a change of writing. */
static void read_word(struct reader *r)
{
	uint32_t cp;
	bool bad;

	while (r->at < r->in.len && !r->failed) {
		size_t len = character(r->in, r->at, &cp, &bad);

		if (cp <= ' ') {
			break;
		} else if (cp >= 0x80 && unicode_invisible(cp)) {
			read_invisible(r, cp, len);
		} else if (normal_is_space(cp)) {
			read_space(r, len);
			r->at += len;
		} else if (normal_is_wide(cp)) {
			word_flush(r);
			emit_copy(r, r->at, r->at + len);
			r->at += len;
		} else {
			read_seen(r, cp, len, bad);
		}
	}
	word_flush(r);
}

/* The next byte that is not ASCII, or the end. */
static size_t find_wide(struct slice s, size_t at)
{
	uint64_t eight;

	for (; at + 8 <= s.len; at += 8) {
		memcpy(&eight, s.ptr + at, 8);
		if ((eight & 0x8080808080808080ULL) != 0)
			break;
	}
	while (at < s.len && (unsigned char)s.ptr[at] < 0x80)
		at++;
	return at;
}

/* Letters by writing, so that a text is known that is not Latin. */
static void take_census(struct reader *r)
{
	struct census *census = &r->census;
	uint32_t cp;
	bool bad, near;

	for (size_t at = 0; at < r->in.len;) {
		size_t n = character(r->in, at, &cp, &bad);
		unsigned alphabet;

		at += n;
		if (cp < 0x80) {
			census->latin += (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
		} else if (normal_is_wide(cp)) {
			census->wide++;
		} else if (cp >= 0x370 && (alphabet = normal_alphabet(cp)) != 0 && normal_is_letter(cp)) {
			census->foreign[alphabet] += normal_lookalike(cp, &near) == 0 || near;
		}
	}
}

static void read_text(struct reader *r, size_t first)
{
	size_t from = 0;

	for (size_t wide = first; wide < r->in.len && !r->failed && !r->out.failed; wide = find_wide(r->in, r->at)) {
		size_t start = wide;

		while (start > from && wide - start < WORD_MAX / 2 && (unsigned char)r->in.ptr[start - 1] > ' ')
			start--;
		emit_copy(r, from, start);
		r->at = start;
		read_word(r);
		from = r->at;
		/* blanks behind what nobody sees: padding is one blank */
		if (r->invisible + r->soft + r->bidi > 0 && r->out.len > 0 && r->out.data[r->out.len - 1] == ' ') {
			while (from < r->in.len && r->in.ptr[from] == ' ')
				from++;
		}
		r->at = from;
	}
	emit_copy(r, from, r->in.len);
}

static int finish(struct reader *r, struct arena *arena, struct normal_text *out)
{
	if (r->failed || r->out.failed || r->map.failed)
		return -1;
	if (!r->changed)
		return 0;
	out->text = arena_slice(arena, buf_slice(&r->out));
	if (out->text.len == 0 && out->text.ptr == NULL)
		out->text = SLICE_LIT("");
	out->map = map_finish(&r->map, arena, r->in);
	if (out->map == NULL || (r->out.len > 0 && out->text.len == 0))
		return -1;
	if (r->disguise_count == 0)
		return 0;
	out->disguises = arena_array(arena, r->disguise_count, sizeof(*out->disguises));
	if (out->disguises == NULL)
		return -1;
	memcpy(out->disguises, r->disguises, r->disguise_count * sizeof(*out->disguises));
	out->disguise_count = r->disguise_count;
	return 0;
}

int normal_read(struct arena *arena, struct slice original, struct normal_text *out)
{
	size_t first = find_wide(original, 0);
	struct reader r = {.in = original};
	int result;

	*out = (struct normal_text){.text = original};
	if (first == original.len || original.len > UINT32_MAX)
		return 0;
	r.word = calloc(1, sizeof(*r.word));
	if (r.word == NULL)
		return -1;
	take_census(&r);
	read_text(&r, first);
	result = finish(&r, arena, out);
	buf_free(&r.out);
	free(r.map.runs);
	free(r.disguises);
	free(r.word);
	return result;
}
