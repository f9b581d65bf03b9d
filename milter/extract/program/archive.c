/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives and Office documents, which are archives of XML. Members are
 * unpacked into memory one after the other, within limits on their number,
 * their bytes in all and the levels of archives in archives.
 */
#include "extract/program/work.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

static bool ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && strcmp(s + len - n, suffix) == 0;
}

static bool is_type(struct sniff type, const char *name)
{
	return strcmp(type.name, name) == 0;
}

/* Readers are named one by one: "all" includes those that run other programs. */
static struct archive *reader_new(struct sniff type)
{
	struct archive *a = archive_read_new();

	if (a == NULL)
		return NULL;
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_compress(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cab(a);
	archive_read_support_format_lha(a);
	archive_read_support_format_iso9660(a);
	/* one compressed file */
	if (is_type(type, "gzip") || is_type(type, "bzip2") || is_type(type, "xz") || is_type(type, "zstd") ||
	    is_type(type, "lz4") || is_type(type, "compress"))
		archive_read_support_format_raw(a);
	return a;
}

/* A member's bytes. false: a limit was passed or it can't be unpacked; that is said. */
static bool member_unpack(struct work *work, struct archive *a, struct text *out)
{
	char buffer[65536];
	la_ssize_t n;

	while ((n = archive_read_data(a, buffer, sizeof(buffer))) > 0) {
		work->unpacked += (size_t)n;
		if (work->unpacked > work->max_unpacked) {
			out_limit(work, "unpacked");
			return false;
		}
		text_add(out, buffer, (size_t)n);
	}
	if (n < 0) {
		const char *why = archive_error_string(a);

		out_fact(work, why != NULL && (strstr(why, "ncrypt") != NULL || strstr(why, "assphrase") != NULL) ?
		    FACT_ENCRYPTED : FACT_DAMAGED);
		return false;
	}
	return true;
}

/* Members of a document that are part of its format say nothing by themselves. */
static bool is_furniture(const char *name, struct sniff type)
{
	return type.kind == SNIFF_IMAGE || is_type(type, "xml") || is_type(type, "empty") || ends(name, ".xml") ||
	    ends(name, ".rels") || ends(name, ".vml") || ends(name, ".emf") || ends(name, ".wmf") ||
	    strcmp(name, "mimetype") == 0 || strstr(name, "printerSettings") != NULL || ends(name, ".odttf") ||
	    ends(name, ".bin.rels") || strncmp(name, "Thumbnails/", 11) == 0 || strncmp(name, "Configurations2/", 16) == 0 ||
	    strstr(name, "layout-cache") != NULL || strstr(name, "thumbnail.") != NULL || ends(name, ".rdf") || ends(name, ".fntdata");
}

static void office_member(struct work *work, const char *name, const struct text *content, unsigned level)
{
	const char *data = content->data != NULL ? content->data : "";
	struct sniff type = sniff_type(data, content->len);
	bool basic = strncmp(name, "Basic/", 6) == 0 && !ends(name, "script-lb.xml") && !ends(name, "script-lc.xml");

	if (ends(name, "vbaProject.bin") || strstr(name, "macrosheets/") != NULL || basic)
		out_fact(work, FACT_MACROS);
	if (strcmp(name, "META-INF/manifest.xml") == 0 && memmem(data, content->len, "encryption-data", 15) != NULL)
		out_fact(work, FACT_ENCRYPTED);
	if (ends(name, ".rels"))
		read_rels(work, data, content->len);
	else if (office_has_text(name))
		read_office_xml(work, name, data, content->len);
	else if (type.kind == SNIFF_IMAGE)
		read_file(work, data, content->len, level + 1);
	else if (!is_furniture(name, type) && !ends(name, "vbaProject.bin")) {
		out_member(work, type.name, name);
		read_file(work, data, content->len, level + 1);
	}
}

static void member_read(struct work *work, struct archive *a, struct archive_entry *entry, struct sniff outer, unsigned level)
{
	const char *name = archive_entry_pathname_utf8(entry);
	struct text content = {.max = work->max_unpacked};
	bool whole;

	if (name == NULL)
		name = archive_entry_pathname(entry);
	if (name == NULL)
		name = "";
	if (archive_entry_is_encrypted(entry)) {
		out_fact(work, FACT_ENCRYPTED);
		out_member(work, "encrypted", name);
		return;
	}
	whole = member_unpack(work, a, &content);
	if (outer.kind == SNIFF_DOCUMENT) {
		if (whole)
			office_member(work, name, &content, level);
	} else {
		const char *data = content.data != NULL ? content.data : "";

		out_member(work, sniff_type(data, content.len).name, name);
		/* what was unpacked before a limit may tell enough */
		read_file(work, data, content.len, level + 1);
	}
	text_free(&content);
}

static void members_read(struct work *work, struct archive *a, struct sniff type, unsigned level)
{
	struct archive_entry *entry;
	int rc;

	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		if (++work->files > work->max_files) {
			out_limit(work, "files");
			return;
		}
		if (work->unpacked > work->max_unpacked || work->full)
			return;
		if (archive_entry_filetype(entry) == AE_IFREG || archive_entry_filetype(entry) == 0)
			member_read(work, a, entry, type, level);
		else if (archive_entry_filetype(entry) == AE_IFLNK)
			out_member(work, "link", archive_entry_pathname_utf8(entry));
	}
	if (rc != ARCHIVE_EOF)
		out_fact(work, archive_read_has_encrypted_entries(a) == 1 ? FACT_ENCRYPTED : FACT_DAMAGED);
}

void read_archive(struct work *work, const char *data, size_t size, struct sniff type, unsigned level)
{
	struct archive *a;

	if (level >= work->max_levels) {
		out_limit(work, "levels");
		return;
	}
	a = reader_new(type);
	if (a == NULL || archive_read_open_memory(a, data, size) != ARCHIVE_OK)
		out_fact(work, a != NULL && archive_read_has_encrypted_entries(a) == 1 ? FACT_ENCRYPTED : FACT_DAMAGED);
	else
		members_read(work, a, type, level);
	if (a != NULL)
		archive_read_free(a);
}
