/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_AUDIT_H
#define POSTERN_CLI_AUDIT_H

#include <stdbool.h>

#include "cli/cli.h"

/* Options of the sub-commands of "postern audit" beside those of show. */
struct cli_audit_options {
	const char *dir; /* NULL: the configured log */
	struct cli_values public_keys, checkpoints;
	bool make;
};

/* "postern audit verify", "checkpoint" and "key"; each returns an enum cli_exit. */
int cli_audit_verify(struct cli *cli, const struct cli_audit_options *options);
int cli_audit_checkpoint(struct cli *cli, const struct cli_audit_options *options);
int cli_audit_key(struct cli *cli, const struct cli_audit_options *options);

#endif
