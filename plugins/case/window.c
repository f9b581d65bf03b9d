/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Too early, too late: a claim of a category with a window is looked at from some days after the delivery on, and not
 * any more after some others. Nothing is held for a delivery that nobody knows of.
 */
#include "case.h"

#include <stdio.h>
#include <time.h>

#define DAY 86400

/* "10d", "48h" in seconds; 0: none, or not understood. */
static int64_t span_of(const struct letter *letter, const char *window, const char *what)
{
	struct postern_slice text;
	char name[100];
	int64_t value = 0;

	snprintf(name, sizeof(name), "%.60s_%s", window, what);
	text = view_trim(letter->host->profile(letter->ctx, name));
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] >= '0' && text.ptr[i] <= '9' && value < 100000)
			value = value * 10 + (text.ptr[i] - '0');
		else if (i > 0 && i + 1 == text.len && (text.ptr[i] == 'd' || text.ptr[i] == 'h'))
			return value * (text.ptr[i] == 'd' ? DAY : 3600);
		else
			return 0;
	}
	return 0;
}

static void day_text(int64_t seconds, char out[16])
{
	time_t when = (time_t)seconds;
	struct tm day;

	if (gmtime_r(&when, &day) == NULL || strftime(out, 16, "%Y-%m-%d", &day) == 0)
		snprintf(out, 16, "?");
}

static enum postern_status judge_delivery(const struct letter *letter, const struct named *id, int64_t delivered,
    const char *window)
{
	int64_t opens = span_of(letter, window, "opens"), closes = span_of(letter, window, "closes");
	int64_t now = letter->message.received;
	char from[16], to[16], advice[300];

	day_text(delivered + opens, from);
	day_text(delivered + closes, to);
	if (opens > 0 && now < delivered + opens)
		snprintf(advice, sizeof(advice), "Too early until %s: delivered less than %lld days ago, and claims before that "
		    "are not investigated.", from, (long long)(opens / DAY));
	else if (closes > 0 && now > delivered + closes)
		snprintf(advice, sizeof(advice), "Too late since %s: delivered more than %lld days ago, such a claim is not "
		    "worked on any more.", to, (long long)(closes / DAY));
	else
		return POSTERN_OK;
	return letter_report(letter, "MP-CASE", id->value, advice, SCORE_HOLD);
}

enum postern_status window_check(struct letter *letter)
{
	const char *window = letter->category >= 0 ? letter->rule->categories.items[letter->category].window : "";
	enum postern_status status = POSTERN_OK;
	bool known = false;

	if (window[0] == '\0' || !letter_is_new(letter) || letter_is_notice(letter))
		return POSTERN_OK;
	for (size_t i = 0; i < letter->id_count && status == POSTERN_OK; i++) {
		int64_t delivered = 0;

		if (letter->host->milestone(letter->ctx, "delivered", letter->ids[i].value, &delivered) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
		known = known || delivered > 0;
		if (delivered > 0)
			status = judge_delivery(letter, &letter->ids[i], delivered, window);
	}
	if (status == POSTERN_OK && !known)
		status = letter->host->label(letter->ctx, "Delivery-Date-Unknown");
	return status;
}
