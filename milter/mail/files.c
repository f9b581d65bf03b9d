/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attachments: what a reader found in each becomes segments of kind FILE,
 * URLs and facts. What could not be read is a limit that was passed, never
 * "nothing in it".
 */
#include "mail/files.h"

#include <string.h>

#include "mail/decoder.h"

static void fact_add(struct decoder *dec, size_t part, const char *name, struct slice value)
{
	if (!ROOM_MAKE(dec, facts, fact_count, fact_room, 1))
		return;
	dec->message->facts[dec->message->fact_count++] = (struct mail_fact){.part = part, .name = name, .value = value};
}

/* All texts of a file as one, each with a line end behind it. */
static bool texts_join(struct decoder *dec, const struct file_content *file, size_t part, struct slice *out)
{
	size_t size = 0, left = decoder_budget(dec), len = 0;
	char *text;

	for (size_t i = 0; i < file->count; i++)
		if (file->pieces[i].kind == FILE_PIECE_TEXT)
			size += file->pieces[i].text.len + 1;
	if (size > left) {
		decoder_budget_note(dec, dec->decoded + size, part);
		size = left;
	}
	*out = SLICE_LIT("");
	text = size > 0 ? arena_alloc(dec->arena, size) : NULL;
	if (text == NULL) {
		if (size > 0)
			decoder_memory_out(dec, part);
		return size == 0;
	}
	for (size_t i = 0; i < file->count && len < size; i++) {
		struct slice s = file->pieces[i].text;

		if (file->pieces[i].kind != FILE_PIECE_TEXT)
			continue;
		s = slice_sub(s, 0, size - len);
		memcpy(text + len, s.ptr, s.len);
		len += s.len;
		if (len < size)
			text[len++] = '\n';
	}
	*out = (struct slice){text, len};
	dec->decoded += len;
	return true;
}

static void pieces_take(struct decoder *dec, const struct file_content *file, size_t part)
{
	const struct mime_entity plain = {.charset = SLICE_NONE};
	struct slice text;

	if (texts_join(dec, file, part, &text))
		reading_file(dec, text, part);
	for (size_t i = 0; i < file->count && !dec->stopped; i++) {
		const struct file_piece *piece = &file->pieces[i];

		if (piece->kind == FILE_PIECE_HTML)
			reading_add(dec, piece->text, &plain, part, READ_HTML | READ_FILE);
		else if (piece->kind == FILE_PIECE_URL)
			reading_file_url(dec, piece->text, part);
		else if (piece->kind == FILE_PIECE_FACT)
			fact_add(dec, part, piece->name, piece->text);
	}
}

static void file_read(struct decoder *dec, size_t part)
{
	const struct mail_part *p = &dec->message->parts[part];
	const struct mime_entity plain = {.charset = SLICE_NONE};
	struct file_content file = {0};

	if (dec->files->read(dec->files->arg, dec->arena, p->content, (dec->needs & MESSAGE_CODES) != 0,
	    dec->mime.deadline_ms, &file) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	fact_add(dec, part, "type", slice_str(file.type));
	if (file.unread != NULL) {
		fact_add(dec, part, "unread", slice_str(file.unread));
		decoder_limit(dec, "attachment", 0, 0, part);
	}
	if (!(dec->needs & TEXT_NEEDS))
		return;
	/* what the declared type calls text was read already */
	if (file.is_text && !(p->flags & PART_TEXT))
		reading_add(dec, p->content, &plain, part, READ_FILE | (file.is_html ? READ_HTML : 0));
	pieces_take(dec, &file, part);
}

void files_read(struct decoder *dec)
{
	size_t count = 0;

	if (dec->files == NULL || !(dec->needs & (TEXT_NEEDS | MESSAGE_ATTACHMENTS | MESSAGE_CODES)))
		return;
	for (size_t i = 0; i < dec->message->part_count && !decoder_time_over(dec); i++) {
		unsigned flags = dec->message->parts[i].flags;

		if (!(flags & PART_ATTACHMENT) || (flags & PART_CONTAINER))
			continue;
		if (dec->files->max_files != 0 && ++count > dec->files->max_files) {
			fact_add(dec, i, "unread", SLICE_LIT("too many attachments"));
			decoder_limit(dec, "attachment", count, dec->files->max_files, i);
			return;
		}
		file_read(dec, i);
	}
}
