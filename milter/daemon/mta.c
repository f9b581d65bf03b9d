/* SPDX-License-Identifier: BSD-2-Clause */
/* The MTA's side of failing closed, as far as its configuration can be read. */
#include "daemon/mta.h"

#include <string.h>
#include <sys/stat.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/slice.h"

#define MAIN_CF_MAX ((size_t)1 << 20)

/* The value that a line of main.cf gives to name; SLICE_NONE: another line. */
static struct slice line_value(struct slice line, const char *name)
{
	size_t len = strlen(name);
	struct slice rest;

	if (line.len <= len || memcmp(line.ptr, name, len) != 0)
		return SLICE_NONE;
	rest = slice_trim(slice_sub(line, len, line.len - len));
	if (rest.len == 0 || rest.ptr[0] != '=')
		return SLICE_NONE;
	return slice_trim(slice_sub(rest, 1, rest.len - 1));
}

int mta_check_postfix(const char *path, struct diag *d)
{
	struct buf content = {0};
	struct diag ignored = {0};
	struct slice left, last = SLICE_NONE;
	struct stat st;
	int rc = 0;

	if (stat(path, &st) != 0 || file_read(path, MAIN_CF_MAX, &content, &ignored) != 0)
		return 0;
	for (left = buf_slice(&content); left.len > 0;) {
		long end = slice_find(left, SLICE_LIT("\n"));
		struct slice line = end < 0 ? left : slice_sub(left, 0, (size_t)end);
		struct slice value = line_value(line, "milter_default_action");

		if (value.ptr != NULL)
			last = value; /* as with Postfix, the last one counts */
		left = slice_sub(left, end < 0 ? left.len : (size_t)end + 1, left.len);
	}
	if (slice_case_eq_str(last, "accept"))
		rc = diag_add(d, "%s: milter_default_action = accept lets mail pass unjudged while posternd does not run; "
		    "write \"milter_default_action = tempfail\"", path);
	buf_free(&content);
	return rc;
}
