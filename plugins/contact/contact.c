/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "contact": ways to reach each other outside the marketplace's
 * messages (MP-CONTACT): telephone numbers, e-mail addresses, messengers, social
 * networks, payment outside, requests for the customer's own. Numbers are judged
 * by phone.c, wording by the classes of the phrase list, sentence by sentence.
 */
#include "contact.h"

#include <stdlib.h>
#include <string.h>

#include "phone_lib.h"

/* Findings for one message; more tell the sender nothing new. */
#define FINDINGS_MAX 10
/* Numbers of one segment that are looked at; what has more is a table, and said to be none that was read. */
#define NUMBERS_MAX 400
/* Confidence that something is hidden among so many. */
#define NUMBERS_SCORE 50

struct contact {
	struct phrases phrases;
	enum cue *cues;
	struct number_words number_words;
	struct phone_rules phones;
	struct words allow_phones, allow_emails;
	bool if_customer_asked;
	int report_from;
	unsigned kinds;
};

static const struct postern_rule_id rules[] = {
	{"MP-CONTACT", "a way to reach each other outside the marketplace: phone, e-mail, messenger, payment"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"phrases", POSTERN_OPTION_FILE, "lists/contact.tsv", 0, 0, "Phrases, classes and rules."},
	{"number_words", POSTERN_OPTION_FILE, "lists/number-words.txt", 0, 0, "Words that stand for digits."},
	{"regions", POSTERN_OPTION_LIST, "US,CN,GB,MX,DE,FR,ES,IT,JP,HK,TW,AU,BR,IN", 0, 0,
	    "Countries (two letters) in whose way telephone numbers without '+' may be written, the likely ones first."},
	{"known_phones", POSTERN_OPTION_FILE, "lists/known-phones.txt", 0, 0,
	    "Digits of numbers that may be named: carriers, marketplaces, emergency, one a line."},
	{"allow_phones", POSTERN_OPTION_LIST, "", 0, 0, "Own published telephone numbers, digits only."},
	{"if_customer_asked", POSTERN_OPTION_BOOL, "yes", 0, 0,
	    "allow_phones may be named only to a customer who asked for a call or gave a number."},
	{"allow_emails", POSTERN_OPTION_LIST, "", 0, 0, "E-mail addresses or domains that may be named."},
	{"report_from", POSTERN_OPTION_INT, "40", 1, 100, "Findings of less confidence are not reported at all."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

/* ---- opening ---- */

static void contact_close(const struct postern_host *host, void *instance)
{
	struct contact *contact = instance;

	if (contact == NULL)
		return;
	phrases_close(host, &contact->phrases);
	free(contact->cues);
	number_words_close(&contact->number_words);
	words_close(&contact->phones.regions);
	words_close(&contact->phones.known);
	words_close(&contact->allow_phones);
	words_close(&contact->allow_emails);
	free(contact);
}

static int read_cues(const struct postern_host *host, const struct postern_conf *conf, struct contact *contact)
{
	static const struct { const char *name; enum cue cue; } names[] = {
		{"phone", CUE_PHONE}, {"id", CUE_ID}, {"other", CUE_OTHER}, {"mask", CUE_MASK}, {"mail", CUE_MAIL},
	};

	contact->cues = calloc(contact->phrases.count + 1, sizeof(*contact->cues));
	if (contact->cues == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < contact->phrases.count; i++) {
		const struct phrase *phrase = &contact->phrases.items[i];

		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (strcmp(phrase->value, names[n].name) == 0)
				contact->cues[i] = names[n].cue;
		if (contact->cues[i] != CUE_WEIGHT || phrase->classes != 0 || phrase->weight > 0)
			continue;
		host->conf_error(conf, "phrases", phrase->line,
		    "the second column must be a weight, a class or one of phone, id, other, mask, mail");
		return -1;
	}
	return 0;
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct contact *contact)
{
	if (phrases_open(host, conf, "phrases", &contact->phrases) != 0 || read_cues(host, conf, contact) != 0)
		return -1;
	if (number_words_open(host, conf, "number_words", &contact->number_words) != 0)
		return -1;
	if (words_open_list(host, conf, "regions", &contact->phones.regions) != 0)
		return -1;
	if (words_open(host, conf, "known_phones", &contact->phones.known) != 0)
		return -1;
	if (words_open_list(host, conf, "allow_phones", &contact->allow_phones) != 0)
		return -1;
	if (words_open_list(host, conf, "allow_emails", &contact->allow_emails) != 0)
		return -1;
	if (phone_lib_init() == 0)
		return 0;
	host->conf_error(conf, NULL, 0, "libphonenumber does not start");
	return -1;
}

static enum postern_status contact_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct contact *contact = calloc(1, sizeof(*contact));

	if (contact == NULL || read_lists(host, conf, contact) != 0) {
		if (contact == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		contact_close(host, contact);
		return POSTERN_TEMPFAIL;
	}
	contact->if_customer_asked = host->conf_bool(conf, "if_customer_asked") != 0;
	contact->report_from = (int)host->conf_int(conf, "report_from");
	contact->kinds = kinds_open(host, conf);
	*instance_r = contact;
	return POSTERN_OK;
}

/* ---- one message ---- */

struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct contact *contact;
	struct postern_slice allow_domains;
	bool phones_allowed; /* those of allow_phones */
	size_t findings;
};

static enum postern_status report(struct judge *judge, enum postern_where where, size_t index,
    struct postern_slice evidence, const char *advice, int score)
{
	struct postern_finding finding = {"MP-CONTACT", where, index, evidence, advice, score};

	if (score < judge->contact->report_from || judge->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	return judge->host->finding(judge->ctx, &finding);
}

/* ---- wording ---- */

static enum postern_status judge_sentence(struct judge *judge, const struct scan *scan, const struct sentence *s,
    size_t index)
{
	int score = s->score;
	size_t from = s->from, to = s->to;

	for (size_t i = 0; i < scan->phrases->rule_count && s->classes != 0; i++) {
		const struct phrase_rule *rule = &scan->phrases->rules[i];

		if ((scan->phrases->heads[i] & s->classes) != 0 && rule->weight > score && rule_holds(rule, s->classes)) {
			score = rule->weight;
			from = s->first;
			to = s->last;
		}
	}
	if (score < judge->contact->report_from)
		return POSTERN_OK;
	return report(judge, POSTERN_IN_TEXT, index, excerpt(scan->text, from, to), NULL, score);
}

static enum postern_status judge_wording(struct judge *judge, const struct scan *scan, size_t index)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < scan->sentence_count && status == POSTERN_OK; i++)
		status = judge_sentence(judge, scan, &scan->sentences[i], index);
	return status;
}

/* ---- telephones ---- */

/*
 * Whether a number is left that may be a telephone's, before the list takes some away: in most messages there is
 * none, and much of the list is about numbers.
 */
static bool has_number(const struct judge *judge, const struct scan *scan)
{
	struct number number;
	size_t pos = 0;

	return number_next(scan, &judge->contact->number_words, &pos, &number);
}

static enum postern_status judge_numbers(struct judge *judge, struct scan *scan, size_t index)
{
	struct number number;
	size_t pos = 0, i = 0;

	if (!has_number(judge, scan))
		return POSTERN_OK;
	if (scan_numbers(scan) != POSTERN_OK)
		return POSTERN_TEMPFAIL;
	for (; i < NUMBERS_MAX && number_next(scan, &judge->contact->number_words, &pos, &number); i++) {
		enum postern_status status;
		int score;

		if (judge->phones_allowed && phone_listed(&judge->contact->allow_phones, &number))
			continue;
		score = phone_score(&judge->contact->phones, scan, &number);
		if (score < 0)
			return POSTERN_TEMPFAIL;
		if (score == 0)
			continue;
		status = report(judge, POSTERN_IN_TEXT, index, excerpt(scan->text, number.start, number.end),
		    "Remove the telephone number.", score);
		if (status != POSTERN_OK)
			return status;
	}
	if (i < NUMBERS_MAX)
		return POSTERN_OK;
	return report(judge, POSTERN_IN_TEXT, index, view_sub(scan->text, number.start, number.end),
	    "Too many numbers to tell whether a telephone is among them: split the message.", NUMBERS_SCORE);
}

/* ---- e-mail addresses ---- */

static bool domain_allowed(const struct judge *judge, struct postern_slice host)
{
	struct postern_slice domains = judge->allow_domains, domain;

	while (view_next(&domains, ',', &domain))
		if (host_below(host, domain))
			return true;
	return words_has_host(&judge->contact->allow_emails, host);
}

static struct postern_slice domain_of(struct postern_slice address)
{
	const char *at = memrchr(address.ptr, '@', address.len);

	return at != NULL ? view_sub(address, (size_t)(at - address.ptr) + 1, address.len) : view_sub(address, 0, 0);
}

/* A name that says no more than the address below it: "care@seller.example" <care@seller.example>. */
static bool is_own_name(struct judge *judge, struct postern_slice address)
{
	struct postern_message message;
	struct postern_header header;
	struct postern_slice recipient;

	judge->host->message(judge->ctx, &message);
	if (view_eq(address, message.sender))
		return true;
	for (size_t i = 0; i < message.recipients; i++)
		if (judge->host->recipient(judge->ctx, i, &recipient) == POSTERN_OK && view_eq(address, recipient))
			return true;
	if (!judge->host->header_find(judge->ctx, "From", 0, &header) || header.raw.len < address.len + 2)
		return false;
	for (size_t i = 0; i + address.len + 1 < header.raw.len; i++)
		if (header.raw.ptr[i] == '<' && view_eq(view_sub(header.raw, i + 1, i + 1 + address.len), address))
			return true;
	return false;
}

static bool address_allowed(struct judge *judge, const struct postern_address *address)
{
	struct postern_slice market = {"", 0}, domain = domain_of(address->address);

	if (domain_allowed(judge, domain) || words_has(&judge->contact->allow_emails, address->address))
		return true;
	if (judge->host->address_market(judge->ctx, address->address, &market) == POSTERN_OK && market.len > 0)
		return true;
	return address->segment == POSTERN_SEGMENT_NAME && is_own_name(judge, address->address);
}

static enum postern_status judge_addresses(struct judge *judge)
{
	size_t count = judge->host->address_count(judge->ctx);
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_address address;

		if (judge->host->address(judge->ctx, i, &address) != POSTERN_OK)
			return POSTERN_BUG;
		if (!kinds_have(judge->contact->kinds, address.segment) || address_allowed(judge, &address))
			continue;
		status = report(judge, POSTERN_IN_MESSAGE, 0, address.address, "Remove the e-mail address.", 95);
	}
	return status;
}

/* Whether text names an allowed domain by its first label: "help at walmart dot com". */
static bool names_allowed(const struct judge *judge, struct postern_slice text)
{
	struct postern_slice domains = judge->allow_domains, domain;

	while (view_next(&domains, ',', &domain)) {
		const char *dot = memchr(domain.ptr, '.', domain.len);
		size_t len = dot != NULL ? (size_t)(dot - domain.ptr) : domain.len;

		for (size_t i = 0; len > 2 && i + len <= text.len; i++)
			if (view_eq(view_sub(text, i, i + len), view_sub(domain, 0, len)))
				return true;
	}
	return false;
}

static enum postern_status judge_spelled_mail(struct judge *judge, const struct scan *scan, size_t index)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < scan->mark_count && status == POSTERN_OK; i++) {
		const struct mark *mark = &scan->marks[i];

		if (mark->cue != CUE_MAIL || names_allowed(judge, view_sub(scan->text, mark->start, mark->end)))
			continue;
		status = report(judge, POSTERN_IN_TEXT, index, excerpt(scan->text, mark->start, mark->end),
		    "Remove the spelled-out e-mail address.", 90);
	}
	return status;
}

/* ---- links that are no places on the web ---- */

static enum postern_status judge_url(struct judge *judge, size_t index)
{
	struct postern_url url;
	struct postern_slice target, address;
	struct postern_address found;
	const char *question;

	if (judge->host->url(judge->ctx, index, &url) != POSTERN_OK)
		return POSTERN_BUG;
	if (!kinds_have(judge->contact->kinds, url.segment) || view_starts(url.raw, "mailto:?"))
		return POSTERN_OK;
	if (view_is(url.scheme, "tel") || view_is(url.scheme, "sms") || view_is(url.scheme, "callto") ||
	    view_is(url.scheme, "whatsapp") || view_is(url.scheme, "skype") || view_is(url.scheme, "weixin") ||
	    view_is(url.scheme, "tg") || view_is(url.scheme, "viber") || view_is(url.scheme, "facetime"))
		return report(judge, POSTERN_IN_URL, index, url.raw, "Remove the link that starts a call or chat.", 95);
	if (!view_is(url.scheme, "mailto"))
		return POSTERN_OK;
	target = view_sub(url.raw, strlen("mailto:"), url.raw.len);
	question = memchr(target.ptr, '?', target.len);
	address = question != NULL ? view_sub(target, 0, (size_t)(question - target.ptr)) : target;
	found = (struct postern_address){view_trim(address), url.segment};
	if (memchr(address.ptr, '@', address.len) == NULL || address_allowed(judge, &found))
		return POSTERN_OK;
	return report(judge, POSTERN_IN_URL, index, url.raw, "Remove the e-mail link.", 95);
}

static enum postern_status judge_urls(struct judge *judge)
{
	size_t count = judge->host->url_count(judge->ctx);
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = judge_url(judge, i);
	return status;
}

/* ---- all of it ---- */

static enum postern_status judge_text(struct judge *judge, size_t index)
{
	struct postern_text text;
	struct scan scan;
	enum postern_status status;

	if (judge->host->text(judge->ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (!kinds_have(judge->contact->kinds, text.kind) || text.text.len == 0)
		return POSTERN_OK;
	status = scan_make(judge->host, judge->ctx, &judge->contact->phrases, judge->contact->cues, text.text, &scan);
	if (status == POSTERN_OK)
		status = scan_wording(&scan);
	if (status == POSTERN_OK)
		status = scan_mask_ids(&scan);
	if (status == POSTERN_OK)
		status = judge_numbers(judge, &scan, index);
	if (status == POSTERN_OK)
		status = judge_spelled_mail(judge, &scan, index);
	if (status == POSTERN_OK)
		status = judge_wording(judge, &scan, index);
	scan_free(&scan);
	return status;
}

static enum postern_status contact_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .ctx = ctx, .contact = instance};
	struct postern_inbound inbound = {0};
	enum postern_status status;
	size_t count = host->text_count(ctx);

	judge.allow_domains = host->profile(ctx, "allow_domains");
	if (judge.contact->allow_phones.count > 0 && judge.contact->if_customer_asked &&
	    host->inbound(ctx, &inbound) != POSTERN_OK)
		return POSTERN_TEMPFAIL;
	judge.phones_allowed = !judge.contact->if_customer_asked || inbound.gave_phone;
	status = judge_addresses(&judge);
	if (status == POSTERN_OK)
		status = judge_urls(&judge);
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = judge_text(&judge, i);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("contact"),
	.version = "1.0",
	.summary = "Finds telephone numbers, e-mail addresses and other ways around the marketplace's messages.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_ADDRESSES | POSTERN_NEED_IDS | POSTERN_NEED_HEADERS,
	.rules = rules,
	.options = options,
	.open = contact_open,
	.check = contact_check,
	.close = contact_close,
};
