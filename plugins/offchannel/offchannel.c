/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "offchannel": mail that goes around the marketplace or to the wrong
 * people (MP-CHAN): a private mailbox beside the relay address, two customers in
 * one message, answers led elsewhere, and mail to a customer's own address.
 */
#include "offchannel.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 10

static const struct postern_rule_id rules[] = {
	{"MP-CHAN", "mail to a customer outside the marketplace, or to people who must not see it"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"own_domains", POSTERN_OPTION_LIST, "", 0, 0,
	    "Domains of the seller and of services that keep his mail; the envelope sender's own domain is always one."},
	{"registered_senders", POSTERN_OPTION_LIST, "", 0, 0,
	    "Addresses or domains that may be named as From, Sender or Reply-To besides the own ones."},
	{"freemail", POSTERN_OPTION_FILE, "lists/freemail.txt", 0, 0, "Domains of mailboxes that anybody can have, one a line."},
	{"operators", POSTERN_OPTION_FILE, "lists/operator-domains.txt", 0, 0, "Domains of marketplaces, one a line."},
	{"phrases", POSTERN_OPTION_FILE, "lists/offchannel.tsv", 0, 0,
	    "Phrases that tell whom a mail is for: customer, purchase, business."},
	{"report_from", POSTERN_OPTION_INT, "40", 1, 100, "Findings of less confidence are not reported."},
	{"report_to", POSTERN_OPTION_INT, "100", 1, 100, "Findings of more confidence are left to another rule."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void offchannel_close(const struct postern_host *host, void *instance)
{
	struct offchannel *rule = instance;

	if (rule == NULL)
		return;
	words_close(&rule->own_domains);
	words_close(&rule->registered);
	words_close(&rule->freemail);
	words_close(&rule->operators);
	phrases_close(host, &rule->phrases);
	free(rule->says);
	free(rule);
}

static int read_says(const struct postern_host *host, const struct postern_conf *conf, struct offchannel *rule)
{
	static const struct { const char *name; enum says says; } names[] = {
		{"customer", SAYS_CUSTOMER}, {"purchase", SAYS_PURCHASE}, {"business", SAYS_BUSINESS},
	};

	rule->says = calloc(rule->phrases.count + 1, sizeof(*rule->says));
	if (rule->says == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < rule->phrases.count; i++) {
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (strcmp(rule->phrases.items[i].value, names[n].name) == 0)
				rule->says[i] = names[n].says;
		if (rule->says[i] != SAYS_NOTHING)
			continue;
		host->conf_error(conf, "phrases", rule->phrases.items[i].line,
		    "the second column must be customer, purchase or business");
		return -1;
	}
	return 0;
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct offchannel *rule)
{
	if (words_open_list(host, conf, "own_domains", &rule->own_domains) != 0)
		return -1;
	if (words_open_list(host, conf, "registered_senders", &rule->registered) != 0)
		return -1;
	if (words_open(host, conf, "freemail", &rule->freemail) != 0)
		return -1;
	if (words_open(host, conf, "operators", &rule->operators) != 0)
		return -1;
	if (phrases_open(host, conf, "phrases", &rule->phrases) != 0)
		return -1;
	return read_says(host, conf, rule);
}

static enum postern_status offchannel_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct offchannel *rule = calloc(1, sizeof(*rule));

	if (rule == NULL || read_lists(host, conf, rule) != 0) {
		if (rule == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		offchannel_close(host, rule);
		return POSTERN_TEMPFAIL;
	}
	rule->report_from = (int)host->conf_int(conf, "report_from");
	rule->report_to = (int)host->conf_int(conf, "report_to");
	*instance_r = rule;
	return POSTERN_OK;
}

/* ---- whose address is it? ---- */

/* A domain and one below it belong to one firm; a free mailbox has nothing in common with its neighbours. */
static bool same_firm(const struct offchannel *rule, struct postern_slice a, struct postern_slice b)
{
	if (a.len == 0 || b.len == 0 || words_has_host(&rule->freemail, a) || words_has_host(&rule->freemail, b))
		return false;
	return host_below(a, b) || host_below(b, a);
}

static bool is_own(const struct look *look, struct postern_slice address)
{
	struct postern_slice domain = mailbox_domain(address);

	if (view_eq(address, look->message.sender) || (look->from.len > 0 && view_eq(address, look->from)))
		return true;
	if (words_has(&look->rule->registered, address) || words_has_host(&look->rule->own_domains, domain))
		return true;
	return same_firm(look->rule, domain, mailbox_domain(look->message.sender)) ||
	    same_firm(look->rule, domain, mailbox_domain(look->from));
}

int place_of(struct look *look, struct postern_slice address, enum place *out)
{
	struct postern_slice market, domain = mailbox_domain(address);

	if (look->host->address_market(look->ctx, address, &market) != POSTERN_OK)
		return -1;
	if (market.len > 0)
		*out = PLACE_CUSTOMER;
	else if (words_has_host(&look->rule->operators, domain))
		*out = PLACE_OPERATOR;
	else if (domain.len == 0 || is_own(look, address))
		*out = PLACE_OWN;
	else
		*out = words_has_host(&look->rule->freemail, domain) ? PLACE_FREE : PLACE_OTHER;
	return 0;
}

enum postern_status report(struct look *look, enum postern_where where, struct postern_slice evidence, const char *advice,
    int score)
{
	struct postern_finding finding = {"MP-CHAN", where, where == POSTERN_IN_HEADER ? look->header : 0, evidence, advice, score};

	if (score < look->rule->report_from || score > look->rule->report_to || look->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	return look->host->finding(look->ctx, &finding);
}

/* ---- mail to a marketplace's customers ---- */

/* An address that the message goes to, or shows as if it did. */
static enum postern_status judge_reader(struct look *look, struct postern_slice address, struct postern_slice *customer,
    enum postern_where where)
{
	bool shown = where == POSTERN_IN_HEADER;
	enum place place;

	if (place_of(look, address, &place) != 0)
		return POSTERN_TEMPFAIL;
	if (place == PLACE_CUSTOMER && customer->len == 0)
		*customer = address;
	else if (place == PLACE_CUSTOMER && !same_customer(address, *customer))
		return report(look, where, address, "Write to one customer at a time: the others' addresses and orders are not theirs to see.", 95);
	if (place == PLACE_FREE)
		return report(look, where, address, "Remove the private mailbox: answer at the marketplace's relay address only.", 95);
	if (place == PLACE_OTHER)
		return report(look, where, address,
		    "Remove the recipient outside the marketplace; if it is a service of yours, name its domain in own_domains.", shown ? 60 : 68);
	return POSTERN_OK;
}

static bool is_recipient(const struct look *look, struct postern_slice address)
{
	struct postern_slice recipient;

	for (size_t i = 0; i < look->message.recipients; i++)
		if (look->host->recipient(look->ctx, i, &recipient) == POSTERN_OK && view_eq(recipient, address))
			return true;
	return false;
}

/* The next header of that name from *index on, which moves behind it; false when there is no more. */
static bool header_next(struct look *look, const char *name, size_t *index, struct postern_header *out)
{
	size_t count = look->host->header_count(look->ctx);

	for (; *index < count; ++*index) {
		if (look->host->header(look->ctx, *index, out) != POSTERN_OK || !view_is(out->name, name))
			continue;
		look->header = (*index)++;
		return true;
	}
	return false;
}

static enum postern_status judge_shown(struct look *look, const char *name, struct postern_slice *customer)
{
	enum postern_status status = POSTERN_OK;
	struct postern_header header;

	for (size_t n = 0; status == POSTERN_OK && header_next(look, name, &n, &header);) {
		struct postern_slice rest = header.raw, address;

		for (size_t i = 0; i < 100 && status == POSTERN_OK && mailbox_next(&rest, &address); i++)
			if (!is_recipient(look, address))
				status = judge_reader(look, address, customer, POSTERN_IN_HEADER);
	}
	return status;
}

static enum postern_status judge_readers(struct look *look)
{
	struct postern_slice customer = {"", 0}, address;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < look->message.recipients && status == POSTERN_OK; i++) {
		if (look->host->recipient(look->ctx, i, &address) != POSTERN_OK)
			return POSTERN_BUG;
		status = judge_reader(look, address, &customer, POSTERN_IN_ENVELOPE);
	}
	if (status == POSTERN_OK)
		status = judge_shown(look, "To", &customer);
	return status == POSTERN_OK ? judge_shown(look, "Cc", &customer) : status;
}

/* Headers that lead answers somewhere. */
static enum postern_status judge_answers(struct look *look, const char *name, int free_score, int other_score)
{
	enum postern_status status = POSTERN_OK;
	struct postern_header header;

	for (size_t n = 0; status == POSTERN_OK && header_next(look, name, &n, &header);) {
		struct postern_slice rest = header.raw, address;
		enum place place;

		for (size_t i = 0; i < 20 && status == POSTERN_OK && mailbox_next(&rest, &address); i++) {
			if (words_has_host(&look->rule->registered, mailbox_domain(address)))
				continue;
			if (place_of(look, address, &place) != 0)
				return POSTERN_TEMPFAIL;
			status = report(look, POSTERN_IN_HEADER, address,
			    "Let answers come back to the registered address: remove the foreign Reply-To, From or Sender.",
			    place == PLACE_FREE ? free_score : place == PLACE_OTHER ? other_score : 0);
		}
	}
	return status;
}

static enum postern_status inside_check(struct look *look)
{
	struct postern_slice from = look->from;
	enum postern_status status = judge_readers(look);

	if (status == POSTERN_OK)
		status = judge_answers(look, "Reply-To", 95, 50);
	if (status == POSTERN_OK)
		status = judge_answers(look, "Mail-Followup-To", 95, 50);
	if (status == POSTERN_OK)
		status = judge_answers(look, "Sender", 75, 0);
	/* A From of a free mailbox is the seller's own only when the envelope says so too. */
	look->from = (struct postern_slice){"", 0};
	if (status == POSTERN_OK && look->message.sender.len > 0)
		status = judge_answers(look, "From", 85, 0);
	look->from = from;
	return status;
}

static void look_begin(struct look *look)
{
	struct postern_header header;
	struct postern_slice rest;

	look->host->message(look->ctx, &look->message);
	look->from = (struct postern_slice){"", 0};
	if (!look->host->header_find(look->ctx, "From", 0, &header))
		return;
	rest = header.raw;
	if (!mailbox_next(&rest, &look->from))
		look->from = (struct postern_slice){"", 0};
}

static int offchannel_wants(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct look look = {.host = host, .ctx = ctx, .rule = instance};

	look_begin(&look);
	return outside_wants(&look);
}

static enum postern_status offchannel_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct look look = {.host = host, .ctx = ctx, .rule = instance};

	look_begin(&look);
	if (look.message.direction == POSTERN_OUTSIDE)
		return outside_check(&look);
	return inside_check(&look);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("offchannel"),
	.version = "1.0",
	.summary = "Finds mail to customers around the marketplace, and to people who must not see it.",
	.directions = POSTERN_OUTBOUND | POSTERN_OUTSIDE,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_ADDRESSES | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.open = offchannel_open,
	.check = offchannel_check,
	.close = offchannel_close,
	.wants = offchannel_wants,
};
