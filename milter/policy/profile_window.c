/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of a marketplace, and the dated values that the service desk counts
 * with: checked as they are read, asked by the desk.
 */
#include "policy/profile_load.h"

#include <stdlib.h>
#include <string.h>

#define SPAN_MAX 3660 /* ten years of days */
#define DAY 86400
#define RATE_DAYS_MAX 366
#define RETURN_DAYS_MAX 366

static const struct conf_name window_names[] = {
	{"starts", CONF_ONE | CONF_REQUIRED}, {"opens", CONF_ONE}, {"length", CONF_ONE | CONF_REQUIRED}, {"ends", CONF_ONE},
	{"zone", CONF_ONE | CONF_REQUIRED}, {"warn", CONF_LIST}, {"title", CONF_ONE | CONF_REQUIRED},
	{"since", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE | CONF_REQUIRED}, {NULL, 0}
};

/* ---- reading a window ----------------------------------------------------------- */

static void read_milestone(struct profile_loader *loader, const struct conf_node *key, const char **name_r)
{
	const char *text = key->values->text, *guess;

	*name_r = desk_milestone_find(text);
	if (*name_r != NULL)
		return;
	guess = diag_suggest(text, desk_milestone_names);
	diag_at(loader->d, key->file, key->values->line, "%s = \"%.60s\" is no milestone%s%s%s", key->name, text,
	    guess != NULL ? ", did you mean \"" : "; they are listed in postern.conf(5)", guess != NULL ? guess : "",
	    guess != NULL ? "\"?" : "");
}

/* "30d" or "48h". */
static int read_span(struct profile_loader *loader, const struct conf_node *key, const struct conf_value *value,
    struct desk_span *span_r)
{
	size_t digits = strspn(value->text, "0123456789");
	char unit = value->text[digits];
	long count = digits > 0 && digits <= 5 ? strtol(value->text, NULL, 10) : -1;

	if (count < 0 || count > SPAN_MAX || (unit != 'd' && unit != 'h') || value->text[digits + 1] != '\0')
		return diag_at(loader->d, key->file, value->line, "%s: '%.60s' is no number of days or hours (30d, 48h)",
		    key->name, value->text);
	*span_r = unit == 'd' ? (struct desk_span){count, 1} : (struct desk_span){(int64_t)count * 3600, 0};
	return 0;
}

static int64_t span_seconds(const struct desk_span *span)
{
	return span->days ? span->count * DAY : span->count;
}

static int read_warnings(struct profile_loader *loader, const struct conf_node *key, struct desk_window *window)
{
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		if (window->warn_count == DESK_WARNINGS_MAX)
			return diag_at(loader->d, key->file, value->line, "%s: at most %d warnings", key->name, DESK_WARNINGS_MAX);
		if (read_span(loader, key, value, &window->warn[window->warn_count]) == -1)
			return -1;
		window->warn_count++;
	}
	return 0;
}

static int read_spans(struct profile_loader *loader, const struct conf_node *node, struct desk_window *window)
{
	const struct conf_node *opens = conf_child(node, "opens"), *length = conf_child(node, "length");
	const struct conf_node *warn = conf_child(node, "warn");

	if (read_span(loader, length, length->values, &window->length) == -1)
		return -1;
	if (opens != NULL && read_span(loader, opens, opens->values, &window->opens) == -1)
		return -1;
	if (span_seconds(&window->length) <= span_seconds(&window->opens))
		return diag_at(loader->d, node->file, node->line,
		    "window \"%.60s\" closes before it opens: both opens and length count from the milestone", node->title);
	return warn != NULL ? read_warnings(loader, warn, window) : 0;
}

/* Grown by one; the earlier ones are read before anybody asks. */
static void add_window(struct profile_loader *loader, struct marketplace *market, const struct desk_window *window)
{
	struct desk_window *windows = arena_array(loader->arena, market->window_count + 1, sizeof(*windows));

	if (windows == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	if (market->window_count > 0)
		memcpy(windows, market->windows, market->window_count * sizeof(*windows));
	windows[market->window_count++] = *window;
	market->windows = windows;
}

void profile_window_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct desk_window window = {.name = node->title};
	const struct conf_node *ends;
	unsigned before = loader->d->count;

	if (conf_check(node, window_names, loader->d) == -1)
		return;
	ends = conf_child(node, "ends");
	window.title = conf_text(node, "title");
	window.source = conf_text(node, "source");
	window.zone = profile_zone_read(loader, conf_child(node, "zone"));
	read_milestone(loader, conf_child(node, "starts"), &window.starts);
	if (ends != NULL)
		read_milestone(loader, ends, &window.ends);
	read_spans(loader, node, &window);
	conf_date(conf_child(node, "since"), &window.since, loader->d);
	if (loader->d->count == before)
		add_window(loader, market, &window);
}

/* ---- values of the desk --------------------------------------------------------------- */

static void wrong_value(struct profile_loader *loader, const struct marketplace *market,
    const struct dated_value *value, const char *expected)
{
	diag_at(loader->d, value->node->file, value->node->line,
	    "value \"%s\" of marketplace \"%.60s\" is '%.60s', expected %s", value->name, market->name, value->text,
	    expected);
}

/* A number from 1 to max, or -1. */
static int scan_number(const char *text, int64_t max)
{
	int64_t number;

	return conf_scan_int(text, &number) == 0 && number >= 1 && number <= max ? (int)number : -1;
}

void profile_values_check(struct profile_loader *loader, const struct marketplace *market)
{
	for (const struct dated_value *v = market->values; v != NULL; v = v->next) {
		enum desk_unit unit;
		bool counts;

		if (v->text == NULL)
			continue;
		if (strcmp(v->name, "auto_reply_counts") == 0 && conf_scan_bool(v->text, &counts) == -1)
			wrong_value(loader, market, v, "yes or no");
		if (strcmp(v->name, "inquiry_unit") == 0 && desk_unit_parse(v->text, &unit) == -1)
			wrong_value(loader, market, v, "burst, message or first");
		if (strcmp(v->name, "thread_by") == 0 && !profile_thread_by_is_valid(market, v->text))
			wrong_value(loader, market, v, "alias, then names of the marketplace's own id sections");
		if (strcmp(v->name, "reply_id") == 0 && !profile_has_number(market, slice_str(v->text)))
			wrong_value(loader, market, v, "the name of one of the marketplace's own id sections");
		if (strcmp(v->name, "response_rate_percent") == 0 && scan_number(v->text, 100) == -1)
			wrong_value(loader, market, v, "a number from 1 to 100");
		if (strcmp(v->name, "response_rate_days") == 0 && scan_number(v->text, RATE_DAYS_MAX) == -1)
			wrong_value(loader, market, v, "a number of days from 1 to 366");
		if (strcmp(v->name, "return_window_days") == 0 && scan_number(v->text, RETURN_DAYS_MAX) == -1)
			wrong_value(loader, market, v, "a number of days from 1 to 366");
	}
}

const struct desk_window *marketplace_windows(const struct marketplace *market, size_t *count_r)
{
	*count_r = market->window_count;
	return market->windows;
}

enum desk_unit marketplace_inquiry_unit(const struct marketplace *market, int64_t at)
{
	struct slice text = marketplace_value(market, "inquiry_unit", at, NULL, NULL);
	enum desk_unit unit = DESK_UNIT_BURST;

	if (text.ptr != NULL)
		desk_unit_parse(text.ptr, &unit);
	return unit;
}

int marketplace_rate_line(const struct marketplace *market, int64_t at, struct rate_line *line_r)
{
	struct slice percent, days;

	*line_r = (struct rate_line){.percent = 0};
	percent = marketplace_value(market, "response_rate_percent", at, &line_r->since, &line_r->source);
	days = marketplace_value(market, "response_rate_days", at, NULL, NULL);
	if (percent.ptr == NULL)
		return 0;
	line_r->percent = scan_number(percent.ptr, 100);
	line_r->days = days.ptr != NULL ? scan_number(days.ptr, RATE_DAYS_MAX) : 0;
	return 1;
}

int marketplace_return_days(const struct marketplace *market, int64_t at)
{
	struct slice days = marketplace_value(market, "return_window_days", at, NULL, NULL);

	return days.ptr != NULL ? scan_number(days.ptr, RETURN_DAYS_MAX) : 0;
}

/* Return days are those of the day of the delivery: what was granted with the order is not changed later. */
int profiles_reckon(const struct profiles *profiles, struct desk_subject *subject, bool in_time, int64_t now)
{
	const struct marketplace *market = profiles_find(profiles, subject->marketplace);
	int64_t delivered = desk_subject_delivered(subject);
	struct desk_terms terms = {0};

	if (market != NULL)
		terms.windows = marketplace_windows(market, &terms.window_count);
	if (market != NULL && delivered != 0)
		terms.return_days = marketplace_return_days(market, delivered);
	return desk_subject_reckon(subject, &terms, in_time, now);
}
