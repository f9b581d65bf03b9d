/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_JUDGE_H
#define POSTERN_ENGINE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "engine/ruleset.h"
#include "engine/txn.h"
#include "engine/verdict.h"
#include "mail/message.h"

/* Internal to the engine: one message while its rules run. */

struct answered;

/* One message in the eyes of one marketplace after the other. */
struct judging {
	/* Given. */
	struct arena *arena;
	const struct generation *generation;
	const struct txn_services *services;
	const char *id;
	const char *digest;
	unsigned direction;
	int64_t received;
	struct slice sender;
	struct slice account;
	const struct slice *recipients;
	const struct marketplace *const *markets; /* of each recipient; NULL: not known */
	const struct support *const *supports;    /* likewise; an entry NULL: no support's mailbox */
	size_t recipient_count;
	struct slice raw;
	const struct message *head; /* its headers, all of them; NULL: not read yet */
	int64_t deadline; /* monotonic milliseconds; 0: none */
	bool late;        /* that it passed is noted */
	const char *slowest; /* rule that took longest, and how long */
	int64_t slowest_ms;

	/* The marketplace whose turn it is. */
	const struct marketplace *market;
	const struct mail_kind *kind;
	const struct support *support; /* which the message goes to, or comes from; NULL: none */
	unsigned audience;             /* AUDIENCE_*: whom it goes to there */
	struct message *message;
	size_t *attachments; /* indexes of parts */
	size_t attachment_count;
	enum postern_quotes quotes;
	struct slice answered_raw;      /* postern scan --inbound; SLICE_NONE: the store is asked */
	struct answered *answered;      /* what was looked up of the thread; NULL: not yet (answered.h) */
	struct postern_inbound inbound; /* what this message answers: after answered_load */

	/* What was found. */
	struct finding *findings;
	size_t finding_count, finding_cap;
	struct exemption *exemptions;
	size_t exemption_count;
	struct overrun *overruns;
	size_t overrun_count;
	const char **labels;
	size_t label_count;
	bool auto_reply;
	const char *clock; /* started; NULL: none */
	int64_t clock_start, clock_due, clock_since;
	const char *clock_source;
	struct pattern_texts *texts; /* what was searched: patterns.h */
	struct weighed *weighed;     /* segments that models have weighed: host_wording.c */
	bool lost; /* memory ran out: something found may be missing */
};

/* One call of a plugin's check. */
struct postern_ctx {
	struct judging *judging;
	const struct postern_plugin *plugin;
	const struct rule *rule;
	size_t reported;
	enum postern_status trouble; /* the worst that the host had to answer */
	const char *reason;          /* of the first trouble */
	bool late;                   /* the message's time passed within it */
	const char *cut;             /* what was not searched to its end; NULL: nothing */
	bool decided;                /* a finding with the rule's own action is there: it can't become stricter */
	bool bodiless;               /* wants is called: the body is not there, and nothing is reported */
};

/* Decodes the message with what the rules of this direction need. -1: memory is out (lost is set). */
int judge_decode(struct judging *j, unsigned needs);
/* Gives back what searches kept; when the last rule has run. */
void patterns_forget(struct judging *j);
/* The same of what models have weighed. */
void wording_forget(struct judging *j);
/* What all active rules of a direction for one of these audiences need together. */
unsigned judge_needs(const struct generation *generation, unsigned direction, unsigned audience);
/* Makes market's turn: its ids are found when others were before. -1: memory. */
int judge_enter(struct judging *j, const struct marketplace *market, const struct mail_kind *kind);
/* Whether an active rule looks at mail of j's direction for j's audience at j's marketplace. */
bool judge_applies(const struct judging *j, const struct active_rule *active);
/* Whether the rule's plugin has to see more than the headers, which are in j->message; so it is when that can't be said. */
bool judge_wants(struct judging *j, const struct active_rule *active);
/* Runs one rule; what goes wrong becomes a finding. */
void judge_rule(struct judging *j, const struct active_rule *active);
/* Runs all rules that apply to direction, marketplace and sender, until the deadline. */
void judge_rules(struct judging *j);
/* Whether the deadline is over; then, once, a finding that defers the message. next: the rule whose turn it was; NULL: the last was done. */
bool judge_late(struct judging *j, const char *next);
/* Passed limits and undecodable parts as findings of the engine. */
void judge_limits(struct judging *j);
/*
 * A rule whose search was cut short, by too many matches or by PCRE2's limits: with a finding of its full action what
 * is missing changes nothing, and is noted only; else the message gets what a passed limit gets. It is never deferred:
 * the next try would find the same.
 */
void judge_cut(struct judging *j, const struct active_rule *active, const struct postern_ctx *ctx);
/* Adds a finding of the engine itself; text is copied. NULL and lost when memory is out. */
struct finding *judge_note(struct judging *j, const char *rule, const char *plugin, const char *id,
    enum action action, bool error, const char *what, const char *evidence);
/* The reason when memory is out. */
extern const char judge_no_memory[];
/* Adds a label, each once. NULL, or why it could not be added. */
const char *judge_label(struct judging *j, const char *label);
/* Whether so many findings are there that one more, which could not make the verdict stricter, is left out. */
bool judge_has_enough(const struct judging *j, enum action action, bool monitored);
/* Appends; NULL and lost when memory is out. */
struct finding *judge_finding(struct judging *j);

#endif
