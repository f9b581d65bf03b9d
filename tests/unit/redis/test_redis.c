/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the way to Redis needs no server: slots, addresses, replies and their limits, the breaker, what errors mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "redis/address.h"
#include "redis/answer.h"
#include "redis/breaker.h"
#include "redis/conn.h"
#include "redis/redis.h"
#include "redis/reply.h"

/* ---- slots: of the Cluster's specification, and what CLUSTER KEYSLOT says -------------------- */

static void keys_have_slots(void **state)
{
	static const struct {
		const char *key;
		unsigned slot;
	} table[] = {
		{"", 0}, {"123456789", 0x31c3}, {"foo", 12182}, {"{foo}", 12182}, {"x{foo}y", 12182}, {"x{foo}{bar}", 12182},
		{"postern:1:{foo}:events", 12182}, {"postern:1:{foo}:published", 12182}, {"a", 15495}
	};
	const struct slice binary = {"\0{foo}\0", 7};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(redis_slot(slice_str(table[i].key)), table[i].slot);
	assert_int_equal(redis_slot(binary), 12182);
	/* An empty tag is none, and the first '}' ends one. */
	assert_int_not_equal(redis_slot(slice_str("foo{}{bar}")), redis_slot(slice_str("bar")));
	assert_int_equal(redis_slot(slice_str("foo{{bar}}zap")), redis_slot(slice_str("{bar")));
	assert_int_not_equal(redis_slot(slice_str("{foo")), 12182);
	assert_int_not_equal(redis_slot(slice_str("}foo{")), 12182);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text, *back; /* back: as it is written again, or what is wrong */
	} table[] = {
		{"a.example", "a.example:6379"}, {"a.example:1", "a.example:1"}, {"10.0.0.1:65535", "10.0.0.1:65535"},
		{"[::1]", "[::1]:6379"}, {"[::1]:7", "[::1]:7"}, {"unix:/run/x", "unix:/run/x"},
		{"", "'' is no address: write host:port, [v6]:port or unix:/path"},
		{":1", "':1' is no address: write host:port, [v6]:port or unix:/path"},
		{"-a", "'-a' is no address: write host:port, [v6]:port or unix:/path"},
		{"a b", "'a b' is no address: write host:port, [v6]:port or unix:/path"},
		{"a:", "'a:': behind ':' comes a port from 1 to 65535"},
		{"a:0", "'a:0': behind ':' comes a port from 1 to 65535"},
		{"a:65536", "'a:65536': behind ':' comes a port from 1 to 65535"},
		{"a:7x", "'a:7x': behind ':' comes a port from 1 to 65535"},
		{"[::1]7", "'[::1]7': behind ']' comes ':' and a port from 1 to 65535"},
		{"[x]:7", "'[x]:7': what is between '[' and ']' is no IPv6 address"},
		{"unix:x", "'unix:x': the path of the socket must be absolute"},
		{"redis://a:1", "'redis://a:1': write host:port, [v6]:port or unix:/path"},
	};
	char text[ADDRESS_TEXT_SIZE];
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct diag d = {.text = ""};
		int result = redis_address_parse(table[i].text, ADDRESS_REDIS_PORT, &address, &d);

		assert_string_equal(result == 0 ? address_text(&address, text) : d.text, table[i].back);
	}
}

static void told_addresses_are_checked(void **state)
{
	struct address address;

	(void)state;
	assert_int_equal(address_scan(slice_str("10.0.0.1:6379"), &address), 0);
	assert_string_equal(address.host, "10.0.0.1");
	assert_int_equal(address_scan(slice_str("2001:db8::1:6379"), &address), 0);
	assert_string_equal(address.host, "2001:db8::1");
	assert_int_equal(address.port, 6379);
	assert_int_equal(address_scan(slice_str("10.0.0.1"), &address), -1);
	assert_int_equal(address_scan(slice_str("a:123456789"), &address), -1);
	assert_int_equal(address_scan(slice_str("/run/x:1"), &address), -1);
	assert_int_equal(address_make((struct slice){"a\0b", 3}, 1, &address), -1);
	assert_int_equal(address_make(slice_str("a\nb"), 1, &address), -1);
	assert_int_equal(address_make(slice_str("a"), 65536, &address), -1);
	assert_int_equal(address_make(SLICE_NONE, 1, &address), -1);
}

/* ---- the breaker ---------------------------------------------------------------------------- */

static void fail_until_open(struct breaker *breaker, int64_t now)
{
	for (int i = 0; i < BREAKER_FAILURES; i++) {
		assert_true(breaker_allow(breaker, now));
		breaker_failure(breaker, now);
	}
}

static void the_breaker_opens_and_closes(void **state)
{
	struct breaker breaker = {.open = false};

	(void)state;
	fail_until_open(&breaker, 1000);
	assert_true(breaker.open);
	assert_int_equal(breaker.since_ms, 1000);
	assert_false(breaker_allow(&breaker, 1000));
	assert_false(breaker_allow(&breaker, 1000 + BREAKER_RETRY_MS - 1));
	assert_true(breaker_allow(&breaker, 1000 + BREAKER_RETRY_MS)); /* half open: one */
	assert_false(breaker_allow(&breaker, 1000 + BREAKER_RETRY_MS));
	breaker_failure(&breaker, 3000);
	assert_int_equal(breaker.since_ms, 1000); /* still the same outage */
	assert_false(breaker_allow(&breaker, 3000 + BREAKER_RETRY_MS - 1));
	assert_true(breaker_allow(&breaker, 3000 + BREAKER_RETRY_MS));
	breaker_success(&breaker);
	assert_false(breaker.open);
	assert_true(breaker_allow(&breaker, 3000 + BREAKER_RETRY_MS));
	assert_true(breaker_allow(&breaker, 3000 + BREAKER_RETRY_MS));
}

static void a_success_between_failures_counts(void **state)
{
	struct breaker breaker = {.open = false};

	(void)state;
	for (int i = 0; i < 10 * BREAKER_FAILURES; i++) {
		if (i % BREAKER_FAILURES == BREAKER_FAILURES - 1)
			breaker_success(&breaker);
		else
			breaker_failure(&breaker, i);
		assert_false(breaker.open);
	}
}

static void an_attempt_never_made_decides_nothing(void **state)
{
	struct breaker breaker = {.open = false};

	(void)state;
	fail_until_open(&breaker, 0);
	assert_true(breaker_allow(&breaker, BREAKER_RETRY_MS));
	breaker_abandon(&breaker);
	assert_true(breaker.open);
	assert_true(breaker_allow(&breaker, BREAKER_RETRY_MS)); /* the next one may */
}

/* ---- replies -------------------------------------------------------------------------------- */

/* Fed in pieces of step bytes. What feed says last; *reply_r is freed by the caller. */
static int read_reply(struct slice data, size_t step, struct redis_reply **reply_r, struct diag *d)
{
	struct reply_reader *reader = reply_reader_new();
	int result = 0;

	*reply_r = NULL;
	assert_non_null(reader);
	for (size_t at = 0; at < data.len && result == 0; at += step) {
		struct slice piece = slice_sub(data, at, step);

		result = reply_reader_feed(reader, piece.ptr, piece.len, reply_r, d);
	}
	reply_reader_free(&reader);
	return result;
}

static void replies_are_read_in_pieces(void **state)
{
	const struct slice data = SLICE_LIT("*6\r\n$5\r\na\0b\r\n\r\n:-7\r\n$-1\r\n+OK\r\n*2\r\n-ERR x\r\n$0\r\n\r\n*0\r\n");

	(void)state;
	for (size_t step = 1; step < 12; step++) {
		struct redis_reply *reply;
		struct diag d = {.text = ""};

		assert_int_equal(read_reply(data, step, &reply, &d), 1);
		assert_int_equal(reply->count, 6);
		assert_int_equal(reply->items[0]->text.len, 5);
		assert_memory_equal(reply->items[0]->text.ptr, "a\0b\r\n", 6);
		assert_int_equal(redis_reply_item(reply, 1, REDIS_INTEGER)->integer, -7);
		assert_non_null(redis_reply_item(reply, 2, REDIS_NIL));
		assert_string_equal(redis_reply_item(reply, 3, REDIS_STATUS)->text.ptr, "OK");
		assert_string_equal(redis_reply_item(reply->items[4], 0, REDIS_ERROR)->text.ptr, "ERR x");
		assert_int_equal(redis_reply_item(reply->items[4], 1, REDIS_STRING)->text.len, 0);
		assert_int_equal(redis_reply_item(reply, 5, REDIS_ARRAY)->count, 0);
		assert_null(redis_reply_item(reply, 6, REDIS_ARRAY));
		assert_null(redis_reply_item(reply, 1, REDIS_STRING));
		redis_reply_free(&reply);
		assert_null(reply);
		redis_reply_free(&reply);
	}
}

static void replies_have_limits(void **state)
{
	static const char *const bad[] = {
		"*2147483647\r\n", "*1000000\r\n*1\r\n", "*-2\r\n", "$-2\r\n", "$99999999999999999999\r\n", "$x\r\n", ":1x\r\n",
		"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "GET / HTTP/1.1\r\n", "\r\n"
	};
	struct redis_reply *reply;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag d = {.text = ""};

		assert_int_equal(read_reply(slice_str(bad[i]), 1000, &reply, &d), -1);
		assert_null(reply);
		assert_int_not_equal(d.len, 0);
	}
}

static void a_reply_without_end_is_cut_off(void **state)
{
	struct reply_reader *reader = reply_reader_new();
	struct redis_reply *reply = NULL;
	struct diag d = {.text = ""};
	char *data = calloc(1, 1 << 20);
	int result = 0;
	size_t fed = 0;

	(void)state;
	assert_non_null(data);
	assert_int_equal(reply_reader_feed(reader, "$500000000\r\n", 12, &reply, &d), 0);
	for (; result == 0 && fed < ((size_t)200 << 20); fed += 1 << 20)
		result = reply_reader_feed(reader, data, 1 << 20, &reply, &d);
	assert_int_equal(result, -1);
	assert_in_range(fed, REPLY_BYTES_MAX - (1 << 20), REPLY_BYTES_MAX + (1 << 20));
	assert_string_equal(d.text, "its answer is beyond the limits (64 MiB, 1000000 parts)");
	reply_reader_free(&reader);
	free(data);
}

static void what_nobody_asked_for_is_seen(void **state)
{
	struct reply_reader *reader = reply_reader_new();
	struct redis_reply *reply = NULL;
	struct diag d = {.text = ""};

	(void)state;
	assert_int_equal(reply_reader_feed(reader, "+a\r\n", 4, &reply, &d), 1);
	assert_false(reply_reader_excess(reader));
	redis_reply_free(&reply);
	assert_int_equal(reply_reader_feed(reader, "+a\r\n+b", 6, &reply, &d), 1);
	assert_true(reply_reader_excess(reader));
	redis_reply_free(&reply);
	reply_reader_free(&reader);
}

/* ---- what errors mean ----------------------------------------------------------------------- */

static struct answer answer_to(const char *text)
{
	struct redis_reply reply = {.type = REDIS_ERROR, .text = slice_str(text)};

	return answer_read(&reply);
}

static void errors_have_meanings(void **state)
{
	static const struct {
		const char *text;
		enum answer_next next;
		enum redis_fault fault;
	} table[] = {
		{"READONLY You can't write against a read only replica.", ANSWER_LOOK, REDIS_READONLY},
		{"READONLY You can't write against a read only replica. script: 5c, on @user_script:1.", ANSWER_LOOK, REDIS_READONLY},
		{"ERR Error running script (call to f_5c): @user_script:1: @user_script: 1: -READONLY You can't write against a read "
		 "only replica.", ANSWER_LOOK, REDIS_READONLY},
		{"ERR Error running script (call to f_5c): @user_script:1: @user_script: 1: -OOM command not allowed when used "
		 "memory > 'maxmemory'.", ANSWER_FAIL, REDIS_MEMORY},
		{"ERR Error running script (call to f_5c): @user_script:1: user_script:1: attempt to call nil", ANSWER_FAIL,
		 REDIS_COMMAND},
		{"OOM command not allowed when used memory > 'maxmemory'.", ANSWER_FAIL, REDIS_MEMORY},
		{"NOAUTH Authentication required.", ANSWER_LOOK, REDIS_PASSWORD},
		{"WRONGPASS invalid username-password pair or user is disabled.", ANSWER_FAIL, REDIS_PASSWORD},
		{"NOPERM this user has no permissions to run the 'del' command", ANSWER_FAIL, REDIS_PASSWORD},
		{"LOADING Redis is loading the dataset in memory", ANSWER_PAUSE, REDIS_LOADING},
		{"BUSY Redis is busy running a script.", ANSWER_PAUSE, REDIS_LOADING},
		{"BUSYGROUP Consumer Group name already exists", ANSWER_FAIL, REDIS_COMMAND},
		{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", ANSWER_LOOK, REDIS_LOADING},
		{"CLUSTERDOWN The cluster is down", ANSWER_LOOK, REDIS_CLUSTER_DOWN},
		{"TRYAGAIN Multiple keys request during rehashing of slot", ANSWER_PAUSE, REDIS_CLUSTER_DOWN},
		{"CROSSSLOT Keys in request don't hash to the same slot", ANSWER_FAIL, REDIS_COMMAND},
		{"NOSCRIPT No matching script. Please use EVAL.", ANSWER_NOSCRIPT, REDIS_COMMAND},
		{"MOVED 3999 127.0.0.1:6381", ANSWER_MOVED, REDIS_CLUSTER_DOWN},
		{"ASK 16383 ::1:6381", ANSWER_ASK, REDIS_CLUSTER_DOWN},
		{"MOVED 3999 :6381", ANSWER_MOVED, REDIS_CLUSTER_DOWN},
		{"MOVED 16384 127.0.0.1:6381", ANSWER_FAIL, REDIS_COMMAND},
		{"MOVED -1 127.0.0.1:6381", ANSWER_FAIL, REDIS_COMMAND},
		{"MOVED 1", ANSWER_FAIL, REDIS_COMMAND},
		{"MOVED 1 ", ANSWER_FAIL, REDIS_COMMAND},
		{"MOVED 1 a:b", ANSWER_FAIL, REDIS_COMMAND},
		{"MOVED 1 :99999", ANSWER_FAIL, REDIS_COMMAND},
		{"ASK  127.0.0.1:6381", ANSWER_FAIL, REDIS_COMMAND},
		{"ERR max number of clients reached", ANSWER_LOOK, REDIS_CROWDED},
		{"ERR syntax error", ANSWER_FAIL, REDIS_COMMAND},
		{"", ANSWER_FAIL, REDIS_COMMAND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(answer_to(table[i].text).next, table[i].next);
		assert_int_equal(answer_to(table[i].text).fault, table[i].fault);
	}
	assert_int_equal(answer_to("MOVED 3999 127.0.0.1:6381").slot, 3999);
	assert_string_equal(answer_to("ASK 16383 ::1:6381").address.host, "::1");
	assert_string_equal(answer_to("MOVED 3999 :6381").address.host, "");
}

static void errors_are_told(void **state)
{
	struct redis_reply reply = {.type = REDIS_ERROR, .text = SLICE_LIT("OOM command not allowed\x1b[2J")};
	struct answer answer = answer_read(&reply);
	struct diag d = {.text = ""};

	(void)state;
	assert_int_equal(answer_fail(&answer, &reply, "a:1", "XADD", &d), REDIS_MEMORY);
	assert_string_equal(d.text, "redis a:1: its memory is full: raise its maxmemory (OOM command not allowed\\x1B[2J)");
	reply.text = SLICE_LIT("WRONGTYPE x");
	answer = answer_read(&reply);
	diag_clear(&d);
	answer_fail(&answer, &reply, "a:1", "XADD", &d);
	assert_string_equal(d.text, "redis a:1: XADD: WRONGTYPE x");
}

static void faults_have_names(void **state)
{
	(void)state;
	for (int fault = 0; fault < REDIS_FAULTS; fault++)
		assert_string_not_equal(redis_fault_name((enum redis_fault)fault), "unknown");
	assert_string_equal(redis_fault_name(REDIS_INTERNAL), "internal");
	assert_false(redis_fault_passes(REDIS_FINE) || redis_fault_passes(REDIS_COMMAND));
	assert_true(redis_fault_passes(REDIS_MEMORY) && redis_fault_passes(REDIS_PASSWORD));
}

static char server_a[] = "a", server_bad[] = "b c", server_nowhere[] = "192.0.2.1", user_x[] = "x", no_file[] = "/nonexistent/p";

/* ---- opening -------------------------------------------------------------------------------- */

static void mistakes_are_told_at_once(void **state)
{
	char *two[] = {server_a, server_bad, NULL}, *none[] = {NULL};
	struct redis_config config = {.servers = two, .connect_timeout_ms = 1, .timeout_ms = 1, .pool = 1};
	struct diag d = {.text = ""};

	(void)state;
	assert_null(redis_open(&config, &d));
	assert_string_equal(d.text, "redis: servers: mode = single has one server");
	config.mode = REDIS_SENTINEL;
	config.user = user_x;
	diag_clear(&d);
	assert_null(redis_open(&config, &d));
	assert_string_equal(d.text, "redis: mode = sentinel needs sentinel_name, what the Sentinels call the primary\n"
	    "redis: user without password_file\n"
	    "redis: servers: 'b c' is no address: write host:port, [v6]:port or unix:/path");
	config = (struct redis_config){.servers = none, .password_file = no_file};
	diag_clear(&d);
	assert_null(redis_open(&config, &d));
	assert_string_equal(d.text, "redis: pool, timeout and connect_timeout must be more than 0\n"
	    "redis: /nonexistent/p: No such file or directory\nredis: servers: none is named");
}

static void nothing_is_connected_at_first(void **state)
{
	char *servers[] = {server_nowhere, NULL}; /* an address that leads nowhere */
	struct redis_config config = {.servers = servers, .connect_timeout_ms = 1000, .timeout_ms = 1000, .pool = 1};
	struct diag d = {.text = ""};
	struct redis *redis = redis_open(&config, &d);
	struct redis_status status;

	(void)state;
	assert_non_null(redis);
	assert_false(redis_down(redis) || redis_sharded(redis));
	redis_status(redis, &status);
	assert_string_equal(status.primary, "192.0.2.1:6379");
	assert_int_equal(status.connections + status.calls, 0);
	assert_int_equal(status.servers, 1);
	redis_close(&redis);
	assert_null(redis);
}

static void a_deadline_in_the_past_asks_nobody(void **state)
{
	char *servers[] = {server_nowhere, NULL};
	struct redis_config config = {.servers = servers, .connect_timeout_ms = 1000, .timeout_ms = 1000, .pool = 1};
	const struct slice ping = SLICE_LIT("PING");
	struct diag d = {.text = ""};
	struct redis *redis = redis_open(&config, &d);
	struct redis_reply *reply;

	(void)state;
	assert_non_null(redis);
	assert_int_equal(redis_command(redis, SLICE_NONE, &ping, 1, clock_monotonic_ms() - 1, &reply, &d), REDIS_UNREACHABLE);
	assert_null(reply);
	redis_close(&redis);
}

/* Writes a password file of that mode and says what conn_password makes of it: the password, or the reason without the path. */
static const char *password_of(const char *content, size_t len, mode_t mode, char *out, size_t size)
{
	char path[] = "/tmp/postern-password-XXXXXX";
	int fd = mkstemp(path);
	struct buf password = {0};
	struct diag d = {.text = ""};

	assert_true(fd >= 0 && write(fd, content, len) == (ssize_t)len && fchmod(fd, mode) == 0);
	close(fd);
	if (conn_password(path, &password, &d) == 0)
		snprintf(out, size, "%s", password.data);
	else
		snprintf(out, size, "%s", d.text + strlen(path) + 2);
	buf_free(&password);
	unlink(path);
	return out;
}

static void password_files_are_checked(void **state)
{
	char out[400], *longest = calloc(1, 2000);

	(void)state;
	assert_non_null(longest);
	assert_string_equal(password_of("word\nmore\n", 10, 0600, out, sizeof(out)), "word");
	assert_string_equal(password_of("a b\r\n", 5, 0640, out, sizeof(out)), "a b");
	assert_string_equal(password_of("word", 4, 0400, out, sizeof(out)), "word");
	assert_string_equal(password_of("word", 4, 0644, out, sizeof(out)),
	    "mode 0644 lets others read or change the password; \"chmod 0640\" or 0600 it");
	assert_string_equal(password_of("word", 4, 0660, out, sizeof(out)),
	    "mode 0660 lets others read or change the password; \"chmod 0640\" or 0600 it");
	assert_string_equal(password_of("\nword", 5, 0600, out, sizeof(out)),
	    "expected a password of 1 to 1024 bytes in the first line");
	memset(longest, 'x', 1999);
	assert_string_equal(password_of(longest, 1999, 0600, out, sizeof(out)),
	    "expected a password of 1 to 1024 bytes in the first line");
	free(longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_slots),
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(told_addresses_are_checked),
		cmocka_unit_test(the_breaker_opens_and_closes),
		cmocka_unit_test(a_success_between_failures_counts),
		cmocka_unit_test(an_attempt_never_made_decides_nothing),
		cmocka_unit_test(replies_are_read_in_pieces),
		cmocka_unit_test(replies_have_limits),
		cmocka_unit_test(a_reply_without_end_is_cut_off),
		cmocka_unit_test(what_nobody_asked_for_is_seen),
		cmocka_unit_test(errors_have_meanings),
		cmocka_unit_test(errors_are_told),
		cmocka_unit_test(faults_have_names),
		cmocka_unit_test(mistakes_are_told_at_once),
		cmocka_unit_test(nothing_is_connected_at_first),
		cmocka_unit_test(a_deadline_in_the_past_asks_nobody),
		cmocka_unit_test(password_files_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
