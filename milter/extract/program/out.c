/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program writes: records on standard output, within a limit. Also
 * the text that grows.
 */
#include "extract/program/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fact_names[FACT_COUNT] = {"encrypted", "damaged", "macros", "javascript", "launch",
    "legacy", "no-text", "image-unread"};

void out_record(struct work *work, const char *name, const char *data, size_t size)
{
	if (work->full)
		return;
	if (size > work->max_output - work->output) {
		work->full = true;
		printf("limit 6\noutput\n");
		return;
	}
	work->output += size;
	printf("%s %zu\n", name, size);
	fwrite(data, 1, size, stdout);
	putchar('\n');
}

/* Bytes of the UTF-8 character at p, 0 when it is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static void add_clean(struct text *out, const char *data, size_t size)
{
	const unsigned char *p = (const unsigned char *)data;

	for (size_t i = 0; i < size;) {
		size_t len = utf8_len(p + i, size - i);

		if (len == 0)
			text_add(out, "\xef\xbf\xbd", 3);
		else if (len == 1 && p[i] < ' ' && p[i] != '\t' && p[i] != '\n')
			text_char(out, p[i] == '\r' || p[i] == '\f' || p[i] == '\v' ? '\n' : ' ');
		else
			text_add(out, data + i, len);
		i += len != 0 ? len : 1;
	}
}

void out_text(struct work *work, const char *data, size_t size)
{
	struct text clean = {.max = work->max_output + 8};

	if (size == 0 || work->full)
		return;
	add_clean(&clean, data, size);
	/* more than fits: the record of the limit says so */
	out_record(work, "text", clean.data, clean.full ? work->max_output + 1 : clean.len);
	text_free(&clean);
}

void out_str(struct work *work, const char *name, const char *text)
{
	struct text clean = {.max = 8192};

	if (text == NULL || *text == '\0')
		return;
	add_clean(&clean, text, strlen(text));
	out_record(work, name, clean.data, clean.len);
	text_free(&clean);
}

void out_fact(struct work *work, enum fact fact)
{
	if (work->told & 1U << fact)
		return;
	work->told |= 1U << fact;
	out_str(work, "fact", fact_names[fact]);
}

void out_limit(struct work *work, const char *limit)
{
	out_str(work, "limit", limit);
}

void out_member(struct work *work, const char *type, const char *name)
{
	struct text line = {.max = 4096};

	text_add(&line, type, strlen(type));
	text_char(&line, ' ');
	if (name != NULL)
		text_add(&line, name, strlen(name));
	text_char(&line, '\0');
	if (line.full)
		line.data[line.len - 1] = '\0';
	out_str(work, "member", line.data);
	text_free(&line);
}

void text_add(struct text *text, const char *data, size_t size)
{
	if (size > text->max - text->len) {
		size = text->max - text->len;
		text->full = true;
	}
	if (size > text->room - text->len) {
		size_t room = text->room != 0 ? text->room : 1024;
		char *grown;

		while (room - text->len < size)
			room *= 2;
		grown = realloc(text->data, room);
		if (grown == NULL)
			abort(); /* its caller takes that for "not read" */
		text->data = grown;
		text->room = room;
	}
	if (size > 0)
		memcpy(text->data + text->len, data, size);
	text->len += size;
}

void text_char(struct text *text, char c)
{
	text_add(text, &c, 1);
}

void text_rune(struct text *text, unsigned long c)
{
	char b[4];

	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		text_char(text, (char)c);
	} else if (c < 0x800) {
		b[0] = (char)(0xc0 | c >> 6);
		b[1] = (char)(0x80 | (c & 63));
		text_add(text, b, 2);
	} else if (c < 0x10000) {
		b[0] = (char)(0xe0 | c >> 12);
		b[1] = (char)(0x80 | (c >> 6 & 63));
		b[2] = (char)(0x80 | (c & 63));
		text_add(text, b, 3);
	} else {
		b[0] = (char)(0xf0 | c >> 18);
		b[1] = (char)(0x80 | (c >> 12 & 63));
		b[2] = (char)(0x80 | (c >> 6 & 63));
		b[3] = (char)(0x80 | (c & 63));
		text_add(text, b, 4);
	}
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}
