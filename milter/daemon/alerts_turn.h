/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_ALERTS_TURN_H
#define POSTERN_DAEMON_ALERTS_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "daemon/service.h"

/* Log, command, mail; and one for each shop and escalation. */
#define ALERTS_WAYS_MAX (3 + CONFIG_ALERTS_AUDIENCES_MAX)
/* Of many alerts at once (after an import, or a week without the daemon) so many are told one by one. */
#define ALERTS_TOLD_MAX 50

enum way_kind { WAY_LOG, WAY_MAIL, WAY_COMMAND };

/* One way to tell people, and whom. */
struct alerts_way {
	enum way_kind kind;
	char name[400];       /* "log", "mail", "shop:NAME", "escalate:NAME", "command" */
	const char *title;    /* escalations: their name, else NULL */
	const char *shop;     /* only of this shop; NULL: any */
	unsigned at;          /* from this level on */
	char *const *mail;
};

enum alert_kind { ALERT_INQUIRY, ALERT_RATE };

/* What is told. Text belongs to the turn's arena. */
struct alert {
	enum alert_kind kind;
	const char *key;      /* the thread's, or "rate:MARKETPLACE:SHOP" */
	const char *marketplace, *shop, *customer, *subject, *order;
	int64_t opened, due;  /* ALERT_INQUIRY */
	int permille, percent, days; /* ALERT_RATE: the rate, the line, over how long */
	int64_t misses_left;  /* ALERT_RATE: below 0: it is below the line */
	unsigned known;       /* the highest level that the store knows to be given */
	unsigned recorded;    /* the highest that the log has */
	unsigned wants[ALERTS_WAYS_MAX]; /* the level to be given now by each way; 0: none */
	unsigned took[ALERTS_WAYS_MAX];  /* the highest given by it */
};

/* What the store does not know yet, kept from turn to turn: given but not recorded, or given by some ways only. */
struct alerts_memory {
	char *key;
	int64_t opened;
	unsigned recorded;
	unsigned took[ALERTS_WAYS_MAX];
};

struct alerts_state {
	struct alerts_memory *memory; /* by key and opened */
	size_t memory_count;
	char *ways[ALERTS_WAYS_MAX];  /* names that took[] is indexed by */
	int64_t rate_asked;           /* when the rates were looked at last */
};

/* What became of a turn. */
struct alerts_result {
	size_t given;    /* alerts that became events of the log */
	size_t failures; /* hand-overs that failed */
	size_t waiting;  /* alerts that some way did not take */
	char error[512]; /* the last failure, or "" */
};

struct alerts_turn {
	struct service *service;
	const struct site *site;
	const struct config_alerts *config;
	struct alerts_state *state;
	atomic_bool *stop;
	int64_t now;
	struct arena *arena;
	struct alerts_way ways[ALERTS_WAYS_MAX];
	size_t way_count;
	struct alert *alerts;
	size_t count, room;
	struct alerts_result result;
};

/* One turn as of turn->now; service, site, state and stop are set. Everything else is made and freed inside. */
void alerts_turn(struct alerts_turn *turn);
/* Room for one more; NULL when memory is out. */
struct alert *alerts_add(struct alerts_turn *turn);
/* A failure for status and log: kept as the last one. */
__attribute__((format(printf, 2, 3)))
void alerts_failed(struct alerts_turn *turn, const char *fmt, ...);
void alerts_state_free(struct alerts_state *state);

/* ---- alerts_ways.c ---- */

/* The ways of the configuration, in the order in which they are used. */
void alerts_ways(struct alerts_turn *turn);
/* Whether the alert is one for that way. */
bool alerts_concerns(const struct alerts_turn *turn, const struct alerts_way *way, const struct alert *alert);
/* Hands the alerts that want the way over, all at once. 0: it took them; -1 with the reason: none. */
int alerts_give(const struct alerts_turn *turn, size_t way, struct diag *d);

/* ---- alerts_text.c ---- */

/* A mail, and the JSON that a command gets: so many alerts that want the way are told one by one, all are counted. */
void alerts_mail(const struct alerts_turn *turn, size_t way, struct buf *mail);
int alerts_json(const struct alerts_turn *turn, size_t way, struct buf *out);
/* One line: "OVERDUE by 2 h: walmart, order 1, ..." without line feed. */
void alerts_line(const struct alerts_turn *turn, const struct alert *alert, unsigned level, struct buf *line);

/* ---- alerts_rate.c ---- */

/* Adds an alert for each shop and marketplace whose rate is near or below the line, and was not told of for a day. */
void alerts_rates(struct alerts_turn *turn);
/* Notes that it was given. */
int alerts_rate_given(const struct alerts_turn *turn, const struct alert *alert, struct diag *d);

#endif
