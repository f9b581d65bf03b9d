/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection to a milter: which packet comes next, and what its answer means. */
#include "peer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"
#include "connect.h"
#include "macros.h"
#include "packet.h"

#define VERSION 6
#define ACTIONS 0x1ffu
#define STEPS 0x1fffffu
#define CHUNK 65535
/* What is buffered of a body whose pieces are not answered, before it is written. */
#define OUT_MOST ((size_t)256 << 10)
#define LEADING_SPACE 0x100000u

/* What a milter can leave out, and leave unanswered (SMFIP_NO*, SMFIP_NR_*). */
static const struct {
	char command;
	uint32_t unwanted, unanswered;
} steps[STEP_DONE] = {
	[STEP_OPTIONS] = {'O', 0, 0},         [STEP_CONNECT] = {'C', 0x01, 0x1000}, [STEP_HELO] = {'H', 0x02, 0x2000},
	[STEP_MAIL] = {'M', 0x04, 0x4000},    [STEP_RCPT] = {'R', 0x08, 0x8000},    [STEP_DATA] = {'T', 0x200, 0x10000},
	[STEP_HEADER] = {'L', 0x20, 0x80},    [STEP_EOH] = {'N', 0x40, 0x40000},    [STEP_BODY] = {'B', 0x10, 0x80000},
	[STEP_EOM] = {'E', 0, 0},
};

/* ---- life -------------------------------------------------------------------------------------------------- */

int peer_open(struct peer *peer, const char *address, struct diag *d)
{
	peer->fd = connect_to(address, d);
	if (peer->fd < 0)
		return -1;
	peer->step = STEP_OPTIONS;
	peer->awaits = false;
	peer->actions = ACTIONS;
	peer->steps = 0;
	memset(peer->symlists, 0, sizeof(peer->symlists));
	buf_truncate(&peer->out, 0);
	buf_truncate(&peer->in, 0);
	peer->out_done = peer->in_done = 0;
	return 0;
}

void peer_give(struct peer *peer, struct letter *letter, uint64_t serial, uint64_t number)
{
	peer->letter = letter;
	peer->serial = serial;
	peer->number = number;
	peer->header = peer->body = 0;
	peer->outcome = 0;
	peer->held = peer->changed = false;
	peer->reply[0] = '\0';
	if (peer->step == STEP_DONE)
		peer->step = STEP_MAIL;
}

/* ---- what is sent ---------------------------------------------------------------------------------------- */

static void add_connect(struct peer *peer)
{
	size_t place = packet_begin(&peer->out, 'C');

	packet_add_text(&peer->out, slice_str(peer->letter->outbound ? "pc.bestgadgets.example" : "mail.sender.example"));
	buf_add_char(&peer->out, '4');
	packet_add_u16(&peer->out, 40250);
	packet_add_text(&peer->out, slice_str(peer->letter->outbound ? "192.0.2.7" : "198.51.100.25"));
	packet_end(&peer->out, place);
}

static void add_header(struct peer *peer)
{
	const struct letter_header *header = &peer->letter->headers[peer->header++];
	struct slice value = header->value;
	size_t place = packet_begin(&peer->out, 'L');
	char id[64];

	if (slice_case_eq_str(header->name, "Message-ID")) {
		snprintf(id, sizeof(id), " <b%" PRIu64 ".%s@bench.example>", peer->serial, peer->letter->outbound ? "out" : "in");
		value = slice_str(id);
	}
	if (!(peer->steps & LEADING_SPACE) && value.len > 0 && value.ptr[0] == ' ')
		value = slice_sub(value, 1, value.len);
	packet_add_text(&peer->out, header->name);
	packet_add_text(&peer->out, value);
	packet_end(&peer->out, place);
}

static void add_chunk(struct peer *peer)
{
	struct slice chunk = slice_sub(peer->letter->body, peer->body, CHUNK);
	size_t place = packet_begin(&peer->out, 'B');

	buf_add_slice(&peer->out, chunk);
	packet_end(&peer->out, place);
	peer->body += chunk.len;
}

static void add_options(struct peer *peer)
{
	size_t place = packet_begin(&peer->out, 'O');

	packet_add_u32(&peer->out, VERSION);
	packet_add_u32(&peer->out, ACTIONS);
	packet_add_u32(&peer->out, STEPS);
	packet_end(&peer->out, place);
}

static void add_step(struct peer *peer)
{
	switch (peer->step) {
	case STEP_OPTIONS: add_options(peer); break;
	case STEP_CONNECT: add_connect(peer); break;
	case STEP_HELO: packet_add(&peer->out, 'H', SLICE_LIT("client.example")); break;
	case STEP_MAIL: packet_add(&peer->out, 'M', peer->letter->sender); break;
	case STEP_RCPT: packet_add(&peer->out, 'R', peer->letter->recipient); break;
	case STEP_HEADER: add_header(peer); break;
	case STEP_BODY: add_chunk(peer); break;
	case STEP_DATA:
	case STEP_EOH:
	case STEP_EOM:
	case STEP_DONE: packet_add(&peer->out, steps[peer->step].command, SLICE_NONE); break;
	}
}

/* More of the same kind, or the next one. */
static void go_on(struct peer *peer)
{
	if (peer->step == STEP_HEADER && peer->header < peer->letter->header_count)
		return;
	if (peer->step == STEP_BODY && peer->body < peer->letter->body.len)
		return;
	peer->step++;
}

static bool nothing_left(const struct peer *peer)
{
	return (peer->step == STEP_BODY && peer->letter->body.len == 0) ||
	    (peer->step == STEP_HEADER && peer->letter->header_count == 0);
}

/* Macros go out for steps that do not, too: Postfix does so. */
static void send_step(struct peer *peer)
{
	letter_number(peer->letter, peer->number);
	macros_add(peer);
	if ((peer->steps & steps[peer->step].unwanted) != 0 || nothing_left(peer)) {
		peer->step++;
		return;
	}
	add_step(peer);
	if ((peer->steps & steps[peer->step].unanswered) != 0)
		go_on(peer);
	else
		peer->awaits = true;
}

/* ---- what is answered ------------------------------------------------------------------------------------- */

/* Postfix aborts each message that was begun, also one that was taken; it goes out with what comes next. */
static void end_message(struct peer *peer, unsigned outcome, uint64_t *count, struct peer_counts *counts)
{
	*count += 1;
	counts->held += peer->held;
	counts->early += peer->step != STEP_EOM;
	peer->outcome = outcome;
	peer->step = STEP_DONE;
	peer->awaits = false;
	packet_add(&peer->out, 'A', SLICE_NONE);
}

static int take_options(struct peer *peer, struct slice data, struct diag *d)
{
	const char *at, *end;

	if (data.len < 12)
		return diag_add(d, "the milter's options are cut short");
	buf_truncate(&peer->options, 0);
	buf_add_slice(&peer->options, data);
	peer->actions = packet_read_u32(data.ptr + 4);
	peer->steps = packet_read_u32(data.ptr + 8);
	end = peer->options.data + peer->options.len;
	for (at = peer->options.data + 12; at + 5 <= end && end[-1] == '\0'; at += 4 + strlen(at + 4) + 1)
		if (packet_read_u32(at) < PEER_SYMLISTS)
			peer->symlists[packet_read_u32(at)] = slice_str(at + 4);
	peer->awaits = false;
	peer->step = STEP_CONNECT;
	return 0;
}

/* True when it was a change to the message, as there may be many before the answer. */
static bool take_change(struct peer *peer, char code, struct peer_counts *counts)
{
	if (code == 'p') {
		counts->progress++;
		return true;
	}
	if (peer->step != STEP_EOM)
		return false;
	switch (code) {
	case 'q': peer->held = true; return true;
	case 'h':
	case 'i': counts->headers_added++; break;
	case 'm': counts->headers_changed++; break;
	case 'b':
	case '+':
	case '-':
	case '2':
	case 'e': counts->other++; break;
	default: return false;
	}
	peer->changed = true;
	return true;
}

static unsigned passed_as(const struct peer *peer)
{
	return peer->held ? LETTER_HOLD : peer->changed ? LETTER_TAG : LETTER_PASS;
}

static int take_continue(struct peer *peer, struct peer_counts *counts)
{
	if (peer->step == STEP_EOM) {
		end_message(peer, passed_as(peer), &counts->accepted, counts);
	} else {
		peer->awaits = false;
		go_on(peer);
	}
	return 0;
}

static int take_answer(struct peer *peer, char code, struct slice data, struct peer_counts *counts, struct diag *d)
{
	if (peer->step == STEP_OPTIONS)
		return code == 'O' ? take_options(peer, data, d) : diag_add(d, "the milter refused to negotiate: '%c'", code);
	if (take_change(peer, code, counts))
		return 0;
	if (code == 'c')
		return take_continue(peer, counts);
	if (code == 's' && peer->step == STEP_BODY) {
		peer->awaits = false;
		peer->step = STEP_EOM;
		return 0;
	}
	if (peer->step < STEP_MAIL || (code == 'y' && data.len < 3))
		return diag_add(d, "answer '%c' to step '%c' was not expected", code, steps[peer->step].command);
	switch (code) {
	case 'a': end_message(peer, passed_as(peer), &counts->accepted, counts); return 0;
	case 'd': end_message(peer, 0, &counts->discarded, counts); return 0;
	case 't': end_message(peer, 0, &counts->tempfailed, counts); return 0;
	case 'r': end_message(peer, LETTER_REJECT, &counts->rejected, counts); return 0;
	case 'y':
		text_sanitize(peer->reply, sizeof(peer->reply), slice_sub(data, 0, data.len - (data.ptr[data.len - 1] == '\0')),
		    TEXT_FOR_LOG);
		if (data.ptr[0] == '5')
			end_message(peer, LETTER_REJECT, &counts->rejected, counts);
		else
			end_message(peer, 0, &counts->tempfailed, counts);
		return 0;
	default: return diag_add(d, "answer '%c' to step '%c' was not expected", code, steps[peer->step].command);
	}
}

/* ---- bytes -------------------------------------------------------------------------------------------------- */

/* All of it, or PEER_WAITS. */
static enum peer_result flush(struct peer *peer, struct diag *d)
{
	while (peer->out_done < peer->out.len) {
		ssize_t n = send(peer->fd, peer->out.data + peer->out_done, peer->out.len - peer->out_done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return PEER_WAITS;
		if (n < 0) {
			diag_add(d, "writing to the milter: %s", strerror(errno));
			return PEER_BROKEN;
		}
		peer->out_done += (size_t)n;
	}
	buf_truncate(&peer->out, 0);
	peer->out_done = 0;
	return PEER_MESSAGE_DONE;
}

static enum peer_result fill(struct peer *peer, struct diag *d)
{
	char data[8192];
	ssize_t n;

	do
		n = recv(peer->fd, data, sizeof(data), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return PEER_WAITS;
	if (n <= 0) {
		diag_add(d, "reading from the milter: %s", n == 0 ? "it closed the connection" : strerror(errno));
		return PEER_BROKEN;
	}
	if (peer->in_done == peer->in.len) {
		buf_truncate(&peer->in, 0);
		peer->in_done = 0;
	}
	buf_add(&peer->in, data, (size_t)n);
	return PEER_MESSAGE_DONE;
}

/* One packet. */
static enum peer_result receive(struct peer *peer, struct peer_counts *counts, struct diag *d)
{
	struct slice data = slice_sub(buf_slice(&peer->in), peer->in_done, peer->in.len);
	size_t size = packet_whole(data);

	if (size == 0)
		return fill(peer, d);
	peer->in_done += size;
	if (take_answer(peer, data.ptr[4], slice_sub(data, PACKET_HEAD, size - PACKET_HEAD), counts, d) != 0)
		return PEER_BROKEN;
	return PEER_MESSAGE_DONE;
}

enum peer_result peer_work(struct peer *peer, struct peer_counts *counts, struct diag *d)
{
	enum peer_result result = PEER_MESSAGE_DONE;

	while (result == PEER_MESSAGE_DONE && peer->step != STEP_DONE) {
		if (peer->awaits || peer->out.len > OUT_MOST)
			result = flush(peer, d);
		if (result != PEER_MESSAGE_DONE)
			break;
		if (peer->awaits)
			result = receive(peer, counts, d);
		else
			send_step(peer);
	}
	if (peer->out.failed || peer->in.failed) {
		diag_add(d, "out of memory");
		return PEER_BROKEN;
	}
	return result;
}

bool peer_wants_write(const struct peer *peer)
{
	return peer->out_done < peer->out.len;
}

void peer_close(struct peer *peer)
{
	struct diag d = {0};

	if (peer->fd < 0)
		return;
	packet_add(&peer->out, 'Q', SLICE_NONE);
	/* So little always fits; where it does not, closing says the same. */
	(void)flush(peer, &d);
	close(peer->fd);
	peer->fd = -1;
}

void peer_free(struct peer *peer)
{
	peer_close(peer);
	buf_free(&peer->options);
	buf_free(&peer->out);
	buf_free(&peer->in);
}
