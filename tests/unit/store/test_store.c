/* SPDX-License-Identifier: BSD-2-Clause */
/* The store: applying twice is applying once, retries count once, and no text breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/hash.h"
#include "store/store.h"

/* ---- help ------------------------------------------------------------------------ */

struct place {
	char dir[64];
	char path[80];
	struct store *store;
	int64_t seq;
};

static struct store *open_store(struct place *p, const char *type, struct diag *d)
{
	struct store_config config = {.type = type, .path = p->path, .busy_ms = 200};

	return store_open(&config, d);
}

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct diag d = {0};

	assert_int_equal(hash_init(), 0);
	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-store-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/store.db", p->dir);
	p->store = open_store(p, "sqlite", &d);
	if (p->store == NULL)
		print_error("%s\n", d.text);
	assert_non_null(p->store);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	DIR *handle = opendir(p->dir);
	const struct dirent *entry;

	store_close(&p->store);
	while (handle != NULL && (entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	closedir(handle);
	rmdir(p->dir);
	free(p);
	return 0;
}

/* A message of the log; more is a JSON object whose members replace the ordinary ones. */
static json_t *message(struct place *p, int64_t time, const char *more)
{
	char text[CLOCK_TEXT_SIZE], id[32], hash[HASH_HEX_SIZE];
	json_t *event = json_object(), *extra = json_loads(more, JSON_ALLOW_NUL, NULL);

	assert_non_null(extra);
	snprintf(id, sizeof(id), "ID%lld", (long long)++p->seq);
	hash_hex(hash, slice_str(id));
	clock_format(text, sizeof(text), time);
	json_put_int(event, "seq", p->seq);
	json_put_str(event, "time", text);
	json_put_str(event, "id", id);
	json_put_str(event, "event", "message");
	json_put_str(event, "direction", "in");
	json_put_str(event, "marketplace", "walmart");
	json_put_str(event, "action", "pass");
	json_put_str(event, "hash", hash);
	json_object_update(event, extra);
	json_decref(extra);
	return event;
}

static void apply(struct place *p, json_t *event)
{
	struct diag d = {0};
	int rc = store_apply(p->store, &event, 1, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	json_decref(event);
}

#define THREAD_A "\"threads\":[\"walmart:a@relay\"],\"from_name\":\"Maria M\xc3\xbcller\",\"subject\":\"Where is it\","
#define STARTS "\"sla\":{\"change\":\"starts\",\"due\":\"1970-01-03T00:00:10Z\"}"
#define INQUIRY "{" THREAD_A STARTS "}"
#define ANSWER "{" THREAD_A "\"direction\":\"out\",\"answers\":true}"

/* A thread as it was given, kept beyond the call. */
struct seen {
	size_t threads;
	size_t events, inquiries, answers;
	int64_t failed, last_time, due;
	char key[6000], customer[256], subject[256], order[64], labels[128], last_id[32];
};

static int see(void *arg, const struct store_thread *t)
{
	struct seen *seen = arg;

	if (seen->threads++ > 0)
		return 0;
	seen->events = t->event_count;
	for (size_t i = 0; i < t->event_count; i++) {
		seen->inquiries += t->events[i].kind == DESK_INQUIRY;
		seen->answers += t->events[i].kind == DESK_ANSWER;
		if (t->events[i].kind == DESK_INQUIRY)
			seen->due = t->events[i].due;
	}
	seen->failed = t->failed;
	seen->last_time = t->last_time;
	snprintf(seen->key, sizeof(seen->key), "%s", t->key);
	snprintf(seen->customer, sizeof(seen->customer), "%s", t->customer);
	snprintf(seen->subject, sizeof(seen->subject), "%s", t->subject);
	snprintf(seen->order, sizeof(seen->order), "%s", t->order);
	snprintf(seen->labels, sizeof(seen->labels), "%s", t->labels);
	snprintf(seen->last_id, sizeof(seen->last_id), "%s", t->last_id);
	return 0;
}

/* Totals over all threads that fit, and the first one's content. */
static struct seen look(struct place *p, const struct store_filter *filter)
{
	struct seen seen = {0};
	struct diag d = {0};
	int rc = store_threads(p->store, filter, see, &seen, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	return seen;
}

static size_t found(struct place *p, struct store_filter filter)
{
	return look(p, &filter).threads;
}

/* ---- threads ------------------------------------------------------------------------ */

static void a_thread_shows_what_happened(void **state)
{
	struct place *p = *state;
	struct seen seen;

	apply(p, message(p, 10, "{" THREAD_A STARTS ",\"order\":\"123-4\",\"labels\":[\"response-needed\",\"care\"],"
	    "\"ids\":[{\"kind\":\"order\",\"value\":\"999\"}]}"));
	apply(p, message(p, 20, "{" THREAD_A "\"direction\":\"out\",\"action\":\"reject\",\"from_name\":\"Agent\"}"));
	apply(p, message(p, 30, "{" THREAD_A "\"direction\":\"out\",\"action\":\"hold\",\"answers\":true}"));
	seen = look(p, NULL);
	assert_int_equal(seen.threads, 1);
	assert_int_equal(seen.events, 3);
	assert_int_equal(seen.inquiries, 1);
	assert_int_equal(seen.answers, 0);
	assert_int_equal(seen.failed, 2);
	assert_int_equal(seen.due, 172810);
	assert_int_equal(seen.last_time, 30);
	assert_string_equal(seen.last_id, "ID3");
	assert_string_equal(seen.customer, "Maria M\xc3\xbcller");
	assert_string_equal(seen.order, "123-4");
	assert_string_equal(seen.labels, "care,response-needed");
	apply(p, message(p, 40, ANSWER));
	seen = look(p, NULL);
	assert_int_equal(seen.answers, 1);
	assert_int_equal(seen.failed, 0);
	assert_string_equal(seen.customer, "Maria M\xc3\xbcller");
}

static void applying_twice_is_applying_once(void **state)
{
	struct place *p = *state;
	json_t *events[3] = {message(p, 10, INQUIRY), message(p, 20, ANSWER), message(p, 30, INQUIRY)};
	struct diag d = {0};
	char hash[HASH_HEX_SIZE];
	int64_t seq;

	assert_int_equal(store_apply(p->store, events, 2, &d), 0);
	assert_int_equal(store_apply(p->store, events, 2, &d), 0);
	assert_int_equal(look(p, NULL).events, 2);
	assert_int_equal(store_apply(p->store, events, 3, &d), 0);
	assert_int_equal(look(p, NULL).events, 3);
	assert_int_equal(store_applied(p->store, &seq, hash, &d), 0);
	assert_int_equal(seq, 3);
	assert_string_equal(hash, json_get_str(events[2], "hash"));
	for (int i = 0; i < 3; i++)
		json_decref(events[i]);
}

static void a_gap_or_another_log_is_an_error(void **state)
{
	struct place *p = *state;
	json_t *late, *other;
	struct diag d = {0};

	apply(p, message(p, 10, INQUIRY));
	p->seq++;
	late = message(p, 20, ANSWER);
	assert_int_equal(store_apply(p->store, &late, 1, &d), -1);
	assert_non_null(strstr(d.text, "missing"));
	json_decref(late);
	p->seq = 0;
	other = message(p, 10, "{\"hash\":\"another\"}");
	diag_clear(&d);
	assert_int_equal(store_apply(p->store, &other, 1, &d), -1);
	assert_non_null(strstr(d.text, "postern rebuild"));
	json_decref(other);
	assert_int_equal(look(p, NULL).events, 1);
}

static void a_group_is_applied_whole_or_not_at_all(void **state)
{
	struct place *p = *state;
	json_t *events[2] = {message(p, 10, INQUIRY), json_pack("{s:s}", "event", "nonsense")};
	struct diag d = {0};
	char hash[HASH_HEX_SIZE];
	int64_t seq;

	assert_int_equal(store_apply(p->store, events, 2, &d), -1);
	assert_int_equal(look(p, NULL).threads, 0);
	assert_int_equal(store_applied(p->store, &seq, hash, &d), 0);
	assert_int_equal(seq, 0);
	assert_string_equal(hash, "");
	json_decref(events[0]);
	json_decref(events[1]);
}

#define TRY(direction, action, more) \
	"{" THREAD_A "\"digest\":\"D1\",\"direction\":\"" direction "\",\"action\":\"" action "\"," more "}"

static void a_retry_counts_once(void **state)
{
	struct place *p = *state;
	struct seen seen;

	/* Deferred, deferred again, accepted, and once more because the answer got lost. */
	apply(p, message(p, 10, TRY("in", "defer", STARTS)));
	seen = look(p, NULL);
	assert_int_equal(seen.inquiries, 0);
	apply(p, message(p, 310, TRY("in", "defer", STARTS)));
	assert_int_equal(look(p, NULL).events, 1);
	apply(p, message(p, 610, TRY("in", "tag", STARTS)));
	seen = look(p, NULL);
	assert_int_equal(seen.events, 1);
	assert_int_equal(seen.inquiries, 1);
	apply(p, message(p, 910, TRY("in", "tag", STARTS)));
	apply(p, message(p, 920, TRY("in", "defer", STARTS)));
	seen = look(p, NULL);
	assert_int_equal(seen.events, 1);
	assert_int_equal(seen.inquiries, 1);
	assert_int_equal(seen.last_time, 610);
	/* The same bytes in the other direction are another message. */
	apply(p, message(p, 930, TRY("out", "pass", "\"answers\":true")));
	seen = look(p, NULL);
	assert_int_equal(seen.events, 2);
	assert_int_equal(seen.answers, 1);
}

static void a_refused_reply_sent_again_is_one_failure_until_it_passes(void **state)
{
	struct place *p = *state;
	struct seen seen;

	apply(p, message(p, 10, INQUIRY));
	apply(p, message(p, 20, TRY("out", "reject", "\"answers\":true")));
	apply(p, message(p, 30, TRY("out", "reject", "\"answers\":true")));
	seen = look(p, NULL);
	assert_int_equal(seen.failed, 1);
	assert_int_equal(seen.answers, 0);
	apply(p, message(p, 40, TRY("out", "pass", "\"answers\":true")));
	seen = look(p, NULL);
	assert_int_equal(seen.failed, 0);
	assert_int_equal(seen.answers, 1);
	assert_int_equal(seen.events, 2);
}

static void messages_without_digest_are_all_different(void **state)
{
	struct place *p = *state;

	apply(p, message(p, 10, INQUIRY));
	apply(p, message(p, 20, INQUIRY));
	assert_int_equal(look(p, NULL).events, 2);
}

static void other_events_leave_threads_alone(void **state)
{
	struct place *p = *state;

	apply(p, message(p, 10, "{\"event\":\"start\"}"));
	apply(p, message(p, 10, "{\"event\":\"queued\",\"ref\":\"ID1\",\"queue_id\":\"4X\"}"));
	apply(p, message(p, 10, "{\"threads\":[]}"));
	apply(p, message(p, 10, "{\"threads\":[1,null,\"\"]}"));
	apply(p, message(p, 10, "{\"threads\":7,\"labels\":{},\"ids\":\"x\",\"sla\":[],\"digest\":5}"));
	assert_int_equal(look(p, NULL).threads, 0);
	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(look(p, NULL).threads, 1);
}

static void labels_can_be_added_later(void **state)
{
	struct place *p = *state;

	apply(p, message(p, 10, INQUIRY));
	apply(p, message(p, 20, "{\"event\":\"label\",\"ref\":\"ID1\",\"labels\":[\"spam\"]}"));
	apply(p, message(p, 20, "{\"event\":\"label\",\"threads\":[\"walmart:a@relay\",\"none\"],\"labels\":[\"b\"]}"));
	assert_string_equal(look(p, NULL).labels, "b,spam");
	assert_int_equal(look(p, NULL).events, 1);
}

static void filters_find_what_they_say(void **state)
{
	struct place *p = *state;

	apply(p, message(p, 10, "{" THREAD_A "\"order\":\"123\",\"labels\":[\"care\"]}"));
	apply(p, message(p, 20, "{\"threads\":[\"amazon:b\"],\"from\":\"b@x\",\"subject\":\"100% off_x\",\"order\":\"77\","
	    "\"ids\":[{\"kind\":\"item\",\"value\":\"123\"}]}"));
	apply(p, message(p, 30, "{\"threads\":[\"ebay:c\"],\"from_name\":\"\xd0\x9e\xd0\xbb\xd0\xb3\xd0\xb0\"}"));
	assert_int_equal(found(p, (struct store_filter){0}), 3);
	assert_string_equal(look(p, NULL).key, "ebay:c");
	assert_int_equal(found(p, (struct store_filter){.order = "123"}), 2);
	assert_int_equal(found(p, (struct store_filter){.order = "12"}), 0);
	assert_int_equal(found(p, (struct store_filter){.subject = "WHERE"}), 1);
	assert_int_equal(found(p, (struct store_filter){.subject = "%"}), 1);
	assert_int_equal(found(p, (struct store_filter){.subject = "_"}), 1);
	assert_int_equal(found(p, (struct store_filter){.subject = "\\"}), 0);
	assert_int_equal(found(p, (struct store_filter){.customer = "M\xc3\x9cLLER"}), 1);
	assert_int_equal(found(p, (struct store_filter){.customer = "\xd0\xbe\xd0\x9b\xd0\xb3\xd0\x90"}), 1);
	assert_int_equal(found(p, (struct store_filter){.customer = "B@x"}), 1);
	assert_int_equal(found(p, (struct store_filter){.label = "care"}), 1);
	assert_int_equal(found(p, (struct store_filter){.label = "car"}), 0);
	assert_int_equal(found(p, (struct store_filter){.key = "amazon:b"}), 1);
	assert_int_equal(found(p, (struct store_filter){.message = "ID2"}), 1);
	assert_int_equal(found(p, (struct store_filter){.message = "ID9"}), 0);
	assert_int_equal(found(p, (struct store_filter){.order = "123", .label = "care"}), 1);
	assert_int_equal(found(p, (struct store_filter){.order = "' OR 1=1 --"}), 0);
}

static int stop_at_once(void *arg, const struct store_thread *thread)
{
	(void)thread;
	++*(int *)arg;
	return 42;
}

static void a_walk_can_be_stopped(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	int calls = 0;

	apply(p, message(p, 10, INQUIRY));
	apply(p, message(p, 10, "{\"threads\":[\"amazon:b\"]}"));
	assert_int_equal(store_threads(p->store, NULL, stop_at_once, &calls, &d), 42);
	assert_int_equal(calls, 1);
	apply(p, message(p, 30, INQUIRY));
}

static void hostile_text_is_only_text(void **state)
{
	static const char nasty[] = "walmart:'; DROP TABLE thread; --\"\\ %s \x1b[31m\r\n* \xff\xe2\x80\xae";
	struct place *p = *state;
	char *big = malloc(5121);
	json_t *event, *threads;

	event = message(p, 10, "{\"threads\":[\"walmart:nul\\u0000behind\"],\"subject\":\"a\\u0000b\"}");
	apply(p, event);
	assert_string_equal(look(p, NULL).key, "walmart:nul\xef\xbf\xbd" "behind");
	assert_int_equal(found(p, (struct store_filter){.subject = "B"}), 1);
	memset(big, 'k', 5120);
	big[5120] = '\0';
	event = message(p, 20, "{}");
	threads = json_array();
	json_array_append_new(threads, json_string(big));
	json_array_append_new(threads, json_text(slice_str(nasty)));
	json_put_new(event, "threads", threads);
	apply(p, event);
	assert_int_equal(look(p, NULL).threads, 3);
	assert_int_equal(found(p, (struct store_filter){.key = big}), 1);
	free(big);
}

static void reset_forgets_threads_but_not_counts(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	char hash[HASH_HEX_SIZE];
	int64_t seq, value;

	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(store_counter(p->store, SLICE_LIT("n"), SLICE_LIT("k"), SLICE_LIT("m"), 3, 100, 50, &value, &d), 0);
	assert_int_equal(store_reset(p->store, &d), 0);
	assert_int_equal(look(p, NULL).threads, 0);
	assert_int_equal(store_applied(p->store, &seq, hash, &d), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(store_counter(p->store, SLICE_LIT("n"), SLICE_LIT("k"), SLICE_LIT("m"), 3, 100, 50, &value, &d), 0);
	assert_int_equal(value, 3);
	p->seq = 0;
	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(look(p, NULL).events, 1);
}

/* ---- counters -------------------------------------------------------------------------- */

static int64_t counted(struct place *p, struct slice key, struct slice mail, int64_t delta, int64_t now, int64_t window)
{
	struct diag d = {0};
	int64_t value = -99;
	int rc = store_counter(p->store, SLICE_LIT("rate"), key, mail, delta, now, window, &value, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	return value;
}

static void counters_count_a_message_once_and_forget(void **state)
{
	struct place *p = *state;
	struct slice key = SLICE_LIT("agent"), nul = {"a\0b", 3}, prefix = {"a", 1};

	assert_int_equal(counted(p, key, SLICE_LIT("m1"), 1, 1000, 100), 1);
	assert_int_equal(counted(p, key, SLICE_LIT("m1"), 1, 1050, 100), 1);
	assert_int_equal(counted(p, key, SLICE_LIT("m2"), 2, 1050, 100), 3);
	assert_int_equal(counted(p, key, SLICE_LIT("m3"), 0, 1050, 100), 3);
	assert_int_equal(counted(p, key, SLICE_LIT("m3"), 1, 1099, 100), 4);
	/* A window of 100 seconds is over after 100 seconds. */
	assert_int_equal(counted(p, key, SLICE_LIT("-"), 0, 1099, 100), 4);
	assert_int_equal(counted(p, key, SLICE_LIT("-"), 0, 1100, 100), 3);
	assert_int_equal(counted(p, key, SLICE_LIT("-"), 0, 5000, 100), 0);
	assert_int_equal(counted(p, key, SLICE_LIT("-"), 0, 1100, INT64_MAX), 4);
	assert_int_equal(counted(p, SLICE_LIT("AGENT"), SLICE_LIT("-"), 0, 1100, 1000), 0);
	assert_int_equal(counted(p, nul, SLICE_LIT("m"), 1, 1100, 100), 1);
	assert_int_equal(counted(p, prefix, SLICE_LIT("-"), 0, 1100, 100), 0);
	assert_int_equal(counted(p, SLICE_LIT("' OR 1=1"), SLICE_LIT("%"), 1, 1100, 100), 1);
	assert_int_equal(counted(p, SLICE_NONE, SLICE_NONE, 1, 1100, 100), 1);
}

static void pruning_keeps_the_longest_window(void **state)
{
	struct place *p = *state;

	assert_int_equal(counted(p, SLICE_LIT("long"), SLICE_LIT("m"), 1, 1000, 100000), 1);
	for (int i = 0; i < 200; i++) {
		char mail[16];

		snprintf(mail, sizeof(mail), "s%d", i);
		counted(p, SLICE_LIT("short"), slice_str(mail), 1, 2000 + i * 100, 10);
	}
	assert_int_equal(counted(p, SLICE_LIT("long"), SLICE_LIT("-"), 0, 22000, 100000), 1);
	for (int i = 0; i < 200; i++)
		counted(p, SLICE_LIT("short"), SLICE_LIT("-"), 0, 1000000, 10);
	/* Older than any window that was asked for: gone from the table. */
	assert_int_equal(counted(p, SLICE_LIT("long"), SLICE_LIT("-"), 0, 1000000, 1000000), 0);
}

static void counters_refuse_nonsense(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	int64_t value;

	assert_int_equal(store_counter(p->store, SLICE_LIT("n"), SLICE_LIT("k"), SLICE_LIT("m"), 1, 10, 0, &value, &d), -1);
	assert_int_equal(store_counter(p->store, SLICE_LIT("n"), SLICE_LIT("k"), SLICE_LIT("m"), INT64_MAX, 10, 5, &value,
	    &d), -1);
}

struct counting {
	struct place *p;
	int number;
};

static void *count_many(void *arg)
{
	struct counting *c = arg;

	for (int i = 0; i < 100; i++) {
		char mail[32];

		snprintf(mail, sizeof(mail), "%d-%d", c->number, i);
		counted(c->p, SLICE_LIT("k"), slice_str(mail), 1, 1000, 1000);
		look(c->p, NULL);
	}
	return NULL;
}

static void many_threads_count_and_read(void **state)
{
	struct place *p = *state;
	struct counting c[12];
	pthread_t threads[12];

	for (int i = 0; i < 12; i++) {
		c[i] = (struct counting){p, i};
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, &c[i]), 0);
	}
	for (int i = 0; i < 50; i++)
		apply(p, message(p, 10 + i, INQUIRY));
	for (int i = 0; i < 12; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counted(p, SLICE_LIT("k"), SLICE_LIT("-"), 0, 1000, 1000), 1200);
	assert_int_equal(look(p, NULL).events, 50);
}

/* ---- opening ------------------------------------------------------------------------------ */

static void content_survives_and_is_private(void **state)
{
	struct place *p = *state;
	struct store_config reading = {.type = "sqlite", .path = p->path, .read_only = 1};
	struct store *reader;
	struct stat st;
	struct diag d = {0};
	json_t *event;

	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0);
	reader = store_open(&reading, &d);
	assert_non_null(reader);
	assert_int_equal(store_ping(reader, &d), 0);
	assert_int_equal(store_reset(reader, &d), -1);
	event = message(p, 20, ANSWER);
	assert_int_equal(store_apply(reader, &event, 1, &d), -1);
	apply(p, event);
	store_close(&reader);
	store_close(&p->store);
	p->store = open_store(p, "sqlite", &d);
	assert_non_null(p->store);
	assert_int_equal(look(p, NULL).events, 2);
	assert_int_equal(store_ping(p->store, &d), 0);
	unlink(p->path);
	assert_int_equal(store_ping(p->store, &d), -1);
	assert_non_null(strstr(d.text, "removed or replaced"));
}

static void memory_is_a_store_too(void **state)
{
	struct place *p = *state;
	struct diag d = {0};

	store_close(&p->store);
	p->store = open_store(p, "memory", &d);
	assert_non_null(p->store);
	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(look(p, NULL).events, 1);
	assert_int_equal(counted(p, SLICE_LIT("k"), SLICE_LIT("m"), 1, 1000, 1000), 1);
	assert_int_equal(store_ping(p->store, &d), 0);
}

static void assert_refused(struct place *p, const char *type, const char *word)
{
	struct diag d = {0};

	assert_null(open_store(p, type, &d));
	if (strstr(d.text, word) == NULL)
		print_error("%s\n", d.text);
	assert_non_null(strstr(d.text, word));
}

static void write_at(const char *path, off_t offset, const char *data, size_t len)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, offset), len);
	close(fd);
}

static void what_is_no_store_is_refused_with_a_reason(void **state)
{
	struct place *p = *state;
	struct store_config config = {.type = "sqlite", .path = p->path};
	struct diag d = {0};
	char garbage[4096];

	store_close(&p->store);
	assert_refused(p, "sqlit", "did you mean 'sqlite'");
	assert_refused(p, NULL, "unknown type");
	/* user_version is at byte 60, application_id at byte 68. */
	write_at(p->path, 60, "\0\0\1\0", 4);
	assert_refused(p, "sqlite", "newer Postern");
	/* An older one is made anew. */
	write_at(p->path, 60, "\0\0\0\1", 4);
	p->store = open_store(p, "sqlite", &d);
	assert_non_null(p->store);
	store_close(&p->store);
	write_at(p->path, 60, "\0\0\0\7", 4);
	write_at(p->path, 68, "XXXX", 4);
	assert_refused(p, "sqlite", "another program");
	assert_int_equal(store_discard(&config, &d), -1);
	assert_int_equal(access(p->path, F_OK), 0);
	memset(garbage, 'g', sizeof(garbage));
	write_at(p->path, 0, garbage, sizeof(garbage));
	assert_refused(p, "sqlite", "not a database");
	assert_int_equal(store_discard(&config, &d), 0);
	p->store = open_store(p, "sqlite", &d);
	assert_non_null(p->store);
	p->path[strlen(p->dir)] = '\0';
	assert_refused(p, "sqlite", p->dir);
}

struct letters {
	size_t count;
	int inbound, asks, gave_phone;
	char first[32], last[32], labels[64], order[32], key[16];
};

static int see_letter(void *arg, const struct store_letter *letter)
{
	struct letters *seen = arg;

	if (seen->count++ == 0) {
		snprintf(seen->first, sizeof(seen->first), "%s", letter->fingerprint);
		snprintf(seen->labels, sizeof(seen->labels), "%s", letter->labels);
		snprintf(seen->order, sizeof(seen->order), "%s", letter->order);
		snprintf(seen->key, sizeof(seen->key), "%s", letter->key);
		seen->inbound = letter->inbound;
		seen->asks = letter->asks;
		seen->gave_phone = letter->gave_phone;
	}
	snprintf(seen->last, sizeof(seen->last), "%s", letter->fingerprint);
	return 0;
}

#define LETTER(more, grams) "{\"threads\":[\"walmart:a@relay\"],\"fingerprint\":{\"grams\":\"" grams "\"}" more "}"

/* The newest messages of a thread, held and refused ones left out. */
static void letters_are_kept_for_comparison(void **state)
{
	struct place *p = *state;
	struct letters seen = {0};
	struct diag d = {0};
	char text[200];

	for (int i = 0; i < STORE_LETTERS + 5; i++) {
		snprintf(text, sizeof(text), "{\"threads\":[\"walmart:a@relay\"],\"fingerprint\":{\"grams\":\"g%d\"}}", i);
		apply(p, message(p, 100 + i, text));
	}
	apply(p, message(p, 200, LETTER(",\"direction\":\"out\",\"action\":\"hold\"", "held")));
	apply(p, message(p, 201, LETTER(",\"direction\":\"out\",\"action\":\"reject\"", "refused")));
	apply(p, message(p, 202, LETTER(",\"direction\":\"out\",\"action\":\"defer\"", "deferred")));
	assert_int_equal(store_letters(p->store, SLICE_LIT("walmart:a@relay"), see_letter, &seen, &d), 0);
	assert_int_equal(seen.count, STORE_LETTERS);
	assert_string_equal(seen.first, "g16");
	assert_string_equal(seen.last, "g5");
	apply(p, message(p, 300, "{\"threads\":[\"walmart:b@relay\"],\"labels\":[\"Return\",\"Lost\"],\"order\":\"42\","
	    "\"asks\":true,\"gave_phone\":true,\"fingerprint\":{\"key\":\"0badcafe\",\"grams\":\"x\"}}"));
	seen = (struct letters){0};
	assert_int_equal(store_letters(p->store, SLICE_LIT("walmart:b@relay"), see_letter, &seen, &d), 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.labels, "Return,Lost");
	assert_string_equal(seen.order, "42");
	assert_string_equal(seen.key, "0badcafe");
	assert_true(seen.inbound && seen.asks && seen.gave_phone);
	seen = (struct letters){0};
	assert_int_equal(store_letters(p->store, SLICE_LIT("walmart:nobody"), see_letter, &seen, &d), 0);
	assert_int_equal(seen.count, 0);
	assert_int_equal(store_reset(p->store, &d), 0);
	assert_int_equal(store_letters(p->store, SLICE_LIT("walmart:b@relay"), see_letter, &seen, &d), 0);
	assert_int_equal(seen.count, 0);
}

static void a_damaged_page_is_an_error_that_names_the_cure(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	struct seen seen = {0};
	struct stat st;
	char garbage[4096];
	int rc;

	for (int i = 0; i < 50; i++)
		apply(p, message(p, 10, INQUIRY));
	store_close(&p->store);
	assert_int_equal(stat(p->path, &st), 0);
	memset(garbage, 'g', sizeof(garbage));
	for (off_t page = 4096; page < st.st_size; page += 4096)
		write_at(p->path, page, garbage, sizeof(garbage));
	p->store = open_store(p, "sqlite", &d);
	rc = p->store != NULL ? store_threads(p->store, NULL, see, &seen, &d) : -1;
	assert_int_equal(rc, -1);
	if (strstr(d.text, "postern rebuild") == NULL)
		print_error("%s\n", d.text);
	assert_non_null(strstr(d.text, "postern rebuild"));
}

/* Another process holds SQLite's write lock (byte 120 of the -shm file) until it is told to let go. */
static pid_t hold_write_lock(const struct place *p, int ready, int go)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 1};
	char path[128], byte = 'x';
	pid_t child = fork();
	int fd;

	if (child != 0)
		return child;
	snprintf(path, sizeof(path), "%s-shm", p->path);
	fd = open(path, O_RDWR);
	if (fd == -1 || fcntl(fd, F_SETLK, &lock) == -1 || write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	_exit(0);
}

static void a_lock_of_another_process_is_waited_for_then_named(void **state)
{
	struct place *p = *state;
	int ready[2], go[2], status;
	struct diag d = {0};
	json_t *event;
	int64_t value, began;
	pid_t child;
	char byte;

	apply(p, message(p, 10, INQUIRY));
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = hold_write_lock(p, ready[1], go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	event = message(p, 20, ANSWER);
	began = clock_monotonic_ms();
	assert_int_equal(store_apply(p->store, &event, 1, &d), -1);
	assert_true(clock_monotonic_ms() - began >= 150);
	assert_non_null(strstr(d.text, "locked by another process"));
	assert_int_equal(store_counter(p->store, SLICE_LIT("n"), SLICE_LIT("k"), SLICE_LIT("m"), 1, 10, 5, &value, &d), -1);
	assert_int_equal(store_ping(p->store, &d), -1);
	/* Who only reads is not concerned. */
	assert_int_equal(look(p, NULL).events, 1);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	apply(p, event);
	assert_int_equal(look(p, NULL).events, 2);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_thread_shows_what_happened),
		STORE_TEST(applying_twice_is_applying_once),
		STORE_TEST(a_gap_or_another_log_is_an_error),
		STORE_TEST(a_group_is_applied_whole_or_not_at_all),
		STORE_TEST(a_retry_counts_once),
		STORE_TEST(a_refused_reply_sent_again_is_one_failure_until_it_passes),
		STORE_TEST(messages_without_digest_are_all_different),
		STORE_TEST(other_events_leave_threads_alone),
		STORE_TEST(labels_can_be_added_later),
		STORE_TEST(filters_find_what_they_say),
		STORE_TEST(a_walk_can_be_stopped),
		STORE_TEST(hostile_text_is_only_text),
		STORE_TEST(reset_forgets_threads_but_not_counts),
		STORE_TEST(counters_count_a_message_once_and_forget),
		STORE_TEST(pruning_keeps_the_longest_window),
		STORE_TEST(counters_refuse_nonsense),
		STORE_TEST(many_threads_count_and_read),
		STORE_TEST(a_lock_of_another_process_is_waited_for_then_named),
		STORE_TEST(content_survives_and_is_private),
		STORE_TEST(memory_is_a_store_too),
		STORE_TEST(what_is_no_store_is_refused_with_a_reason),
		STORE_TEST(letters_are_kept_for_comparison),
		STORE_TEST(a_damaged_page_is_an_error_that_names_the_cure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
