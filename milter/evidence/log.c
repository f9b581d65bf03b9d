/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of the audit log that belong to the evidence: messages of its threads, and whatever happened to them.
 * Beside them stand the checkpoints around them and the starts and reloads that say under which configuration they
 * were made.
 */
#include "evidence/internal.h"

#include <string.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/files.h"
#include "core/clock.h"

/* What a walk over the log remembers on its way. */
struct walk {
	struct gathering *gathering;
	json_t *setup;      /* the last start or reload; not owned twice: see keep */
	json_t *before;     /* the last checkpoint before the first record */
	json_t *after;      /* the first checkpoint after the last record */
};

static bool has_key(const struct gathering *gathering, const char *key)
{
	return key != NULL && json_object_get(gathering->keys, key) != NULL;
}

static bool has_thread(const struct gathering *gathering, const json_t *event)
{
	const json_t *item;
	size_t i;

	if (has_key(gathering, json_get_str(event, "thread")))
		return true;
	json_array_foreach(json_object_get(event, "threads"), i, item)
		if (has_key(gathering, json_string_value(item)))
			return true;
	return false;
}

/* Told of the order itself: a milestone, a legal hold. */
static bool has_order(const struct gathering *gathering, const json_t *event)
{
	const char *order = gathering->scope->order;
	const json_t *item;
	size_t i;

	if (order == NULL)
		return false;
	if (strcmp(text_of(event, "order"), order) == 0)
		return true;
	json_array_foreach(json_object_get(event, "milestones"), i, item)
		if (strcmp(text_of(item, "subject"), order) == 0)
			return true;
	json_array_foreach(json_object_get(event, "ids"), i, item)
		if (strcmp(text_of(item, "value"), order) == 0)
			return true;
	return false;
}

/* A purge names digests of messages, which a record before it has. */
static bool has_digest(const struct gathering *gathering, const json_t *event)
{
	const json_t *record;
	size_t i;

	if (!json_is_array(json_object_get(event, "digests")))
		return false;
	json_array_foreach(gathering->records, i, record) {
		const char *digest = json_get_str(record, "archive");

		if (digest != NULL && list_has(json_object_get(event, "digests"), digest))
			return true;
	}
	return false;
}

static bool is_concerned(const struct gathering *gathering, const json_t *event)
{
	const char *id = json_get_str(event, "id"), *ref = json_get_str(event, "ref");

	if (id != NULL && json_object_get(gathering->entries, id) != NULL)
		return true;
	if (!scope_has(gathering->scope, time_of(event, "time")))
		return false;
	if (ref != NULL && json_object_get(gathering->by_id, ref) != NULL)
		return true;
	return has_thread(gathering, event) || has_order(gathering, event) || has_digest(gathering, event);
}

/*
 * A thread has keys that the store doesn't tell: those of mail that was joined to it. A reply to two customers has
 * the keys of both, and makes no one thread of them.
 */
static void learn_keys(struct gathering *gathering, const json_t *event)
{
	const json_t *item;
	size_t i;

	if (!is_event(event, "message") || is_outgoing(event))
		return;
	json_array_foreach(json_object_get(event, "threads"), i, item)
		if (json_is_string(item))
			json_object_set_new(gathering->keys, json_string_value(item), json_true());
}

static void keep(json_t **place, const json_t *event)
{
	json_decref(*place);
	*place = event != NULL ? json_incref((json_t *)event) : NULL;
}

static void add_record(struct walk *walk, const json_t *event)
{
	struct gathering *gathering = walk->gathering;
	int64_t time = time_of(event, "time");
	const char *id = json_get_str(event, "id");

	if (walk->setup != NULL)
		json_array_append(gathering->context, walk->setup);
	keep(&walk->setup, NULL);
	keep(&walk->after, NULL);
	if (json_array_size(gathering->records) == 0 && walk->before != NULL)
		json_array_append(gathering->context, walk->before);
	json_array_append(gathering->records, (json_t *)event);
	if (id != NULL)
		json_object_set(gathering->by_id, id, (json_t *)event);
	if (time > gathering->latest)
		gathering->latest = time;
	learn_keys(gathering, event);
}

/* A reload that failed changed nothing. */
static bool is_setup(const json_t *event)
{
	return is_event(event, "start") || (is_event(event, "reload") && !json_is_false(json_object_get(event, "ok")));
}

static int note_event(void *arg, const json_t *event)
{
	struct walk *walk = arg;
	struct gathering *gathering = walk->gathering;

	if (is_event(event, "checkpoint")) {
		if (json_array_size(gathering->records) == 0)
			keep(&walk->before, event);
		else if (walk->after == NULL)
			keep(&walk->after, event);
		return 0;
	}
	/* What the store has not seen yet may belong to it without anybody knowing. */
	if (json_get_int(event, "seq", 0) > gathering->head)
		return walk->after != NULL ? 1 : 0;
	if (is_setup(event))
		keep(&walk->setup, event);
	else if (is_concerned(gathering, event))
		add_record(walk, event);
	return 0;
}

static int compare_seq(const void *a, const void *b)
{
	json_int_t first = json_get_int(*(json_t *const *)a, "seq", 0), second = json_get_int(*(json_t *const *)b, "seq", 0);

	return (first > second) - (first < second);
}

int gather_records(struct gathering *gathering, struct diag *d)
{
	struct walk walk = {.gathering = gathering};
	const char *dir = gathering->source->config->audit_dir;
	json_t *sorted;
	int rc;

	if (gathering->oldest == INT64_MAX)
		return 0;
	rc = audit_read_since(dir, gathering->oldest, note_event, &walk, d);
	if (walk.after != NULL)
		json_array_append(gathering->context, walk.after);
	keep(&walk.setup, NULL);
	keep(&walk.before, NULL);
	keep(&walk.after, NULL);
	if (rc == -1)
		return -1;
	sorted = list_sorted(gathering->context, compare_seq);
	if (sorted == NULL)
		return diag_add(d, "out of memory");
	json_decref(gathering->context);
	gathering->context = sorted;
	return 0;
}

/* ---- lines ---------------------------------------------------------------------------- */

/* Copies the lines of chosen records as they stand in the log. */
struct copying {
	const json_t *events; /* by seq */
	size_t at;            /* the next one */
	struct buf *out;
};

/* The number of a line, which the log writes first; 0: it begins otherwise, and has to be read as JSON. */
static int64_t first_seq(struct slice line)
{
	static const struct slice head = {"{\"seq\":", 7};
	int64_t seq = 0;

	if (line.len < head.len || memcmp(line.ptr, head.ptr, head.len) != 0)
		return 0;
	for (size_t i = head.len; i < line.len && i < 25 && line.ptr[i] >= '0' && line.ptr[i] <= '9'; i++)
		seq = 10 * seq + (line.ptr[i] - '0');
	return seq;
}

static int64_t wanted_seq(const struct copying *copying)
{
	return json_get_int(json_array_get(copying->events, copying->at), "seq", 0);
}

static int copy_line(struct copying *copying, struct slice line, struct diag *d)
{
	int64_t first = first_seq(line), wanted = wanted_seq(copying);
	struct chain_record record;
	bool sound;

	if (first != 0 && first != wanted)
		return 0;
	chain_parse(line, &record);
	sound = record.sound;
	first = record.seq;
	chain_record_free(&record);
	if (first != wanted && sound)
		return 0;
	if (!sound)
		return diag_add(d, "record %lld of the audit log changed while it was read", (long long)wanted);
	buf_add_slice(copying->out, line);
	buf_add_char(copying->out, '\n');
	copying->at++;
	return 0;
}

static int copy_file(struct copying *copying, const char *path, struct diag *d)
{
	struct audit_lines lines;
	struct slice line;
	int rc;

	if (audit_lines_open(&lines, path, 0, d) == -1)
		return -1;
	while (copying->at < json_array_size(copying->events) && (rc = audit_lines_next(&lines, &line, d)) == 1)
		if (copy_line(copying, line, d) == -1)
			break;
	audit_lines_close(&lines);
	return d->count > 0 ? -1 : 0;
}

/* A file is named after its first record: one that ends before the next wanted record is not opened. */
static int copy_lines(const struct file_list *files, const json_t *events, struct buf *out, struct diag *d)
{
	struct copying copying = {events, 0, out};

	for (size_t i = 0; i < files->count && copying.at < json_array_size(events); i++)
		if ((i + 1 == files->count || audit_file_seq(files->paths[i + 1]) > wanted_seq(&copying)) &&
		    copy_file(&copying, files->paths[i], d) == -1)
			return -1;
	if (copying.at < json_array_size(events) || out->failed)
		return diag_add(d, out->failed ? "out of memory" : "record %lld of the audit log is not there any more",
		    (long long)wanted_seq(&copying));
	return 0;
}

int gather_lines(struct gathering *gathering, struct diag *d)
{
	struct file_list files;
	int rc;

	if (audit_file_list(gathering->source->config->audit_dir, &files, d) == -1)
		return -1;
	rc = copy_lines(&files, gathering->records, &gathering->evidence->records, d);
	if (rc == 0)
		rc = copy_lines(&files, gathering->context, &gathering->evidence->context, d);
	file_list_free(&files);
	return rc;
}
