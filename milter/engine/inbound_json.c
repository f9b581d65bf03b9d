/* SPDX-License-Identifier: BSD-2-Clause */
/* What an incoming message tells, for the audit log and for "postern scan --json". Every text is bounded. */
#include "core/clock.h"
#include "engine/inbound.h"

#define TEXT_MAX 500

static json_t *cut_text(struct slice s)
{
	return json_text(slice_sub(s, 0, TEXT_MAX));
}

static json_t *failed_json(const struct inbound *in)
{
	json_t *o = json_object(), *refs = json_array();
	int rc = 0;

	for (size_t i = 0; i < in->report.id_count; i++)
		rc |= json_array_append_new(refs, cut_text(in->report.ids[i]));
	rc |= json_put_new(o, "refs", refs);
	rc |= json_put_str(o, "reason", in->kind->failed);
	rc |= json_put(o, "status", in->report.status);
	return json_whole(o, rc);
}

static json_t *milestone_json(const struct mail_milestone *milestone)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *o = json_object();
	int rc = 0;

	clock_format(time, sizeof(time), milestone->time);
	rc |= json_put_str(o, "name", milestone->name);
	rc |= json_put_new(o, "subject", cut_text(milestone->subject));
	rc |= json_put_str(o, "time", time);
	if (milestone->term_days > 0)
		rc |= json_put_int(o, "term_days", milestone->term_days);
	return json_whole(o, rc);
}

static int put_milestones(const struct inbound *in, json_t *o)
{
	json_t *list;
	int rc = 0;

	if (in->milestone_count == 0)
		return 0;
	list = json_array();
	for (size_t i = 0; i < in->milestone_count; i++)
		rc |= json_array_append_new(list, milestone_json(&in->milestones[i]));
	return rc | json_put_new(o, "milestones", list);
}

int inbound_put(const struct inbound *in, json_t *o)
{
	int rc = 0;

	if (in->failed && in->kind != NULL)
		rc |= json_put_new(o, "failed", failed_json(in));
	rc |= put_milestones(in, o);
	if (in->case_id.ptr != NULL)
		rc |= json_put_new(o, "case", cut_text(in->case_id));
	if (in->channel != NULL)
		rc |= json_put_str(o, "case_channel", in->channel);
	if (in->spam_by != NULL)
		rc |= json_put_str(o, "spam_by", in->spam_by);
	if (in->poses != NULL)
		rc |= json_put_str(o, "poses", in->poses);
	return rc;
}
