/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_PROFILE_H
#define POSTERN_POLICY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/slice.h"
#include "desk/sla.h"
#include "desk/subject.h"
#include "desk/thread.h"
#include "desk/window.h"
#include "mail/ids.h"
#include "mail/message.h"
#include "policy/config.h"

/*
 * Marketplace profiles: what a marketplace's addresses, mail and rules look
 * like, as dated values from marketplaces/ (.conf files) of the shipped and site rules directories.
 * Immutable once loaded.
 */
struct profiles;
struct marketplace;
struct milestone_form;
struct pattern;

/* A kind of inbound mail: "buyer", "customer-care", "notice", "copy" ... */
struct mail_kind {
	char *name;
	char **labels; /* NULL-terminated; may be empty */
	char *clock;   /* name of the clock it starts, or NULL */
	bool answers;  /* a copy of an answer given elsewhere: stops the clock */
	bool is_case;  /* mail about a case with the marketplace's support */
	const char *failed; /* "bounce" or "rejection": it says that mail of ours was not delivered; NULL: not so */
	struct pattern *customer; /* group 1 in the Subject of a copy: whom it answers; NULL: not told */
	struct milestone_form *milestones; /* dated facts that it tells: profiles_milestones */
};

/* A mailbox of a marketplace's support, which is written to about cases. */
struct support {
	const char *name;
	const char *channel;  /* who answers there: "specialist", "warehouse" ... */
	const char *language; /* in which it is best written to; NULL: any */
};

struct profiles *profiles_load(const struct config *config, struct diag *d);
void profiles_free(struct profiles **profiles);

const char *marketplace_name(const struct marketplace *market);
const char *marketplace_title(const struct marketplace *market);
/* Number patterns of this marketplace and the common ones (tracking numbers). */
const struct id_set *marketplace_ids(const struct marketplace *market);
/* What is sound but dangerous in them, a line each with file:line; "" for nothing. */
const char *profiles_warnings(const struct profiles *profiles);
/* Those of all marketplaces, for mail that goes to none. */
const struct id_set *profiles_ids(const struct profiles *profiles);
/* Iteration over all, for listings. */
size_t profiles_count(const struct profiles *profiles);
const struct marketplace *profiles_get(const struct profiles *profiles, size_t index);
const struct marketplace *profiles_find(const struct profiles *profiles, const char *name);

/*
 * The marketplace that a recipient's address belongs to: 1 and *market_r, 0: none,
 * -1: error. Cheap: called for every recipient of all outgoing mail.
 */
int profiles_recipient(const struct profiles *profiles, struct slice address,
    const struct marketplace **market_r, struct diag *d);
/*
 * Whether an address is of a marketplace's support at that time ("support" of a profile): 1 and both, 0: it is not,
 * -1: error. message: mail from there, whose text may tell by an entry's signature who answered; NULL: mail to
 * there. Addresses of customers are to be asked for first.
 */
int profiles_support(const struct profiles *profiles, struct slice address, int64_t at, const struct message *message,
    const struct marketplace **market_r, const struct support **support_r, struct diag *d);
/*
 * The marketplace that inbound mail comes from, by exact domain of envelope sender and From, and
 * which kind of mail it is, by the profile's patterns over addresses, headers and, when message has
 * text, the body. The kinds of "common" are tried first, for all mail. 1: it comes from a marketplace (*kind_r may be
 * NULL: no pattern fits) or is of a common kind (*market_r may be NULL), 0: neither, -1: error. With headers
 * alone a kind that also asks for something else may not be the right one.
 */
int profiles_sender(const struct profiles *profiles, struct slice envelope_sender,
    const struct message *message, const struct marketplace **market_r,
    const struct mail_kind **kind_r, struct diag *d);

/*
 * Whether From poses as a marketplace (*market_r) without being one: its domain as a part of another, its name
 * or what looks like it in a stranger's domain, an address of its as the display name. *what_r: the text that does.
 * 1, 0, or -1 with the reason.
 */
int profiles_pose(const struct profiles *profiles, struct arena *arena, const struct message *message,
    const struct marketplace **market_r, struct slice *what_r, struct diag *d);
/* Whether a domain is the marketplace's: a listed one, one below it, or one of its other_domains. */
bool marketplace_owns(const struct marketplace *market, struct slice domain);
/*
 * Where in a text of the marketplace's mail the customer's own words stand: 1 and [*begin_r, *end_r), 0: it has no
 * frame, -1: error. The first begin and the last end count, so that nobody ends his own words early.
 */
int marketplace_frame(const struct marketplace *market, struct slice text, size_t *begin_r, size_t *end_r, struct diag *d);
/* Who writes about a case ("warehouse"), by sender and signature: 1 and *name_r, 0 and NULL, -1: error. */
int marketplace_channel(const struct marketplace *market, const struct message *message, const char **name_r, struct diag *d);
/* Which filter marked the message as spam: 1 and *name_r, 0 and NULL, -1: error. */
int profiles_spam(const struct profiles *profiles, const struct message *message, const char **name_r, struct diag *d);

/* A dated fact that a message of a kind tells. */
struct mail_milestone {
	const char *name;     /* "denial" */
	struct slice subject; /* number of the order or case; a view into the message */
	int64_t time;         /* the day that the text names (noon UTC), else receipt */
	int term_days;        /* the notice's own term; 0: none is named */
};
/*
 * The milestones of a message of that kind into list (max entries at most). Needs the message's text and ids.
 * *unnamed_r: it tells of one, but names no order or case. 0, or -1 with the reason.
 */
int profiles_milestones(const struct mail_kind *kind, const struct message *message, int64_t received,
    struct mail_milestone *list, size_t max, size_t *count_r, bool *unnamed_r, struct diag *d);

/* The customer's name in the Subject of mail of that kind; empty: it names none. -1: error. */
int profiles_customer(const struct mail_kind *kind, const struct message *message, struct slice *name_r, struct diag *d);

/*
 * Whether a fact of the "common" section holds of a customer's text ("asks", "phone"), or of a link ("link_wrapper"): one of its expressions
 * fits. 1, 0, or -1 with the reason.
 */
int profiles_fact(const struct profiles *profiles, const char *name, struct slice text, struct diag *d);

/* The thread a relay address belongs to: what stays the same across a customer's mail (the whole
 * address in lower case, without what the profile says changes). Into out as text. */
int marketplace_thread_key(const struct marketplace *market, struct slice address, char *out, size_t size);
/*
 * The n-th kind of number that parts the mail of one address at that time (value "thread_by" without its "alias"), the
 * strictest first: what a message names of the first kind tells its thread, else of the second ... False: there are no more.
 */
bool marketplace_thread_number(const struct marketplace *market, int64_t at, size_t n, struct slice *kind_r);
/* Whether all customers have that address in common at that time (value "shared_addresses"): it tells of no thread. */
bool marketplace_address_is_shared(const struct marketplace *market, struct slice address, int64_t at);

/*
 * A dated value as of seconds at: text, lists joined by commas; that of "common" where the profile has none, else
 * SLICE_NONE.
 * *since_r and *source_r (may be NULL) tell which value was used.
 */
struct slice marketplace_value(const struct marketplace *market, const char *name, int64_t at,
    int64_t *since_r, const char **source_r);
/* A named clock as of that time, or NULL. */
const struct sla_clock *marketplace_clock(const struct marketplace *market, const char *name, int64_t at);
/* All its clocks, every version of each, newest first; NULL past the last one. For listings. */
const struct sla_clock *marketplace_clock_at(const struct marketplace *market, size_t index);
/* The zone in which it counts days: that of its first window, else of its first clock that has one; NULL: none has. */
const struct zone *marketplace_zone(const struct marketplace *market);
/* All versions of all windows; desk_windows finds those that hold. */
const struct desk_window *marketplace_windows(const struct marketplace *market, size_t *count_r);
/*
 * Reckons windows and refund of a subject by the terms of its marketplace (desk_subject_reckon); without a profile for it
 * there are no windows. 0, or -1: memory is out.
 */
int profiles_reckon(const struct profiles *profiles, struct desk_subject *subject, bool in_time, int64_t now);
/* Which messages make an inquiry there ("inquiry_unit"; a burst when it says nothing). */
enum desk_unit marketplace_inquiry_unit(const struct marketplace *market, int64_t at);

/* Below which response rate the marketplace acts. */
struct rate_line {
	int percent;
	int days;     /* over how long; 0: the profile does not say */
	int64_t since;
	const char *source;
};

/* The line as of seconds at ("response_rate_percent", "response_rate_days"): 1, or 0 when the profile has none. */
int marketplace_rate_line(const struct marketplace *market, int64_t at, struct rate_line *line_r);
/* Days after that of the delivery at that time in which goods may be returned: the value return_window_days; 0: none. */
int marketplace_return_days(const struct marketplace *market, int64_t at);
/* Whether an automatic reply stops the clock there ("auto_reply_counts"). */
bool marketplace_auto_reply_counts(const struct marketplace *market, int64_t at);

#endif
