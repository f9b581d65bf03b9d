/* SPDX-License-Identifier: BSD-2-Clause */
/* The response rate over a window that ends now, beside the marketplace's line. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "desk/rate.h"

struct rates {
	json_t *rows;
	int64_t percent; /* the line; 0: none */
};

static int add_rate(void *arg, const char *group, const struct desk_rate *rate)
{
	const struct rates *rates = arg;
	int permille = desk_rate_permille(rate);
	json_t *row = json_object();
	char text[32] = "no data";

	if (permille >= 0)
		snprintf(text, sizeof(text), "%d.%d", permille / 10, permille % 10);
	json_put_str(row, "group", group);
	json_put_int(row, "counted", (json_int_t)rate->counted);
	json_put_int(row, "in_time", (json_int_t)rate->in_time);
	json_put_int(row, "missed", (json_int_t)rate->missed);
	json_put_int(row, "open", (json_int_t)rate->open);
	json_put_str(row, "percent", text);
	json_put_int(row, "line", rates->percent);
	if (rates->percent > 0 && rate->counted > 0)
		json_put_int(row, "misses_left", desk_rate_misses_left(rate, (unsigned)rates->percent));
	json_array_append_new(rates->rows, row);
	return 0;
}

static const char *const groups[] = {
	[STORE_GROUP_NONE] = "none", [STORE_GROUP_SHOP] = "shop", [STORE_GROUP_MARKETPLACE] = "marketplace",
	[STORE_GROUP_AGENT] = "agent", [STORE_GROUP_DAY] = "day",
};

static int read_group(struct question *question, enum store_group *group_r, struct diag *d)
{
	const char *name = question_param(question, "by", "none");

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (strcmp(name, groups[i]) != 0)
			continue;
		*group_r = (enum store_group)i;
		return 0;
	}
	return question_error(question, d, "by shop, marketplace, agent or day; not by '%s'", name);
}

/* Of the marketplace that is asked for, Walmart's where none is. */
static int64_t line_of(const struct question *question, const char *name, int64_t now, int64_t *span_r)
{
	const struct profiles *profiles = generation_profiles(question->play->world->generation);
	struct rate_line line = {0};

	if (marketplace_rate_line(profiles_find(profiles, name != NULL ? name : "walmart"), now, &line) == 0)
		return 0;
	*span_r = (int64_t)line.days * 86400;
	return line.percent;
}

int ask_rate(struct question *question, json_t *rows, struct diag *d)
{
	int64_t now = clock_now(&question->play->world->clock), span = (int64_t)30 * 86400;
	struct store_rate_filter filter = {.shop = question_param(question, "shop", NULL),
	    .marketplace = question_param(question, "marketplace", NULL), .agent = question_param(question, "agent", NULL),
	    .until = now};
	const char *window;
	struct rates rates = {.rows = rows};
	struct diag why = {0};

	if (filter.marketplace != NULL &&
	    profiles_find(generation_profiles(question->play->world->generation), filter.marketplace) == NULL)
		return question_error(question, d, "there is no marketplace '%s'", filter.marketplace);
	rates.percent = line_of(question, filter.marketplace, now, &span);
	window = question_param(question, "over", NULL);
	if (window != NULL && span_parse(window, &span) != 0)
		return question_error(question, d, "'%s' is no span like 14d", window);
	filter.since = now - span;
	if (read_group(question, &filter.group_by, d) != 0)
		return -1;
	if (store_rate(question->store, &filter, add_rate, &rates, &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}
