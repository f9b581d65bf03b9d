/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Case mail: what plugins ask of the support that a message goes to, and what
 * the audit event tells of the case.
 */
#include "engine/case.h"

#include "engine/host.h"

#define CASE_MAX 100

static struct postern_slice text_of(const char *text)
{
	return host_slice(slice_str(text != NULL ? text : ""));
}

enum postern_status host_support(struct postern_ctx *ctx, struct postern_support *out)
{
	const struct support *support = ctx->judging->support;

	*out = (struct postern_support){text_of(support != NULL ? support->name : NULL),
	    text_of(support != NULL ? support->channel : NULL), text_of(support != NULL ? support->language : NULL)};
	return POSTERN_OK;
}

/* The first support of any marketplace that the message concerns, whichever had its turn last. */
static const struct support *any_support(const struct judging *j)
{
	const struct support *support = j->support;

	for (size_t i = 0; support == NULL && j->supports != NULL && i < j->recipient_count; i++)
		support = j->supports[i];
	return support;
}

/* Of those in the author's own words the first; the subject's goes before all. */
struct slice case_number(const struct judging *j)
{
	const struct message *m = any_support(j) != NULL ? j->message : NULL;
	struct slice found = SLICE_NONE;

	for (size_t i = 0; m != NULL && i < m->id_count; i++) {
		const struct mail_id *id = &m->ids[i];

		if (!slice_eq_str(id->kind, "case"))
			continue;
		if (id->segment == SEGMENT_SUBJECT)
			return id->value;
		if (id->segment == SEGMENT_NEW && found.ptr == NULL)
			found = id->value;
	}
	return found;
}

int case_record(const struct judging *j, json_t *event)
{
	const struct support *support = any_support(j);
	struct slice number;
	int rc = 0;

	if (support == NULL)
		return 0;
	number = slice_sub(case_number(j), 0, CASE_MAX);
	if (number.len > 0)
		rc = json_put(event, "case", number);
	return rc | json_put_str(event, "case_channel", support->channel);
}
