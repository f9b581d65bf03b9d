/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records an export takes. */
#include "export/filter.h"

#include <string.h>

static bool listed(char *const *list, const char *word)
{
	if (list == NULL || list[0] == NULL)
		return true;
	for (; *list != NULL; list++)
		if (word != NULL && strcmp(*list, word) == 0)
			return true;
	return false;
}

bool export_wanted(const struct export_filter *filter, const json_t *event)
{
	const char *type = json_get_str(event, "event");

	if (!listed(filter->events, type))
		return false;
	return type == NULL || strcmp(type, "message") != 0 || listed(filter->actions, json_get_str(event, "action"));
}
