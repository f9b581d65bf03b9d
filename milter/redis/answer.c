/* SPDX-License-Identifier: BSD-2-Clause */
/* Error replies: what each means, what is done about it, and what people are told. */
#include "redis/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define SLOTS 16384

static const struct entry {
	const char *code; /* the beginning of the text */
	enum answer_next next;
	enum redis_fault fault;
	const char *advice;
} entries[] = {
	{"READONLY ", ANSWER_LOOK, REDIS_READONLY, "it is a replica and takes no writes"},
	{"UNBLOCKED ", ANSWER_LOOK, REDIS_READONLY, "it has become a replica"},
	{"NOREPLICAS ", ANSWER_FAIL, REDIS_READONLY, "too few replicas follow it, so it takes no writes"},
	{"MISCONF ", ANSWER_FAIL, REDIS_READONLY, "it can't save its data, so it takes no writes"},
	{"OOM ", ANSWER_FAIL, REDIS_MEMORY, "its memory is full: raise its maxmemory"},
	{"NOAUTH ", ANSWER_LOOK, REDIS_PASSWORD, "it asks for a password: see password_file"},
	{"WRONGPASS ", ANSWER_FAIL, REDIS_PASSWORD, "wrong user or password: see user and password_file"},
	{"NOPERM ", ANSWER_FAIL, REDIS_PASSWORD, "its user has not the right to do that"},
	{"DENIED ", ANSWER_FAIL, REDIS_PASSWORD, "it answers its own machine only"},
	{"ERR AUTH <password> called without any password", ANSWER_FAIL, REDIS_PASSWORD,
	    "it knows no password: take password_file away, or give it one"},
	{"ERR Client sent AUTH, but no password is set", ANSWER_FAIL, REDIS_PASSWORD,
	    "it knows no password: take password_file away, or give it one"},
	{"LOADING ", ANSWER_PAUSE, REDIS_LOADING, "it is loading its data"},
	{"BUSY ", ANSWER_PAUSE, REDIS_LOADING, "it is running a long script"},
	{"MASTERDOWN ", ANSWER_LOOK, REDIS_LOADING, "it is a replica without its primary"},
	{"ERR max number of clients reached", ANSWER_LOOK, REDIS_CROWDED,
	    "it takes no more connections: raise its maxclients"},
	{"CLUSTERDOWN ", ANSWER_LOOK, REDIS_CLUSTER_DOWN, "its Cluster is down"},
	{"TRYAGAIN ", ANSWER_PAUSE, REDIS_CLUSTER_DOWN, "the keys are moving to another node"},
	{"ERR This instance has cluster support disabled", ANSWER_FAIL, REDIS_CLUSTER_DOWN,
	    "it belongs to no Cluster: set mode to single or sentinel"},
	{"NOSCRIPT ", ANSWER_NOSCRIPT, REDIS_COMMAND, NULL},
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

static bool begins(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.ptr, prefix, n) == 0;
}

/* Redis 6 wraps what a script's command was answered: "ERR Error running script (call to f_...): ...: -OOM ..." */
static struct slice unwrap(struct slice text)
{
	long at;

	if (!begins(text, "ERR Error running script") && !begins(text, "ERR Error executing script"))
		return text;
	for (size_t i = 0; i < ENTRIES; i++) {
		char code[80];

		snprintf(code, sizeof(code), " -%s", entries[i].code);
		at = slice_find(text, slice_str(code));
		if (at >= 0)
			return slice_sub(text, (size_t)at + 2, text.len);
	}
	return text;
}

/* "MOVED 3999 192.0.2.1:6381" and "ASK 3999 ..."; rest: behind the code. False when it is neither. */
static bool read_redirection(struct slice rest, struct answer *answer)
{
	long space = slice_find(rest, SLICE_LIT(" "));
	struct slice place = space > 0 ? slice_sub(rest, (size_t)space + 1, rest.len) : SLICE_NONE;
	char slot[8] = "";

	if (space < 1 || (size_t)space >= sizeof(slot) || place.len == 0)
		return false;
	memcpy(slot, rest.ptr, (size_t)space);
	if (strspn(slot, "0123456789") != strlen(slot) || atoi(slot) >= SLOTS)
		return false;
	answer->slot = (unsigned)atoi(slot);
	/* ":6381" is a port of the server that answers; it knows no name of its own then. */
	if (place.ptr[0] == ':' && memchr(place.ptr + 1, ':', place.len - 1) == NULL) {
		answer->address.port = (unsigned)atoi(place.ptr + 1);
		return answer->address.port >= 1 && answer->address.port <= 65535;
	}
	return address_scan(place, &answer->address) == 0;
}

struct answer answer_read(const struct redis_reply *reply)
{
	struct answer answer = {.next = ANSWER_DONE, .fault = REDIS_FINE};
	struct slice text = reply->text;

	if (reply->type != REDIS_ERROR)
		return answer;
	answer.fault = REDIS_CLUSTER_DOWN;
	answer.next = begins(text, "MOVED ") ? ANSWER_MOVED : ANSWER_ASK;
	if (answer.next == ANSWER_MOVED && read_redirection(slice_sub(text, 6, text.len), &answer))
		return answer;
	if (begins(text, "ASK ") && read_redirection(slice_sub(text, 4, text.len), &answer))
		return answer;
	answer = (struct answer){.next = ANSWER_FAIL, .fault = REDIS_COMMAND};
	text = unwrap(text);
	for (size_t i = 0; i < ENTRIES; i++)
		if (begins(text, entries[i].code))
			answer = (struct answer){.next = entries[i].next, .fault = entries[i].fault,
			    .advice = entries[i].advice};
	return answer;
}

enum redis_fault answer_fail(const struct answer *answer, const struct redis_reply *reply, const char *place,
    const char *what, struct diag *d)
{
	char text[300];

	text_sanitize(text, sizeof(text), reply->text, TEXT_FOR_LOG);
	if (answer->advice != NULL)
		diag_add(d, "redis %s: %s (%s)", place, answer->advice, text);
	else
		diag_add(d, "redis %s: %s: %s", place, what, text);
	return answer->fault;
}
