/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads stored mail one message at a time. What stands there is hostile like any mail: lines without end, folders in
 * folders without end, and files that are none.
 */
#include "cli/mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"

#define DEPTH_MAX 32
#define BLOCK ((size_t)65536)

/* ---- pieces of a file: whole lines, unless one is longer than a block ---- */

struct lines {
	int fd;
	char *block;
	size_t at, len;
	bool end, begins; /* begins: the next piece begins a line */
	int error;
};

static void fill(struct lines *in)
{
	memmove(in->block, in->block + in->at, in->len - in->at);
	in->len -= in->at;
	in->at = 0;
	while (!in->end && in->len < BLOCK) {
		ssize_t n = read(in->fd, in->block + in->len, BLOCK - in->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			in->error = errno;
		in->end = n <= 0;
		in->len += n > 0 ? (size_t)n : 0;
	}
}

/* false at the end. */
static bool next_piece(struct lines *in, struct slice *piece_r, bool *begins_r)
{
	const char *newline = memchr(in->block + in->at, '\n', in->len - in->at);

	if (newline == NULL && !in->end) {
		fill(in);
		newline = memchr(in->block + in->at, '\n', in->len - in->at);
	}
	if (in->at == in->len)
		return false;
	*piece_r = (struct slice){in->block + in->at, newline != NULL ? (size_t)(newline + 1 - in->block) - in->at : in->len - in->at};
	in->at += piece_r->len;
	*begins_r = in->begins;
	in->begins = newline != NULL;
	return true;
}

/* ---- mbox ---------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "From sender Sun Nov 22 09:00:00 2026": with a time of day and a year after it, as a sentence has not. */
static bool is_from_line(struct slice line)
{
	bool time = false;

	if (line.len < 16 || memcmp(line.ptr, "From ", 5) != 0)
		return false;
	for (size_t i = 5; i + 5 <= line.len; i++) {
		const char *p = line.ptr + i;

		if (is_digit(p[0]) && is_digit(p[1]) && p[2] == ':' && is_digit(p[3]) && is_digit(p[4]))
			time = true;
		if (time && p[-1] == ' ' && is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) && !is_digit(p[4]))
			return true;
	}
	return false;
}

/* ">From ", ">>From ": one '>' was put there by whoever stored it. */
static bool is_quoted_from(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == '>')
		n++;
	return n > 0 && line.len - n >= 5 && memcmp(line.ptr + n, "From ", 5) == 0;
}

static bool is_blank(struct slice line)
{
	return (line.len == 1 && line.ptr[0] == '\n') || (line.len == 2 && line.ptr[0] == '\r' && line.ptr[1] == '\n');
}

static void keep(const struct mailbox_reader *reader, struct buf *raw, struct slice piece)
{
	size_t room = raw->len < reader->max ? reader->max - raw->len : 0;

	buf_add_slice(raw, slice_sub(piece, 0, room));
}

/* The empty line before the next "From " is the mbox's own. */
static int deliver(const struct mailbox_reader *reader, const char *path, size_t number, struct buf *raw)
{
	int rc;

	if (raw->failed) {
		reader->problem(reader->arg, path, "out of memory");
		buf_free(raw);
		return 0;
	}
	if (number > 0 && raw->len >= 4 && memcmp(raw->data + raw->len - 4, "\r\n\r\n", 4) == 0)
		buf_truncate(raw, raw->len - 2);
	else if (number > 0 && raw->len >= 2 && memcmp(raw->data + raw->len - 2, "\n\n", 2) == 0)
		buf_truncate(raw, raw->len - 1);
	rc = reader->message(reader->arg, path, number, buf_slice(raw));
	buf_free(raw);
	return rc;
}

static int read_mbox(const struct mailbox_reader *reader, const char *path, struct lines *in)
{
	struct buf raw = {0};
	struct slice piece;
	bool begins, blank = true;
	size_t number = 0;
	int rc = 0;

	while (rc == 0 && next_piece(in, &piece, &begins)) {
		if (begins && blank && is_from_line(piece)) {
			if (number > 0)
				rc = deliver(reader, path, number, &raw);
			number++;
			blank = false;
			continue;
		}
		blank = begins && is_blank(piece);
		keep(reader, &raw, begins && is_quoted_from(piece) ? slice_sub(piece, 1, piece.len) : piece);
	}
	if (rc == 0 && in->error == 0 && number > 0)
		rc = deliver(reader, path, number, &raw);
	buf_free(&raw);
	return rc;
}

static int read_message(const struct mailbox_reader *reader, const char *path, struct lines *in)
{
	struct buf raw = {0};
	struct slice piece;
	bool begins;
	int rc = 0;

	while (next_piece(in, &piece, &begins))
		keep(reader, &raw, piece);
	if (in->error == 0)
		rc = deliver(reader, path, 0, &raw);
	buf_free(&raw);
	return rc;
}

/* ---- files --------------------------------------------------------------- */

enum file_kind { FILE_GIVEN, FILE_MAIL, FILE_OTHER };

/* FILE_OTHER: a file that may be an mbox or nothing for us. */
static int read_open(struct mailbox_reader *reader, const char *path, enum file_kind kind, struct lines *in)
{
	int rc = 0;

	fill(in);
	if (in->error == 0 && in->len == 0 && kind != FILE_GIVEN)
		reader->skipped++;
	else if (in->error == 0 && is_from_line(slice_sub((struct slice){in->block, in->len}, 0, 400)))
		rc = read_mbox(reader, path, in);
	else if (in->error == 0 && kind != FILE_OTHER)
		rc = read_message(reader, path, in);
	else if (in->error == 0)
		reader->skipped++;
	if (in->error != 0)
		reader->problem(reader->arg, path, strerror(in->error));
	return rc;
}

static bool read_file(struct mailbox_reader *reader, const char *path, enum file_kind kind)
{
	struct lines in = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), .begins = true};
	int rc = 0;

	if (in.fd == -1) {
		reader->problem(reader->arg, path, strerror(errno));
		return true;
	}
	in.block = malloc(BLOCK);
	if (in.block == NULL)
		reader->problem(reader->arg, path, "out of memory");
	else
		rc = read_open(reader, path, kind, &in);
	free(in.block);
	close(in.fd);
	return rc == 0;
}

/* ---- folders ------------------------------------------------------------- */

static bool has_folder(const char *path, const char *name)
{
	char *sub;
	struct stat st;
	bool there;

	if (asprintf(&sub, "%s/%s", path, name) < 0)
		return false;
	there = stat(sub, &st) == 0 && S_ISDIR(st.st_mode);
	free(sub);
	return there;
}

static bool is_maildir(const char *path)
{
	return has_folder(path, "cur") && has_folder(path, "new");
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcasecmp(name + len - n, suffix) == 0;
}

/* Flags D and T in a Maildir: not sent yet, or thrown away. */
static bool is_unwanted(const char *name)
{
	const char *flags = strstr(name, ":2,");

	return flags != NULL && strpbrk(flags + 3, "DT") != NULL;
}

/* A file, or a link to one or to nothing; links to folders may lead in a circle. */
static bool may_be_mail(const char *path, const struct stat *st)
{
	struct stat target;

	return S_ISREG(st->st_mode) || (S_ISLNK(st->st_mode) && (stat(path, &target) == -1 || S_ISREG(target.st_mode)));
}

static bool read_folder(struct mailbox_reader *reader, const char *path, bool mail, unsigned depth);

/* One name in a folder; mail: the folder holds messages and nothing else (cur, new). */
static bool read_entry(struct mailbox_reader *reader, const char *folder, const char *name, bool mail, unsigned depth)
{
	struct stat st;
	bool more = true;
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		reader->problem(reader->arg, folder, "out of memory");
		return true;
	}
	if (lstat(path, &st) == -1)
		reader->problem(reader->arg, path, strerror(errno));
	else if (S_ISDIR(st.st_mode) && name[0] == '.' && !is_maildir(path))
		reader->skipped++;
	else if (S_ISDIR(st.st_mode))
		more = read_folder(reader, path, false, depth + 1);
	else if (name[0] == '.' || !may_be_mail(path, &st) || (mail && is_unwanted(name)))
		reader->skipped++;
	else
		more = read_file(reader, path, mail || ends_in(name, ".eml") || strspn(name, "0123456789") == strlen(name) ?
		    FILE_MAIL : FILE_OTHER);
	free(path);
	return more;
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static bool read_maildir_part(struct mailbox_reader *reader, const char *path, const char *part, unsigned depth)
{
	char *sub;
	bool more = true;

	if (asprintf(&sub, "%s/%s", path, part) < 0) {
		reader->problem(reader->arg, path, "out of memory");
		return true;
	}
	more = read_folder(reader, sub, true, depth + 1);
	free(sub);
	return more;
}

static bool is_maildir_part(const char *name)
{
	return strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0;
}

static bool read_folder(struct mailbox_reader *reader, const char *path, bool mail, unsigned depth)
{
	bool maildir = !mail && is_maildir(path), more = true;
	struct dirent **names = NULL;
	int count;

	if (depth > DEPTH_MAX) {
		reader->problem(reader->arg, path, "too deep in folders");
		return true;
	}
	count = scandir(path, &names, no_dots, alphasort);
	if (count < 0)
		reader->problem(reader->arg, path, strerror(errno));
	if (maildir)
		more = read_maildir_part(reader, path, "cur", depth) && read_maildir_part(reader, path, "new", depth);
	for (int i = 0; i < count; i++) {
		/* Beside its parts a Maildir holds other Maildirs, and an IMAP server's own files. */
		if (more && !(maildir && is_maildir_part(names[i]->d_name)))
			more = read_entry(reader, path, names[i]->d_name, mail, depth);
		free(names[i]);
	}
	free(names);
	return more;
}

/* Whether a Maildir's part itself was named. */
static bool is_maildir_name(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len > 4 && (memcmp(path + len - 4, "/cur", 4) == 0 || memcmp(path + len - 4, "/new", 4) == 0);
}

bool mailbox_read(struct mailbox_reader *reader, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		reader->problem(reader->arg, path, strerror(errno));
		return true;
	}
	if (S_ISDIR(st.st_mode))
		return read_folder(reader, path, is_maildir_name(path), 0);
	if (S_ISREG(st.st_mode))
		return read_file(reader, path, FILE_GIVEN);
	reader->problem(reader->arg, path, "is neither a file nor a folder");
	return true;
}
