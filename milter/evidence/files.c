/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files a pack has. */
#include "evidence/files.h"

#include <string.h>

#include "core/csv.h"
#include "evidence/internal.h"

static const char *const timeline_columns[] = {"time", "local", "event", "title", "direction", "action", "effect",
    "who", "subject", "details", "due", "marketplace", "order", "case", "labels", "kind", "id", "ref", "seq",
    "queue_id", "file", "raw_message", NULL};
static const char *const response_columns[] = {"opened", "opened_local", "due", "due_local", "closed", "closed_local",
    "outcome", "in_time", "missed", "allowed_seconds", "took_seconds", "waiting_seconds", "agent", "clock", "since",
    "source", "unit", "marketplace", "thread", "id", NULL};

static bool is_redacted(const struct evidence *evidence)
{
	return json_object_get(evidence->model, "redacted") != NULL;
}

static int add_json(struct pack *pack, const char *name, const char *what, const json_t *value)
{
	struct buf *out = pack_add(pack, name, what);

	return out != NULL ? json_write_indented(out, value) : -1;
}

static int add_some(struct pack *pack, const char *name, const char *what, const json_t *list)
{
	return json_array_size(list) > 0 ? add_json(pack, name, what, list) : 0;
}

static void add_value(struct csv_writer *csv, const json_t *value)
{
	if (json_is_integer(value))
		csv_int(csv, json_integer_value(value));
	else if (json_is_boolean(value))
		csv_str(csv, json_is_true(value) ? "yes" : "no");
	else
		csv_str(csv, json_string_value(value));
}

void csv_write(struct buf *out, const json_t *rows, const char *const *columns)
{
	struct csv_writer csv = {.out = out};
	const json_t *row;
	size_t i;

	csv_header(&csv, columns);
	json_array_foreach(rows, i, row) {
		for (size_t k = 0; columns[k] != NULL; k++)
			add_value(&csv, json_object_get(row, columns[k]));
		csv_end_row(&csv);
	}
}

static int add_table(struct pack *pack, const char *name, const char *what, const json_t *rows,
    const char *const *columns)
{
	struct buf *out = pack_add(pack, name, what);

	if (out == NULL)
		return -1;
	csv_write(out, rows, columns);
	return out->failed ? -1 : 0;
}

static int add_bytes(struct pack *pack, const char *name, const char *what, struct slice bytes)
{
	struct buf *out = pack_add(pack, name, what);

	if (out == NULL)
		return -1;
	buf_add_slice(out, bytes);
	return out->failed ? -1 : 0;
}

/* Where each message is and what is attached to it; its words stand in its file and in the summary. */
static int add_list(struct pack *pack, const json_t *messages)
{
	json_t *list = json_deep_copy(messages), *message;
	size_t i;
	int rc;

	json_array_foreach(list, i, message) {
		json_object_del(message, "text");
		json_object_del(message, "whole_text");
		json_object_del(message, "headers");
	}
	rc = list != NULL ? add_json(pack, "messages.json", "each message: where it is, or why it is not there", list) : -1;
	json_decref(list);
	return rc;
}

/* ---- messages -------------------------------------------------------------------------- */

/* A redacted copy, made of what was decoded: no encoding is left in which something could hide. */
static void write_redacted(struct buf *out, const json_t *message)
{
	const json_t *header, *attachment;
	size_t i;

	json_array_foreach(json_object_get(message, "headers"), i, header)
		buf_printf(out, "%s: %s\r\n", text_of(header, "header"), text_of(header, "value"));
	buf_add_str(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\nX-Postern-Redacted: yes\r\n\r\n");
	for (const char *p = text_of(message, "whole_text"); *p != '\0'; p++) {
		if (*p == '\n')
			buf_add_char(out, '\r');
		if (*p != '\r')
			buf_add_char(out, *p);
	}
	buf_add_str(out, "\r\n");
	json_array_foreach(json_object_get(message, "attachments"), i, attachment)
		buf_printf(out, "[attachment left out: %s, %lld bytes, SHA-256 %s]\r\n", text_of(attachment, "type"),
		    (long long)json_get_int(attachment, "size", 0), text_of(attachment, "sha256"));
}

static int add_messages(const struct evidence *evidence, struct pack *pack)
{
	for (size_t i = 0; i < evidence->message_count; i++) {
		const struct evidence_message *message = &evidence->messages[i];
		struct buf *out;

		if (message->name == NULL)
			continue;
		out = pack_add(pack, message->name, is_redacted(evidence) ? "a message, redacted" : "a message as it came");
		if (out == NULL)
			return -1;
		if (is_redacted(evidence))
			write_redacted(out, json_array_get(json_object_get(evidence->model, "messages"), i));
		else
			buf_add_slice(out, buf_slice(&message->raw));
		if (out->failed)
			return -1;
	}
	return 0;
}

static int add_records(const struct evidence *evidence, struct pack *pack)
{
	const json_t *log = json_object_get(evidence->model, "log");

	if (is_redacted(evidence))
		return add_json(pack, "audit/records-redacted.json", "the log's records, redacted, with their hashes",
		    json_object_get(evidence->model, "records"));
	if (add_bytes(pack, PACK_RECORDS, "the log's records as they stand there", buf_slice(&evidence->records)) == -1)
		return -1;
	if (json_array_size(json_object_get(log, "context")) == 0)
		return 0;
	return add_bytes(pack, "audit/context.jsonl", "checkpoints around the records; starts and reloads before them",
	    buf_slice(&evidence->context));
}

static int add_tables(const json_t *model, struct pack *pack)
{
	const json_t *inquiries = json_object_get(model, "inquiries");
	json_t *verdicts = json_pack("{s:O, s:O}", "values", json_object_get(model, "values"), "verdicts",
	    json_object_get(model, "verdicts"));
	int rc = verdicts != NULL ? add_json(pack, "verdicts.json", "what was decided and why; profile values then in force",
	    verdicts) : -1;

	json_decref(verdicts);
	if (rc == -1 || add_table(pack, "timeline.csv", "everything that happened, by time",
	    json_object_get(model, "timeline"), timeline_columns) == -1 ||
	    add_table(pack, "response-times.csv", "each inquiry with its due second and when it was answered", inquiries,
	    response_columns) == -1 || add_json(pack, "response-times.json", "the same", inquiries) == -1)
		return -1;
	if (add_some(pack, "checklists.json", "steps that the marketplace judges by",
	    json_object_get(model, "checklists")) == -1 ||
	    add_some(pack, "windows.json", "dates, windows and the refund's state", json_object_get(model, "subjects")) == -1)
		return -1;
	return add_list(pack, json_object_get(model, "messages"));
}

int files_make(const struct evidence *evidence, struct pack *pack, struct diag *d)
{
	const json_t *model = evidence->model;
	struct buf *out;

	if (add_tables(model, pack) == -1 || add_messages(evidence, pack) == -1 || add_records(evidence, pack) == -1)
		return diag_add(d, "out of memory");
	out = pack_add(pack, "summary.html", "begin here");
	if (out == NULL || summary_write(out, model) == -1 || out->failed)
		return diag_add(d, "out of memory");
	out = pack_add(pack, "VERIFY.txt", "how to check all this without Postern");
	if (out == NULL)
		return diag_add(d, "out of memory");
	verify_text_write(out, model, json_is_true(json_object_get(model, "signed")));
	return out->failed ? diag_add(d, "out of memory") : 0;
}

static json_t *absent(const json_t *messages)
{
	static const char *const keys[] = {"id", "time", "direction", "state", "reason", "tombstone", NULL};
	json_t *list = json_array(), *message;
	size_t i;

	json_array_foreach(messages, i, message) {
		json_t *object;

		if (json_get_str(message, "file") != NULL)
			continue;
		object = json_object();
		copy_members(object, message, keys);
		json_array_append_new(list, object);
	}
	return list;
}

json_t *files_about(const struct evidence *evidence)
{
	static const char *const keys[] = {"format", "scope", "as_of", "redacted", NULL};
	static const char *const log_keys[] = {"records", "first", "last", NULL};
	json_t *about = json_object(), *log = json_object();

	copy_members(about, evidence->model, keys);
	copy_members(log, json_object_get(evidence->model, "log"), log_keys);
	json_put_new(about, "log", log);
	json_put_new(about, "absent", absent(json_object_get(evidence->model, "messages")));
	return about;
}
