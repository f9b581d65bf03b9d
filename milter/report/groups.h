/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_GROUPS_H
#define POSTERN_REPORT_GROUPS_H

#include "core/slice.h"
#include "report/report.h"

/* Groups by name; zero-initialised is empty. */
struct groups {
	struct report_group **slots;
	size_t size, count;
};

/* The group of that name, made when there is none, with room for weeks (0: without). NULL: memory is out. */
struct report_group *groups_get(struct groups *groups, struct slice name, size_t weeks);
/* Those that counted anything, sorted: by name, or the worst first. 0, or -1 when memory is out. */
int groups_list(const struct groups *groups, bool by_name, struct report_list *list_r);
/* Frees the groups themselves, too. */
void groups_free(struct groups *groups);
/* Adds a rule id to a rule's ids, once. -1: memory is out. */
int group_add_id(struct report_group *rule, struct slice id);

#endif
