/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adapter to libmilter. State hangs on the connection only: libmilter runs
 * the callbacks of one connection, even two pieces of one body, on different
 * threads, may leave out any callback, and may close after any.
 */
#include "daemon/mlfi.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/text.h"
#include "daemon/delivery.h"
#include "daemon/peers.h"
#include "daemon/privilege.h"

/* Commands above libmilter's 64 KiB would end the connection, and the MTA's default action decide. */
#define MAX_DATA_SIZE 1048576
#define REPLY_LINES 32

enum message_state { MESSAGE_NONE, MESSAGE_LIVE, MESSAGE_ACCEPTED, MESSAGE_REFUSED };

/* A connection from the MTA: made with the first callback, whichever that is. */
struct session {
	unsigned long actions;
	unsigned long steps;
	struct peer peer;
	enum message_state state;
	struct delivery *delivery; /* MESSAGE_LIVE */
	struct connection *connection; /* NULL: not known */
	bool scoped;               /* the envelope was looked at as a whole */
	bool strip_only;           /* read on just to know which headers to remove */
	/* libmilter keeps macros that the MTA does not send again: the last message's id is not this one's. */
	char stale_queue_id[64];
	char queue_id[64];
};

/* libmilter's callbacks have no argument of ours. Set before it runs. */
static struct service *service;

static char name_filter[] = "postern";

/* What we ask of the MTA, as far as it offers it. */
#define ACTIONS_WANTED (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST)
#define ACTIONS_NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS)
#define STEPS_WANTED (SMFIP_NOUNKNOWN | SMFIP_SKIP | SMFIP_HDR_LEADSPC | SMFIP_NR_CONN | SMFIP_NR_HELO | \
	SMFIP_NR_RCPT | SMFIP_NR_HDR)

/* ---- sessions ------------------------------------------------------------ */

static struct session *session_get(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session != NULL)
		return session;
	session = calloc(1, sizeof(*session));
	if (session == NULL)
		return NULL;
	if (smfi_setpriv(ctx, session) != MI_SUCCESS) {
		free(session);
		return NULL;
	}
	session->connection = peers_current();
	if (session->connection == NULL)
		log_warning("libmilter reads in an unknown way: mail servers that stall are not cut off");
	atomic_fetch_add(&service->stats.sessions, 1);
	return session;
}

static void message_end(struct session *session, enum message_state state, bool aborted)
{
	peers_message(session->connection, false);
	delivery_end(&session->delivery, aborted);
	if (session->queue_id[0] != '\0')
		memcpy(session->stale_queue_id, session->queue_id, sizeof(session->stale_queue_id));
	session->queue_id[0] = '\0';
	session->state = state;
	session->scoped = false;
	session->strip_only = false;
}

/* Without the bytes that a macro's value from a stranger may bring along. */
static void copy_text(char *dst, size_t size, const char *text)
{
	text_sanitize(dst, size, slice_str(text != NULL ? text : ""), TEXT_FOR_LOG);
}

static void note_queue_id(SMFICTX *ctx, struct session *session)
{
	static char symbol[] = "i";
	const char *id = smfi_getsymval(ctx, symbol);

	if (id == NULL || *id == '\0' || strcmp(id, session->stale_queue_id) == 0)
		return;
	snprintf(session->queue_id, sizeof(session->queue_id), "%s", id);
	if (session->delivery != NULL)
		delivery_set_queue_id(session->delivery, id);
}

static bool no_reply(const struct session *session, unsigned long step)
{
	return (session->steps & step) != 0;
}

/* ---- replies ------------------------------------------------------------- */

static sfsistat reply_refusal(SMFICTX *ctx, const struct refusal *refusal)
{
	char code[8], enhanced[16], text[512];

	snprintf(code, sizeof(code), "%s", refusal->code);
	snprintf(enhanced, sizeof(enhanced), "%s", refusal->enhanced);
	snprintf(text, sizeof(text), "%s", refusal->text);
	if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
		log_error("libmilter refused the reply \"%s %s %s\"", code, enhanced, text);
	return SMFIS_TEMPFAIL;
}

static sfsistat reply_error(SMFICTX *ctx)
{
	static const struct refusal error = {"451", "4.3.0", "The mail filter has a temporary problem, please try again later"};

	return reply_refusal(ctx, &error);
}

/* libmilter wants the lines as arguments, up to the first NULL. */
static int set_reply_lines(SMFICTX *ctx, const struct verdict *verdict)
{
	const char *l[REPLY_LINES] = {NULL};
	size_t i;

	for (i = 0; i < verdict->reply_count && i < REPLY_LINES; i++)
		l[i] = verdict->reply[i];
	return smfi_setmlreply(ctx, verdict->code, verdict->enhanced, l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7],
	    l[8], l[9], l[10], l[11], l[12], l[13], l[14], l[15], l[16], l[17], l[18], l[19], l[20], l[21], l[22],
	    l[23], l[24], l[25], l[26], l[27], l[28], l[29], l[30], l[31], (const char *)NULL);
}

static bool reply_fits(const struct verdict *verdict, char class)
{
	return verdict->code != NULL && verdict->enhanced != NULL && verdict->code[0] == class &&
	    verdict->enhanced[0] == class && verdict->reply_count > 0;
}

static sfsistat reply_verdict(SMFICTX *ctx, const struct verdict *verdict)
{
	bool reject = verdict->action == ACTION_REJECT;
	char code[8], enhanced[8], text[128];

	/* A code that does not fit is dropped silently by one MTA and turned into a retry loop by another. */
	if (!reply_fits(verdict, reject ? '5' : '4') || set_reply_lines(ctx, verdict) != MI_SUCCESS) {
		log_error("%s: libmilter refused the reply's text; a general one is given", verdict->id);
		snprintf(code, sizeof(code), "%s", reject ? "550" : "451");
		snprintf(enhanced, sizeof(enhanced), "%s", reject ? "5.7.1" : "4.3.0");
		snprintf(text, sizeof(text), "Message %s by policy (%s)", reject ? "refused" : "deferred", verdict->id);
		if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
			log_error("%s: libmilter refused the general reply, too", verdict->id);
	}
	return reject ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* ---- changes at the end of message ---------------------------------------- */

static int strip_forged(SMFICTX *ctx, struct session *session)
{
	const struct txn_strip *list;
	size_t i, count = delivery_strip_list(session->delivery, &list);

	for (i = 0; i < count; i++) {
		char name[256];

		snprintf(name, sizeof(name), "%s", list[i].name);
		if (smfi_chgheader(ctx, name, (int)list[i].index, NULL) != MI_SUCCESS)
			return -1;
	}
	return 0;
}

static bool header_safe(const struct verdict_header *header)
{
	const unsigned char *p;

	for (p = (const unsigned char *)header->value; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	for (p = (const unsigned char *)header->name; *p != '\0'; p++)
		if (*p <= 0x20 || *p > 0x7e || *p == ':')
			return false;
	return p != (const unsigned char *)header->name && strlen(header->value) <= 900;
}

static int insert_headers(SMFICTX *ctx, const struct session *session, const struct verdict *verdict)
{
	size_t i;

	/* Each goes on top, so the topmost comes last. */
	for (i = verdict->header_count; i-- > 0;) {
		const struct verdict_header *header = &verdict->headers[i];
		char name[128], value[1024];

		if (!header_safe(header))
			return -1;
		snprintf(name, sizeof(name), "%s", header->name);
		/* With SMFIP_HDR_LEADSPC the MTA adds no space after the colon. */
		snprintf(value, sizeof(value), "%s%s", no_reply(session, SMFIP_HDR_LEADSPC) ? " " : "", header->value);
		if (smfi_insheader(ctx, 0, name, value) != MI_SUCCESS)
			return -1;
	}
	return 0;
}

/* The first Subject; one that is missing is added. */
static int change_subject(SMFICTX *ctx, const struct session *session, const struct verdict *verdict)
{
	static char name[] = "Subject";
	char *value;
	int rc;

	if (verdict->subject == NULL)
		return 0;
	if (asprintf(&value, "%s%s", no_reply(session, SMFIP_HDR_LEADSPC) ? " " : "", verdict->subject) < 0)
		return -1;
	rc = smfi_chgheader(ctx, name, 1, value) == MI_SUCCESS ? 0 : -1;
	free(value);
	return rc;
}

static int quarantine(SMFICTX *ctx, const struct verdict *verdict)
{
	char reason[512];

	text_sanitize(reason, sizeof(reason), slice_str(verdict->hold_reason != NULL ? verdict->hold_reason : "held"),
	    TEXT_FOR_HEADER);
	return smfi_quarantine(ctx, reason) == MI_SUCCESS ? 0 : -1;
}

/* What was not done, or NULL. A message is never let through half changed without a word. */
static const char *apply_changes(SMFICTX *ctx, struct session *session, const struct verdict *verdict)
{
	if (verdict->strip_headers && strip_forged(ctx, session) != 0)
		return "removing forged headers";
	if (change_subject(ctx, session, verdict) != 0)
		return "tagging the subject";
	if (insert_headers(ctx, session, verdict) != 0)
		return "adding headers";
	if (verdict->action == ACTION_HOLD && quarantine(ctx, verdict) != 0)
		return "holding it";
	return NULL;
}

static sfsistat apply_verdict(SMFICTX *ctx, struct session *session, const struct verdict *verdict)
{
	const char *failed;

	if (verdict->action < ACTION_DEFER) {
		failed = apply_changes(ctx, session, verdict);
		if (failed != NULL) {
			delivery_not_applied(session->delivery, failed);
			return reply_error(ctx);
		}
	}
	delivery_applied(session->delivery, verdict);
	return verdict->action < ACTION_DEFER ? SMFIS_CONTINUE : reply_verdict(ctx, verdict);
}

void mlfi_progress(void *ctx)
{
	const struct session *session = smfi_getpriv(ctx);

	/* A peer that does not read would hold up who tells it, and all others with it. */
	if (session != NULL && !peers_takes(session->connection))
		return;
	if (smfi_progress(ctx) != MI_SUCCESS)
		log_debug("the MTA could not be told of progress");
}

/* ---- callbacks ------------------------------------------------------------ */

static void ask_macros(SMFICTX *ctx)
{
	static char at_connect[] = "{daemon_name} {if_addr}", at_mail[] = "i {auth_authen} {daemon_name}",
	            at_later[] = "i";

	smfi_setsymlist(ctx, SMFIM_CONNECT, at_connect);
	smfi_setsymlist(ctx, SMFIM_ENVFROM, at_mail);
	smfi_setsymlist(ctx, SMFIM_DATA, at_later);
	smfi_setsymlist(ctx, SMFIM_EOH, at_later);
	smfi_setsymlist(ctx, SMFIM_EOM, at_later);
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long unused2,
    unsigned long unused3, unsigned long *actions_r, unsigned long *steps_r, unsigned long *unused2_r,
    unsigned long *unused3_r)
{
	struct session *session = session_get(ctx);

	(void)unused2;
	(void)unused3;
	if (session == NULL)
		return SMFIS_REJECT;
	session->actions = actions & ACTIONS_WANTED;
	session->steps = steps & STEPS_WANTED;
	session->peer.can_hold = (session->actions & SMFIF_QUARANTINE) != 0;
	if ((session->actions & ACTIONS_NEEDED) != ACTIONS_NEEDED) {
		stats_count(&service->stats, STAT_ERROR_PROTOCOL);
		log_warning("the MTA does not let its filters %s headers: messages that need it get 451",
		    session->actions & SMFIF_ADDHDRS ? "change" : "add");
	}
	if (session->actions & SMFIF_SETSYMLIST)
		ask_macros(ctx);
	*actions_r = session->actions;
	*steps_r = session->steps;
	*unused2_r = 0;
	*unused3_r = 0;
	return SMFIS_CONTINUE;
}

/* Handed in on this machine: the MTA names no client, or one of its own making without a port. */
static void note_address(struct session *session, const char *host, const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	char *client = session->peer.client;
	socklen_t size = sizeof(session->peer.client);

	if (address == NULL) {
		session->peer.local = host != NULL && strcmp(host, "localhost") == 0;
	} else if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, client, size);
		session->peer.local = in->sin_port == 0 && strcmp(client, "127.0.0.1") == 0;
	} else if (address->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, client, size);
		session->peer.local = in6->sin6_port == 0 && strcmp(client, "::1") == 0;
	} else if (address->sa_family == AF_UNIX) {
		session->peer.local = true;
	}
}

static sfsistat on_connect(SMFICTX *ctx, char *host, struct sockaddr *address)
{
	struct session *session = session_get(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session->peer.client[0] = '\0';
	session->peer.local = false;
	note_address(session, host, address);
	return no_reply(session, SMFIP_NR_CONN) ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
	struct session *session = session_get(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	copy_text(session->peer.helo, sizeof(session->peer.helo), helo);
	return no_reply(session, SMFIP_NR_HELO) ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_mail(SMFICTX *ctx, char **argv)
{
	static char symbol_auth[] = "{auth_authen}", symbol_daemon[] = "{daemon_name}";
	struct session *session = session_get(ctx);
	struct refusal refusal = {0};

	if (session == NULL)
		return reply_error(ctx);
	/* A second MAIL without an end of the first: that one is over. */
	message_end(session, MESSAGE_NONE, session->state == MESSAGE_LIVE);
	copy_text(session->peer.daemon, sizeof(session->peer.daemon), smfi_getsymval(ctx, symbol_daemon));
	session->delivery = delivery_begin(service, &session->peer, smfi_getsymval(ctx, symbol_auth), argv[0], &refusal);
	session->state = session->delivery != NULL ? MESSAGE_LIVE : MESSAGE_REFUSED;
	if (session->delivery == NULL)
		return reply_refusal(ctx, &refusal);
	peers_message(session->connection, true);
	return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv)
{
	struct session *session = session_get(ctx);

	/* A failure is remembered and answered at the next step. */
	if (session != NULL && session->state == MESSAGE_LIVE)
		delivery_recipient(session->delivery, argv[0]);
	/* A reply that the MTA does not wait for would be taken for the next step's. */
	if (session != NULL && no_reply(session, SMFIP_NR_RCPT))
		return SMFIS_NOREPLY;
	if (session == NULL || session->state == MESSAGE_NONE || session->state == MESSAGE_REFUSED)
		return SMFIS_TEMPFAIL;
	return SMFIS_CONTINUE;
}

/* What to answer at a step of a message that is not being read. */
static sfsistat answer_not_live(const struct session *session)
{
	return session != NULL && session->state == MESSAGE_ACCEPTED ? SMFIS_ACCEPT : SMFIS_TEMPFAIL;
}

static sfsistat give_up(SMFICTX *ctx, struct session *session)
{
	sfsistat status = reply_refusal(ctx, delivery_failure(session->delivery));

	stats_count_unjudged(&service->stats);
	message_end(session, MESSAGE_REFUSED, false);
	return status;
}

static sfsistat let_through(struct session *session)
{
	delivery_unconcerned(session->delivery);
	message_end(session, MESSAGE_ACCEPTED, false);
	return SMFIS_ACCEPT;
}

static sfsistat on_data(SMFICTX *ctx)
{
	struct session *session = session_get(ctx);

	if (session == NULL || session->state != MESSAGE_LIVE)
		return answer_not_live(session);
	note_queue_id(ctx, session);
	session->scoped = true;
	if (delivery_failure(session->delivery) != NULL)
		return give_up(ctx, session);
	return delivery_scope(session->delivery, false) == TXN_UNCONCERNED ? let_through(session) : SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *session = session_get(ctx);

	if (session == NULL || session->state != MESSAGE_LIVE)
		return session != NULL && no_reply(session, SMFIP_NR_HDR) ? SMFIS_NOREPLY : answer_not_live(session);
	/* Peers before version 4 send no DATA. */
	if (!session->scoped && !no_reply(session, SMFIP_NR_HDR)) {
		session->scoped = true;
		if (delivery_failure(session->delivery) != NULL)
			return give_up(ctx, session);
		if (delivery_scope(session->delivery, false) == TXN_UNCONCERNED)
			return let_through(session);
	}
	delivery_header(session->delivery, name, value);
	return no_reply(session, SMFIP_NR_HDR) ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_eoh(SMFICTX *ctx)
{
	struct session *session = session_get(ctx);
	enum txn_scope scope;

	if (session == NULL || session->state != MESSAGE_LIVE)
		return answer_not_live(session);
	note_queue_id(ctx, session);
	if (delivery_failure(session->delivery) != NULL)
		return give_up(ctx, session);
	scope = delivery_scope(session->delivery, true);
	if (scope == TXN_UNCONCERNED)
		return let_through(session);
	session->strip_only = scope == TXN_STRIP;
	return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct session *session = session_get(ctx);

	if (session == NULL || session->state != MESSAGE_LIVE)
		return answer_not_live(session);
	if (session->strip_only)
		return no_reply(session, SMFIP_SKIP) ? SMFIS_SKIP : SMFIS_CONTINUE;
	if (delivery_body(session->delivery, data, len) != 0)
		return give_up(ctx, session);
	return SMFIS_CONTINUE;
}

static sfsistat end_strip_only(SMFICTX *ctx, struct session *session)
{
	if (strip_forged(ctx, session) != 0) {
		delivery_not_applied(session->delivery, "removing forged headers");
		message_end(session, MESSAGE_NONE, false);
		return reply_error(ctx);
	}
	delivery_unconcerned(session->delivery);
	message_end(session, MESSAGE_NONE, false);
	return SMFIS_CONTINUE;
}

static sfsistat on_eom(SMFICTX *ctx)
{
	struct session *session = session_get(ctx);
	const struct verdict *verdict;
	struct refusal refusal = {0};
	sfsistat status;

	if (session == NULL || session->state != MESSAGE_LIVE)
		return answer_not_live(session);
	/* What follows is our time, which has limits of its own. */
	peers_message(session->connection, false);
	note_queue_id(ctx, session);
	if (session->strip_only)
		return end_strip_only(ctx, session);
	verdict = delivery_judge(session->delivery, ctx, &refusal);
	if (verdict != NULL) {
		status = apply_verdict(ctx, session, verdict);
	} else {
		stats_count_unjudged(&service->stats);
		status = reply_refusal(ctx, &refusal);
	}
	message_end(session, MESSAGE_NONE, false);
	return status;
}

static sfsistat on_abort(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session != NULL)
		message_end(session, MESSAGE_NONE, session->state == MESSAGE_LIVE);
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	message_end(session, MESSAGE_NONE, session->state == MESSAGE_LIVE);
	smfi_setpriv(ctx, NULL);
	free(session);
	atomic_fetch_sub(&service->stats.sessions, 1);
	return SMFIS_CONTINUE;
}

/* ---- life ------------------------------------------------------------------ */

static int register_filter(const struct config *config, struct diag *d)
{
	struct smfiDesc description = {
		.xxfi_name = name_filter,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS_WANTED,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};

	if (smfi_register(description) != MI_SUCCESS)
		return diag_add(d, "libmilter refused to register the filter");
	if (smfi_setconn(config->socket) != MI_SUCCESS)
		return diag_add(d, "libmilter refused the socket '%s'", config->socket);
	if (config->timeout_s > 0)
		smfi_settimeout(config->timeout_s);
	smfi_setmaxdatasize(MAX_DATA_SIZE);
	smfi_setbacklog(256);
	return 0;
}

static int open_listener(struct service *of, const struct config *config, struct diag *d)
{
	mode_t mask;
	int rc;

	if (of->address.kind != ADDRESS_UNIX && socket_answers(&of->address))
		return diag_add(d, "milter.socket: port %u is in use by another process (a running posternd? postern stop)",
		    of->address.port);
	/* Never wider than wanted, not even for a moment. */
	mask = umask(0777 & ~(mode_t)0600);
	rc = smfi_opensocket(true);
	umask(mask);
	if (rc != MI_SUCCESS)
		return diag_add(d, "cannot listen at '%s'; is it in use, or its directory not writable?", config->socket);
	return 0;
}

int mlfi_listen(struct service *of, const struct config *config, struct diag *d)
{
	gid_t gid = (gid_t)-1;

	service = of;
	if (of->address.kind == ADDRESS_UNIX && socket_check_free("milter.socket", of->address.path, d) != 0)
		return -1;
	if (config->socket_group != NULL && group_resolve(config->socket_group, &gid, d) != 0)
		return -1;
	if (register_filter(config, d) != 0 || open_listener(of, config, d) != 0)
		return -1;
	if (of->address.kind == ADDRESS_UNIX)
		return socket_set_access(of->address.path, gid, config->socket_mode, d);
	return socket_tune_listener(&of->address, d);
}

int mlfi_run(void)
{
	return smfi_main() == MI_SUCCESS ? 0 : -1;
}
