/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the rules over one message. Whatever goes wrong on the way becomes a
 * finding with an action of its own: an error is never "nothing found".
 */
#include "engine/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/text.h"
#include "engine/audience.h"
#include "engine/host.h"
#include "engine/overrun.h"

/* Of plugins in one message; what the engine itself notes comes on top. */
#define FINDINGS_MAX 1000
#define LABELS_MAX 32
#define LABEL_LEN_MAX 40

const char judge_no_memory[] = "the message's memory budget is used up";

struct finding *judge_finding(struct judging *j)
{
	if (j->finding_count == j->finding_cap) {
		size_t cap = j->finding_cap != 0 ? 2 * j->finding_cap : 16;
		struct finding *grown = cap <= FINDINGS_MAX * 5 ? arena_array(j->arena, cap, sizeof(*grown)) : NULL;

		if (grown == NULL) {
			j->lost = true;
			return NULL;
		}
		if (j->finding_count > 0)
			memcpy(grown, j->findings, j->finding_count * sizeof(*grown));
		j->findings = grown;
		j->finding_cap = cap;
	}
	return &j->findings[j->finding_count++];
}

bool judge_has_enough(const struct judging *j, enum action action, bool monitored)
{
	bool reached = monitored;

	if (j->finding_count < FINDINGS_MAX)
		return false;
	for (size_t i = 0; i < j->finding_count && !reached; i++)
		reached = !j->findings[i].monitored && j->findings[i].action >= action;
	return reached;
}

struct finding *judge_note(struct judging *j, const char *rule, const char *plugin, const char *id,
    enum action action, bool error, const char *what, const char *evidence)
{
	struct finding *out = judge_finding(j);
	struct slice copy = arena_slice(j->arena, slice_sub(slice_str(evidence != NULL ? evidence : ""), 0, 200));

	if (out == NULL || copy.ptr == NULL) {
		j->lost = true;
		copy = SLICE_LIT("");
	}
	if (out != NULL)
		*out = (struct finding){.rule = rule, .rule_id = id, .plugin = plugin, .action = action, .error = error,
		    .where = SLICE_LIT("message"), .evidence = copy, .what = what, .score = 100,
		    .marketplace = j->market != NULL ? marketplace_name(j->market) : NULL};
	return out;
}

static bool is_label(const char *label)
{
	size_t len = strnlen(label, LABEL_LEN_MAX + 1);

	return len > 0 && len <= LABEL_LEN_MAX && strspn(label, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

const char *judge_label(struct judging *j, const char *label)
{
	if (label == NULL || !is_label(label))
		return "it set a label that is not made of letters, digits and '-'";
	for (size_t i = 0; i < j->label_count; i++)
		if (strcmp(j->labels[i], label) == 0)
			return NULL;
	if (j->labels == NULL)
		j->labels = arena_array(j->arena, LABELS_MAX, sizeof(*j->labels));
	if (j->label_count >= LABELS_MAX)
		return "there are more labels than fit";
	label = j->labels != NULL ? arena_strdup(j->arena, label) : NULL;
	if (label == NULL)
		return judge_no_memory;
	j->labels[j->label_count++] = label;
	return NULL;
}

unsigned judge_needs(const struct generation *generation, unsigned direction, unsigned audience)
{
	unsigned needs = 0;

	for (size_t i = 0; i < generation->active_count; i++)
		if (generation->active[i].rule->direction & direction && generation->active[i].rule->audience & audience)
			needs |= generation->active[i].plugin->needs;
	return needs;
}

static int list_attachments(struct judging *j)
{
	const struct message *m = j->message;

	j->attachments = arena_array(j->arena, m->part_count + 1, sizeof(*j->attachments));
	if (j->attachments == NULL)
		return -1;
	for (size_t i = 0; i < m->part_count; i++)
		if (m->parts[i].flags & PART_ATTACHMENT)
			j->attachments[j->attachment_count++] = i;
	return 0;
}

int judge_decode(struct judging *j, unsigned needs)
{
	const struct config *config = j->generation->config;
	const struct id_set *ids = j->market != NULL ? marketplace_ids(j->market) :
	    j->direction == POSTERN_OUTSIDE ? profiles_ids(j->generation->profiles) : NULL;
	struct extractor *extractor = j->generation->extractor;
	struct file_reader reader = {0};
	struct diag d;

	diag_clear(&d);
	j->message = arena_alloc(j->arena, sizeof(*j->message));
	/* Headers are needed whatever the rules say: for the kind of mail, the thread and the audit log. */
	needs = (needs & MESSAGE_ALL) | MESSAGE_HEADERS;
	/* what customers attach is for people to look at */
	if (extractor != NULL && j->direction == POSTERN_OUTBOUND)
		reader = extractor_reader(extractor);
	if (j->message == NULL ||
	    message_parse_files(j->arena, j->raw, &config->limits, needs, ids, j->head,
	    reader.read != NULL ? &reader : NULL, j->message, &d) != 0 ||
	    list_attachments(j) != 0) {
		j->lost = true;
		return -1;
	}
	return 0;
}

/* The numbers of another marketplace, looked for in the text that was decoded already. */
static int rescan_ids(struct judging *j, const struct id_set *ids)
{
	struct message *m = j->message;
	struct diag d;

	diag_clear(&d);
	m->ids = NULL;
	m->id_count = 0;
	m->id_set = ids;
	for (size_t i = 0; ids != NULL && i < m->segment_count; i++) {
		size_t before = m->id_count;

		if (id_set_scan(ids, j->arena, m->segments[i].text, j->deadline, &m->ids, &m->id_count, &d) != 0)
			return -1;
		for (size_t n = before; n < m->id_count; n++) {
			m->ids[n].segment = (int)m->segments[i].kind;
			m->ids[n].part = m->segments[i].part;
		}
	}
	return 0;
}

int judge_enter(struct judging *j, const struct marketplace *market, const struct mail_kind *kind)
{
	const struct id_set *ids = market != NULL ? marketplace_ids(market) : profiles_ids(j->generation->profiles);
	bool other = market != j->market;

	j->market = market;
	j->kind = kind;
	audience_enter(j);
	if (!other || !(judge_needs(j->generation, j->direction, j->audience) & POSTERN_NEED_IDS))
		return 0;
	if (rescan_ids(j, ids) == 0)
		return 0;
	j->lost = true;
	return -1;
}

static bool names_market(char *const *list, const struct marketplace *market)
{
	if (list == NULL || list[0] == NULL)
		return true;
	for (; market != NULL && *list != NULL; list++)
		if (strcmp(*list, marketplace_name(market)) == 0)
			return true;
	return false;
}

/* Whether the rule concerns a recipient: the marketplace's, and nobody's when its plugin looks outside. */
static bool concerns(const struct judging *j, const struct active_rule *active, size_t recipient)
{
	if (j->direction != POSTERN_OUTBOUND || j->markets == NULL)
		return true;
	if (j->markets[recipient] == j->market)
		return active->rule->audience & audience_of(j, recipient);
	return j->markets[recipient] == NULL && (active->plugin->directions & POSTERN_OUTSIDE);
}

/* The entry that exempts the first recipient when all that are concerned are exempt, else NULL. */
static const struct party *exempt_recipients(const struct judging *j, const struct active_rule *active)
{
	const struct party *first = NULL;

	if (active->rule->exempt_recipients.count == 0)
		return NULL;
	for (size_t i = 0; i < j->recipient_count; i++) {
		const struct party *party;

		if (!concerns(j, active, i))
			continue;
		party = parties_address(&active->rule->exempt_recipients, j->recipients[i], j->received);
		if (party == NULL)
			return NULL;
		if (first == NULL)
			first = party;
	}
	return first;
}

/* Recorded like a finding: whoever reads the log sees what was not judged, and by whose word. */
static void note_exempt(struct judging *j, const struct rule *rule, const char *by, const struct party *party)
{
	struct exemption *grown = arena_array(j->arena, j->exemption_count + 1, sizeof(*grown));

	if (grown == NULL) {
		j->lost = true;
		return;
	}
	if (j->exemption_count > 0)
		memcpy(grown, j->exemptions, j->exemption_count * sizeof(*grown));
	grown[j->exemption_count++] = (struct exemption){rule->name, by, party->text, party->until};
	j->exemptions = grown;
}

static bool is_exempt(struct judging *j, const struct active_rule *active)
{
	const struct party *party = parties_address(&active->rule->exempt_senders, j->sender, j->received);
	const char *by = "exempt_senders";

	if (party == NULL) {
		party = exempt_recipients(j, active);
		by = "exempt_recipients";
	}
	if (party != NULL)
		note_exempt(j, active->rule, by, party);
	return party != NULL;
}

static void note_error(struct judging *j, const struct active_rule *active, const struct postern_ctx *ctx)
{
	const char *reason = ctx->reason != NULL ? ctx->reason : ctx->trouble == POSTERN_TEMPFAIL ?
	    "it could not judge now" : "it reported a bug of its own";
	struct finding *finding;

	log_error("%s: rule '%s': plugin '%s' failed: %s", j->id, active->rule->name, active->plugin->name, reason);
	finding = judge_note(j, active->rule->name, active->plugin->name, "POSTERN-ERROR", active->rule->on_error,
	    true, "a check could not be made", reason);
	/* A rule on trial may not stop mail by failing either. */
	if (finding != NULL)
		finding->monitored = rule_is_monitored(active->rule, j->received);
}

/* A search that was stopped at the deadline: whatever the rule says of errors, the time is used up for all rules. */
static void note_late(struct judging *j, const struct active_rule *active, const struct postern_ctx *ctx)
{
	log_error("%s: rule '%s': plugin '%s' took the time of the message: %s", j->id, active->rule->name,
	    active->plugin->name, ctx->reason != NULL ? ctx->reason : "?");
	judge_note(j, active->rule->name, active->plugin->name, "POSTERN-DEADLINE", ACTION_DEFER, true,
	    "checking took too long", ctx->reason);
	j->late = true;
}

/* What calls of a plugin have around them. */
struct plugin_call {
	struct host_call saved;
	int64_t began;
};

static struct plugin_call call_begin(struct judging *j, const struct active_rule *active)
{
	const struct txn_services *s = j->services;
	struct plugin_call call = {.began = clock_monotonic_ms()};

	if (s->plugin_enter != NULL)
		s->plugin_enter(s->arg, active->plugin->name, j->id, j->digest);
	host_call_begin(&call.saved, active->plugin->name, s->clock);
	return call;
}

static void call_end(struct judging *j, const struct active_rule *active, const struct plugin_call *call)
{
	const struct txn_services *s = j->services;
	int64_t took;

	host_call_end(&call->saved);
	if (s->plugin_leave != NULL)
		s->plugin_leave(s->arg);
	took = clock_monotonic_ms() - call->began;
	if (took > j->slowest_ms) {
		j->slowest = active->rule->name;
		j->slowest_ms = took;
	}
	overrun_look(j, active, took);
}

bool judge_wants(struct judging *j, const struct active_rule *active)
{
	struct postern_ctx ctx = {.judging = j, .plugin = active->plugin, .rule = active->rule, .bodiless = true};
	struct plugin_call call;
	const char *why;
	bool wants;

	if (active->plugin->wants == NULL)
		return true;
	call = call_begin(j, active);
	wants = active->plugin->wants(&postern_host_table, active->instance, &ctx) != 0;
	call_end(j, active, &call);
	/* A search that was cut short may have missed what makes it wanted. */
	why = ctx.trouble == POSTERN_OK ? ctx.cut : ctx.reason != NULL ? ctx.reason : "it gave no reason";
	if (why != NULL)
		log_error("%s: rule '%s': plugin '%s' could not say whether it wants the message, so it is read: %s", j->id,
		    active->rule->name, active->plugin->name, why);
	return wants || why != NULL;
}

void judge_rule(struct judging *j, const struct active_rule *active)
{
	struct postern_ctx ctx = {.judging = j, .plugin = active->plugin, .rule = active->rule};
	struct plugin_call call = call_begin(j, active);
	enum postern_status status = active->plugin->check(&postern_host_table, active->instance, &ctx);

	call_end(j, active, &call);
	if (status == POSTERN_TEMPFAIL)
		host_trouble(&ctx, POSTERN_TEMPFAIL, NULL);
	else if (status != POSTERN_OK)
		host_trouble(&ctx, POSTERN_BUG, NULL);
	if (ctx.late && !j->late)
		note_late(j, active, &ctx);
	else if (ctx.trouble != POSTERN_OK)
		note_error(j, active, &ctx);
	else if (ctx.cut != NULL)
		judge_cut(j, active, &ctx);
}

bool judge_late(struct judging *j, const char *next)
{
	char at[80] = "the last rule was done", text[200];

	if (j->deadline == 0 || clock_monotonic_ms() < j->deadline)
		return false;
	if (next != NULL)
		snprintf(at, sizeof(at), "rule '%.50s' was next", next);
	snprintf(text, sizeof(text), "%s", at);
	if (j->slowest != NULL)
		snprintf(text, sizeof(text), "%s; rule '%.50s' took %lld ms", at, j->slowest, (long long)j->slowest_ms);
	if (!j->late)
		judge_note(j, "postern", "postern", "POSTERN-DEADLINE", ACTION_DEFER, true, "checking took too long", text);
	j->late = true;
	return true;
}

bool judge_applies(const struct judging *j, const struct active_rule *active)
{
	return (active->rule->direction & j->direction) && (active->rule->audience & j->audience) &&
	    names_market(active->rule->marketplaces, j->market);
}

void judge_rules(struct judging *j)
{
	for (size_t i = 0; i < j->generation->active_count; i++) {
		const struct active_rule *active = &j->generation->active[i];

		if (!judge_applies(j, active) || is_exempt(j, active))
			continue;
		if (judge_late(j, active->rule->name))
			return;
		judge_rule(j, active);
	}
}
