/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_AUTHRES_H
#define POSTERN_MAIL_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"
#include "mail/message.h"

/*
 * What the site's own mail servers found out about a message's origin: its Authentication-Results
 * (RFC 8601), as far as they can be trusted.
 */
enum auth_outcome {
	AUTH_ABSENT, /* nothing was said of it */
	AUTH_PASS,
	AUTH_FAIL,   /* "fail", of SPF also "softfail" */
	AUTH_NONE,   /* there was nothing to check: no signature, no record */
	AUTH_UNSURE  /* neutral, policy, an error, a word that nobody knows */
};

/* Domains that passed; more in one message than that are of no use. */
#define AUTH_DOMAINS_MAX 16

struct auth_results {
	bool present;              /* at least one field of a configured server */
	enum auth_outcome dmarc, spf, dkim;
	struct slice domains[AUTH_DOMAINS_MAX]; /* for which DKIM or SPF passed; views into the message */
	size_t domain_count;
};

/*
 * Reads the topmost fields of servers in authserv_ids (NULL-terminated, compared without case; NULL or empty:
 * none counts). Servers put theirs on top, so the run ends at the first field of another server and at the second
 * Received: whatever stands below came with the message and may be forged. Of several values the
 * worst counts for DMARC and SPF, the best for DKIM (one good signature is enough).
 */
void auth_results_read(const struct message *message, char *const *authserv_ids, struct auth_results *out);

#endif
