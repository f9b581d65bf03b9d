/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file (type, Office XML, relations, RTF) and as the records of postern-extract. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/text.h"
#include "extract/program/work.h"
#include "extract/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The readers write to standard output. */
static void read_all(const char *data, size_t size)
{
	struct work work = {.max_output = 1 << 20, .max_unpacked = 1 << 20, .max_files = 10, .max_levels = 2};

	if (sniff_type(data, size).name == NULL)
		abort();
	read_office_xml(&work, "word/document.xml", data, size);
	read_rels(&work, data, size);
	read_rtf(&work, data, size);
	fflush(stdout);
}

static void check_records(struct slice output)
{
	struct arena *arena = arena_new(4 << 20);
	struct file_content content = {0};

	if (arena != NULL && records_take(arena, output, &content) == 0)
		for (size_t i = 0; i < content.count; i++)
			if (content.pieces[i].kind != FILE_PIECE_HTML && !utf8_valid(content.pieces[i].text))
				abort();
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), out;

	fflush(stdout);
	out = dup(STDOUT_FILENO);
	if (null < 0 || out < 0 || dup2(null, STDOUT_FILENO) < 0)
		abort();
	read_all((const char *)data, size);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	check_records((struct slice){(const char *)data, size});
	return 0;
}
