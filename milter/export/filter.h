/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_FILTER_H
#define POSTERN_EXPORT_FILTER_H

#include <stdbool.h>

#include "core/json.h"

/* Which records leave. Lists end with NULL; NULL or an empty list: all. */
struct export_filter {
	char *const *events;  /* event types */
	char *const *actions; /* of messages; other events have none and pass */
};

bool export_wanted(const struct export_filter *filter, const json_t *event);

#endif
