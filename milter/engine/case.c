/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Case mail: what plugins ask of the support that a message goes to and of the
 * milestones of an order, and what the audit event tells of the case.
 */
#include "engine/case.h"

#include <string.h>

#include "engine/host.h"
#include "store/store.h"

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

struct latest {
	const char *name;
	int64_t time;
};

static int take_milestone(void *arg, const struct store_milestone *milestone)
{
	struct latest *latest = arg;

	if (strcmp(milestone->name, latest->name) == 0 && milestone->time > latest->time)
		latest->time = milestone->time;
	return 0;
}

enum postern_status host_milestone(struct postern_ctx *ctx, const char *name, struct postern_slice subject,
    int64_t *time_r)
{
	struct judging *j = ctx->judging;
	struct latest latest = {name, 0};
	struct diag d = {0};

	*time_r = 0;
	if (!host_has_need(ctx, POSTERN_NEED_STORE))
		return POSTERN_BUG;
	if (name == NULL || subject.len == 0 || j->services->store == NULL)
		return POSTERN_OK;
	if (store_milestones(j->services->store, host_view(subject), 0, take_milestone, &latest, &d) != 0)
		return host_trouble(ctx, POSTERN_TEMPFAIL, arena_strdup(j->arena, d.text));
	*time_r = latest.time;
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

void case_record(const struct judging *j, json_t *event)
{
	const struct support *support = any_support(j);
	struct slice number;

	if (support == NULL)
		return;
	number = slice_sub(case_number(j), 0, CASE_MAX);
	if (number.len > 0)
		json_put(event, "case", number);
	json_put_str(event, "case_channel", support->channel);
}
