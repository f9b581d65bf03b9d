/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_TXN_H
#define POSTERN_ENGINE_TXN_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/archive.h"
#include "audit/audit.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/slice.h"
#include "engine/generation.h"
#include "engine/verdict.h"
#include "store/store.h"

/*
 * A transaction: one message on its way through. Knows nothing of libmilter;
 * the daemon, "postern scan", the fuzzers and the tests call the same
 * functions. One thread at a time.
 */
struct txn;

/* What lies around a transaction. Optional members may be NULL. */
struct txn_services {
	const struct clock *clock;
	struct store *store; /* NULL: nothing is counted or looked up (a scan) */
	struct audit *audit; /* NULL: nothing is recorded (a scan) */
	struct archive *archive; /* NULL: raw messages are not kept */
	const struct audit_redact *redact; /* NULL: as is */
	/* Called around each plugin's check, so that a crash or hang can be blamed; may be NULL. */
	void (*plugin_enter)(void *arg, const char *plugin, const char *id, const char *digest);
	void (*plugin_leave)(void *arg);
	void *arg;
};

/* A new transaction that keeps a reference to generation; NULL when memory is out. */
struct txn *txn_new(struct generation *generation, const struct txn_services *services);
void txn_free(struct txn **txn);

/* The unique id: in replies, headers and the audit log. */
const char *txn_id(const struct txn *txn);

/* Who delivers. Each may be NULL: unknown. client is an IP address as text; account the authenticated user. */
struct txn_client {
	const char *client;
	const char *helo;
	const char *account;
	const char *daemon; /* name of the MTA's listener */
	bool local;         /* handed in on this machine, not by SMTP */
};
int txn_set_client(struct txn *txn, const struct txn_client *client, struct diag *d);
/* Forces the direction (postern scan); 0: the configuration, the client and the addresses decide. */
void txn_set_direction(struct txn *txn, unsigned direction);
/* POSTERN_INBOUND or POSTERN_OUTBOUND; call after the headers. */
unsigned txn_direction(struct txn *txn);
/* Envelope arguments as the MTA gives them, with or without <>. */
int txn_sender(struct txn *txn, const char *argument, struct diag *d);
int txn_recipient(struct txn *txn, const char *argument, struct diag *d);
/* Known later than the rest; NULL is ignored. Without memory for it the message gets an error as for its other parts. */
void txn_set_queue_id(struct txn *txn, const char *queue_id);
/* Whether the MTA can hold (quarantine) a message; default true. */
void txn_set_can_hold(struct txn *txn, bool can_hold);
/* A message that killed the process before: it is held with a finding instead of judged. */
void txn_set_poison(struct txn *txn, const char *plugin);

/*
 * The message that this one answers (postern scan --inbound), in place of what the store knows of the thread. It
 * must outlive the transaction.
 */
void txn_set_answered(struct txn *txn, struct slice raw);

/* value as received after the colon (with its leading space, folds as "\n\t" or CRLF). */
int txn_header(struct txn *txn, struct slice name, struct slice value, struct diag *d);
/* Piece of the body; call after the last header. */
int txn_body(struct txn *txn, const void *data, size_t len, struct diag *d);
/* The whole body was given: what is still to be stored is. Else that shows when the message is judged, and defers it. */
int txn_end(struct txn *txn, struct diag *d);
/* A whole message at once (instead of header and body): headers are split here. */
int txn_raw(struct txn *txn, struct slice raw, struct diag *d);

/* SHA-256 over envelope and headers, hex: what plugins that are asked by txn_scope are blamed by. After the headers. */
const char *txn_head_digest(struct txn *txn);
/* Mail to people at no marketplace is read, without asking plugins whether they want it. */
void txn_set_wanted(struct txn *txn);

enum txn_scope {
	TXN_UNCONCERNED, /* no marketplace, and no rule that looks further: let it pass, don't ask for more */
	TXN_STRIP,       /* none, but it carries forged X-Postern-* headers to remove */
	TXN_CONCERNED
};
/*
 * After the envelope (headers_done false: TXN_UNCONCERNED is final only for outbound mail, inbound mail
 * is TXN_CONCERNED until its headers are known) and again after the headers (true), where plugins may be asked whether
 * they want mail to people at no marketplace.
 */
enum txn_scope txn_scope(struct txn *txn, bool headers_done);

/*
 * Judges the message as far as it was given. The verdict belongs to the transaction. Never fails: what
 * goes wrong is a finding with DEFER.
 */
const struct verdict *txn_judge(struct txn *txn);
/*
 * Keeps the raw message in the archive, then writes the decision to the audit log, durable on return. On failure
 * *verdict_r is replaced by a 451 and -1 returned: nothing is accepted unrecorded. What can't be kept gets a 451, too,
 * which is recorded (0), unless archive.required says otherwise. Without services.audit nothing happens.
 */
int txn_record(struct txn *txn, const struct verdict **verdict_r, struct diag *d);
/* Why the message could not be kept in the archive; NULL: it was, or need not be. After txn_record. */
const char *txn_archive_error(const struct txn *txn);
/* Bytes of it that were taken in so far. */
size_t txn_size(const struct txn *txn);
/* SHA-256 over envelope and message, hex: the same for a retry of the same mail. Valid after the body is in. */
const char *txn_digest(struct txn *txn);
/* Header names (as given, with their 1-based index per name) of forged X-Postern-* headers, last first. */
struct txn_strip {
	const char *name;
	unsigned index;
};
size_t txn_strip_list(struct txn *txn, const struct txn_strip **list_r);

#endif
