/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_DATE_H
#define POSTERN_MAIL_DATE_H

#include <stdint.h>

#include "core/slice.h"

/*
 * The time of a date as headers have it (RFC 5322, and its obsolete forms): "Sun, 22 Nov 2026 09:00:00 +0100 (CET)".
 * Seconds UTC; 0, or -1 when it is none. Written by strangers: a claim.
 */
int date_parse(struct slice text, int64_t *seconds_r);

#endif
