/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an incoming message is: a marketplace's or of one who poses as it, which kind of mail, which of our
 * messages it says were not delivered, and the dated facts that it tells. All of it by the profiles' data.
 */
#include "engine/inbound.h"

#include <string.h>

#include "core/log.h"
#include "engine/txn_internal.h"

static char *no_labels[] = {NULL};
static char label_phishing[] = "Phishing";
static char *phishing_labels[] = {label_phishing, NULL};
static char name_phishing[] = "phishing", name_report[] = "delivery-report";

static const struct mail_kind kind_phishing = {.name = name_phishing, .labels = phishing_labels};
/* What a bounce is that tells of no failure: delivered, delayed. */
static const struct mail_kind kind_report = {.name = name_report, .labels = no_labels};

static void trouble(struct txn *txn, const char *what, const struct diag *d)
{
	judge_note(&txn->judging, "postern", "postern", "POSTERN-ERROR", ACTION_DEFER, true, what, d->text);
}

/* ---- headers ----------------------------------------------------------------- */

/* A failed search makes the message one that concerns: it is judged, and deferred there. */
static void head_failed(struct txn *txn, const struct diag *d)
{
	txn->inbound->concerns = true;
	if (txn->broken == NULL)
		txn->broken = "the sender's marketplace could not be found out";
	log_error("%s: %s: %s", txn->id, txn->broken, d->text);
}

static void find_pose(struct txn *txn, const struct message *head)
{
	struct inbound *in = txn->inbound;
	const struct marketplace *posed = NULL;
	struct slice what = SLICE_NONE;
	struct diag d;
	int rc = 0;

	diag_clear(&d);
	if (in->market != NULL) {
		in->authentic = authentic_judge(txn->generation->config, in->market, head, &in->pose);
		if (in->authentic == AUTHENTIC_NO)
			posed = in->market;
	} else if (txn->generation->config->look_alikes) {
		rc = profiles_pose(txn->generation->profiles, txn->arena, head, &posed, &what, &d);
		in->pose = what;
	}
	if (rc == -1)
		head_failed(txn, &d);
	if (posed == NULL)
		return;
	in->poses = marketplace_name(posed);
	in->market = NULL;
	in->concerns = true;
}

const struct inbound *inbound_head(struct txn *txn)
{
	const struct message *head = txn_head(txn);
	struct diag d;
	int rc;

	diag_clear(&d);
	if (txn->inbound != NULL)
		return txn->inbound;
	txn->inbound = arena_alloc(txn->arena, sizeof(*txn->inbound));
	if (txn->inbound == NULL || head == NULL) {
		if (txn->broken == NULL)
			txn->broken = "the message's memory budget is used up";
		return txn->inbound;
	}
	rc = profiles_sender(txn->generation->profiles, txn->sender, head, &txn->inbound->market, &txn->inbound->kind, &d);
	txn->inbound->concerns = txn->inbound->arrives = rc != 0;
	if (rc == -1)
		head_failed(txn, &d);
	find_pose(txn, head);
	return txn->inbound;
}

/* ---- the whole message --------------------------------------------------------- */

static void give_labels(struct judging *j, char *const *labels)
{
	for (; labels != NULL && *labels != NULL; labels++)
		if (judge_label(j, *labels) != NULL)
			j->lost = true;
}

static void read_phishing(struct txn *txn, struct inbound *in)
{
	struct judging *j = &txn->judging;
	char evidence[200];

	in->kind = &kind_phishing;
	snprintf(evidence, sizeof(evidence), "%s: %.*s", in->poses, SLICE_ARG(slice_sub(in->pose, 0, 120)));
	judge_note(j, "postern", "postern", "POSTERN-PHISHING", txn->generation->config->phishing_action, false,
	    "the sender poses as a marketplace", evidence);
}

static void find_kind(struct txn *txn, struct inbound *in)
{
	const struct marketplace *market;
	struct diag d;

	diag_clear(&d);
	if (profiles_sender(txn->generation->profiles, txn->sender, txn->judging.message, &market, &in->kind, &d) == -1)
		trouble(txn, "the kind of mail could not be found out", &d);
}

/* Which message of ours came back. A report of something else than a failure is none. */
static void read_failed(struct txn *txn, struct inbound *in)
{
	if (in->kind == NULL || in->kind->failed == NULL)
		return;
	delivery_report_read(txn->judging.raw, txn->judging.message, &in->report);
	in->failed = !in->report.has_action || in->report.failed;
	if (!in->failed)
		in->kind = &kind_report;
}

static void read_milestones(struct txn *txn, struct inbound *in)
{
	struct judging *j = &txn->judging;
	bool unnamed = false;
	struct diag d;

	diag_clear(&d);
	if (in->kind == NULL || in->kind->milestones == NULL)
		return;
	if (profiles_milestones(in->kind, j->message, j->received, in->milestones, MILESTONES_MAX, &in->milestone_count,
	    &unnamed, &d) == -1)
		trouble(txn, "the notice's dates could not be read", &d);
	/* Nobody can count a window for an order that is not named: a person must look. */
	if (unnamed && judge_label(j, "Number-Missing") != NULL)
		j->lost = true;
}

static void read_case(struct txn *txn, struct inbound *in)
{
	const struct message *m = txn->judging.message;
	struct diag d;

	diag_clear(&d);
	if (in->kind == NULL || !in->kind->is_case || in->market == NULL)
		return;
	for (size_t i = 0; in->case_id.ptr == NULL && i < m->id_count; i++)
		if (slice_eq_str(m->ids[i].kind, "case"))
			in->case_id = m->ids[i].value;
	if (marketplace_channel(in->market, m, &in->channel, &d) == -1)
		trouble(txn, "who writes about the case could not be found out", &d);
}

/* From a customer's own relay address the thread is plain; from a machine's it must be looked up. */
static void read_copy(struct txn *txn, struct inbound *in)
{
	struct judging *j = &txn->judging;
	struct diag d;

	diag_clear(&d);
	if (in->kind == NULL || !in->kind->answers || in->market == NULL || threads_has_relay(txn))
		return;
	if (copy_thread(j, in->market, in->kind, &in->copy_of, &d) == -1)
		trouble(txn, "the thread that a copy answers could not be looked up", &d);
	else if (in->copy_of == NULL && judge_label(j, "Copy-Unmatched") != NULL)
		j->lost = true;
}

/* Only what may be the marketplace's: a server of ours vouched for it, or none of ours vouches for anything. */
static bool may_be_genuine(const struct txn *txn, const struct inbound *in)
{
	char *const *ids = txn->generation->config->authserv_ids;

	return in->market != NULL && (in->authentic == AUTHENTIC_YES || ids == NULL || ids[0] == NULL);
}

static void read_spam(struct txn *txn, struct inbound *in)
{
	struct diag d;

	diag_clear(&d);
	if (!may_be_genuine(txn, in))
		return;
	if (profiles_spam(txn->generation->profiles, txn->judging.message, &in->spam_by, &d) == -1)
		trouble(txn, "whether another filter called it spam could not be found out", &d);
	if (in->spam_by == NULL)
		return;
	log_warning("%s: %s called mail of %s spam: exempt it there, or customers' messages are lost", txn->id, in->spam_by,
	    marketplace_name(in->market));
	if (judge_label(&txn->judging, "Spam-Filtered") != NULL)
		txn->judging.lost = true;
}

int inbound_read(struct txn *txn)
{
	struct inbound *in = txn->inbound;
	struct judging *j = &txn->judging;
	struct diag d;

	diag_clear(&d);
	if (in == NULL)
		return -1;
	in->kind = NULL;
	if (in->poses != NULL) {
		read_phishing(txn, in);
	} else {
		if (in->market != NULL && frame_cut(j->arena, in->market, j->message, &d) != 0)
			trouble(txn, "the customer's words could not be told from the marketplace's", &d);
		find_kind(txn, in);
		read_failed(txn, in);
		read_milestones(txn, in);
		read_case(txn, in);
		read_copy(txn, in);
		read_spam(txn, in);
	}
	j->kind = in->kind;
	/* Without a marketplace no rule runs that would give them. */
	if (in->market == NULL && in->kind != NULL)
		give_labels(j, in->kind->labels);
	return j->lost ? -1 : 0;
}
