/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of groups by name: agents and accounts can be thousands. */
#include "report/groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define SIZE_FIRST 64

/* Names come from a log, so nobody gains by making them collide. */
static const unsigned char hash_key[HASH_SHORT_KEY] = "report's groups";

static size_t slot_of(const struct groups *groups, struct slice name)
{
	size_t at = (size_t)hash_short(hash_key, name.ptr, name.len) & (groups->size - 1);

	while (groups->slots[at] != NULL && !slice_eq_str(name, groups->slots[at]->name))
		at = (at + 1) & (groups->size - 1);
	return at;
}

static int grow(struct groups *groups)
{
	struct groups larger = {.size = groups->size > 0 ? groups->size * 2 : SIZE_FIRST, .count = groups->count};

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -1;
	for (size_t i = 0; i < groups->size; i++)
		if (groups->slots[i] != NULL)
			larger.slots[slot_of(&larger, slice_str(groups->slots[i]->name))] = groups->slots[i];
	free(groups->slots);
	*groups = larger;
	return 0;
}

static void group_free(struct report_group *group)
{
	if (group == NULL)
		return;
	free(group->name);
	free(group->ids);
	free(group->weeks);
	free(group);
}

static struct report_group *group_new(struct slice name, size_t weeks)
{
	struct report_group *group = calloc(1, sizeof(*group));

	if (group == NULL)
		return NULL;
	group->name = strndup(name.len > 0 ? name.ptr : "", name.len);
	group->weeks = weeks > 0 ? calloc(weeks, sizeof(*group->weeks)) : NULL;
	if (group->name != NULL && (weeks == 0 || group->weeks != NULL))
		return group;
	group_free(group);
	return NULL;
}

struct report_group *groups_get(struct groups *groups, struct slice name, size_t weeks)
{
	size_t at;

	if (name.ptr == NULL)
		name = SLICE_LIT("");
	if (groups->count * 2 >= groups->size && grow(groups) == -1)
		return NULL;
	at = slot_of(groups, name);
	if (groups->slots[at] == NULL) {
		groups->slots[at] = group_new(name, weeks);
		groups->count += groups->slots[at] != NULL;
	}
	return groups->slots[at];
}

static bool has_counted(const struct report_count *count)
{
	static const struct report_count nothing;

	return memcmp(count, &nothing, sizeof(nothing)) != 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(struct report_group *const *)a)->name, (*(struct report_group *const *)b)->name);
}

static int compare_numbers(int64_t a, int64_t b)
{
	return a > b ? -1 : a < b;
}

/* What was stopped says more than what was only tagged. */
static int compare_worst(const void *a, const void *b)
{
	const struct report_count *x = &(*(struct report_group *const *)a)->all;
	const struct report_count *y = &(*(struct report_group *const *)b)->all;
	int order = compare_numbers(x->refused + x->held, y->refused + y->held);

	if (order == 0)
		order = compare_numbers(x->violations, y->violations);
	if (order == 0)
		order = compare_numbers(x->trial + x->failed + x->exempt, y->trial + y->failed + y->exempt);
	if (order == 0)
		order = compare_numbers(x->messages, y->messages);
	return order != 0 ? order : compare_names(a, b);
}

int groups_list(const struct groups *groups, bool by_name, struct report_list *list_r)
{
	list_r->count = 0;
	list_r->items = calloc(groups->count + 1, sizeof(*list_r->items));
	if (list_r->items == NULL)
		return -1;
	for (size_t i = 0; i < groups->size; i++)
		if (groups->slots[i] != NULL && (by_name || has_counted(&groups->slots[i]->all)))
			list_r->items[list_r->count++] = groups->slots[i];
	qsort(list_r->items, list_r->count, sizeof(*list_r->items), by_name ? compare_names : compare_worst);
	return 0;
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->size; i++)
		group_free(groups->slots[i]);
	free(groups->slots);
	*groups = (struct groups){0};
}

/* Whether list, joined by ", ", has id. */
static bool is_listed(const char *list, struct slice id)
{
	for (const char *at = list; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, ",");

		if (slice_eq(id, (struct slice){at, n}))
			return true;
		at += n + strspn(at + n, ", ");
	}
	return false;
}

int group_add_id(struct report_group *rule, struct slice id)
{
	struct buf joined = {0};

	if (id.len == 0 || is_listed(rule->ids, id))
		return 0;
	if (rule->ids != NULL)
		buf_printf(&joined, "%s, ", rule->ids);
	buf_add_slice(&joined, id);
	if (joined.failed) {
		buf_free(&joined);
		return -1;
	}
	free(rule->ids);
	rule->ids = joined.data;
	return 0;
}
