/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks of a marketplace: what its terms say of hours, business days, weekends
 * and hours of opening, checked as it is read. Also time zones and times of day,
 * which windows have too.
 */
#include "policy/profile_load.h"

#include <string.h>

#include "core/clock.h"
#include "desk/sla.h"

#define HOURS_MAX 8784 /* a leap year */
#define DAYS_MAX 366
#define HOUR 3600
#define DAY 86400

#define COMMON_NAMES {"kind", CONF_ONE}, {"since", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE | CONF_REQUIRED}

static const struct conf_name wall_names[] = {COMMON_NAMES, {"hours", CONF_ONE | CONF_REQUIRED}, {NULL, 0}};
static const struct conf_name business_names[] = {
	COMMON_NAMES, {"days", CONF_ONE | CONF_REQUIRED}, {"zone", CONF_ONE | CONF_REQUIRED}, {"holidays", CONF_LIST},
	{"until", CONF_ONE}, {NULL, 0}
};
static const struct conf_name weekend_names[] = {
	COMMON_NAMES, {"hours", CONF_ONE | CONF_REQUIRED}, {"zone", CONF_ONE | CONF_REQUIRED},
	{"resumes", CONF_ONE | CONF_REQUIRED}, {NULL, 0}
};
static const struct conf_name office_names[] = {
	COMMON_NAMES, {"hours", CONF_ONE | CONF_REQUIRED}, {"zone", CONF_ONE | CONF_REQUIRED},
	{"opens", CONF_ONE | CONF_REQUIRED}, {"closes", CONF_ONE | CONF_REQUIRED}, {"days", CONF_LIST},
	{"holidays", CONF_LIST}, {NULL, 0}
};

/* By enum sla_kind. */
static const struct conf_name *const names_of[] = {
	[SLA_WALL] = wall_names, [SLA_BUSINESS] = business_names, [SLA_WEEKEND] = weekend_names, [SLA_OFFICE] = office_names
};
static const char *const kind_words[] = {
	[SLA_WALL] = "wall", [SLA_BUSINESS] = "business", [SLA_WEEKEND] = "weekend", [SLA_OFFICE] = "office", NULL
};
static const char *const weekday_words[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

/* ---- values ------------------------------------------------------------------- */

const struct zone *profile_zone_read(struct profile_loader *loader, const struct conf_node *key)
{
	struct known_zone *known = loader->profiles->zones;
	struct diag reason = {.text = ""};

	while (known != NULL && strcmp(zone_name(known->zone), key->values->text) != 0)
		known = known->next;
	if (known != NULL)
		return known->zone;
	if ((known = profile_alloc(loader, sizeof(*known))) == NULL)
		return NULL;
	known->zone = zone_load(loader->arena, key->values->text, &reason);
	if (known->zone == NULL) {
		diag_at(loader->d, key->file, key->values->line, "%s: %s", key->name, reason.text);
		return NULL;
	}
	known->next = loader->profiles->zones;
	loader->profiles->zones = known;
	return known->zone;
}

static int read_time(struct profile_loader *loader, const struct conf_node *key, int *seconds_r)
{
	if (conf_scan_time(key->values->text, seconds_r) == 0)
		return 0;
	return diag_at(loader->d, key->file, key->values->line, "%s = \"%.60s\": expected a time of day (09:00)", key->name,
	    key->values->text);
}

/* -1: no day of the week. */
static int find_weekday(const char *text, size_t len)
{
	for (int i = 0; weekday_words[i] != NULL; i++)
		if (slice_case_eq_str((struct slice){text, len}, weekday_words[i]))
			return i;
	return -1;
}

static int read_weekdays(struct profile_loader *loader, const struct conf_node *key, unsigned *weekdays_r)
{
	unsigned before = loader->d->count;

	*weekdays_r = 0;
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		int day = find_weekday(value->text, strlen(value->text));

		if (day >= 0)
			*weekdays_r |= 1u << day;
		else
			diag_at(loader->d, key->file, value->line,
			    "%s: '%.60s' is no day of the week: sun, mon, tue, wed, thu, fri, sat", key->name, value->text);
	}
	if (*weekdays_r == 0 && loader->d->count == before)
		diag_at(loader->d, key->file, key->line, "%s: no day is named, so nothing would ever be due", key->name);
	return loader->d->count == before ? 0 : -1;
}

/* "Mon 12:00" */
static int read_resumption(struct profile_loader *loader, const struct conf_node *key, struct sla_calendar *calendar)
{
	const char *text = key->values->text, *space = strchr(text, ' ');
	int day = space != NULL ? find_weekday(text, (size_t)(space - text)) : -1;

	if (day < 0 || conf_scan_time(space + 1, &calendar->resumes_second) == -1)
		return diag_at(loader->d, key->file, key->values->line, "%s = \"%.60s\": expected a day and a time (Mon 12:00)",
		    key->name, text);
	if ((calendar->weekdays >> day & 1) == 0)
		return diag_at(loader->d, key->file, key->values->line,
		    "%s = \"%.60s\" is in the weekend: expected a day from Mon to Fri", key->name, text);
	calendar->resumes_weekday = day;
	return 0;
}

static int read_holidays(struct profile_loader *loader, const struct conf_node *key, struct sla_calendar *calendar)
{
	int64_t *days = arena_array(loader->arena, key->value_count + 1, sizeof(*days));
	unsigned before = loader->d->count;

	if (days == NULL)
		return diag_add(loader->d, "memory is out");
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		int64_t at;

		if (strlen(value->text) != 10 || clock_parse(value->text, &at) == -1)
			diag_at(loader->d, key->file, value->line, "%s: '%.60s' is no date (2026-12-25)", key->name, value->text);
		else
			days[calendar->holiday_count++] = at / DAY;
	}
	sla_holidays_sort(days, calendar->holiday_count);
	calendar->holidays = days;
	return loader->d->count == before ? 0 : -1;
}

/* ---- kinds of clocks -------------------------------------------------------------- */

static int read_hours(struct profile_loader *loader, struct sla_clock *clock, const struct conf_node *node)
{
	int64_t hours;

	if (conf_int(conf_child(node, "hours"), 1, HOURS_MAX, &hours, loader->d) == -1)
		return -1;
	clock->seconds = hours * HOUR;
	return 0;
}

/* What all clocks with a calendar have. */
static int read_calendar(struct profile_loader *loader, struct sla_calendar *calendar, const struct conf_node *node)
{
	const struct conf_node *holidays = conf_child(node, "holidays");

	calendar->weekdays = SLA_WORKDAYS;
	calendar->zone = profile_zone_read(loader, conf_child(node, "zone"));
	if (holidays != NULL && read_holidays(loader, holidays, calendar) == -1)
		return -1;
	return calendar->zone != NULL ? 0 : -1;
}

static int read_business(struct profile_loader *loader, struct sla_clock *clock, const struct conf_node *node)
{
	static const char *const words[] = {"same-time", "end-of-day", NULL};
	const struct conf_node *until = conf_child(node, "until");
	int rc = read_calendar(loader, &clock->calendar, node);
	size_t index = 0;
	int64_t days;

	if (conf_int(conf_child(node, "days"), 1, DAYS_MAX, &days, loader->d) == -1)
		return -1;
	if (until != NULL && conf_choice(until, words, &index, loader->d) == -1)
		return -1;
	clock->days = (int)days;
	clock->calendar.whole_days = index == 1;
	return rc;
}

static int read_weekend(struct profile_loader *loader, struct sla_clock *clock, const struct conf_node *node)
{
	int rc = read_calendar(loader, &clock->calendar, node);

	if (read_hours(loader, clock, node) == -1)
		return -1;
	return read_resumption(loader, conf_child(node, "resumes"), &clock->calendar) == 0 ? rc : -1;
}

static int read_office(struct profile_loader *loader, struct sla_clock *clock, const struct conf_node *node)
{
	const struct conf_node *days = conf_child(node, "days"), *closes = conf_child(node, "closes");
	struct sla_calendar *calendar = &clock->calendar;
	int rc = read_calendar(loader, calendar, node);

	if (read_hours(loader, clock, node) == -1)
		rc = -1;
	if (days != NULL && read_weekdays(loader, days, &calendar->weekdays) == -1)
		rc = -1;
	if (read_time(loader, conf_child(node, "opens"), &calendar->opens) == -1
	    || read_time(loader, closes, &calendar->closes) == -1)
		return -1;
	if (calendar->closes < calendar->opens + HOUR)
		return diag_at(loader->d, closes->file, closes->line,
		    "%s = \"%.60s\" is not an hour after opens: a clock through midnight can't be told", closes->name,
		    closes->values->text);
	return rc;
}

static int read_kind(struct profile_loader *loader, struct sla_clock *clock, const struct conf_node *node)
{
	switch (clock->kind) {
	case SLA_BUSINESS:
		return read_business(loader, clock, node);
	case SLA_WEEKEND:
		return read_weekend(loader, clock, node);
	case SLA_OFFICE:
		return read_office(loader, clock, node);
	case SLA_WALL:
		break;
	}
	return read_hours(loader, clock, node);
}

static void insert_clock(struct marketplace *market, struct dated_clock *clock)
{
	struct dated_clock **place = &market->clocks;

	while (*place != NULL && (*place)->clock.since >= clock->clock.since)
		place = &(*place)->next;
	clock->next = *place;
	*place = clock;
}

void profile_clock_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	const struct conf_node *kind = conf_child(node, "kind");
	struct dated_clock *clock;
	size_t index = SLA_WALL;

	/* What may stand in it depends on its kind; a kind that is no single word is told by conf_check. */
	if (kind != NULL && kind->value_count == 1 && conf_choice(kind, kind_words, &index, loader->d) == -1)
		return;
	if (conf_check(node, names_of[index], loader->d) == -1 || (clock = profile_alloc(loader, sizeof(*clock))) == NULL)
		return;
	clock->node = node;
	clock->clock.name = node->title;
	clock->clock.kind = (enum sla_kind)index;
	clock->clock.source = conf_child(node, "source")->values->text;
	if (read_kind(loader, &clock->clock, node) == -1)
		return;
	if (conf_date(conf_child(node, "since"), &clock->clock.since, loader->d) == 0)
		insert_clock(market, clock);
}
