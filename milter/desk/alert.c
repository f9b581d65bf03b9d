/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which alert an inquiry, a window or a message gives at a second. What was given already comes from
 * the audit log, so that nothing has to be kept here.
 */
#include "desk/alert.h"

#define DAY 86400
#define HOUR 3600

int alert_levels_add(struct alert_levels *levels, unsigned level)
{
	unsigned place = levels->count;

	if (alert_levels_has(levels, level))
		return 0;
	if (levels->count == ALERT_LEVELS_MAX)
		return -1;
	for (; place > 0 && levels->level[place - 1] > level; place--)
		levels->level[place] = levels->level[place - 1];
	levels->level[place] = level;
	levels->count++;
	return 0;
}

bool alert_levels_has(const struct alert_levels *levels, unsigned level)
{
	for (unsigned i = 0; i < levels->count; i++)
		if (levels->level[i] == level)
			return true;
	return false;
}

bool alert_is_quiet(const struct alert_quiet *quiet, int64_t now)
{
	int64_t local, second;

	if (quiet->zone == NULL)
		return false;
	local = zone_local(quiet->zone, now);
	second = local - zone_day(local) * DAY;
	if (quiet->from <= quiet->until)
		return quiet->from <= second && second < quiet->until;
	return second >= quiet->from || second < quiet->until;
}

static bool is_crossed(const struct desk_inquiry *inquiry, int64_t now, unsigned level)
{
	int64_t passed = (now - inquiry->opened) * 100;
	int64_t share = (inquiry->due - inquiry->opened) * (int64_t)level;

	return level < 100 ? passed >= share : passed > share;
}

unsigned alert_level(const struct alert_plan *plan, const struct desk_inquiry *inquiry, int64_t now, unsigned given)
{
	bool quiet = alert_is_quiet(&plan->quiet, now) && inquiry->due - inquiry->opened >= plan->urgent;

	if (inquiry->outcome != INQUIRY_OPEN || inquiry->opened > now)
		return 0;
	for (unsigned i = plan->levels.count; i > 0 && plan->levels.level[i - 1] > given; i--) {
		unsigned level = plan->levels.level[i - 1];

		if (is_crossed(inquiry, now, level) && (!quiet || alert_levels_has(&plan->always, level)))
			return level;
	}
	return 0;
}

unsigned alert_window_urgency(unsigned hours)
{
	return ALERT_HOURS_MAX + 1 - hours;
}

unsigned alert_window_level(const struct alert_plan *plan, const struct desk_window_state *window, int64_t now,
    unsigned given)
{
	int64_t left = window->closes - now;

	if ((window->state != WINDOW_OPEN && window->state != WINDOW_CLOSING) || left < 0 || now < window->opens)
		return 0;
	if (alert_is_quiet(&plan->quiet, now) && left >= plan->urgent)
		return 0;
	for (unsigned i = 0; i < plan->windows.count; i++) {
		unsigned hours = plan->windows.level[i];

		if (left <= (int64_t)hours * HOUR)
			return alert_window_urgency(hours) > given ? alert_window_urgency(hours) : 0;
	}
	return 0;
}

unsigned alert_message_level(const struct alert_plan *plan, int64_t now, unsigned given)
{
	return given == 0 && !alert_is_quiet(&plan->quiet, now) ? ALERT_AT_ONCE : 0;
}
