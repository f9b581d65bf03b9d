/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_REPORT_H
#define POSTERN_MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"
#include "mail/message.h"

/* Mail that says that other mail was not delivered: which one, and why. */

/* Message-IDs that one report may name; a report is about one message. */
#define REPORT_IDS_MAX 20

struct delivery_report {
	struct slice ids[REPORT_IDS_MAX]; /* "<...>": of the returned message, In-Reply-To, References; each once */
	size_t id_count;
	bool has_action;    /* it has the fields of RFC 3464 */
	bool failed;        /* and one recipient's Action is "failed" */
	struct slice status; /* "5.1.1", of the first that failed; empty: not said */
};

/*
 * Reads a whole message line by line, whatever its structure: RFC 3464 reports, and what MTAs wrote before it.
 * header is the same message's header section. Everything is a view into raw. Linear; never fails. Written by
 * strangers: what it names is a claim.
 */
void delivery_report_read(struct slice raw, const struct message *header, struct delivery_report *out);

#endif
