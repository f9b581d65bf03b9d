/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page that stands alone: whatever gets into it from mail is text, and its policy of content lets a browser
 * fetch and run nothing even if something ever were not.
 */
#include "evidence/html.h"

#include <string.h>

#include "core/hash.h"
#include "core/text.h"

static void add_escaped(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.ptr[i]) {
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		case '\'':
			buf_add_str(out, "&#39;");
			break;
		default:
			buf_add_char(out, text.ptr[i]);
		}
	}
}

static void add(struct buf *out, const char *text, enum text_target target)
{
	struct buf clean = {0};

	text_add_clean(&clean, slice_str(text), target);
	add_escaped(out, buf_slice(&clean));
	out->failed |= clean.failed;
	buf_free(&clean);
}

void html_text(struct buf *out, const char *text)
{
	add(out, text, TEXT_FOR_TERMINAL);
}

void html_line(struct buf *out, const char *text)
{
	add(out, text, TEXT_FOR_LOG);
}

void html_member(struct buf *out, const char *before, const json_t *object, const char *key, const char *after)
{
	const char *text = json_get_str(object, key);

	if (text == NULL || *text == '\0')
		return;
	buf_add_str(out, before);
	html_line(out, text);
	buf_add_str(out, after);
}

void html_begin(struct buf *out, const char *title, const char *const *style)
{
	char digest[BASE64_SIZE(HASH_SIZE)];
	struct buf sheet = {0};

	for (; *style != NULL; style++)
		buf_add_str(&sheet, *style);
	hash_base64(digest, buf_slice(&sheet));
	buf_add_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	buf_printf(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; "
	    "base-uri 'none'; form-action 'none'\">\n", digest);
	buf_add_str(out, "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"format-detection\" content=\"telephone=no,email=no,address=no,date=no\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html_line(out, title);
	buf_add_str(out, "</title>\n<style>");
	buf_add_slice(out, buf_slice(&sheet));
	buf_add_str(out, "</style>\n</head>\n<body>\n");
	out->failed |= sheet.failed;
	buf_free(&sheet);
}

void html_end(struct buf *out)
{
	buf_add_str(out, "</body>\n</html>\n");
}

void html_table(struct buf *out, const char *caption, const char *const *columns)
{
	buf_printf(out, "<table>\n<caption>%s</caption>\n<thead><tr>", caption);
	for (; *columns != NULL; columns++)
		buf_printf(out, "<th scope=\"col\">%s</th>", *columns);
	buf_add_str(out, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct buf *out)
{
	buf_add_str(out, "</tbody>\n</table>\n");
}
