/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a page of HTML that stands alone, and the one place where text becomes HTML. */
#include "core/html_page.h"

#include <inttypes.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"

/* Colours keep a contrast of 4.5 to 1 on white (WCAG 2.1, 1.4.3); what is coloured is said in words, too. */
static const char style[] =
    ":root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--mark:#0b5cad;--bad:#b42318;--good:#1a7f37;--back:#f6f8fa}"
    "*{box-sizing:border-box}"
    "body{margin:2rem auto;max-width:62rem;padding:0 1.25rem;color:var(--ink);background:#fff;"
    "font:15px/1.45 system-ui,\"Segoe UI\",\"Noto Sans\",\"DejaVu Sans\",Arial,sans-serif}"
    "h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem}"
    "h2{font-size:1.15rem;margin:2rem 0 .5rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}"
    "p{margin:.3rem 0}.about,footer,caption{color:var(--soft)}"
    "table{border-collapse:collapse;width:100%;margin:.75rem 0;font-variant-numeric:tabular-nums}"
    "caption{text-align:left;padding:.2rem 0;font-size:.9rem}"
    "th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}"
    "thead th{font-size:.8rem;color:var(--soft);background:var(--back);vertical-align:bottom;overflow-wrap:normal}"
    "tbody th{font-weight:600}"
    ".n{text-align:right;white-space:nowrap}.bad{color:var(--bad)}.good{color:var(--good)}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--back);padding:.75rem;margin:.5rem 0}"
    "code{font-size:.92em}svg{max-width:100%}"
    "footer{margin-top:2.5rem;padding-top:.5rem;border-top:1px solid var(--line);font-size:.85rem}"
    "@page{margin:15mm}"
    "@media print{body{margin:0;max-width:none;padding:0;font-size:10pt}a{color:inherit;text-decoration:none}"
    "h2,caption{break-after:avoid}tr,svg{break-inside:avoid}thead{display:table-header-group}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/* ---- text ------------------------------------------------------------------------- */

static void add_escaped(struct buf *out, struct slice text, enum text_target target)
{
	struct buf clean = {0};

	text_append(&clean, text, target);
	for (size_t i = 0; i < clean.len; i++) {
		switch (clean.data[i]) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		case '\'': buf_add_str(out, "&#39;"); break;
		default: buf_add_char(out, clean.data[i]);
		}
	}
	out->failed |= clean.failed;
	buf_free(&clean);
}

void html_text(struct buf *out, struct slice text)
{
	add_escaped(out, text, TEXT_FOR_LOG);
}

void html_str(struct buf *out, const char *text)
{
	html_text(out, slice_str(text));
}

void html_lines(struct buf *out, struct slice text)
{
	add_escaped(out, text, TEXT_FOR_TERMINAL);
}

static void add_element(struct buf *out, const char *open, const char *text, const char *close)
{
	if (text == NULL)
		return;
	buf_add_str(out, open);
	html_str(out, text);
	buf_add_str(out, close);
}

/* ---- the page ----------------------------------------------------------------------- */

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The style's hash, by which the policy allows this one and no other (Content Security Policy Level 2). */
static void add_policy(struct buf *out, struct slice css)
{
	char hex[HASH_HEX_SIZE], text[BASE64_SIZE(HASH_SIZE)];
	unsigned char hash[HASH_SIZE];

	hash_hex(hex, css);
	for (size_t i = 0; i < HASH_SIZE; i++)
		hash[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	base64_write(text, hash, sizeof(hash));
	buf_printf(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'sha256-%s'; base-uri 'none'; form-action 'none'\">\n", text);
}

void html_page_open(struct buf *out, const struct html_page *page)
{
	struct buf css = {0};

	buf_add_str(&css, style);
	buf_add_str(&css, page->style != NULL ? page->style : "");
	buf_add_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	add_policy(out, buf_slice(&css));
	buf_add_str(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n");
	add_element(out, "<title>", page->title, "</title>\n");
	buf_add_str(out, "<style>");
	buf_add_slice(out, buf_slice(&css));
	add_element(out, "</style>\n</head>\n<body>\n<header>\n<h1>", page->title, "</h1>\n");
	add_element(out, "<p class=\"about\">", page->about, "</p>\n");
	buf_add_str(out, "</header>\n<main>\n");
	out->failed |= css.failed;
	buf_free(&css);
}

void html_page_close(struct buf *out, const char *foot)
{
	buf_add_str(out, "</main>\n");
	add_element(out, "<footer><p>", foot, "</p></footer>\n");
	buf_add_str(out, "</body>\n</html>\n");
}

void html_section_open(struct buf *out, const char *title, const char *about)
{
	add_element(out, "<section>\n<h2>", title, "</h2>\n");
	add_element(out, "<p class=\"about\">", about, "</p>\n");
}

void html_section_close(struct buf *out)
{
	buf_add_str(out, "</section>\n");
}

/* ---- tables --------------------------------------------------------------------------- */

struct html_table html_table_open(struct buf *out, const char *caption, const struct html_column *columns, size_t count)
{
	buf_add_str(out, "<table>\n");
	add_element(out, "<caption>", caption, "</caption>\n");
	buf_add_str(out, "<thead><tr>");
	for (size_t i = 0; i < count; i++)
		add_element(out, columns[i].number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">",
		    columns[i].title, "</th>");
	buf_add_str(out, "</tr></thead>\n<tbody>\n");
	return (struct html_table){out, columns, count, 0};
}

static void open_cell(struct html_table *table)
{
	bool number = table->columns[table->at].number;

	buf_add_str(table->out, table->at == 0 ? "<tr><th scope=\"row\"" : "<td");
	buf_add_str(table->out, number ? " class=\"n\">" : ">");
}

static void close_cell(struct html_table *table)
{
	buf_add_str(table->out, table->at == 0 ? "</th>" : "</td>");
	table->at = (table->at + 1) % table->count;
	if (table->at == 0)
		buf_add_str(table->out, "</tr>\n");
}

void html_cell(struct html_table *table, struct slice text)
{
	open_cell(table);
	html_text(table->out, text);
	close_cell(table);
}

void html_cell_str(struct html_table *table, const char *text)
{
	html_cell(table, slice_str(text));
}

void html_cell_int(struct html_table *table, int64_t number)
{
	open_cell(table);
	buf_printf(table->out, "%" PRId64, number);
	close_cell(table);
}

void html_cell_markup(struct html_table *table, const char *markup)
{
	open_cell(table);
	buf_add_str(table->out, markup);
	close_cell(table);
}

void html_table_close(struct html_table *table)
{
	buf_add_str(table->out, "</tbody>\n</table>\n");
}
