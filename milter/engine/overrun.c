/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule that takes more time than it should slows all mail down long before the message's deadline
 * ends it. That is no finding: it is recorded, counted and told, and the verdict stays.
 */
#include "engine/overrun.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "engine/judge.h"

/* One line a minute for each rule: enough to see it, too few to fill a disk. */
#define TELL_MS 60000
/* Of one message; as many as the audit log has of any list. */
#define OVERRUNS_MAX 50

bool overrun_is_told(struct overrun_log *log, int64_t now_ms, unsigned *quiet_r)
{
	int64_t next = atomic_load(&log->next_ms);

	*quiet_r = 0;
	if (now_ms < next || !atomic_compare_exchange_strong(&log->next_ms, &next, now_ms + TELL_MS)) {
		atomic_fetch_add(&log->quiet, 1);
		return false;
	}
	*quiet_r = atomic_exchange(&log->quiet, 0);
	return true;
}

static void tell(const struct judging *j, const struct active_rule *active, int64_t took_ms)
{
	char more[60] = "";
	unsigned quiet;

	if (!overrun_is_told(active->overruns, clock_monotonic_ms(), &quiet))
		return;
	if (quiet > 0)
		snprintf(more, sizeof(more), " (and %u times since this was last said)", quiet);
	log_warning("%s: rule '%s': plugin '%s' took %lld ms, over its budget of %lld ms%s", j->id, active->rule->name,
	    active->plugin->name, (long long)took_ms, (long long)active->rule->budget_ms, more);
}

static void note(struct judging *j, const struct active_rule *active, int64_t took_ms)
{
	if (j->overruns == NULL)
		j->overruns = arena_array(j->arena, OVERRUNS_MAX, sizeof(*j->overruns));
	if (j->overruns == NULL)
		j->lost = true;
	else if (j->overrun_count < OVERRUNS_MAX)
		j->overruns[j->overrun_count++] = (struct overrun){active->rule->name, active->plugin->name, took_ms,
		    active->rule->budget_ms};
}

void overrun_look(struct judging *j, const struct active_rule *active, int64_t took_ms)
{
	/* A rule made by a test has none. */
	if (active->rule->budget_ms <= 0 || took_ms <= active->rule->budget_ms)
		return;
	tell(j, active, took_ms);
	note(j, active, took_ms);
}
