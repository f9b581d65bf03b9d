/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence is gathered in this order: which threads the store says it is about, the log's records of them, the raw
 * messages that these name, and then what follows from all of it.
 */
#include "evidence/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

/* ---- what the files share ------------------------------------------------------------ */

bool scope_has(const struct evidence_scope *scope, int64_t time)
{
	return (scope->from == 0 || time >= scope->from) && (scope->to == 0 || time < scope->to) &&
	    (scope->at == 0 || time <= scope->at);
}

int64_t time_of(const json_t *object, const char *key)
{
	const char *text = json_get_str(object, key);
	int64_t seconds;

	return text != NULL && clock_parse(text, &seconds) == 0 ? seconds : 0;
}

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_get_str(object, key);

	return text != NULL ? text : "";
}

void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	if (seconds == 0)
		return;
	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

void put_local(json_t *object, const char *key, const struct zone *zone, int64_t seconds)
{
	int64_t offset = zone != NULL && seconds != 0 ? zone_local(zone, seconds) - seconds : 0;
	int64_t minutes = (offset < 0 ? -offset : offset) / 60;
	char text[CLOCK_TEXT_SIZE], local[48];

	if (seconds == 0)
		return;
	clock_format(text, sizeof(text), seconds + offset);
	snprintf(local, sizeof(local), "%.10s %.8s %c%02d:%02d", text, text + 11, offset < 0 ? '-' : '+',
	    (int)(minutes / 60), (int)(minutes % 60));
	json_put_str(object, key, local);
}

const struct zone *zone_of(const struct gathering *gathering, const char *marketplace)
{
	const struct marketplace *market = profiles_find(gathering->source->profiles, marketplace);

	return market != NULL ? marketplace_zone(market) : NULL;
}

bool list_has(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return true;
	return false;
}

void put_joined(json_t *object, const char *key, const json_t *list)
{
	struct buf text = {0};
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!json_is_string(item))
			continue;
		if (text.len > 0)
			buf_add_str(&text, ", ");
		buf_add_str(&text, json_string_value(item));
	}
	if (text.len > 0)
		json_put(object, key, buf_slice(&text));
	buf_free(&text);
}

void copy_members(json_t *to, const json_t *from, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (json_object_get(from, *keys) != NULL)
			json_object_set(to, *keys, json_object_get(from, *keys));
}

json_t *list_sorted(const json_t *list, int (*compare)(const void *, const void *))
{
	size_t count = json_array_size(list);
	json_t **items = calloc(count + 1, sizeof(json_t *)), *sorted = items != NULL ? json_array() : NULL;

	for (size_t i = 0; sorted != NULL && i < count; i++)
		items[i] = json_array_get(list, i);
	if (sorted != NULL)
		qsort(items, count, sizeof(json_t *), compare);
	for (size_t i = 0; sorted != NULL && i < count; i++)
		json_array_append(sorted, items[i]);
	free(items);
	return sorted;
}

bool is_event(const json_t *record, const char *type)
{
	return strcmp(text_of(record, "event"), type) == 0;
}

bool is_outgoing(const json_t *record)
{
	return strcmp(text_of(record, "direction"), "out") == 0;
}

/* ---- the whole ------------------------------------------------------------------------ */

static json_t *scope_json(const struct evidence_scope *scope)
{
	json_t *object = json_object();

	json_put_str(object, "order", scope->order);
	json_put_str(object, "thread", scope->thread);
	json_put_str(object, "customer", scope->customer);
	put_time(object, "from", scope->from);
	put_time(object, "to", scope->to);
	put_time(object, "at", scope->at);
	return object;
}

static void add_marketplace(struct gathering *gathering, json_t *list, const char *name)
{
	const struct marketplace *market = profiles_find(gathering->source->profiles, name);
	const json_t *known;
	json_t *object;
	size_t i;

	json_array_foreach(list, i, known)
		if (strcmp(text_of(known, "name"), name) == 0)
			return;
	object = json_object();
	json_put_str(object, "name", name);
	json_put_str(object, "title", market != NULL ? marketplace_title(market) : name);
	json_put_str(object, "zone", zone_of(gathering, name) != NULL ? zone_name(zone_of(gathering, name)) : "UTC");
	json_array_append_new(list, object);
}

static json_t *marketplaces(struct gathering *gathering)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach(gathering->threads, i, item)
		if (text_of(item, "marketplace")[0] != '\0')
			add_marketplace(gathering, list, text_of(item, "marketplace"));
	json_array_foreach(gathering->records, i, item)
		if (text_of(item, "marketplace")[0] != '\0')
			add_marketplace(gathering, list, text_of(item, "marketplace"));
	return list;
}

static json_t *log_json(const struct gathering *gathering)
{
	json_t *object = json_object();
	size_t count = json_array_size(gathering->records);

	json_put_int(object, "records", (json_int_t)count);
	if (count > 0) {
		json_put_int(object, "first", json_get_int(json_array_get(gathering->records, 0), "seq", 0));
		json_put_int(object, "last", json_get_int(json_array_get(gathering->records, count - 1), "seq", 0));
	}
	json_put_new(object, "context", json_incref(gathering->context));
	return object;
}

static int put_model(struct gathering *gathering, struct diag *d)
{
	json_t *model = gathering->evidence->model = json_object(), *inquiries, *messages;

	inquiries = gather_inquiries(gathering, d);
	messages = inquiries != NULL ? gather_messages(gathering, d) : NULL;
	if (messages == NULL) {
		json_decref(inquiries);
		return -1;
	}
	json_put_str(model, "format", "postern evidence 1");
	json_put_new(model, "scope", scope_json(gathering->scope));
	put_time(model, "as_of", gathering->evidence->as_of);
	json_put_new(model, "marketplaces", marketplaces(gathering));
	json_put_new(model, "threads", json_incref(gathering->threads));
	json_put_new(model, "inquiries", inquiries);
	json_put_new(model, "messages", messages);
	json_put_new(model, "timeline", gather_timeline(gathering, inquiries, messages));
	json_put_new(model, "verdicts", gather_verdicts(gathering));
	json_put_new(model, "values", gather_values(gathering));
	json_put_new(model, "checklists", gather_checklists(gathering, inquiries));
	json_put_new(model, "log", log_json(gathering));
	json_put_new(model, "records", json_incref(gathering->records));
	return 0;
}

static int gather(struct gathering *gathering, struct diag *d)
{
	char hash[HASH_HEX_SIZE];

	if (store_applied(gathering->source->store, &gathering->head, hash, d) == -1 ||
	    gather_threads(gathering, d) == -1 || gather_records(gathering, d) == -1)
		return -1;
	if (json_array_size(gathering->records) == 0)
		return 0;
	gathering->evidence->as_of = gathering->scope->at != 0 ? gathering->scope->at : gathering->latest;
	if (put_model(gathering, d) == -1 || gather_lines(gathering, d) == -1)
		return -1;
	return 1;
}

int evidence_gather(const struct evidence_source *source, const struct evidence_scope *scope,
    struct evidence *evidence_r, struct diag *d)
{
	struct gathering gathering = {.source = source, .scope = scope, .evidence = evidence_r, .threads = json_array(),
	    .keys = json_object(), .entries = json_object(), .records = json_array(), .by_id = json_object(),
	    .context = json_array()};
	int rc;

	*evidence_r = (struct evidence){0};
	rc = gather(&gathering, d);
	json_decref(gathering.threads);
	json_decref(gathering.keys);
	json_decref(gathering.entries);
	json_decref(gathering.records);
	json_decref(gathering.by_id);
	json_decref(gathering.context);
	return rc;
}

void evidence_free(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->message_count; i++) {
		free(evidence->messages[i].name);
		buf_free(&evidence->messages[i].raw);
	}
	free(evidence->messages);
	json_decref(evidence->model);
	buf_free(&evidence->records);
	buf_free(&evidence->context);
	*evidence = (struct evidence){0};
}
