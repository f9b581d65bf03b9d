/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters for "postern status" and monitoring. */
#include "daemon/stats.h"

static const char *const stat_names[STAT_COUNT] = {
	[STAT_PASS] = "pass",
	[STAT_TAG] = "tag",
	[STAT_HOLD] = "hold",
	[STAT_REJECT] = "reject",
	[STAT_DEFER] = "defer",
	[STAT_UNCONCERNED] = "unconcerned",
	[STAT_INTERRUPTED] = "interrupted",
	[STAT_ABORTED] = "aborted",
	[STAT_ERROR_PLUGIN] = "plugin",
	[STAT_ERROR_DEADLINE] = "deadline",
	[STAT_ERROR_AUDIT] = "audit",
	[STAT_ERROR_STORE] = "store",
	[STAT_ERROR_ARCHIVE] = "archive",
	[STAT_ERROR_SPOOL] = "spool",
	[STAT_ERROR_CRASH] = "crash",
	[STAT_ERROR_PROTOCOL] = "protocol",
	[STAT_BUSY] = "busy",
};

void stats_count(struct stats *stats, enum counter counter)
{
	atomic_fetch_add_explicit(&stats->value[counter], 1, memory_order_relaxed);
}

unsigned long long stats_get(const struct stats *stats, enum counter counter)
{
	return atomic_load_explicit(&stats->value[counter], memory_order_relaxed);
}

void stats_count_action(struct stats *stats, enum action action, int64_t now)
{
	static const enum counter stat_of[] = {
		[ACTION_PASS] = STAT_PASS,
		[ACTION_TAG] = STAT_TAG,
		[ACTION_HOLD] = STAT_HOLD,
		[ACTION_DEFER] = STAT_DEFER,
		[ACTION_REJECT] = STAT_REJECT,
	};

	stats_count(stats, stat_of[action]);
	atomic_store(&stats->last_message, now);
}

static json_t *stats_range_json(const struct stats *stats, enum counter first, enum counter last)
{
	json_t *object = json_object();
	int i;

	for (i = (int)first; i <= (int)last; i++)
		json_put_int(object, stat_names[i], (json_int_t)stats_get(stats, (enum counter)i));
	return object;
}

json_t *stats_messages_json(const struct stats *stats)
{
	return stats_range_json(stats, STAT_PASS, STAT_ABORTED);
}

json_t *stats_errors_json(const struct stats *stats)
{
	return stats_range_json(stats, STAT_ERROR_PLUGIN, STAT_ERROR_PROTOCOL);
}
