/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The audit event of a decision: what came, what was found, what was done, and
 * all that the store needs to keep threads and clocks, since it is built from
 * these events alone. Every text is bounded; redaction comes last. What can't be put there for want of memory
 * makes all of it fail: a record without the action would be one of nothing.
 */
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "engine/answered.h"
#include "engine/case.h"
#include "engine/txn_internal.h"
#include "mail/address.h"
#include "postern/plugin.h"

#define SUBJECT_MAX 500
#define TEXT_MAX 500
#define EVIDENCE_MAX 200
#define LIST_MAX 50

/* At most max bytes; a character cut in two becomes U+FFFD in json_text. */
static int put_cut(json_t *o, const char *key, struct slice s, size_t max)
{
	while (s.len > max && max > 0 && ((unsigned char)s.ptr[max] & 0xC0) == 0x80)
		max--;
	return json_put(o, key, slice_sub(s, 0, max));
}

static int put_opt(json_t *o, const char *key, const char *value)
{
	return value != NULL && *value != '\0' ? put_cut(o, key, slice_str(value), TEXT_MAX) : 0;
}

static int put_time(json_t *o, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	return json_put_str(o, key, text);
}

static struct slice cut_item(struct slice s)
{
	return slice_sub(s, 0, TEXT_MAX);
}

static int put_client(const struct txn *txn, json_t *o)
{
	int rc = 0;

	rc |= put_opt(o, "client", txn->client.client);
	rc |= put_opt(o, "helo", txn->client.helo);
	rc |= put_opt(o, "account", txn->client.account);
	rc |= put_opt(o, "daemon", txn->client.daemon);
	if (txn->client.local)
		rc |= json_put_bool(o, "local", true);
	return rc | put_opt(o, "queue_id", txn->queue_id);
}

static int put_envelope(const struct txn *txn, json_t *o)
{
	json_t *list = json_array();
	int rc = 0;

	rc |= put_cut(o, "sender", txn->sender.ptr != NULL ? txn->sender : SLICE_LIT(""), TEXT_MAX);
	for (size_t i = 0; i < txn->recipient_count && i < LIST_MAX; i++)
		rc |= json_array_append_new(list, json_text(cut_item(txn->recipients[i])));
	rc |= json_put_new(o, "recipients", list);
	return rc | json_put_int(o, "recipient_count", (json_int_t)txn->recipient_count);
}

/* The message ids "<...>" of References, the last ones: they are the nearest. */
static json_t *references(struct slice value)
{
	json_t *list = json_array();
	size_t at = 0;
	int rc = 0;

	while (at < value.len) {
		const char *open = memchr(value.ptr + at, '<', value.len - at);
		const char *end = open != NULL ? memchr(open, '>', value.len - (size_t)(open - value.ptr)) : NULL;

		if (end == NULL)
			break;
		rc |= json_array_append_new(list, json_text(cut_item((struct slice){open, (size_t)(end - open) + 1})));
		if (json_array_size(list) > LIST_MAX)
			json_array_remove(list, 0);
		at = (size_t)(end - value.ptr) + 1;
	}
	return json_whole(list, rc);
}

/* The first mailbox of an address header; empty when there is none. */
static struct address_mailbox mailbox(const struct message *head, const char *name)
{
	const struct mail_header *header = message_header(head, name, 0);
	struct address_mailbox *list, none = {SLICE_LIT(""), SLICE_LIT("")};
	size_t count;

	if (header == NULL || message_mailboxes(head, header, &list, &count) != 0 || count == 0)
		return none;
	return list[0];
}

static int put_headers(const struct message *head, json_t *o)
{
	struct address_mailbox from = mailbox(head, "From");
	int rc = 0;

	rc |= put_cut(o, "from", from.address, TEXT_MAX);
	rc |= put_cut(o, "from_name", from.name, TEXT_MAX);
	rc |= put_cut(o, "message_id", slice_trim(message_header_value(head, "Message-ID")), TEXT_MAX);
	rc |= put_cut(o, "in_reply_to", slice_trim(message_header_value(head, "In-Reply-To")), TEXT_MAX);
	rc |= json_put_new(o, "references", references(message_header_value(head, "References")));
	return rc | put_cut(o, "subject", slice_trim(message_header_value(head, "Subject")), SUBJECT_MAX);
}

static json_t *finding(const struct finding *f)
{
	json_t *o = json_object();
	int rc = 0;

	rc |= json_put_str(o, "rule", f->rule);
	rc |= json_put_str(o, "rule_id", f->rule_id);
	rc |= json_put_str(o, "plugin", f->plugin);
	rc |= json_put_str(o, "action", action_name(f->action));
	rc |= json_put_bool(o, "monitored", f->monitored);
	rc |= json_put_bool(o, "error", f->error);
	rc |= put_cut(o, "where", f->where, TEXT_MAX);
	rc |= put_cut(o, "evidence", f->evidence, EVIDENCE_MAX);
	rc |= put_opt(o, "advice", f->advice);
	rc |= put_opt(o, "policy", f->policy);
	rc |= put_opt(o, "marketplace", f->marketplace);
	rc |= json_put_int(o, "score", f->score);
	return json_whole(o, rc);
}

static int put_findings(const struct verdict *v, json_t *o)
{
	json_t *list = json_array(), *labels = json_array();
	int rc = 0;

	for (size_t i = 0; i < v->finding_count && i < LIST_MAX; i++)
		rc |= json_array_append_new(list, finding(&v->findings[i]));
	rc |= json_put_new(o, "findings", list);
	rc |= json_put_int(o, "finding_count", (json_int_t)v->finding_count);
	for (size_t i = 0; i < v->label_count; i++)
		rc |= json_array_append_new(labels, json_text(slice_str(v->labels[i])));
	return rc | json_put_new(o, "labels", labels);
}

static json_t *clock_of(const struct verdict *v)
{
	json_t *o = json_object();
	int rc = 0;

	rc |= json_put_str(o, "change", sla_change_name(v->sla));
	if (v->sla != SLA_STARTS)
		return json_whole(o, rc);
	rc |= json_put_str(o, "clock", v->sla_clock);
	rc |= put_time(o, "due", v->sla_due);
	rc |= put_time(o, "since", v->sla_since);
	rc |= put_opt(o, "source", v->sla_source);
	rc |= put_opt(o, "unit", v->sla_unit);
	return json_whole(o, rc);
}

static bool is_listed(const json_t *list, struct slice kind, struct slice value)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);

		if (slice_eq_str(kind, json_get_str(entry, "kind")) && slice_eq_str(value, json_get_str(entry, "value")))
			return true;
	}
	return false;
}

static int put_ids(const struct txn *txn, json_t *o)
{
	const struct message *m = txn->judging.message;
	json_t *list = json_array();
	int rc = 0;

	for (size_t i = 0; m != NULL && i < m->id_count && json_array_size(list) < LIST_MAX; i++) {
		json_t *entry;

		if (is_listed(list, m->ids[i].kind, m->ids[i].value))
			continue;
		entry = json_object();
		rc |= put_cut(entry, "kind", m->ids[i].kind, TEXT_MAX);
		rc |= put_cut(entry, "value", m->ids[i].value, TEXT_MAX);
		rc |= json_array_append_new(list, entry);
	}
	rc |= json_put_new(o, "ids", list);
	return rc | put_cut(o, "order", m != NULL ? message_order(m) : SLICE_NONE, TEXT_MAX);
}

static int put_threads(struct txn *txn, json_t *o)
{
	const char *const *keys;
	json_t *list;
	size_t count;
	int rc = 0;

	if (txn_threads(txn, &keys, &count) != 0 || thread_part_record(&txn->judging, o) != 0)
		return -1;
	list = json_array();
	for (size_t i = 0; i < count; i++)
		rc |= json_array_append_new(list, json_text(slice_str(keys[i])));
	return rc | json_put_new(o, "threads", list);
}

/* The seller's account that the message came to or went out from, and who answered. */
static int put_desk(struct txn *txn, const struct message *head, json_t *o)
{
	const struct config *config = txn->generation->config;
	struct slice from = head != NULL ? mailbox(head, "From").address : SLICE_NONE;
	struct slice own = from;
	char text[TEXT_MAX];
	int rc = 0;

	if (txn->direction == POSTERN_INBOUND)
		own = txn->recipient_count > 0 ? txn->recipients[0] : SLICE_NONE;
	if (own.len > 0)
		rc |= json_put_str(o, "shop", config_shop_of(config, own, txn->received, text, sizeof(text)));
	if (txn->direction != POSTERN_OUTBOUND)
		return rc;
	return rc | put_cut(o, "agent", txn->client.account != NULL ? slice_str(txn->client.account) : from, TEXT_MAX);
}

static json_t *event_of(struct txn *txn, const struct verdict *v)
{
	const struct message *head = txn_head(txn);
	json_t *o = json_object();
	int rc = 0;

	rc |= json_put_str(o, "event", "message");
	rc |= json_put_str(o, "id", txn->id);
	rc |= put_time(o, "time", txn->received);
	rc |= json_put_int(o, "generation", (json_int_t)generation_number(txn->generation));
	rc |= json_put_str(o, "plugins_digest", txn->generation->digest);
	rc |= json_put_str(o, "direction", v->direction == POSTERN_OUTBOUND ? "out" : "in");
	rc |= put_opt(o, "marketplace", v->marketplace);
	if (v->outside)
		rc |= json_put_bool(o, "outside", true);
	rc |= put_opt(o, "kind", v->kind);
	rc |= put_client(txn, o);
	rc |= put_envelope(txn, o);
	if (head != NULL)
		rc |= put_headers(head, o);
	rc |= json_put_int(o, "size", (json_int_t)spool_size(txn->spool));
	rc |= json_put_str(o, "digest", txn_digest(txn));
	rc |= txn_keep_record(txn, o);
	rc |= json_put_str(o, "action", action_name(v->action));
	if (v->would != v->action)
		rc |= json_put_str(o, "would", action_name(v->would));
	rc |= json_put_bool(o, "monitor", v->monitor);
	rc |= put_findings(v, o);
	if (v->exemption_count > 0)
		rc |= json_put_new(o, "exempt", exemptions_json(v));
	if (v->overrun_count > 0)
		rc |= json_put_new(o, "overruns", overruns_json(v));
	rc |= put_opt(o, "hold_sender", v->hold_party);
	rc |= json_put_new(o, "sla", clock_of(v));
	rc |= json_put_bool(o, "answers", v->answers);
	rc |= json_put_bool(o, "auto_reply", v->auto_reply);
	rc |= put_ids(txn, o);
	rc |= put_desk(txn, head, o);
	if (v->inbound != NULL)
		rc |= inbound_put(v->inbound, o);
	rc |= case_record(&txn->judging, o);
	rc |= put_threads(txn, o);
	if (v->action <= ACTION_TAG && v->marketplace != NULL)
		rc |= answered_record(&txn->judging, o);
	return json_whole(o, rc);
}

static const char *unrecorded_reply[] = {
	"Message not sent yet: the mail gateway can't write its audit log. It will be tried again."
};


int txn_record(struct txn *txn, const struct verdict **verdict_r, struct diag *d)
{
	json_t *event;
	int rc = 0;

	*verdict_r = txn_judge(txn);
	if (txn->services.audit == NULL)
		return 0;
	txn_keep(txn);
	event = event_of(txn, *verdict_r);
	if (event == NULL)
		rc = diag_add(d, "out of memory");
	if (rc == 0 && txn->services.redact != NULL && audit_redact(txn->services.redact, event) != 0)
		rc = diag_add(d, "the audit event could not be redacted: out of memory");
	if (rc == 0)
		rc = audit_append_new(txn->services.audit, event, d);
	else
		json_decref(event);
	if (rc != 0) {
		log_error("%s: deferred: not recorded: %s", txn->id, d->text);
		txn_defer(txn, unrecorded_reply);
	}
	return rc;
}
