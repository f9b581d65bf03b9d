/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of at once. Of windows, ask_facts.c has the level of the alert that is due. */
#include "ask.h"
#include "store/store.h"

struct alarms {
	json_t *rows;
	enum store_alarm_kind kind;
};

static int add_alarm(void *arg, const struct store_alarm *alarm)
{
	const struct alarms *alarms = arg;
	json_t *row = json_object();

	json_put_str(row, "kind", store_alarm_name(alarms->kind));
	json_put_str(row, "key", alarm->key);
	row_time(row, "time", alarm->time);
	json_put_str(row, "marketplace", alarm->marketplace);
	json_put_str(row, "shop", alarm->shop);
	json_put_str(row, "subject", alarm->subject);
	json_put_str(row, "filter", alarm->detail);
	json_array_append_new(alarms->rows, row);
	return 0;
}

/* Of the last seven days, as the daemon asks it. */
int ask_alarm(struct question *question, json_t *rows, struct diag *d)
{
	int64_t now = clock_now(&question->play->world->clock);
	struct diag why = {0};

	for (int kind = 0; kind < STORE_ALARM_KINDS; kind++) {
		struct alarms alarms = {rows, (enum store_alarm_kind)kind};

		if (store_alarms(question->store, alarms.kind, now - 7 * 86400, 0, add_alarm, &alarms, &why) != 0)
			return question_error(question, d, "%s", why.text);
	}
	return 0;
}
