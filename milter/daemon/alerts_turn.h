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
#include "desk/window.h"
#include "store/store.h"

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

enum alert_kind { ALERT_INQUIRY, ALERT_RATE, ALERT_MESSAGE, ALERT_WINDOW };

/* What is told. Text belongs to the turn's arena. */
struct alert {
	enum alert_kind kind;
	const char *key;      /* the thread's, or what the store knows the alert by: "warning:DIGEST", "window:..." */
	const char *marketplace, *shop, *customer, *subject, *order; /* ALERT_WINDOW: order is the number it is about */
	const char *what;     /* ALERT_MESSAGE: its kind, "warning"; ALERT_WINDOW: the window's name */
	const char *id;       /* ALERT_MESSAGE: audit id */
	const char *detail;   /* ALERT_MESSAGE: which filter; ALERT_WINDOW: its title */
	int64_t opened, due;  /* ALERT_MESSAGE: opened: when it came; ALERT_WINDOW: when it opened, its last second */
	const struct desk_window_state *window; /* ALERT_WINDOW, while it is offered */
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
	enum alert_kind kind;
	int64_t opened;
	unsigned recorded;
	unsigned took[ALERTS_WAYS_MAX];
};

struct alerts_state {
	struct alerts_memory *memory; /* by key and opened */
	size_t memory_count;
	char *ways[ALERTS_WAYS_MAX];  /* names that took[] is indexed by */
	int64_t rate_asked;           /* when the rates were looked at last */
	int64_t windows_asked;        /* the windows; 0: to be looked at in the next turn */
	unsigned windows_by;          /* by which generation of the configuration */
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
	enum store_alarm_kind asked;  /* which messages are being offered */
	bool windows_looked;          /* windows were reckoned in this turn */
	struct alerts_result result;
};

/* One turn as of turn->now; service, site, state and stop are set. Everything else is made and freed inside. */
void alerts_turn(struct alerts_turn *turn);
/* Room for one more; NULL when memory is out. */
struct alert *alerts_add(struct alerts_turn *turn);
/* A failure for status and log: kept as the last one. */
__attribute__((format(printf, 2, 3)))
void alerts_failed(struct alerts_turn *turn, const char *fmt, ...);
/*
 * Takes an alert up into the turn when some way is to give it now, with a copy of its texts (NULL is ""). 0, or 1: no
 * room for more in this turn. kind, key, opened and known say what it is and what was given before; the rest is told.
 */
int alerts_offer(struct alerts_turn *turn, struct alert *alert);
/* Whether this gateway, of those that share a store, gives what the alert's ways want. */
bool alerts_are_ours(const struct alerts_turn *turn, const struct alert *alert);

/* ---- alerts_memory.c ---- */

/* What is remembered of an alert, or NULL; and whether there is anything of that kind. */
const struct alerts_memory *alerts_recall(const struct alerts_state *state, const char *key, int64_t opened);
bool alerts_remembers(const struct alerts_state *state, enum alert_kind kind);
/* Keeps of the turn's alerts what the store will not tell the next one. */
void alerts_remember(struct alerts_turn *turn);
/* Another configuration may have other ways. */
void alerts_adapt_memory(struct alerts_turn *turn);
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
/* "inquiry", "rate", "window", "warning", "spam-filtered". */
const char *alerts_kind_name(const struct alert *alert);
/* One line: "OVERDUE by 2 h: walmart, order 1, ..." without line feed. */
void alerts_line(const struct alerts_turn *turn, const struct alert *alert, unsigned level, struct buf *line);

/* ---- alerts_rate.c ---- */

/* Adds an alert for each shop and marketplace whose rate is near or below the line, and was not told of for a day. */
void alerts_rates(struct alerts_turn *turn);
/* Notes that it was given. */
int alerts_rate_given(const struct alerts_turn *turn, const struct alert *alert, struct diag *d);

/* ---- alerts_message.c ---- */

/* Offers mail that is told of at once. -1: the store can't be read, which is said. */
int alerts_messages(struct alerts_turn *turn, enum store_alarm_kind kind);

/* ---- alerts_window.c ---- */

/* Offers windows that close soon. As alerts_messages. */
int alerts_windows(struct alerts_turn *turn);
/* After everything was given: what is not done is looked at again in the next turn. */
void alerts_windows_told(struct alerts_turn *turn);

#endif
