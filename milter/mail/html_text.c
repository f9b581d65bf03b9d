/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts text together as a page shows it: white space runs into one, blocks
 * into lines, quoted lines get their marks.
 */
#include "mail/html_private.h"

/* Deeper quotes are marked as this deep, so that output stays linear. */
#define QUOTE_MARKS 5

static void put(struct html_writer *w, const char *data, size_t len)
{
	if (w->max != 0 && len > w->max - w->text.len) {
		w->full = true;
		len = w->max - w->text.len;
		while (len > 0 && ((unsigned char)data[len] & 0xC0) == 0x80)
			len--;
	}
	buf_add(&w->text, data, len);
}

static void put_marks(struct html_writer *w, unsigned quote)
{
	for (unsigned i = 0; i < quote && i < QUOTE_MARKS; i++)
		put(w, "> ", 2);
}

/* Writes the line feeds that are due and begins a line. */
static void begin_line(struct html_writer *w, unsigned quote)
{
	for (; w->lines > 0; w->lines--) {
		put(w, "\n", 1);
		if (w->lines > 1)
			put_marks(w, w->quote < quote ? w->quote : quote);
	}
	put_marks(w, quote);
	w->quote = quote;
	w->space = w->tab = false;
}

/* What is due before the next visible character. */
static void flush(struct html_writer *w, unsigned quote)
{
	if (!w->started) {
		w->lines = 0;
		begin_line(w, quote);
		w->started = true;
	} else if (w->lines > 0) {
		begin_line(w, quote);
	} else if (w->quote != quote) {
		w->lines = 1;
		begin_line(w, quote);
	} else if (w->tab) {
		put(w, "\t", 1);
	} else if (w->space) {
		put(w, " ", 1);
	}
	w->space = w->tab = false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void write_pre(struct html_writer *w, struct slice text, unsigned quote)
{
	size_t i = 0;

	while (i < text.len && !w->full) {
		size_t start = i;

		while (i < text.len && text.ptr[i] != '\n' && text.ptr[i] != '\r')
			i++;
		if (i > start) {
			flush(w, quote);
			put(w, text.ptr + start, i - start);
		}
		if (i < text.len && text.ptr[i] == '\n')
			html_write_line(w, quote);
		i++;
	}
}

void html_write(struct html_writer *w, struct slice text, bool pre, unsigned quote)
{
	size_t i = 0;

	if (pre) {
		write_pre(w, text, quote);
		return;
	}
	while (i < text.len && !w->full) {
		size_t start = i;

		while (i < text.len && !is_space(text.ptr[i]))
			i++;
		if (i > start) {
			flush(w, quote);
			put(w, text.ptr + start, i - start);
		}
		if (i < text.len) {
			w->space = true;
			i++;
		}
	}
}

void html_write_break(struct html_writer *w, unsigned count)
{
	if (w->lines < count)
		w->lines = count;
}

void html_write_line(struct html_writer *w, unsigned quote)
{
	if (!w->started)
		return;
	if (w->lines >= 2) {
		put(w, "\n", 1);
		put_marks(w, w->quote < quote ? w->quote : quote);
		w->lines = 1;
	}
	w->lines++;
}

void html_write_tab(struct html_writer *w)
{
	w->tab = true;
}
