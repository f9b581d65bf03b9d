/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of files by their bytes. One table of signatures; families that share
 * a signature (ZIP, RIFF, ISO media) are told apart after it. Signatures are
 * those of the formats' own specifications.
 */
#include "extract/sniff.h"

#include <stdbool.h>
#include <string.h>

#define TEXT_PEEK 4096
#define ZIP_NAME_AT 30 /* of the first member, in its local header */

struct signature {
	size_t at;
	const char *bytes;
	size_t len;
	struct sniff type;
};

#define SIG(at, bytes, name, kind) {at, bytes, sizeof(bytes) - 1, {name, kind}}

static const struct signature signatures[] = {
	SIG(0, "\x89PNG\r\n\x1a\n", "png", SNIFF_IMAGE),
	SIG(0, "\xff\xd8\xff", "jpeg", SNIFF_IMAGE),
	SIG(0, "GIF8", "gif", SNIFF_IMAGE),
	SIG(0, "II*\0", "tiff", SNIFF_IMAGE),
	SIG(0, "MM\0*", "tiff", SNIFF_IMAGE),
	SIG(0, "\0\0\1\0", "ico", SNIFF_OTHER),
	SIG(0, "8BPS", "psd", SNIFF_OTHER),
	SIG(0, "{\\rtf", "rtf", SNIFF_DOCUMENT),
	SIG(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", SNIFF_DOCUMENT),
	SIG(0, "Rar!\x1a\x07", "rar", SNIFF_ARCHIVE),
	SIG(0, "7z\xbc\xaf\x27\x1c", "7z", SNIFF_ARCHIVE),
	SIG(0, "\x1f\x8b\x08", "gzip", SNIFF_ARCHIVE),
	SIG(0, "BZh", "bzip2", SNIFF_ARCHIVE),
	SIG(0, "\xfd" "7zXZ\0", "xz", SNIFF_ARCHIVE),
	SIG(0, "\x28\xb5\x2f\xfd", "zstd", SNIFF_ARCHIVE),
	SIG(0, "\x1f\x9d", "compress", SNIFF_ARCHIVE),
	SIG(0, "\x04\x22\x4d\x18", "lz4", SNIFF_ARCHIVE),
	SIG(257, "ustar", "tar", SNIFF_ARCHIVE),
	SIG(0, "MSCF", "cab", SNIFF_ARCHIVE),
	SIG(2, "-lh", "lha", SNIFF_ARCHIVE),
	SIG(7, "**ACE**", "ace", SNIFF_OTHER),
	SIG(0, "\x60\xea", "arj", SNIFF_OTHER),
	SIG(32769, "CD001", "iso", SNIFF_ARCHIVE),
	SIG(0, "\x7f" "ELF", "elf", SNIFF_OTHER),
	SIG(0, "MZ", "exe", SNIFF_OTHER),
	SIG(0, "\xca\xfe\xba\xbe", "class", SNIFF_OTHER),
	SIG(0, "\xcf\xfa\xed\xfe", "macho", SNIFF_OTHER),
	SIG(0, "\xce\xfa\xed\xfe", "macho", SNIFF_OTHER),
	SIG(0, "dex\n", "dex", SNIFF_OTHER),
	SIG(0, "\0asm", "wasm", SNIFF_OTHER),
	SIG(0, "#!", "script", SNIFF_OTHER),
	SIG(0, "L\0\0\0\x01\x14\x02\0", "lnk", SNIFF_OTHER),
	SIG(0, "ITSF", "chm", SNIFF_OTHER),
	SIG(0, "\x78\x9f\x3e\x22", "tnef", SNIFF_OTHER),
	SIG(0, "-----BEGIN PGP MESSAGE", "pgp", SNIFF_OTHER),
	SIG(0, "-----BEGIN PGP SIGNATURE", "pgp-signature", SNIFF_OTHER),
	SIG(0, "-----BEGIN PKCS7", "pkcs7", SNIFF_OTHER),
	SIG(0, "ID3", "audio", SNIFF_OTHER),
	SIG(0, "fLaC", "audio", SNIFF_OTHER),
	SIG(0, "OggS", "audio", SNIFF_OTHER),
	SIG(0, "\x1a\x45\xdf\xa3", "video", SNIFF_OTHER),
	SIG(0, "\0\0\1\xba", "video", SNIFF_OTHER),
	SIG(0, "!BDN", "pst", SNIFF_OTHER),
};

static bool has(const char *data, size_t size, const char *needle)
{
	return memmem(data, size, needle, strlen(needle)) != NULL;
}

static bool at(const char *data, size_t size, size_t pos, const char *bytes)
{
	size_t len = strlen(bytes);

	return size >= len && pos <= size - len && memcmp(data + pos, bytes, len) == 0;
}

/* The family of ZIP: what it holds says what it is. */
static struct sniff zip_type(const char *data, size_t size)
{
	static const struct {
		const char *member;
		struct sniff type;
	} kinds[] = {
		{"word/document", {"docx", SNIFF_DOCUMENT}}, {"xl/workbook", {"xlsx", SNIFF_DOCUMENT}},
		{"ppt/presentation", {"pptx", SNIFF_DOCUMENT}}, {"visio/document", {"vsdx", SNIFF_DOCUMENT}},
		{"word/", {"docx", SNIFF_DOCUMENT}}, {"xl/", {"xlsx", SNIFF_DOCUMENT}}, {"ppt/", {"pptx", SNIFF_DOCUMENT}},
	};

	if (at(data, size, ZIP_NAME_AT, "mimetypeapplication/vnd.oasis.opendocument."))
		return (struct sniff){"odf", SNIFF_DOCUMENT};
	if (at(data, size, ZIP_NAME_AT, "mimetypeapplication/epub"))
		return (struct sniff){"epub", SNIFF_ARCHIVE};
	if (has(data, size, "[Content_Types].xml"))
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (has(data, size, kinds[i].member))
				return kinds[i].type;
	if (has(data, size, "AndroidManifest.xml"))
		return (struct sniff){"apk", SNIFF_ARCHIVE};
	if (has(data, size, "META-INF/MANIFEST.MF"))
		return (struct sniff){"jar", SNIFF_ARCHIVE};
	return (struct sniff){"zip", SNIFF_ARCHIVE};
}

/* Files whose first bytes say a family and the next ones the member. 1: found. */
static int family_type(const char *data, size_t size, struct sniff *out)
{
	if (at(data, size, 0, "PK\3\4") || at(data, size, 0, "PK\5\6") || at(data, size, 0, "PK\7\x08"))
		*out = zip_type(data, size);
	else if (at(data, size, 0, "RIFF") && at(data, size, 8, "WEBP"))
		*out = (struct sniff){"webp", SNIFF_IMAGE};
	else if (at(data, size, 0, "RIFF") && at(data, size, 8, "WAVE"))
		*out = (struct sniff){"audio", SNIFF_OTHER};
	else if (at(data, size, 0, "RIFF"))
		*out = (struct sniff){"video", SNIFF_OTHER};
	else if (at(data, size, 4, "ftyphei") || at(data, size, 4, "ftypmif1") || at(data, size, 4, "ftypavif"))
		*out = (struct sniff){"heic", SNIFF_OTHER};
	else if (at(data, size, 4, "ftyp"))
		*out = (struct sniff){"video", SNIFF_OTHER};
	else if (at(data, size, 0, "BM") && size > 14 && memcmp(data + 6, "\0\0\0\0", 4) == 0)
		*out = (struct sniff){"bmp", SNIFF_IMAGE};
	else if (size > 1 && (data[0] & 0xff) == 0xff && ((data[1] & 0xff) | 1) == 0xfb)
		*out = (struct sniff){"audio", SNIFF_OTHER};
	else if (size > 20 && data[0] == 0x30 && has(data, size < 64 ? size : 64, "\x2a\x86\x48\x86\xf7\x0d\x01\x07"))
		*out = (struct sniff){has(data, size < 64 ? size : 64, "\xf7\x0d\x01\x07\x02") ? "pkcs7-signature" : "pkcs7",
		    SNIFF_OTHER};
	else
		return 0;
	return 1;
}

/* PDF readers look for the mark in the first kilobyte. */
static bool is_pdf(const char *data, size_t size)
{
	return has(data, size < 1024 ? size : 1024, "%PDF-");
}

static bool is_text(const char *data, size_t size)
{
	size_t odd = 0;

	if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
		return true;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == 0)
			return false;
		odd += c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b;
	}
	return odd * 50 <= size;
}

/* Whether text begins so, white space and case ignored. */
static bool begins(const char *data, size_t size, const char *word)
{
	size_t i = 0;

	while (i < size && strchr(" \t\r\n\xef\xbb\xbf", data[i]) != NULL && data[i] != '\0')
		i++;
	return size - i >= strlen(word) && strncasecmp(data + i, word, strlen(word)) == 0;
}

static struct sniff text_type(const char *data, size_t size)
{
	static const struct {
		const char *word, *name;
	} kinds[] = {
		{"<!doctype html", "html"}, {"<html", "html"}, {"<head", "html"}, {"<body", "html"}, {"<script", "html"},
		{"<svg", "svg"}, {"<?xml", "xml"}, {"begin:vcard", "vcard"}, {"begin:vcalendar", "calendar"},
		{"[internetshortcut]", "url"}, {"<?php", "script"}, {"@echo", "script"}, {"windows registry editor", "script"},
		{"mime-version:", "message"}, {"received:", "message"}, {"return-path:", "message"},
		{"delivered-to:", "message"},
	};

	if (!is_text(data, size < TEXT_PEEK ? size : TEXT_PEEK))
		return (struct sniff){"unknown", SNIFF_OTHER};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (begins(data, size, kinds[i].word))
			return (struct sniff){kinds[i].name, SNIFF_TEXT};
	if (has(data, size < TEXT_PEEK ? size : TEXT_PEEK, "<svg"))
		return (struct sniff){"svg", SNIFF_TEXT};
	return (struct sniff){size == 0 ? "empty" : "text", SNIFF_TEXT};
}

struct sniff sniff_type(const char *data, size_t size)
{
	struct sniff type;

	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		const struct signature *s = &signatures[i];

		if (size >= s->len && s->at <= size - s->len && memcmp(data + s->at, s->bytes, s->len) == 0 &&
		    !(strcmp(s->type.name, "exe") == 0 && is_text(data, size < TEXT_PEEK ? size : TEXT_PEEK)))
			return s->type;
	}
	if (size > 0 && family_type(data, size, &type))
		return type;
	if (size > 0 && is_pdf(data, size))
		return (struct sniff){"pdf", SNIFF_DOCUMENT};
	return text_type(data, size);
}
