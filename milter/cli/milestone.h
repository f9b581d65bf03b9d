/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_MILESTONE_H
#define POSTERN_CLI_MILESTONE_H

#include "cli/desk.h"

/* One dated fact that somebody enters; texts belong to the caller. */
struct milestone {
	const char *name, *order, *time;
	const char *marketplace; /* "" when it was not said */
	int64_t term_days;       /* 0: none */
};

/* Checks it, its name also for a likely misspelling of one that a profile's window knows. 0 or -1. */
int milestone_check(const struct cli_desk *desk, const struct milestone *milestone, struct diag *d);
json_t *milestone_json(const struct milestone *milestone);

/* A file of them; see postern-milestone(1). CLI_OK, CLI_NEGATIVE (with partial: some lines were left out) or CLI_ERROR. */
int milestone_import(struct cli_desk *desk, const char *path, const char *why, bool partial);

#endif
