/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_CLOCK_H
#define POSTERN_CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Time is injected: whoever needs it gets a clock. Seconds are UTC since the
 * epoch, as integers; deadlines are arithmetic on them.
 */
struct clock {
	int64_t (*now)(const struct clock *clock);
	int64_t fixed; /* what a fixed clock answers */
};

/* The machine's clock. */
extern const struct clock clock_system;
/* A clock that stands at seconds, for tests and for judging as of a time. */
struct clock clock_fixed(int64_t seconds);
int64_t clock_now(const struct clock *clock);
/* Milliseconds of the monotonic clock, for budgets and timeouts only. */
int64_t clock_monotonic_ms(void);
/* Microseconds of it, to measure what is shorter. */
int64_t clock_monotonic_us(void);

#define CLOCK_TEXT_SIZE 21
/* "2026-11-22T04:35:33Z" into text (CLOCK_TEXT_SIZE bytes). */
void clock_format(char *text, size_t size, int64_t seconds);
/* A span of seconds for people, "4 h 12 min", "-3 min", "9 d 4 h", into text. */
void clock_span(char *text, size_t size, int64_t seconds);
/* Reads that form, or a date alone (midnight UTC). 0, or -1 when it is none. */
int clock_parse(const char *text, int64_t *seconds_r);

#endif
