/* SPDX-License-Identifier: BSD-2-Clause */
/* From a record of a message to what it counts, and into which groups. */
#include "report/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "report/weeks.h"

static struct slice member(const json_t *object, const char *key)
{
	return slice_str(json_get_str(object, key));
}

/* ---- reading ---------------------------------------------------------------------- */

static struct report_group *group_of(struct counting *c, enum report_by by, struct slice name)
{
	return groups_get(&c->groups[by], name, c->report->week_count);
}

/* The message's entry for a rule: a rule that found three things is one. NULL: memory is out. */
static struct tally_rule *rule_of(struct counting *c, struct tally *t, struct slice name)
{
	struct report_group *group = group_of(c, REPORT_BY_RULE, name);
	struct tally_rule *rules;

	for (size_t i = 0; i < t->rule_count; i++)
		if (t->rules[i].group == group)
			return &t->rules[i];
	rules = group != NULL ? realloc(t->rules, (t->rule_count + 1) * sizeof(*rules)) : NULL;
	if (rules == NULL)
		return NULL;
	t->rules = rules;
	rules[t->rule_count] = (struct tally_rule){.group = group};
	return &rules[t->rule_count++];
}

static bool is_wanted(const struct report_query *query, struct slice rule, struct slice id)
{
	return query->rule == NULL || slice_case_eq_str(rule, query->rule) || slice_case_eq_str(id, query->rule);
}

static bool same(const char *a, struct slice b)
{
	return slice_eq_str(b.ptr != NULL ? b : SLICE_LIT(""), a);
}

static char *copy(struct slice s)
{
	return strndup(s.len > 0 ? s.ptr : "", s.len);
}

/* Place of an override in the list; -1: memory is out. They are a configuration's, so they are few. */
static long override_of(struct counting *c, enum report_override_kind kind, struct slice rule, struct slice entry,
    struct slice until)
{
	struct report_override *list, *made;

	for (size_t i = 0; i < c->override_count; i++)
		if (c->overrides[i].kind == kind && same(c->overrides[i].rule, rule) && same(c->overrides[i].entry, entry) &&
		    same(c->overrides[i].until, until))
			return (long)i;
	list = realloc(c->overrides, (c->override_count + 1) * sizeof(*list));
	if (list == NULL)
		return -1;
	c->overrides = list;
	made = &list[c->override_count++];
	*made = (struct report_override){.kind = kind, .rule = copy(rule), .entry = copy(entry), .until = copy(until)};
	return made->rule != NULL && made->entry != NULL && made->until != NULL ? (long)(made - list) : -1;
}

static int add_override(struct counting *c, struct tally *t, enum report_override_kind kind, struct slice rule,
    const json_t *of)
{
	long place = override_of(c, kind, rule, member(of, "entry"), member(of, "until"));
	size_t *list;

	if (place == -1)
		return -1;
	for (size_t i = 0; i < t->override_count; i++)
		if (t->overrides[i] == (size_t)place)
			return 0;
	list = realloc(t->overrides, (t->override_count + 1) * sizeof(*list));
	if (list == NULL)
		return -1;
	t->overrides = list;
	list[t->override_count++] = (size_t)place;
	return 0;
}

static int read_finding(struct counting *c, struct tally *t, const json_t *finding)
{
	struct slice name = member(finding, "rule"), id = member(finding, "rule_id");
	const char *text = json_get_str(finding, "action");
	enum action action = ACTION_PASS;
	struct tally_rule *rule;

	if (!is_wanted(&c->report->query, name, id))
		return 0;
	if (text == NULL || action_parse(text, &action) == -1)
		action = ACTION_PASS;
	rule = rule_of(c, t, name);
	if (rule == NULL || group_add_id(rule->group, id) == -1)
		return -1;
	if (json_is_true(json_object_get(finding, "error"))) {
		rule->failed = true;
	} else if (t->monitored) {
		rule->trial = true;
	} else if (json_is_true(json_object_get(finding, "monitored"))) {
		rule->trial = true;
		return add_override(c, t, REPORT_TRIAL, name, NULL);
	} else if (action > rule->action) {
		rule->action = action;
	}
	return 0;
}

static int read_findings(struct counting *c, struct tally *t, const json_t *event)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(event, "findings"), i, finding)
		if (read_finding(c, t, finding) == -1)
			return -1;
	return 0;
}

static int read_exemptions(struct counting *c, struct tally *t, const json_t *event)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(event, "exempt"), i, entry) {
		struct slice name = member(entry, "rule");
		struct tally_rule *rule;
		enum report_override_kind kind = slice_eq_str(member(entry, "by"), "exempt_senders") ? REPORT_EXEMPT_SENDER
		    : REPORT_EXEMPT_RECIPIENT;

		if (!is_wanted(&c->report->query, name, SLICE_NONE))
			continue;
		rule = rule_of(c, t, name);
		if (rule == NULL || add_override(c, t, kind, name, entry) == -1)
			return -1;
		rule->exempt = true;
	}
	return 0;
}

/* Whether something was found: in a report about one rule, by this one. */
static bool has_found(const struct tally *t)
{
	for (size_t i = 0; i < t->rule_count; i++)
		if (t->rules[i].action > ACTION_PASS || t->rules[i].trial)
			return true;
	return false;
}

/* The overrides that are about a message as a whole. */
static int read_modes(struct counting *c, struct tally *t, const json_t *event)
{
	struct slice party = member(event, "hold_sender");
	json_t *entry;
	int rc = 0;

	if (c->report->query.rule != NULL && !has_found(t))
		return 0;
	if (party.len > 0) {
		entry = json_object();
		if (json_put(entry, "entry", party) == -1 || add_override(c, t, REPORT_HOLD_SENDER, SLICE_NONE, entry) == -1)
			rc = -1;
		json_decref(entry);
	}
	/* In monitor mode only what would have come otherwise is an override. */
	if (rc == 0 && t->monitored && json_get_str(event, "would") != NULL)
		rc = add_override(c, t, REPORT_MONITOR, SLICE_NONE, NULL);
	return rc;
}

struct tally *tally_read(struct counting *c, const json_t *event, const struct store_event *e)
{
	struct tally *t = calloc(1, sizeof(*t));
	char action[16];

	if (t == NULL)
		return NULL;
	t->refs = 1;
	t->time = e->time;
	snprintf(action, sizeof(action), "%.*s", SLICE_ARG(e->action));
	if (action_parse(action, &t->action) == -1)
		t->action = ACTION_PASS;
	t->monitored = json_is_true(json_object_get(event, "monitor"));
	t->agent = group_of(c, REPORT_BY_AGENT, e->agent);
	t->account = group_of(c, REPORT_BY_ACCOUNT, member(event, "account"));
	t->shop = group_of(c, REPORT_BY_SHOP, e->shop);
	t->marketplace = group_of(c, REPORT_BY_MARKETPLACE, e->marketplace);
	if (t->agent == NULL || t->account == NULL || t->shop == NULL || t->marketplace == NULL ||
	    read_findings(c, t, event) == -1 || read_exemptions(c, t, event) == -1 || read_modes(c, t, event) == -1)
		tally_free(&t);
	return t;
}

void tally_free(struct tally **tally)
{
	struct tally *t = *tally;

	*tally = NULL;
	if (t == NULL || --t->refs > 0)
		return;
	free(t->rules);
	free(t->overrides);
	free(t);
}

/* ---- counting ----------------------------------------------------------------------- */

bool tally_rule_holds(const struct tally_rule *rule)
{
	return rule->action >= ACTION_HOLD;
}

static void add(struct report_count *to, const struct report_count *n)
{
	to->messages += n->messages;
	to->violating += n->violating;
	to->violations += n->violations;
	to->tagged += n->tagged;
	to->held += n->held;
	to->refused += n->refused;
	to->deferred += n->deferred;
	to->trial += n->trial;
	to->failed += n->failed;
	to->exempt += n->exempt;
	to->released += n->released;
	to->denied += n->denied;
}

static void add_group(struct report_group *group, size_t week, const struct report_count *n)
{
	add(&group->all, n);
	if (group->weeks != NULL)
		add(&group->weeks[week], n);
}

static void put_action(struct report_count *n, enum action action)
{
	n->tagged = action == ACTION_TAG;
	n->held = action == ACTION_HOLD;
	n->deferred = action == ACTION_DEFER;
	n->refused = action == ACTION_REJECT;
}

static struct report_count count_of_rule(const struct tally_rule *rule)
{
	struct report_count n = {.violating = rule->action > ACTION_PASS, .violations = rule->action > ACTION_PASS,
	    .trial = rule->trial, .failed = rule->failed, .exempt = rule->exempt};

	put_action(&n, rule->action);
	return n;
}

/* In a report about one rule, what the rule asks for is told instead of what became of the message. */
static struct report_count count_of(const struct counting *c, const struct tally *t)
{
	enum action asked = ACTION_PASS;
	struct report_count n = {.messages = 1};

	for (size_t i = 0; i < t->rule_count; i++) {
		asked = t->rules[i].action > asked ? t->rules[i].action : asked;
		n.violations += t->rules[i].action > ACTION_PASS;
		n.trial |= t->rules[i].trial;
		n.failed |= t->rules[i].failed;
		n.exempt |= t->rules[i].exempt;
	}
	n.violating = n.violations > 0;
	put_action(&n, c->report->query.rule != NULL ? asked : t->action);
	return n;
}

/* Adds to all that a message belongs to but its rules, in the week and day of time. */
static int add_everywhere(struct counting *c, const struct tally *t, int64_t time, const struct report_count *n)
{
	struct report_group *all[] = {t->agent, t->account, t->shop, t->marketplace};
	size_t week = weeks_find(c->report, time);
	struct report_group *day, *of_week;
	char name[CLOCK_TEXT_SIZE];

	weeks_day(c->report, time, name);
	day = groups_get(&c->groups[REPORT_BY_DAY], slice_str(name), 0);
	of_week = groups_get(&c->groups[REPORT_BY_WEEK], slice_str(c->report->weeks[week].label), 0);
	if (day == NULL || of_week == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		add_group(all[i], week, n);
	add_group(day, week, n);
	add_group(of_week, week, n);
	add(&c->report->all, n);
	return 0;
}

static void count_overrides(struct counting *c, const struct tally *t)
{
	for (size_t i = 0; i < t->override_count; i++) {
		struct report_override *override = &c->overrides[t->overrides[i]];

		if (override->count++ == 0 || t->time < override->first)
			override->first = t->time;
		if (t->time > override->last)
			override->last = t->time;
	}
}

int tally_count(struct counting *c, const struct tally *t)
{
	struct report *report = c->report;
	struct report_count n = count_of(c, t);
	size_t week;

	if (t->time < report->query.from || t->time >= report->query.to)
		return 0;
	week = weeks_find(report, t->time);
	for (size_t i = 0; i < t->rule_count; i++) {
		struct report_count of_rule = count_of_rule(&t->rules[i]);

		add_group(t->rules[i].group, week, &of_rule);
	}
	count_overrides(c, t);
	if (report->first == 0 || t->time < report->first)
		report->first = t->time;
	return add_everywhere(c, t, t->time, &n);
}

int tally_decide(struct counting *c, const struct tally *t, int64_t time, bool released)
{
	const struct report_count n = {.released = released, .denied = !released};
	size_t week = weeks_find(c->report, time);

	for (size_t i = 0; i < t->rule_count; i++)
		if (tally_rule_holds(&t->rules[i]))
			add_group(t->rules[i].group, week, &n);
	return add_everywhere(c, t, time, &n);
}
