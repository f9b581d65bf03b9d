/* SPDX-License-Identifier: BSD-2-Clause */
/* From a record of the audit log to what it says of the archive. No database in here. */
#include "store/event_archive.h"

#include <inttypes.h>

#include "core/log.h"

const char *store_hold_kind_name(enum store_hold_kind kind)
{
	static const char *const names[HOLD_KINDS] = {
		[HOLD_ORDER] = "order", [HOLD_THREAD] = "thread", [HOLD_ADDRESS] = "address",
	};

	return names[kind];
}

static struct slice member(const json_t *object, const char *key)
{
	return json_slice(json_object_get(object, key));
}

/* ---- what happened ------------------------------------------------------------------- */

static void read_kept(const json_t *event, int64_t seq, struct archive_event *e)
{
	e->digest = member(event, "archive");
	if (e->digest.len == 0)
		return;
	/* A class that a later version has: kept as long as what was held. */
	if (archive_class_find(json_get_str(event, "archive_class"), &e->class) == -1) {
		log_error("store: audit record %" PRId64 ": its archive_class is unknown and taken as held", seq);
		e->class = ARCHIVE_HELD;
	}
	e->type = ARCHIVE_EVENT_KEPT;
	e->size = json_get_int(event, "size", 0);
	e->inbound = slice_eq_str(member(event, "direction"), "in");
	e->marketplace = member(event, "marketplace");
	e->sender = member(event, "sender");
	e->subject = member(event, "subject");
	e->order = member(event, "order");
}

static void read_hold(const json_t *event, int64_t seq, struct archive_event *e)
{
	e->why = member(event, "why");
	e->by = member(event, "by");
	for (unsigned kind = 0; kind < HOLD_KINDS; kind++) {
		struct slice value = member(event, store_hold_kind_name((enum store_hold_kind)kind));

		if (value.len == 0)
			continue;
		e->name = (struct store_hold_name){(enum store_hold_kind)kind, value};
		e->type = ARCHIVE_EVENT_HOLD;
		return;
	}
	log_error("store: audit record %" PRId64 ": a legal hold that names nothing is passed over", seq);
}

void archive_event_read(const json_t *event, int64_t seq, struct archive_event *event_r)
{
	struct slice type = member(event, "event");
	struct archive_event *e = event_r;

	*e = (struct archive_event){.type = ARCHIVE_EVENT_NONE};
	if (slice_eq_str(type, "message")) {
		read_kept(event, seq, e);
	} else if (slice_eq_str(type, "purge")) {
		e->type = ARCHIVE_EVENT_PURGE;
		e->digests = json_object_get(event, "digests");
		e->upto = json_get_int(event, "upto", 0);
	} else if (slice_eq_str(type, "legal-hold")) {
		read_hold(event, seq, e);
	} else if (slice_eq_str(type, "legal-release")) {
		e->type = ARCHIVE_EVENT_RELEASE;
		e->ref = member(event, "ref");
		e->why = member(event, "why");
		e->by = member(event, "by");
	}
}

/* ---- names ------------------------------------------------------------------------------ */

void archive_event_lower(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_add_char(out, (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] + 32 : s.ptr[i]));
}

static int give(archive_name_fn fn, void *arg, enum store_hold_kind kind, struct slice value)
{
	struct buf lower = {0};
	int rc;

	if (value.len == 0)
		return 0;
	if (kind != HOLD_ADDRESS)
		return fn(arg, kind, value);
	archive_event_lower(&lower, value);
	rc = lower.failed ? -1 : fn(arg, kind, buf_slice(&lower));
	buf_free(&lower);
	return rc;
}

static int give_list(const json_t *list, archive_name_fn fn, void *arg, enum store_hold_kind kind)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(list) && rc == 0; i++)
		rc = give(fn, arg, kind, json_slice(json_array_get(list, i)));
	return rc;
}

static int give_ids(const json_t *event, archive_name_fn fn, void *arg)
{
	const json_t *ids = json_object_get(event, "ids");
	int rc = give(fn, arg, HOLD_ORDER, member(event, "order"));

	for (size_t i = 0; i < json_array_size(ids) && rc == 0; i++)
		rc = give(fn, arg, HOLD_ORDER, member(json_array_get(ids, i), "value"));
	return rc != 0 ? rc : give(fn, arg, HOLD_ORDER, member(event, "case"));
}

static int give_addresses(const json_t *event, archive_name_fn fn, void *arg)
{
	static const char *const members[] = {"sender", "from", "reply_to", "account", "agent", "shop"};
	const json_t *recipients = json_object_get(event, "recipients");
	int rc = give_list(recipients, fn, arg, HOLD_ADDRESS);

	for (size_t i = 0; i < sizeof(members) / sizeof(*members) && rc == 0; i++)
		rc = give(fn, arg, HOLD_ADDRESS, member(event, members[i]));
	/* One who is not listed may be the one who is meant. */
	if (rc == 0 && json_get_int(event, "recipient_count", 0) > (json_int_t)json_array_size(recipients))
		rc = fn(arg, HOLD_ADDRESS, SLICE_LIT("*"));
	return rc;
}

int archive_event_names(const json_t *event, archive_name_fn fn, void *arg)
{
	int rc = give_ids(event, fn, arg);

	if (rc == 0)
		rc = give_list(json_object_get(event, "threads"), fn, arg, HOLD_THREAD);
	return rc == 0 ? give_addresses(event, fn, arg) : rc;
}
