/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From findings to one action: a pure function, so that the policy can be
 * tested as a table and explained in one sentence: the strictest wins.
 */
#include "engine/verdict.h"

#include "core/clock.h"
#include "engine/inbound.h"
#include "engine/reply.h"
#include "postern/plugin.h"

static const char *no_memory_reply[] = {"Message not sent yet: the mail gateway is out of memory. It will be tried again."};

static const struct finding no_memory_finding = {
	.rule = "postern", .rule_id = "POSTERN-MEMORY", .plugin = "postern", .action = ACTION_DEFER, .error = true,
	.where = {"message", 7}, .evidence = {"", 0}, .what = "the message needs more memory than it may use"
};

const struct verdict verdict_no_memory = {
	.findings = &no_memory_finding,
	.finding_count = 1,
	.action = ACTION_DEFER,
	.would = ACTION_DEFER,
	.sla = SLA_NONE,
	.code = "451",
	.enhanced = "4.3.0",
	.reply = no_memory_reply,
	.reply_count = 1,
};

const char *sla_change_name(enum sla_change change)
{
	static const char *const names[] = {"none", "starts", "stops", "runs"};

	return names[change];
}

static enum action strictest(const struct verdict *verdict)
{
	enum action action = ACTION_PASS;

	for (size_t i = 0; i < verdict->finding_count; i++)
		if (!verdict->findings[i].monitored && verdict->findings[i].action > action)
			action = verdict->findings[i].action;
	return action;
}

int verdict_decide(struct arena *arena, const struct verdict_input *input, struct verdict *verdict)
{
	enum action action = strictest(verdict);

	if (action == ACTION_HOLD && !input->can_hold)
		action = ACTION_REJECT;
	if (action == ACTION_REJECT && input->hold_party != NULL && input->can_hold && !input->never_refuse) {
		action = ACTION_HOLD;
		verdict->hold_party = input->hold_party;
	}
	/* Nobody would get the refusal of a bounce: the bounce would be lost. */
	if (input->never_refuse && action > ACTION_TAG)
		action = ACTION_TAG;
	verdict->would = action;
	verdict->monitor = input->monitor;
	verdict->action = input->monitor ? ACTION_PASS : action;
	return reply_render(arena, input, verdict);
}

json_t *finding_json(const struct finding *finding)
{
	json_t *o = json_object();

	json_put_str(o, "rule", finding->rule);
	json_put_str(o, "rule_id", finding->rule_id);
	json_put_str(o, "plugin", finding->plugin);
	json_put_str(o, "action", action_name(finding->action));
	json_put(o, "where", finding->where);
	json_put(o, "evidence", finding->evidence);
	json_put_str(o, "advice", finding->advice != NULL ? finding->advice : "");
	if (finding->policy != NULL)
		json_put_str(o, "policy", finding->policy);
	if (finding->what != NULL)
		json_put_str(o, "what", finding->what);
	json_put_bool(o, "monitored", finding->monitored);
	json_put_bool(o, "error", finding->error);
	json_put_int(o, "score", finding->score);
	return o;
}

static json_t *sla_json(const struct verdict *verdict)
{
	json_t *o = json_object();
	char due[CLOCK_TEXT_SIZE];

	if (verdict->sla == SLA_STARTS) {
		clock_format(due, sizeof(due), verdict->sla_due);
		json_put_str(o, "due", due);
		json_put_int(o, "hours", verdict->sla_hours);
	} else {
		json_put_new(o, "due", json_null());
		json_put_new(o, "hours", json_null());
	}
	json_put_str(o, "clock", sla_change_name(verdict->sla));
	if (verdict->sla_clock != NULL)
		json_put_str(o, "name", verdict->sla_clock);
	return o;
}

static json_t *headers_json(const struct verdict *verdict)
{
	json_t *list = json_array();

	for (size_t i = 0; i < verdict->header_count; i++)
		json_array_append_new(list, json_sprintf("%s: %s", verdict->headers[i].name, verdict->headers[i].value));
	return list;
}

json_t *exemptions_json(const struct verdict *verdict)
{
	json_t *list = json_array();
	int rc = 0;

	for (size_t i = 0; i < verdict->exemption_count; i++) {
		const struct exemption *exemption = &verdict->exemptions[i];
		json_t *o = json_object();

		rc |= json_put_str(o, "rule", exemption->rule);
		rc |= json_put_str(o, "by", exemption->by);
		rc |= json_put_str(o, "entry", exemption->entry);
		if (exemption->until != NULL)
			rc |= json_put_str(o, "until", exemption->until);
		rc |= json_array_append_new(list, o);
	}
	return json_whole(list, rc);
}

json_t *overruns_json(const struct verdict *verdict)
{
	json_t *list = json_array();
	int rc = 0;

	for (size_t i = 0; i < verdict->overrun_count; i++) {
		const struct overrun *overrun = &verdict->overruns[i];
		json_t *o = json_object();

		rc |= json_put_str(o, "rule", overrun->rule);
		rc |= json_put_str(o, "plugin", overrun->plugin);
		rc |= json_put_int(o, "ms", overrun->took_ms);
		rc |= json_put_int(o, "budget_ms", overrun->budget_ms);
		rc |= json_array_append_new(list, o);
	}
	return json_whole(list, rc);
}

json_t *verdict_json(const struct verdict *verdict)
{
	json_t *o = json_object(), *findings = json_array(), *labels = json_array();

	json_put_str(o, "direction", verdict->direction == POSTERN_OUTBOUND ? "out" : "in");
	if (verdict->marketplace != NULL)
		json_put_str(o, "marketplace", verdict->marketplace);
	else
		json_put_new(o, "marketplace", json_null());
	if (verdict->outside)
		json_put_bool(o, "outside", true);
	json_put_str(o, "action", action_name(verdict->action));
	for (size_t i = 0; i < verdict->finding_count; i++)
		json_array_append_new(findings, finding_json(&verdict->findings[i]));
	json_put_new(o, "findings", findings);
	for (size_t i = 0; i < verdict->label_count; i++)
		json_array_append_new(labels, json_text(slice_str(verdict->labels[i])));
	json_put_new(o, "labels", labels);
	if (verdict->exemption_count > 0)
		json_put_new(o, "exempt", exemptions_json(verdict));
	if (verdict->overrun_count > 0)
		json_put_new(o, "overruns", overruns_json(verdict));
	if (verdict->hold_party != NULL)
		json_put_str(o, "hold_sender", verdict->hold_party);
	json_put_new(o, "sla", sla_json(verdict));
	json_put_new(o, "headers", headers_json(verdict));
	if (verdict->would != verdict->action)
		json_put_str(o, "would", action_name(verdict->would));
	if (verdict->kind != NULL)
		json_put_str(o, "kind", verdict->kind);
	if (verdict->inbound != NULL)
		inbound_put(verdict->inbound, o);
	if (verdict->subject != NULL)
		json_put(o, "subject", slice_str(verdict->subject));
	json_put_bool(o, "auto_reply", verdict->auto_reply);
	json_put_str(o, "id", verdict->id);
	return o;
}
