/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw message goes to the archive before its record is written, and so before the MTA gets its answer: what the
 * log says was sent can be shown.
 */
#include <string.h>

#include "core/log.h"
#include "engine/txn_internal.h"
#include "postern/plugin.h"

static const char *unkept_reply[] = {
	"Message not sent yet: the mail gateway can't keep its copy in the archive. It will be tried again."
};

static enum archive_class class_of(const struct verdict *v)
{
	if (v->action == ACTION_HOLD)
		return ARCHIVE_HELD;
	if (v->action == ACTION_REJECT)
		return ARCHIVE_REFUSED;
	return v->direction == POSTERN_OUTBOUND ? ARCHIVE_OUTGOING : ARCHIVE_INCOMING;
}

/* What is deferred comes again. Mail between people at no marketplace is nobody's evidence until it was stopped. */
static bool is_wanted(const struct txn *txn)
{
	const struct verdict *v = &txn->verdict;

	if (v->action == ACTION_DEFER)
		return false;
	return !v->outside || v->action > ACTION_TAG || txn->generation->config->archive.outside;
}

static int store(struct txn *txn, struct diag *d)
{
	struct slice raw = txn_view(txn);

	if (raw.ptr == NULL)
		return diag_add(d, "%s", txn->broken);
	if (spool_size(txn->spool) > raw.len)
		return diag_add(d, "the message of %zu bytes is larger than the archive takes", spool_size(txn->spool));
	return archive_put(txn->services.archive, raw, txn->kept, d);
}

/* The rules' findings stay; this one says why none of them is in force. */
static void add_finding(struct txn *txn)
{
	struct verdict *v = &txn->verdict;
	struct finding *list = arena_array(txn->arena, v->finding_count + 1, sizeof(*list));

	if (list == NULL)
		return;
	if (v->finding_count > 0)
		memcpy(list, v->findings, v->finding_count * sizeof(*list));
	list[v->finding_count] = (struct finding){
		.rule = "postern", .rule_id = "POSTERN-ARCHIVE", .plugin = "postern", .action = ACTION_DEFER, .error = true,
		.where = SLICE_LIT("message"), .evidence = slice_str(txn->archive_error),
		.what = "the message could not be kept in the archive",
	};
	v->findings = list;
	v->finding_count++;
}

void txn_defer(struct txn *txn, const char **reply)
{
	const struct verdict was = txn->verdict;

	txn->verdict = verdict_no_memory;
	txn->verdict.findings = was.findings;
	txn->verdict.finding_count = was.finding_count;
	txn->verdict.reply = reply;
	txn->verdict.direction = was.direction;
	txn->verdict.outside = was.outside;
	txn->verdict.marketplace = was.marketplace;
	memcpy(txn->verdict.id, txn->id, sizeof(txn->verdict.id));
}

void txn_keep(struct txn *txn)
{
	struct diag d;

	diag_clear(&d);
	if (txn->services.archive == NULL || !is_wanted(txn) || store(txn, &d) == 0)
		return;
	txn->kept[0] = '\0';
	txn->archive_error = arena_strdup(txn->arena, d.text);
	if (txn->archive_error == NULL)
		txn->archive_error = "out of memory";
	log_error("%s: not archived: %s", txn->id, d.text);
	if (!txn->generation->config->archive.required)
		return;
	add_finding(txn);
	txn_defer(txn, unkept_reply);
}

int txn_keep_record(const struct txn *txn, json_t *o)
{
	if (txn->kept[0] != '\0')
		return json_put_str(o, "archive", txn->kept) |
		    json_put_str(o, "archive_class", archive_class_name(class_of(&txn->verdict)));
	if (txn->archive_error != NULL && txn->verdict.action != ACTION_DEFER)
		return json_put(o, "archive_error", slice_str(txn->archive_error));
	return 0;
}

const char *txn_archive_error(const struct txn *txn)
{
	return txn->archive_error;
}
