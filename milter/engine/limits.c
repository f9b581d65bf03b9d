/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What could not be decoded becomes a finding: a limit that was passed, content that is encrypted or
 * damaged. The sender is told what was met and what to do about it.
 */
#include "engine/judge.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct limit_kind {
	const char *name; /* in message.limits; NULL: any other */
	const char *rule_id;
	size_t action;    /* where the configuration has it */
	const char *what;
	const char *advice;
};

static const struct limit_kind kinds[] = {
	{"opaque", "POSTERN-OPAQUE", offsetof(struct config, opaque_action), "encrypted content can't be checked",
	    "Send it without encryption."},
	{"damaged", "POSTERN-DAMAGED", offsetof(struct config, damaged_action), "the message is damaged",
	    "Write it anew, as plain text if it happens again."},
	{"charset", "POSTERN-CHARSET", offsetof(struct config, damaged_action),
	    "the message's text is not in the character set that it names", "Send it in UTF-8."},
	{"dot-line", "POSTERN-DOT", offsetof(struct config, damaged_action),
	    "a line with a single dot has a broken line end: a careless server would see a second message behind it",
	    "Write it anew."},
	{"attachment", "POSTERN-FILE", offsetof(struct config, unread_action), "an attachment could not be read",
	    "Send it in a simpler form, for example as a smaller PDF or picture, or without it."},
	{NULL, "POSTERN-LIMIT", offsetof(struct config, limit_action),
	    "the message is too large or too complex to be checked",
	    "Send a shorter message with fewer attachments and without forwarded messages inside."},
};

static const struct limit_kind *kind_of(const struct mail_limit *limit)
{
	const struct limit_kind *kind = kinds;

	while (kind->name != NULL && strcmp(kind->name, limit->name) != 0)
		kind++;
	return kind;
}

/* What was met, and where. */
static void describe(const struct judging *j, const struct mail_limit *limit, char *text, size_t size)
{
	if (limit->max != 0)
		snprintf(text, size, "%s: %llu of at most %llu", limit->name, (unsigned long long)limit->value,
		    (unsigned long long)limit->max);
	else if (limit->part < j->message->part_count)
		snprintf(text, size, "part %zu, %.*s", limit->part + 1,
		    SLICE_ARG(slice_sub(j->message->parts[limit->part].type, 0, 80)));
	else
		snprintf(text, size, "%s", strcmp(limit->name, "dot-line") == 0 ? "the body" : "the headers");
}

/* What a limit does to this message. */
static enum action milder(const struct judging *j, enum action action)
{
	/* A customer's question is never refused for its form: inbound mail is at most tagged. */
	if (j->direction == POSTERN_INBOUND && action > ACTION_TAG)
		return ACTION_TAG;
	/* People's mail to elsewhere: what can't be read there is nobody's breach of a marketplace's rule. */
	return j->direction == POSTERN_OUTSIDE ? ACTION_PASS : action;
}

static void note_limit(struct judging *j, const struct mail_limit *limit)
{
	const struct limit_kind *kind = kind_of(limit);
	bool memory = strcmp(limit->name, "memory") == 0;
	struct finding *finding;
	enum action action;
	char text[160];

	memcpy(&action, (const char *)j->generation->config + kind->action, sizeof(action));
	action = memory ? ACTION_DEFER : milder(j, action);
	describe(j, limit, text, sizeof(text));
	finding = judge_note(j, "postern", "postern", kind->rule_id, action, memory, kind->what, text);
	if (finding != NULL)
		finding->advice = kind->advice;
}

void judge_limits(struct judging *j)
{
	const struct message *m = j->message;

	for (size_t i = 0; i < m->limit_count; i++) {
		size_t first = 0;

		/* One of each name; names are few, entries need not be. */
		while (first < i && strcmp(m->limits[first].name, m->limits[i].name) != 0)
			first++;
		if (first == i)
			note_limit(j, &m->limits[i]);
	}
}

/* What the rule says of errors goes before, but for a retry, which would end the same. */
static enum action cut_action(const struct judging *j, const struct rule *rule)
{
	enum action action = milder(j, j->generation->config->limit_action);

	if (rule->on_error != ACTION_DEFER)
		return rule->on_error;
	/* Whatever was not found: the rule does no more than that. */
	return action < rule->action ? action : rule->action;
}

void judge_cut(struct judging *j, const struct active_rule *active, const struct postern_ctx *ctx)
{
	const struct limit_kind *kind = &kinds[sizeof(kinds) / sizeof(kinds[0]) - 1];
	const struct rule *rule = active->rule;
	struct finding *finding;

	if (ctx->decided) {
		judge_note(j, rule->name, active->plugin->name, "POSTERN-MORE", ACTION_PASS, false,
		    "there is more of it than was searched", ctx->cut);
		return;
	}
	finding = judge_note(j, rule->name, active->plugin->name, kind->rule_id, cut_action(j, rule), false, kind->what, ctx->cut);
	if (finding == NULL)
		return;
	finding->advice = kind->advice;
	finding->monitored = rule_is_monitored(rule, j->received);
}
