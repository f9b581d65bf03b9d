/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Too early, too late: a claim of a category with a window is looked at only while the marketplace's window is open.
 * Nothing is held for a delivery that nobody knows of.
 */
#include "case.h"

#include <stdio.h>

static enum postern_status judge_window(const struct letter *letter, const struct named *id,
    const struct postern_window *window)
{
	struct postern_slice first = window->first_day, last = window->last_day;
	char advice[300];

	if (window->state == POSTERN_WINDOW_WAITING)
		snprintf(advice, sizeof(advice), "Too early until %.*s: a claim before that day is not investigated.",
		    (int)first.len, first.ptr);
	else if (window->state == POSTERN_WINDOW_CLOSED)
		snprintf(advice, sizeof(advice), "Too late since %.*s, the last day: such a claim is not worked on any more.",
		    (int)last.len, last.ptr);
	else
		return POSTERN_OK;
	return letter_report(letter, "MP-CASE", id->value, advice, SCORE_HOLD);
}

enum postern_status window_check(struct letter *letter)
{
	const char *name = letter->category >= 0 ? letter->rule->categories.items[letter->category].window : "";
	enum postern_status status = POSTERN_OK;
	bool known = false;

	if (name[0] == '\0' || !letter_is_new(letter) || letter_is_notice(letter))
		return POSTERN_OK;
	for (size_t i = 0; i < letter->id_count && status == POSTERN_OK; i++) {
		struct postern_window window;

		status = letter->host->window(letter->ctx, name, letter->ids[i].value, &window);
		if (status != POSTERN_OK)
			return status;
		known = known || window.state != POSTERN_WINDOW_UNKNOWN;
		status = judge_window(letter, &letter->ids[i], &window);
	}
	if (status == POSTERN_OK && !known)
		status = letter->host->label(letter->ctx, "Delivery-Date-Unknown");
	return status;
}
