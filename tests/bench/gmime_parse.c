/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message costs GMime alone: from bytes in memory to its parts, each decoded into memory. For size.py,
 * which compares it with what the same message costs us.
 *
 * usage: gmime_parse COUNT FILE...
 */
#include <gmime/gmime.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void part_decode(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	gint64 *bytes = arg;
	GMimeDataWrapper *content = GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
	GMimeStream *out;

	(void)parent;
	if (content == NULL)
		return;
	out = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, out);
	*bytes += g_mime_stream_length(out);
	g_object_unref(out);
}

/* Bytes that it was decoded to. */
static gint64 message_read(const char *data, size_t len)
{
	/* Without a copy: the same bytes are there for us, too. */
	GByteArray *array = g_byte_array_new_take((guint8 *)(uintptr_t)data, len);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message;
	gint64 bytes = 0;

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		g_mime_message_foreach(message, part_decode, &bytes);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	g_byte_array_free(array, FALSE);
	return bytes;
}

static int measure(const char *path, long count)
{
	gint64 bytes = 0;
	double begun;
	char *data;
	gsize len;

	if (!g_file_get_contents(path, &data, &len, NULL))
		return -1;
	begun = cpu_seconds();
	for (long i = 0; i < count; i++)
		bytes = message_read(data, len);
	printf("%s: %lld bytes, %.1f us\n", path, (long long)bytes, (cpu_seconds() - begun) * 1e6 / (double)count);
	g_free(data);
	return bytes > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	if (argc < 3 || strtol(argv[1], NULL, 10) <= 0) {
		fprintf(stderr, "usage: gmime_parse COUNT FILE...\n");
		return 2;
	}
	g_mime_init();
	for (int i = 2; i < argc; i++)
		if (measure(argv[i], strtol(argv[1], NULL, 10)) != 0) {
			fprintf(stderr, "gmime_parse: %s: can't be read\n", argv[i]);
			return 1;
		}
	return 0;
}
