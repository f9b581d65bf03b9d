/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the protocol: fields between '|', with what could be taken for structure as %XX. */
#include "exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void bytes_add(struct bytes *b, const char *data, size_t len)
{
	if (b->failed || len > b->max - b->len) {
		b->failed = true;
		return;
	}
	if (b->len + len + 1 > b->cap) {
		size_t cap = 2 * (b->len + len) + 256;
		char *grown = realloc(b->data, cap);

		if (grown == NULL) {
			b->failed = true;
			return;
		}
		b->data = grown;
		b->cap = cap;
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void bytes_free(struct bytes *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->failed = false;
}

/* Length of the valid character of UTF-8 at s, 0: none; C1 controls count as none, overlong forms and surrogates, too. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t len = s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;

	if (len == 0 || len > left || (s[0] == 0xC2 && s[1] < 0xA0) || (s[0] == 0xE0 && s[1] < 0xA0) ||
	    (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7F && c != '|' && c != '%';
}

void bytes_field(struct bytes *b, struct postern_slice field)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = 0;

	bytes_add(b, "|", 1);
	while (at < field.len) {
		const unsigned char *s = (const unsigned char *)field.ptr + at;
		size_t len = 0, step;

		while (at + len < field.len && is_plain(s[len]))
			len++;
		if (len == 0)
			len = utf8_length(s, field.len - at);
		if (len > 0) {
			bytes_add(b, (const char *)s, len);
			step = len;
		} else {
			const char code[3] = {'%', digits[*s >> 4], digits[*s & 15]};

			bytes_add(b, code, 3);
			step = 1;
		}
		at += step;
	}
}

void bytes_field_str(struct bytes *b, const char *field)
{
	bytes_field(b, (struct postern_slice){field, strlen(field)});
}

void bytes_field_int(struct bytes *b, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	bytes_field_str(b, text);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; the length, or SIZE_MAX. */
static size_t decode(char *s)
{
	char *out = s, *start = s;

	for (; *s != '\0'; s++) {
		if (*s != '%') {
			*out++ = *s;
			continue;
		}
		if (hex(s[1]) < 0 || hex(s[2]) < 0)
			return SIZE_MAX;
		*out++ = (char)(hex(s[1]) * 16 + hex(s[2]));
		s += 2;
	}
	*out = '\0';
	return (size_t)(out - start);
}

char *field_next(char **line, size_t *len_r)
{
	char *field = *line, *end;
	size_t len;

	if (field == NULL)
		return NULL;
	end = strchr(field, '|');
	*line = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	len = decode(field);
	if (len_r != NULL)
		*len_r = len;
	/* who asks for no length takes no NUL either */
	return len == SIZE_MAX || (len_r == NULL && strlen(field) != len) ? NULL : field;
}

int64_t field_number(char **line, int64_t max)
{
	const char *field = field_next(line, NULL);
	int64_t value = 0;

	if (field == NULL || *field == '\0' || strlen(field) > 18 || field[strspn(field, "0123456789")] != '\0')
		return -1;
	value = strtoll(field, NULL, 10);
	return value <= max ? value : -1;
}

void text_clean(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++)
		out[n++] = (char)(text[i] >= 0x20 && text[i] < 0x7F ? text[i] : '?');
	out[n] = '\0';
}
