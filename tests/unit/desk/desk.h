/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the desk share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/diag.h"
#include "desk/zone.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline int64_t when(const char *text)
{
	int64_t seconds;

	assert_int_equal(clock_parse(text, &seconds), 0);
	return seconds;
}

static inline const struct zone *zone_of(struct arena *arena, const char *name)
{
	struct diag d = {.text = ""};
	const struct zone *zone = zone_load(arena, name, &d);

	assert_string_equal(d.text, "");
	assert_non_null(zone);
	return zone;
}

/* The same numbers in every run. */
struct dice {
	uint64_t state;
};

static inline uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
	dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((dice->state >> 33) % sides);
}
