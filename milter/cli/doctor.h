/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_DOCTOR_H
#define POSTERN_CLI_DOCTOR_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_PROBLEM };

/* One examination: what was found so far. */
struct doctor {
	struct cli *cli;
	struct config *config;
	json_t *status;          /* the daemon's, or NULL */
	const char *postfix_dir; /* configuration directory, or NULL: Postfix's default */
	json_t *checks;          /* with --json */
	enum doctor_level worst;
};

/* Reports one check: its name, what was seen, and (when not fine) what to do. advice may be NULL. */
__attribute__((format(printf, 5, 6)))
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *advice,
    const char *fmt, ...);

/*
 * Speaks the milter protocol with whoever listens at socket (libmilter's
 * form): negotiates and says goodbye. 0, or -1 with what went wrong.
 */
int doctor_milter_ping(const char *socket, struct diag *d);

/* A parameter of main.cf as Postfix sees it, trimmed. -1: there is no Postfix, or it does not know it. */
int doctor_postconf(const struct doctor *doctor, const char *parameter, struct buf *out);

/* Looks at the folders and sockets that posternd needs: may the user that it runs as write there, and nobody else? */
void doctor_folders(struct doctor *doctor);

/* Looks at the mail server: is Postern asked at all, and what happens when it fails? */
void doctor_mta(struct doctor *doctor);

#endif
