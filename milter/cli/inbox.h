/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_INBOX_H
#define POSTERN_CLI_INBOX_H

#include "cli/desk.h"

/* The inbox as read at one time: rows and counts that can be shown again while their clocks run on. */
struct inbox {
	struct cli_desk *desk;
	struct store_filter filter;
	int64_t page;        /* from 1 */
	json_t *rows;        /* array of threads, as --json prints them */
	struct store_counts counts; /* of the shop and marketplace */
};

/* Reads rows and counts anew, as of desk->now. 0, or -1. */
int inbox_read(struct inbox *inbox, struct diag *d);
void inbox_free(struct inbox *inbox);
/* {"total","unanswered","due_24h","overdue"}; new reference. */
json_t *inbox_counts(const struct inbox *inbox);
/* Prints what fits into lines (0: everything) lines, with the time left as of now. */
void inbox_show(const struct inbox *inbox, int64_t now, int lines);

/*
 * Shows the inbox until the user ends it: every second on a terminal, with --json a line each time the store
 * was read, which is every refresh seconds. CLI_OK or CLI_ERROR.
 */
int inbox_watch(struct inbox *inbox, int64_t refresh);

#endif
