/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_HELD_SHOW_H
#define POSTERN_CLI_HELD_SHOW_H

#include "cli/held.h"

/* What "postern held show" has gathered. */
struct held_show {
	struct cli_desk *desk;
	struct hold hold;
	struct arena *arena;
	struct buf raw;
	const char *source;   /* of raw: "archive" or "queue"; NULL: it is not to be had */
	struct diag unread;   /* why not */
	struct message message;
	json_t *entry;        /* for --json: id and what the store says of the thread */
};

/* Whether a part's text is shown; the others are attachments or containers. */
bool held_is_shown(const struct mail_part *part);
/* held_page.c: as text. */
int held_page(const struct held_show *show);

#endif
