/* SPDX-License-Identifier: BSD-2-Clause */
/* Two verdicts on one message: what differs, shown and counted. */
#include "cli/replay_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trial.h"
#include "core/clock.h"

/* ---- comparing ------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same thing found by the same rule, whatever follows from it. */
static bool same_thing(const struct finding *a, const struct finding *b)
{
	return strcmp(a->rule, b->rule) == 0 && strcmp(a->rule_id, b->rule_id) == 0 && slice_eq(a->where, b->where) &&
	    slice_eq(a->evidence, b->evidence) && same_text(a->marketplace, b->marketplace);
}

/* A finding that acts otherwise is another one. */
static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->action == b->action && a->monitored == b->monitored && same_thing(a, b);
}

/* How many findings like the one at index there are up to it. */
static size_t rank(const struct verdict *v, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i <= index; i++)
		n += same_finding(&v->findings[i], &v->findings[index]);
	return n;
}

/* Whether other lacks the finding of v at index; of equal ones as many must be there. */
static bool is_lacking(const struct verdict *v, size_t index, const struct verdict *other)
{
	size_t wanted = rank(v, index);

	for (size_t i = 0; i < other->finding_count && wanted > 0; i++)
		wanted -= same_finding(&other->findings[i], &v->findings[index]);
	return wanted > 0;
}

static bool lacks_any(const struct verdict *v, const struct verdict *other)
{
	for (size_t i = 0; i < v->finding_count; i++)
		if (is_lacking(v, i, other))
			return true;
	return false;
}

static bool has_label(const struct verdict *v, const char *label)
{
	for (size_t i = 0; i < v->label_count; i++)
		if (strcmp(v->labels[i], label) == 0)
			return true;
	return false;
}

static bool same_labels(const struct verdict *a, const struct verdict *b)
{
	for (size_t i = 0; i < a->label_count; i++)
		if (!has_label(b, a->labels[i]))
			return false;
	return a->label_count == b->label_count;
}

static bool same_clock(const struct verdict *a, const struct verdict *b)
{
	return a->sla == b->sla && (a->sla != SLA_STARTS || a->sla_due == b->sla_due);
}

bool comparison_differs(const struct comparison *c)
{
	const struct verdict *a = c->before, *b = c->after;

	return a->action != b->action || a->would != b->would || !same_text(a->marketplace, b->marketplace) ||
	    !same_text(a->kind, b->kind) || !same_labels(a, b) || !same_clock(a, b) || lacks_any(a, b) || lacks_any(b, a);
}

/* ---- one message ---------------------------------------------------------- */

static void show_action(const struct cli *cli, const struct verdict *v)
{
	cli_styled(cli, cli_action_style(action_name(v->action)), action_name(v->action));
	if (v->would != v->action)
		printf(" (would %s)", action_name(v->would));
}

/* The finding of other that is the same thing and acts otherwise, or NULL. */
static const struct finding *acts_otherwise(const struct verdict *v, size_t index, const struct verdict *other)
{
	for (size_t i = 0; i < other->finding_count; i++)
		if (same_thing(&other->findings[i], &v->findings[index]) && is_lacking(other, i, v))
			return &other->findings[i];
	return NULL;
}

static void show_lacking(const struct cli *cli, const char *sign, const struct verdict *v, const struct verdict *other)
{
	for (size_t i = 0; i < v->finding_count; i++)
		if (is_lacking(v, i, other) && acts_otherwise(v, i, other) == NULL)
			trial_show_finding(cli, sign, &v->findings[i]);
}

static void show_altered(const struct cli *cli, const struct comparison *c)
{
	for (size_t i = 0; i < c->after->finding_count; i++) {
		const struct finding *was = NULL;

		if (is_lacking(c->after, i, c->before))
			was = acts_otherwise(c->after, i, c->before);
		if (was == NULL)
			continue;
		printf("  ~ %s%s, now: ", action_name(was->action), was->monitored ? " (monitored only)" : "");
		trial_show_finding(cli, "", &c->after->findings[i]);
	}
}

static void show_labels(const struct comparison *c)
{
	for (size_t i = 0; i < c->after->label_count; i++)
		if (!has_label(c->before, c->after->labels[i]))
			printf("  + label %s\n", c->after->labels[i]);
	for (size_t i = 0; i < c->before->label_count; i++)
		if (!has_label(c->after, c->before->labels[i]))
			printf("  - label %s\n", c->before->labels[i]);
}

static void print_clock(const struct verdict *v)
{
	char due[CLOCK_TEXT_SIZE];

	if (v->sla != SLA_STARTS) {
		printf("%s", sla_change_name(v->sla));
		return;
	}
	clock_format(due, sizeof(due), v->sla_due);
	printf("answer due %s", due);
}

static void show_text(const char *name, const char *before, const char *after)
{
	if (!same_text(before, after))
		printf("  %s: %s -> %s\n", name, before != NULL ? before : "none", after != NULL ? after : "none");
}

void comparison_show(const struct cli *cli, const struct comparison *c)
{
	cli_text(slice_str(c->path), 0);
	if (c->number > 0)
		printf(" (message %zu)", c->number);
	printf(": ");
	show_action(cli, c->before);
	printf(" -> ");
	show_action(cli, c->after);
	putchar('\n');
	show_altered(cli, c);
	show_lacking(cli, "  + ", c->after, c->before);
	show_lacking(cli, "  - ", c->before, c->after);
	show_text("marketplace", c->before->marketplace, c->after->marketplace);
	show_text("kind", c->before->kind, c->after->kind);
	show_labels(c);
	if (same_clock(c->before, c->after))
		return;
	printf("  clock: ");
	print_clock(c->before);
	printf(" -> ");
	print_clock(c->after);
	putchar('\n');
}

static json_t *lacking_json(const struct verdict *v, const struct verdict *other)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->finding_count; i++)
		if (is_lacking(v, i, other))
			json_array_append_new(list, finding_json(&v->findings[i]));
	return list;
}

int comparison_json(const struct comparison *c)
{
	json_t *o = json_object();

	json_put_str(o, "file", c->path);
	if (c->number > 0)
		json_put_int(o, "message", (json_int_t)c->number);
	json_put_new(o, "before", verdict_json(c->before));
	json_put_new(o, "after", verdict_json(c->after));
	json_put_new(o, "gained", lacking_json(c->after, c->before));
	json_put_new(o, "lost", lacking_json(c->before, c->after));
	return cli_json(o);
}

/* ---- all of them ----------------------------------------------------------- */

static struct rule_total *find_rule(struct replay_totals *totals, const char *rule)
{
	struct rule_total *grown;

	for (size_t i = 0; i < totals->rule_count; i++)
		if (strcmp(totals->rules[i].rule, rule) == 0)
			return &totals->rules[i];
	grown = realloc(totals->rules, (totals->rule_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		totals->failed = true;
		return NULL;
	}
	totals->rules = grown;
	grown[totals->rule_count] = (struct rule_total){.rule = rule};
	return &grown[totals->rule_count++];
}

static bool is_first_of_rule(const struct verdict *v, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(v->findings[i].rule, v->findings[index].rule) == 0)
			return false;
	return true;
}

static void add_findings(struct replay_totals *totals, const struct verdict *v, size_t side)
{
	for (size_t i = 0; i < v->finding_count; i++) {
		struct rule_total *total = find_rule(totals, v->findings[i].rule);

		if (total == NULL)
			return;
		total->findings[side]++;
		total->messages[side] += is_first_of_rule(v, i);
	}
}

static bool concerns(const struct verdict *v)
{
	return v->marketplace != NULL || v->outside;
}

void totals_add(struct replay_totals *totals, const struct comparison *c, bool differs)
{
	totals->messages++;
	totals->changed += differs;
	totals->unconcerned += !concerns(c->before) && !concerns(c->after);
	totals->moved[c->before->action][c->after->action]++;
	add_findings(totals, c->before, 0);
	add_findings(totals, c->after, 1);
}

void totals_free(struct replay_totals *totals)
{
	free(totals->rules);
	*totals = (struct replay_totals){0};
}

/* Messages that get the action and did not before. */
static size_t newly(const struct replay_totals *totals, enum action action)
{
	size_t count = 0;

	for (size_t before = 0; before < ACTIONS; before++)
		if (before != (size_t)action)
			count += totals->moved[before][action];
	return count;
}

static const struct {
	enum action action;
	const char *word;
} words[] = {{ACTION_REJECT, "rejected"}, {ACTION_DEFER, "deferred"}, {ACTION_HOLD, "held"}, {ACTION_TAG, "tagged"},
	{ACTION_PASS, "passed"}};

void totals_show(const struct replay_totals *totals)
{
	printf("newly ");
	for (size_t i = 0; i < ACTIONS; i++)
		printf("%s%s %zu", i > 0 ? ", " : "", words[i].word, newly(totals, words[i].action));
	putchar('\n');
	if (totals->rule_count > 0)
		printf("%-30s %17s   %17s\n%-30s %8s %8s   %8s %8s\n", "", "findings", "messages", "rule", "before", "after", "before", "after");
	for (size_t i = 0; i < totals->rule_count; i++) {
		const struct rule_total *total = &totals->rules[i];

		cli_text(slice_str(total->rule), 30);
		printf(" %8zu %8zu   %8zu %8zu\n", total->findings[0], total->findings[1], total->messages[0], total->messages[1]);
	}
}

static json_t *rules_json(const struct replay_totals *totals)
{
	json_t *list = json_array();

	for (size_t i = 0; i < totals->rule_count; i++) {
		const struct rule_total *total = &totals->rules[i];
		json_t *o = json_object();

		json_put_str(o, "rule", total->rule);
		json_put_int(o, "findings_before", (json_int_t)total->findings[0]);
		json_put_int(o, "findings_after", (json_int_t)total->findings[1]);
		json_put_int(o, "messages_before", (json_int_t)total->messages[0]);
		json_put_int(o, "messages_after", (json_int_t)total->messages[1]);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *totals_json(const struct replay_totals *totals)
{
	json_t *o = json_object(), *moved = json_object();

	json_put_int(o, "messages", (json_int_t)totals->messages);
	json_put_int(o, "changed", (json_int_t)totals->changed);
	json_put_int(o, "unchanged", (json_int_t)(totals->messages - totals->changed));
	json_put_int(o, "unconcerned", (json_int_t)totals->unconcerned);
	for (size_t i = 0; i < ACTIONS; i++)
		json_put_int(moved, words[i].word, (json_int_t)newly(totals, words[i].action));
	json_put_new(o, "newly", moved);
	json_put_new(o, "rules", rules_json(totals));
	return o;
}
