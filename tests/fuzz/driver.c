/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over every file of its corpus, so that "make check"
 * repeats what fuzzing found. FUZZ_CORPUS is the directory; arguments, if any,
 * are files to run instead.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	struct diag d = {0};
	struct buf buf = {0};
	uint8_t *copy;

	if (file_read(path, (size_t)64 << 20, &buf, &d) != 0) {
		fprintf(stderr, "%s\n", d.text);
		return -1;
	}
	/* of its exact size, so that reading past it is seen */
	copy = malloc(buf.len != 0 ? buf.len : 1);
	if (copy != NULL) {
		if (buf.len > 0)
			memcpy(copy, buf.data, buf.len);
		LLVMFuzzerTestOneInput(copy, buf.len);
	}
	free(copy);
	buf_free(&buf);
	return copy != NULL ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct file_list list;
	struct diag d = {0};
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= run_file(argv[i]);
	if (argc > 1)
		return rc != 0;
	if (file_list_dir(FUZZ_CORPUS, "", &list, &d) != 0 || list.count == 0) {
		fprintf(stderr, "no corpus in %s: %s\n", FUZZ_CORPUS, d.text);
		return 1;
	}
	for (size_t i = 0; i < list.count; i++)
		rc |= run_file(list.paths[i]);
	printf("%zu files\n", list.count);
	file_list_free(&list);
	return rc != 0;
}
