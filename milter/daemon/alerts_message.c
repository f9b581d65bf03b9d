/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail that people are told of at once: a marketplace's that another filter called
 * spam, and its warning letters. The store knows which; it forgets what was told.
 */
#include "daemon/alerts_turn.h"

/*
 * What is older is told no more: after a store was made anew from years of log, or with a way that fails for weeks, nobody
 * needs to hear of old letters "at once".
 */
#define NEWS_SECONDS ((int64_t)7 * 86400)

static int note_alarm(void *arg, const struct store_alarm *alarm)
{
	struct alerts_turn *turn = arg;
	const bool warning = turn->asked == STORE_ALARM_WARNING;
	struct alert alert = {
		.kind = ALERT_MESSAGE, .key = alarm->key, .marketplace = alarm->marketplace, .shop = alarm->shop,
		.customer = alarm->customer, .subject = alarm->subject, .order = alarm->order, .id = alarm->id,
		.what = store_alarm_name(turn->asked), .detail = warning ? "" : alarm->detail, .opened = alarm->time,
		.known = alarm->given ? ALERT_AT_ONCE : 0,
	};

	return alerts_offer(turn, &alert);
}

/* What was told already is looked at only while some way has still to take one. */
int alerts_messages(struct alerts_turn *turn, enum store_alarm_kind kind)
{
	const bool wanted = kind == STORE_ALARM_WARNING ? turn->config->warnings : turn->config->spam_filtered;
	struct diag d = {0};

	turn->asked = kind;
	if (!wanted || store_alarms(turn->service->store, kind, turn->now - NEWS_SECONDS,
	    alerts_remembers(turn->state, ALERT_MESSAGE), note_alarm, turn, &d) != -1)
		return 0;
	alerts_failed(turn, "what is to be told at once can't be read: %s", d.text);
	return -1;
}
