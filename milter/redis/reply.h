/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_REPLY_H
#define POSTERN_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/diag.h"
#include "redis/redis.h"

/*
 * Makes replies of what a connection receives, within limits: a server that was taken over may answer
 * anything. One reader for each connection.
 */
struct reply_reader;

#define REPLY_BYTES_MAX ((size_t)64 << 20)
#define REPLY_ITEMS_MAX 1000000

/* NULL when memory is out. */
struct reply_reader *reply_reader_new(void);
void reply_reader_free(struct reply_reader **reader);
/*
 * Takes received bytes (len of them; 0: there are none yet). 1 with the reply when it is whole, 0 when more
 * is to come, -1 when it can't become one: then the connection is of no more use.
 */
int reply_reader_feed(struct reply_reader *reader, const char *data, size_t len, struct redis_reply **reply_r,
    struct diag *d);
/* Whether bytes are left behind the last reply: nobody asked for them. */
bool reply_reader_excess(const struct reply_reader *reader);

#endif
