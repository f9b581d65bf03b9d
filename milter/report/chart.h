/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_CHART_H
#define POSTERN_REPORT_CHART_H

#include "report/report.h"

/* Bars of messages with violations per hundred judged, a week each, with an axis and a key. */
void chart_weeks(struct buf *out, const struct report *report);
/*
 * A line of a group's violations up to the week with that index, scaled to its highest, the end marked. Later weeks
 * are left out: one that is not over would look like an improvement.
 */
void chart_trend(struct buf *out, size_t week, const struct report_group *group);

#endif
