/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "thread": does the message belong where it goes? Its reference,
 * its order (MP-THREAD), and no other marketplace's name or number
 * (MP-MARKET).
 */
#include "thread.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK_REFERENCE = 1, CHECK_ORDER = 2, CHECK_OTHER_ORDER = 4, CHECK_IMPORTANT = 8, CHECK_MARKET = 16 };

struct thread {
	struct markets markets;
	struct phrases reasons;
	struct postern_patterns *reference;
	struct words orders, foreign;
	unsigned checks;
	unsigned kinds;
};

static const struct postern_rule_id rules[] = {
	{"MP-THREAD", "a message that does not say what it belongs to, or belongs to another order"},
	{"MP-MARKET", "another marketplace's name or order number"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"checks", POSTERN_OPTION_LIST, NULL, 0, 0,
	    "What is looked at: reference (of the mail that is answered), order (number, when the seller writes first), "
	    "other_order (than the thread's), important (the mark in the subject), market (another one's name or number)."},
	{"reference", POSTERN_OPTION_STRING, "\\[#(?:[0-9a-f][\\s>]{0,4}){16,64}#?\\]", 0, 0,
	    "Expression for the reference by which the marketplace finds the thread."},
	{"orders", POSTERN_OPTION_LIST, "order,po", 0, 0, "Kinds of numbers that name an order."},
	{"foreign_orders", POSTERN_OPTION_LIST, "amazon/order,ebay/order,temu/order,tiktok/order", 0, 0,
	    "Other marketplaces' numbers that can't be anything else."},
	{"important_reasons", POSTERN_OPTION_FILE, "lists/important-reasons.tsv", 0, 0,
	    "Expressions for what may be marked as important."},
	{"market_names", POSTERN_OPTION_FILE, "lists/market-names.tsv", 0, 0, "Names of marketplaces."},
	{"market_phrases", POSTERN_OPTION_FILE, "lists/market-phrases.tsv", 0, 0,
	    "How marketplaces are spoken of, and what makes a name honest."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

/* ---- options ---- */

static void thread_close(const struct postern_host *host, void *instance)
{
	struct thread *thread = instance;

	if (thread == NULL)
		return;
	markets_close(host, &thread->markets);
	phrases_close(host, &thread->reasons);
	if (thread->reference != NULL)
		host->patterns_free(thread->reference);
	words_close(&thread->orders);
	words_close(&thread->foreign);
	free(thread);
}

static unsigned check_bit(struct postern_slice name)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{"reference", CHECK_REFERENCE}, {"order", CHECK_ORDER}, {"other_order", CHECK_OTHER_ORDER},
		{"important", CHECK_IMPORTANT}, {"market", CHECK_MARKET},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view_is(name, names[i].name))
			return names[i].bit;
	return 0;
}

static int read_checks(const struct postern_host *host, const struct postern_conf *conf, struct thread *thread)
{
	for (size_t i = 0; i < host->conf_list_count(conf, "checks"); i++) {
		unsigned bit = check_bit(host->conf_list_item(conf, "checks", i));

		if (bit == 0) {
			host->conf_error(conf, "checks", 0, "expected reference, order, other_order, important or market");
			return -1;
		}
		thread->checks |= bit;
	}
	return 0;
}

static int open_reference(const struct postern_host *host, const struct postern_conf *conf, struct thread *thread)
{
	struct postern_slice expression = host->conf_string(conf, "reference");
	char *text;
	const char *list[1];

	if (!(thread->checks & CHECK_REFERENCE))
		return 0;
	text = calloc(1, expression.len + 1);
	if (text == NULL)
		return -1;
	memcpy(text, expression.ptr, expression.len);
	list[0] = text;
	thread->reference = host->patterns_compile(conf, "reference", list, 1);
	free(text);
	return thread->reference != NULL ? 0 : -1;
}

static int open_lists(const struct postern_host *host, const struct postern_conf *conf, struct thread *thread)
{
	if ((thread->checks & CHECK_MARKET) && markets_open(host, conf, &thread->markets) != 0)
		return -1;
	if ((thread->checks & CHECK_IMPORTANT) && phrases_open(host, conf, "important_reasons", &thread->reasons) != 0)
		return -1;
	if (words_open_list(host, conf, "orders", &thread->orders) != 0)
		return -1;
	return words_open_list(host, conf, "foreign_orders", &thread->foreign);
}

static enum postern_status thread_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	if (thread == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	thread->kinds = kinds_open(host, conf) & ~(1U << POSTERN_SEGMENT_NAME);
	if (read_checks(host, conf, thread) != 0 || open_reference(host, conf, thread) != 0 ||
	    open_lists(host, conf, thread) != 0) {
		thread_close(host, thread);
		return POSTERN_TEMPFAIL;
	}
	*instance_r = thread;
	return POSTERN_OK;
}

/* ---- is it an answer? ---- */

static bool has_header(const struct postern_host *host, struct postern_ctx *ctx, const char *name)
{
	struct postern_header header;

	return host->header_find(ctx, name, 0, &header) == 1 && view_trim(header.value).len > 0;
}

static bool subject_answers(struct postern_slice subject)
{
	static const char *const prefixes[] = {"re:", "re[", "re ", "aw:", "antw:", "res:", "rv:", "sv:", "odp:", "rif:", "auto:", "auto re:",
	    "automatic reply", "auto reply", "autoreply", "auto-reply", "out of office",
	    "答复", "回复", "回覆", "转发", NULL};

	for (size_t i = 0; prefixes[i] != NULL; i++)
		if (view_starts(subject, prefixes[i]))
			return true;
	return false;
}

static struct postern_slice subject_of(const struct postern_host *host, struct postern_ctx *ctx)
{
	struct postern_header header;

	return host->header_find(ctx, "Subject", 0, &header) == 1 ? view_trim(header.value) : view_str("");
}

/* An answer by its headers, its subject, a quote, or because the customer wrote before. */
static enum postern_status is_answer(const struct postern_host *host, struct postern_ctx *ctx, bool *answer_r)
{
	struct postern_inbound inbound;
	enum postern_status status;

	*answer_r = has_header(host, ctx, "In-Reply-To") || has_header(host, ctx, "References") ||
	    subject_answers(subject_of(host, ctx)) || host->quotes(ctx) != POSTERN_QUOTES_NONE;
	if (*answer_r)
		return POSTERN_OK;
	status = host->inbound(ctx, &inbound);
	*answer_r = status == POSTERN_OK && inbound.known;
	return status;
}

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, const char *id,
    struct postern_slice evidence, const char *advice, int score)
{
	struct postern_finding finding = {id, POSTERN_IN_MESSAGE, 0, evidence, advice, score};

	return host->finding(ctx, &finding);
}

/* ---- the reference ---- */

static int stop_at_first(void *arg, size_t pattern, size_t start, size_t end)
{
	(void)pattern;
	(void)start;
	(void)end;
	*(bool *)arg = true;
	return 1;
}

static enum postern_status check_reference(const struct postern_host *host, struct postern_ctx *ctx,
    const struct thread *thread)
{
	size_t count = host->text_count(ctx);
	struct postern_inbound inbound;
	enum postern_status status;
	bool found = false, answer;

	status = is_answer(host, ctx, &answer);
	if (status != POSTERN_OK || !answer)
		return status;
	for (size_t i = 0; i < count && !found; i++) {
		struct postern_text text;

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		/* In whatever text it stands: it is quoted more often than not. */
		status = host->patterns_match(ctx, thread->reference, text.text, stop_at_first, &found);
		if (status != POSTERN_OK)
			return status;
	}
	if (found)
		return POSTERN_OK;
	if (host->inbound(ctx, &inbound) != POSTERN_OK)
		return POSTERN_TEMPFAIL;
	/* A message that never came by here may have had none. */
	return report(host, ctx, "MP-THREAD", view_str(""), "Answer below the customer's message and leave the line "
	    "\"Email reference id: [#...#]\" in: without it the answer does not reach the customer.", inbound.known ? 95 : 60);
}

/* ---- numbers ---- */

static char fold(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* The same number, however it is grouped. */
static bool same_number(struct postern_slice a, struct postern_slice b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.len && !is_alnum(fold(a.ptr[i])))
			i++;
		while (k < b.len && !is_alnum(fold(b.ptr[k])))
			k++;
		if (i == a.len || k == b.len)
			return i == a.len && k == b.len;
		if (fold(a.ptr[i++]) != fold(b.ptr[k++]))
			return false;
	}
}

static enum postern_status check_order(const struct postern_host *host, struct postern_ctx *ctx,
    const struct thread *thread)
{
	size_t count = host->id_count(ctx);
	enum postern_status status;
	bool answer;

	for (size_t i = 0; i < count; i++) {
		struct postern_id id;

		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (words_has(&thread->orders, id.kind))
			return POSTERN_OK;
	}
	status = is_answer(host, ctx, &answer);
	if (status != POSTERN_OK || answer)
		return status;
	return report(host, ctx, "MP-THREAD", subject_of(host, ctx), NULL, 80);
}

/* Orders in the author's own text, none of them the thread's. */
static enum postern_status check_other_order(const struct postern_host *host, struct postern_ctx *ctx,
    const struct thread *thread)
{
	struct postern_slice other = {"", 0};
	struct postern_inbound inbound;
	size_t count = host->id_count(ctx);
	enum postern_status status;

	for (size_t i = 0; i < count && other.len == 0; i++) {
		struct postern_id id;

		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (id.segment == POSTERN_SEGMENT_NEW && words_has(&thread->orders, id.kind))
			other = id.value;
	}
	if (other.len == 0)
		return POSTERN_OK;
	status = host->inbound(ctx, &inbound);
	if (status != POSTERN_OK || !inbound.known || inbound.order.len == 0)
		return status;
	for (size_t i = 0; i < count; i++) {
		struct postern_id id;

		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (id.segment == POSTERN_SEGMENT_NEW && same_number(id.value, inbound.order))
			return POSTERN_OK;
		/* The customer himself spoke of that one too. */
		if (id.segment == POSTERN_SEGMENT_QUOTE && same_number(id.value, other))
			return POSTERN_OK;
	}
	return report(host, ctx, "MP-THREAD", other, NULL, 70);
}

static enum postern_status check_foreign_orders(const struct postern_host *host, struct postern_ctx *ctx,
    const struct thread *thread)
{
	size_t count = host->id_count(ctx);

	for (size_t i = 0; i < count; i++) {
		struct postern_id id;

		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (words_has(&thread->foreign, id.kind) && kinds_have(thread->kinds, id.segment))
			return report(host, ctx, "MP-MARKET", id.value,
			    "This order number belongs to another marketplace: is it the right customer?", 85);
	}
	return POSTERN_OK;
}

/* ---- "[Important]" ---- */

static enum postern_status check_important(const struct postern_host *host, struct postern_ctx *ctx,
    const struct thread *thread)
{
	struct postern_slice subject = subject_of(host, ctx);
	size_t count = host->text_count(ctx);
	bool found = false;

	/* In a reply it came back with the customer's subject. */
	if (!view_starts(subject, "[important]") && !view_starts(subject, "[ important ]") &&
	    !view_starts(subject, "important:") && !view_starts(subject, "【important】"))
		return POSTERN_OK;
	for (size_t i = 0; i < count && !found; i++) {
		struct postern_text text;
		enum postern_status status;

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind != POSTERN_SEGMENT_NEW && text.kind != POSTERN_SEGMENT_SUBJECT)
			continue;
		status = phrases_any(host, ctx, &thread->reasons, text.text, &found);
		if (status != POSTERN_OK)
			return status;
	}
	return found ? POSTERN_OK : report(host, ctx, "MP-THREAD", subject,
	    "\"[Important]\" is for what stops the order from being completed. Take it out of the subject.", 80);
}

static enum postern_status thread_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct thread *thread = instance;
	enum postern_status status = POSTERN_OK;
	struct postern_message message;

	host->message(ctx, &message);
	if (thread->checks & CHECK_REFERENCE)
		status = check_reference(host, ctx, thread);
	if (status == POSTERN_OK && (thread->checks & CHECK_ORDER))
		status = check_order(host, ctx, thread);
	if (status == POSTERN_OK && (thread->checks & CHECK_OTHER_ORDER))
		status = check_other_order(host, ctx, thread);
	if (status == POSTERN_OK && (thread->checks & CHECK_IMPORTANT))
		status = check_important(host, ctx, thread);
	if (status == POSTERN_OK && (thread->checks & CHECK_MARKET))
		status = check_foreign_orders(host, ctx, thread);
	if (status == POSTERN_OK && (thread->checks & CHECK_MARKET))
		status = markets_check(host, ctx, &thread->markets, message.marketplace, thread->kinds);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("thread"),
	.version = "1.0",
	.summary = "Finds messages without their thread's reference or order, and other marketplaces' names and numbers.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.open = thread_open,
	.check = thread_check,
	.close = thread_close,
};
