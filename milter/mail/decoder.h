/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to this folder: the state of one message_parse, shared by its three files. */
#ifndef POSTERN_MAIL_DECODER_H
#define POSTERN_MAIL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/message.h"
#include "mail/mime.h"

#define TEXT_NEEDS (MESSAGE_TEXT | MESSAGE_URLS | MESSAGE_ADDRESSES | MESSAGE_IDS | MESSAGE_IMAGES)

struct decoder {
	struct arena *arena;
	struct message *message;
	const struct mail_limits *limits;
	const struct id_set *ids;
	const struct file_reader *files; /* NULL: attachments are not read */
	unsigned needs;
	struct mime mime;
	size_t decoded; /* bytes so far, content and text together */
	bool stopped;   /* memory or time is up */
	void *grown;    /* of ROOM_MAKE */
	size_t header_room, part_room, segment_room, url_room, address_room, id_room, disguise_room, image_room;
	size_t fact_room;
};

/* decoder.c: limits and memory. */

/* raw is cut at the limit. -1 when there is not even memory to say what is missing. */
int decoder_start(struct decoder *dec, struct arena *arena, struct slice *raw,
    const struct mail_limits *limits, struct message *message, struct diag *d);
/* Records a limit that was passed; the first of each name. */
void decoder_limit(struct decoder *dec, const char *name, uint64_t value, uint64_t max, size_t part);
/* The arena's budget is used up: decoding ends here. */
void decoder_memory_out(struct decoder *dec, size_t part);
/* Decoding has ended, or the time for it is up, which is recorded. */
bool decoder_time_over(struct decoder *dec);
/* Sets PART_OPAQUE or PART_DAMAGED and records it. */
void decoder_mark(struct decoder *dec, size_t part, unsigned flag);
/* Bytes that may still be decoded. */
size_t decoder_budget(const struct decoder *dec);
/* Records that more (value) were met. */
void decoder_budget_note(struct decoder *dec, uint64_t value, size_t part);
/*
 * The array with room for more elements behind count; it may move. NULL when
 * the budget is used up, which is recorded.
 */
void *decoder_room(struct decoder *dec, void *items, size_t count, size_t *room, size_t more, size_t size);

#define ROOM_MAKE(dec, items, count, room, more) \
	(((dec)->grown = decoder_room((dec), (dec)->message->items, (dec)->message->count, &(dec)->room, \
	    (more), sizeof(*(dec)->message->items))) != NULL && ((dec)->message->items = (dec)->grown, true))

/* reading.c: decoded bytes to segments, URLs, addresses and numbers. */

enum reading {
	READ_SPLIT = 1, /* into new text, quote, signature; else all of it is new */
	READ_HTML = 2,
	READ_FIRST = 4, /* it is the part's text, not another way to see it */
	READ_FILE = 8   /* it stands in an attachment */
};

/* Subject and display names: what a reader sees of the header as text. */
void reading_from_headers(struct decoder *dec);
/* A text that is one segment. */
void reading_whole(struct decoder *dec, struct slice text, enum segment_kind kind, size_t part);
/* Reads decoded bytes as text in one way; once more when readers without the charset see text, too. */
void reading_add(struct decoder *dec, struct slice bytes, const struct mime_entity *e, size_t part, unsigned how);
/* Other ways in which readers may have decoded the same body. */
void reading_add_others(struct decoder *dec, const struct mime_entity *e, size_t part, struct slice content,
    bool damaged);
/* Text that stands in an attachment (UTF-8), and where a link in one leads. */
void reading_file(struct decoder *dec, struct slice text, size_t part);
void reading_file_url(struct decoder *dec, struct slice url, size_t part);
/* Does a PGP message begin on a line of its own? */
bool reading_has_pgp(struct slice text);

/* files.c */

/* Has the attachments read. */
void files_read(struct decoder *dec);

#endif
