/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a plugin may tell of a message: findings, labels, marks, clocks,
 * counters. Everything is copied into the transaction's arena and bounded.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "engine/host.h"
#include "mail/normal.h"

/* Findings of one rule in one message: the first ones tell enough. */
#define FINDINGS_PER_RULE 50
#define EVIDENCE_MAX 200
#define KEY_MAX 256

struct postern_slice host_profile(struct postern_ctx *ctx, const char *name)
{
	const struct judging *j = ctx->judging;

	if (name == NULL || j->market == NULL)
		return host_slice(SLICE_NONE);
	/* Customers are answered in one language, a support may want another. */
	if (strcmp(name, "language") == 0 && ctx->rule->audience == AUDIENCE_CASE && j->support != NULL)
		return host_slice(slice_str(j->support->language != NULL ? j->support->language : ""));
	return host_slice(marketplace_value(j->market, name, j->received, NULL, NULL));
}

/* At most max bytes of s, cut before the character that would not fit whole. */
static struct slice cut(struct slice s, size_t max)
{
	size_t len = max;

	if (s.len <= max)
		return s;
	while (len > 0 && ((unsigned char)s.ptr[len] & 0xC0) == 0x80)
		len--;
	return (struct slice){s.ptr, len > 0 ? len : max};
}

/* "header Reply-To", "attachment x.pdf"; the name comes from the message. */
static struct slice place_named(struct arena *arena, const char *kind, struct slice name)
{
	char clean[120];
	char *text;

	text_sanitize(clean, sizeof(clean), name, TEXT_FOR_LOG);
	text = arena_printf(arena, "%s%s%s", kind, clean[0] != '\0' ? " " : "", clean);
	return slice_str(text);
}

static struct slice place_in_text(const struct message *m, size_t index)
{
	static const char *const names[] = {"subject", "text", "quote", "signature", "disclaimer", "name",
	    "hidden text", "file"};
	size_t kind = index < m->segment_count ? (size_t)m->segments[index].kind : SEGMENT_NEW;

	return slice_str(names[kind < sizeof(names) / sizeof(names[0]) ? kind : SEGMENT_NEW]);
}

static struct slice place(const struct judging *j, const struct postern_finding *finding)
{
	const struct message *m = j->message;
	size_t i = finding->index;

	switch (finding->where) {
	case POSTERN_IN_ENVELOPE:
		return SLICE_LIT("envelope");
	case POSTERN_IN_HEADER:
		return place_named(j->arena, "header", i < m->header_count ? m->headers[i].name : SLICE_NONE);
	case POSTERN_IN_TEXT:
		return place_in_text(m, i);
	case POSTERN_IN_URL:
		return SLICE_LIT("link");
	case POSTERN_IN_ATTACHMENT:
		return place_named(j->arena, "attachment",
		    i < j->attachment_count ? m->parts[j->attachments[i]].name : SLICE_NONE);
	default:
		return SLICE_LIT("message");
	}
}

static bool is_inside(struct slice part, struct slice whole)
{
	uintptr_t at = (uintptr_t)part.ptr, start = (uintptr_t)whole.ptr;

	return part.len > 0 && at >= start && at - start <= whole.len && whole.len - (at - start) >= part.len;
}

/* Evidence that shows a segment's text is what was written there: disguises are the point of some findings. */
static struct slice as_written(const struct message *m, struct slice evidence)
{
	for (size_t i = 0; i < m->segment_count; i++) {
		const struct mail_segment *segment = &m->segments[i];
		size_t start;

		if (!is_inside(evidence, segment->text))
			continue;
		start = (size_t)(evidence.ptr - segment->text.ptr);
		return normal_original(segment, start, start + evidence.len);
	}
	return evidence;
}

static const char *copy_text(struct judging *j, const char *text)
{
	char clean[600];

	if (text == NULL)
		return NULL;
	text_sanitize(clean, sizeof(clean), slice_str(text), TEXT_FOR_LOG);
	return arena_strdup(j->arena, clean);
}

/* What the marketplace's profile says for this finding ("policy.MP-LINK"), else what the rule says. */
static const char *of_market(const struct judging *j, const char *what, const char *rule_id, const char *otherwise)
{
	char name[100];
	struct slice value;

	if (j->market == NULL)
		return otherwise;
	snprintf(name, sizeof(name), "%s.%s", what, rule_id);
	value = marketplace_value(j->market, name, j->received, NULL, NULL);
	/* A value is a whole C string of the generation, which outlives the verdict. */
	return value.ptr != NULL ? value.ptr : otherwise;
}

/* The profile's source for a rule id is that of the rule for customers: a rule for case mail alone has its own. */
static const char *policy_of(const struct postern_ctx *ctx, const char *rule_id)
{
	if (ctx->rule->audience == AUDIENCE_CASE && ctx->rule->policy != NULL)
		return ctx->rule->policy;
	return of_market(ctx->judging, "policy", rule_id, ctx->rule->policy);
}

/* Only check tells something of a message. */
static bool may_report(struct postern_ctx *ctx)
{
	if (ctx->bodiless)
		host_trouble(ctx, POSTERN_BUG, "it reported something in wants");
	return !ctx->bodiless;
}

enum postern_status host_finding(struct postern_ctx *ctx, const struct postern_finding *finding)
{
	struct judging *j = ctx->judging;
	const char *help = finding != NULL ? plugin_rule_help(ctx->plugin, finding->rule_id) : NULL;
	bool weak = finding != NULL && finding->score < ctx->rule->min_score;
	bool monitored = rule_is_monitored(ctx->rule, j->received) || (weak && !ctx->rule->below_acts);
	enum action action = weak && ctx->rule->below_acts ? ctx->rule->below : ctx->rule->action;
	struct slice evidence;
	struct finding *out;

	if (!may_report(ctx))
		return POSTERN_BUG;
	if (help == NULL)
		return host_trouble(ctx, POSTERN_BUG, "it reported a rule id that its description does not declare");
	/* However many weak ones were first: one that does the rule's action is kept. */
	if (++ctx->reported > FINDINGS_PER_RULE && (weak || ctx->decided))
		return POSTERN_OK;
	ctx->decided = ctx->decided || !weak;
	if (judge_has_enough(j, action, monitored))
		return POSTERN_OK;
	out = judge_finding(j);
	if (out == NULL)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	evidence = arena_slice(j->arena,
	    cut(as_written(j->message, slice_trim(host_view(finding->evidence))), EVIDENCE_MAX));
	*out = (struct finding){
		.rule = ctx->rule->name,
		.rule_id = plugin_rule_id(ctx->plugin, finding->rule_id),
		.plugin = ctx->plugin->name,
		.action = action,
		.monitored = monitored,
		.where = place(j, finding),
		.evidence = evidence,
		.advice = finding->advice != NULL ? copy_text(j, finding->advice)
		    : of_market(j, "advice", finding->rule_id, ctx->rule->advice),
		.policy = policy_of(ctx, finding->rule_id),
		.score = finding->score,
		.what = help,
		.marketplace = j->market != NULL ? marketplace_name(j->market) : NULL,
	};
	if (evidence.ptr == NULL || out->where.ptr == NULL)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	return POSTERN_OK;
}

enum postern_status host_fail(struct postern_ctx *ctx, const char *reason)
{
	const char *copy = copy_text(ctx->judging, reason);

	return host_trouble(ctx, POSTERN_TEMPFAIL, copy != NULL && copy[0] != '\0' ? copy : NULL);
}

enum postern_status host_label(struct postern_ctx *ctx, const char *label)
{
	const char *reason = may_report(ctx) ? judge_label(ctx->judging, label) : ctx->reason;

	if (reason == NULL)
		return POSTERN_OK;
	return host_trouble(ctx, reason == judge_no_memory ? POSTERN_TEMPFAIL : POSTERN_BUG, reason);
}

enum postern_status host_mark(struct postern_ctx *ctx, enum postern_mark mark)
{
	if (!may_report(ctx))
		return POSTERN_BUG;
	if (mark != POSTERN_MARK_AUTO_REPLY)
		return host_trouble(ctx, POSTERN_BUG, "it set a mark that does not exist");
	ctx->judging->auto_reply = true;
	return POSTERN_OK;
}

static struct slice join(struct arena *arena, char *const *items)
{
	struct slice out = SLICE_LIT("");

	for (size_t i = 0; items != NULL && items[i] != NULL; i++) {
		out = slice_str(arena_printf(arena, "%.*s%s%s", SLICE_ARG(out), out.len > 0 ? "," : "", items[i]));
		if (out.ptr == NULL)
			break;
	}
	return out;
}

enum postern_status host_kind(struct postern_ctx *ctx, struct postern_slice *labels, struct postern_slice *clock)
{
	const struct mail_kind *kind = ctx->judging->kind;
	struct slice joined = join(ctx->judging->arena, kind != NULL ? kind->labels : NULL);

	if (joined.ptr == NULL)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	*labels = host_slice(joined);
	*clock = host_slice(slice_str(kind != NULL && kind->clock != NULL ? kind->clock : ""));
	return POSTERN_OK;
}

enum postern_status host_start_clock(struct postern_ctx *ctx, const char *clock, int64_t *due_r)
{
	struct judging *j = ctx->judging;
	const struct sla_clock *found = NULL;
	int64_t due;

	if (!may_report(ctx))
		return POSTERN_BUG;
	if (clock != NULL && j->market != NULL)
		found = marketplace_clock(j->market, clock, j->received);
	if (found == NULL)
		return host_trouble(ctx, POSTERN_BUG, "it started a clock that the marketplace's profile does not have");
	due = sla_due(found, j->received);
	if (due_r != NULL)
		*due_r = due;
	/* Of several clocks the one that runs out first is what people must know. */
	if (j->clock != NULL && j->clock_due <= due)
		return POSTERN_OK;
	j->clock = found->name;
	j->clock_start = j->received;
	j->clock_due = due;
	j->clock_since = found->since;
	j->clock_source = found->source;
	return POSTERN_OK;
}

enum postern_status host_counter(struct postern_ctx *ctx, struct postern_slice key, int64_t delta,
    int64_t window, int64_t *value_r)
{
	const struct judging *j = ctx->judging;
	struct diag d;

	diag_clear(&d);
	*value_r = 0;
	if (!may_report(ctx))
		return POSTERN_BUG;
	if (!(ctx->plugin->needs & POSTERN_NEED_STORE))
		return host_trouble(ctx, POSTERN_BUG, "it counts without POSTERN_NEED_STORE in needs");
	if (key.len > KEY_MAX || window <= 0)
		return host_trouble(ctx, POSTERN_BUG, "its counter has a key over 256 bytes or no window");
	if (j->services->store == NULL)
		return POSTERN_OK;
	if (store_counter(j->services->store, slice_str(ctx->plugin->name), host_view(key), slice_str(j->digest),
	    delta, j->received, window, value_r, &d) == 0)
		return POSTERN_OK;
	host_trouble(ctx, POSTERN_TEMPFAIL, arena_strdup(j->arena, d.text));
	return POSTERN_TEMPFAIL;
}
