/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "links": links that lead away from the marketplace (MP-LINK).
 * The host has taken the URLs out of text, HTML and headers; this compares
 * their hosts with the allowed domains, looks through redirects on allowed
 * hosts, and finds links that are spelled out to escape such a check
 * ("bestgadgets dot shop").
 */
#include "../common/common.h"
#include "spelled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Redirects in redirects: a second one is odd, a third is an attack. */
#define REDIRECT_DEPTH 3
/* Findings for one message, and as many doubtful ones; more tell the sender nothing new. */
#define FINDINGS_MAX 20
/* Confidence of a site that is named rather than linked; what is up to here is doubtful. */
#define DOUBTFUL 60
/* Of a spelled-out address of the marketplace itself. */
#define SPELLED_ALLOWED 45
/* "AB.12.CD" and its like are no longer. */
#define PART_NUMBER_MAX 12
/* More URLs in List- headers are not looked at. */
#define LIST_URLS_MAX 20

struct links {
	struct words allow;
	struct words shorteners;
	struct words carriers;
	struct words tlds;
	bool tld_firsts[256];
	struct words dot_words;
	struct words names;
	struct words markets;
	struct words go_words;
	struct phrases invites;
	bool https_only, check_spelled, allow_carriers;
	unsigned kinds;
};

static const struct postern_rule_id rules[] = {
	{"MP-LINK", "a link or web address that leads away from the marketplace"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"allow_domains", POSTERN_OPTION_LIST, "", 0, 0,
	    "Domains that may be linked, with all below them; the marketplace profile's allow_domains are added."},
	{"https_only", POSTERN_OPTION_BOOL, "no", 0, 0, "Allowed domains must be linked with https."},
	{"allow_carriers", POSTERN_OPTION_BOOL, "no", 0, 0, "Parcel carriers' domains (option carriers) may be linked."},
	{"carriers", POSTERN_OPTION_FILE, "lists/carriers.txt", 0, 0, "Domains of parcel carriers, one a line."},
	{"shorteners", POSTERN_OPTION_FILE, "lists/shorteners.txt", 0, 0,
	    "Domains of link shorteners, one a line: never allowed, and the sender is told why."},
	{"check_spelled", POSTERN_OPTION_BOOL, "yes", 0, 0,
	    "Find addresses that are spelled out: \"shop dot com\", \"shop[.]com\", \"hxxp://\"."},
	{"tlds", POSTERN_OPTION_FILE, "lists/tlds.txt", 0, 0,
	    "Top-level domains that a spelled address may end in, one a line."},
	{"dot_words", POSTERN_OPTION_FILE, "lists/dot-words.txt", 0, 0,
	    "Words that may stand before \"dot\" in honest English (\"polka dot\"), one a line."},
	{"names", POSTERN_OPTION_FILE, "lists/names.txt", 0, 0,
	    "Names of firms and products that are written like a domain (\"Booking.com\"), one a line."},
	{"markets", POSTERN_OPTION_FILE, "lists/operator-domains.txt", 0, 0,
	    "Domains of other marketplaces, one a line: named as a word (\"the one on Amazon.com\") they are doubtful only."},
	{"go_words", POSTERN_OPTION_FILE, "lists/go-words.txt", 0, 0,
	    "Words that ask the reader to go, look or buy somewhere, one a line."},
	{"invites", POSTERN_OPTION_FILE, "lists/link-invites.tsv", 0, 0,
	    "Phrases that send the reader to a site without naming it (\"google our store name\"), with their confidence."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void links_close(const struct postern_host *host, void *instance)
{
	struct links *links = instance;

	(void)host;
	if (links == NULL)
		return;
	words_close(&links->allow);
	words_close(&links->shorteners);
	words_close(&links->carriers);
	words_close(&links->tlds);
	words_close(&links->dot_words);
	words_close(&links->names);
	words_close(&links->markets);
	words_close(&links->go_words);
	phrases_close(host, &links->invites);
	free(links);
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct links *links)
{
	if (words_open_list(host, conf, "allow_domains", &links->allow) != 0)
		return -1;
	if (words_open(host, conf, "shorteners", &links->shorteners) != 0)
		return -1;
	if (words_open(host, conf, "carriers", &links->carriers) != 0)
		return -1;
	if (words_open(host, conf, "dot_words", &links->dot_words) != 0)
		return -1;
	if (words_open(host, conf, "names", &links->names) != 0)
		return -1;
	if (words_open(host, conf, "go_words", &links->go_words) != 0)
		return -1;
	if (words_open(host, conf, "markets", &links->markets) != 0 || phrases_open(host, conf, "invites", &links->invites) != 0)
		return -1;
	if (words_open(host, conf, "tlds", &links->tlds) != 0)
		return -1;
	spelled_firsts(&links->tlds, links->tld_firsts);
	return 0;
}

static enum postern_status links_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct links *links = calloc(1, sizeof(*links));

	if (links == NULL || read_lists(host, conf, links) != 0) {
		if (links == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		links_close(host, links);
		return POSTERN_TEMPFAIL;
	}
	links->https_only = host->conf_bool(conf, "https_only") != 0;
	links->allow_carriers = host->conf_bool(conf, "allow_carriers") != 0;
	links->kinds = kinds_open(host, conf);
	links->check_spelled = host->conf_bool(conf, "check_spelled") != 0;
	*instance_r = links;
	return POSTERN_OK;
}

/* An allowed domain may be written as ".walmart.com" or "*.walmart.com". */
static bool in_list_option(const struct words *allow, struct postern_slice host)
{
	for (size_t i = 0; i < allow->count; i++)
		if (host_below(host, view_str(allow->items[i])))
			return true;
	return false;
}

static bool in_profile(struct postern_slice domains, struct postern_slice host)
{
	struct postern_slice domain;

	while (view_next(&domains, ',', &domain))
		if (host_below(host, domain))
			return true;
	return false;
}

/* One call of check. */
struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct links *links;
	struct postern_slice profile_domains;
	size_t findings, doubtful;
};

static bool is_allowed(const struct judge *judge, struct postern_slice host)
{
	if (words_has_host(&judge->links->shorteners, host))
		return false;
	if (in_list_option(&judge->links->allow, host) || in_profile(judge->profile_domains, host))
		return true;
	return judge->links->allow_carriers && words_has_host(&judge->links->carriers, host);
}

static enum postern_status report(struct judge *judge, enum postern_where where, size_t index,
    struct postern_slice evidence, const char *advice, int score)
{
	struct postern_finding finding = {"MP-LINK", where, index, evidence, advice, score};

	/* They are counted apart: names of carriers must not use up the room of a link behind them. */
	if ((score > DOUBTFUL ? judge->findings++ : judge->doubtful++) >= FINDINGS_MAX)
		return POSTERN_OK;
	if (score <= DOUBTFUL && advice == NULL)
		finding.advice = "Name no other sites; write the marketplace's address plainly.";
	return judge->host->finding(judge->ctx, &finding);
}

/* Whether the authority of a URL as written has a user part, which readers take for the host. */
static bool has_userinfo(struct postern_slice raw)
{
	size_t i = 0;

	for (; i + 1 < raw.len; i++)
		if ((raw.ptr[i] == '/' || raw.ptr[i] == '\\') && (raw.ptr[i + 1] == '/' || raw.ptr[i + 1] == '\\'))
			break;
	for (i += 2; i < raw.len; i++) {
		if (raw.ptr[i] == '@')
			return true;
		if (strchr("/\\?#", raw.ptr[i]) != NULL)
			return false;
	}
	return false;
}

static bool is_ip(struct postern_slice host)
{
	size_t dots = 0;

	if (host.len > 0 && (host.ptr[0] == '[' || memchr(host.ptr, ':', host.len) != NULL))
		return true;
	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] == '.')
			dots++;
		else if (host.ptr[i] < '0' || host.ptr[i] > '9')
			return false;
	}
	return dots == 3;
}

static bool has_punycode(struct postern_slice host)
{
	struct postern_slice label;

	while (view_next(&host, '.', &label))
		if (view_starts(label, "xn--"))
			return true;
	return false;
}

static const char *advice_for(const struct judge *judge, const struct postern_url *url)
{
	if (words_has_host(&judge->links->shorteners, url->host))
		return "Remove the shortened link: where it leads cannot be seen, and the marketplace forbids it.";
	if (is_ip(url->host))
		return "Remove the link to a numeric address.";
	if (has_punycode(url->host))
		return "Remove the link: its domain looks like another one in foreign letters.";
	if (url->source == POSTERN_URL_ATTRIBUTE)
		return "Remove the link or remote picture from the formatted (HTML) text; it may be hidden behind words or in a signature.";
	return NULL;
}

static bool is_http(struct postern_slice scheme)
{
	return scheme.len == 0 || view_is(scheme, "http") || view_is(scheme, "https") || view_is(scheme, "ftp") ||
	    view_is(scheme, "ws") || view_is(scheme, "wss") || view_starts(scheme, "hxxp");
}

/* A URL of an allowed host: only what it carries along can be wrong. */
static enum postern_status judge_allowed(struct judge *judge, const struct postern_url *url, size_t index)
{
	struct postern_slice target;

	if (has_userinfo(url->raw))
		return report(judge, POSTERN_IN_URL, index, url->raw,
		    "Remove the part before '@' from the link: it hides where the link leads.", 100);
	if (judge->links->https_only && view_is(url->scheme, "http"))
		return report(judge, POSTERN_IN_URL, index, url->raw, "Write the link with https.", 100);
	target = url->raw;
	for (int depth = 0; depth < REDIRECT_DEPTH; depth++) {
		struct postern_slice host_name;
		char *decoded = judge->host->alloc(judge->ctx, url->raw.len + 1);

		if (decoded == NULL)
			return POSTERN_TEMPFAIL;
		while (redirect_next(&target, decoded, &host_name))
			if (!is_allowed(judge, host_name))
				return report(judge, POSTERN_IN_URL, index, url->raw,
				    "Remove the link: it forwards the reader to another site.", 100);
		target = redirect_decode(url->raw, decoded, depth + 1);
		if (target.len == 0)
			break;
	}
	return POSTERN_OK;
}

/* Whether a name is only spoken of each time that it stands in text; counts these times. */
static bool only_named(struct postern_slice text, struct postern_slice name, size_t *times)
{
	size_t pos = 0;

	while (pos < text.len) {
		const char *at = memmem(text.ptr + pos, text.len - pos, name.ptr, name.len);

		if (at == NULL)
			return true;
		pos = (size_t)(at - text.ptr);
		if (leads_there(text, pos) || (pos + name.len < text.len && text.ptr[pos + name.len] == '/'))
			return false;
		++*times;
		pos += name.len;
	}
	return true;
}

/* "asp.net": the list has it as "=asp.net", a product and no place, however it is written. */
static bool is_technical(const struct judge *judge, struct postern_slice raw)
{
	char marked[64] = "=";

	if (raw.len > sizeof(marked) - 2)
		return false;
	memcpy(marked + 1, raw.ptr, raw.len);
	return words_has(&judge->links->names, (struct postern_slice){marked, raw.len + 1});
}

/* "The Booking.com charger": a capitalised name of the list, written in the text, not as a place to go to. */
static bool is_name(const struct judge *judge, const struct postern_url *url)
{
	size_t count = judge->host->text_count(judge->ctx), times = 0;
	struct postern_text text;

	if (url->scheme.len > 0 || url->source == POSTERN_URL_ATTRIBUTE || url->raw.len == 0 ||
	    url->segment != POSTERN_SEGMENT_NEW)
		return false;
	if (is_technical(judge, url->raw))
		return true;
	if (url->raw.ptr[0] < 'A' || url->raw.ptr[0] > 'Z' || !words_has(&judge->links->names, url->raw))
		return false;
	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK ||
		    (text.kind == POSTERN_SEGMENT_NEW && !only_named(text.text, url->raw, &times)))
			return false;
	return times > 0;
}

/* Whether one of the words before pos, in its sentence, asks the reader to go, look or buy somewhere. */
static bool invites_to(const struct judge *judge, struct postern_slice text, size_t pos)
{
	size_t end = pos;

	for (int words = 0; words < 8 && end > 0; words++) {
		size_t start;

		while (end > 0 && strchr(" \t\r\n,:(\"'", text.ptr[end - 1]) != NULL)
			end--;
		for (start = end; start > 0 && (text.ptr[start - 1] | 0x20) >= 'a' && (text.ptr[start - 1] | 0x20) <= 'z'; start--)
			continue;
		if (start == end)
			return false;
		if (words_has(&judge->links->go_words, view_sub(text, start, end)))
			return true;
		end = start;
	}
	return false;
}

/* Each place where name stands in new text: nobody is sent there. */
static bool nobody_sent(const struct judge *judge, struct postern_slice text, struct postern_slice name)
{
	for (size_t pos = 0; pos + name.len <= text.len; pos++) {
		const char *at = memmem(text.ptr + pos, text.len - pos, name.ptr, name.len);

		if (at == NULL)
			return true;
		pos = (size_t)(at - text.ptr);
		if (invites_to(judge, text, pos))
			return false;
	}
	return true;
}

/* A carrier's bare name, or another marketplace's that the reader is not sent to: a word rather than a link. */
static bool is_named_only(const struct judge *judge, const struct postern_url *url)
{
	size_t count = judge->host->text_count(judge->ctx);
	struct postern_text text;

	if (url->source != POSTERN_URL_BARE || url->scheme.len > 0 || url->raw.len != url->host.len)
		return false;
	if (words_has(&judge->links->carriers, url->host))
		return true;
	if (!words_has(&judge->links->markets, url->host))
		return false;
	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK ||
		    (text.kind != POSTERN_SEGMENT_QUOTE && !nobody_sent(judge, text.text, url->raw)))
			return false;
	return true;
}

/* A link that runs a script or shows a page of its own: where it leads cannot be said. */
static bool is_script(const struct postern_url *url)
{
	return view_is(url->scheme, "javascript") || view_is(url->scheme, "vbscript") ||
	    view_starts(url->raw, "data:text/html");
}

/* "AB.12.CD": capitals, and a run of digits between the dots. Nobody writes a web address so. */
static bool is_part_number(struct postern_slice raw)
{
	bool digits = false, letters = false, number = false;

	if (raw.len < 4 || raw.len > PART_NUMBER_MAX || raw.ptr[raw.len - 3] != '.')
		return false;
	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (c == '.') {
			number |= digits && !letters;
			digits = letters = false;
		} else if (c >= '0' && c <= '9') {
			digits = true;
		} else if (c >= 'A' && c <= 'Z') {
			letters = true;
		} else {
			return false;
		}
	}
	return number;
}

static enum postern_status judge_url(struct judge *judge, size_t index)
{
	struct postern_url url;

	if (judge->host->url(judge->ctx, index, &url) != POSTERN_OK)
		return POSTERN_BUG;
	if (!kinds_have(judge->links->kinds, url.segment))
		return POSTERN_OK;
	if (is_script(&url))
		return report(judge, POSTERN_IN_URL, index, url.raw, "Remove the script link.", 100);
	if (url.host.len == 0 || !is_http(url.scheme) || is_name(judge, &url) || is_part_number(url.raw))
		return POSTERN_OK;
	if (is_allowed(judge, url.host))
		return judge_allowed(judge, &url, index);
	return report(judge, POSTERN_IN_URL, index, url.raw, advice_for(judge, &url), is_named_only(judge, &url) ? DOUBTFUL : 100);
}

struct invite {
	const struct phrases *phrases;
	int weight;
	size_t start, end;
};

static int note_invite(void *arg, size_t pattern, size_t start, size_t end)
{
	struct invite *best = arg;
	int weight = best->phrases->items[pattern].weight;

	if (weight > best->weight) {
		best->weight = weight;
		best->start = start;
		best->end = end;
	}
	return 0;
}

/* "Just google our store": no address, but the way to one. */
static enum postern_status judge_invites(struct judge *judge, size_t index, struct postern_slice text)
{
	struct invite best = {&judge->links->invites, 0, 0, 0};
	enum postern_status status = phrases_match(judge->host, judge->ctx, best.phrases, text, note_invite, &best);

	if (status != POSTERN_OK || best.weight == 0)
		return status;
	return report(judge, POSTERN_IN_TEXT, index, excerpt(text, best.start, best.end),
	    "Do not send the reader to another site or to a search for it.", best.weight);
}

static enum postern_status judge_text(struct judge *judge, size_t index)
{
	struct postern_text text;
	struct spelled_words known = {&judge->links->tlds, judge->links->tld_firsts, &judge->links->dot_words};
	struct spelled spelled;
	size_t pos = 0;

	if (judge->host->text(judge->ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (!kinds_have(judge->links->kinds, text.kind))
		return POSTERN_OK;
	while (judge->findings < FINDINGS_MAX && spelled_next(text.text, &pos, &known, &spelled)) {
		enum postern_status status;

		if (is_allowed(judge, view_str(spelled.host)))
			status = report(judge, POSTERN_IN_TEXT, index, excerpt(text.text, spelled.start, spelled.end),
			    "Write the marketplace's address plainly, or remove it.", SPELLED_ALLOWED);
		else
			status = report(judge, POSTERN_IN_TEXT, index, excerpt(text.text, spelled.start, spelled.end),
			    "Remove the spelled-out web address.", spelled.score);
		if (status != POSTERN_OK)
			return status;
	}
	return judge_invites(judge, index, text.text);
}

/* List-Unsubscribe and its like: a button in the reader's program. */
static enum postern_status judge_list_headers(struct judge *judge)
{
	size_t count = judge->host->header_count(judge->ctx), urls = 0;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_header header;
		struct postern_slice rest, host_name;
		char *room;

		if (judge->host->header(judge->ctx, i, &header) != POSTERN_OK)
			return POSTERN_BUG;
		if (!view_starts(header.name, "List-"))
			continue;
		rest = header.value;
		room = judge->host->alloc(judge->ctx, rest.len + 1);
		if (room == NULL)
			return POSTERN_TEMPFAIL;
		while (status == POSTERN_OK && urls++ < LIST_URLS_MAX && redirect_next(&rest, room, &host_name))
			if (!is_allowed(judge, host_name))
				status = report(judge, POSTERN_IN_HEADER, i, header.value, "Remove the header of mailing lists.", DOUBTFUL);
	}
	return status;
}

static enum postern_status links_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct judge judge = {host, ctx, instance, host->profile(ctx, "allow_domains"), 0, 0};
	enum postern_status status = POSTERN_OK;
	size_t count = host->url_count(ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = judge_url(&judge, i);
	if (status == POSTERN_OK && kinds_have(judge.links->kinds, POSTERN_SEGMENT_NEW))
		status = judge_list_headers(&judge);
	if (!judge.links->check_spelled)
		return status;
	count = host->text_count(ctx);
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = judge_text(&judge, i);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("links"),
	.version = "1.0",
	.summary = "Finds links and web addresses that lead away from the marketplace.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_HEADERS,
	.rules = rules,
	.options = options,
	.open = links_open,
	.check = links_check,
	.close = links_close,
};
