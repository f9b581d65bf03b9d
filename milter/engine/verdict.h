/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_VERDICT_H
#define POSTERN_ENGINE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/slice.h"
#include "policy/action.h"

struct inbound;

/* A finding as policy sees it. */
struct finding {
	const char *rule;      /* name of the administrator's rule, or "postern" for the engine's own */
	const char *rule_id;   /* "MP-LINK" */
	const char *plugin;
	enum action action;    /* the rule's */
	bool monitored;        /* recorded, without effect */
	bool error;            /* the rule could not judge */
	struct slice where;    /* "subject", "text", "signature", "header Reply-To", "attachment x.pdf", "link" */
	struct slice evidence; /* excerpt, UTF-8, at most 200 bytes, as found */
	const char *advice;
	const char *policy;    /* "Walmart G10", or NULL */
	int score;
	const char *what;        /* what was found, for people: the rule id's help; may be NULL */
	const char *marketplace; /* whose rule it was; may be NULL */
};

/* A rule that did not judge the message, and by which entry of which list. */
struct exemption {
	const char *rule;
	const char *by;    /* "exempt_senders", "exempt_recipients" */
	const char *entry;
	const char *until; /* last day, or NULL */
};

/* A check that took more wall time than its rule's budget; it changes nothing. */
struct overrun {
	const char *rule;
	const char *plugin;
	int64_t took_ms;
	int64_t budget_ms;
};

enum sla_change { SLA_NONE, SLA_STARTS, SLA_STOPS, SLA_RUNS };

struct verdict_header {
	const char *name;  /* "X-Postern-..." */
	const char *value; /* ASCII, one line, at most 900 bytes */
};

struct verdict {
	char id[21];               /* finds the audit entry */
	enum action action;
	enum action would;         /* what action would be without monitor mode */
	const char *hold_party;    /* held instead of refused, by this entry of hold_senders; NULL: not so */
	bool monitor;              /* in monitor mode: nothing is done, no header is changed */
	unsigned direction;        /* POSTERN_INBOUND or POSTERN_OUTBOUND */
	bool outside;              /* outbound mail to people at no marketplace that rules looked at */
	const char *marketplace;   /* NULL: concerns none */
	const char *kind;          /* inbound kind, or NULL */
	const struct finding *findings;
	size_t finding_count;
	const struct exemption *exemptions; /* rules that were left out */
	size_t exemption_count;
	const struct overrun *overruns; /* checks that took too long */
	size_t overrun_count;
	const char **labels;
	size_t label_count;
	enum sla_change sla;
	const char *sla_clock;     /* SLA_STARTS: its name */
	int64_t sla_due;           /* seconds UTC */
	int64_t sla_hours;         /* left at receipt */
	int64_t sla_since;         /* SLA_STARTS: since when the clock's value holds, and where it stands */
	const char *sla_source;
	const char *sla_unit;      /* SLA_STARTS: what counts as one inquiry, "burst", "message" or "first" */
	bool answers;              /* stops the thread's clock: an answer that goes out, or the copy of one */
	bool auto_reply;
	const char *thread;        /* inbound: key of the thread; NULL: none */
	struct slice order;        /* inbound: number of the order; SLICE_NONE: none is named */
	const char *subject;       /* raw value that Subject gets, LF folds; NULL: it stays */
	const struct inbound *inbound; /* what else is known of incoming mail; NULL: it was not looked at */
	const struct verdict_header *headers; /* to be inserted on top, first one topmost */
	size_t header_count;
	bool strip_headers;        /* forged X-Postern-* are to be removed */
	/* The reply for REJECT and DEFER: lines for smfi_setmlreply, ASCII, '%' doubled, at most 32 of at most 900 bytes. */
	const char *code;          /* "550", "451" */
	const char *enhanced;      /* "5.7.1", "4.7.1" ... fits the code */
	const char **reply;
	size_t reply_count;
	const char *hold_reason;   /* for HOLD, one line of ASCII */
};

/* Facts that deciding needs besides findings. */
struct verdict_input {
	unsigned direction;
	bool monitor;           /* everything, or this sender, is in monitor mode */
	bool never_refuse;      /* a bounce or a notice of the MTA itself: at most tag */
	bool can_hold;          /* the MTA offers quarantine; else hold becomes reject */
	const char *hold_party; /* the sender shows nobody a refusal: reject becomes hold; NULL: not so */
	size_t recipients;
	size_t marketplaces;    /* how many the recipients belong to */
	const char *id;
};

/*
 * Maps findings to an action: the strictest one of those not monitored. Pure. Fills action, code,
 * enhanced, reply and hold_reason of verdict from its findings; -1 when memory is out.
 */
int verdict_decide(struct arena *arena, const struct verdict_input *input, struct verdict *verdict);
/* The verdict when memory is out: 451, static, belongs to nobody. */
extern const struct verdict verdict_no_memory;
/* "none", "starts", "stops", "runs". */
const char *sla_change_name(enum sla_change change);
/* The object that "postern scan --json" prints, without "file"; new reference. */
json_t *verdict_json(const struct verdict *verdict);
/* One finding as it stands in that object; new reference. */
json_t *finding_json(const struct finding *finding);
/* The rules that were left out, [{"rule","by","entry","until"}]; new reference, NULL when memory is out. */
json_t *exemptions_json(const struct verdict *verdict);
/* The checks that took too long, [{"rule","plugin","ms","budget_ms"}]; new reference, NULL when memory is out. */
json_t *overruns_json(const struct verdict *verdict);

#endif
