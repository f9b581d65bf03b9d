/* SPDX-License-Identifier: BSD-2-Clause */
/* What an export is asked to do: copied, compared. */
#include "export/spec.h"

#include <string.h>

const char *export_type_name(enum export_type type)
{
	static const char *const names[] = {"syslog", "journald", "json"};

	return names[type];
}

static char **copy_list(struct arena *arena, char *const *list)
{
	size_t count = 0;
	char **copy;

	if (list == NULL)
		return NULL;
	while (list[count] != NULL)
		count++;
	copy = arena_array(arena, count + 1, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++)
		if ((copy[i] = arena_strdup(arena, list[i])) == NULL)
			return NULL;
	return copy;
}

/* A list that was there has to be there in the copy: none would mean all. */
static int copy_filter(struct arena *arena, const struct export_filter *from, struct export_filter *to)
{
	to->events = copy_list(arena, from->events);
	to->actions = copy_list(arena, from->actions);
	return (to->events != NULL) == (from->events != NULL) && (to->actions != NULL) == (from->actions != NULL) ? 0 : -1;
}

int export_spec_copy(struct arena *arena, const struct export_spec *from, struct export_spec *to_r)
{
	*to_r = *from;
	to_r->name = arena_strdup(arena, from->name);
	to_r->to = arena_strdup(arena, from->to);
	to_r->syslog.enterprise = arena_strdup(arena, from->syslog.enterprise);
	if (to_r->name == NULL || to_r->to == NULL || to_r->syslog.enterprise == NULL)
		return -1;
	return copy_filter(arena, &from->filter, &to_r->filter);
}

static bool lists_equal(char *const *a, char *const *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

bool export_spec_equal(const struct export_spec *a, const struct export_spec *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type && strcmp(a->to, b->to) == 0 &&
	    lists_equal(a->filter.events, b->filter.events) && lists_equal(a->filter.actions, b->filter.actions) &&
	    a->syslog.facility == b->syslog.facility && strcmp(a->syslog.enterprise, b->syslog.enterprise) == 0 &&
	    a->syslog.max_size == b->syslog.max_size && a->syslog.json == b->syslog.json;
}
