/* SPDX-License-Identifier: BSD-2-Clause */
/* Other gateways' events in a database, without a Redis: what is new, known, missing, damaged; names of keys; copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "store/peer.h"
#include "store/redis_share.h"

#define TEXT "{\"seq\":%d,\"id\":\"id%s%d\",\"time\":\"2026-01-05T00:00:00Z\",\"event\":\"message\",\"direction\":\"in\"," \
    "\"marketplace\":\"walmart\",\"shop\":\"s\",\"action\":\"pass\",\"threads\":[\"walmart:a%d\"]}"

static struct store *memory(void)
{
	struct diag d = {0};
	struct store *store = store_open(&(struct store_config){.type = "memory"}, &d);

	assert_non_null(store);
	return store;
}

static struct peer_result apply(struct store *store, const char *gateway, int seq, int previous)
{
	struct peer_result result;
	struct diag d = {0};
	char text[512];
	json_t *event;

	snprintf(text, sizeof(text), TEXT, seq, gateway, seq, seq);
	event = json_loads(text, 0, NULL);
	assert_non_null(event);
	assert_int_equal(peer_apply(store, "s", &(struct peer_event){slice_str(gateway), seq, previous, event}, 1, "1-0", &result,
	    &d), 0);
	json_decref(event);
	return result;
}

static int count_gaps(void *arg, const char *shop, const char *gateway, int64_t since, int64_t until)
{
	assert_string_equal(shop, "s");
	assert_string_equal(gateway, "g");
	assert_true(since < until);
	(*(int *)arg)++;
	return 0;
}

static void events_are_new_known_or_missing(void **state)
{
	struct store *store = memory();
	char gateway[PEER_ID_SIZE];
	struct diag d = {0};
	int gaps = 0;

	(void)state;
	assert_int_equal(apply(store, "g", 3, 0).applied, 1);
	assert_int_equal(apply(store, "g", 3, 0).known, 1);
	assert_int_equal(apply(store, "g", 2, 0).known, 1);
	assert_int_equal(apply(store, "h", 3, 0).applied, 1);
	assert_int_equal(apply(store, "g", 5, 3).gaps, 0);
	assert_int_equal(apply(store, "g", 9, 8).gaps, 1);
	assert_int_equal(peer_gaps(store, count_gaps, &gaps, &d), 0);
	assert_int_equal(gaps, 1);
	assert_int_equal(peer_of(store, "idg9", gateway, &d), 1);
	assert_string_equal(gateway, "g");
	assert_int_equal(peer_of(store, "none", gateway, &d), 0);
	store_close(&store);
}

static void what_is_no_event_is_passed_over(void **state)
{
	const struct peer_event bad[] = {
		{SLICE_LIT("g"), 1, 0, NULL}, {SLICE_NONE, 1, 0, NULL}, {SLICE_LIT("g"), -1, 0, NULL},
		{SLICE_LIT("g"), INT64_C(1) << PEER_SHIFT, 0, NULL},
	};
	struct store *store = memory();
	struct peer_result result;
	struct diag d = {0};

	(void)state;
	assert_int_equal(peer_apply(store, "s", bad, 4, NULL, &result, &d), 0);
	assert_int_equal(result.damaged, 4);
	assert_int_equal(apply(store, "g", 2, 1).gaps, 0);
	store_close(&store);
}

static void a_new_id_forgets_what_was_published(void **state)
{
	const struct peer_self one = {.id = "one", .seq = 7, .hash = "x"}, two = {.id = "two"};
	const struct peer_stream stream = {"s", "", 7};
	struct store *store = memory();
	struct peer_self self;
	struct diag d = {0};

	(void)state;
	assert_int_equal(peer_self_get(store, &self, &d), 0);
	assert_string_equal(self.id, "");
	assert_int_equal(peer_published(store, &one, &stream, 1, &d), 0);
	assert_int_equal(peer_self_get(store, &self, &d), 0);
	assert_int_equal(self.seq, 7);
	/* A rebuild makes no other gateway. */
	assert_int_equal(store_reset(store, &d), 0);
	assert_int_equal(peer_self_get(store, &self, &d), 0);
	assert_string_equal(self.id, "one");
	assert_int_equal(peer_self_set(store, &two, &d), 0);
	assert_int_equal(peer_self_get(store, &self, &d), 0);
	assert_int_equal(self.seq, 0);
	store_close(&store);
}

static void a_copy_takes_no_file_that_is_there(void **state)
{
	struct store *store = memory();
	char path[] = "/tmp/postern-peer-XXXXXX";
	struct diag d = {0};
	int64_t messages;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(peer_copy(store, path, &messages, &d), -1);
	assert_non_null(strstr(d.text, "File exists"));
	close(fd);
	unlink(path);
	store_close(&store);
}

/* Danger 65: whatever stands in a mail, the key is one of ours, of that shop's slot, and of no length that hurts. */
static void any_shop_makes_a_key(void **state)
{
	static const struct {
		const char *shop, *key;
	} table[] = {
		{"a@b.example", "postern:1:{a@b.example}:events"}, {"", "postern:1:{-}:events"}, {"}x", "postern:1:{%7Dx}:events"},
		{"{}", "postern:1:{%7B%7D}:events"}, {"a\r\nDEL x", "postern:1:{a%0D%0ADEL%20x}:events"},
		{"%41", "postern:1:{%2541}:events"}, {"\xc3\xa4*", "postern:1:{%C3%A4%2A}:events"},
	};
	struct buf key = {0};
	char *giant = malloc(100001);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		share_key(&key, table[i].shop, "events");
		assert_string_equal(key.data, table[i].key);
	}
	memset(giant, 'x', 100000);
	giant[100000] = '\0';
	share_key(&key, giant, "events");
	assert_true(key.len < 200);
	free(giant);
	buf_free(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_new_known_or_missing), cmocka_unit_test(what_is_no_event_is_passed_over),
		cmocka_unit_test(a_new_id_forgets_what_was_published), cmocka_unit_test(a_copy_takes_no_file_that_is_there),
		cmocka_unit_test(any_shop_makes_a_key),
	};

	return hash_init() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
