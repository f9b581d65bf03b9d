/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_MESSAGE_H
#define POSTERN_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/slice.h"
#include "mail/files.h"
#include "mail/ids.h"

/*
 * A message, decoded once. Everything in it is a view into the arena or into
 * the bytes that were parsed; both must outlive it. After message_parse it is
 * never changed, so any number of readers may share it.
 */

/* Limits; 0 is none. Passing one is recorded in message.limits, see there. */
struct mail_limits {
	size_t message_bytes;  /* of the whole message; what follows is not read */
	size_t header_count;   /* top-level headers */
	size_t header_bytes;   /* top-level header section */
	size_t parts;          /* MIME parts, containers included */
	size_t depth;          /* nesting of containers; Postfix bounces at 100 */
	size_t html_bytes;     /* HTML of one part that is converted */
	size_t decoded_bytes;  /* all decoded content and text together */
	size_t expansion;      /* decoded bytes per byte received, once past 1 MiB */
	size_t urls;           /* URLs kept */
	int64_t time_ms;       /* budget of wall-clock time for decoding */
};

/* What is to be worked out, as bits: equal to POSTERN_NEED_* of plugin.h. */
enum message_needs {
	MESSAGE_HEADERS = 1, MESSAGE_TEXT = 2, MESSAGE_URLS = 4, MESSAGE_ATTACHMENTS = 8,
	MESSAGE_ADDRESSES = 16, MESSAGE_IDS = 32, MESSAGE_IMAGES = 128, MESSAGE_CODES = 256,
	MESSAGE_ALL = 63 | 128 | 256
};

struct address_mailbox;

struct mail_header {
	struct slice name;
	struct slice raw;   /* value as received, folds kept, without one space after the colon and the line end */
	struct slice value; /* unfolded, RFC 2047 decoded, valid UTF-8 */
	struct address_mailbox *mailboxes; /* message_mailboxes */
	size_t mailbox_count;
	bool mailboxes_read;
};

enum mail_part_flags {
	PART_TEXT = 1,           /* text/plain or text/html that has text */
	PART_HTML = 2,
	PART_ATTACHMENT = 4,     /* offered to the reader as a file */
	PART_CONTAINER = 8,      /* multipart or message/rfc822 */
	PART_CHARSET_GUESSED = 16, /* the declared charset was unknown or wrong */
	PART_DAMAGED = 32,       /* its encoding or boundary was broken */
	PART_OPAQUE = 64         /* encrypted: there is no text to judge */
};

struct mail_part {
	struct slice type;    /* "text/html", lower case */
	struct slice charset; /* declared, lower case; empty: none */
	struct slice name;    /* file name, decoded; empty: none */
	unsigned flags;
	unsigned depth;       /* 0: the message itself */
	size_t size;          /* decoded bytes in all */
	struct slice content; /* decoded bytes as far as the limits allow; containers: none */
	struct slice text;    /* text parts: UTF-8, as a reader sees it; HTML converted */
	size_t alternative;   /* number, from 1, of the multipart/alternative that it is part of; 0: none */
};

/* Equal to POSTERN_SEGMENT_* of plugin.h. */
enum segment_kind {
	SEGMENT_SUBJECT, SEGMENT_NEW, SEGMENT_QUOTE, SEGMENT_SIGNATURE, SEGMENT_DISCLAIMER, SEGMENT_NAME,
	SEGMENT_HIDDEN, SEGMENT_FILE
};

#define PART_NONE SIZE_MAX

/* What normalised text was made of (mail/normal.h); opaque here. */
struct normal_map;

struct mail_segment {
	enum segment_kind kind;
	struct slice text; /* normalised */
	size_t part; /* index in parts; PART_NONE for a header */
	/*
	 * Where text differs from what was written: the map of the text that text is a view into, and the place
	 * of text in that; NULL: text is as it was written.
	 */
	const struct normal_map *map;
	size_t map_offset;
};

/* Equal to POSTERN_DISGUISE_* of plugin.h. */
enum disguise_kind { DISGUISE_INVISIBLE, DISGUISE_BIDI, DISGUISE_LOOKALIKE, DISGUISE_FORM };

/* One run of one kind inside one word. */
struct mail_disguise {
	enum disguise_kind kind;
	size_t segment;    /* index in segments */
	size_t start, end; /* of the word in the segment's text */
	size_t count;      /* characters of that kind in it */
};

/* An image that HTML shows. */
struct mail_image {
	struct slice source; /* as written */
	struct slice host;   /* of a remote image; else empty */
	struct slice alt;
	int width, height;   /* as declared; -1: not declared */
	bool hidden;
	enum segment_kind segment;
	size_t part;
};

enum url_source { URL_TEXT, URL_BARE, URL_ATTRIBUTE, URL_HEADER };

struct mail_url {
	struct slice raw;
	struct slice scheme; /* lower case; empty: none written */
	struct slice host;   /* lower case ASCII after IDNA; empty for mailto: and so on */
	struct slice domain; /* registrable domain; empty: none (an address, a lone label) */
	enum url_source source;
	enum segment_kind segment;
	size_t part;
};

struct mail_address {
	struct slice address; /* local@domain as written, domain in lower case */
	enum segment_kind segment;
	size_t part;
};

/*
 * Something that is known of an attachment besides its text: "type" (by its bytes), "member" (of an archive:
 * type, blank, name), "code" (text of a bar code), "fact" ("encrypted", "macros", "javascript" ...), "limit"
 * and "unread" (why not all of it was read).
 */
struct mail_fact {
	size_t part;
	const char *name; /* static */
	struct slice value;
};

/* One limit that was passed or one thing that could not be decoded. */
struct mail_limit {
	/*
	 * "message_bytes", "parts", ... or "damaged", "charset", "opaque", "memory",
	 * "dot-line" (see dotline.h), "ids" (a number pattern failed), "attachment" (it could not be read as a whole); the first of each name.
	 */
	const char *name;
	uint64_t value;     /* what was met, as far as known */
	uint64_t max;       /* the limit; 0 for "damaged", "charset", "opaque" */
	size_t part;        /* PART_NONE: the message */
};

struct message {
	struct arena *arena;
	size_t size; /* bytes received */
	struct mail_header *headers;
	size_t header_count;
	struct mail_part *parts;
	size_t part_count;
	struct mail_segment *segments;
	size_t segment_count;
	struct mail_url *urls;
	size_t url_count;
	struct mail_address *addresses;
	size_t address_count;
	struct mail_id *ids;
	size_t id_count;
	const struct id_set *id_set; /* that they were looked for with; NULL: they were not */
	struct mail_disguise *disguises;
	size_t disguise_count;
	struct mail_image *images;
	size_t image_count;
	struct mail_fact *facts; /* in the order of the attachments */
	size_t fact_count;
	struct mail_limit *limits;
	size_t limit_count;
};

/* Prepares the MIME library; call once, before threads start. */
void message_init(void);

/*
 * Reads the header section alone (the fields headers, header_count and limits
 * of message_r are filled): enough to see whether a message concerns us. raw
 * may be the whole message or just its headers.
 */
int message_headers(struct arena *arena, struct slice raw, const struct mail_limits *limits,
    struct message *message_r, struct diag *d);

/*
 * Decodes raw (a whole message, CRLF or LF lines) as far as it can be decoded.
 * ids may be NULL (no ids are looked for). A malformed message is no error: it
 * is decoded as far as possible and limits[] says what was not. -1 only when
 * memory is out.
 */
int message_parse(struct arena *arena, struct slice raw, const struct mail_limits *limits,
    unsigned needs, const struct id_set *ids, struct message *message_r, struct diag *d);

/*
 * The same, and attachments are read by files; NULL: what is in them is not looked at. head: the whole header section as
 * message_headers read it with these limits, which lives as long; NULL: it is read.
 */
int message_parse_files(struct arena *arena, struct slice raw, const struct mail_limits *limits, unsigned needs,
    const struct id_set *ids, const struct message *head, const struct file_reader *files, struct message *message_r,
    struct diag *d);

/* The nth (from 0) header of that name, or NULL. */
const struct mail_header *message_header(const struct message *message, const char *name, size_t nth);
/* Its decoded value, or SLICE_NONE. */
struct slice message_header_value(const struct message *message, const char *name);

/*
 * The mailboxes in a header of the message, as address_list has them; read when they are asked for first, and the
 * message's. A message is one thread's. -1: memory is out.
 */
int message_mailboxes(const struct message *message, const struct mail_header *header, struct address_mailbox **list_r,
    size_t *count_r);

/* The first number of kind "order" or "po"; SLICE_NONE when there is none. */
struct slice message_order(const struct message *message);

#endif
