/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to this folder: one run of postern-extract. */
#ifndef POSTERN_EXTRACT_WORK_H
#define POSTERN_EXTRACT_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "extract/sniff.h"

/* What may still be used. The program is one thread and lives for one file. */
struct work {
	size_t max_unpacked; /* bytes unpacked, over all levels */
	size_t unpacked;
	size_t max_files;
	size_t files;
	unsigned max_levels;
	size_t max_output;
	size_t output;
	bool codes;          /* look for bar codes in images */
	bool full;           /* the output's limit was passed */
	unsigned told;       /* facts that were written, as bits */
};

/* Facts, each written once. */
enum fact { FACT_ENCRYPTED, FACT_DAMAGED, FACT_MACROS, FACT_JAVASCRIPT, FACT_LAUNCH, FACT_LEGACY, FACT_NO_TEXT,
    FACT_IMAGE_UNREAD, FACT_COUNT };

/* One record: "NAME LENGTH\n", the bytes, "\n". Text becomes valid UTF-8 without control characters. */
void out_record(struct work *work, const char *name, const char *data, size_t size);
void out_text(struct work *work, const char *data, size_t size);
void out_str(struct work *work, const char *name, const char *text);
void out_fact(struct work *work, enum fact fact);
/* A limit that was passed: not everything was read. */
void out_limit(struct work *work, const char *limit);
void out_member(struct work *work, const char *type, const char *name);

/* A text that grows up to a limit; bytes past it are lost and full is set. */
struct text {
	char *data;
	size_t len, room, max;
	bool full;
};
void text_add(struct text *text, const char *data, size_t size);
void text_char(struct text *text, char c);
void text_rune(struct text *text, unsigned long c);
void text_free(struct text *text);

/* Reads one file, whatever it is. level 0 is the attachment itself. */
void read_file(struct work *work, const char *data, size_t size, unsigned level);
/* office.c: one XML member of an Office document. */
bool office_has_text(const char *member);
void read_office_xml(struct work *work, const char *member, const char *data, size_t size);
void read_rels(struct work *work, const char *data, size_t size);
void read_rtf(struct work *work, const char *data, size_t size);
/* archive.c: anything that libarchive reads, also Office documents. In a module, and so are pdf.c and codes.c, which may be missing. */
#define MODULE_ARCHIVE "extract-archive"
#define MODULE_PDF "extract-pdf"
#define MODULE_CODES "extract-codes"
typedef void read_archive_fn(struct work *work, const char *data, size_t size, struct sniff type, unsigned level);
typedef void read_pdf_fn(struct work *work, const char *data, size_t size, unsigned level);
typedef void read_codes_fn(struct work *work, const char *data, size_t size, struct sniff type);
extern read_archive_fn read_archive;
extern read_pdf_fn read_pdf;
extern read_codes_fn read_codes;
/* module.c: a function of a module; NULL when it can't be loaded. */
void *module_symbol(const char *name, const char *symbol);
bool module_path(const char *name, char *path, size_t size);
/* sandbox.c: gives up what reading a file does not need. -1: it could not. */
int sandbox_enter(size_t memory, unsigned seconds);

#endif
