/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds web addresses that are spelled out so that no program takes them for a
 * link. Only forms that an honest reply hardly contains count: the separator
 * must be written oddly and the last label must be a known top-level domain.
 */
#include "spelled.h"

#include <string.h>
#include <strings.h>

enum separator {
	SEPARATOR_NONE,
	SEPARATOR_BRACKET, /* shop[.]com, shop -dot- com */
	SEPARATOR_WORD,    /* shop dot com */
	SEPARATOR_SPACED,  /* shop . com */
	SEPARATOR_ODD,     /* shop,com shop*com shop. com */
	SEPARATOR_GLUED,   /* shopDOTcom, shop dotcom */
	SEPARATOR_PAREN,   /* shop(com) */
	SEPARATOR_BLANK    /* see shop com */
};

/* Confidence of an address whose labels are divided so. */
static const int separator_scores[] = {0, 100, 100, 100, 85, 80, 60, 75};

static bool is_label_char(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks after pos, three at most: more is layout. UTF-8's no-break space counts. */
static size_t skip_blanks(struct postern_slice s, size_t pos)
{
	for (int i = 0; i < 3 && pos < s.len; i++) {
		if (is_blank(s.ptr[pos]))
			pos++;
		else if (s.len - pos > 1 && s.ptr[pos] == '\xC2' && s.ptr[pos + 1] == '\xA0')
			pos += 2;
		else
			break;
	}
	return pos;
}

static size_t skip_blanks_back(struct postern_slice s, size_t pos)
{
	for (int i = 0; i < 3 && pos > 0; i++) {
		if (is_blank(s.ptr[pos - 1]))
			pos--;
		else if (pos > 1 && s.ptr[pos - 1] == '\xA0' && s.ptr[pos - 2] == '\xC2')
			pos -= 2;
		else
			break;
	}
	return pos;
}

/* "dot" and its like at pos; the byte after it, 0: none. */
static size_t dot_word(struct postern_slice s, size_t pos)
{
	static const char *const words[] = {"dot", "d0t", "d o t", "punto", "point", "ponto", "punkt",
	    "\xD1\x82\xD0\xBE\xD1\x87\xD0\xBA\xD0\xB0"};
	static const char seconds[] = "oO0 uU\x82";

	if (s.len - pos < 3 || pos >= s.len || strchr("dDpP\xD1", s.ptr[pos]) == NULL || strchr(seconds, s.ptr[pos + 1]) == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_starts(view_sub(s, pos, s.len), words[i]))
			return pos + strlen(words[i]);
	return 0;
}

/* The dots of other scripts; the byte after the one at pos, 0: none. */
static size_t wide_dot_end(struct postern_slice s, size_t pos)
{
	uint32_t c = rune_next(s, &pos);

	return c == 0x70B9 || c == 0x9EDE || c == 0x3002 || c == 0xFF0E || c == 0xFF61 ? pos : 0;
}

/* "[.]", "(dot)", "-dot-" and so on, and the dots of other scripts; the byte after it, 0: none. */
static size_t bracket_end(struct postern_slice s, size_t pos)
{
	static const char openers[] = "[({<-_*~|", closers[] = "])}>-_*~|";
	const char *opener;
	size_t at, end;

	if ((unsigned char)s.ptr[pos] >= 0x80)
		return wide_dot_end(s, pos);
	opener = s.ptr[pos] != '\0' ? strchr(openers, s.ptr[pos]) : NULL;
	if (opener == NULL)
		return 0;
	at = pos + 1 + (pos + 1 < s.len && s.ptr[pos + 1] == ' ');
	end = dot_word(s, at);
	if (end == 0 && at < s.len && s.ptr[at] == '.' && opener < openers + 4)
		end = at + 1;
	if (end == 0)
		return 0;
	end += end < s.len && s.ptr[end] == ' ';
	return end < s.len && s.ptr[end] == closers[opener - openers] ? end + 1 : 0;
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* "dot" as a word of its own, perhaps in quotes; the byte after it, 0: none. */
static size_t word_end(struct postern_slice s, size_t pos)
{
	bool quoted = is_quote(s.ptr[pos]);
	size_t end = dot_word(s, pos + quoted);

	if (end == 0 || (quoted && (end >= s.len || !is_quote(s.ptr[end]))))
		return 0;
	end += quoted;
	return skip_blanks(s, end) > end ? end : 0;
}

/*
 * The word at pos as a top-level domain that is marked in the list with '!'
 * ("shop,com" counts) or "!!" ("see shop com" too): its length, or 0.
 */
static size_t strong_tld(struct postern_slice s, size_t pos, const struct spelled_words *known, const char *mark)
{
	char marked[16];
	size_t len = 0, at = strlen(mark);

	while (pos + len < s.len && at + len < sizeof(marked) && ((s.ptr[pos + len] >= 'a' && s.ptr[pos + len] <= 'z') || s.ptr[pos + len] == '0'))
		len++;
	if (len == 0 || at + len == sizeof(marked) || (pos + len < s.len && is_label_char(s.ptr[pos + len])) ||
	    !words_may_have(known->tlds, mark[0], s.ptr[pos + len - 1], at + len))
		return 0;
	memcpy(marked, mark, at);
	memcpy(marked + at, s.ptr + pos, len);
	return words_has(known->tlds, (struct postern_slice){marked, at + len}) ? len : 0;
}

void spelled_firsts(const struct words *tlds, bool firsts[256])
{
	memset(firsts, 0, 256 * sizeof(firsts[0]));
	for (size_t i = 0; i < tlds->count; i++)
		if (strncmp(tlds->items[i], "!!", 2) == 0)
			firsts[(unsigned char)tlds->items[i][2]] = true;
}

static bool is_odd_mark(char c)
{
	return c == ',' || c == '*' || c == '~' || c == '|';
}

/* "see shop com": a blank before what can only be a top-level domain. */
static enum separator blank_separator(struct postern_slice s, size_t pos, const struct spelled_words *known)
{
	return pos > 0 && s.len - pos >= 4 && known->firsts[(unsigned char)s.ptr[pos + 1]] &&
	    is_label_char(s.ptr[pos - 1]) && strong_tld(s, pos + 1, known, "!!") > 0 ? SEPARATOR_BLANK : SEPARATOR_NONE;
}

/* What divides labels oddly where the next one can only be a top-level domain. */
static enum separator odd_separator(struct postern_slice s, size_t pos, const struct spelled_words *known, size_t *end_r)
{
	bool blank_before = is_blank(s.ptr[pos - 1]), letter_before = is_label_char(s.ptr[pos - 1]);
	struct postern_slice rest = view_sub(s, pos, s.len);

	*end_r = pos + 1;
	if (rest.len < 4)
		return SEPARATOR_NONE;
	if (letter_before && is_odd_mark(rest.ptr[0]) && strong_tld(s, pos + 1, known, "!") > 0)
		return SEPARATOR_ODD;
	if (letter_before && rest.ptr[0] == '.' && is_blank(rest.ptr[1]) && strong_tld(s, pos + 2, known, "!!") > 0)
		return SEPARATOR_ODD;
	if (letter_before && rest.ptr[0] == '.' && memchr(rest.ptr, '0', 4) != NULL && strong_tld(s, pos + 1, known, "!") > 0)
		return SEPARATOR_ODD; /* ".c0m" */
	if (letter_before && rest.ptr[0] == '(' && strong_tld(s, pos + 1, known, "!") > 0)
		return SEPARATOR_PAREN;
	*end_r = pos + 3;
	if (((blank_before && view_starts(rest, "dot")) || (letter_before && strncmp(rest.ptr, "DOT", 3) == 0 && s.ptr[pos - 1] >= 'a')) &&
	    strong_tld(s, pos + 3, known, "!") > 0)
		return SEPARATOR_GLUED;
	return SEPARATOR_NONE;
}

/* The separator whose first byte, behind any blanks, is at pos. */
static enum separator separator_at(struct postern_slice s, size_t pos, const struct spelled_words *known, size_t *end_r)
{
	struct postern_slice rest = view_sub(s, pos, s.len);
	bool blank_before;

	/* Every word ends so. */
	if (is_blank(s.ptr[pos])) {
		*end_r = pos + 1;
		return blank_separator(s, pos, known);
	}
	blank_before = pos > 0 && skip_blanks_back(s, pos) < pos;
	*end_r = bracket_end(s, pos);
	if (*end_r > 0)
		return SEPARATOR_BRACKET;
	if (blank_before && word_end(s, pos) > 0) {
		*end_r = word_end(s, pos);
		return SEPARATOR_WORD;
	}
	if (blank_before && rest.ptr[0] == '.') {
		*end_r = pos + 1;
		return SEPARATOR_SPACED;
	}
	return pos > 0 ? odd_separator(s, pos, known, end_r) : SEPARATOR_NONE;
}

/* Copies the host characters before end to the front of out->host; their number. */
static size_t take_left(struct postern_slice s, size_t end, struct spelled *out)
{
	size_t start = end;

	while (start > 0 && end - start < 100 && (is_label_char(s.ptr[start - 1]) || s.ptr[start - 1] == '.'))
		start--;
	while (start < end && s.ptr[start] == '.')
		start++;
	memcpy(out->host, s.ptr + start, end - start);
	out->start = start;
	return end - start;
}

enum tld { TLD_NONE, TLD_PLAIN, TLD_WORD };

static enum tld find_tld(const struct words *tlds, struct postern_slice label)
{
	char marked[64];

	if (label.len == 0 || label.len > sizeof(marked) - 1)
		return TLD_NONE;
	if (words_has(tlds, label))
		return TLD_PLAIN;
	marked[0] = '+';
	memcpy(marked + 1, label.ptr, label.len);
	return words_has(tlds, (struct postern_slice){marked, label.len + 1}) ? TLD_WORD : TLD_NONE;
}

static bool is_lower(struct postern_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
			return false;
	return true;
}

/* Whether a sentence goes on with a word after pos, as in "thank you . shop again". */
static bool goes_on(struct postern_slice s, size_t pos)
{
	size_t next = skip_blanks(s, pos);

	return next > pos && next < s.len && is_label_char(s.ptr[next]);
}

/* Whether labels from "www" on lead to this one: "www . shop . com" is an address whatever follows. */
static bool is_www(const struct spelled *out, struct postern_slice left)
{
	struct postern_slice host = {out->host, (size_t)(left.ptr - out->host) + left.len};

	return view_starts(host, "www.");
}

/* The last label written before a separator. */
static struct postern_slice last_label(const struct spelled *out, size_t len)
{
	size_t start = len;

	while (start > 0 && out->host[start - 1] != '.')
		start--;
	return (struct postern_slice){out->host + start, len - start};
}

bool leads_there(struct postern_slice text, size_t pos)
{
	static const char *const words[] = {"visit", "see", "at", "on", "via", "to", "check", "out", "open", "use", "try",
	    "site", "website", "page", "link", "google", "search", "find", "type", "enter", "browse", "store", "shop", "www",
	    "is"};
	size_t end = pos, start;

	while (end > 0 && strchr(" \t\r\n:,(\"'", text.ptr[end - 1]) != NULL)
		end--;
	for (start = end; start > 0 && ((text.ptr[start - 1] | 0x20) >= 'a' && (text.ptr[start - 1] | 0x20) <= 'z'); start--)
		continue;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_is(view_sub(text, start, end), words[i]))
			return true;
	return end == 0;
}

/* Forms that need a domain like no other word: their left side must look like a name too. */
static bool is_odd_plausible(enum separator separator, struct postern_slice s, struct postern_slice left,
    const struct spelled *out, size_t end)
{
	if (view_starts(view_sub(s, skip_blanks(s, end), s.len), "port"))
		return false;
	if (separator != SEPARATOR_BLANK)
		return left.len >= 4;
	return left.len >= 5 && out->start > 0 && leads_there(s, out->start);
}

static bool is_plausible(enum separator separator, struct postern_slice s, struct postern_slice left,
    struct postern_slice label, size_t end, const struct spelled_words *known, const struct spelled *out)
{
	enum tld tld = find_tld(known->tlds, label);

	if (tld == TLD_NONE || left.len == 0)
		return false;
	if (separator == SEPARATOR_BRACKET)
		return true;
	if (words_has(known->dot_words, left))
		return false;
	if (separator > SEPARATOR_SPACED)
		return is_odd_plausible(separator, s, left, out, end);
	if (separator == SEPARATOR_WORD)
		return left.len > 1 || tld == TLD_PLAIN;
	if (!is_lower(label))
		return false;
	return tld == TLD_PLAIN || !goes_on(s, end) || is_www(out, left);
}

/* "c o m" or "c.o.m" for a last label: its letters into out (8 bytes); where it ends, 0: none. */
static size_t read_apart(struct postern_slice s, size_t pos, const struct spelled_words *known, char *out)
{
	size_t len = 0, at = pos;

	while (at < s.len && len < 6 && is_label_char(s.ptr[at])) {
		out[len++] = s.ptr[at++];
		if (at + 1 >= s.len || (s.ptr[at] != ' ' && s.ptr[at] != '.') || !is_label_char(s.ptr[at + 1]) ||
		    (at + 2 < s.len && is_label_char(s.ptr[at + 2])))
			break;
		at++;
	}
	out[len] = '\0';
	return len > 2 && strong_tld((struct postern_slice){out, len}, 0, known, "!") == len ? at : 0;
}

/* The end of what stands before the separator at pos; before a word may be a pause: "shop, dot com". */
static size_t left_end(struct postern_slice s, size_t pos, const struct spelled_words *known)
{
	size_t left = skip_blanks_back(s, pos), end;

	if (left > 0 && s.ptr[left - 1] == ',' && separator_at(s, pos, known, &end) == SEPARATOR_WORD)
		left--;
	return left;
}

/* Goes on from the separator at pos as far as labels follow; whether an address stands there. */
static bool read_chain(struct postern_slice s, size_t pos, const struct spelled_words *known, struct spelled *out)
{
	size_t len = take_left(s, left_end(s, pos, known), out), good = 0, end;
	enum separator separator;

	out->score = 100;
	while (pos < s.len && (separator = separator_at(s, pos, known, &end)) != SEPARATOR_NONE && len > 0 && len < 120) {
		size_t from = skip_blanks(s, end), to = from;
		struct postern_slice label, left = last_label(out, len);
		size_t apart;
		char letters[8];

		while (to < s.len && to - from < 63 && is_label_char(s.ptr[to]))
			to++;
		label = view_sub(s, from, to);
		apart = label.len == 1 ? read_apart(s, from, known, letters) : 0;
		if (apart > 0) {
			to = apart;
			label = view_str(letters);
		}
		if (label.len == 0)
			break;
		if (is_plausible(separator, s, left, label, to, known, out)) {
			good = len + 1 + label.len;
			if (separator_scores[separator] < out->score)
				out->score = separator_scores[separator];
		}
		out->host[len] = '.';
		memcpy(out->host + len + 1, label.ptr, label.len);
		len += 1 + label.len;
		out->end = good == len ? to : out->end;
		pos = skip_blanks(s, to);
	}
	out->host[good] = '\0';
	return good > 0;
}

/* "hxxps://shop[.]com": its host, whatever it is. */
static bool read_hxxp(struct postern_slice s, size_t pos, struct spelled *out)
{
	size_t i = pos + 4, len = 0, end;

	if (pos > 0 && is_label_char(s.ptr[pos - 1]))
		return false;
	if (i < s.len && (s.ptr[i] == 's' || s.ptr[i] == 'S'))
		i++;
	i = bracket_end(s, i < s.len ? i : pos) > 0 ? bracket_end(s, i) : i;
	for (; i < s.len && strchr(":/\\[] ", s.ptr[i]) != NULL && s.ptr[i] != '\0'; i++)
		continue;
	while (i < s.len && len < 250) {
		end = bracket_end(s, i);
		if (end == 0 && !is_label_char(s.ptr[i]) && s.ptr[i] != '.')
			break;
		out->host[len++] = end > 0 ? '.' : s.ptr[i];
		i = end > 0 ? end : i + 1;
	}
	out->host[len] = '\0';
	out->start = pos;
	out->end = i;
	out->score = 100;
	return memchr(out->host, '.', len) != NULL;
}

/* "shopdotcom" out of single letters: its dot, when a top-level domain that is no word follows. */
static void letters_dot(const struct spelled_words *known, struct spelled *out, size_t *len)
{
	struct postern_slice host = {out->host, *len};

	for (size_t i = 3; i + 4 < *len && memchr(out->host, '.', *len) == NULL; i++) {
		if (!view_starts(view_sub(host, i, host.len), "dot") || strong_tld(host, i + 3, known, "!") == 0)
			continue;
		out->host[i] = '.';
		memmove(out->host + i + 1, out->host + i + 3, *len - i - 3);
		*len -= 2;
	}
}

/* "s h o p . c o m": single characters with one blank between them; the end of the run in *end_r. */
static bool read_letters(struct postern_slice s, size_t pos, const struct spelled_words *known, struct spelled *out,
    size_t *end_r)
{
	size_t i = pos, len = 0;
	struct postern_slice label;

	while (i < s.len && len < 250 && (is_label_char(s.ptr[i]) || s.ptr[i] == '.')) {
		out->host[len++] = s.ptr[i++];
		if (i < s.len && view_starts(view_sub(s, i, s.len), " dot ")) {
			out->host[len++] = '.';
			i += 5;
			continue;
		}
		if (i >= s.len || s.ptr[i] != ' ' || i + 1 >= s.len)
			break;
		if (i + 2 < s.len && (is_label_char(s.ptr[i + 2]) || s.ptr[i + 2] == '.'))
			break; /* a longer word follows */
		i++;
	}
	*end_r = i;
	letters_dot(known, out, &len);
	out->host[len] = '\0';
	out->start = pos;
	out->end = i;
	out->score = 100;
	label = last_label(out, len);
	return len >= 6 && label.len + 2 < len && find_tld(known->tlds, label) != TLD_NONE;
}

/* "support.kelvo at gmail dot com": what stands before "at" can only be the name of a mailbox. */
static bool is_mailbox(struct postern_slice s, size_t pos)
{
	size_t end, start;
	bool letter = false, mark = false;

	if (pos < 5 || !view_is(view_sub(s, pos - 4, pos), " at "))
		return false;
	end = pos - 4;
	for (start = end; start > 0 && end - start < 64 && (is_label_char(s.ptr[start - 1]) || s.ptr[start - 1] == '.'); start--) {
		bool digit = s.ptr[start - 1] >= '0' && s.ptr[start - 1] <= '9';

		mark |= digit || s.ptr[start - 1] == '.' || s.ptr[start - 1] == '_';
		letter |= !digit && is_label_char(s.ptr[start - 1]);
	}
	return letter && mark && end > start && s.ptr[end - 1] != '.';
}

/*
 * Whether the byte at pos may start "hxxp" or a separator: nearly all bytes of a text don't. A blank matters
 * only as "shop com", behind a label.
 */
static bool may_start(struct postern_slice s, size_t pos, const struct spelled_words *known)
{
	char c = s.ptr[pos];

	if (c == ' ' || c == '\t')
		return pos > 0 && pos + 1 < s.len && known->firsts[(unsigned char)s.ptr[pos + 1]] && is_label_char(s.ptr[pos - 1]);
	if (c == 'h' || c == 'H')
		return pos + 1 < s.len && (s.ptr[pos + 1] | 0x20) == 'x';
	if (c == 'd' || c == 'p' || c == 'P')
		return pos == 0 || !is_label_char(s.ptr[pos - 1]);
	return true;
}

/* Whether may_start need not be asked: digits, line feeds, letters that are not among its own. */
static bool is_dull(unsigned char c)
{
	static const bool dull[256] = {['\n'] = true, ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true,
	    ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
	    ['e'] = true, ['f'] = true, ['g'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true,
	    ['n'] = true, ['o'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true, ['v'] = true,
	    ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['E'] = true,
	    ['F'] = true, ['G'] = true, ['I'] = true, ['J'] = true, ['K'] = true, ['L'] = true, ['M'] = true, ['N'] = true,
	    ['O'] = true, ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true,
	    ['X'] = true, ['Y'] = true, ['Z'] = true};

	return dull[c];
}

static bool starts_word(struct postern_slice s, size_t pos)
{
	return pos == 0 || s.ptr[pos - 1] == ' ' || s.ptr[pos - 1] == '\n';
}

bool spelled_next(struct postern_slice text, size_t *pos, const struct spelled_words *known, struct spelled *out)
{
	for (size_t i = *pos; i < text.len; i++) {
		size_t end, dummy;
		bool single, found = false, candidate;

		while (i + 1 < text.len && text.ptr[i + 1] != ' ' && is_dull((unsigned char)text.ptr[i]))
			i++;
		end = i;
		single = i + 1 < text.len && text.ptr[i + 1] == ' ' && is_label_char(text.ptr[i]) && starts_word(text, i);
		if (is_dull((unsigned char)text.ptr[i]) && !single)
			continue;
		candidate = !is_dull((unsigned char)text.ptr[i]) && may_start(text, i, known);
		if (candidate && (text.ptr[i] | 0x20) == 'h' && view_starts(view_sub(text, i, text.len), "hxxp"))
			found = read_hxxp(text, i, out);
		else if (single)
			found = read_letters(text, i, known, out, &end);
		else if (candidate && i > 0 && separator_at(text, i, known, &dummy) != SEPARATOR_NONE)
			found = read_chain(text, i, known, out) && !is_mailbox(text, out->start);
		if (found) {
			*pos = out->end > i ? out->end : i + 1;
			return true;
		}
		i = end;
	}
	*pos = text.len;
	return false;
}
