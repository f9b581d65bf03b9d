/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies. hiredis reads the protocol; what it reads goes into an arena with a budget. Its sockets are not
 * used: they wait for names without a deadline, and raise SIGPIPE.
 */
#include "redis/reply.h"

#include <hiredis/read.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"

struct reply_reader {
	redisReader *reader;
	redisReplyObjectFunctions functions;
	struct arena *arena; /* of the reply that is being read */
	size_t bytes;        /* fed for it */
	size_t items;
	bool exceeded;       /* a limit, not the machine's memory */
};

static struct redis_reply *reply_new(const redisReadTask *task, enum redis_type type)
{
	struct reply_reader *reader = task->privdata;
	struct redis_reply *reply;

	reader->exceeded = ++reader->items > REPLY_ITEMS_MAX;
	if (reader->exceeded)
		return NULL;
	reply = arena_alloc(reader->arena, sizeof(*reply));
	if (reply != NULL)
		reply->type = type;
	return reply;
}

/* Puts it where it belongs; NULL stays NULL, which hiredis takes for "memory is out". */
static void *reply_place(const redisReadTask *task, struct redis_reply *reply)
{
	if (reply != NULL && task->parent != NULL)
		((struct redis_reply *)task->parent->obj)->items[task->idx] = reply;
	return reply;
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
	struct redis_reply *reply = reply_new(task, task->type == REDIS_REPLY_ERROR ? REDIS_ERROR :
	    task->type == REDIS_REPLY_STATUS ? REDIS_STATUS : REDIS_STRING);
	struct reply_reader *reader = task->privdata;

	if (reply == NULL)
		return NULL;
	reply->text = arena_slice(reader->arena, (struct slice){text, len});
	return reply->text.ptr != NULL ? reply_place(task, reply) : NULL;
}

static void *create_array(const redisReadTask *task, int count)
{
	struct redis_reply *reply = reply_new(task, REDIS_ARRAY);
	struct reply_reader *reader = task->privdata;

	if (reply == NULL || count < 0)
		return NULL;
	/* A number of a few digits may not take the memory of all those items. */
	reader->exceeded = (size_t)count > REPLY_ITEMS_MAX - reader->items;
	if (reader->exceeded)
		return NULL;
	reply->count = (size_t)count;
	reply->items = arena_array(reader->arena, reply->count + 1, sizeof(struct redis_reply *));
	return reply->items != NULL ? reply_place(task, reply) : NULL;
}

static void *create_integer(const redisReadTask *task, long long value)
{
	struct redis_reply *reply = reply_new(task, REDIS_INTEGER);

	if (reply != NULL)
		reply->integer = value;
	return reply_place(task, reply);
}

static void *create_nil(const redisReadTask *task)
{
	return reply_place(task, reply_new(task, REDIS_NIL));
}

/* The arena has it. */
static void free_object(void *object)
{
	(void)object;
}

struct reply_reader *reply_reader_new(void)
{
	struct reply_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->functions = (redisReplyObjectFunctions){create_string, create_array, create_integer, create_nil,
	    free_object};
	reader->reader = redisReaderCreateWithFunctions(&reader->functions);
	if (reader->reader == NULL) {
		free(reader);
		return NULL;
	}
	reader->reader->privdata = reader;
	return reader;
}

void reply_reader_free(struct reply_reader **reader)
{
	if (*reader == NULL)
		return;
	redisReaderFree((*reader)->reader);
	arena_free(&(*reader)->arena);
	free(*reader);
	*reader = NULL;
}

static int reply_reader_fail(const struct reply_reader *reader, struct diag *d)
{
	char text[160];

	if (reader->exceeded)
		return diag_add(d, "its answer is beyond the limits (%zu MiB, %d parts)", REPLY_BYTES_MAX >> 20,
		    REPLY_ITEMS_MAX);
	if (reader->reader->err == REDIS_ERR_OOM)
		return diag_add(d, "its answer takes too much memory");
	text_sanitize(text, sizeof(text), slice_str(reader->reader->errstr), TEXT_FOR_LOG);
	return diag_add(d, "what it answered is no reply of Redis (%s)", text);
}

static struct redis_reply *reply_finish(struct reply_reader *reader, struct redis_reply *reply)
{
	reply->arena = reader->arena;
	reader->arena = NULL;
	reader->bytes = 0;
	reader->items = 0;
	return reply;
}

int reply_reader_feed(struct reply_reader *reader, const char *data, size_t len, struct redis_reply **reply_r,
    struct diag *d)
{
	void *reply = NULL;

	/* What is read stands in the arena and, until it was, in the buffer of hiredis: each has this much room. */
	if (reader->arena == NULL)
		reader->arena = arena_new(REPLY_BYTES_MAX * 2);
	if (reader->arena == NULL)
		return diag_add(d, "memory is out");
	reader->bytes += len;
	reader->exceeded = reader->bytes > REPLY_BYTES_MAX;
	if (reader->exceeded || (len > 0 && redisReaderFeed(reader->reader, data, len) != REDIS_OK) ||
	    redisReaderGetReply(reader->reader, &reply) != REDIS_OK)
		return reply_reader_fail(reader, d);
	if (reply == NULL)
		return 0;
	*reply_r = reply_finish(reader, reply);
	return 1;
}

bool reply_reader_excess(const struct reply_reader *reader)
{
	return reader->reader->pos < reader->reader->len;
}

void redis_reply_free(struct redis_reply **reply)
{
	struct arena *arena = *reply != NULL ? (*reply)->arena : NULL;

	*reply = NULL;
	arena_free(&arena);
}

const struct redis_reply *redis_reply_item(const struct redis_reply *array, size_t index, enum redis_type type)
{
	if (array == NULL || array->type != REDIS_ARRAY || index >= array->count || array->items[index]->type != type)
		return NULL;
	return array->items[index];
}
