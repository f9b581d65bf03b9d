/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page that stands alone: whatever gets into it from mail is text, and its policy of content lets a browser
 * fetch and run nothing even if something ever were not.
 */
#include "evidence/page.h"

#include <string.h>

#include "core/hash.h"
#include "core/html_page.h"

void page_member(struct buf *out, const char *before, const json_t *object, const char *key, const char *after)
{
	const char *text = json_get_str(object, key);

	if (text == NULL || *text == '\0')
		return;
	buf_add_str(out, before);
	html_str(out, text);
	buf_add_str(out, after);
}

void page_begin(struct buf *out, const char *title, const char *const *style)
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
	html_str(out, title);
	buf_add_str(out, "</title>\n<style>");
	buf_add_slice(out, buf_slice(&sheet));
	buf_add_str(out, "</style>\n</head>\n<body>\n");
	out->failed |= sheet.failed;
	buf_free(&sheet);
}

void page_end(struct buf *out)
{
	buf_add_str(out, "</body>\n</html>\n");
}

void page_table(struct buf *out, const char *caption, const char *const *columns)
{
	buf_printf(out, "<table>\n<caption>%s</caption>\n<thead><tr>", caption);
	for (; *columns != NULL; columns++)
		buf_printf(out, "<th scope=\"col\">%s</th>", *columns);
	buf_add_str(out, "</tr></thead>\n<tbody>\n");
}

void page_table_end(struct buf *out)
{
	buf_add_str(out, "</tbody>\n</table>\n");
}
