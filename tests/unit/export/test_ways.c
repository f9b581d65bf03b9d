/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, marks, positions, and what a sink takes for read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "export/address.h"
#include "export/marks.h"
#include "export/position.h"
#include "export/sink.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void addresses(void **state)
{
	static const struct {
		const char *text;
		enum export_way way;
		const char *host, *port, *path;
	} good[] = {
		{"tcp:logs.example:6514", EXPORT_TCP, "logs.example", "6514", ""},
		{"udp:192.0.2.1:syslog", EXPORT_UDP, "192.0.2.1", "syslog", ""},
		{"tcp:[2001:db8::1]:514", EXPORT_TCP, "2001:db8::1", "514", ""},
		{"unix:/run/x.sock", EXPORT_UNIX, "", "", "/run/x.sock"}, {"unixgram:/dev/log", EXPORT_UNIXGRAM, "", "", "/dev/log"},
	};
	static const char *const bad[][2] = {
		{"logs.example:6514", "expected tcp:HOST:PORT"}, {"tcp:logs.example", "host or port is missing"},
		{"tcp::514", "host or port is missing"}, {"tcp:logs.example:", "host or port is missing"},
		{"tcp:2001:db8::1:514", "stands in brackets"}, {"tcp:[::1]", "host or port is missing"},
		{"tcp:[]:5", "host or port is missing"}, {"unix:run/x", "must be absolute"}, {"", "expected"},
		{"unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "at most 107 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct export_address a;
		struct diag d = {0};

		assert_int_equal(export_address_parse(good[i].text, &a, &d), 0);
		assert_int_equal(a.way, good[i].way);
		assert_string_equal(a.host, good[i].host);
		assert_string_equal(a.port, good[i].port);
		assert_string_equal(a.path, good[i].path);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct export_address a;
		struct diag d = {0};

		assert_int_equal(export_address_parse(bad[i][0], &a, &d), -1);
		assert_non_null(strstr(d.text, bad[i][1]));
	}
}

static void marks_settle_what_was_read(void **state)
{
	struct marks *m = malloc(sizeof(*m));

	(void)state;
	assert_non_null(m);
	marks_init(m, 10);
	marks_add(m, 0, 11); /* left out, nothing before it is open */
	assert_int_equal(m->settled, 11);
	marks_add(m, 100, 12);
	marks_add(m, 0, 13);
	marks_add(m, 50, 14);
	marks_settle(m, -1);
	marks_settle(m, 99);
	assert_int_equal(m->settled, 11);
	marks_settle(m, 100);
	assert_int_equal(m->settled, 13);
	marks_settle(m, 149);
	assert_int_equal(m->settled, 13);
	assert_true(marks_open(m));
	marks_settle(m, 1000);
	assert_int_equal(m->settled, 14);
	assert_false(marks_open(m));
	free(m);
}

/* With no room for each, marks are settled later, never sooner than they were read. */
static void marks_get_coarse(void **state)
{
	struct marks *m = malloc(sizeof(*m));
	const int64_t count = 10 * MARKS_MAX + 3;

	(void)state;
	assert_non_null(m);
	marks_init(m, 0);
	for (int64_t seq = 1; seq <= count; seq++)
		marks_add(m, 7, seq);
	for (int64_t seq = 1; seq < count; seq++) {
		marks_settle(m, 7 * seq + 6);
		assert_true(m->settled <= seq);
	}
	assert_true(m->settled > count / 2);
	marks_settle(m, 7 * count);
	assert_int_equal(m->settled, count);
	free(m);
}

static void positions(void **state)
{
	char dir[] = "/tmp/postern-position-XXXXXX", path[128];
	struct diag d = {0};
	int64_t seq = -5;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.pos", dir);
	assert_int_equal(position_read(path, &seq, &d), 0);
	assert_int_equal(seq, -5);
	assert_int_equal(position_write(path, 0, &d), 0);
	assert_int_equal(position_write(path, INT64_C(1) << 40, &d), 0);
	assert_int_equal(position_read(path, &seq, &d), 1);
	assert_int_equal(seq, INT64_C(1) << 40);
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = {"", "7", "{\"seq\":-1}", "{\"seq\":\"1\"}"};

		f = fopen(path, "w");
		assert_non_null(f);
		fputs(bad[i], f);
		fclose(f);
		assert_int_equal(position_read(path, &seq, &d), -1);
	}
	unlink(path);
	assert_int_equal(position_write("/nonexistent/x.pos", 1, &d), -1);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- sinks -------------------------------------------------------------------------- */

struct peer {
	char dir[64], path[100];
	int listener, connection;
	struct export_address address;
	struct sink_stop stop;
};

static int64_t at_once(void *arg)
{
	(void)arg;
	return clock_monotonic_ms();
}

static void no_stall(void *arg)
{
	(void)arg;
}

static void peer_bind(struct peer *p, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, p->path, sizeof(p->path));
	p->listener = socket(AF_UNIX, type, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(p->listener, 5), 0);
}

static void peer_open(struct peer *p, int type)
{
	char text[160];
	struct diag d = {0};

	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-sink-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	peer_bind(p, type);
	snprintf(text, sizeof(text), "%s:%s", type == SOCK_STREAM ? "unix" : "unixgram", p->path);
	assert_int_equal(export_address_parse(text, &p->address, &d), 0);
	p->stop = (struct sink_stop){.fd = eventfd(0, 0), .deadline = at_once, .stalled = no_stall};
}

static void peer_close(struct peer *p)
{
	close(p->listener);
	close(p->stop.fd);
	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
}

static void read_all(int fd)
{
	char piece[4096];

	while (recv(fd, piece, sizeof(piece), MSG_DONTWAIT) > 0)
		;
}

static void a_stream_is_settled_when_read(void **state)
{
	struct peer p;
	struct diag d = {0};
	struct sink *sink;

	(void)state;
	peer_open(&p, SOCK_STREAM);
	sink = sink_open(&p.address, 4, &p.stop, &d);
	assert_non_null(sink);
	p.connection = accept(p.listener, NULL, NULL);
	assert_int_equal(sink_send(sink, SLICE_LIT("five"), 5, &d), SINK_OK);
	assert_int_equal(sink_settled(sink), 4);
	assert_false(sink_is_drained(sink));
	read_all(p.connection);
	assert_int_equal(sink_settled(sink), 5);
	/* What stands unread in a socket that is closed is lost, though the kernel holds nothing any more. */
	assert_int_equal(sink_send(sink, SLICE_LIT("six"), 6, &d), SINK_OK);
	close(p.connection);
	assert_int_equal(sink_settled(sink), 5);
	assert_int_equal(sink_check(sink, &d), SINK_LOST);
	assert_int_equal(sink_settled(sink), 5);
	sink_close(&sink);
	peer_close(&p);
}

static void an_end_after_reading_is_a_receipt(void **state)
{
	struct peer p;
	struct diag d = {0};
	struct sink *sink;

	(void)state;
	peer_open(&p, SOCK_STREAM);
	sink = sink_open(&p.address, 4, &p.stop, &d);
	assert_non_null(sink);
	p.connection = accept(p.listener, NULL, NULL);
	assert_int_equal(sink_send(sink, SLICE_LIT("five"), 5, &d), SINK_OK);
	read_all(p.connection);
	close(p.connection);
	assert_int_equal(sink_check(sink, &d), SINK_LOST);
	assert_non_null(strstr(d.text, "ended the connection"));
	assert_int_equal(sink_settled(sink), 5);
	sink_close(&sink);
	peer_close(&p);
}

static void a_stop_is_heard_while_nobody_reads(void **state)
{
	static char much[1 << 20];
	struct peer p;
	struct diag d = {0};
	struct sink *sink;

	(void)state;
	memset(much, 'x', sizeof(much));
	peer_open(&p, SOCK_STREAM);
	sink = sink_open(&p.address, 0, &p.stop, &d);
	assert_non_null(sink);
	assert_int_equal(eventfd_write(p.stop.fd, 1), 0);
	assert_int_equal(sink_send(sink, (struct slice){much, sizeof(much)}, 1, &d), SINK_STOPPED);
	sink_finish(sink);
	assert_int_equal(sink_settled(sink), 0);
	sink_close(&sink);
	peer_close(&p);
}

/* The queue of a datagram socket that went is empty, too: another one at its place has not read it. */
static void a_datagram_is_settled_by_its_reader(void **state)
{
	struct peer p;
	struct diag d = {0};
	struct sink *sink;

	(void)state;
	peer_open(&p, SOCK_DGRAM);
	sink = sink_open(&p.address, 0, &p.stop, &d);
	assert_non_null(sink);
	assert_int_equal(sink_send(sink, SLICE_LIT("one"), 1, &d), SINK_OK);
	assert_int_equal(sink_settled(sink), 0);
	read_all(p.listener);
	assert_int_equal(sink_settled(sink), 1);
	assert_int_equal(sink_send(sink, SLICE_LIT("two"), 2, &d), SINK_OK);
	close(p.listener);
	assert_int_equal(sink_settled(sink), 1);
	unlink(p.path);
	peer_bind(&p, SOCK_DGRAM);
	assert_int_equal(sink_settled(sink), 1);
	assert_int_equal(sink_check(sink, &d), SINK_LOST);
	sink_close(&sink);
	peer_close(&p);
}

static void who_is_not_there_is_named(void **state)
{
	struct peer p;
	struct diag d = {0};

	(void)state;
	peer_open(&p, SOCK_DGRAM);
	p.address.way = EXPORT_UNIX;
	assert_null(sink_open(&p.address, 0, &p.stop, &d));
	assert_non_null(strstr(d.text, "try unixgram:"));
	p.address.way = EXPORT_UNIXGRAM;
	p.address.path[strlen(p.address.path) - 1] = 't';
	diag_clear(&d);
	assert_null(sink_open(&p.address, 0, &p.stop, &d));
	assert_non_null(strstr(d.text, "No such file"));
	peer_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(marks_settle_what_was_read),
		cmocka_unit_test(marks_get_coarse),
		cmocka_unit_test(positions),
		cmocka_unit_test(a_stream_is_settled_when_read),
		cmocka_unit_test(an_end_after_reading_is_a_receipt),
		cmocka_unit_test(a_stop_is_heard_while_nobody_reads),
		cmocka_unit_test(a_datagram_is_settled_by_its_reader),
		cmocka_unit_test(who_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
