/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message costs to be decoded by us: from bytes in memory to text, addresses and decoded parts, before any
 * rule sees it. For size.py.
 *
 * usage: decode COUNT FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/buf.h"
#include "core/file.h"
#include "mail/message.h"
#include "mail/url.h"

#define FILE_MAX ((size_t)256 << 20)

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Bytes that it was decoded to. */
static size_t message_read(struct slice raw, struct diag *d)
{
	const struct mail_limits limits = {0};
	struct arena *arena = arena_new(SIZE_MAX);
	struct message message;
	size_t bytes = 0;

	if (arena == NULL || message_parse(arena, raw, &limits, MESSAGE_ALL, NULL, &message, d) != 0)
		diag_add(d, "out of memory");
	else
		for (size_t i = 0; i < message.part_count; i++)
			bytes += message.parts[i].content.len;
	arena_free(&arena);
	return bytes;
}

static int measure(const char *path, long count, struct diag *d)
{
	struct buf raw = {0};
	size_t bytes = 0;
	double begun;

	if (file_read(path, FILE_MAX, &raw, d) != 0)
		return -1;
	begun = cpu_seconds();
	for (long i = 0; i < count && d->count == 0; i++)
		bytes = message_read(buf_slice(&raw), d);
	printf("%s: %zu bytes, %.1f us\n", path, bytes, (cpu_seconds() - begun) * 1e6 / (double)count);
	buf_free(&raw);
	return d->count == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct diag d = {0};

	if (argc < 3 || strtol(argv[1], NULL, 10) <= 0 || url_init() != 0) {
		fprintf(stderr, "usage: decode COUNT FILE...\n");
		return 2;
	}
	message_init();
	for (int i = 2; i < argc && d.count == 0; i++)
		measure(argv[i], strtol(argv[1], NULL, 10), &d);
	if (d.count > 0)
		fprintf(stderr, "decode: %s\n", d.text);
	return d.count > 0;
}
