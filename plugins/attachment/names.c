/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files: their parts, and what they are made to look like. */
#include "names.h"

#include <string.h>

static struct postern_slice cut(struct postern_slice name)
{
	if (name.len > NAME_MAX_BYTES)
		name = view_sub(name, name.len - NAME_MAX_BYTES, name.len);
	/* Windows leaves these out, so "a.exe . " is "a.exe" */
	while (name.len > 0 && strchr(" .\t", name.ptr[name.len - 1]) != NULL)
		name.len--;
	return name;
}

struct postern_slice name_extension(struct postern_slice name)
{
	size_t dot;

	name = cut(name);
	for (dot = name.len; dot > 0; dot--)
		if (name.ptr[dot - 1] == '.')
			return view_sub(name, dot, name.len);
	return view_str("");
}

bool name_is_disguised(struct postern_slice name)
{
	size_t pos = 0;

	while (pos < name.len) {
		uint32_t c = rune_next(name, &pos);

		if ((c < ' ' && c != '\t') || c == 0x7f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return true;
	}
	return false;
}

static size_t put(struct postern_slice name, const char *blanks, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < name.len; i++) {
		bool escaped = i + 2 < name.len && memcmp(name.ptr + i, "%20", 3) == 0;

		out[len++] = escaped || (name.ptr[i] != '\0' && strchr(blanks, name.ptr[i]) != NULL) ? ' ' : name.ptr[i];
		i += escaped ? 2 : 0;
	}
	return len;
}

size_t name_readable(struct postern_slice name, char *out)
{
	size_t len;

	name = cut(name);
	len = put(name, "_+", out);
	out[len++] = '\n';
	return len + put(name, "_+-.", out + len);
}
