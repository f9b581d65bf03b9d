/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_WEEKS_H
#define POSTERN_REPORT_WEEKS_H

#include "core/clock.h"
#include "report/report.h"

/* Makes the report's weeks of its query: ISO weeks, Monday to Sunday, in its zone. -1 with the reason. */
int weeks_make(struct report *report, struct diag *d);
/* The week of a second of the period. */
size_t weeks_find(const struct report *report, int64_t utc);
/* "2026-11-22": the local day of a second. */
void weeks_day(const struct report *report, int64_t utc, char text[CLOCK_TEXT_SIZE]);

#endif
