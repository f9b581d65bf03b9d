/* SPDX-License-Identifier: BSD-2-Clause */
/* What a purge takes, from events alone: days of each class, legal holds, files that are shared, tombstones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/plan.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/hash.h"
#include "store/store.h"

#define DAY 86400
#define NOW ((int64_t)1790000000)

static struct store *store;
static int64_t seq;

static int open_store(void **state)
{
	struct store_config config = {.type = "memory"};
	struct diag d = {0};

	(void)state;
	seq = 0;
	store = store_open(&config, &d);
	return store != NULL ? 0 : -1;
}

static int close_store(void **state)
{
	(void)state;
	store_close(&store);
	return 0;
}

static const char *digest_of(char c)
{
	static char digests[128][HASH_HEX_SIZE];

	memset(digests[(unsigned)c], c, HASH_HEX_SIZE - 1);
	return digests[(unsigned)c];
}

/* An event with these members, of a day before NOW; its seq. */
__attribute__((format(printf, 3, 4)))
static int64_t apply(const char *id, int64_t days_ago, const char *members, ...)
{
	char text[2000], time[CLOCK_TEXT_SIZE], line[2400];
	struct diag d = {0};
	json_t *event;
	va_list ap;

	va_start(ap, members);
	vsnprintf(text, sizeof(text), members, ap);
	va_end(ap);
	clock_format(time, sizeof(time), NOW - days_ago * DAY);
	seq++;
	snprintf(line, sizeof(line), "{\"time\":\"%s\",\"id\":\"%s\",%s,\"seq\":%lld,\"hash\":\"h%lld\"}", time, id, text,
	    (long long)seq, (long long)seq);
	event = json_loads(line, 0, NULL);
	if (event == NULL)
		fail_msg("%s", line);
	if (store_apply(store, &event, 1, &d) != 0)
		fail_msg("%s", d.text);
	json_decref(event);
	return seq;
}

static void message(const char *id, int64_t days_ago, const char *class, char digest, const char *more)
{
	apply(id, days_ago, "\"event\":\"message\",\"direction\":\"out\",\"marketplace\":\"walmart\",\"action\":\"pass\","
	    "\"archive\":\"%s\",\"archive_class\":\"%s\",\"size\":5,\"sender\":\"Agent@Shop.example\",\"recipient_count\":1,"
	    "\"recipients\":[\"%s@relay.example\"]%s", digest_of(digest), class, id, more);
}

static void purge(const char *id, char digest, int64_t upto)
{
	apply(id, 0, "\"event\":\"purge\",\"class\":\"outgoing\",\"digests\":[\"%s\"],\"upto\":%lld", digest_of(digest),
	    (long long)upto);
}

/* "A goes;B on hold H1 (1);C shared D;" */
static int note(void *arg, const struct archive_decision *decision)
{
	static const char *const fates[] = {"goes", "on hold", "shared"};
	struct buf *out = arg;

	buf_printf(out, "%s %s", decision->message->id, fates[decision->fate]);
	if (decision->fate == ARCHIVE_ON_HOLD)
		buf_printf(out, " %s (%zu)", decision->hold_id, decision->holds);
	else if (decision->shared_id != NULL)
		buf_printf(out, " %s", decision->shared_id);
	buf_add_char(out, ';');
	return 0;
}

static const struct archive_policy policy = {NOW, {30, 60, 0, 10}};

static void assert_plan(const char *expected)
{
	struct archive_cursor cursor = {0}, small = {0};
	struct buf out = {0}, again = {0};
	struct diag d = {0};
	size_t batches = 0;

	buf_add_str(&out, "");
	while (cursor.class < ARCHIVE_CLASSES)
		assert_int_equal(archive_plan(store, &policy, &cursor, SIZE_MAX, SIZE_MAX, note, &out, &d), 0);
	assert_string_equal(out.data != NULL ? out.data : "", expected);
	/* One at a time gives the same. */
	buf_add_str(&again, "");
	for (; small.class < ARCHIVE_CLASSES && batches < 100; batches++)
		assert_int_equal(archive_plan(store, &policy, &small, 1, 1, note, &again, &d), 0);
	assert_int_equal(small.class, ARCHIVE_CLASSES);
	assert_string_equal(again.data != NULL ? again.data : "", expected);
	buf_free(&out);
	buf_free(&again);
}

static void days_are_counted_by_class(void **state)
{
	(void)state;
	message("A", 29, "outgoing", 'a', "");
	message("B", 30, "outgoing", 'b', "");
	message("C", 31, "outgoing", 'c', "");
	message("D", 59, "incoming", 'd', "");
	message("E", 60, "incoming", 'e', "");
	message("F", 4000, "held", 'f', "");
	message("G", 10, "refused", '0', "");
	message("H", 9, "refused", '1', "");
	message("I", 4000, "of-tomorrow", '2', "");
	apply("J", 4000, "\"event\":\"message\",\"direction\":\"out\",\"action\":\"pass\"");
	assert_plan("C goes;B goes;E goes;G goes;");
}

static void holds_keep_until_they_are_released(void **state)
{
	(void)state;
	message("A", 40, "outgoing", 'a', ",\"order\":\"77\",\"threads\":[\"walmart:x\"]");
	message("B", 40, "outgoing", 'b', ",\"threads\":[\"walmart:x\"]");
	message("C", 40, "outgoing", 'c', ",\"ids\":[{\"kind\":\"item\",\"value\":\"78\"}]");
	message("D", 40, "outgoing", 'd', ",\"case\":\"79\"");
	message("E", 40, "outgoing", 'e', ",\"recipient_count\":51");
	assert_plan("A goes;B goes;C goes;D goes;E goes;");
	apply("H1", 5, "\"event\":\"legal-hold\",\"order\":\"77\",\"why\":\"w\",\"by\":\"b\"");
	assert_plan("A on hold H1 (1);B on hold H1 (1);C goes;D goes;E goes;");
	apply("H2", 5, "\"event\":\"legal-hold\",\"thread\":\"walmart:x\",\"why\":\"w\",\"by\":\"b\"");
	apply("H3", 5, "\"event\":\"legal-hold\",\"order\":\"78\",\"why\":\"w\",\"by\":\"b\"");
	apply("H4", 5, "\"event\":\"legal-hold\",\"order\":\"79\",\"why\":\"w\",\"by\":\"b\"");
	assert_plan("A on hold H1 (2);B on hold H1 (2);C on hold H3 (1);D on hold H4 (1);E goes;");
	apply("R1", 4, "\"event\":\"legal-release\",\"ref\":\"H1\",\"why\":\"w\",\"by\":\"b\"");
	apply("R2", 4, "\"event\":\"legal-release\",\"ref\":\"H3\",\"why\":\"w\",\"by\":\"b\"");
	assert_plan("A on hold H2 (1);B on hold H2 (1);C goes;D on hold H4 (1);E goes;");
	/* More recipients than are listed: he may be one of them. */
	apply("H5", 4, "\"event\":\"legal-hold\",\"address\":\"B@Relay.example\",\"why\":\"w\",\"by\":\"b\"");
	assert_plan("A on hold H2 (1);B on hold H2 (2);C goes;D on hold H4 (1);E on hold H5 (1);");
	apply("H6", 4, "\"event\":\"legal-hold\",\"address\":\"agent@shop.EXAMPLE\",\"why\":\"w\",\"by\":\"b\"");
	assert_plan("A on hold H2 (2);B on hold H2 (3);C on hold H6 (1);D on hold H4 (2);E on hold H5 (2);");
	apply("H7", 4, "\"event\":\"legal-hold\",\"why\":\"names nothing\"");
	apply("R3", 4, "\"event\":\"legal-release\",\"ref\":\"H9\",\"why\":\"there is none\"");
}

static void a_file_stays_for_whoever_needs_it(void **state)
{
	(void)state;
	message("A", 40, "outgoing", 'a', "");
	message("B", 10, "outgoing", 'a', "");
	message("C", 40, "outgoing", 'c', "");
	message("D", 50, "incoming", 'c', "");
	message("E", 40, "outgoing", 'e', "");
	message("F", 20, "refused", 'e', "");
	message("G", 40, "outgoing", 'b', "");
	message("H", 40, "held", 'b', "");
	assert_plan("A shared B;C shared D;E goes;G shared H;F goes;");
}

static void a_tombstone_ends_what_was_before_it(void **state)
{
	(void)state;
	message("A", 40, "outgoing", 'a', "");
	message("B", 40, "outgoing", 'b', "");
	purge("P1", 'a', seq);
	assert_plan("B goes;");
	/* Recorded before the tombstone, but not looked at by it. */
	message("C", 40, "outgoing", 'b', "");
	purge("P2", 'b', seq - 1);
	assert_plan("C goes;");
	message("D", 40, "outgoing", 'a', "");
	assert_plan("C goes;D goes;");
	purge("P3", 'a', 0);
	apply("P4", 0, "\"event\":\"purge\",\"digests\":[7,null,\"\"],\"upto\":99");
	apply("P5", 0, "\"event\":\"purge\",\"digests\":\"x\"");
	assert_plan("C goes;D goes;");
}

static int count_one(void *arg, const struct store_archived *archived)
{
	buf_printf(arg, "%s", archived->id);
	return 0;
}

static void the_last_tombstone_is_known(void **state)
{
	struct store_archived_filter filter = {.class = -1, .last_purged = true};
	struct store_archived_sum sums[ARCHIVE_CLASSES];
	struct buf out = {0};
	struct diag d = {0};

	(void)state;
	message("A", 40, "outgoing", 'a', "");
	message("B", 41, "outgoing", 'b', "");
	message("C", 40, "incoming", 'c', "");
	buf_add_str(&out, "");
	assert_int_equal(store_archived(store, &filter, count_one, &out, &d), 0);
	assert_string_equal(out.data != NULL ? out.data : "", "");
	purge("P1", 'a', seq);
	purge("P2", 'b', seq);
	assert_int_equal(store_archived(store, &filter, count_one, &out, &d), 0);
	assert_string_equal(out.data, "B");
	assert_int_equal(store_archived_sums(store, sums, &d), 0);
	assert_int_equal(sums[ARCHIVE_OUTGOING].messages, 0);
	assert_int_equal(sums[ARCHIVE_OUTGOING].purged, 2);
	assert_int_equal(sums[ARCHIVE_INCOMING].bytes, 5);
	assert_int_equal(sums[ARCHIVE_INCOMING].oldest, NOW - 40 * DAY);
	/* A rebuild begins with nothing. */
	assert_int_equal(store_reset(store, &d), 0);
	seq = 0;
	assert_int_equal(store_archived_sums(store, sums, &d), 0);
	assert_int_equal(sums[ARCHIVE_OUTGOING].purged, 0);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(days_are_counted_by_class, open_store, close_store),
		cmocka_unit_test_setup_teardown(holds_keep_until_they_are_released, open_store, close_store),
		cmocka_unit_test_setup_teardown(a_file_stays_for_whoever_needs_it, open_store, close_store),
		cmocka_unit_test_setup_teardown(a_tombstone_ends_what_was_before_it, open_store, close_store),
		cmocka_unit_test_setup_teardown(the_last_tombstone_is_known, open_store, close_store),
	};

	return hash_init() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
