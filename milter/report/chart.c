/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of a page as inline SVG: no script, no style of their own (the classes are the page's), whole numbers. */
#include "report/chart.h"

#include <inttypes.h>

#include "report/write.h"

#define CHART_WIDTH 960
#define CHART_HEIGHT 190
#define CHART_LEFT 36
#define TREND_MAX 26 /* weeks in a small picture */

static int64_t permille_of(int64_t part, const struct report_count *count)
{
	return count->messages > 0 ? (part * 1000 + count->messages / 2) / count->messages : 0;
}

/* The axis ends at the next round number, in tenths per hundred. */
static int64_t axis_end(const struct report *report)
{
	static const int64_t ends[] = {20, 40, 60, 80, 100, 200, 400, 600, 800, 1000};
	int64_t most = 0;
	size_t i = 0;

	for (size_t k = 0; k < report->week_count; k++) {
		int64_t rate = report_rate(&report->weeks[k].group->all);

		most = rate > most ? rate : most;
	}
	while (i + 1 < sizeof(ends) / sizeof(*ends) && ends[i] < most)
		i++;
	return ends[i];
}

static void add_axis(struct buf *out, int64_t end)
{
	for (int64_t i = 0; i <= 4; i++) {
		int64_t y = CHART_HEIGHT - CHART_HEIGHT * i / 4 + 10;

		buf_printf(out, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%" PRId64 "\" y2=\"%" PRId64 "\"/>", CHART_LEFT,
		    CHART_WIDTH, y, y);
		buf_printf(out, "<text x=\"%d\" y=\"%" PRId64 "\" text-anchor=\"end\">", CHART_LEFT - 6, y + 4);
		report_put_rate(out, end * i / 4);
		buf_add_str(out, "</text>\n");
	}
}

/* place: x, y, width, height. */
static void add_rect(struct buf *out, const char *name, bool whole, const int64_t place[4])
{
	if (place[3] > 0)
		buf_printf(out, "<rect class=\"%s%s\" x=\"%" PRId64 "\" y=\"%" PRId64 "\" width=\"%" PRId64 "\" height=\"%"
		    PRId64 "\"/>", name, whole ? "" : " part", place[0], place[1], place[2], place[3]);
}

static void add_bar(struct buf *out, const struct report *report, size_t i, int64_t end)
{
	const struct report_week *week = &report->weeks[i];
	const struct report_count *n = &week->group->all;
	int64_t room = (CHART_WIDTH - CHART_LEFT) * 100 / (int64_t)report->week_count;
	int64_t x = CHART_LEFT + room * (int64_t)i / 100, width = room * 65 / 10000;
	int64_t all = permille_of(n->violating, n) * CHART_HEIGHT / end;
	int64_t stopped = permille_of(report_stopped(n), n) * CHART_HEIGHT / end;
	size_t every = report->week_count / 16 + 1;

	x += room * 18 / 10000;
	width = width > 60 ? 60 : width < 1 ? 1 : width;
	add_rect(out, "stop", week->whole, (int64_t[4]){x, CHART_HEIGHT + 10 - stopped, width, stopped});
	add_rect(out, "tag", week->whole, (int64_t[4]){x, CHART_HEIGHT + 10 - all, width, all - stopped});
	if (i % every != 0)
		return;
	buf_printf(out, "<text x=\"%" PRId64 "\" y=\"%d\" text-anchor=\"middle\">%s%s</text>\n", x + width / 2,
	    CHART_HEIGHT + 26, report->weeks[i].label + 5, week->whole ? "" : "*");
}

void chart_weeks(struct buf *out, const struct report *report)
{
	int64_t end = axis_end(report);

	buf_printf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"chart\">\n<title id=\"chart\">Messages "
	    "with violations per hundred judged, week by week; the numbers are in the table below</title>\n", CHART_WIDTH,
	    CHART_HEIGHT + 34);
	add_axis(out, end);
	for (size_t i = 0; i < report->week_count; i++)
		add_bar(out, report, i, end);
	buf_add_str(out, "</svg>\n<p class=\"about key\">per hundred messages judged: <span class=\"a\"></span>held or "
	    "refused<span class=\"b\"></span>only tagged</p>\n");
}

void chart_trend(struct buf *out, size_t week, const struct report_group *group)
{
	size_t first = week + 1 > TREND_MAX ? week + 1 - TREND_MAX : 0;
	size_t count = week + 1 - first;
	int64_t most = 1, x = 0, y = 0;

	for (size_t i = first; i <= week; i++)
		most = group->weeks[i].violations > most ? group->weeks[i].violations : most;
	buf_add_str(out, "<svg width=\"104\" height=\"22\" viewBox=\"0 0 104 22\" aria-hidden=\"true\">"
	    "<polyline class=\"line\" points=\"");
	for (size_t i = 0; i < count; i++) {
		x = 2 + (count > 1 ? (int64_t)i * 98 / (int64_t)(count - 1) : 98);
		y = 20 - group->weeks[first + i].violations * 18 / most;
		buf_printf(out, "%s%" PRId64 ",%" PRId64, i > 0 ? " " : "", x, y);
	}
	buf_printf(out, "\"/><circle class=\"dot\" cx=\"%" PRId64 "\" cy=\"%" PRId64 "\" r=\"2\"/></svg>", x, y);
}
