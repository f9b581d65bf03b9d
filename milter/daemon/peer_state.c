/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mail server may take for a command, an answer, a message. */
#include "daemon/peer_state.h"

static void take_length(struct peer_state *state, unsigned char byte)
{
	const unsigned char *l = state->length;

	state->length[state->length_have++] = byte;
	if (state->length_have < sizeof(state->length))
		return;
	state->length_have = 0;
	state->left = (uint32_t)l[0] << 24 | (uint32_t)l[1] << 16 | (uint32_t)l[2] << 8 | l[3];
}

static void command_done(struct peer_state *state)
{
	state->command_since = 0;
	state->commands++;
}

void peer_received(struct peer_state *state, const void *data, size_t len, int64_t now)
{
	const unsigned char *p = data;

	while (len > 0) {
		size_t taken = 1;

		if (state->left == 0) {
			if (state->length_have == 0)
				state->command_since = now;
			take_length(state, *p);
			/* A command of no bytes: libmilter ends the connection. */
		} else {
			taken = len < state->left ? len : state->left;
			state->left -= (uint32_t)taken;
			if (state->left == 0)
				command_done(state);
		}
		p += taken;
		len -= taken;
	}
}

void peer_observed(struct peer_state *state, bool answers_wait, int64_t now)
{
	/* Who goes on with commands takes its answers, too, sooner or later: libmilter stops reading when it does not. */
	if (!answers_wait) {
		state->deaf_since = 0;
	} else if (state->deaf_since == 0 || state->commands_then != state->commands) {
		state->deaf_since = now;
		state->commands_then = state->commands;
	}
}

static bool over(int64_t since, int64_t limit, int64_t now)
{
	return since != 0 && limit > 0 && now - since > limit;
}

enum peer_fault peer_overdue(const struct peer_state *state, const struct peer_limits *limits, bool bytes_wait,
    int64_t now)
{
	bool heard = state->commands > 0 || state->command_since != 0 || bytes_wait;

	if (over(state->command_since, limits->command_ms, now))
		return PEER_DRIPS;
	if (!heard && over(state->accepted, limits->command_ms, now))
		return PEER_SILENT;
	if (over(state->deaf_since, limits->command_ms, now))
		return PEER_DEAF;
	return over(state->message_since, limits->message_ms, now) ? PEER_LONG : PEER_FINE;
}

const char *peer_fault_text(enum peer_fault fault)
{
	static const char *const texts[] = {
		[PEER_FINE] = "does as it should",
		[PEER_SILENT] = "sent nothing within milter.command_timeout after it connected",
		[PEER_DRIPS] = "did not finish a command within milter.command_timeout",
		[PEER_DEAF] = "did not take its answers within milter.command_timeout",
		[PEER_LONG] = "did not finish a message within milter.message_timeout",
	};

	return texts[fault];
}
