/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_DIGEST_H
#define POSTERN_CLI_DIGEST_H

#include "cli/desk.h"

/* What a person has to look at now, as lines of text. */
struct digest {
	struct cli_desk *desk;
	const char *shop;   /* NULL: all */
	struct buf text;
	json_t *json;       /* the same, by parts */
	int64_t overdue, due, held, closing, at_risk; /* how many of each */
};

/* Gathers everything. 0, or -1 with the reason. Freed with digest_free. */
int digest_read(struct digest *digest, struct diag *d);
void digest_free(struct digest *digest);
/* Is there anything to do? */
bool digest_urgent(const struct digest *digest);

#endif
