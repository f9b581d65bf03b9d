/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfer encodings, read like the most tolerant mail client would: junk is
 * stepped over, data after an early '=' is still data. What did not belong
 * there is reported, because other readers will have seen something else.
 */
#include "mail/transfer.h"

#include <string.h>

#include "mail/transfer_base64.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum transfer transfer_parse(struct slice value)
{
	static const struct { const char *name; enum transfer encoding; } names[] = {
		{"7bit", TRANSFER_NONE}, {"8bit", TRANSFER_NONE}, {"binary", TRANSFER_NONE}, {"7-bit", TRANSFER_NONE},
		{"8-bit", TRANSFER_NONE}, {"none", TRANSFER_NONE}, {"base64", TRANSFER_BASE64}, {"base-64", TRANSFER_BASE64},
		{"quoted-printable", TRANSFER_QP}, {"quotedprintable", TRANSFER_QP}, {"uuencode", TRANSFER_UU},
		{"x-uuencode", TRANSFER_UU}, {"x-uue", TRANSFER_UU}, {"uue", TRANSFER_UU},
		{"x-yenc", TRANSFER_YENC}, {"yenc", TRANSFER_YENC},
	};
	size_t from = 0, to;

	while (from < value.len && (is_space(value.ptr[from]) || value.ptr[from] == '"'))
		from++;
	for (to = from; to < value.len && strchr("\";,(\r\n\t ", value.ptr[to]) == NULL;)
		to++;
	value = slice_sub(value, from, to - from);
	if (value.len == 0)
		return TRANSFER_NONE;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_case_eq_str(value, names[i].name))
			return names[i].encoding;
	return TRANSFER_UNKNOWN;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes past the room are counted, not kept. */
struct sink {
	char *data;
	size_t room;
	size_t size;
};

static void sink_add(struct sink *sink, unsigned c)
{
	if (sink->size < sink->room)
		sink->data[sink->size] = (char)c;
	sink->size++;
}

/* Length of a soft line break at s ("=" was read), or 0. */
static size_t soft_break(struct slice s)
{
	size_t n = 0;

	while (n < s.len && (s.ptr[n] == ' ' || s.ptr[n] == '\t'))
		n++;
	if (n < s.len && s.ptr[n] == '\r')
		n++;
	if (n < s.len && s.ptr[n] == '\n')
		return n + 1;
	return n == s.len ? n : 0;
}

static bool qp_decode(struct slice in, struct sink *sink)
{
	bool damaged = false;

	for (size_t i = 0; i < in.len; i++) {
		int hi, lo;
		size_t skip;

		if (in.ptr[i] != '=') {
			sink_add(sink, (unsigned char)in.ptr[i]);
			continue;
		}
		hi = i + 1 < in.len ? hex_value(in.ptr[i + 1]) : -1;
		lo = i + 2 < in.len ? hex_value(in.ptr[i + 2]) : -1;
		if (hi >= 0 && lo >= 0) {
			sink_add(sink, (unsigned)(hi << 4 | lo));
			i += 2;
			continue;
		}
		/* looks at each run of white space once: only one '=' can stand before it */
		skip = soft_break(slice_sub(in, i + 1, in.len));
		if (skip > 0 || i + 1 == in.len) {
			i += skip;
		} else {
			sink_add(sink, '=');
			damaged = true;
		}
	}
	return damaged;
}

static unsigned uu_value(char c)
{
	return ((unsigned char)c - 0x20U) & 0x3F;
}

static void uu_line(struct slice line, struct sink *sink)
{
	unsigned left = uu_value(line.ptr[0]);

	for (size_t i = 1; left > 0; i += 4) {
		unsigned v[4] = {0};

		for (size_t k = 0; k < 4 && i + k < line.len; k++)
			v[k] = uu_value(line.ptr[i + k]);
		if (i >= line.len)
			break;
		sink_add(sink, (v[0] << 2 | v[1] >> 4) & 0xFF);
		if (left > 1)
			sink_add(sink, (v[1] << 4 | v[2] >> 2) & 0xFF);
		if (left > 2)
			sink_add(sink, (v[2] << 6 | v[3]) & 0xFF);
		left -= left > 3 ? 3 : left;
	}
}

/* The next line of *rest without its end. */
static struct slice line_next(struct slice *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
	struct slice line = {rest->ptr, len};

	*rest = slice_sub(*rest, end != NULL ? len + 1 : len, rest->len);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool uu_decode(struct slice in, struct sink *sink)
{
	bool begun = false;

	while (in.len > 0) {
		struct slice line = line_next(&in);

		if (!begun)
			begun = slice_case_prefix(line, "begin ");
		else if (slice_eq_str(line, "end"))
			return false;
		else if (line.len > 0)
			uu_line(line, sink);
	}
	return true;
}

static bool yenc_decode(struct slice in, struct sink *sink)
{
	bool begun = false;

	while (in.len > 0) {
		struct slice line = line_next(&in);

		if (!begun || slice_case_prefix(line, "=ypart ")) {
			begun = begun || slice_case_prefix(line, "=ybegin ");
			continue;
		}
		if (slice_case_prefix(line, "=yend"))
			return false;
		for (size_t i = 0; i < line.len; i++) {
			unsigned c = (unsigned char)line.ptr[i];

			if (c == '=' && i + 1 < line.len)
				c = (unsigned char)line.ptr[++i] - 64U;
			sink_add(sink, (c - 42U) & 0xFF);
		}
	}
	return true;
}

int transfer_decode(struct arena *arena, enum transfer encoding, struct slice in, size_t max,
    struct transfer_result *out)
{
	struct sink sink = {.room = in.len < max ? in.len : max};

	*out = (struct transfer_result){.data = slice_sub(in, 0, max), .size = in.len};
	if (in.len == 0 || encoding == TRANSFER_NONE || encoding == TRANSFER_UNKNOWN) {
		out->damaged = encoding == TRANSFER_UNKNOWN;
		return 0;
	}
	if ((encoding == TRANSFER_BASE64 || encoding == TRANSFER_UU) && sink.room > in.len / 4 * 3 + 3)
		sink.room = in.len / 4 * 3 + 3;
	sink.data = arena_room(arena, sink.room + 1);
	if (sink.data == NULL)
		return -1;
	out->damaged = encoding == TRANSFER_BASE64 ? transfer_base64(in, sink.data, sink.room, &sink.size) :
	    encoding == TRANSFER_QP ? qp_decode(in, &sink) :
	    encoding == TRANSFER_UU ? uu_decode(in, &sink) : yenc_decode(in, &sink);
	out->data = (struct slice){sink.data, sink.size < sink.room ? sink.size : sink.room};
	sink.data[out->data.len] = '\0';
	out->size = sink.size;
	return 0;
}

bool transfer_looks_base64(struct slice in)
{
	size_t letters = 0;
	bool ended = false;

	for (size_t i = 0; i < in.len; i++) {
		if (is_space(in.ptr[i]))
			continue;
		if (in.ptr[i] == '=') {
			ended = true;
			continue;
		}
		if (ended || transfer_base64_value((unsigned char)in.ptr[i]) < 0)
			return false;
		/* a space between words is prose, not base64 */
		if (i > 0 && in.ptr[i - 1] == ' ' && letters > 0)
			return false;
		letters++;
	}
	return letters >= 24 && letters % 4 != 1;
}

enum transfer transfer_find_block(struct slice text, struct slice *block_r)
{
	struct slice rest = text;

	while (rest.len > 0) {
		const char *start = rest.ptr;
		struct slice line = line_next(&rest);
		bool uu = line.len > 10 && slice_case_prefix(line, "begin ") && line.ptr[6] >= '0' && line.ptr[6] <= '7' &&
		    line.ptr[9] == ' ';

		if (uu || slice_case_prefix(line, "=ybegin ")) {
			*block_r = (struct slice){start, (size_t)(text.ptr + text.len - start)};
			return uu ? TRANSFER_UU : TRANSFER_YENC;
		}
	}
	return TRANSFER_NONE;
}
