/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_TALLY_H
#define POSTERN_REPORT_TALLY_H

#include "policy/action.h"
#include "report/groups.h"
#include "store/event.h"

/* What one message adds to a report, read from its record once; shared by whoever may still need it. */
struct tally {
	unsigned refs;
	int64_t time;
	enum action action;
	bool monitored; /* nothing was done: monitor mode */
	struct report_group *agent, *account, *shop, *marketplace;
	struct tally_rule {
		struct report_group *group;
		enum action action; /* the strictest of its violations; ACTION_PASS: none */
		bool trial, failed, exempt;
	} *rules;
	size_t rule_count;
	size_t *overrides;  /* places in counting->overrides */
	size_t override_count;
};

/* A report in the making. */
struct counting {
	struct report *report;
	struct groups groups[REPORT_BY_COUNT];
	struct report_override *overrides;
	size_t override_count;
};

/* Reads what a message adds; NULL: memory is out. Counts nothing yet. */
struct tally *tally_read(struct counting *counting, const json_t *event, const struct store_event *e);
void tally_free(struct tally **tally);
/* Counts a message, when it lies in the period. 0, or -1 when memory is out. */
int tally_count(struct counting *counting, const struct tally *tally);
/* Counts a person's decision about a held message, in the week of time. 0, or -1 when memory is out. */
int tally_decide(struct counting *counting, const struct tally *tally, int64_t time, bool released);
/* Whether a rule held the message, so that a release goes against it. */
bool tally_rule_holds(const struct tally_rule *rule);

#endif
