/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_REPORT_H
#define POSTERN_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/json.h"
#include "desk/zone.h"

/*
 * What was found in a period, by rule, person, account and week, and what people decided otherwise: counted from the
 * audit log alone, which is read once, in order. Nothing is kept but the groups, the decisions of people, held
 * messages that nobody decided about, and what came within REPORT_RETRY_SECONDS (report/seen.h).
 *
 * A mail that was tried again (the same digest) counts once: the attempt that came furthest, of those the first, as the
 * store counts it (store/event.h). A violation is a message in which a rule found something that tags, holds or
 * refuses: once per message and rule. What has no effect (a rule on trial, a finding that is too weak) is counted
 * apart, and so is a rule that could not judge.
 */

/* Mail servers give up after five days (Postfix's maximal_queue_lifetime, sendmail's queuereturn). */
#define REPORT_RETRY_SECONDS ((int64_t)7 * 86400)
/* Weeks that a report can span: ten years. */
#define REPORT_WEEKS_MAX 522

enum report_by {
	REPORT_BY_RULE,
	REPORT_BY_AGENT,
	REPORT_BY_ACCOUNT,     /* the mail server's: the user who logged in */
	REPORT_BY_SHOP,        /* the seller's at a marketplace */
	REPORT_BY_MARKETPLACE,
	REPORT_BY_WEEK,
	REPORT_BY_DAY,
	REPORT_BY_COUNT
};

/* "rule", "agent" ... */
const char *report_by_name(enum report_by by);
/* 0, or -1 when name is none of them. */
int report_by_read(const char *name, enum report_by *by_r);

/* Counts of messages. */
struct report_count {
	int64_t messages;   /* judged */
	int64_t violating;  /* in which at least one rule found a violation */
	int64_t violations; /* messages times rules */
	int64_t tagged, held, refused, deferred; /* what became of them; of a rule: what the rule asks for */
	int64_t trial;      /* with a finding that has no effect */
	int64_t failed;     /* that a rule could not judge */
	int64_t exempt;     /* that a rule did not look at, by an exemption */
	int64_t released, denied; /* held ones that a person let go out, or refused; in the week of that decision */
};

struct report_group {
	char *name;               /* "" : none */
	char *ids;                /* of a rule: its rule ids as "MP-LINK, MP-URL" */
	struct report_count all;
	struct report_count *weeks; /* report->week_count of them; NULL for weeks and days */
};

struct report_week {
	char label[16]; /* "2026-W47", ISO 8601 */
	int64_t from, to;
	bool whole;     /* lies in the period from its first to its last second */
	const struct report_group *group;
};

/* What a configuration leaves out, and how often it did. */
enum report_override_kind {
	REPORT_EXEMPT_SENDER,
	REPORT_EXEMPT_RECIPIENT,
	REPORT_HOLD_SENDER, /* held instead of refused */
	REPORT_TRIAL,       /* a rule's findings without effect: monitor, monitor_until, below min_score */
	REPORT_MONITOR      /* everything, or this sender's mail, went through: monitor, monitor_senders */
};

struct report_override {
	enum report_override_kind kind;
	char *rule, *entry, *until; /* "": none */
	int64_t count;              /* messages */
	int64_t first, last;        /* when */
};

/* "exempt_senders", "hold_senders", "trial" ... */
const char *report_override_name(enum report_override_kind kind);

/* A person's word about a held message. */
struct report_decision {
	int64_t time;
	bool released;
	bool by_hand;  /* without postern */
	char *id;      /* audit id of the message */
	char *by, *why;
	char *rules;   /* that held it, as "external-links, phone" */
	char *agent, *shop, *marketplace;
};

struct report_query {
	int64_t from, to; /* from <= time < to */
	const struct zone *zone;
	bool inbound;     /* incoming mail instead of outgoing */
	/* Only these; NULL: all. Case of ASCII letters does not matter. rule: a rule's name or a rule id. */
	const char *marketplace, *rule, *agent;
};

struct report {
	struct report_query query;
	struct report_count all;
	int64_t first; /* time of the first message in the period; 0: none */
	struct report_week *weeks;
	size_t week_count;
	/*
	 * Those with anything to tell: most refused and held first, weeks and days in their order. A rule's messages
	 * are all that were judged.
	 */
	struct report_list {
		struct report_group **items;
		size_t count;
	} by[REPORT_BY_COUNT];
	struct report_override *overrides;
	size_t override_count;
	struct report_decision *decisions; /* in the log's order */
	size_t decision_count;
	struct groups *tables; /* what the lists point into */
};

/* Reads the log of audit_dir. NULL with the reason. The query's texts and zone are the caller's and have to stay. */
struct report *report_read(const char *audit_dir, const struct report_query *query, struct diag *d);
void report_free(struct report **report);

/* The Monday, as local day, on which the week of a second begins. */
int64_t report_monday(const struct zone *zone, int64_t utc);
/* Violating messages in tenths per hundred judged; -1: none were judged. Of a rule its violations. */
int64_t report_rate(const struct report_count *count);
/* Index of the week that a reader wants: the last whole one with messages before or in it, else the last one. */
size_t report_week_of_interest(const struct report *report);

/*
 * Rules of which people often decide otherwise, so that a look at the rule may be worth it. Of so many decisions at
 * least, and so many in a hundred were releases; so many in a hundred messages were exempt. A judgement of ours, no
 * marketplace's.
 */
#define REPORT_DECIDED_MIN 5
#define REPORT_RELEASED_PERCENT 50
#define REPORT_EXEMPT_MIN 10
#define REPORT_EXEMPT_PERCENT 10
bool report_often_released(const struct report_group *rule);
bool report_often_exempt(const struct report_group *rule);

#endif
