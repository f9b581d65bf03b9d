/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_DATE_H
#define POSTERN_MAIL_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/slice.h"

/*
 * The time of a date as headers have it (RFC 5322, and its obsolete forms): "Sun, 22 Nov 2026 09:00:00 +0100 (CET)".
 * Seconds UTC; 0, or -1 when it is none. Written by strangers: a claim.
 */
int date_parse(struct slice text, int64_t *seconds_r);

/*
 * A day as people write it: "2026-11-22", "November 22, 2026", "22. Nov 2026", "11/22/2026" (the month first where
 * month_first says so and both readings are possible). Noon UTC of that day, so that it is the same day in nearly all
 * zones; 0, or -1 when it is none.
 */
int date_day(struct slice text, bool month_first, int64_t *seconds_r);

#endif
