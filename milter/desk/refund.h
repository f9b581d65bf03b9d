/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_REFUND_H
#define POSTERN_DESK_REFUND_H

#include <stdbool.h>

#include "desk/window.h"

/* Where a refund stands that the marketplace gave in the seller's name. */
enum refund_state {
	REFUND_NONE,     /* no refund is known */
	REFUND_ISSUED,
	REFUND_DISPUTED,
	REFUND_DENIED,   /* an appeal is possible */
	REFUND_APPEALED, /* by an appeal, or by a second dispute, which counts as one */
	REFUND_CLOSED    /* the appeal was denied too, the seller was paid back, or the case was closed */
};

struct refund_status {
	enum refund_state state;
	int64_t refunded, disputed, denied, appealed, closed; /* 0: not; denied: the first denial */
	int64_t delivered, returned; /* 0: not known; returned: the first request for a return */
	unsigned disputes;  /* how many were filed; one is allowed */
	bool repeated;      /* a second dispute was filed: it is reviewed as an appeal of the first */
	bool may_dispute;   /* as far as its history goes; the window says whether it is in time */
	bool may_appeal;
	bool outside_return_window; /* refunded, with no return asked for, after it: full reimbursement is possible */
	const char *reason; /* why may_dispute is false; NULL when it is true */
};

/*
 * The state of one refund as of now, from its milestones (refund, dispute, denial, appeal, grant, closed; delivered and
 * return-requested) in any order; the same name on the same day (UTC) is the same. answered_in_time: every inquiry of
 * the order was answered in time, else a dispute is denied. return_days: whole days (UTC) after that of the delivery in
 * which goods may be returned, the profile's return_window_days; 0: not known. 0, or -1: memory is out.
 */
int desk_refund(const struct desk_milestone *milestones, size_t count, int64_t now, bool answered_in_time, int return_days,
    struct refund_status *status_r);
/* "none", "issued", "disputed", "denied", "appealed", "closed". */
const char *refund_state_name(enum refund_state state);

#endif
