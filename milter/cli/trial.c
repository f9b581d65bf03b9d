/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging messages out of files, for every command that does it (scan, replay): the envelope that an
 * MTA would have given comes from the caller or from the message's headers, and neither the store nor the audit
 * log is touched.
 */
#include "cli/trial.h"

#include <stdio.h>
#include <string.h>

#include "mail/address.h"

#define ENVELOPE_MEMORY ((size_t)64 << 20)

/* Sender and recipients of one message, given or from its headers. */
struct envelope {
	const char *sender;
	const char **recipients;
	size_t count;
};

static int header_mailboxes(const struct message *message, const char *name, struct address_mailbox **list_r,
    size_t *count_r, struct diag *d)
{
	const struct mail_header *header = message_header(message, name, 0);

	*count_r = 0;
	if (header == NULL)
		return 0;
	return message_mailboxes(message, header, list_r, count_r) == 0 ? 0 : diag_add(d, "out of memory");
}

static int envelope_sender(const struct trial *trial, struct arena *arena, const struct message *message,
    struct envelope *envelope, struct diag *d)
{
	struct address_mailbox *list;
	size_t count;

	envelope->sender = trial->from != NULL ? trial->from : "";
	if (trial->from != NULL)
		return 0;
	if (header_mailboxes(message, "From", &list, &count, d) == -1)
		return -1;
	if (count > 0)
		envelope->sender = arena_memdup(arena, list[0].address.ptr, list[0].address.len);
	return envelope->sender != NULL ? 0 : diag_add(d, "out of memory");
}

static int envelope_recipients(const struct trial *trial, struct arena *arena, const struct message *message,
    struct envelope *envelope, struct diag *d)
{
	struct address_mailbox *list;
	size_t count;

	if (trial->to.count > 0) {
		envelope->recipients = trial->to.items;
		envelope->count = trial->to.count;
		return 0;
	}
	if (header_mailboxes(message, "To", &list, &count, d) == -1)
		return -1;
	envelope->recipients = arena_array(arena, count + 1, sizeof(*envelope->recipients));
	if (envelope->recipients == NULL)
		return diag_add(d, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const char *address = arena_memdup(arena, list[i].address.ptr, list[i].address.len);

		if (address == NULL)
			return diag_add(d, "out of memory");
		envelope->recipients[envelope->count++] = address;
	}
	return 0;
}

static int make_envelope(const struct trial *trial, struct arena *arena, struct slice raw,
    struct envelope *envelope, struct diag *d)
{
	const struct mail_limits *limits = &generation_config(trial->generation)->limits;
	struct message message = {0};

	if (message_headers(arena, raw, limits, &message, d) == -1 ||
	    envelope_sender(trial, arena, &message, envelope, d) == -1 ||
	    envelope_recipients(trial, arena, &message, envelope, d) == -1)
		return -1;
	return 0;
}

static int feed(const struct trial *trial, struct txn *txn, const struct envelope *envelope, struct slice raw, struct diag *d)
{
	txn_set_direction(txn, trial->direction);
	if (txn_sender(txn, envelope->sender, d) == -1)
		return -1;
	for (size_t i = 0; i < envelope->count; i++)
		if (txn_recipient(txn, envelope->recipients[i], d) == -1)
			return -1;
	return txn_raw(txn, raw, d);
}

/* A message that concerns no marketplace is not judged, as in the daemon. */
static const struct verdict *judge(struct txn *txn, struct verdict *unconcerned)
{
	enum txn_scope scope = txn_scope(txn, true);

	if (scope == TXN_CONCERNED)
		return txn_judge(txn);
	*unconcerned = (struct verdict){.action = ACTION_PASS, .direction = txn_direction(txn),
	    .strip_headers = scope == TXN_STRIP};
	return unconcerned;
}

int trial_judge(const struct trial *trial, struct slice raw, struct trial_message *message_r, struct diag *d)
{
	struct envelope envelope = {0};

	*message_r = (struct trial_message){.arena = arena_new(ENVELOPE_MEMORY)};
	message_r->txn = txn_new(trial->generation, &trial->services);
	if (message_r->arena == NULL || message_r->txn == NULL)
		return diag_add(d, "out of memory");
	if (trial->inbound.ptr != NULL)
		txn_set_answered(message_r->txn, trial->inbound);
	if (make_envelope(trial, message_r->arena, raw, &envelope, d) == -1 ||
	    feed(trial, message_r->txn, &envelope, raw, d) == -1)
		return -1;
	message_r->verdict = judge(message_r->txn, &message_r->unconcerned);
	return 0;
}

void trial_end(struct trial_message *message)
{
	txn_free(&message->txn);
	arena_free(&message->arena);
	message->verdict = NULL;
}

int trial_direction(const char *text, unsigned *direction_r)
{
	if (text == NULL)
		*direction_r = 0;
	else if (strcmp(text, "in") == 0)
		*direction_r = POSTERN_INBOUND;
	else if (strcmp(text, "out") == 0)
		*direction_r = POSTERN_OUTBOUND;
	else
		return -1;
	return 0;
}

void trial_show_finding(const struct cli *cli, const char *sign, const struct finding *finding)
{
	printf("%s", sign);
	cli_styled(cli, cli_action_style(action_name(finding->action)), finding->rule_id);
	printf(" %s%s, in ", action_name(finding->action), finding->monitored ? " (monitored only)" : "");
	cli_text(finding->where, 0);
	if (finding->evidence.len > 0) {
		printf(": '");
		cli_text(finding->evidence, 0);
		putchar('\'');
	}
	printf("\n    rule %s", finding->rule);
	if (finding->policy != NULL)
		printf(" (%s)", finding->policy);
	if (finding->advice != NULL) {
		printf(": ");
		cli_text(slice_str(finding->advice), 0);
	}
	putchar('\n');
}
