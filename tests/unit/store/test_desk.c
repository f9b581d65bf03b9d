/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the desk asks a store, through store.h only and of each kind of store: the same events give the same
 * answers, in whatever order they come and however often.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/log.h"
#include "desk/rate.h"
#include "store/store.h"
#include "../../spread.h"

/* ---- the kinds ---------------------------------------------------------------------- */

/*
 * Another kind takes a line here; what it needs of its surroundings stands in place. Events for "redis" were recorded by
 * three gateways in turn, one of them this one.
 */
static const char *const kinds[] = {"memory", "sqlite", "redis"};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct place {
	char dir[64], path[80];
	const char *kind;
	struct store *store;
	int64_t seq;
	struct spread spread;
};

static void open_place(struct place *p, const char *kind)
{
	const char *tmp = getenv("TMPDIR");
	struct diag d = {0};

	*p = (struct place){.kind = kind};
	snprintf(p->dir, sizeof(p->dir), "%.30s/postern-desk-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/store.db", p->dir);
	p->store = store_open(&(struct store_config){.type = kind, .path = p->path}, &d);
	if (p->store == NULL)
		print_error("%s\n", d.text);
	assert_non_null(p->store);
}

static void close_place(struct place *p)
{
	DIR *handle = opendir(p->dir);
	const struct dirent *entry;

	spread_end(&p->spread);
	store_close(&p->store);
	while (handle != NULL && (entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	closedir(handle);
	rmdir(p->dir);
}

/* ---- events ------------------------------------------------------------------------- */

/*
 * An event from its short form: id, second, JSON members. The members that every message has are filled in; time is
 * in seconds after 2026-01-05T00:00:00Z.
 */
struct event {
	const char *id;
	int64_t time;
	const char *text;
};

#define START ((int64_t)1767571200)
#define DAY 86400

static json_t *make_event(struct place *p, const struct event *e)
{
	json_t *event = json_loads(e->text, JSON_ALLOW_NUL, NULL);
	char time[CLOCK_TEXT_SIZE], hash[HASH_HEX_SIZE];

	if (event == NULL)
		print_error("%s\n", e->text);
	assert_non_null(event);
	hash_hex(hash, slice_str(e->id));
	clock_format(time, sizeof(time), START + e->time);
	json_put_int(event, "seq", ++p->seq);
	json_put_str(event, "id", e->id);
	json_put_str(event, "hash", hash);
	json_put_str(event, "time", time);
	if (json_object_get(event, "event") == NULL) {
		json_put_str(event, "event", "message");
		if (json_object_get(event, "marketplace") == NULL)
			json_put_str(event, "marketplace", "walmart");
		if (json_object_get(event, "shop") == NULL)
			json_put_str(event, "shop", "shop");
		if (json_object_get(event, "action") == NULL)
			json_put_str(event, "action", "pass");
	}
	return event;
}

static int apply_spread(struct place *p, json_t *const *events, size_t count, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = spread_apply(&p->spread, p->store, (size_t)json_get_int(events[i], "seq", 0) % SPREAD_GATEWAYS, events[i], d);
	return rc;
}

static void apply_many(struct place *p, const struct event *events, size_t count)
{
	json_t *list[64];
	struct diag d = {0};
	int rc;

	assert_true(count <= 64);
	for (size_t i = 0; i < count; i++)
		list[i] = make_event(p, &events[i]);
	rc = strcmp(p->kind, "redis") == 0 ? apply_spread(p, list, count, &d) : store_apply(p->store, list, count, &d);
	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	for (size_t i = 0; i < count; i++)
		json_decref(list[i]);
}

static void apply(struct place *p, const char *id, int64_t time, const char *text)
{
	struct event event = {id, time, text};

	apply_many(p, &event, 1);
}

/* START + 48 hours + so many seconds is 2026-01-07T00:00:00Z + them. */
#define DUE "\"sla\":{\"change\":\"starts\",\"due\":\"2026-01-07T00:00:00Z\"}"
#define IN(key, more) "{\"direction\":\"in\",\"threads\":[\"" key "\"]," more "}"
#define OUT(key, more) "{\"direction\":\"out\",\"answers\":true,\"agent\":\"ann\",\"threads\":[\"" key "\"]," more "}"
#define LOOSE(more) "{\"direction\":\"in\",\"threads\":[]," more "}"
#define DESK(verb, more) "{\"event\":\"desk\",\"verb\":\"" verb "\",\"by\":\"root\"," more "}"
#define ON(key) "\"threads\":[\"" key "\"]"

/* ---- what is seen --------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *text)
{
	buf_printf(out, "%s|", text);
}

static int dump_thread(void *arg, const struct store_thread *t)
{
	struct buf *out = arg;

	put_text(out, "thread");
	for (size_t i = 0; i < 9; i++)
		put_text(out, ((const char *const[]){t->key, t->marketplace, t->shop, t->customer, t->subject, t->order,
		    t->case_id, t->labels, t->last_id})[i]);
	buf_printf(out, "%lld|%lld|%lld|%lld|%d|%d", (long long)t->last_time, (long long)t->failed, (long long)t->opened,
	    (long long)t->due, t->spam, t->done);
	for (size_t i = 0; i < t->event_count; i++)
		buf_printf(out, " %d,%lld,%s,%s,%s", (int)t->events[i].kind, (long long)t->events[i].time, t->events[i].id,
		    t->events[i].ref, t->events[i].agent);
	buf_add_str(out, "\n");
	return 0;
}

static int dump_message(void *arg, const struct store_message *m)
{
	buf_printf(arg, "message|%s|%lld|%s|%s|%d|%s|%s|%s|%s\n", m->id, (long long)m->time, m->direction, m->action,
	    (int)m->effect, m->ref, m->agent, m->labels, m->message_id);
	return 0;
}

static int dump_due(void *arg, const struct store_due *due)
{
	buf_printf(arg, "due|%s|%s|%lld|%lld|%d\n", due->key, due->customer, (long long)due->opened, (long long)due->due,
	    due->alerted);
	return 0;
}

static int dump_alarm(void *arg, const struct store_alarm *a)
{
	buf_printf(arg, "alarm|%s|%s|%lld|%s|%s|%s|%s|%d\n", a->key, a->id, (long long)a->time - START, a->shop, a->subject, a->order,
	    a->detail, a->given);
	return 0;
}

static int dump_milestone(void *arg, const struct store_milestone *m)
{
	buf_printf(arg, "milestone|%s|%s|%lld|%lld|%s|%s\n", m->subject, m->name, (long long)m->time, (long long)m->term_days,
	    m->order, m->id);
	return 0;
}

static int dump_case(void *arg, const struct store_case *c)
{
	buf_printf(arg, "case|%s|%s|%s|%s|%s|%lld|%lld|%lld|%lld|%lld|%lld|%d\n", c->id, c->channel, c->subject, c->ids,
	    c->last_id, (long long)c->opened, (long long)c->last_time, (long long)c->questions, (long long)c->replies,
	    (long long)c->urgent, (long long)c->reopened, c->open);
	return 0;
}

static int dump_rate(void *arg, const char *group, const struct desk_rate *rate)
{
	buf_printf(arg, "rate|%s|%llu|%llu|%llu|%llu\n", group, (unsigned long long)rate->counted,
	    (unsigned long long)rate->in_time, (unsigned long long)rate->missed, (unsigned long long)rate->open);
	return 0;
}

static struct buf inbox(struct place *p, struct store_filter filter)
{
	struct buf out = {0};
	struct diag d = {0};
	int rc = store_threads(p->store, &filter, dump_thread, &out, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	return out;
}

static size_t count_lines(const struct buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < out->len; i++)
		count += out->data[i] == '\n';
	return count;
}

static size_t found(struct place *p, struct store_filter filter)
{
	struct buf out = inbox(p, filter);
	size_t count = count_lines(&out);

	buf_free(&out);
	return count;
}

#define FOUND(...) found(p, (struct store_filter){__VA_ARGS__})

/* The one thread with this key, kept beyond the call. */
struct seen {
	size_t threads;
	int64_t failed, opened, due, last_time;
	int spam, done;
	char key[128], customer[64], subject[64], order[32], labels[128], shop[32];
	struct thread_status status;
};

static int see(void *arg, const struct store_thread *t)
{
	struct seen *seen = arg;

	seen->threads++;
	seen->failed = t->failed;
	seen->opened = t->opened > 0 ? t->opened - START : -1;
	seen->due = t->due > 0 ? t->due - START : -1;
	seen->last_time = t->last_time - START;
	seen->spam = t->spam;
	seen->done = t->done;
	snprintf(seen->key, sizeof(seen->key), "%s", t->key);
	snprintf(seen->customer, sizeof(seen->customer), "%s", t->customer);
	snprintf(seen->subject, sizeof(seen->subject), "%s", t->subject);
	snprintf(seen->order, sizeof(seen->order), "%s", t->order);
	snprintf(seen->labels, sizeof(seen->labels), "%s", t->labels);
	snprintf(seen->shop, sizeof(seen->shop), "%s", t->shop);
	seen->status = desk_thread_status(t->events, t->event_count, START + 30 * DAY);
	return 0;
}

static struct seen look(struct place *p, const char *key)
{
	struct seen seen = {0};
	struct diag d = {0};

	assert_int_equal(store_threads(p->store, &(struct store_filter){.key = key}, see, &seen, &d), 0);
	return seen;
}

/* Everything that a store can be asked, as text that does not depend on row numbers. */
static char *dump(struct place *p)
{
	static const enum store_group groups[] = {STORE_GROUP_NONE, STORE_GROUP_AGENT, STORE_GROUP_DAY};
	struct buf out = inbox(p, (struct store_filter){.state = STORE_ALL, .limit = 1000});
	struct diag d = {0};
	char *lines = strdup(out.data != NULL ? out.data : ""), *at = lines;

	for (enum store_state state = STORE_ANY; state < STORE_ALL; state++)
		buf_printf(&out, "state %d: %zu\n", (int)state, FOUND(.state = state, .now = START + 4 * DAY));
	while (strncmp(at, "thread|", 7) == 0) {
		char *end = strchr(at + 7, '|');

		assert_int_equal(store_messages(p->store, (struct slice){at + 7, (size_t)(end - at - 7)}, dump_message, &out, &d), 0);
		at = strchr(at, '\n') + 1;
	}
	free(lines);
	assert_int_equal(store_due(p->store, INT64_MAX, dump_due, &out, &d), 0);
	assert_int_equal(store_milestones(p->store, SLICE_NONE, 0, dump_milestone, &out, &d), 0);
	for (int kind = 0; kind < STORE_ALARM_KINDS; kind++)
		for (int given = 0; given < 2; given++)
			assert_int_equal(store_alarms(p->store, (enum store_alarm_kind)kind, 0, given, dump_alarm, &out, &d), 0);
	assert_int_equal(store_cases(p->store, NULL, dump_case, &out, &d), 0);
	for (int day = 1; day < 5; day++)
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(store_rate(p->store, &(struct store_rate_filter){.since = START - 1, .until = START + day * DAY,
			    .group_by = groups[i]}, dump_rate, &out, &d), 0);
	assert_false(out.failed);
	return out.data;
}

/* ---- clocks -------------------------------------------------------------------------- */

static void an_answer_closes_an_inquiry(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"from_name\":\"Maria\",\"subject\":\"Where is it\",\"order\":\"111\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	assert_int_equal(look(p, "walmart:a").due, 2 * DAY);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 1);
	assert_int_equal(FOUND(.state = STORE_OVERDUE, .now = START + 2 * DAY), 0);
	assert_int_equal(FOUND(.state = STORE_OVERDUE, .now = START + 2 * DAY + 1), 1);
	assert_int_equal(FOUND(.state = STORE_OVERDUE), 0);
	apply(p, "A2", 100, OUT("walmart:a", "\"subject\":\"Re: Where is it\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 0);
	assert_int_equal(FOUND(.state = STORE_ANY), 1);
	assert_string_equal(look(p, "walmart:a").subject, "Where is it");
	assert_string_equal(look(p, "walmart:a").shop, "shop");
}

static void a_held_reply_answers_when_it_is_released(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", 20, OUT("walmart:a", "\"action\":\"hold\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	assert_int_equal(FOUND(.state = STORE_FAILED), 1);
	apply(p, "A3", 30, DESK("release", "\"ref\":\"A2\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	assert_int_equal(look(p, "walmart:a").status.answered, START + 30);
	assert_int_equal(FOUND(.state = STORE_FAILED), 0);
}

static void a_refused_reply_answers_nobody(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", 20, OUT("walmart:a", "\"action\":\"hold\""));
	apply(p, "A3", 30, DESK("refuse", ON("walmart:a") ",\"ref\":\"A2\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	assert_int_equal(look(p, "walmart:a").failed, 1);
}

#define BOUNCE "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<x@y>\",\"<r1@shop>\"]}}"

static void a_bounce_opens_the_inquiry_again(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", 20, OUT("walmart:a", "\"message_id\":\"<r1@shop>\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	apply(p, "A3", 30, BOUNCE);
	assert_int_equal(look(p, "walmart:a").opened, 10);
	assert_int_equal(look(p, "walmart:a").failed, 1);
	assert_int_equal(look(p, "walmart:a").last_time, 20);
	apply(p, "A4", 40, OUT("walmart:a", "\"message_id\":\"<r2@shop>\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
}

static void a_bounce_may_come_before_its_message(struct place *p)
{
	apply(p, "A3", 30, BOUNCE);
	assert_int_equal(FOUND(.state = STORE_ALL), 0);
	apply(p, "A2", 20, OUT("walmart:a", "\"message_id\":\"<r1@shop>\""));
	apply(p, "A1", 10, IN("walmart:a", DUE));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	/* Nobody makes a customer's own mail void. */
	apply(p, "B1", 50, IN("walmart:b", DUE ",\"message_id\":\"<x@y>\""));
	assert_int_equal(look(p, "walmart:b").opened, 50);
	assert_int_equal(look(p, "walmart:b").failed, 0);
}

static void commands_are_obeyed(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", 20, DESK("done", ON("walmart:a") ",\"why\":\"a thank-you\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	assert_true(look(p, "walmart:a").done);
	apply(p, "A3", 30, DESK("undone", ON("walmart:a")));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	apply(p, "A4", 40, DESK("spam", ON("walmart:a") ",\"reason\":\"fraud\""));
	assert_true(look(p, "walmart:a").spam);
	assert_int_equal(FOUND(.state = STORE_ANY), 0);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 0);
	assert_int_equal(FOUND(.state = STORE_SPAM), 1);
	apply(p, "A5", 50, DESK("unspam", "\"ref\":\"A1\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	apply(p, "A6", 60, DESK("spam", ON("walmart:a")));
	apply(p, "A7", 70, OUT("walmart:a", "\"subject\":\"x\""));
	assert_false(look(p, "walmart:a").spam);
	assert_int_equal(FOUND(.state = STORE_ANY), 1);
	apply(p, "A8", 80, DESK("abolish", ON("walmart:a")));
	apply(p, "A9", 90, "{\"event\":\"desk\"}");
	assert_int_equal(look(p, "walmart:a").threads, 1);
}

static void units_make_inquiries(struct place *p)
{
	apply(p, "A1", 10, IN("etsy:a", "\"sla\":{\"change\":\"starts\",\"due\":\"2026-01-07T00:00:00Z\",\"unit\":\"first\"}"));
	apply(p, "A2", 20, OUT("etsy:a", "\"subject\":\"x\""));
	apply(p, "A3", 30, IN("etsy:a", "\"sla\":{\"change\":\"starts\",\"due\":\"2026-01-08T00:00:00Z\",\"unit\":\"first\"}"));
	assert_int_equal(look(p, "etsy:a").opened, -1);
	apply(p, "B1", 10, IN("walmart:b", "\"sla\":{\"change\":\"starts\",\"due\":\"2026-01-07T00:00:00Z\",\"unit\":\"message\"}"));
	apply(p, "B2", 20, IN("walmart:b", "\"sla\":{\"change\":\"starts\",\"due\":\"2026-01-08T00:00:00Z\",\"unit\":\"message\"}"));
	struct buf due = {0};
	struct diag d = {0};
	assert_int_equal(store_due(p->store, START + 9 * DAY, dump_due, &due, &d), 0);
	assert_int_equal(count_lines(&due), 2);
	buf_free(&due);
}

static void damaged_values_are_no_stop(struct place *p)
{
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, IN("walmart:a", "\"sla\":{\"change\":\"starts\",\"due\":\"soon\",\"unit\":\"fortnight\"}"));
	assert_int_equal(look(p, "walmart:a").due, 10);
	apply(p, "A2", 20, LOOSE("\"failed\":{\"refs\":7},\"milestones\":{},\"labels\":[1,null],\"references\":\"x\",\"case\":[]"));
	apply(p, "A3", 30, IN("walmart:a", "\"milestones\":[{\"name\":\"refund\"},{\"name\":\"denial\",\"subject\":\"1\",\"time\":\"x\"},7,"
	    "{\"name\":\"denial\",\"subject\":\"1\",\"time\":\"2026-01-05T00:00:00Z\"}]"));
	apply(p, "A4", 40, "{\"event\":\"alert\",\"level\":\"high\"}");
	apply(p, "A5", 50, "{\"event\":\"alert\",\"thread\":\"walmart:a\",\"opened\":false,\"level\":50}");
	apply(p, "A6", 60, DESK("release", "\"ref\":\"nothing\",\"threads\":\"walmart:a\""));
	assert_int_equal(store_milestones(p->store, SLICE_NONE, 0, dump_milestone, &out, &d), 0);
	assert_int_equal(count_lines(&out), 1);
	buf_free(&out);
}

/* ---- which messages are one thread ------------------------------------------------------ */

static void an_order_joins_aliases_of_one_shop(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"order\":\"111\",\"from_name\":\"Maria\""));
	apply(p, "B1", 20, IN("walmart:pc-b", DUE ",\"order\":\"111\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	assert_string_equal(look(p, "walmart:pc-b").key, "walmart:a");
	apply(p, "B2", 30, OUT("walmart:pc-b", "\"subject\":\"x\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	/* Neither another shop nor another marketplace, nor an agent who names another's order. */
	apply(p, "C1", 40, IN("walmart:c", "\"order\":\"111\",\"shop\":\"other\""));
	apply(p, "D1", 50, IN("amazon:d", "\"order\":\"111\",\"marketplace\":\"amazon\""));
	apply(p, "E1", 60, IN("walmart:e", "\"subject\":\"x\""));
	apply(p, "E2", 70, OUT("walmart:e", "\"order\":\"111\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 4);
	assert_string_equal(look(p, "walmart:e").key, "walmart:e");
	assert_int_equal(FOUND(.order = "111"), 4);
	assert_int_equal(FOUND(.order = "111", .shop = "other"), 1);
	assert_int_equal(FOUND(.order = "111", .marketplace = "amazon"), 1);
}

static void references_join_across_a_change_of_alias(struct place *p)
{
	apply(p, "A1", 10, IN("amazon:a", DUE ",\"message_id\":\"<m1@amazon>\""));
	apply(p, "A2", 20, OUT("amazon:a", "\"message_id\":\"<r1@shop>\",\"in_reply_to\":\"<m1@amazon>\""));
	apply(p, "B1", 30, IN("amazon:b", DUE ",\"in_reply_to\":\"<r1@shop>\""));
	apply(p, "C1", 40, IN("amazon:c", DUE ",\"references\":[\"<other@x>\",\"<r1@shop>\"]"));
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	assert_string_equal(look(p, "amazon:c").key, "amazon:a");
	assert_int_equal(look(p, "amazon:a").opened, 30);
	apply(p, "D1", 50, IN("amazon:d", "\"in_reply_to\":\"<r1@shop>\",\"shop\":\"other\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 2);
	/* A reply to two customers does not say that they are one. */
	apply(p, "E1", 60, "{\"direction\":\"out\",\"threads\":[\"amazon:e\",\"amazon:f\"],\"message_id\":\"<r2@shop>\"}");
	apply(p, "E2", 70, IN("amazon:e", "\"in_reply_to\":\"<r2@shop>\""));
	apply(p, "F1", 70, IN("amazon:f", "\"in_reply_to\":\"<r2@shop>\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 4);
}

static void a_reply_answers_the_mail_that_it_replies_to(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"message_id\":\"<m1@walmart>\""));
	apply(p, "B1", 20, OUT("walmart:b", "\"in_reply_to\":\"<m1@walmart>\",\"message_id\":\"<r1@shop>\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
	assert_int_equal(look(p, "walmart:b").threads, 1);
	assert_int_equal(FOUND(.state = STORE_ALL), 2);
	/* Its bounce is this thread's too. */
	apply(p, "C1", 30, BOUNCE);
	assert_int_equal(look(p, "walmart:a").opened, 10);
	assert_int_equal(FOUND(.state = STORE_FAILED), 2);
}

static void a_case_joins_its_mail(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"case\":\"7001\""));
	apply(p, "A2", 20, IN("walmart:b", "\"case\":\"7001\""));
	assert_int_equal(FOUND(.case_id = "7001"), 1);
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	apply(p, "C1", 30, "{\"direction\":\"out\",\"threads\":[],\"case\":\"7002\",\"subject\":\"Lost units\"}");
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	apply(p, "C2", 40, LOOSE(DUE ",\"case\":\"7002\",\"subject\":\"Re: Lost units\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 2);
	assert_int_equal(look(p, "walmart:shop:case:7002").opened, 40);
	assert_string_equal(look(p, "walmart:shop:case:7002").key, "walmart:shop:case:7002");
}

static void a_copy_without_relay_finds_its_order(struct place *p)
{
	apply(p, "A1", 10, IN("amazon:a", DUE ",\"order\":\"111\""));
	apply(p, "C1", 20, LOOSE("\"answers\":true,\"order\":\"111\",\"from_name\":\"Amazon\""));
	assert_int_equal(look(p, "amazon:a").opened, -1);
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	/* A notice about an order that nobody wrote about is no thread. */
	apply(p, "N1", 30, LOOSE("\"order\":\"999\",\"subject\":\"Your refund\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	apply(p, "N2", 40, IN("amazon:n", DUE ",\"order\":\"999\""));
	assert_int_equal(FOUND(.state = STORE_ALL), 2);
	assert_string_equal(look(p, "amazon:n").key, "amazon:n");
}

static void a_copy_finds_a_name_only_when_there_is_one(struct place *p)
{
	apply(p, "A1", 10, IN("amazon:a", DUE ",\"from_name\":\"Maria Silva\""));
	apply(p, "C1", 20, LOOSE("\"answers\":true,\"customer\":\"maria SILVA\""));
	assert_int_equal(look(p, "amazon:a").opened, -1);
	assert_string_equal(look(p, "amazon:a").customer, "Maria Silva");
	/* One who wrote later does not matter, one who wrote before does, wherever the news was. */
	apply(p, "B1", 30, IN("amazon:b", DUE ",\"from_name\":\"Maria Silva\""));
	assert_int_equal(look(p, "amazon:a").opened, -1);
	assert_int_equal(look(p, "amazon:b").opened, 30);
	apply(p, "D1", 15, IN("amazon:d", DUE ",\"from_name\":\"Maria Silva\""));
	assert_int_equal(look(p, "amazon:a").opened, 10);
	assert_int_equal(look(p, "amazon:d").opened, 15);
	/* Both are one: so the copy has its place again. */
	apply(p, "D2", 40, IN("amazon:d", "\"order\":\"5\""));
	apply(p, "A2", 41, IN("amazon:a", "\"order\":\"5\""));
	assert_int_equal(look(p, "amazon:a").opened, -1);
}

static void an_inquiry_without_any_name_still_waits(struct place *p)
{
	apply(p, "A1", 10, LOOSE(DUE ",\"subject\":\"Authority\",\"message_id\":\"<q@gov>\""));
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 1);
	assert_int_equal(look(p, "walmart:shop:message:<q@gov>").opened, 10);
	apply(p, "A2", 20, "{\"direction\":\"out\",\"threads\":[],\"answers\":true,\"in_reply_to\":\"<q@gov>\"}");
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 0);
}

static void attempts_of_a_mail_count_once_in_any_order(struct place *p)
{
	apply(p, "A2", 20, IN("walmart:a", DUE ",\"digest\":\"D\""));
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"digest\":\"D\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	apply(p, "A0", 5, IN("walmart:a", DUE ",\"digest\":\"D\",\"action\":\"defer\""));
	assert_int_equal(look(p, "walmart:a").opened, 10);
	/* Whichever attempt the person saw: it is the same held reply. */
	apply(p, "B1", 30, OUT("walmart:a", "\"digest\":\"R\",\"action\":\"hold\""));
	apply(p, "B2", 40, OUT("walmart:a", "\"digest\":\"R\",\"action\":\"hold\""));
	assert_int_equal(look(p, "walmart:a").failed, 1);
	apply(p, "B3", 50, DESK("release", "\"ref\":\"B2\""));
	assert_int_equal(look(p, "walmart:a").opened, -1);
}

/* ---- searches ----------------------------------------------------------------------------- */

static void parts_of_texts_are_found(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", "\"subject\":\"Gr\xc3\x96\xc3\x9f" "e \\\"XL\\\" (blue)\",\"from_name\":\"Zo\xc3\xab O'Neil\""));
	apply(p, "B1", 20, IN("walmart:b", "\"subject\":\"AND OR NOT NEAR*\",\"from_name\":\"\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99\""));
	apply(p, "C1", 30, IN("walmart:c", "\"subject\":\"grapes\",\"from_name\":\"Zoe\""));
	assert_int_equal(FOUND(.subject = "gr\xc3\xb6\xc3\x9f"), 1);
	assert_int_equal(FOUND(.subject = "\"xl\""), 1);
	assert_int_equal(FOUND(.subject = "(blue)"), 1);
	assert_int_equal(FOUND(.subject = "and or"), 1);
	assert_int_equal(FOUND(.subject = "near*"), 1);
	assert_int_equal(FOUND(.subject = "near)"), 0);
	assert_int_equal(FOUND(.subject = "gr"), 2);
	assert_int_equal(FOUND(.subject = ""), 3);
	assert_int_equal(FOUND(.customer = "O'NEIL"), 1);
	assert_int_equal(FOUND(.customer = "\xe5\xb0\x8f\xe9\xbe\x99"), 1);
	assert_int_equal(FOUND(.customer = "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99"), 1);
	assert_int_equal(FOUND(.customer = "zo", .subject = "grape"), 1);
	assert_int_equal(FOUND(.customer = "neil", .subject = "grape"), 0);
	/* Parts that are there, but not together. */
	assert_int_equal(FOUND(.subject = "blugr"), 0);
	/* What a thread said before is not what it says. */
	apply(p, "C2", 40, IN("walmart:c", "\"subject\":\"pears\",\"from_name\":\"Zoe\""));
	assert_int_equal(FOUND(.subject = "grape"), 0);
	assert_int_equal(FOUND(.subject = "pears"), 1);
}

static void pages_follow_each_other(struct place *p)
{
	char id[16], text[256];

	for (int i = 0; i < 250; i++) {
		snprintf(id, sizeof(id), "P%d", i);
		snprintf(text, sizeof(text), IN("walmart:p%d", "\"subject\":\"pages\""), i);
		apply(p, id, i, text);
	}
	assert_int_equal(FOUND(.limit = 0), STORE_LIMIT);
	assert_int_equal(FOUND(.limit = 1000), 250);
	assert_int_equal(FOUND(.limit = 100, .offset = 200), 50);
	assert_int_equal(FOUND(.subject = "pages", .limit = 20, .offset = 240), 10);
	struct buf out = inbox(p, (struct store_filter){.limit = 1, .offset = 9});
	assert_non_null(strstr(out.data, "walmart:p240|"));
	buf_free(&out);
	/* As of then there were fewer. */
	assert_int_equal(FOUND(.limit = 1000, .now = START + 99), 100);
	assert_int_equal(FOUND(.limit = 30, .offset = 90, .now = START + 99), 10);
}

static void states_of_the_inbox(struct place *p)
{
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"labels\":[\"Response-Needed\",\"aftersale\"]"));
	apply(p, "B1", 10, IN("walmart:b", "\"labels\":[\"Customer-Care\"],\"from_name\":\"Customer Care\""));
	apply(p, "C1", 10, OUT("walmart:c", "\"order\":\"5\""));
	apply(p, "D1", 10, OUT("walmart:d", "\"order\":\"6\",\"action\":\"hold\""));
	assert_int_equal(FOUND(.state = STORE_RESPONSE_NEEDED), 1);
	assert_int_equal(FOUND(.state = STORE_CUSTOMER_CARE), 1);
	assert_int_equal(FOUND(.state = STORE_ADJUSTMENT), 1);
	assert_int_equal(FOUND(.state = STORE_FAILED), 1);
	assert_int_equal(FOUND(.label = "aftersale"), 1);
	assert_int_equal(FOUND(.label = "sale"), 0);
	apply(p, "A2", 20, OUT("walmart:a", "\"subject\":\"x\""));
	assert_int_equal(FOUND(.state = STORE_RESPONSE_NEEDED), 0);
	assert_int_equal(FOUND(.state = STORE_RESPONSE_NEEDED, .now = START + 15), 1);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED, .now = START + 19), 1);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED, .now = START + 9), 0);
	assert_int_equal(FOUND(.key = "walmart:a", .state = STORE_UNANSWERED, .now = START + 15), 1);
	assert_int_equal(FOUND(.now = START + 9), 0);
	/* Customer Care writes for the customer, and does not become one. */
	apply(p, "B2", 20, IN("walmart:b", "\"from_name\":\"Maria\""));
	apply(p, "B3", 30, IN("walmart:b", "\"labels\":[\"Customer-Care\"],\"from_name\":\"Customer Care\""));
	assert_string_equal(look(p, "walmart:b").customer, "Maria");
	/* Nor does a copy of an answer, whatever name it has. */
	apply(p, "B4", 40, IN("walmart:b", "\"answers\":true,\"customer\":\"Somebody\",\"from_name\":\"Walmart\""));
	assert_string_equal(look(p, "walmart:b").customer, "Maria");
}

#define OWED ",\"labels\":[\"Summary-Owed\"]"
#define SUMMARY "\"labels\":[\"Summary-Given\"]"

/* It is owed until a summary went out, and again when that came back. */
static void a_summary_is_owed(struct place *p)
{
	apply(p, "A0", 5, OUT("walmart:a", SUMMARY));
	apply(p, "A1", 10, IN("walmart:a", DUE OWED));
	apply(p, "A2", 20, OUT("walmart:a", "\"subject\":\"x\""));
	apply(p, "A3", 30, OUT("walmart:a", SUMMARY ",\"action\":\"hold\",\"message_id\":\"<r1@shop>\""));
	assert_int_equal(FOUND(.label = "Summary-Owed"), 1);
	apply(p, "A4", 40, DESK("release", "\"ref\":\"A3\""));
	assert_int_equal(FOUND(.label = "Summary-Owed"), 0);
	apply(p, "A5", 50, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r1@shop>\"]}}");
	assert_int_equal(FOUND(.label = "Summary-Owed"), 1);
	apply(p, "A6", 60, OUT("walmart:a", SUMMARY));
	assert_int_equal(FOUND(.label = "Summary-Owed"), 0);
	apply(p, "A7", 70, IN("walmart:a", DUE OWED));
	assert_int_equal(FOUND(.label = "Summary-Owed"), 1);
	/* A late bounce of an older one changes nothing; in the same second the summary is the answer. */
	apply(p, "A8", 80, OUT("walmart:a", SUMMARY ",\"message_id\":\"<r3@shop>\""));
	apply(p, "A9", 90, OUT("walmart:a", SUMMARY));
	apply(p, "AA", 95, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r3@shop>\"]}}");
	assert_int_equal(FOUND(.label = "Summary-Owed"), 0);
	apply(p, "AB", 100, OUT("walmart:a", SUMMARY));
	apply(p, "AC", 100, IN("walmart:a", DUE OWED));
	assert_int_equal(FOUND(.label = "Summary-Owed"), 0);
	/* Who was never talked to is owed nothing. */
	apply(p, "B1", 10, IN("walmart:b", DUE));
	apply(p, "B2", 20, OUT("walmart:b", SUMMARY ",\"message_id\":\"<r2@shop>\""));
	apply(p, "B3", 30, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r2@shop>\"]}}");
	assert_string_equal(look(p, "walmart:b").labels, "");
}

/* ---- figures -------------------------------------------------------------------------------- */

static void rates_are_counted_by_group(struct place *p)
{
	struct store_rate_filter f = {.since = START, .until = START + 9 * DAY};
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", DAY + 5, OUT("walmart:a", "\"agent\":\"bob\""));
	apply(p, "B1", 10, IN("walmart:b", DUE));
	apply(p, "B2", 2 * DAY, OUT("walmart:b", "\"agent\":\"ann\""));
	apply(p, "C1", 10, IN("walmart:c", DUE));
	apply(p, "C2", 2 * DAY + 1, OUT("walmart:c", "\"agent\":\"ann\""));
	apply(p, "D1", 10, IN("ebay:d", DUE ",\"marketplace\":\"ebay\",\"shop\":\"e\""));
	apply(p, "E1", 10, IN("walmart:e", DUE));
	apply(p, "E2", 20, DESK("done", ON("walmart:e")));
	/* Marked too late: it stays a miss. */
	apply(p, "F1", 10, IN("walmart:f", DUE));
	apply(p, "F2", 3 * DAY, DESK("done", ON("walmart:f")));
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate||5|2|3|0\n");
	buf_truncate(&out, 0);
	f.group_by = STORE_GROUP_AGENT;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate||2|0|2|0\nrate|ann|2|1|1|0\nrate|bob|1|1|0|0\n");
	buf_truncate(&out, 0);
	f.group_by = STORE_GROUP_DAY;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate|2026-01-06|1|1|0|0\nrate|2026-01-07|4|1|3|0\n");
	buf_truncate(&out, 0);
	f.group_by = STORE_GROUP_SHOP;
	f.marketplace = "ebay";
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate|e|1|0|1|0\n");
	buf_truncate(&out, 0);
	/* As of a second before the command and the answers: they had not happened. */
	f = (struct store_rate_filter){.since = START, .until = START + 15};
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate||0|0|0|6\n");
	/* In the due second what waits is in time still; in the next it is missed, and was at that time not marked yet. */
	buf_truncate(&out, 0);
	f = (struct store_rate_filter){.since = START + DAY + 6, .until = START + 2 * DAY};
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	f.until++;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate||1|1|0|3\nrate||4|1|3|0\n");
	f.since = f.until;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), -1);
	buf_free(&out);
}

static void a_bounce_changes_the_rate_from_its_second_on(struct place *p)
{
	struct store_rate_filter f = {.since = START, .until = START + 29};
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, IN("walmart:a", DUE));
	apply(p, "A2", 20, OUT("walmart:a", "\"message_id\":\"<r1@shop>\""));
	apply(p, "A3", 30, BOUNCE);
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	f.until = START + 30;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	f.until = START + 2 * DAY + 1;
	assert_int_equal(store_rate(p->store, &f, dump_rate, &out, &d), 0);
	assert_string_equal(out.data, "rate||1|1|0|0\nrate||0|0|0|1\nrate||1|0|1|0\n");
	buf_free(&out);
}

static void alerts_are_remembered(struct place *p)
{
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "X1", 9, "{\"event\":\"alert\",\"thread\":\"walmart:a\",\"opened\":\"2026-01-05T00:00:10Z\",\"level\":75}");
	apply(p, "A1", 10, IN("walmart:a", DUE ",\"from_name\":\"Maria\""));
	apply(p, "X2", 12, "{\"event\":\"alert\",\"thread\":\"walmart:a\",\"opened\":\"2026-01-05T00:00:10Z\",\"level\":50}");
	assert_int_equal(store_due(p->store, START + 2 * DAY - 1, dump_due, &out, &d), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(store_due(p->store, START + 2 * DAY, dump_due, &out, &d), 0);
	assert_string_equal(out.data, "due|walmart:a|Maria|1767571210|1767744000|75\n");
	buf_truncate(&out, 0);
	/* Another inquiry of the thread has had none; a thread that is joined keeps them. */
	apply(p, "A2", 20, OUT("walmart:a", "\"subject\":\"x\""));
	apply(p, "A3", 30, IN("walmart:a", DUE ",\"order\":\"1\""));
	apply(p, "B1", 40, IN("walmart:b", "\"order\":\"1\""));
	assert_int_equal(store_due(p->store, INT64_MAX, dump_due, &out, &d), 0);
	assert_string_equal(out.data, "due|walmart:a|Maria|1767571230|1767744000|0\n");
	buf_free(&out);
}

#define DENIAL "\"milestones\":[{\"name\":\"denial\",\"subject\":\"4342\",\"time\":\"2026-01-05T10:00:00Z\",\"term_days\":30}]"

static void milestones_are_told_once(struct place *p)
{
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, LOOSE(DENIAL ",\"order\":\"4342\",\"digest\":\"D\""));
	apply(p, "A2", 20, LOOSE(DENIAL ",\"order\":\"4342\",\"digest\":\"D\""));
	apply(p, "A3", 30, DESK("milestone", DENIAL ",\"order\":\"4342\""));
	apply(p, "A4", 40, DESK("milestone", "\"milestones\":[{\"name\":\"delivered\",\"subject\":\"77\",\"time\":\"2026-01-01\"}]"));
	assert_int_equal(store_milestones(p->store, SLICE_LIT("4342"), 0, dump_milestone, &out, &d), 0);
	assert_string_equal(out.data, "milestone|4342|denial|1767607200|30|4342|A1\n");
	buf_truncate(&out, 0);
	assert_int_equal(store_milestones(p->store, SLICE_NONE, 0, dump_milestone, &out, &d), 0);
	assert_int_equal(count_lines(&out), 2);
	buf_truncate(&out, 0);
	assert_int_equal(store_milestones(p->store, SLICE_NONE, START, dump_milestone, &out, &d), 0);
	assert_int_equal(count_lines(&out), 1);
	buf_free(&out);
}

#define SPAM "\"labels\":[\"Response-Needed\",\"Spam-Filtered\"],\"spam_by\":\"rspamd\""
#define LETTER "\"labels\":[\"Warning\",\"Urgent\"]"
#define TOLD(kind, key) "{\"event\":\"alert\",\"kind\":\"" kind "\",\"key\":\"" key "\"}"

static char *alarms(struct place *p, enum store_alarm_kind kind, int64_t since, int given)
{
	struct buf out = {0};
	struct diag d = {0};

	buf_add_str(&out, "");
	assert_int_equal(store_alarms(p->store, kind, START + since, given, dump_alarm, &out, &d), 0);
	return out.data != NULL ? out.data : strdup("");
}

static void assert_alarms(struct place *p, enum store_alarm_kind kind, int64_t since, int given, const char *expected)
{
	char *text = alarms(p, kind, since, given);

	assert_string_equal(text, expected);
	free(text);
}

static int64_t alerted(struct place *p, const char *key)
{
	struct diag d = {0};
	int64_t level = -1;

	assert_int_equal(store_alerted(p->store, slice_str(key), &level, &d), 0);
	return level;
}

/* Mail of a marketplace that was taken; by the mail, not by its attempts. */
static void mail_gives_an_alarm_once(struct place *p)
{
	apply(p, "S1", 10, IN("walmart:a", SPAM ",\"subject\":\"Where\",\"order\":\"7\",\"digest\":\"d1\""));
	apply(p, "S2", 20, IN("walmart:a", SPAM ",\"digest\":\"d1\""));
	apply(p, "S0", 5, IN("walmart:a", SPAM ",\"digest\":\"d1\",\"action\":\"defer\""));
	apply(p, "S3", 30, IN("", SPAM ",\"digest\":\"d3\",\"marketplace\":\"\",\"case\":\"1\""));
	apply(p, "S4", 40, OUT("walmart:a", SPAM ",\"digest\":\"d4\""));
	apply(p, "W1", 50, LOOSE(LETTER ",\"digest\":\"w1\",\"subject\":\"At risk\""));
	apply(p, "W2", 60, LOOSE(LETTER)); /* of a gateway that told no digest */
	assert_alarms(p, STORE_ALARM_SPAM_FILTERED, 0, 0, "alarm|spam-filtered:d1|S1|10|shop|Where|7|rspamd|0\n");
	assert_alarms(p, STORE_ALARM_WARNING, 0, 0, "alarm|warning:w1|W1|50|shop|At risk|||0\nalarm|warning:W2|W2|60|shop||||0\n");
	assert_alarms(p, STORE_ALARM_WARNING, 50, 0, "alarm|warning:W2|W2|60|shop||||0\n");
	assert_int_equal(alerted(p, "warning:w1"), 0);
	apply(p, "X1", 70, TOLD("warning", "warning:w1"));
	assert_int_equal(alerted(p, "warning:w1"), 1);
	assert_alarms(p, STORE_ALARM_WARNING, 0, 0, "alarm|warning:W2|W2|60|shop||||0\n");
	assert_alarms(p, STORE_ALARM_WARNING, 0, 1, "alarm|warning:w1|W1|50|shop|At risk|||1\nalarm|warning:W2|W2|60|shop||||0\n");
	/* Told by another gateway before its mail came here; both labels are two alarms. */
	apply(p, "X2", 80, TOLD("warning", "warning:b1"));
	apply(p, "B1", 75, LOOSE("\"digest\":\"b1\",\"labels\":[\"Warning\",\"Spam-Filtered\"]"));
	assert_alarms(p, STORE_ALARM_WARNING, 60, 0, "");
	assert_alarms(p, STORE_ALARM_SPAM_FILTERED, 10, 0, "alarm|spam-filtered:b1|B1|75|shop||||0\n");
	/* Without a key, as of a rate; damaged levels. */
	apply(p, "X3", 90, "{\"event\":\"alert\",\"kind\":\"rate\",\"marketplace\":\"walmart\"}");
	apply(p, "X4", 91, "{\"event\":\"alert\",\"kind\":\"window\",\"key\":\"window:x\",\"hours_before\":-5}");
	assert_int_equal(alerted(p, "window:x"), 1);
}

/* The fewer hours are left, the higher the level, whatever came first. */
static void levels_of_windows_are_remembered(struct place *p)
{
	int64_t first;

	apply(p, "X1", 10, "{\"event\":\"alert\",\"kind\":\"window\",\"key\":\"window:a\",\"hours_before\":168}");
	first = alerted(p, "window:a");
	apply(p, "X2", 20, "{\"event\":\"alert\",\"kind\":\"window\",\"key\":\"window:a\",\"hours_before\":24}");
	assert_int_equal(alerted(p, "window:a"), first + 144);
	apply(p, "X3", 30, "{\"event\":\"alert\",\"kind\":\"window\",\"key\":\"window:a\",\"hours_before\":72}");
	assert_int_equal(alerted(p, "window:a"), first + 144);
	assert_int_equal(alerted(p, "window:b"), 0);
	assert_int_equal(store_reset(p->store, &(struct diag){0}), 0);
	p->seq = 0;
	assert_int_equal(alerted(p, "window:a"), 0);
}

static int dump_subject(void *arg, const char *subject)
{
	buf_printf(arg, "%s ", subject);
	return 0;
}

#define FACT(name, subject, day, more) "{\"name\":\"" name "\",\"subject\":\"" subject "\",\"time\":\"2026-01-" day "T00:00:00Z\"" more "}"

/* By the time of a milestone without a term, by its end with one. */
static void subjects_are_found_by_their_milestones(struct place *p)
{
	struct store_start start = {.name = "denial", .since = START, .until = START + 2 * DAY, .ends_since = START + 10 * DAY,
	    .ends_until = START + 11 * DAY};
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, LOOSE("\"milestones\":[" FACT("denial", "1", "05", "") "," FACT("denial", "2", "07", "") ","
	    FACT("denial", "3", "08", "") "," FACT("refund", "4", "05", "") "," FACT("denial", "5", "05", ",\"term_days\":9") ","
	    FACT("denial", "6", "05", ",\"term_days\":10") "," FACT("denial", "7", "02", ",\"term_days\":14") ","
	    FACT("denial", "8", "04", "") "," FACT("denial", "1", "06", "") "]"));
	assert_int_equal(store_subjects(p->store, &start, dump_subject, &out, &d), 0);
	assert_string_equal(out.data, "1 2 6 7 ");
	buf_free(&out);
}

#define CASE_OUT(more) "{\"direction\":\"out\",\"threads\":[],\"case\":\"7001\"," more "}"

static void cases_tell_their_story(struct place *p)
{
	struct store_case_filter week = {.since = START + DAY, .until = START + 8 * DAY};
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "C1", 10, CASE_OUT("\"subject\":\"Lost units\",\"order\":\"111\",\"ids\":[{\"kind\":\"po\",\"value\":\"111\"},"
	    "{\"kind\":\"item\",\"value\":\"55\"}]"));
	apply(p, "C2", 20, LOOSE("\"case\":\"7001\",\"case_channel\":\"warehouse\",\"labels\":[\"Case-Closed\"]"));
	apply(p, "C3", 2 * DAY, CASE_OUT("\"labels\":[\"Case-Urgent\"]"));
	apply(p, "C4", 3 * DAY, CASE_OUT("\"action\":\"hold\",\"labels\":[\"Case-Urgent\"]"));
	apply(p, "K1", DAY, "{\"direction\":\"out\",\"threads\":[],\"case\":\"7001\",\"shop\":\"other\",\"subject\":\"K\"}");
	assert_int_equal(store_cases(p->store, &(struct store_case_filter){.shop = "shop"}, dump_case, &out, &d), 0);
	assert_string_equal(out.data, "case|7001|warehouse|Lost units|111,55|C4|1767571210|1767830400|2|1|1|1|1\n");
	assert_int_equal(store_cases(p->store, &(struct store_case_filter){.order = "55"}, dump_case, &out, &d), 0);
	assert_int_equal(count_lines(&out), 2);
	assert_int_equal(store_cases(p->store, NULL, dump_case, &out, &d), 0);
	assert_int_equal(count_lines(&out), 4);
	buf_truncate(&out, 0);
	assert_int_equal(store_cases(p->store, &week, dump_case, &out, &d), 0);
	assert_string_equal(out.data, "case|7001|warehouse|Lost units|111,55|C4|1767571210|1767830400|1|0|1|1|1\n");
	buf_truncate(&out, 0);
	assert_int_equal(store_cases(p->store, &(struct store_case_filter){.id = "7002"}, dump_case, &out, &d), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void a_history_shows_messages_and_commands(struct place *p)
{
	struct buf out = {0};
	struct diag d = {0};

	apply(p, "A1", 10, IN("walmart:a", DUE ",\"labels\":[\"b\",\"a\"],\"message_id\":\"<m@w>\""));
	apply(p, "A2", 20, OUT("walmart:a", "\"message_id\":\"<r1@shop>\""));
	apply(p, "A3", 30, BOUNCE);
	apply(p, "A4", 40, DESK("done", "\"ref\":\"A1\",\"why\":\"told by phone\""));
	assert_int_equal(store_messages(p->store, SLICE_LIT("walmart:a"), dump_message, &out, &d), 0);
	assert_string_equal(out.data,
	    "message|A1|1767571210|in|pass|0|||b,a|<m@w>\n"
	    "message|A2|1767571220|out|pass|1||ann||<r1@shop>\n"
	    "message|A3|1767571230|in|pass|5|A2|||\n"
	    "message|A4|1767571240|desk|done|6|A1|root||\n");
	buf_free(&out);
}

/* ---- items: parts of what one address writes ------------------------------------------------------ */

#define EBAY "\"marketplace\":\"ebay\""
#define ITEM(number) EBAY ",\"thread_part\":\"" number "\""
#define MAIL_ID(id) ",\"message_id\":\"" id "\""
#define REPLY_TO(id) ",\"in_reply_to\":\"" id "\""

static void an_item_is_a_thread_of_its_own(struct place *p)
{
	apply(p, "A1", 10, IN("ebay:a", ITEM("111") "," DUE ",\"from_name\":\"Jo\"" MAIL_ID("<1@e>")));
	assert_int_equal(look(p, "ebay:a").threads, 1);
	apply(p, "A2", 20, IN("ebay:a", ITEM("222") "," DUE ",\"from_name\":\"Jo\"" MAIL_ID("<2@e>")));
	assert_int_equal(look(p, "ebay:a").threads, 2);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 2);
	assert_int_equal(FOUND(.customer = "Jo"), 2);
	assert_int_equal(FOUND(.message = "A2", .state = STORE_ALL), 1);
	apply(p, "A3", 30, OUT("ebay:a", ITEM("222")));
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	assert_int_equal(look(p, "ebay:a#222").opened, -1);
	assert_string_equal(look(p, "ebay:a#222").key, "ebay:a#222");
	assert_int_equal(look(p, "ebay:a#333").threads, 0);
	assert_int_equal(look(p, "ebay:b#111").threads, 0);
}

static void a_reply_is_of_what_it_answers_then_of_what_it_names(struct place *p)
{
	apply(p, "A1", 10, IN("ebay:a", ITEM("111") "," DUE MAIL_ID("<1@e>")));
	apply(p, "A2", 20, IN("ebay:a", ITEM("222") "," DUE MAIL_ID("<2@e>") ",\"reply_id\":\"77aa\""));
	/* A helpdesk keeps the subject of the first message. */
	apply(p, "A3", 30, OUT("ebay:a", ITEM("111") REPLY_TO("<2@e>")));
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	assert_int_equal(look(p, "ebay:a#222").opened, -1);
	apply(p, "A4", 40, IN("ebay:a", ITEM("222") "," DUE MAIL_ID("<3@e>")));
	/* What it quotes is of the older one. */
	apply(p, "A5", 50, OUT("ebay:a", EBAY ",\"reply_id\":\"77aa\""));
	assert_int_equal(look(p, "ebay:a#222").opened, -1);
	/* With nothing at all it is of the customer's newest message. */
	apply(p, "A6", 60, IN("ebay:a", ITEM("333") "," DUE));
	apply(p, "A7", 70, OUT("ebay:a", EBAY));
	assert_int_equal(look(p, "ebay:a#333").opened, -1);
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
}

static void mail_without_an_item_follows_the_conversation(struct place *p)
{
	apply(p, "A0", 5, IN("ebay:a", EBAY "," DUE));
	assert_string_equal(look(p, "ebay:a").key, "ebay:a");
	apply(p, "A1", 10, IN("ebay:a", ITEM("111") "," DUE MAIL_ID("<1@e>")));
	apply(p, "A2", 20, IN("ebay:a", ITEM("222") "," DUE));
	assert_int_equal(FOUND(.state = STORE_ALL), 3);
	/* The one that was first has no item and is named alone. */
	assert_int_equal(look(p, "ebay:a").threads, 1);
	assert_int_equal(look(p, "ebay:a").opened, 5);
	apply(p, "A3", 30, IN("ebay:a", EBAY "," DUE REPLY_TO("<1@e>")));
	assert_int_equal(FOUND(.message = "A3", .key = "ebay:a#111"), 1);
	apply(p, "A4", 40, IN("ebay:a", ITEM("222") "," DUE));
	apply(p, "A5", 50, IN("ebay:a", EBAY "," DUE));
	assert_int_equal(look(p, "ebay:a#222").last_time, 50);
	/* A copy of our own answer is not where the customer goes on. */
	apply(p, "A5b", 55, IN("ebay:a", ITEM("111") ",\"answers\":true"));
	apply(p, "A5c", 56, IN("ebay:a", EBAY "," DUE));
	assert_int_equal(look(p, "ebay:a#222").last_time, 56);
	/* Another shop's customer is not in that conversation. */
	apply(p, "A6", 60, IN("ebay:a", EBAY "," DUE ",\"shop\":\"other\""));
	assert_int_equal(look(p, "ebay:a").last_time, 60);
	assert_int_equal(FOUND(.state = STORE_ALL), 3);
}

static void an_order_is_of_the_item_that_is_named_with_it(struct place *p)
{
	apply(p, "A1", 10, IN("ebay:a", ITEM("08-1") ",\"order\":\"08-1\"," DUE));
	assert_string_equal(look(p, "ebay:a").key, "ebay:a#08-1");
	apply(p, "A2", 20, IN("ebay:b", ITEM("111") ",\"order\":\"08-1\"," DUE));
	assert_int_equal(FOUND(.state = STORE_ALL), 1);
	assert_int_equal(look(p, "ebay:b#111").opened, 10);
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	/* A second item of the order is another conversation, and changes nothing about the first. */
	apply(p, "A3", 30, IN("ebay:b", ITEM("222") ",\"order\":\"08-1\"," DUE));
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	assert_int_equal(look(p, "ebay:a#222").opened, 30);
	assert_int_equal(FOUND(.state = STORE_ALL), 2);
	/* A copy that tells the order alone answers one of two: nobody knows which. */
	apply(p, "A4", 40, LOOSE(ITEM("08-1") ",\"order\":\"08-1\",\"answers\":true"));
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 2);
	apply(p, "A5", 50, LOOSE(ITEM("222") ",\"order\":\"08-1\",\"answers\":true"));
	assert_int_equal(look(p, "ebay:a#222").opened, -1);
	assert_int_equal(FOUND(.state = STORE_UNANSWERED), 1);
}

static void commands_and_bounces_are_of_one_item(struct place *p)
{
	apply(p, "A1", 10, IN("ebay:a", ITEM("111") "," DUE));
	apply(p, "A2", 20, IN("ebay:a", ITEM("222") "," DUE));
	apply(p, "A3", 30, "{\"event\":\"desk\",\"verb\":\"done\",\"by\":\"root\",\"threads\":[\"ebay:a#222\"]}");
	assert_int_equal(look(p, "ebay:a#222").done, 1);
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	apply(p, "A4", 40, OUT("ebay:a", ITEM("111") MAIL_ID("<r1@shop>")));
	assert_int_equal(look(p, "ebay:a#111").opened, -1);
	apply(p, "A5", 50, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r1@shop>\"]}}");
	assert_int_equal(look(p, "ebay:a#111").opened, 10);
	assert_int_equal(look(p, "ebay:a#222").failed, 0);
	apply(p, "A6", 60, "{\"event\":\"alert\",\"thread\":\"ebay:a#111\",\"opened\":\"2026-01-05T00:00:10Z\",\"level\":50}");
	apply(p, "A7", 70, DESK("undone", ON("ebay:a#222")));
	/* About a message, without the name of a thread. */
	apply(p, "A8", 80, IN("ebay:a", ITEM("333") "," DUE));
	apply(p, "A9", 90, DESK("done", "\"ref\":\"A8\""));
	apply(p, "B1", 91, "{\"event\":\"label\",\"ref\":\"A8\",\"labels\":[\"late\"]}");
	assert_int_equal(look(p, "ebay:a#333").done, 1);
	assert_string_equal(look(p, "ebay:a#333").labels, "late");
	assert_int_equal(look(p, "ebay:a#111").done, 0);
	{
		struct buf out = {0};
		struct diag d = {0};

		assert_int_equal(store_due(p->store, INT64_MAX, dump_due, &out, &d), 0);
		assert_non_null(strstr(out.data, "due|ebay:a#111||1767571210|1767744000|50\n"));
		assert_non_null(strstr(out.data, "due|ebay:a#222||1767571220|1767744000|0\n"));
		buf_free(&out);
	}
}

/* ---- any order, and twice ------------------------------------------------------------------------ */

static const struct event story[] = {
	{"A1", 10, IN("walmart:a", DUE ",\"order\":\"111\",\"from_name\":\"Maria\",\"subject\":\"Where\",\"message_id\":\"<m1@w>\","
	    "\"digest\":\"d1\",\"labels\":[\"Response-Needed\"]")},
	{"A1b", 12, IN("walmart:a", DUE ",\"order\":\"111\",\"from_name\":\"Maria\",\"message_id\":\"<m1@w>\",\"digest\":\"d1\"")},
	{"A0", 8, IN("walmart:a", DUE ",\"message_id\":\"<m1@w>\",\"digest\":\"d1\",\"action\":\"defer\"")},
	{"A2", 100, OUT("walmart:a", "\"message_id\":\"<r1@shop>\",\"in_reply_to\":\"<m1@w>\",\"order\":\"111\"")},
	{"A3", 200, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r1@shop>\",\"<r2@shop>\"]}}"},
	{"A4", 300, OUT("walmart:a", "\"action\":\"hold\",\"agent\":\"bob\",\"message_id\":\"<r2@shop>\"")},
	{"A5", 400, DESK("release", "\"ref\":\"A4\"")},
	{"B1", 500, IN("walmart:b", DUE ",\"in_reply_to\":\"<r1@shop>\",\"from_name\":\"Maria\",\"message_id\":\"<m2@w>\"")},
	{"C1", 50, IN("walmart:c", DUE ",\"order\":\"222\",\"from_name\":\"Maria\"")},
	{"C2", 60, IN("walmart:c2", DUE ",\"order\":\"222\",\"from_name\":\"Mario\",\"labels\":[\"Customer-Care\"]")},
	{"C3", 70, LOOSE("\"answers\":true,\"customer\":\"Maria\"")},
	{"C4", 80, LOOSE("\"answers\":true,\"customer\":\"Mario\"")},
	{"D1", 90, OUT("walmart:d", "\"in_reply_to\":\"<m2@w>\",\"message_id\":\"<r3@shop>\",\"order\":\"333\"")},
	{"D2", 600, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<r3@shop>\"]}}"},
	{"E1", 20, IN("walmart:e", DUE ",\"from_name\":\"Eve\",\"subject\":\"Buy now\"")},
	{"E2", 30, DESK("spam", ON("walmart:e"))},
	{"E3", 2 * DAY + 5, DESK("unspam", "\"ref\":\"E1\"")},
	{"E4", 2 * DAY + 6, DESK("done", ON("walmart:e") ",\"why\":\"no\"")},
	{"F1", 25, LOOSE(DUE ",\"case\":\"7001\",\"order\":\"222\",\"labels\":[\"Case-Closed\"]")},
	{"F2", 35, "{\"direction\":\"out\",\"threads\":[],\"case\":\"7001\",\"labels\":[\"Case-Urgent\"],\"subject\":\"Case\"}"},
	{"G1", 45, DESK("milestone", DENIAL)},
	{"G2", 55, IN("walmart:g", DENIAL)},
	{"H1", 65, "{\"event\":\"alert\",\"thread\":\"walmart:b\",\"opened\":\"2026-01-05T00:00:10Z\",\"level\":50}"},
	{"J1", 17, IN("walmart:a", SPAM ",\"digest\":\"j1\"")},
	{"J2", 17, IN("walmart:a", SPAM ",\"digest\":\"j1\",\"subject\":\"later\"")},
	{"J3", 19, TOLD("spam-filtered", "spam-filtered:j1")},
	{"J4", 21, LOOSE(LETTER ",\"digest\":\"j4\"")},
	{"H2", 66, "{\"event\":\"label\",\"ref\":\"A1b\",\"labels\":[\"late\"]}"},
	{"I1", 15, IN("amazon:i", DUE ",\"marketplace\":\"amazon\",\"order\":\"111\",\"in_reply_to\":\"<r1@shop>\"")},
	{"I2", 16, "{\"direction\":\"out\",\"answers\":true,\"threads\":[\"walmart:a\",\"walmart:e\"],\"message_id\":\"<r9@shop>\"}"},
	{"I3", 700, IN("walmart:z", DUE ",\"references\":[\"<r9@shop>\",\"<m2@w>\"],\"from_name\":\"Zed\"")},
	{"P1", 10, IN("ebay:p", ITEM("111") "," DUE ",\"from_name\":\"Jo\"" MAIL_ID("<p1@e>") ",\"digest\":\"p1\"")},
	{"P1b", 9, IN("ebay:p", ITEM("111") "," DUE ",\"action\":\"defer\",\"digest\":\"p1\"")},
	{"P2", 20, IN("ebay:p", ITEM("222") "," DUE ",\"from_name\":\"Jo\",\"order\":\"08-1\",\"reply_id\":\"77\"" MAIL_ID("<p2@e>"))},
	{"P3", 30, IN("ebay:p", EBAY "," DUE ",\"from_name\":\"Jo\"" REPLY_TO("<p1@e>") MAIL_ID("<p3@e>"))},
	{"P4", 31, IN("ebay:p", EBAY "," DUE ",\"from_name\":\"Jo\"" MAIL_ID("<p4@e>"))},
	{"P5", 40, OUT("ebay:p", ITEM("111") REPLY_TO("<p2@e>") MAIL_ID("<pr1@shop>"))},
	{"P6", 41, OUT("ebay:p", EBAY ",\"reply_id\":\"77\"" MAIL_ID("<pr2@shop>"))},
	{"P7", 50, "{\"direction\":\"in\",\"marketplace\":\"\",\"threads\":[],\"failed\":{\"refs\":[\"<pr1@shop>\",\"<pr3@shop>\"]}}"},
	{"P8", 51, OUT("ebay:p", EBAY REPLY_TO("<p3@e>") MAIL_ID("<pr3@shop>"))},
	{"P9", 60, IN("ebay:q", ITEM("08-1") "," DUE ",\"order\":\"08-1\",\"from_name\":\"Jo\"" MAIL_ID("<q1@e>"))},
	{"Pa", 61, IN("ebay:q", ITEM("333") "," DUE ",\"order\":\"08-1\",\"from_name\":\"Jo\"")},
	{"Pb", 62, LOOSE(ITEM("08-1") ",\"order\":\"08-1\",\"answers\":true")},
	{"Pc", 63, LOOSE(EBAY ",\"answers\":true,\"customer\":\"Jo\"")},
	{"Pd", 64, LOOSE(ITEM("333") ",\"answers\":true,\"customer\":\"Jo\"")},
	{"Pe", 70, DESK("done", ON("ebay:q#333"))},
	{"Pf", 71, DESK("spam", "\"ref\":\"P4\"")},
	{"Pg", 72, "{\"event\":\"alert\",\"thread\":\"ebay:p#111\",\"opened\":\"2026-01-05T00:00:10Z\",\"level\":50}"},
	{"Ph", 73, "{\"event\":\"label\",\"ref\":\"P3\",\"labels\":[\"late\"]}"},
	{"Pi", 80, IN("ebay:p", EBAY "," DUE ",\"shop\":\"other\",\"from_name\":\"Jo\"")},
	{"Pj", 81, OUT("ebay:p", EBAY ",\"shop\":\"third\"")},
};
#define STORY (sizeof(story) / sizeof(*story))

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* All events in an order that seed says, in groups of that size, some again in between, then all again. */
static char *tell(const char *kind, uint64_t seed, size_t group)
{
	struct event order[2 * STORY];
	size_t count = STORY;
	struct place p;
	char *text;

	open_place(&p, kind);
	memcpy(order, story, sizeof(story));
	if (seed > 0) {
		memcpy(order + STORY, story, sizeof(story));
		count = 2 * STORY;
		for (size_t i = count - 1; i > 0; i--) {
			size_t j = (size_t)(next_random(&seed) % (i + 1));
			struct event other = order[i];

			order[i] = order[j];
			order[j] = other;
		}
	}
	for (size_t i = 0; i < count; i += group)
		apply_many(&p, order + i, count - i < group ? count - i : group);
	text = dump(&p);
	close_place(&p);
	return text;
}

static void assert_same_story(const char *expected, const char *kind, uint64_t seed, size_t group)
{
	char *text = tell(kind, seed, group);

	if (strcmp(text, expected) != 0)
		print_error("order %llu, groups of %zu, %s:\n%s\ninstead of\n%s\n", (unsigned long long)seed, group, kind, text,
		    expected);
	assert_string_equal(text, expected);
	free(text);
}

static void any_order_and_any_repetition_give_the_same_state(void **state)
{
	char *expected = tell("memory", 0, 1);

	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		for (uint64_t seed = 0; seed < (k == 0 ? 300 : 10); seed++)
			assert_same_story(expected, kinds[k], seed, 1 + seed % 9);
	free(expected);
}

/* ---- each of them with each kind -------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(struct place *p);
} tests[] = {
#define TEST(name) {#name, name}
	TEST(an_answer_closes_an_inquiry), TEST(a_held_reply_answers_when_it_is_released),
	TEST(a_refused_reply_answers_nobody), TEST(a_bounce_opens_the_inquiry_again),
	TEST(a_bounce_may_come_before_its_message), TEST(commands_are_obeyed), TEST(units_make_inquiries),
	TEST(damaged_values_are_no_stop), TEST(an_order_joins_aliases_of_one_shop),
	TEST(references_join_across_a_change_of_alias), TEST(a_reply_answers_the_mail_that_it_replies_to),
	TEST(a_case_joins_its_mail), TEST(a_copy_without_relay_finds_its_order),
	TEST(a_copy_finds_a_name_only_when_there_is_one), TEST(an_inquiry_without_any_name_still_waits),
	TEST(attempts_of_a_mail_count_once_in_any_order), TEST(parts_of_texts_are_found), TEST(pages_follow_each_other),
	TEST(states_of_the_inbox), TEST(a_summary_is_owed), TEST(rates_are_counted_by_group), TEST(a_bounce_changes_the_rate_from_its_second_on),
	TEST(mail_gives_an_alarm_once), TEST(levels_of_windows_are_remembered), TEST(subjects_are_found_by_their_milestones),
	TEST(alerts_are_remembered), TEST(milestones_are_told_once), TEST(cases_tell_their_story),
	TEST(a_history_shows_messages_and_commands), TEST(an_item_is_a_thread_of_its_own),
	TEST(a_reply_is_of_what_it_answers_then_of_what_it_names), TEST(mail_without_an_item_follows_the_conversation),
	TEST(an_order_is_of_the_item_that_is_named_with_it), TEST(commands_and_bounces_are_of_one_item),
};
#define TESTS (sizeof(tests) / sizeof(*tests))

struct run {
	size_t test, kind;
};

static void run_one(void **state)
{
	const struct run *run = *state;
	struct place p;

	open_place(&p, kinds[run->kind]);
	tests[run->test].run(&p);
	close_place(&p);
}

int main(void)
{
	struct CMUnitTest list[TESTS * KINDS + 1] = {{0}};
	struct run runs[TESTS * KINDS];
	char names[TESTS * KINDS][100];
	size_t n = 0;

	if (hash_init() == -1)
		return 1;
	for (size_t test = 0; test < TESTS; test++) {
		for (size_t kind = 0; kind < KINDS; kind++, n++) {
			snprintf(names[n], sizeof(names[n]), "%s (%s)", tests[test].name, kinds[kind]);
			runs[n] = (struct run){test, kind};
			list[n] = (struct CMUnitTest){.name = names[n], .test_func = run_one, .initial_state = &runs[n]};
		}
	}
	list[n] = (struct CMUnitTest)cmocka_unit_test(any_order_and_any_repetition_give_the_same_state);
	return cmocka_run_group_tests(list, NULL, NULL);
}
