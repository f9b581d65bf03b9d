/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon's parts that need no MTA: gate, registry, blame, addresses, readiness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "daemon/gate.h"
#include "daemon/mta.h"
#include "daemon/notify.h"
#include "daemon/peer_state.h"
#include "daemon/poison.h"
#include "daemon/registry.h"
#include "daemon/socket.h"
#include "daemon/watch.h"

static void test_gate(void **state)
{
	struct gate *gate = gate_new(2, 1);
	int64_t before;

	(void)state;
	assert_true(gate_admit(gate));
	assert_true(gate_admit(gate));
	assert_false(gate_admit(gate));
	gate_release(gate);
	assert_true(gate_admit(gate));
	assert_true(gate_judge_begin(gate, 0, 0));
	before = clock_monotonic_ms();
	assert_false(gate_judge_begin(gate, 0, 100));
	assert_true(clock_monotonic_ms() - before >= 90);
	assert_false(gate_wait_idle(gate, 10));
	gate_limit(gate, 3, 2);
	assert_true(gate_admit(gate));
	assert_true(gate_judge_begin(gate, 0, 0));
	gate_judge_end(gate, 0);
	gate_judge_end(gate, 0);
	assert_true(gate_wait_idle(gate, 10));
	gate_close(gate);
	gate_release(gate);
	assert_false(gate_admit(gate));
	assert_false(gate_judge_begin(gate, 0, 1000));
	gate_free(&gate);
	assert_null(gate);
}

/* Large messages take turns; one that is larger than may be judged at once is judged, too, and small ones never wait. */
static void test_gate_large(void **state)
{
	struct gate *gate = gate_new(10, 4);

	(void)state;
	assert_true(gate_judge_begin(gate, GATE_JUDGED_BYTES * 2, 0));
	assert_false(gate_judge_begin(gate, GATE_LARGE_BYTES, 10));
	assert_true(gate_judge_begin(gate, GATE_LARGE_BYTES - 1, 0));
	gate_judge_end(gate, GATE_JUDGED_BYTES * 2);
	assert_true(gate_judge_begin(gate, GATE_JUDGED_BYTES / 2, 0));
	assert_true(gate_judge_begin(gate, GATE_JUDGED_BYTES / 2, 0));
	assert_false(gate_judge_begin(gate, GATE_LARGE_BYTES, 10));
	gate_judge_end(gate, GATE_JUDGED_BYTES / 2);
	assert_true(gate_judge_begin(gate, GATE_LARGE_BYTES, 0));
	/* places are places */
	assert_true(gate_judge_begin(gate, 1, 0));
	assert_false(gate_judge_begin(gate, 1, 10));
	gate_free(&gate);
}

static void count_entry(void *arg, const struct registry_entry *entry)
{
	assert_string_equal(entry->id, "B");
	assert_string_equal(entry->queue_id, "Q");
	++*(int *)arg;
}

static void test_registry(void **state)
{
	struct registry *registry = registry_new();
	struct registry_entry a, b;
	int count = 0;

	(void)state;
	registry_add(registry, &a, "A", 1);
	registry_add(registry, &b, "B", 1);
	registry_note(registry, &b, STAGE_BODY, "Q", NULL);
	assert_true(registry_claim(registry, &a));
	registry_interrupt(registry, count_entry, &count);
	registry_interrupt(registry, count_entry, &count);
	assert_int_equal(count, 1);
	assert_false(registry_claim(registry, &b));
	registry_remove(registry, &a);
	registry_remove(registry, &b);
	registry_remove(registry, &b);
	registry_free(&registry);
}

/* What is in flight when the worker dies, and who is blamed for it. */
static void test_poison(void **state)
{
	struct poison *poison = poison_new(2);
	struct poison_slot *a = poison_begin(poison), *b = poison_begin(poison);
	char plugin[POISON_PLUGIN_SIZE], id[ID_TEXT_SIZE];
	struct poison_blame blame;

	(void)state;
	assert_null(poison_begin(poison));
	poison_enter(a, "links", "ID-A", "aaaa");
	poison_enter(b, "text", "ID-B", "bbbb");
	/* Nobody knows which: suspects, poison only the second time. */
	poison_collect(poison, false, 1000, &blame);
	assert_false(blame.known);
	assert_int_equal(blame.suspects, 2);
	assert_false(poison_match(poison, "aaaa", 1001, plugin));
	a = poison_begin(poison);
	poison_enter(a, "links", "ID-C", "aaaa");
	/* Killed from outside with one in flight: a second strike against it, still. */
	poison_collect(poison, true, 1002, &blame);
	assert_false(blame.known);
	assert_true(poison_match(poison, "aaaa", 1003, plugin));
	assert_string_equal(plugin, "links");
	assert_false(poison_match(poison, "bbbb", 1003, plugin));
	assert_int_equal(poison_count(poison, 1003), 1);
	assert_int_equal(poison_count(poison, 1003 + 24 * 3600), 0);
	assert_false(poison_match(poison, "aaaa", 1003 + 24 * 3600, plugin));
	/* A hang is known for sure. */
	a = poison_begin(poison);
	poison_enter(a, "text", "ID-D", "dddd");
	assert_false(poison_find_hang(poison, clock_monotonic_ms() - 1000, plugin, id));
	assert_true(poison_find_hang(poison, clock_monotonic_ms() + 1, plugin, id));
	assert_string_equal(id, "ID-D");
	poison_collect(poison, false, 2000, &blame);
	assert_true(blame.known);
	assert_true(poison_match(poison, "dddd", 2001, plugin));
	/* Many others do not grow the list past its bounds. */
	for (int i = 0; i < 1000; i++) {
		char digest[HASH_HEX_SIZE];

		snprintf(digest, sizeof(digest), "%064d", i);
		a = poison_begin(poison);
		poison_enter(a, "text", "ID", digest);
		poison_collect(poison, false, 3000, &blame);
	}
	assert_int_equal(poison_count(poison, 3001), 256);
	poison_free(&poison);
}

static void check_lines(const char *socket_text, const char *postfix, const char *sendmail)
{
	struct address address;
	struct diag d = {0};
	char line[512];

	assert_int_equal(address_parse(socket_text, &address, &d), 0);
	address_postfix_line(&address, line, sizeof(line));
	assert_string_equal(line, postfix);
	address_sendmail_line(&address, line, sizeof(line));
	assert_non_null(strstr(line, sendmail));
}

static void test_addresses(void **state)
{
	static const char *const bad[] = {"", "tcp:1@x", "unix:relative", "inet:", "inet:0", "inet:70000@x", "inet:x@1", "8891",
	    "inet:99999999999999999999", NULL};
	struct address address;
	size_t i;

	(void)state;
	check_lines("unix:/run/p.sock", "smtpd_milters = unix:/run/p.sock", "S=local:/run/p.sock, F=T");
	check_lines("local:/run/p.sock", "smtpd_milters = unix:/run/p.sock", "S=local:/run/p.sock,");
	check_lines("/var/spool/postfix/postern/p.sock", "smtpd_milters = unix:postern/p.sock", "S=local:/var/spool/postfix/");
	check_lines("inet:8891@127.0.0.1", "smtpd_milters = inet:127.0.0.1:8891", "S=inet:8891@127.0.0.1,");
	check_lines("inet:8891", "smtpd_milters = inet:127.0.0.1:8891", "S=inet:8891@127.0.0.1,");
	check_lines("inet6:8891@::1", "smtpd_milters = inet:[::1]:8891", "S=inet6:8891@::1,");
	for (i = 0; bad[i] != NULL; i++) {
		struct diag d = {0};

		assert_int_equal(address_parse(bad[i], &address, &d), -1);
		assert_true(d.len > 0);
	}
}

static void test_notify(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0postern-test-notify"};
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 20);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64] = "";

	(void)state;
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "postern-test-%06d", (int)getpid() % 1000000);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
	address.sun_path[0] = '@';
	assert_int_equal(notify_send(address.sun_path, "READY=1"), 0);
	assert_int_equal(recv(fd, text, sizeof(text) - 1, 0), 7);
	assert_string_equal(text, "READY=1");
	assert_int_equal(notify_send(NULL, "READY=1"), 0);
	assert_int_equal(notify_send("", "READY=1"), 0);
	assert_int_equal(notify_send("/no/such/socket", "READY=1"), -1);
	close(fd);
}

static atomic_int told;

static void count_progress(void *ctx)
{
	(void)ctx;
	atomic_fetch_add(&told, 1);
}

/* 23: progress is told each second, but no longer than the budget: an MTA that is told for ever waits for ever. */
static void test_progress_has_an_end(void **state)
{
	struct watch *watch = watch_start(NULL, count_progress);
	struct watch_entry entry = {0};

	(void)state;
	assert_non_null(watch);
	watch_limit(watch, 0, 1700);
	watch_begin(watch, &entry, &told);
	usleep(2900000);
	assert_int_equal(atomic_load(&told), 1);
	watch_end(watch, &entry);
	watch_stop(&watch);
}

static void check_main_cf(const char *content, int want)
{
	char path[] = "/tmp/postern-test-XXXXXX";
	int fd = mkstemp(path);
	struct diag d = {0};

	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
	assert_int_equal(mta_check_postfix(path, &d), want);
	assert_int_equal(d.count, want == 0 ? 0 : 1);
	unlink(path);
}

/* 37: an MTA that accepts what nobody judged. */
static void test_main_cf(void **state)
{
	struct diag d = {0};

	(void)state;
	check_main_cf("milter_default_action = accept\n", -1);
	check_main_cf("a = b\nmilter_default_action=accept", -1);
	check_main_cf("milter_default_action = accept\nmilter_default_action = tempfail\n", 0);
	check_main_cf("#milter_default_action = accept\n", 0);
	check_main_cf("milter_default_actions = accept\n\n=\n", 0);
	check_main_cf("", 0);
	assert_int_equal(mta_check_postfix("/no/such/main.cf", &d), 0);
}

/* Every way to cut the same bytes into pieces: commands of 1 and 300 bytes, half of a third. */
static void test_peer_commands(void **state)
{
	unsigned char stream[320] = {0, 0, 0, 1, 'N', 0, 0, 1, 44, 'L'};

	(void)state;
	stream[309] = 0, stream[310] = 0, stream[311] = 1;
	for (size_t piece = 1; piece <= 312; piece++) {
		struct peer_state peer = {.accepted = 1};
		int64_t now = 100;

		for (size_t at = 0; at < 312; at += piece, now++)
			peer_received(&peer, stream + at, piece < 312 - at ? piece : 312 - at, now);
		assert_int_equal(peer.commands, 2);
		assert_int_equal(peer.command_since, 100 + 309 / (int64_t)piece);
	}
}

static void test_peer_overdue(void **state)
{
	const struct peer_limits limits = {20, 1000}, none = {0};
	struct peer_state peer = {.accepted = 5};

	(void)state;
	assert_int_equal(peer_overdue(&peer, &limits, false, 25), PEER_FINE);
	assert_int_equal(peer_overdue(&peer, &limits, false, 26), PEER_SILENT);
	/* It spoke, and nobody listened yet. */
	assert_int_equal(peer_overdue(&peer, &limits, true, 26), PEER_FINE);
	peer_received(&peer, "\0\0\0\2M", 5, 30);
	assert_int_equal(peer_overdue(&peer, &limits, false, 50), PEER_FINE);
	assert_int_equal(peer_overdue(&peer, &limits, false, 51), PEER_DRIPS);
	peer_received(&peer, "x", 1, 51);
	/* Between two commands it may wait. */
	assert_int_equal(peer_overdue(&peer, &limits, false, 100000), PEER_FINE);
	peer_observed(&peer, true, 60);
	peer_observed(&peer, true, 80);
	assert_int_equal(peer_overdue(&peer, &limits, false, 80), PEER_FINE);
	assert_int_equal(peer_overdue(&peer, &limits, false, 81), PEER_DEAF);
	peer_received(&peer, "\0\0\0\1N", 5, 81);
	peer_observed(&peer, true, 82);
	assert_int_equal(peer_overdue(&peer, &limits, false, 100), PEER_FINE);
	peer_observed(&peer, false, 100);
	assert_int_equal(peer_overdue(&peer, &limits, false, 200), PEER_FINE);
	peer.message_since = 100;
	assert_int_equal(peer_overdue(&peer, &limits, false, 1100), PEER_FINE);
	assert_int_equal(peer_overdue(&peer, &limits, false, 1101), PEER_LONG);
	assert_int_equal(peer_overdue(&peer, &none, false, 1 << 30), PEER_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_gate_large),      cmocka_unit_test(test_registry), cmocka_unit_test(test_poison),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_notify),
		cmocka_unit_test(test_main_cf),   cmocka_unit_test(test_progress_has_an_end),
		cmocka_unit_test(test_peer_commands), cmocka_unit_test(test_peer_overdue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
