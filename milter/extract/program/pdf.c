/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PDF: text of the pages, where links lead, notes, form fields, document
 * information and embedded files. The one file that includes Poppler.
 */
#include "extract/program/work.h"

#include <poppler.h>
#include <string.h>

#define PAGES_MAX 500

static void action_read(struct work *work, const PopplerAction *action)
{
	if (action == NULL)
		return;
	switch (action->type) {
	case POPPLER_ACTION_URI:
		out_str(work, "url", action->uri.uri);
		break;
	case POPPLER_ACTION_LAUNCH:
		out_fact(work, FACT_LAUNCH);
		out_str(work, "text", action->launch.file_name);
		break;
	case POPPLER_ACTION_GOTO_REMOTE:
		out_str(work, "url", action->goto_remote.file_name);
		break;
	case POPPLER_ACTION_JAVASCRIPT:
		out_fact(work, FACT_JAVASCRIPT);
		out_str(work, "text", action->javascript.script);
		break;
	default:
		break;
	}
}

static void links_read(struct work *work, PopplerPage *page)
{
	GList *list = poppler_page_get_link_mapping(page);

	for (GList *l = list; l != NULL; l = l->next)
		action_read(work, ((const PopplerLinkMapping *)l->data)->action);
	poppler_page_free_link_mapping(list);
}

static void notes_read(struct work *work, PopplerPage *page)
{
	GList *list = poppler_page_get_annot_mapping(page);

	for (GList *l = list; l != NULL; l = l->next) {
		gchar *text = poppler_annot_get_contents(((const PopplerAnnotMapping *)l->data)->annot);

		out_str(work, "text", text);
		g_free(text);
	}
	poppler_page_free_annot_mapping(list);
}

static void fields_read(struct work *work, PopplerPage *page)
{
	GList *list = poppler_page_get_form_field_mapping(page);

	for (GList *l = list; l != NULL; l = l->next) {
		PopplerFormField *field = ((const PopplerFormFieldMapping *)l->data)->field;
		gchar *text = poppler_form_field_get_field_type(field) == POPPLER_FORM_FIELD_TEXT ?
		    poppler_form_field_text_get_text(field) : NULL;

		out_str(work, "text", text);
		g_free(text);
		action_read(work, poppler_form_field_get_action(field));
	}
	poppler_page_free_form_field_mapping(list);
}

/* Whether the page has a visible character in its text. */
static bool page_read(struct work *work, PopplerPage *page)
{
	gchar *text = poppler_page_get_text(page);
	bool any = text != NULL && text[strspn(text, " \t\r\n\f")] != '\0';

	if (any)
		out_text(work, text, strlen(text));
	g_free(text);
	links_read(work, page);
	notes_read(work, page);
	fields_read(work, page);
	return any;
}

static void pages_read(struct work *work, PopplerDocument *doc)
{
	int count = poppler_document_get_n_pages(doc);
	bool any = false;

	if (count > PAGES_MAX)
		out_limit(work, "pages");
	for (int i = 0; i < count && i < PAGES_MAX && !work->full; i++) {
		PopplerPage *page = poppler_document_get_page(doc, i);

		if (page == NULL) {
			out_fact(work, FACT_DAMAGED);
			continue;
		}
		any = page_read(work, page) || any;
		g_object_unref(page);
	}
	if (!any)
		out_fact(work, FACT_NO_TEXT);
}

static void info_read(struct work *work, PopplerDocument *doc)
{
	gchar *(*const get[])(PopplerDocument *) = {poppler_document_get_title, poppler_document_get_subject,
	    poppler_document_get_author, poppler_document_get_keywords};

	for (size_t i = 0; i < sizeof(get) / sizeof(get[0]); i++) {
		gchar *text = get[i](doc);

		out_str(work, "text", text);
		g_free(text);
	}
}

struct sink {
	struct text text;
};

static gboolean sink_take(const gchar *data, gsize size, gpointer arg, GError **error)
{
	struct sink *sink = arg;

	(void)error;
	text_add(&sink->text, data, size);
	return !sink->text.full;
}

static void embedded_read(struct work *work, PopplerDocument *doc, unsigned level)
{
	GList *list = poppler_document_has_attachments(doc) ? poppler_document_get_attachments(doc) : NULL;

	for (GList *l = list; l != NULL; l = l->next) {
		PopplerAttachment *file = l->data;
		struct sink sink = {.text = {.max = work->max_unpacked > work->unpacked ? work->max_unpacked - work->unpacked : 0}};

		if (++work->files > work->max_files) {
			out_limit(work, "files");
			break;
		}
		poppler_attachment_save_to_callback(file, sink_take, &sink, NULL);
		work->unpacked += sink.text.len;
		if (sink.text.full)
			out_limit(work, "unpacked");
		out_member(work, sniff_type(sink.text.data != NULL ? sink.text.data : "", sink.text.len).name,
		    poppler_attachment_get_name(file) != NULL ? poppler_attachment_get_name(file) : "");
		read_file(work, sink.text.data != NULL ? sink.text.data : "", sink.text.len, level + 1);
		text_free(&sink.text);
	}
	g_list_free_full(list, g_object_unref);
}

void read_pdf(struct work *work, const char *data, size_t size, unsigned level)
{
	GBytes *bytes = g_bytes_new_static(data, size);
	GError *error = NULL;
	PopplerDocument *doc = poppler_document_new_from_bytes(bytes, NULL, &error);

	g_bytes_unref(bytes);
	if (doc == NULL) {
		out_fact(work, g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? FACT_ENCRYPTED : FACT_DAMAGED);
		g_clear_error(&error);
		return;
	}
	if (poppler_document_has_javascript(doc))
		out_fact(work, FACT_JAVASCRIPT);
	info_read(work, doc);
	pages_read(work, doc);
	embedded_read(work, doc, level);
	g_object_unref(doc);
}
