/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters for "postern status" and monitoring. */
#include "daemon/stats.h"

#include <string.h>

#include "postern/plugin.h"

/*
 * Bounds where somebody would act differently. Judging: a plain reply takes about a millisecond, attachments and
 * long word lists ten to some hundred, milter.deadline is 20 s and milter.hang 60 s by default.
 */
static const struct series_bounds judge_bounds = {15, {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 20000000, 60000000}};
/* The sender's line counts, too: up to the 5 and 10 minutes that mail servers wait for one step (RFC 5321, 4.5.3.2). */
static const struct series_bounds message_bounds = {12, {5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000,
	30000000, 60000000, 300000000, 600000000}};
/* A group of fdatasync: some ten microseconds on flash with a safe cache, ten milliseconds on disks; more is trouble. */
static const struct series_bounds write_bounds = {13, {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	500000, 1000000, 5000000}};

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
	[STAT_CUT_OFF] = "cut_off",
	[STAT_RELOAD_OK] = "ok",
	[STAT_RELOAD_FAILED] = "failed",
};

void stats_init(struct stats *stats)
{
	series_init(&stats->messages, 3, NULL);
	series_init(&stats->findings, 3, NULL);
	series_init(&stats->plugin_errors, 2, NULL);
	series_init(&stats->overruns, 1, NULL);
	series_init(&stats->times[TIME_MESSAGE], 1, &message_bounds);
	series_init(&stats->times[TIME_JUDGE], 1, &judge_bounds);
	series_init(&stats->times[TIME_PLUGIN], 1, &judge_bounds);
	series_init(&stats->times[TIME_AUDIT], 0, &write_bounds);
	series_init(&stats->times[TIME_STORE], 0, &write_bounds);
}

const char *stats_name(enum counter counter)
{
	return stat_names[counter];
}

const char *stats_direction(unsigned direction)
{
	return direction == POSTERN_OUTBOUND ? "outbound" : "inbound";
}

void stats_count(struct stats *stats, enum counter counter)
{
	atomic_fetch_add_explicit(&stats->value[counter], 1, memory_order_relaxed);
}

unsigned long long stats_get(const struct stats *stats, enum counter counter)
{
	return atomic_load_explicit(&stats->value[counter], memory_order_relaxed);
}

void stats_count_action(struct stats *stats, enum action action, unsigned direction, const char *marketplace, int64_t now)
{
	static const enum counter stat_of[] = {
		[ACTION_PASS] = STAT_PASS,
		[ACTION_TAG] = STAT_TAG,
		[ACTION_HOLD] = STAT_HOLD,
		[ACTION_DEFER] = STAT_DEFER,
		[ACTION_REJECT] = STAT_REJECT,
	};

	stats_count(stats, stat_of[action]);
	series_count(&stats->messages, (const char *const[]){stats_direction(direction), action_name(action), marketplace});
	atomic_store(&stats->last_message, now);
}

/* Which way it went is perhaps not known yet. */
void stats_count_unjudged(struct stats *stats)
{
	stats_count(stats, STAT_DEFER);
	series_count(&stats->messages, (const char *const[]){"unknown", action_name(ACTION_DEFER), ""});
}

static void count_error(struct stats *stats, const struct finding *finding)
{
	bool late = finding->rule_id != NULL && strstr(finding->rule_id, "DEADLINE") != NULL;
	enum counter counter = late ? STAT_ERROR_DEADLINE : STAT_ERROR_PLUGIN;

	stats_count(stats, counter);
	series_count(&stats->plugin_errors, (const char *const[]){finding->plugin, late ? "deadline" : "error"});
}

void stats_count_findings(struct stats *stats, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct finding *finding = &verdict->findings[i];
		const char *action = finding->monitored ? "monitor" : action_name(finding->action);

		series_count(&stats->findings,
		    (const char *const[]){stats_direction(verdict->direction), action, finding->rule});
		/* The archive's is counted where it is recorded, also when mail goes on without it. */
		if (finding->error && (finding->rule_id == NULL || strcmp(finding->rule_id, "POSTERN-ARCHIVE") != 0))
			count_error(stats, finding);
	}
}

void stats_count_overruns(struct stats *stats, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->overrun_count; i++)
		series_count(&stats->overruns, &verdict->overruns[i].rule);
}

void stats_time(struct stats *stats, enum timing timing, const char *label, int64_t us)
{
	series_observe(&stats->times[timing], &label, us);
}

void stats_time_plugin(struct stats *stats, const char *plugin, int64_t us, int64_t deadline_ms)
{
	stats_time(stats, TIME_PLUGIN, plugin, us);
	if (us / 1000 > deadline_ms)
		series_count(&stats->plugin_errors, (const char *const[]){plugin, "overrun"});
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

static int put_overruns(void *arg, const struct series_table *table, const struct series *series)
{
	unsigned long long count = atomic_load(&series->count);

	if (count > 0)
		json_put_int(arg, series == &table->other ? "other" : series->label[0], (json_int_t)count);
	return 0;
}

json_t *stats_overruns_json(const struct stats *stats)
{
	json_t *object = json_object();

	series_each(&stats->overruns, put_overruns, object);
	return object;
}
