/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "sla": labels inbound mail of a marketplace and starts the reply
 * clock that the marketplace's profile names for its kind. A customer's
 * automatic reply starts none. Our own mail only gets the labels of a list.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

struct sla {
	struct phrases labels, closings, headers, subjects, auto_replies;
	struct words order_kinds;
	bool sale_labels;
};

static const struct postern_rule_id rules[] = {
	{"MP-SLA", "a clock that the profile names could not be started"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"labels", POSTERN_OPTION_FILE, "lists/labels.tsv", 0, 0, "Phrases and the label that each gives."},
	{"closings", POSTERN_OPTION_FILE, "lists/closings.tsv", 0, 0,
	    "Messages that only say thanks get the label Suggest-Done."},
	{"auto_headers", POSTERN_OPTION_FILE, "lists/autoreply-headers.tsv", 0, 0,
	    "Headers of automatic replies, as \"Name: value\"."},
	{"auto_subjects", POSTERN_OPTION_FILE, "lists/autoreply-subjects.tsv", 0, 0,
	    "How the subject of an automatic reply starts."},
	{"auto_phrases", POSTERN_OPTION_FILE, "lists/absence-phrases.tsv", 0, 0,
	    "What a customer's out-of-office message says."},
	{"order_kinds", POSTERN_OPTION_LIST, "order,po", 0, 0,
	    "Kinds of numbers that make a message one about an order (Aftersale)."},
	{"sale_labels", POSTERN_OPTION_BOOL, "yes", 0, 0, "Label inquiries Presale or Aftersale."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void sla_close(const struct postern_host *host, void *instance)
{
	struct sla *sla = instance;

	if (sla == NULL)
		return;
	phrases_close(host, &sla->labels);
	phrases_close(host, &sla->closings);
	phrases_close(host, &sla->headers);
	phrases_close(host, &sla->subjects);
	phrases_close(host, &sla->auto_replies);
	words_close(&sla->order_kinds);
	free(sla);
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct sla *sla)
{
	if (phrases_open(host, conf, "labels", &sla->labels) != 0)
		return -1;
	if (phrases_open(host, conf, "closings", &sla->closings) != 0)
		return -1;
	if (phrases_open(host, conf, "auto_headers", &sla->headers) != 0)
		return -1;
	if (phrases_open(host, conf, "auto_subjects", &sla->subjects) != 0)
		return -1;
	if (phrases_open(host, conf, "auto_phrases", &sla->auto_replies) != 0)
		return -1;
	return words_open_list(host, conf, "order_kinds", &sla->order_kinds);
}

static bool is_label(const char *label)
{
	if (*label == '\0' || strlen(label) > 40)
		return false;
	return label[strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static int check_labels(const struct postern_host *host, const struct postern_conf *conf, const struct phrases *labels)
{
	for (size_t i = 0; i < labels->count; i++) {
		if (is_label(labels->items[i].value))
			continue;
		host->conf_error(conf, "labels", labels->items[i].line,
		    "a label must stand behind a tab: letters, digits and '-'");
		return -1;
	}
	return 0;
}

static enum postern_status sla_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct sla *sla = calloc(1, sizeof(*sla));

	if (sla == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (read_lists(host, conf, sla) != 0 || check_labels(host, conf, &sla->labels) != 0) {
		sla_close(host, sla);
		return POSTERN_TEMPFAIL;
	}
	sla->sale_labels = host->conf_bool(conf, "sale_labels") != 0;
	*instance_r = sla;
	return POSTERN_OK;
}

/* ---- a customer's automatic reply ---- */

struct sum {
	const struct phrases *list;
	int weight; /* of the weightiest */
	int count;
	size_t last; /* the phrase counted last */
};

static int note_sum(void *arg, size_t pattern, size_t start, size_t end)
{
	struct sum *sum = arg;
	int weight = sum->list->items[pattern].weight;

	(void)start;
	(void)end;
	if (weight > sum->weight)
		sum->weight = weight;
	if (pattern != sum->last)
		sum->count += weight;
	sum->last = pattern;
	return 0;
}

#define HEADERS_MAX 200
#define HEADER_NAME_MAX 80
#define HEADER_VALUE_MAX 120

struct lines {
	char *text;
	size_t len;
};

static void add_line(struct lines *lines, const struct postern_header *header)
{
	struct postern_slice name = view_sub(header->name, 0, HEADER_NAME_MAX);
	struct postern_slice value = view_sub(view_trim(header->value), 0, HEADER_VALUE_MAX);

	memcpy(lines->text + lines->len, name.ptr, name.len);
	lines->len += name.len;
	memcpy(lines->text + lines->len, ": ", 2);
	lines->len += 2;
	if (value.len > 0)
		memcpy(lines->text + lines->len, value.ptr, value.len);
	lines->len += value.len;
	lines->text[lines->len++] = '\n';
}

/* All headers as one text, "Name: value" a line: one search for the whole list. */
static enum postern_status has_auto_header(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla, bool *found_r)
{
	struct sum sum = {&sla->headers, 0, 0, SIZE_MAX};
	size_t count = host->header_count(ctx);
	struct lines lines = {NULL, 0};
	struct postern_header header;
	enum postern_status status;

	if (count > HEADERS_MAX)
		count = HEADERS_MAX;
	lines.text = host->alloc(ctx, count * (HEADER_NAME_MAX + HEADER_VALUE_MAX + 3) + 1);
	if (lines.text == NULL)
		return POSTERN_TEMPFAIL;
	for (size_t i = 0; i < count; i++) {
		if (host->header(ctx, i, &header) != POSTERN_OK)
			return POSTERN_BUG;
		add_line(&lines, &header);
	}
	status = phrases_match(host, ctx, &sla->headers, (struct postern_slice){lines.text, lines.len}, note_sum, &sum);
	*found_r = sum.weight > 0;
	return status;
}

/* A question mark of any script. */
static bool asks(struct postern_slice text)
{
	for (size_t pos = 0; pos < text.len;) {
		uint32_t c = rune_next(text, &pos);

		if (c == '?' || c == 0xFF1F || c == 0x61F)
			return true;
	}
	return false;
}

static enum postern_status has_auto_subject(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla, bool *found_r)
{
	struct sum sum = {&sla->subjects, 0, 0, SIZE_MAX};
	struct postern_header subject, reply;
	enum postern_status status;

	if (host->header_find(ctx, "Subject", 0, &subject) != 1)
		return POSTERN_OK;
	status = phrases_match(host, ctx, &sla->subjects, subject.value, note_sum, &sum);
	*found_r = sum.weight > 1 || (sum.weight == 1 && host->header_find(ctx, "In-Reply-To", 0, &reply) == 1);
	return status;
}

static enum postern_status has_auto_text(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla, bool *found_r)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx), letters = 0;
	struct sum sum = {&sla->auto_replies, 0, 0, SIZE_MAX};
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind != POSTERN_SEGMENT_NEW || asks(text.text))
			continue; /* who asks, wants an answer */
		letters += letters_count(text.text);
		status = phrases_match(host, ctx, &sla->auto_replies, text.text, note_sum, &sum);
	}
	*found_r = sum.count >= 2 && letters < 800;
	return status;
}

static enum postern_status is_auto_reply(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla, bool *auto_r)
{
	enum postern_status status;

	status = has_auto_header(host, ctx, sla, auto_r);
	if (status != POSTERN_OK || *auto_r)
		return status;
	status = has_auto_subject(host, ctx, sla, auto_r);
	if (status != POSTERN_OK || *auto_r)
		return status;
	return has_auto_text(host, ctx, sla, auto_r);
}

/* ---- labels ---- */

struct labels_found {
	const struct phrases *list;
	unsigned char *found;
};

static int note_label(void *arg, size_t pattern, size_t start, size_t end)
{
	struct labels_found *labels = arg;

	(void)start;
	(void)end;
	labels->found[pattern] = 1;
	return 0;
}

/* Gives the labels found, each once: several phrases share one. */
static enum postern_status give_labels(const struct postern_host *host, struct postern_ctx *ctx,
    const struct labels_found *labels)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < labels->list->count && status == POSTERN_OK; i++) {
		bool given = false;

		for (size_t k = 0; k < i && !given; k++)
			given = labels->found[k] && strcmp(labels->list->items[k].value, labels->list->items[i].value) == 0;
		if (labels->found[i] && !given)
			status = host->label(ctx, labels->list->items[i].value);
	}
	return status;
}

static enum postern_status label_topics(const struct postern_host *host, struct postern_ctx *ctx, const struct sla *sla)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct labels_found labels = {&sla->labels, host->alloc(ctx, sla->labels.count + 1)};
	struct postern_text text;

	if (labels.found == NULL)
		return POSTERN_TEMPFAIL;
	memset(labels.found, 0, sla->labels.count + 1);
	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_NEW || text.kind == POSTERN_SEGMENT_SUBJECT)
			status = phrases_match(host, ctx, &sla->labels, text.text, note_label, &labels);
	}
	return status == POSTERN_OK ? give_labels(host, ctx, &labels) : status;
}

static enum postern_status label_sale(const struct postern_host *host, struct postern_ctx *ctx, const struct sla *sla)
{
	size_t count = host->id_count(ctx);
	struct postern_id id;

	for (size_t i = 0; i < count; i++) {
		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (words_has(&sla->order_kinds, id.kind))
			return host->label(ctx, "Aftersale");
	}
	return host->label(ctx, "Presale");
}

/* ---- thanks ---- */

struct eraser {
	char *copy;
};

static int erase_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct eraser *eraser = arg;

	(void)pattern;
	memset(eraser->copy + start, ' ', end - start);
	return 0;
}

/* Letters left in a text when the closing phrases are out; a name may be left. */
static enum postern_status letters_left(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla, struct postern_slice text, size_t *left_r)
{
	struct eraser eraser = {host->alloc(ctx, text.len + 1)};
	struct postern_slice rest = {eraser.copy, text.len};
	enum postern_status status;

	if (eraser.copy == NULL)
		return POSTERN_TEMPFAIL;
	if (text.len > 0)
		memcpy(eraser.copy, text.ptr, text.len);
	status = phrases_match(host, ctx, &sla->closings, text, erase_match, &eraser);
	*left_r += letters_count(rest);
	return status;
}

static enum postern_status label_closing(const struct postern_host *host, struct postern_ctx *ctx,
    const struct sla *sla)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx), letters = 0, left = 0;
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind != POSTERN_SEGMENT_NEW)
			continue;
		if (text.text.len > 400 || asks(text.text))
			return POSTERN_OK;
		letters += letters_count(text.text);
		status = letters_left(host, ctx, sla, text.text, &left);
	}
	if (status != POSTERN_OK || letters < 2 || left > 12 || left * 2 > letters)
		return status;
	return host->label(ctx, "Suggest-Done");
}

/* ---- the message ---- */

static enum postern_status label_kind(const struct postern_host *host, struct postern_ctx *ctx,
    struct postern_slice labels)
{
	enum postern_status status = POSTERN_OK;
	struct postern_slice label;
	char name[64];

	while (status == POSTERN_OK && view_next(&labels, ',', &label)) {
		if (label.len == 0 || label.len >= sizeof(name))
			continue;
		memcpy(name, label.ptr, label.len);
		name[label.len] = '\0';
		status = host->label(ctx, name);
	}
	return status;
}

static enum postern_status start_clock(const struct postern_host *host, struct postern_ctx *ctx,
    struct postern_slice clock)
{
	struct postern_finding finding = {"MP-SLA", POSTERN_IN_MESSAGE, 0, clock,
	    "The marketplace's profile names a clock that it does not define.", 100};
	char name[64];
	int64_t due;
	enum postern_status status;

	if (clock.len == 0)
		return POSTERN_OK;
	if (clock.len >= sizeof(name))
		return host->finding(ctx, &finding);
	memcpy(name, clock.ptr, clock.len);
	name[clock.len] = '\0';
	status = host->start_clock(ctx, name, &due);
	return status == POSTERN_BUG ? host->finding(ctx, &finding) : status;
}

static enum postern_status sla_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct sla *sla = instance;
	struct postern_slice labels = {"", 0}, clock = {"", 0};
	struct postern_message message;
	enum postern_status status;
	bool automatic = false;

	host->message(ctx, &message);
	if (message.direction == POSTERN_OUTBOUND)
		return label_topics(host, ctx, sla);
	status = host->kind(ctx, &labels, &clock);
	/* Mail that starts no clock is no inquiry: the kind's own labels say all. */
	if (status != POSTERN_OK || clock.len == 0)
		return status == POSTERN_OK ? label_kind(host, ctx, labels) : status;
	status = is_auto_reply(host, ctx, sla, &automatic);
	if (status != POSTERN_OK)
		return status;
	if (automatic)
		return host->label(ctx, "Auto-Reply");
	status = label_kind(host, ctx, labels);
	if (status == POSTERN_OK && sla->sale_labels && view_in_list(labels, "Response-Needed") &&
	    !view_in_list(labels, "Presale") && !view_in_list(labels, "Aftersale"))
		status = label_sale(host, ctx, sla);
	if (status == POSTERN_OK)
		status = label_topics(host, ctx, sla);
	if (status == POSTERN_OK)
		status = label_closing(host, ctx, sla);
	return status == POSTERN_OK ? start_clock(host, ctx, clock) : status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("sla"),
	.version = "1.0",
	.summary = "Labels marketplace mail and starts the reply clock of what comes in.",
	.directions = POSTERN_INBOUND | POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.open = sla_open,
	.check = sla_check,
	.close = sla_close,
};
