/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_ARCHIVE_H
#define POSTERN_CLI_ARCHIVE_H

#include "cli/desk.h"
#include "store/archived.h"

/* What was given after "postern archive SUB". */
struct archive_call {
	const char *name[HOLD_KINDS]; /* --order, --thread, --address */
	const char *why, *class, *since, *until, *limit, *output;
	bool dry_run, all, quick;
};

/* The one of --order, --thread and --address that was given into name_r: 1; 0: none; -1 after cli_usage: several. */
int archive_call_name(const struct archive_call *call, struct store_hold_name *name_r);
/* The second until which a message of a class is kept by its days; 0: for ever. */
int64_t archive_kept_until(const struct config *config, enum archive_class class, int64_t time);

/* A message as list and show give it; new reference. */
json_t *archive_message_json(const struct config *config, const struct store_archived *archived);

/* archive_list.c, archive_purge.c, archive_verify.c. operand may be NULL. An exit status. */
int archive_list_run(struct cli_desk *desk, const struct archive_call *call);
int archive_stats_run(struct cli_desk *desk);
int archive_purge_run(struct cli_desk *desk, const struct archive_call *call);
int archive_hold_run(struct cli_desk *desk, const struct archive_call *call);
int archive_release_run(struct cli_desk *desk, const struct archive_call *call, const char *operand);
int archive_holds_run(struct cli_desk *desk, const struct archive_call *call);
int archive_verify_run(struct cli_desk *desk, const struct archive_call *call);

#endif
