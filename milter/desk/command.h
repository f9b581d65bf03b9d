/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_COMMAND_H
#define POSTERN_DESK_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"

/*
 * What a person commands the desk: mark a thread, release or refuse a held message, record a fact from outside. The
 * daemon makes an event of the audit log of it; the command line checks with the same functions before it asks.
 */
enum desk_verb {
	DESK_VERB_DONE,      /* no response needed */
	DESK_VERB_UNDONE,
	DESK_VERB_SPAM,
	DESK_VERB_UNSPAM,
	DESK_VERB_RELEASING, /* about to take a message off hold: nothing has changed yet */
	DESK_VERB_RELEASE,   /* it went out: an answer from that second on */
	DESK_VERB_KEPT,      /* taking it off hold, or deleting it, failed: it is held as before */
	DESK_VERB_REFUSING,  /* about to delete it: nothing has changed yet */
	DESK_VERB_REFUSE,    /* it is deleted; nobody was answered */
	DESK_VERB_TOLD,      /* its sender got a mail that says why it was refused */
	DESK_VERB_REQUEST,   /* a first person wants it released or refused; the daemon alone records it, see hold.h */
	DESK_VERB_APPROVE,   /* a second one agrees */
	DESK_VERB_WITHDRAW,  /* the request is void */
	DESK_VERB_MILESTONE
};

/* Bytes of a request with its line feed; the control socket takes no longer one. */
#define DESK_REQUEST_MAX 4095
#define DESK_WHY_MAX 500
#define DESK_SUBJECT_MAX 64
#define DESK_NAME_MAX 40
#define DESK_SHOP_MAX 320
#define DESK_TERM_DAYS_MAX 3660

/* Views into the request; NULL where it has none. */
struct desk_command {
	enum desk_verb verb;
	const char *thread; /* key */
	const char *ref;    /* audit id of the message that it is about */
	const char *why;
	const char *reason; /* DESK_VERB_SPAM: "spam", "fraud" or "inappropriate" */
	const char *order;  /* DESK_VERB_MILESTONE: number of the order that all of them are about */
	const char *marketplace, *shop; /* DESK_VERB_MILESTONE: whose order it is */
	const json_t *milestones;
	bool by_hand;       /* DESK_VERB_RELEASE, DESK_VERB_REFUSE: somebody did it without postern */
	bool tell;          /* DESK_VERB_REFUSE: the sender is to be told by mail */
	const json_t *from; /* where the person is, as the client says: see desk_from_copy */
};

const char *desk_verb_name(enum desk_verb verb);
/*
 * Where the person is, as the client tells it: text members tty, host, ssh and sudo_user, each of bounded length, and
 * numbers login_uid (who logged in, as the client's kernel has it) and sudo_uid; with "told":true, since nobody checked
 * it. New reference; NULL when nothing was told.
 */
json_t *desk_from_copy(const json_t *from);
/* Reads and checks the form of a request. Whether it fits the state of its thread is not looked at. */
int desk_command_read(const json_t *request, struct desk_command *command_r, struct diag *d);
/*
 * Checks one milestone: a name of desk_milestone_names, the number of an order or case, a time. term_days 0: the notice
 * named none.
 */
int desk_milestone_check(const char *name, const char *subject, const char *time, int64_t term_days, struct diag *d);
/*
 * Seconds of a milestone's time. A date alone is noon UTC: that is the same day in every marketplace's zone, and days are
 * what most windows are counted in. 0, or -1 when it is none.
 */
int desk_milestone_time(const char *text, int64_t *seconds_r);
/* One of the three reasons of marketplaces for calling a message spam; -1 with all three in d. */
int desk_spam_reason_check(const char *reason, struct diag *d);

#endif
