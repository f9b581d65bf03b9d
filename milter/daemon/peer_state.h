/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_PEER_STATE_H
#define POSTERN_DAEMON_PEER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How far a mail server is on its connection, seen from the bytes alone: the milter protocol sends a length of four
 * bytes, then as many bytes of command. Pure; times are monotonic milliseconds, injected.
 */
struct peer_state {
	int64_t accepted;
	int64_t command_since; /* the first byte of a command that is not whole yet; 0: between two commands */
	int64_t message_since; /* a message came in that has a place and is not whole yet; 0: none */
	int64_t deaf_since;    /* answers lie unread, and no command came since; 0: none */
	uint64_t commands;     /* whole ones */
	uint64_t commands_then; /* at deaf_since */
	unsigned char length[4];
	unsigned length_have;
	uint32_t left;         /* bytes of the command that are missing */
};

/* What a peer may take; 0: for ever. */
struct peer_limits {
	int64_t command_ms, message_ms;
};

enum peer_fault {
	PEER_FINE,
	PEER_SILENT, /* no byte since it connected */
	PEER_DRIPS,  /* a command began and does not end */
	PEER_DEAF,   /* does not take its answers */
	PEER_LONG    /* a message does not end */
};

/* len bytes were read at now. */
void peer_received(struct peer_state *state, const void *data, size_t len, int64_t now);
/* Whether answers wait for the peer to read them, as of now. */
void peer_observed(struct peer_state *state, bool answers_wait, int64_t now);
/* Why it is to be cut off. bytes_wait: some came that nobody has read yet; who was not heard is not silent. */
enum peer_fault peer_overdue(const struct peer_state *state, const struct peer_limits *limits, bool bytes_wait,
    int64_t now);
/* "it ..." for the log. */
const char *peer_fault_text(enum peer_fault fault);

#endif
