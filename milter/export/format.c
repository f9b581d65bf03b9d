/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as JSON lines, as datagrams for journald, and as a table. */
#include "export/format.h"

#include <string.h>

#include "core/csv.h"
#include "core/text.h"
#include "export/kind.h"

/* journald takes much more, but a datagram has to fit into a socket's buffer (net.core.wmem_default, 208 KiB). */
#define JOURNAL_RECORD_MAX ((size_t)64 << 10)
#define JOURNAL_MAX ((size_t)120 << 10)
#define VALUE_SIZE 512

void export_json(const json_t *event, struct buf *out)
{
	if (json_write(out, event) == -1)
		out->failed = true;
	buf_add_char(out, '\n');
}

/* ---- journald -------------------------------------------------------------------- */

/* Sanitised text has no line feed, so the short form does: NAME=value. */
static void add_field(struct buf *out, const char *name, struct slice value)
{
	char text[VALUE_SIZE];

	if (value.len == 0 || out->len > JOURNAL_MAX - 2 * VALUE_SIZE)
		return;
	text_sanitize(text, sizeof(text), value, TEXT_FOR_LOG);
	buf_printf(out, "%s=%s\n", name, text);
}

static void add_each(struct buf *out, const char *name, const json_t *list, const char *member)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		add_field(out, name, json_slice(member != NULL ? json_object_get(item, member) : item));
	}
}

static void add_message(struct buf *out, const json_t *event)
{
	struct buf text = {.max = 4096};

	export_summary(event, &text);
	buf_printf(out, "MESSAGE=%.*s\n", (int)text.len, text.data != NULL ? text.data : "");
	buf_free(&text);
}

/* A record has no line feed: json_write escapes it. */
static void add_record(struct buf *out, const json_t *event)
{
	struct buf line = {0};

	if (json_write(&line, event) == -1 || line.failed)
		out->failed = true;
	else if (line.len <= JOURNAL_RECORD_MAX)
		buf_printf(out, "POSTERN_RECORD=%.*s\n", (int)line.len, line.data);
	buf_free(&line);
}

void export_journal(const json_t *event, struct buf *out)
{
	static const struct {
		const char *field, *key;
	} fields[] = {
		{"POSTERN_ID", "id"}, {"POSTERN_EVENT", "event"}, {"POSTERN_ACTION", "action"}, {"POSTERN_REF", "ref"},
		{"POSTERN_TIME", "time"}, {"POSTERN_DIRECTION", "direction"}, {"POSTERN_MARKETPLACE", "marketplace"},
		{"POSTERN_QUEUE_ID", "queue_id"}, {"POSTERN_SENDER", "sender"}, {"POSTERN_SUBJECT", "subject"},
		{"POSTERN_ACCOUNT", "account"}, {"POSTERN_ORDER", "order"}, {"POSTERN_SHOP", "shop"}, {"POSTERN_VERB", "verb"},
		{"POSTERN_BY", "by"}, {"POSTERN_WHY", "why"}, {"POSTERN_ERROR", "error"}, {"POSTERN_MAIL_ID", "message_id"},
		{"POSTERN_HASH", "hash"},
	};
	const struct export_kind *kind = export_kind(event);

	add_message(out, event);
	buf_printf(out, "MESSAGE_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=postern-audit\nSYSLOG_FACILITY=2\nPOSTERN_SEQ=%lld\n",
	    kind->message_id, kind->severity, (long long)json_get_int(event, "seq", 0));
	add_record(out, event);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add_field(out, fields[i].field, json_slice(json_object_get(event, fields[i].key)));
	add_each(out, "POSTERN_RULE", json_object_get(event, "findings"), "rule");
	add_each(out, "POSTERN_RECIPIENT", json_object_get(event, "recipients"), NULL);
}

/* ---- a table --------------------------------------------------------------------- */

/* Several values of one record stand in one cell. */
static void add_joined(struct csv_writer *csv, const json_t *list, const char *member)
{
	struct buf all = {0};

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (i > 0)
			buf_add_char(&all, ' ');
		buf_add_slice(&all, json_slice(member != NULL ? json_object_get(item, member) : item));
	}
	csv->out->failed |= all.failed;
	csv_text(csv, all.len > 0 ? buf_slice(&all) : SLICE_NONE);
	buf_free(&all);
}

void export_csv(const json_t *event, struct buf *out)
{
	static const char *const names[] = {"seq", "time", "id", "event", "action", "ref", "direction", "marketplace", "shop",
		"order", "queue_id", "account", "sender", "subject", "message_id", "verb", "by", "why", "error", "hash",
		"recipients", "rules", NULL};
	struct csv_writer csv = {.out = out};

	if (event == NULL) {
		csv_header(&csv, names);
		return;
	}
	csv_int(&csv, json_get_int(event, "seq", 0));
	for (size_t i = 1; strcmp(names[i], "recipients") != 0; i++)
		csv_text(&csv, json_slice(json_object_get(event, names[i])));
	add_joined(&csv, json_object_get(event, "recipients"), NULL);
	add_joined(&csv, json_object_get(event, "findings"), "rule");
	csv_end_row(&csv);
}
