/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A load for milters: what an MTA with many clients at once tells its filter, by one thread that waits for all of them.
 * Prints one JSON object: how many messages a second, how long they took, what the answers were.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "latency.h"
#include "peer.h"

#define CUSTOMER_SENDS 8 /* messages, before it is another's turn: as many as a thread has */
#define ERRORS_SHOWN 5
#define STALL_MS 60000

struct options {
	const char *socket;
	size_t connections, messages, first, kept;
	int64_t most_us; /* until no more messages are begun; 0: no limit */
	bool check;
};

struct load {
	struct options options;
	struct letters letters;
	struct peer *peers;
	int epoll;
	int64_t begun_us;
	size_t begun, ended, errors, connects, mismatches;
	struct peer_counts counts;
	struct latency latency;
	struct diag d; /* the first errors, in words */
};

static const char usage_text[] =
    "usage: load [OPTION...] -s SOCKET FOLDER[=WEIGHT]...\n"
    "\n"
    "Sends the messages of the folders (NAME.eml with NAME.env beside it) to a milter,\n"
    "each time as a new message of another customer, and prints what came of it as JSON.\n"
    "\n"
    "  -s, --socket ADDRESS   unix:PATH or inet:PORT@ADDRESS\n"
    "  -c, --connections N    at once (16)\n"
    "  -n, --messages N       in all (1000)\n"
    "  -t, --seconds N        no message is begun after so long; fractions count (no limit)\n"
    "  -k, --kept N           messages a connection, all of one direction (1)\n"
    "  -f, --first N          number of the first message: no number twice to one posternd (1)\n"
    "  -e, --check            an answer other than the one that \"expect\" names is an error\n"
    "  -h, --help\n"
    "\n"
    "Examples:\n"
    "  load -s unix:/run/postern/milter -n 5000 tests/bench/messages/out\n"
    "  load -s inet:8891@127.0.0.1 -c 64 -k 50 messages/private=80 messages/in=12 messages/out=8\n"
    "\n"
    "Exit status: 0, 1 when there were errors, 2 when nothing could be measured.\n";

/* ---- connections ------------------------------------------------------------------------------------------- */

static void note_error(struct load *load, const struct diag *d)
{
	if (load->errors++ < ERRORS_SHOWN)
		diag_add(&load->d, "%.200s", d->text);
}

static void watch(struct load *load, struct peer *peer, int operation)
{
	uint32_t events = peer->watches_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
	struct epoll_event event = {.events = events, .data.ptr = peer};

	epoll_ctl(load->epoll, operation, peer->fd, &event);
}

static int connect_peer(struct load *load, struct peer *peer)
{
	struct diag d = {0};

	if (peer_open(peer, load->options.socket, &d) != 0) {
		note_error(load, &d);
		return -1;
	}
	load->connects++;
	peer->sent = 0;
	peer->outbound = letters_direction(&load->letters);
	peer->watches_write = false;
	watch(load, peer, EPOLL_CTL_ADD);
	return 0;
}

/* The next message for a peer that has none. False: there are no more, or nobody to send them to. */
static bool give_next(struct load *load, struct peer *peer)
{
	uint64_t serial = load->options.first + load->begun;

	if (load->begun == load->options.messages)
		return false;
	peer->begun_us = clock_monotonic_us();
	if (load->options.most_us > 0 && peer->begun_us - load->begun_us > load->options.most_us)
		return false;
	load->begun++;
	if (peer->fd < 0 && connect_peer(load, peer) != 0) {
		load->ended++;
		return false;
	}
	peer_give(peer, letters_next(&load->letters, peer->outbound), serial, serial / CUSTOMER_SENDS);
	return true;
}

static void check_outcome(struct load *load, const struct peer *peer)
{
	struct diag d = {0};

	if (!load->options.check || peer->letter->expect == 0 || (peer->letter->expect & peer->outcome) != 0)
		return;
	load->mismatches++;
	diag_add(&d, "%s was answered otherwise than expected (message %zu)%s%s", peer->letter->name, (size_t)peer->serial,
	    peer->reply[0] != '\0' ? ": " : "", peer->reply);
	note_error(load, &d);
}

/* Only where needed: a socket tells of room to write each time that the other side has read. */
static void watch_writing(struct load *load, struct peer *peer)
{
	if (peer->watches_write == peer_wants_write(peer))
		return;
	peer->watches_write = peer_wants_write(peer);
	watch(load, peer, EPOLL_CTL_MOD);
}

/* After an error: the next message takes a new connection. False: there is no other message. */
static bool begin_again(struct load *load, struct peer *peer, const struct diag *d)
{
	note_error(load, d);
	load->ended++;
	close(peer->fd);
	peer->fd = -1;
	return give_next(load, peer);
}

/* Works on a peer until it waits or there is nothing left for it. */
static void serve(struct load *load, struct peer *peer)
{
	for (;;) {
		struct diag d = {0};
		enum peer_result result = peer_work(peer, &load->counts, &d);

		if (result == PEER_WAITS) {
			watch_writing(load, peer);
			return;
		}
		if (result == PEER_BROKEN) {
			if (!begin_again(load, peer, &d))
				return;
			continue;
		}
		load->ended++;
		latency_add(&load->latency, clock_monotonic_us() - peer->begun_us);
		check_outcome(load, peer);
		if (++peer->sent == load->options.kept)
			peer_close(peer);
		if (!give_next(load, peer)) {
			peer_close(peer);
			return;
		}
	}
}

static int run(struct load *load)
{
	struct epoll_event events[64];
	struct diag d = {0};

	for (size_t i = 0; i < load->options.connections; i++)
		if (give_next(load, &load->peers[i]))
			serve(load, &load->peers[i]);
	while (load->ended < load->begun) {
		int n = epoll_wait(load->epoll, events, (int)(sizeof(events) / sizeof(*events)), STALL_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			diag_add(&d, "%zu messages were not answered for a minute", load->begun - load->ended);
			note_error(load, &d);
			return -1;
		}
		for (int i = 0; i < n; i++)
			serve(load, events[i].data.ptr);
	}
	return 0;
}

/* ---- what came of it ----------------------------------------------------------------------------------------- */

static json_t *latency_object(struct latency *latency)
{
	json_t *object = json_object();

	latency_sort(latency);
	json_put_int(object, "p50", latency_share(latency, 0.50));
	json_put_int(object, "p90", latency_share(latency, 0.90));
	json_put_int(object, "p99", latency_share(latency, 0.99));
	json_put_int(object, "max", latency_share(latency, 1.0));
	return object;
}

static json_t *answers_object(const struct peer_counts *counts)
{
	json_t *object = json_object();

	json_put_int(object, "accepted", (json_int_t)counts->accepted);
	json_put_int(object, "held", (json_int_t)counts->held);
	json_put_int(object, "rejected", (json_int_t)counts->rejected);
	json_put_int(object, "tempfailed", (json_int_t)counts->tempfailed);
	json_put_int(object, "discarded", (json_int_t)counts->discarded);
	json_put_int(object, "early", (json_int_t)counts->early);
	json_put_int(object, "headers_added", (json_int_t)counts->headers_added);
	json_put_int(object, "headers_changed", (json_int_t)counts->headers_changed);
	json_put_int(object, "other_changes", (json_int_t)counts->other);
	json_put_int(object, "progress", (json_int_t)counts->progress);
	return object;
}

static int print_result(struct load *load, int64_t us)
{
	size_t done = load->latency.count;
	json_t *object = json_object();
	struct buf out = {0};
	int rc;

	json_put_int(object, "messages", (json_int_t)done);
	json_put_int(object, "connections", (json_int_t)load->connects);
	json_put_new(object, "seconds", json_real((double)us / 1e6));
	json_put_new(object, "messages_per_second", json_real((double)done * 1e6 / (double)(us > 0 ? us : 1)));
	json_put_new(object, "latency_us", latency_object(&load->latency));
	json_put_new(object, "answers", answers_object(&load->counts));
	json_put_int(object, "unexpected", (json_int_t)load->mismatches);
	json_put_int(object, "errors", (json_int_t)load->errors);
	rc = json_write(&out, object);
	if (rc == 0)
		puts(out.data);
	json_decref(object);
	buf_free(&out);
	return rc;
}

/* ---- options ------------------------------------------------------------------------------------------------- */

static size_t read_number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *text == '\0' || *end != '\0' ? 0 : (size_t)value;
}

/* 0, or what to exit with, plus one. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {{"socket", required_argument, NULL, 's'},
		{"connections", required_argument, NULL, 'c'}, {"messages", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 't'},
		{"kept", required_argument, NULL, 'k'}, {"first", required_argument, NULL, 'f'},
		{"check", no_argument, NULL, 'e'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int letter;

	*options = (struct options){.connections = 16, .messages = 1000, .first = 1, .kept = 1};
	while ((letter = getopt_long(argc, argv, "s:c:n:t:k:f:eh", known, NULL)) != -1) {
		switch (letter) {
		case 's': options->socket = optarg; break;
		case 'c': options->connections = read_number(optarg); break;
		case 'n': options->messages = read_number(optarg); break;
		case 't': options->most_us = (int64_t)(strtod(optarg, NULL) * 1e6); break;
		case 'k': options->kept = read_number(optarg); break;
		case 'f': options->first = read_number(optarg); break;
		case 'e': options->check = true; break;
		case 'h': fputs(usage_text, stdout); return 1;
		default: fputs(usage_text, stderr); return 3;
		}
	}
	if (options->socket != NULL && options->connections > 0 && options->messages > 0 && options->first > 0 &&
	    options->kept > 0 && optind < argc)
		return 0;
	fputs(usage_text, stderr);
	return 3;
}

static int prepare(struct load *load, char **folders, struct diag *d)
{
	for (; *folders != NULL; folders++)
		if (letters_add(&load->letters, *folders, d) != 0)
			return -1;
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->peers = calloc(load->options.connections, sizeof(*load->peers));
	if (load->epoll < 0 || load->peers == NULL || latency_init(&load->latency, load->options.messages) != 0)
		return diag_add(d, "out of memory or descriptors");
	for (size_t i = 0; i < load->options.connections; i++)
		load->peers[i].fd = -1;
	return 0;
}

static void load_free(struct load *load)
{
	for (size_t i = 0; load->peers != NULL && i < load->options.connections; i++)
		peer_free(&load->peers[i]);
	free(load->peers);
	letters_free(&load->letters);
	latency_free(&load->latency);
	if (load->epoll >= 0)
		close(load->epoll);
}

int main(int argc, char **argv)
{
	struct load load = {.epoll = -1};
	int status = read_options(argc, argv, &load.options);

	if (status != 0)
		return status - 1;
	status = 2;
	if (prepare(&load, argv + optind, &load.d) == 0) {
		load.begun_us = clock_monotonic_us();
		(void)run(&load);
		if (print_result(&load, clock_monotonic_us() - load.begun_us) == 0 && load.latency.count > 0)
			status = load.errors > 0;
	}
	if (load.d.count > 0)
		fprintf(stderr, "load: %s\n", load.d.text);
	load_free(&load);
	return status;
}
