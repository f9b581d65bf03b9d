/* SPDX-License-Identifier: BSD-2-Clause */
/* What text, pages and tables of a report share, and the forms for programs: JSON and CSV. */
#include "report/write.h"

#include <inttypes.h>
#include <string.h>

#include "core/clock.h"
#include "core/csv.h"
#include "report/weeks.h"

void report_title(struct buf *out, const struct report *report)
{
	const struct report_query *query = &report->query;
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

	weeks_day(report, query->from, from);
	weeks_day(report, query->to - 1, to);
	buf_printf(out, "%s to %s, %s, %s mail", from, to, zone_name(query->zone),
	    query->inbound ? "incoming" : "outgoing");
	if (query->marketplace != NULL)
		buf_printf(out, ", marketplace %s", query->marketplace);
	if (query->rule != NULL)
		buf_printf(out, ", rule %s", query->rule);
	if (query->agent != NULL)
		buf_printf(out, ", agent %s", query->agent);
}

void report_subject(struct buf *out, const struct report *report)
{
	size_t at = report_week_of_interest(report);
	const struct report_week *week = &report->weeks[at];
	const struct report_count *n = &week->group->all;

	buf_printf(out, "Postern %s%s: ", week->label, week->whole ? "" : " so far");
	report_put_rate(out, report_rate(n));
	buf_add_str(out, " violations per 100 messages");
	if (at > 0 && report_rate(&week[-1].group->all) >= 0) {
		buf_add_str(out, " (");
		report_put_rate(out, report_rate(&week[-1].group->all));
		buf_add_str(out, " before)");
	}
	buf_printf(out, ", %" PRId64 " held or refused, %" PRId64 " released", n->held + n->refused, n->released);
}

const char *report_shown(const char *name)
{
	return name[0] != '\0' ? name : "(none)";
}

void report_put_rate(struct buf *out, int64_t permille)
{
	if (permille < 0)
		buf_add_char(out, '-');
	else
		buf_printf(out, "%" PRId64 ".%" PRId64, permille / 10, permille % 10);
}

const struct report_count *report_of_week(const struct report_group *group, size_t week)
{
	return group->weeks != NULL ? &group->weeks[week] : &group->all;
}

int64_t report_stopped(const struct report_count *count)
{
	int64_t stopped = count->held + count->refused;

	return stopped < count->violating ? stopped : count->violating;
}

/* The numbers of a row, in the order in which CSV has them. */
static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"messages", offsetof(struct report_count, messages)}, {"violating", offsetof(struct report_count, violating)},
	{"violations", offsetof(struct report_count, violations)}, {"tagged", offsetof(struct report_count, tagged)},
	{"held", offsetof(struct report_count, held)}, {"refused", offsetof(struct report_count, refused)},
	{"deferred", offsetof(struct report_count, deferred)}, {"trial", offsetof(struct report_count, trial)},
	{"failed", offsetof(struct report_count, failed)}, {"exempt", offsetof(struct report_count, exempt)},
	{"released", offsetof(struct report_count, released)}, {"denied", offsetof(struct report_count, denied)},
};
#define NUMBERS (sizeof(numbers) / sizeof(*numbers))

static int64_t number_of(const struct report_count *count, size_t n)
{
	int64_t value;

	memcpy(&value, (const char *)count + numbers[n].offset, sizeof(value));
	return value;
}

/* ---- CSV -------------------------------------------------------------------------------- */

static void csv_count(struct csv_writer *csv, const char *by, const char *name, const char *week,
    const struct report_count *count, const char *ids)
{
	int64_t rate = report_rate(count);

	csv_str(csv, by);
	csv_str(csv, name);
	csv_str(csv, week);
	for (size_t i = 0; i < NUMBERS; i++)
		csv_int(csv, number_of(count, i));
	if (rate >= 0)
		csv_tenths(csv, rate);
	else
		csv_str(csv, NULL);
	csv_str(csv, ids);
	csv_end_row(csv);
}

static bool is_empty(const struct report_count *count)
{
	static const struct report_count nothing;

	return memcmp(count, &nothing, sizeof(nothing)) == 0;
}

static void csv_groups(struct csv_writer *csv, const struct report *report, enum report_by by)
{
	for (size_t i = 0; i < report->by[by].count; i++) {
		const struct report_group *group = report->by[by].items[i];

		csv_count(csv, report_by_name(by), group->name, NULL, &group->all, group->ids);
		if (by == REPORT_BY_WEEK || by == REPORT_BY_DAY)
			continue;
		for (size_t week = 0; week < report->week_count; week++)
			if (!is_empty(&group->weeks[week]))
				csv_count(csv, report_by_name(by), group->name, report->weeks[week].label, &group->weeks[week],
				    group->ids);
	}
}

static void csv_time(struct csv_writer *csv, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	csv_str(csv, seconds != 0 ? text : NULL);
}

static void csv_overrides(struct csv_writer *csv, const struct report *report)
{
	csv_header(csv, (const char *const []){"override", "rule", "entry", "until", "messages", "first", "last", "message",
	    "by", "why", "by_hand", "agent", "shop", "marketplace", NULL});
	for (size_t i = 0; i < report->decision_count; i++) {
		const struct report_decision *decision = &report->decisions[i];
		const char *texts[] = {decision->id, decision->by, decision->why, decision->by_hand ? "yes" : "no",
		    decision->agent, decision->shop, decision->marketplace};

		csv_str(csv, decision->released ? "released" : "denied");
		csv_str(csv, decision->rules);
		csv_str(csv, NULL);
		csv_str(csv, NULL);
		csv_int(csv, 1);
		csv_time(csv, decision->time);
		csv_time(csv, decision->time);
		for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++)
			csv_str(csv, texts[k]);
		csv_end_row(csv);
	}
	for (size_t i = 0; i < report->override_count; i++) {
		const struct report_override *override = &report->overrides[i];

		if (override->count == 0)
			continue;
		csv_str(csv, report_override_name(override->kind));
		csv_str(csv, override->rule);
		csv_str(csv, override->entry);
		csv_str(csv, override->until);
		csv_int(csv, override->count);
		csv_time(csv, override->first);
		csv_time(csv, override->last);
		for (size_t k = 0; k < 7; k++)
			csv_str(csv, NULL);
		csv_end_row(csv);
	}
}

void report_csv(struct buf *out, const struct report *report, int by)
{
	struct csv_writer csv = {.out = out};

	if (by == REPORT_BY_OVERRIDE) {
		csv_overrides(&csv, report);
		return;
	}
	csv_header(&csv, (const char *const []){"by", "name", "week", "messages", "violating", "violations", "tagged",
	    "held", "refused", "deferred", "trial", "failed", "exempt", "released", "denied", "per_hundred", "rule_ids", NULL});
	if (by == REPORT_BY_ALL)
		csv_count(&csv, "total", "", NULL, &report->all, NULL);
	for (int i = 0; i < REPORT_BY_COUNT; i++)
		if (by == REPORT_BY_ALL || by == i)
			csv_groups(&csv, report, (enum report_by)i);
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

static void put_count(json_t *object, const struct report_count *count)
{
	int64_t rate = report_rate(count);

	for (size_t i = 0; i < NUMBERS; i++)
		json_put_int(object, numbers[i].name, number_of(count, i));
	json_put_new(object, "per_hundred", rate >= 0 ? json_real((double)rate / 10.0) : json_null());
}

static void put_ids(json_t *object, const char *ids)
{
	json_t *list = json_array();

	for (const char *at = ids; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, ",");

		json_array_append_new(list, json_text((struct slice){at, n}));
		at += n + strspn(at + n, ", ");
	}
	json_put_new(object, "rule_ids", list);
}

static void put_weeks(json_t *object, const char *key, const struct report *report, const struct report_group *group,
    size_t number)
{
	json_t *list = json_array();

	for (size_t week = 0; week < report->week_count; week++)
		json_array_append_new(list, json_integer(number_of(&group->weeks[week], number)));
	json_put_new(object, key, list);
}

static json_t *json_groups(const struct report *report, enum report_by by)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->by[by].count; i++) {
		const struct report_group *group = report->by[by].items[i];
		json_t *object = json_object();

		json_put(object, report_by_name(by), slice_str(group->name));
		if (by == REPORT_BY_RULE)
			put_ids(object, group->ids);
		put_count(object, &group->all);
		if (group->weeks != NULL) {
			put_weeks(object, "messages_by_week", report, group, 0);
			put_weeks(object, "violations_by_week", report, group, 2);
		}
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_weeks(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->week_count; i++) {
		json_t *object = json_object();

		json_put_str(object, "week", report->weeks[i].label);
		put_time(object, "from", report->weeks[i].from);
		put_time(object, "to", report->weeks[i].to);
		json_put_bool(object, "whole", report->weeks[i].whole);
		put_count(object, &report->weeks[i].group->all);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_decisions(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->decision_count; i++) {
		const struct report_decision *decision = &report->decisions[i];
		json_t *object = json_object();

		put_time(object, "time", decision->time);
		json_put_str(object, "decision", decision->released ? "released" : "denied");
		json_put(object, "id", slice_str(decision->id));
		json_put(object, "rules", slice_str(decision->rules));
		json_put(object, "by", slice_str(decision->by));
		json_put(object, "why", slice_str(decision->why));
		json_put_bool(object, "by_hand", decision->by_hand);
		json_put(object, "agent", slice_str(decision->agent));
		json_put(object, "shop", slice_str(decision->shop));
		json_put(object, "marketplace", slice_str(decision->marketplace));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_overrides(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->override_count; i++) {
		const struct report_override *override = &report->overrides[i];
		json_t *object;

		if (override->count == 0)
			continue;
		object = json_object();
		json_put_str(object, "override", report_override_name(override->kind));
		json_put(object, "rule", slice_str(override->rule));
		json_put(object, "entry", slice_str(override->entry));
		json_put(object, "until", slice_str(override->until));
		json_put_int(object, "messages", override->count);
		put_time(object, "first", override->first);
		put_time(object, "last", override->last);
		json_array_append_new(list, object);
	}
	return list;
}

static void add_hint(json_t *list, const struct report_group *rule, const char *reason, int64_t count, int64_t of)
{
	json_t *object = json_object();

	json_put(object, "rule", slice_str(rule->name));
	json_put_str(object, "reason", reason);
	json_put_int(object, "count", count);
	json_put_int(object, "of", of);
	json_array_append_new(list, object);
}

static json_t *json_hints(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->by[REPORT_BY_RULE].count; i++) {
		const struct report_group *rule = report->by[REPORT_BY_RULE].items[i];

		if (report_often_released(rule))
			add_hint(list, rule, "released", rule->all.released, rule->all.released + rule->all.denied);
		if (report_often_exempt(rule))
			add_hint(list, rule, "exempt", rule->all.exempt, rule->all.messages);
	}
	return list;
}

json_t *report_json(const struct report *report)
{
	static const char *const names[] = {"rules", "agents", "accounts", "shops", "marketplaces"};
	json_t *object = json_object(), *totals = json_object();

	put_time(object, "from", report->query.from);
	put_time(object, "to", report->query.to);
	json_put_str(object, "zone", zone_name(report->query.zone));
	json_put_str(object, "direction", report->query.inbound ? "in" : "out");
	json_put(object, "marketplace", slice_str(report->query.marketplace));
	json_put(object, "rule", slice_str(report->query.rule));
	json_put(object, "agent", slice_str(report->query.agent));
	put_count(totals, &report->all);
	json_put_new(object, "totals", totals);
	json_put_new(object, "weeks", json_weeks(report));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		json_put_new(object, names[i], json_groups(report, (enum report_by)i));
	json_put_new(object, "days", json_groups(report, REPORT_BY_DAY));
	json_put_new(object, "decisions", json_decisions(report));
	json_put_new(object, "overrides", json_overrides(report));
	json_put_new(object, "often_overridden", json_hints(report));
	return object;
}
