/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a message that was taken in to its verdict: decode once, let the rules
 * of each marketplace concerned find, decide, and say what it means for the
 * reply clock.
 */
#include <string.h>

#include "core/log.h"
#include "engine/answered.h"
#include "engine/audience.h"
#include "engine/txn_internal.h"
#include "mail/address.h"
#include "postern/plugin.h"

/* Marketplaces that one message may concern; more than profiles ship. */
#define MARKETS_MAX 64

static void note(struct txn *txn, const char *id, enum action action, const char *what, const char *evidence)
{
	judge_note(&txn->judging, "postern", "postern", id, action, true, what, evidence);
}

struct judging txn_judging(struct txn *txn)
{
	const struct config *config = txn->generation->config;

	return (struct judging){
		.arena = txn->arena,
		.generation = txn->generation,
		.services = &txn->services,
		.id = txn->id,
		.direction = txn_direction(txn) == POSTERN_OUTBOUND && txn_is_outside(txn) ? POSTERN_OUTSIDE : txn->direction,
		.received = txn->received,
		.sender = txn->sender,
		.account = slice_str(txn->client.account),
		.recipients = txn->recipients,
		.markets = txn->markets,
		.supports = txn->supports,
		.recipient_count = txn->recipient_count,
		.answered_raw = txn->answered_raw,
		.audience = AUDIENCE_BOTH,
		.deadline = config->deadline_ms > 0 ? clock_monotonic_ms() + config->deadline_ms : 0,
	};
}

static void begin(struct txn *txn)
{
	txn->judging = txn_judging(txn);
	memcpy(txn->verdict.id, txn->id, sizeof(txn->verdict.id));
	txn->verdict.direction = txn->direction;
	txn->verdict.outside = txn->judging.direction == POSTERN_OUTSIDE;
	txn->verdict.strip_headers = txn->strip.count > 0;
}

/* The marketplaces concerned; inbound mail comes from one at most. */
static size_t find_markets(struct txn *txn, const struct marketplace **markets)
{
	const struct inbound *in;

	if (txn->direction == POSTERN_OUTBOUND)
		return txn_markets(txn, markets, MARKETS_MAX);
	in = inbound_head(txn);
	markets[0] = in != NULL ? in->market : NULL;
	return markets[0] != NULL;
}

static bool is_read(struct txn *txn, size_t count)
{
	if (txn->judging.direction == POSTERN_INBOUND)
		return count > 0 || (txn->inbound != NULL && txn->inbound->concerns);
	return count > 0 || txn->judging.direction == POSTERN_OUTSIDE;
}

/* Who adds a marketplace's support to the recipients does not escape the rules for mail to people outside. */
static void run_outside(struct judging *j)
{
	unsigned direction = j->direction;

	j->direction = POSTERN_OUTSIDE;
	if (judge_enter(j, NULL, NULL) == 0)
		judge_rules(j);
	j->direction = direction;
}

static void run_rules(struct txn *txn, const struct marketplace **markets, size_t count)
{
	struct judging *j = &txn->judging;
	unsigned needs;

	j->raw = txn_view(txn);
	if (txn->broken != NULL)
		return;
	j->digest = txn_digest(txn);
	/* What limits may have cut off is to be told of. */
	j->head = txn->head.failed || txn->head.len >= txn->head.max ? NULL : txn_head(txn);
	j->market = markets[0];
	if (j->direction == POSTERN_INBOUND)
		audience_sender(j, txn_head(txn));
	needs = audience_needs(j);
	/* What the thread's next messages are compared with. */
	if (txn->services.audit != NULL)
		needs |= MESSAGE_TEXT | MESSAGE_URLS;
	/* What kind of mail it is, and what it tells. */
	if (j->direction == POSTERN_INBOUND)
		needs |= MESSAGE_TEXT | MESSAGE_IDS;
	if (judge_decode(j, needs) != 0)
		return;
	judge_limits(j);
	answered_quotes(j);
	if (j->direction == POSTERN_INBOUND) {
		if (inbound_read(txn) != 0)
			return;
		/* How it is signed can only tell that it is not from the support that its address may be. */
		if (j->support != NULL)
			audience_sender(j, j->message);
	}
	if (j->direction == POSTERN_OUTSIDE)
		judge_rules(j);
	for (size_t i = 0; i < count; i++)
		if (judge_enter(j, markets[i], j->kind) == 0)
			judge_rules(j);
	if (audience_has_others(j))
		run_outside(j);
	patterns_forget(j);
	wording_forget(j);
	/* Also when it was the last rule, or the decoding alone, that took so long: whoever waited gave up by then. */
	judge_late(j, NULL);
}

/* From: MAILER-DAEMON or postmaster, as MTAs write their notices. */
static bool is_from_mta(const struct message *head)
{
	const struct mail_header *from = message_header(head, "From", 0);
	struct address_mailbox *list;
	size_t count;

	if (from == NULL || message_mailboxes(head, from, &list, &count) != 0 || count == 0)
		return false;
	return slice_case_prefix(list[0].address, "mailer-daemon@") || slice_case_prefix(list[0].address, "postmaster@") ||
	    slice_case_eq_str(list[0].address, "mailer-daemon");
}

/*
 * A bounce or notice that the MTA itself makes: refusing it would lose it. It has the null sender, comes
 * from this machine (or from a file), and says that it is one; a null sender alone
 * exempts nobody.
 */
static bool is_mta_notice(struct txn *txn)
{
	const struct message *head = txn_head(txn);
	struct slice type;

	if (head == NULL || txn->sender.len > 0 || txn->client.account != NULL ||
	    !(txn->client.local || txn->client.client == NULL) || txn->direction != POSTERN_OUTBOUND)
		return false;
	type = slice_trim(message_header_value(head, "Content-Type"));
	return slice_case_prefix(type, "multipart/report") || is_from_mta(head);
}

/* What the message means for the thread's clock. */
static void judge_clock(struct txn *txn)
{
	const struct judging *j = &txn->judging;
	struct verdict *v = &txn->verdict;
	bool goes = v->action <= ACTION_TAG;

	if (v->marketplace == NULL)
		return;
	if (j->direction == POSTERN_OUTBOUND) {
		bool counts = !j->auto_reply || marketplace_auto_reply_counts(j->market, txn->received);

		v->answers = goes && counts && txn->sender.len + (size_t)(txn->client.account != NULL) > 0;
		v->sla = v->answers ? SLA_STOPS : SLA_RUNS;
	} else if (j->kind != NULL && j->kind->answers) {
		v->answers = goes;
		v->sla = goes ? SLA_STOPS : SLA_RUNS;
	} else if (j->clock != NULL && v->action != ACTION_REJECT && v->action != ACTION_DEFER) {
		v->sla = SLA_STARTS;
		v->sla_clock = j->clock;
		v->sla_due = j->clock_due;
		v->sla_hours = sla_hours_left(j->clock_due, txn->received);
		v->sla_since = j->clock_since;
		v->sla_source = j->clock_source;
		v->sla_unit = desk_unit_name(marketplace_inquiry_unit(j->market, txn->received));
	}
}

/* The entry of hold_senders that means whoever sends this out. Handed in on this machine is from its own address. */
static const char *hold_party(const struct txn *txn)
{
	const struct parties *list = &txn->generation->config->hold_senders;
	const char *client = txn->client.client == NULL && txn->client.local ? "127.0.0.1" : txn->client.client;
	const struct party *party;

	if (txn->direction != POSTERN_OUTBOUND)
		return NULL;
	party = parties_client(list, txn->sender, slice_str(txn->client.account), client, txn->received);
	return party != NULL ? party->text : NULL;
}

/* What headers tell people of incoming mail: its thread and order, and the subject with its tag. */
static int judge_place(struct txn *txn)
{
	struct judging *j = &txn->judging;
	struct verdict *v = &txn->verdict;
	const char *const *threads;
	struct slice part;
	size_t count;

	if (j->direction != POSTERN_INBOUND)
		return 0;
	if (txn_threads(txn, &threads, &count) != 0 || judge_thread_part(j, j->market, j->kind, &part) != 0)
		return -1;
	v->thread = count > 0 ? threads[0] : NULL;
	/* A copy's was looked up, and is whole. */
	if (v->thread != NULL && part.len > 0 && (txn->inbound == NULL || v->thread != txn->inbound->copy_of))
		v->thread = arena_printf(txn->arena, "%s#%.*s", v->thread, SLICE_ARG(part));
	if (count > 0 && v->thread == NULL)
		return -1;
	v->order = v->marketplace != NULL && j->message != NULL ? message_order(j->message) : SLICE_NONE;
	v->inbound = txn->inbound;
	return 0;
}

static int decide(struct txn *txn, const struct marketplace **markets, size_t count)
{
	const struct config *config = txn->generation->config;
	struct judging *j = &txn->judging;
	struct verdict *v = &txn->verdict;
	struct verdict_input input = {
		.direction = v->direction,
		.monitor = config->monitor || parties_address(&config->monitor_senders, txn->sender, txn->received) != NULL,
		.hold_party = hold_party(txn),
		.never_refuse = is_mta_notice(txn),
		.can_hold = txn->can_hold,
		.recipients = txn->recipient_count,
		.marketplaces = count,
		.id = txn->id,
	};

	if (j->lost)
		return -1;
	v->findings = j->findings;
	v->finding_count = j->finding_count;
	v->exemptions = j->exemptions;
	v->exemption_count = j->exemption_count;
	v->overruns = j->overruns;
	v->overrun_count = j->overrun_count;
	v->labels = j->labels;
	v->label_count = j->label_count;
	v->auto_reply = j->auto_reply;
	v->marketplace = count > 0 ? marketplace_name(markets[0]) : NULL;
	v->kind = j->kind != NULL ? j->kind->name : NULL;
	if (verdict_decide(txn->arena, &input, v) != 0)
		return -1;
	j->market = count > 0 ? markets[0] : NULL;
	judge_clock(txn);
	if (judge_place(txn) != 0)
		return -1;
	if (input.monitor) {
		v->strip_headers = false;
		return 0;
	}
	v->subject = v->direction == POSTERN_INBOUND && v->action < ACTION_DEFER ? subject_tagged(txn, v) : NULL;
	return headers_render(txn->arena, v);
}

/* The static refusal, with the id of this transaction. */
static void no_memory(struct txn *txn)
{
	struct verdict v = verdict_no_memory;

	log_error("%s: deferred: memory is out (budget of %zu bytes)", txn->id, txn->generation->config->memory_bytes);
	memcpy(v.id, txn->id, sizeof(v.id));
	v.direction = txn->direction;
	txn->verdict = v;
}

const struct verdict *txn_judge(struct txn *txn)
{
	const struct marketplace *markets[MARKETS_MAX] = {NULL};
	size_t count;

	if (txn->judged)
		return &txn->verdict;
	txn->judged = true;
	begin(txn);
	count = find_markets(txn, markets);
	if (txn->poison != NULL)
		/* Where nothing can be held it waits in the sender's queue; it is not known to be bad. */
		note(txn, "POSTERN-POISON", txn->can_hold ? ACTION_HOLD : ACTION_DEFER,
		    "checking this message failed badly before", txn->poison);
	else if (is_read(txn, count) && txn->broken == NULL)
		run_rules(txn, markets, count);
	if (txn->broken != NULL)
		note(txn, "POSTERN-ERROR", ACTION_DEFER, "the message could not be taken in", txn->broken);
	if (decide(txn, markets, count) != 0)
		no_memory(txn);
	return &txn->verdict;
}
