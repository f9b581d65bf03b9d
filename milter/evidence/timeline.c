/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row for everything that happened, by time: mail both ways, verdicts, holds, releases, bounces, commands,
 * alerts, milestones, and the seconds in which a deadline passed without an answer.
 */
#include "evidence/internal.h"

#include <string.h>

struct title {
	const char *name, *title;
};

static const struct title verbs[] = {
	{"done", "Marked: needs no response"}, {"undone", "Mark 'needs no response' taken back"},
	{"spam", "Reported as spam"}, {"unspam", "Report as spam taken back"},
	{"releasing", "About to be released from hold"}, {"release", "Held reply released: it was sent"},
	{"kept", "Release failed: the reply stays held"}, {"refuse", "Held reply refused: it was not sent"},
	{"approve", "Release approved by a second person"}, {"milestone", "Dates recorded"}, {NULL, NULL},
};

static const struct title events[] = {
	{"alert", "Alert"}, {"queued", "Queue id became known"}, {"interrupted", "Interrupted: nothing was decided"},
	{"error", "Error"}, {"purge", "Deleted from the archive"}, {"legal-hold", "Legal hold set"},
	{"legal-release", "Legal hold lifted"}, {"label", "Labelled"}, {NULL, NULL},
};

static const char *title_of(const struct title *titles, const char *name)
{
	for (; titles->name != NULL; titles++)
		if (strcmp(titles->name, name) == 0)
			return titles->title;
	return name;
}

static const char *incoming_title(const json_t *record, const char *effect)
{
	if (strcmp(effect, "failed") == 0)
		return "Notice: mail of ours was not delivered";
	if (strcmp(effect, "inquiry") == 0)
		return "Message received: an answer is due";
	if (json_is_true(json_object_get(record, "answers")))
		return "Copy of an answer given on the marketplace's pages";
	return "Message received: no answer is due";
}

static const char *outgoing_title(const json_t *record, const char *effect)
{
	const char *action = text_of(record, "action");

	if (strcmp(action, "hold") == 0)
		return "Reply held: a person has to look at it";
	if (strcmp(action, "reject") == 0)
		return "Reply refused: it was not sent";
	if (strcmp(action, "defer") == 0)
		return "Put off: the sender's mail server tries again";
	if (json_is_true(json_object_get(record, "auto_reply")))
		return "Automatic reply sent";
	return strcmp(effect, "answer") == 0 ? "Reply sent" : "Message sent";
}

static const char *effect_of(const struct gathering *gathering, const json_t *record)
{
	return text_of(json_object_get(gathering->entries, text_of(record, "id")), "effect");
}

/* ---- rows ----------------------------------------------------------------------------- */

/* "rule (action): evidence" of each finding. */
static void put_findings(json_t *row, const json_t *record)
{
	struct buf text = {0};
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(record, "findings"), i, finding) {
		if (text.len > 0)
			buf_add_str(&text, "; ");
		buf_printf(&text, "%s %s (%s)", text_of(finding, "rule_id"), text_of(finding, "rule"), text_of(finding, "action"));
		if (text_of(finding, "evidence")[0] != '\0')
			buf_printf(&text, ": %s", text_of(finding, "evidence"));
	}
	if (text.len > 0)
		json_put(row, "details", buf_slice(&text));
	buf_free(&text);
}

static void put_who(json_t *row, const json_t *record)
{
	const char *name = text_of(record, "from_name"), *from = text_of(record, "from");
	struct buf who = {0};

	if (is_outgoing(record) && text_of(record, "agent")[0] != '\0')
		buf_add_str(&who, text_of(record, "agent"));
	else if (name[0] != '\0')
		buf_printf(&who, "%s <%s>", name, from);
	else
		buf_add_str(&who, from);
	json_put(row, "who", buf_slice(&who));
	buf_free(&who);
}

static json_t *row_new(const struct gathering *gathering, const json_t *record, int64_t time, const char *event)
{
	const char *market = text_of(record, "marketplace");
	json_t *row = json_object();

	put_time(row, "time", time);
	put_local(row, "local", zone_of(gathering, market[0] != '\0' ? market : text_of(gathering->threads != NULL
	    ? json_array_get(gathering->threads, 0) : NULL, "marketplace")), time);
	if (json_object_get(record, "seq") != NULL)
		json_put_int(row, "seq", json_get_int(record, "seq", 0));
	json_put_str(row, "id", json_get_str(record, "id"));
	json_put_str(row, "event", event);
	return row;
}

static void add_message(const struct gathering *gathering, const json_t *record, json_t *list)
{
	static const char *const keys[] = {"direction", "marketplace", "action", "would", "subject", "order", "case", "kind",
	    "queue_id", "digest", NULL};
	json_t *row = row_new(gathering, record, time_of(record, "time"), "message");
	const char *effect = effect_of(gathering, record);

	copy_members(row, record, keys);
	json_put_str(row, "effect", effect);
	json_put_str(row, "title", is_outgoing(record) ? outgoing_title(record, effect) : incoming_title(record, effect));
	put_who(row, record);
	put_joined(row, "labels", json_object_get(record, "labels"));
	put_findings(row, record);
	if (strcmp(effect, "inquiry") == 0)
		put_time(row, "due", time_of(json_object_get(record, "sla"), "due"));
	json_array_append_new(list, row);
}

static void add_milestones(const struct gathering *gathering, const json_t *record, json_t *list)
{
	const json_t *milestone;
	size_t i;

	json_array_foreach(json_object_get(record, "milestones"), i, milestone) {
		const char *order = gathering->scope->order, *subject = text_of(milestone, "subject");
		struct buf title = {0};
		json_t *row;

		if (order != NULL && strcmp(order, subject) != 0 && strcmp(order, text_of(record, "order")) != 0)
			continue;
		row = row_new(gathering, record, time_of(milestone, "time"), "milestone");
		buf_printf(&title, "Date: %s", text_of(milestone, "name"));
		json_put(row, "title", buf_slice(&title));
		json_put_str(row, "order", subject);
		json_put_str(row, "who", json_get_str(record, "by"));
		json_put_str(row, "details", is_event(record, "message") ? "told by a notice" : json_get_str(record, "why"));
		json_array_append_new(list, row);
		buf_free(&title);
	}
}

static void put_alert(json_t *row, const json_t *record)
{
	struct buf text = {0};

	if (json_object_get(record, "level") == NULL)
		return;
	buf_printf(&text, "%lld %% of the time to answer is over", (long long)json_get_int(record, "level", 0));
	json_put(row, "details", buf_slice(&text));
	buf_free(&text);
}

static void add_other(const struct gathering *gathering, const json_t *record, json_t *list)
{
	static const char *const keys[] = {"marketplace", "ref", "order", "queue_id", "reason", "class", "from", NULL};
	const char *event = text_of(record, "event"), *verb = text_of(record, "verb");
	json_t *row = row_new(gathering, record, time_of(record, "time"), event);

	copy_members(row, record, keys);
	if (verb[0] != '\0')
		json_put_str(row, "action", verb);
	json_put_str(row, "title", verb[0] != '\0' ? title_of(verbs, verb) : title_of(events, event));
	json_put_str(row, "who", json_get_str(record, "by"));
	json_put_str(row, "details", json_get_str(record, "why"));
	put_joined(row, "labels", json_object_get(record, "labels"));
	if (is_event(record, "alert"))
		put_alert(row, record);
	if (is_event(record, "error") && json_get_str(record, "what") != NULL)
		json_put_str(row, "details", json_get_str(record, "what"));
	json_array_append_new(list, row);
}

/* The second after the due one is the first in which it was missed. */
static void add_deadline(const struct gathering *gathering, const json_t *inquiry, json_t *list)
{
	json_t *row;

	if (!json_is_true(json_object_get(inquiry, "missed")))
		return;
	row = json_object();
	put_time(row, "time", time_of(inquiry, "due") + 1);
	put_local(row, "local", zone_of(gathering, text_of(inquiry, "marketplace")), time_of(inquiry, "due") + 1);
	json_put_str(row, "event", "deadline");
	json_put_str(row, "title", "Deadline passed without an answer");
	json_put_str(row, "ref", text_of(inquiry, "id"));
	json_put_str(row, "marketplace", text_of(inquiry, "marketplace"));
	json_array_append_new(list, row);
}

static void put_file(json_t *list, const json_t *messages)
{
	const json_t *message;
	json_t *row, *files = json_object();
	size_t i;

	json_array_foreach(messages, i, message)
		json_object_set(files, text_of(message, "id"), (json_t *)message);
	json_array_foreach(list, i, row) {
		message = strcmp(text_of(row, "event"), "message") == 0 ? json_object_get(files, text_of(row, "id")) : NULL;
		json_put_str(row, "file", json_get_str(message, "file"));
		if (message != NULL)
			json_put_str(row, "raw_message", text_of(message, "state"));
	}
	json_decref(files);
}

static int compare_rows(const void *a, const void *b)
{
	const json_t *first = *(json_t *const *)a, *second = *(json_t *const *)b;
	int order = strcmp(text_of(first, "time"), text_of(second, "time"));
	json_int_t left = json_get_int(first, "seq", 0), right = json_get_int(second, "seq", 0);

	if (order != 0 || left != right)
		return order != 0 ? order : (left > right) - (left < right);
	order = strcmp(text_of(first, "event"), text_of(second, "event"));
	return order != 0 ? order : strcmp(text_of(first, "title"), text_of(second, "title"));
}

json_t *gather_timeline(struct gathering *gathering, const json_t *inquiries, const json_t *messages)
{
	json_t *list = json_array(), *sorted;
	const json_t *item;
	size_t i;

	json_array_foreach(gathering->records, i, item) {
		if (is_event(item, "message"))
			add_message(gathering, item, list);
		else
			add_other(gathering, item, list);
		add_milestones(gathering, item, list);
	}
	json_array_foreach(inquiries, i, item)
		add_deadline(gathering, item, list);
	put_file(list, messages);
	sorted = list_sorted(list, compare_rows);
	json_decref(list);
	return sorted;
}
