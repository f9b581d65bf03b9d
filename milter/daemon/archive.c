/* SPDX-License-Identifier: BSD-2-Clause */
/* Legal holds and purges that a person commands. */
#include "daemon/archive.h"

#include <string.h>

#include "core/log.h"
#include "daemon/changes.h"
#include "daemon/purge.h"
#include "desk/command.h"

#define VALUE_MAX 1200

/* ---- requests ------------------------------------------------------------------------- */

/* object[key] as text of at most max bytes; *text_r NULL when it has none. */
static int read_text(const json_t *object, const char *key, size_t max, const char **text_r, struct diag *d)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	*text_r = NULL;
	if (value == NULL)
		return 0;
	if (text == NULL || json_string_length(value) != strlen(text) || *text == '\0')
		return diag_add(d, "%s: has to be text", key);
	if (strlen(text) > max)
		return diag_add(d, "%s: longer than %zu bytes", key, max);
	*text_r = text;
	return 0;
}

static int read_why(const json_t *request, const char **why_r, struct diag *d)
{
	if (read_text(request, "why", DESK_WHY_MAX, why_r, d) == -1)
		return -1;
	return *why_r != NULL ? 0 : diag_add(d, "why: is missing; it is kept in the audit log");
}

/* The one thing that a hold is about. 1, 0: none is given, -1. */
static int read_name(const json_t *request, struct store_hold_name *name_r, struct diag *d)
{
	int count = 0;

	for (unsigned i = 0; i < HOLD_KINDS; i++) {
		enum store_hold_kind kind = (enum store_hold_kind)i;
		const char *text;

		if (read_text(request, store_hold_kind_name(kind), VALUE_MAX, &text, d) == -1)
			return -1;
		if (text == NULL)
			continue;
		*name_r = (struct store_hold_name){kind, slice_str(text)};
		count++;
	}
	if (count > 1)
		return diag_add(d, "a legal hold is about one thing: an order, a thread or an address; make several");
	return count;
}

/* ---- events ----------------------------------------------------------------------------- */

/* Who, from where and why. */
static void put_who(json_t *event, const struct person *person, const json_t *request)
{
	json_t *who = changes_who_asks(person, request);

	json_object_update(event, who);
	json_decref(who);
}

static json_t *event_new(const struct service *service, const char *type, const struct person *person,
    const json_t *request)
{
	json_t *event = json_object();
	char id[ID_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	id_new(id, service_now(service));
	clock_format(now, sizeof(now), service_now(service));
	json_put_str(event, "event", type);
	json_put_str(event, "id", id);
	json_put_str(event, "time", now);
	put_who(event, person, request);
	return event;
}

/* As messages are: an address is looked for by the token that stands in their records. */
static int redact(struct service *service, json_t *event)
{
	struct site *site = service_site(service);
	int rc = audit_redact(&site->redact, event);

	site_unref(&site);
	return rc;
}

/* Takes over the reference to event. */
static int record(struct service *service, json_t *event, json_t *answer, struct diag *d)
{
	bool applied = false;
	int rc = redact(service, event);

	if (rc == -1) {
		json_decref(event);
		return diag_add(d, "the event could not be redacted: out of memory");
	}
	json_incref(event);
	rc = service_record(service, event, &applied, d);
	if (rc == 0) {
		json_put_str(answer, "id", json_get_str(event, "id"));
		json_put_bool(answer, "applied", applied);
		log_info("%s: %s by %s", json_get_str(event, "id"), json_get_str(event, "event"), json_get_str(event, "by"));
	}
	json_decref(event);
	return rc;
}

/* ---- holds ------------------------------------------------------------------------------ */

static int count_message(void *arg, const struct store_archived *archived)
{
	(void)archived;
	(*(json_int_t *)arg)++;
	return 0;
}

/* What a hold's event names, as it was recorded. */
static int count_kept(struct service *service, const json_t *event, json_t *answer, struct diag *d)
{
	struct store_hold_name name;
	struct store_archived_filter filter = {.class = -1, .name = &name};
	json_int_t count = 0;

	if (read_name(event, &name, d) != 1 || store_archived(service->store, &filter, count_message, &count, d) == -1)
		return -1;
	json_put_int(answer, "messages", count);
	return 0;
}

static int command_hold(struct service *service, const struct person *person, const json_t *request, json_t *answer, struct diag *d)
{
	struct store_hold_name name;
	json_t *event;
	const char *why;
	int rc = read_name(request, &name, d);

	if (rc == 0)
		return diag_add(d, "what is to be held? An order, a thread or an address");
	if (rc == -1 || read_why(request, &why, d) == -1)
		return -1;
	event = event_new(service, "legal-hold", person, request);
	json_put(event, store_hold_kind_name(name.kind), name.value);
	json_incref(event);
	rc = record(service, event, answer, d);
	/* It is in force; how much it keeps is only told. */
	if (rc == 0)
		count_kept(service, event, answer, d);
	json_decref(event);
	return rc;
}

struct found {
	json_t *event; /* gets what the hold names */
	size_t count;
	char ids[1024];
};

static int note_hold(void *arg, const struct store_legal_hold *hold)
{
	struct found *found = arg;
	size_t n = strlen(found->ids);

	if (found->count++ == 0) {
		json_put_str(found->event, "ref", hold->id);
		json_put(found->event, store_hold_kind_name(hold->kind), slice_str(hold->value));
	}
	if (n + strlen(hold->id) + 2 < sizeof(found->ids)) {
		memcpy(found->ids + n, " ", 1);
		memcpy(found->ids + n + 1, hold->id, strlen(hold->id) + 1);
	}
	return 0;
}

/* The one hold that is meant. A name is redacted first, as it was when the hold began. */
static int find_hold(struct service *service, const char *ref, const struct store_hold_name *name, struct found *found,
    struct diag *d)
{
	json_t *names = json_object();
	struct store_hold_name recorded;
	struct store_legal_hold_filter filter = {.id = ref};
	int rc = 0;

	if (ref == NULL) {
		json_put(names, store_hold_kind_name(name->kind), name->value);
		rc = redact(service, names) == -1 || read_name(names, &recorded, d) != 1 ? -1 : 0;
		filter.name = &recorded;
	}
	if (rc == 0)
		rc = store_legal_holds(service->store, &filter, note_hold, found, d);
	json_decref(names);
	if (rc == -1)
		return d->count > 0 ? -1 : diag_add(d, "out of memory");
	if (found->count == 0)
		return diag_add(d, "no such legal hold is in force; see 'postern archive holds'");
	if (found->count > 1)
		return diag_add(d, "several legal holds are about that; release each by its id:%s", found->ids);
	return 0;
}

static int command_release(struct service *service, const struct person *person, const json_t *request, json_t *answer, struct diag *d)
{
	struct store_hold_name name;
	struct found found = {.count = 0};
	const char *why, *ref;
	int rc = read_name(request, &name, d);

	if (rc == -1 || read_text(request, "ref", 64, &ref, d) == -1 || read_why(request, &why, d) == -1)
		return -1;
	if ((rc == 1) == (ref != NULL))
		return diag_add(d, "which legal hold is to be released? Its id, or what it is about");
	found.event = event_new(service, "legal-release", person, request);
	if (find_hold(service, ref, &name, &found, d) == -1) {
		json_decref(found.event);
		return -1;
	}
	json_put_str(answer, "ref", json_get_str(found.event, "ref"));
	return record(service, found.event, answer, d);
}

/* ---- purge --------------------------------------------------------------------------------- */

static void put_next(json_t *answer, const struct archive_cursor *cursor)
{
	json_t *next = json_object();

	json_put_int(next, "class", (json_int_t)cursor->class);
	json_put_int(next, "time", cursor->time);
	json_put_int(next, "seq", cursor->seq);
	json_put_new(answer, "next", next);
}

static int command_purge(struct service *service, const struct person *person, const json_t *request, json_t *answer, struct diag *d)
{
	const json_t *after = json_object_get(request, "after");
	struct archive_cursor cursor = {(unsigned)json_get_int(after, "class", 0), json_get_int(after, "time", 0),
	    json_get_int(after, "seq", 0)};
	struct purge_result result = {0};
	json_t *who;
	const char *why;
	int rc;

	if (read_text(request, "why", DESK_WHY_MAX, &why, d) == -1)
		return -1;
	who = json_object();
	put_who(who, person, request);
	rc = redact(service, who);
	if (rc == 0)
		rc = purge_batch(service, &cursor, who, &result, d);
	json_decref(who);
	json_put_int(answer, "purged", (json_int_t)result.purged);
	json_put_int(answer, "removed", (json_int_t)result.removed);
	json_put_int(answer, "on_hold", (json_int_t)result.on_hold);
	json_put_int(answer, "shared", (json_int_t)result.shared);
	if (rc == 0 && cursor.class < ARCHIVE_CLASSES)
		put_next(answer, &cursor);
	return rc;
}

static int locked(struct service *service, const struct person *person, const json_t *request, json_t *answer, struct diag *d,
    int (*command)(struct service *, const struct person *, const json_t *, json_t *, struct diag *))
{
	int rc;

	/* Not while a purge decides what goes. */
	pthread_mutex_lock(&service->archive_lock);
	rc = command(service, person, request, answer, d);
	pthread_mutex_unlock(&service->archive_lock);
	return rc;
}

int archive_command(struct service *service, const struct person *person, const json_t *request, json_t *answer, struct diag *d)
{
	const char *verb = json_get_str(request, "verb");

	if (verb != NULL && strcmp(verb, "hold") == 0)
		return locked(service, person, request, answer, d, command_hold);
	if (verb != NULL && strcmp(verb, "release-hold") == 0)
		return locked(service, person, request, answer, d, command_release);
	if (verb == NULL || strcmp(verb, "purge") != 0)
		return diag_add(d, "verb: there are hold, release-hold and purge");
	if (service->archive == NULL)
		return diag_add(d, "no archive is kept: archive { enabled = yes } and a restart bring it into force");
	return command_purge(service, person, request, answer, d);
}
