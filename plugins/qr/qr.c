/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "qr": QR codes in pictures that lead customers away (MP-QR). The
 * host has pictures read by a program of its own and tells the codes' texts;
 * this judges them: web addresses outside of the marketplace, contacts, and
 * payments. What labels carry (tracking numbers, serial numbers) is honest.
 */
#include "../common/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 10

struct qr {
	struct words allow;
	struct phrases contacts;
	bool check_unread;
};

static const struct postern_rule_id rules[] = {
	{"MP-QR", "a QR code that leads away from the marketplace"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"allow_domains", POSTERN_OPTION_LIST, "", 0, 0,
	    "Domains that a code may lead to, with all below them; the marketplace profile's allow_domains are added."},
	{"contacts", POSTERN_OPTION_FILE, "lists/qr-contacts.tsv", 0, 0,
	    "Expressions of contacts, messengers, payments and bare web addresses in a code's text, with the advice."},
	{"check_unread", POSTERN_OPTION_BOOL, "no", 0, 0,
	    "Report pictures that could not be looked at as well (damaged ones, more than 100 million pixels)."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void qr_close(const struct postern_host *host, void *instance)
{
	struct qr *qr = instance;

	if (qr == NULL)
		return;
	words_close(&qr->allow);
	phrases_close(host, &qr->contacts);
	free(qr);
}

static enum postern_status qr_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct qr *qr = calloc(1, sizeof(*qr));

	if (qr == NULL || words_open_list(host, conf, "allow_domains", &qr->allow) != 0 ||
	    phrases_open(host, conf, "contacts", &qr->contacts) != 0) {
		if (qr == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		qr_close(host, qr);
		return POSTERN_TEMPFAIL;
	}
	qr->check_unread = host->conf_bool(conf, "check_unread") != 0;
	*instance_r = qr;
	return POSTERN_OK;
}

/* One call of check. */
struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct qr *qr;
	struct postern_slice domains;
	size_t findings;
	size_t attachment; /* index, of the fact that is judged */
	bool found;        /* a contact in the text that is judged */
};

static bool is_allowed(const struct judge *j, struct postern_slice host_name)
{
	struct postern_slice domains = j->domains, domain;

	for (size_t i = 0; i < j->qr->allow.count; i++)
		if (host_below(host_name, view_str(j->qr->allow.items[i])))
			return true;
	while (view_next(&domains, ',', &domain))
		if (host_below(host_name, domain))
			return true;
	return false;
}

/*
 * The host of "http(s)://..." that no reader could take for another one: a
 * user part, escapes and letters outside ASCII make it none.
 */
static bool plain_host(struct postern_slice url, struct postern_slice *host_r)
{
	size_t start = 0, end;

	while (start + 2 < url.len && !(url.ptr[start] == '/' && url.ptr[start + 1] == '/'))
		start++;
	start += 2;
	for (end = start; end < url.len && strchr("/?#", url.ptr[end]) == NULL; end++) {
		unsigned char c = (unsigned char)url.ptr[end];

		if (c >= 0x80 || c <= ' ' || strchr("@%\\", url.ptr[end]) != NULL)
			return false;
	}
	*host_r = view_sub(url, start < url.len ? start : url.len, end);
	for (size_t i = 0; i < host_r->len; i++)
		if (host_r->ptr[i] == ':')
			host_r->len = i;
	return host_r->len > 0;
}

static enum postern_status report(struct judge *j, struct postern_slice text, int score, const char *advice)
{
	struct postern_finding finding = {"MP-QR", POSTERN_IN_ATTACHMENT, j->attachment, text, advice, score};

	if (j->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	return j->host->finding(j->ctx, &finding);
}

static int note_contact(void *arg, size_t pattern, size_t start, size_t end)
{
	struct judge *j = arg;

	(void)pattern;
	(void)start;
	(void)end;
	j->found = true;
	return 1;
}

static enum postern_status judge_code(struct judge *j, struct postern_slice text)
{
	static const char leads[] = "Remove the QR code: it leads away from the marketplace.";
	enum postern_status status;
	struct postern_slice host_name;
	bool web = view_starts(text, "http:") || view_starts(text, "https:");
	size_t inner = 0;

	if (web && (!plain_host(text, &host_name) || !is_allowed(j, host_name)))
		return report(j, text, 95, leads);
	/* an address that carries another one forwards to it */
	for (size_t i = 8; web && i + 3 < text.len; i++)
		inner += memcmp(text.ptr + i, "://", 3) == 0 || strncasecmp(text.ptr + i, "%3a", 3) == 0;
	if (inner > 0)
		return report(j, text, 90, leads);
	if (web)
		return POSTERN_OK;
	j->found = false;
	status = phrases_match(j->host, j->ctx, &j->qr->contacts, text, note_contact, j);
	if (status != POSTERN_OK || !j->found)
		return status;
	return report(j, text, 90, "Remove the QR code: it holds a contact, a web address or a payment.");
}

/* The attachment of a part; plugins count attachments, facts name parts. */
static enum postern_status find_attachment(struct judge *j, size_t part)
{
	size_t count = j->host->attachment_count(j->ctx);
	struct postern_attachment file;

	for (j->attachment = 0; j->attachment < count; j->attachment++) {
		if (j->host->attachment(j->ctx, j->attachment, &file) != POSTERN_OK)
			return POSTERN_BUG;
		if (file.part == part)
			return POSTERN_OK;
	}
	return POSTERN_BUG;
}

static enum postern_status judge_fact(struct judge *j, const struct postern_fact *fact)
{
	bool code = view_is(fact->name, "code");
	bool unread = j->qr->check_unread && view_is(fact->name, "fact") && view_is(fact->value, "image-unread");

	if (!code && !unread)
		return POSTERN_OK;
	if (find_attachment(j, fact->part) != POSTERN_OK)
		return POSTERN_BUG;
	if (unread)
		return report(j, view_str("a picture that can't be looked at"), 60, "Save the picture again, smaller.");
	return judge_code(j, view_trim(fact->value));
}

static enum postern_status qr_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct judge j = {.host = host, .ctx = ctx, .qr = instance};
	enum postern_status status = POSTERN_OK;
	size_t count = host->fact_count(ctx);
	struct postern_fact fact;

	if (count == 0)
		return POSTERN_OK;
	j.domains = host->profile(ctx, "allow_domains");
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = host->fact(ctx, i, &fact) != POSTERN_OK ? POSTERN_BUG : judge_fact(&j, &fact);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("qr"),
	.version = "1.0",
	.summary = "Finds QR codes in pictures that lead away from the marketplace.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_ATTACHMENTS | POSTERN_NEED_CODES,
	.rules = rules,
	.options = options,
	.open = qr_open,
	.check = qr_check,
	.close = qr_close,
};
