/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a profile knows of inbound mail besides its kinds: where the customer's own words stand, who writes about
 * a case, and how other filters mark spam.
 */
#include <string.h>

#include "core/clock.h"
#include "mail/address.h"
#include "policy/profile_load.h"

#define SEARCH_MS 5000

static const struct conf_name frame_names[] = {{"begin", CONF_ONE}, {"end", CONF_ONE}, {"source", CONF_ONE}, {NULL, 0}};
static const struct conf_name channel_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE}, {NULL, 0}};
static const struct conf_name spam_names[] = {
	{"header", CONF_ONE | CONF_REQUIRED}, {"pattern", CONF_ONE | CONF_REQUIRED}, {NULL, 0}
};

/* ---- reading --------------------------------------------------------------- */

void profile_frame_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct frame **tail = &market->frames, *frame;
	const struct conf_node *begin = conf_child(node, "begin"), *end = conf_child(node, "end");

	if (conf_check(node, frame_names, loader->d) == -1 || (frame = profile_alloc(loader, sizeof(*frame))) == NULL)
		return;
	if (begin == NULL && end == NULL)
		diag_at(loader->d, node->file, node->line, "frame \"%.60s\" needs 'begin', 'end' or both", node->title);
	frame->begin = begin != NULL ? profile_pattern_read(loader, begin) : NULL;
	frame->end = end != NULL ? profile_pattern_read(loader, end) : NULL;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = frame;
}

void profile_channel_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct channel **tail = &market->channels, *channel;

	if (conf_check(node, channel_names, loader->d) == -1 || (channel = profile_alloc(loader, sizeof(*channel))) == NULL)
		return;
	channel->name = node->title;
	channel->pattern = profile_pattern_read(loader, conf_child(node, "pattern"));
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (channel->pattern != NULL)
		*tail = channel;
}

void profile_spam_read(struct profile_loader *loader, const struct conf_node *node)
{
	struct spam_mark **tail = &loader->profiles->spam_marks, *mark;

	if (conf_check(node, spam_names, loader->d) == -1 || (mark = profile_alloc(loader, sizeof(*mark))) == NULL)
		return;
	mark->name = node->title;
	mark->header = conf_text(node, "header");
	mark->pattern = profile_pattern_read(loader, conf_child(node, "pattern"));
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (mark->pattern != NULL)
		*tail = mark;
}

static void frames_free(struct frame *frame)
{
	for (; frame != NULL; frame = frame->next) {
		if (frame->begin != NULL)
			pattern_free(&frame->begin);
		if (frame->end != NULL)
			pattern_free(&frame->end);
	}
}

void profile_inbound_free(struct profiles *profiles)
{
	for (size_t i = 0; profiles->markets != NULL && i < profiles->count; i++) {
		frames_free(profiles->markets[i].frames);
		for (struct channel *channel = profiles->markets[i].channels; channel != NULL; channel = channel->next)
			pattern_free(&channel->pattern);
	}
	for (struct spam_mark *mark = profiles->spam_marks; mark != NULL; mark = mark->next)
		pattern_free(&mark->pattern);
	profile_kinds_free(profiles->kinds);
}

/* ---- asking ---------------------------------------------------------------- */

/* The last match at or behind from: a customer may write what looks like the first. 1, 0, -1. */
static int find_last(const struct pattern *pattern, struct slice text, size_t from, size_t *start_r, struct diag *d)
{
	int64_t deadline = clock_monotonic_ms() + SEARCH_MS;
	struct pattern_match match;
	int rc, found = 0;

	while ((rc = pattern_find_until(pattern, text, from, deadline, &match, d)) == 1) {
		*start_r = match.start;
		found = 1;
		if (match.end >= text.len)
			break;
		from = match.end > from ? match.end : from + 1;
	}
	return rc == -1 ? -1 : found;
}

static int apply_frame(const struct frame *frame, struct slice text, size_t *begin_r, size_t *end_r, struct diag *d)
{
	struct pattern_match match;
	int rc, found = 0;

	*begin_r = 0;
	*end_r = text.len;
	if (frame->begin != NULL) {
		rc = pattern_find_until(frame->begin, text, 0, clock_monotonic_ms() + SEARCH_MS, &match, d);
		if (rc == -1)
			return -1;
		if (rc == 1)
			*begin_r = match.end;
		found = rc;
	}
	rc = frame->end != NULL ? find_last(frame->end, text, *begin_r, end_r, d) : 0;
	return rc == -1 ? -1 : found | rc;
}

int marketplace_frame(const struct marketplace *market, struct slice text, size_t *begin_r, size_t *end_r, struct diag *d)
{
	int rc = 0;

	for (const struct frame *frame = market->frames; rc == 0 && frame != NULL; frame = frame->next)
		rc = apply_frame(frame, text, begin_r, end_r, d);
	return rc;
}

/* Who signs, and what stands in the text; not what is quoted. */
static int test_channel(const struct pattern *pattern, const struct message *m, struct diag *d)
{
	int rc = pattern_test(pattern, message_header_value(m, "From"), d);

	for (size_t i = 0; rc == 0 && i < m->segment_count; i++)
		if (m->segments[i].kind == SEGMENT_NEW || m->segments[i].kind == SEGMENT_SIGNATURE)
			rc = pattern_test(pattern, m->segments[i].text, d);
	return rc;
}

int marketplace_channel(const struct marketplace *market, const struct message *message, const char **name_r, struct diag *d)
{
	int rc = 0;

	*name_r = NULL;
	for (const struct channel *channel = market->channels; rc == 0 && channel != NULL; channel = channel->next) {
		rc = test_channel(channel->pattern, message, d);
		if (rc == 1)
			*name_r = channel->name;
	}
	return rc;
}

int profiles_customer(const struct mail_kind *kind, const struct message *message, struct slice *name_r, struct diag *d)
{
	struct pattern_match match;
	int rc = 0;

	*name_r = SLICE_LIT("");
	if (kind->customer != NULL)
		rc = pattern_find_until(kind->customer, message_header_value(message, "Subject"), 0, clock_monotonic_ms() + SEARCH_MS,
		    &match, d);
	if (rc == 1)
		*name_r = slice_trim(match.groups[1].ptr != NULL ? match.groups[1] : match.groups[0]);
	return rc == -1 ? -1 : 0;
}

int profiles_spam(const struct profiles *profiles, const struct message *message, const char **name_r, struct diag *d)
{
	const struct mail_header *header;
	int rc = 0;

	*name_r = NULL;
	for (const struct spam_mark *mark = profiles->spam_marks; rc == 0 && mark != NULL; mark = mark->next) {
		for (size_t n = 0; rc == 0 && (header = message_header(message, mark->header, n)) != NULL; n++)
			rc = pattern_test(mark->pattern, header->value, d);
		if (rc == 1)
			*name_r = mark->name;
	}
	return rc;
}
