/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_MAIL_H
#define POSTERN_CLI_MAIL_H

#include "cli/cli.h"

/* A mail to a person of ours, handed to sendmail(8) (desk { sendmail = ... }). */
struct cli_mail {
	const char *to;      /* cli_mail_is_address */
	const char *subject; /* ASCII, ours */
	struct slice text;   /* UTF-8, lines ended by LF */
	const char *name;    /* of a page of HTML that goes with it; NULL: none */
	struct slice page;
};

/* Whether text is one address and nothing else: it becomes a header line, or an argument. */
bool cli_mail_is_address(const char *text);
/* 0, or -1 with what sendmail complained of. */
int cli_mail_send(const struct config *config, const struct cli_mail *mail, struct diag *d);

#endif
