/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is "name.tld" in running text a place on the net or two sentences whose
 * space was forgotten? Judged by suffix, letter case, length and what stands
 * around. The words below are English, not marketplace facts: suffixes that
 * are also words people begin a sentence with, or names of files.
 */
#include "mail/url_private.h"

#include <string.h>

#include "core/text.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool in_list(struct slice word, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (slice_eq_str(word, *list))
			return true;
	}
	return false;
}

/* Suffixes that a sentence may begin with: alone they say nothing. */
static bool suffix_is_word(struct slice suffix)
{
	static const char *const words[] = {
		"able", "am", "an", "as", "at", "be", "best", "bike", "blue", "build", "by", "call", "camera", "can",
		"care", "case", "cash", "center", "charity", "city", "clean", "cleaning", "click", "coach", "community",
		"company", "contact", "cool", "credit", "data", "day", "deal", "delivery", "diet", "direct",
		"directory", "do", "domains", "email", "energy", "engineering", "equipment", "et", "events", "exchange",
		"express", "fail", "family", "fan", "fast", "final", "finance", "fish", "fit", "foundation", "free",
		"fun", "fund", "gift", "give", "gives", "global", "gold", "got", "green", "group", "guide", "guitars",
		"help", "here", "hi", "holiday", "host", "hot", "house", "how", "id", "il", "in", "is", "it", "job",
		"la", "land", "law", "lease", "life", "like", "limited", "link", "live", "lol", "love", "ma",
		"management", "maps", "market", "me", "media", "miss", "mobile", "money", "movie", "mr", "ms", "my",
		"name", "network", "new", "news", "next", "no", "now", "off", "one", "open", "pa", "page", "parts",
		"party", "pay", "phone", "photo", "photos", "physio", "pictures", "pink", "place", "plan", "play",
		"plus", "pm", "post", "press", "productions", "products", "properties", "property", "read", "realty",
		"recipes", "red", "rent", "rentals", "repair", "report", "rest", "review", "reviews", "rip", "run",
		"safe", "save", "school", "science", "search", "secure", "security", "services", "shell", "shoes",
		"show", "sky", "smart", "so", "social", "software", "solutions", "sorry", "space", "st", "study",
		"style", "such", "supplies", "supply", "support", "surgery", "systems", "target", "tax", "taxi", "team",
		"tel", "thanks", "tips", "tires", "to", "today", "tools", "top", "tours", "town", "toys", "trade",
		"training", "tube", "us", "va", "vacations", "vi", "video", "vision", "vote", "voyage", "wait", "wang",
		"watch", "weather", "web", "website", "win", "wine", "work", "works", "world", "wow", "you", "your",
		"zero", "zone", NULL,
	};

	return in_list(suffix, words);
}

static bool suffix_is_file(struct slice suffix)
{
	static const char *const names[] = {"md", "mov", "ps", "py", "sh", "zip", NULL};

	return in_list(suffix, names);
}

/* Suffixes that hardly begin a sentence, so that "Bestgadgets.Shop" is no accident. */
static bool suffix_is_trade(struct slice suffix)
{
	static const char *const names[] = {
		"biz", "club", "com", "info", "net", "org", "shop", "site", "store", "vip", "xyz", NULL,
	};

	return in_list(suffix, names);
}

/* The name split at dots: labels are of legal length, with letters that hosts have. */
static bool labels_legal(struct slice name, size_t *count_r)
{
	size_t start = 0;

	*count_r = 0;
	if (name.len == 0 || name.len > 4 * URL_HOST_MAX)
		return false;
	for (size_t i = 0; i <= name.len; i++) {
		if (i < name.len && name.ptr[i] != '.') {
			unsigned char c = (unsigned char)name.ptr[i];

			if (c < 0x80 && !is_upper((char)c) && !is_lower((char)c) && !is_digit((char)c) &&
			    c != '-' && c != '_')
				return false;
			continue;
		}
		if (i == start || i - start > 4 * URL_LABEL_MAX || name.ptr[start] == '-' || name.ptr[i - 1] == '-')
			return false;
		++*count_r;
		start = i + 1;
	}
	return *count_r >= 2;
}

/* "e.g", "U.S.A", "p.o.box": nothing but single letters before the last dot. */
static bool is_abbreviation(struct slice name)
{
	for (size_t i = 0; i < name.len; i += 2) {
		if (memchr(name.ptr + i, '.', name.len - i) == NULL)
			return true;
		if (i + 1 >= name.len || name.ptr[i + 1] != '.')
			return false;
	}
	return true;
}

struct spelling {
	bool upper, lower, digit, hyphen, other;
	bool capital; /* only the first letter is upper case */
};

static struct spelling spelling_of(struct slice s)
{
	struct spelling p = {0};

	for (size_t i = 0; i < s.len; i++) {
		p.upper |= i > 0 && is_upper(s.ptr[i]);
		p.lower |= is_lower(s.ptr[i]);
		p.digit |= is_digit(s.ptr[i]);
		p.hyphen |= s.ptr[i] == '-';
		p.other |= (unsigned char)s.ptr[i] >= 0x80;
	}
	p.capital = s.len > 1 && is_upper(s.ptr[0]) && !p.upper;
	p.upper |= s.len > 0 && is_upper(s.ptr[0]);
	return p;
}

/* The letters of a registrable name and its suffix, as they were written. */
struct bare_parts {
	struct slice label;  /* "bestgadgets" */
	struct slice suffix; /* "shop", "co.uk" */
	char low[64];        /* the suffix in lower case */
	struct slice lower;
};

/*
 * Cuts the host's suffix off, whichever form it has; host is the normal form,
 * of the same number of labels. false when the suffix is not on the list.
 */
static bool bare_split(struct slice name, struct slice host, struct bare_parts *parts)
{
	struct slice domain = slice_sub(host, 0, host.len);
	size_t dots = 0, at = name.len;
	const char *dot;

	while ((dot = memchr(domain.ptr, '.', domain.len)) != NULL) {
		domain = slice_sub(domain, (size_t)(dot - domain.ptr) + 1, domain.len);
		if (url_suffix_known(domain))
			break;
	}
	if (dot == NULL || domain.len >= sizeof(parts->low))
		return false;
	for (size_t i = 0; i < domain.len; i++)
		dots += domain.ptr[i] == '.';
	for (size_t seen = 0; at > 0; at--) {
		if (name.ptr[at - 1] == '.' && seen++ == dots)
			break;
	}
	if (at == 0)
		return false;
	parts->suffix = slice_sub(name, at, name.len);
	parts->label = slice_sub(name, 0, at - 1);
	dot = memrchr(parts->label.ptr, '.', parts->label.len);
	if (dot != NULL)
		parts->label = slice_sub(parts->label, (size_t)(dot - parts->label.ptr) + 1, parts->label.len);
	memcpy(parts->low, domain.ptr, domain.len);
	parts->lower = (struct slice){parts->low, domain.len};
	return true;
}

/*
 * "AB.12.CD", "MX-200.CO", "ab.12.cd": the number of a part, whose last letters are a country's by accident. Names of
 * sites have a word of some length before the suffix, and small letters.
 */
static bool is_part_number(struct slice name, const struct bare_parts *parts)
{
	struct spelling label = spelling_of(parts->label);

	if (parts->lower.len > 2)
		return false;
	if (label.digit && !label.lower && !label.upper && !label.hyphen && !label.other)
		return true;
	return !spelling_of(name).lower && (label.digit || parts->label.len <= 3);
}

/* Suffixes of countries: two letters are soon met by accident. */
static bool country_ok(const struct url_bare *bare, const struct bare_parts *parts, size_t labels)
{
	struct spelling label = spelling_of(parts->label), suffix = spelling_of(parts->suffix);

	if (suffix.upper && (label.lower || suffix.lower))
		return false;
	if (bare->cued || labels > 2)
		return parts->label.len >= 2;
	return parts->label.len >= 4;
}

static bool generic_ok(const struct url_bare *bare, const struct bare_parts *parts)
{
	struct spelling label = spelling_of(parts->label), suffix = spelling_of(parts->suffix);
	bool trade = suffix_is_trade(parts->lower);

	/* "Bestgadgets.Shop" is a name, "received.Store" two sentences. */
	if (suffix.capital && label.lower && !(trade && (label.capital || slice_eq_str(parts->lower, "com"))))
		return false;
	if (bare->cued)
		return true;
	/* "2 kg.net price", "in red.info on the size": most of these are words too. */
	if (trade)
		return slice_eq_str(parts->lower, "com") || slice_eq_str(parts->lower, "org") || parts->label.len >= 4 || label.digit || label.hyphen;
	return parts->label.len >= 3 && (label.lower || label.upper || label.other);
}

static bool is_www(struct slice name)
{
	size_t i = 3;

	if (!slice_case_prefix(name, "www"))
		return false;
	while (i < name.len && i < 6 && is_digit(name.ptr[i]))
		i++;
	return i + 1 < name.len && name.ptr[i] == '.';
}

/* The case of names whose suffix is a word or a file's ending. */
static bool word_ok(const struct url_bare *bare, const struct bare_parts *parts, size_t labels)
{
	struct spelling label = spelling_of(parts->label), suffix = spelling_of(parts->suffix);

	if (suffix.capital || (suffix.upper && label.lower))
		return false;
	/*
	 * "follow-up.it" is a forgotten space, "best-gadgets.me" is none; hardly a
	 * sentence begins with "us" or "me".
	 */
	if (parts->label.len >= 10 && (parts->lower.len > 2 || slice_eq_str(parts->lower, "us") || slice_eq_str(parts->lower, "me")))
		return true;
	return bare->cued || labels > 2 || (label.hyphen && parts->label.len >= 10) || label.other ||
	    (label.digit && !is_digit(parts->label.ptr[0]));
}

/* Plain suffixes are looked up before anything dear is done; others need IDNA first. */
static bool suffix_possible(struct slice name)
{
	const char *dot = memrchr(name.ptr, '.', name.len);
	struct slice last = slice_sub(name, (size_t)(dot - name.ptr) + 1, name.len);
	char low[URL_LABEL_MAX + 1];

	for (size_t i = 0; i < last.len; i++) {
		if ((unsigned char)last.ptr[i] >= 0x80)
			return true;
		if (i == URL_LABEL_MAX)
			return false;
		low[i] = is_upper(last.ptr[i]) ? (char)(last.ptr[i] | 0x20) : last.ptr[i];
	}
	return last.len > 0 && (is_digit(low[0]) || url_suffix_known((struct slice){low, last.len}));
}

bool url_bare_ok(const struct url_bare *bare)
{
	char host[URL_HOST_MAX + 1];
	struct bare_parts parts;
	size_t labels, len;
	bool many;

	if (!labels_legal(bare->name, &labels))
		return false;
	if (is_www(bare->name) && labels >= 3)
		return !is_digit(bare->name.ptr[bare->name.len - 1]);
	if (!suffix_possible(bare->name))
		return false;
	len = url_host_normalize(bare->name, host);
	if (len == 0 || url_host_is_address((struct slice){host, len}))
		return len != 0 && bare->strong && labels == 4 && len == bare->name.len;
	if (!bare_split(bare->name, (struct slice){host, len}, &parts))
		return false;
	if (bare->strong && parts.label.len > 0 && !spelling_of(parts.suffix).capital)
		return true;
	if (is_abbreviation(bare->name) && !suffix_is_trade(parts.lower))
		return false;
	if (!bare->cued && is_part_number(bare->name, &parts))
		return false;
	many = memchr(parts.lower.ptr, '.', parts.lower.len) != NULL;
	if (many)
		return true;
	if (suffix_is_word(parts.lower) || suffix_is_file(parts.lower))
		return word_ok(bare, &parts, labels) && (!suffix_is_file(parts.lower) || bare->strong);
	return parts.lower.len == 2 ? country_ok(bare, &parts, labels) : generic_ok(bare, &parts);
}
