/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the writer does before its first record: it looks at the end of the
 * last file only, however big the log is, moves a line that a crash tore aside
 * (never deletes it), and refuses to write behind a broken chain.
 */
#include "audit/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/files.h"

/* Of the last file's end so much is checked at each start. */
#define TAIL_WINDOW ((off_t)256 << 10)

int audit_sync_dir(const char *dir, struct diag *d)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd == -1 || fsync(fd) == -1 ? diag_add(d, "%s: %s", dir, strerror(errno)) : 0;

	if (fd != -1)
		close(fd);
	return rc;
}

static int read_at(int fd, const char *path, off_t offset, size_t len, struct buf *out, struct diag *d)
{
	char piece[65536];

	while (len > 0) {
		ssize_t n = pread(fd, piece, len < sizeof(piece) ? len : sizeof(piece), offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return diag_add(d, "%s: %s", path, n == 0 ? "shorter than it was" : strerror(errno));
		buf_add(out, piece, (size_t)n);
		offset += n;
		len -= (size_t)n;
	}
	return out->failed ? diag_add(d, "%s: out of memory", path) : 0;
}

/* Where the last whole line of a file of size bytes ends: after its last line feed. */
static int find_whole(int fd, const char *path, off_t size, off_t *whole_r, struct diag *d)
{
	char piece[65536];

	for (off_t end = size; end > 0;) {
		off_t start = end > (off_t)sizeof(piece) ? end - (off_t)sizeof(piece) : 0;
		ssize_t n = pread(fd, piece, (size_t)(end - start), start);
		const char *feed;

		if (n == -1 && errno == EINTR)
			continue;
		if (n != end - start)
			return diag_add(d, "%s: %s", path, n == -1 ? strerror(errno) : "shorter than it was");
		feed = memrchr(piece, '\n', (size_t)n);
		if (feed != NULL) {
			*whole_r = start + (feed - piece) + 1;
			return 0;
		}
		end = start;
	}
	*whole_r = 0;
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int copy_torn(int fd, const char *path, off_t from, off_t size, const char *torn, struct diag *d)
{
	int out = open(torn, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	int rc = out == -1 ? diag_add(d, "%s: %s", torn, strerror(errno)) : 0;

	while (rc == 0 && from < size) {
		struct buf piece = {0};
		off_t len = size - from < 65536 ? size - from : 65536;

		rc = read_at(fd, path, from, (size_t)len, &piece, d);
		if (rc == 0 && write_all(out, piece.data, piece.len) == -1)
			rc = diag_add(d, "%s: %s", torn, strerror(errno));
		buf_free(&piece);
		from += len;
	}
	if (rc == 0 && (write_all(out, "\n", 1) == -1 || fsync(out) == -1))
		rc = diag_add(d, "%s: %s", torn, strerror(errno));
	if (out != -1)
		close(out);
	return rc;
}

/* The copy is durable before the original is cut: a crash between leaves it twice, never nowhere. */
static int put_aside(const char *dir, int fd, off_t size, struct audit_tail *tail, struct diag *d)
{
	size_t len = strlen(tail->path) + sizeof(".torn");

	tail->torn_path = malloc(len);
	if (tail->torn_path == NULL)
		return diag_add(d, "%s: out of memory", tail->path);
	snprintf(tail->torn_path, len, "%s.torn", tail->path);
	tail->torn_bytes = size - tail->size;
	if (copy_torn(fd, tail->path, tail->size, size, tail->torn_path, d) == -1 ||
	    audit_sync_dir(dir, d) == -1)
		return -1;
	if (ftruncate(fd, tail->size) == -1 || fsync(fd) == -1)
		return diag_add(d, "%s: can't cut the torn last line: %s", tail->path, strerror(errno));
	return 0;
}

static int line_number(int fd, const char *path, off_t end)
{
	struct buf all = {0};
	struct diag ignored = {0};
	int line = 1;

	for (off_t at = 0; at < end; at += 65536) {
		buf_truncate(&all, 0);
		if (read_at(fd, path, at, (size_t)(end - at < 65536 ? end - at : 65536), &all, &ignored) == -1)
			break;
		for (size_t i = 0; i < all.len; i++)
			line += all.data[i] == '\n';
	}
	buf_free(&all);
	return line;
}

static const char *why_broken(const struct chain_record *record, bool first)
{
	if (record->event == NULL)
		return "is not a JSON object";
	if (!record->sound)
		return "does not fit its hash: it was edited";
	return first ? "has no number" : "does not follow the record before it";
}

/* Checks the lines of window, which begins at byte start of the file; the last one is the head. */
static int check_window(int fd, const char *path, struct slice window, off_t start, struct chain_head *head_r,
    struct diag *d)
{
	struct chain_head head = {0};
	struct slice rest = window;
	bool first = true;

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct slice line = slice_sub(rest, 0, end != NULL ? (size_t)(end - rest.ptr) : rest.len);
		struct chain_record record;
		bool good;

		chain_parse(line, &record);
		good = record.sound && record.seq > 0 && (first || chain_follows(&head, &record));
		if (!good)
			diag_at(d, path, line_number(fd, path, start + (rest.ptr - window.ptr)),
			    "the record %s; nothing is written behind a broken chain: look with 'postern audit verify', "
			    "keep the directory as evidence and begin a new one",
			    why_broken(&record, first));
		else
			chain_advance(&head, &record);
		chain_record_free(&record);
		if (!good)
			return -1;
		first = false;
		rest = slice_sub(rest, line.len + 1, SIZE_MAX);
	}
	*head_r = head;
	return 0;
}

/* Reads so much of the end that at least the last line is in it whole. */
static int read_window(int fd, const char *path, off_t size, struct buf *out, off_t *start_r, struct diag *d)
{
	for (off_t want = TAIL_WINDOW;; want *= 4) {
		off_t start = size > want ? size - want : 0;
		const char *feed;

		buf_truncate(out, 0);
		if (read_at(fd, path, start, (size_t)(size - start), out, d) == -1)
			return -1;
		*start_r = start;
		if (start == 0)
			return 0;
		feed = memchr(out->data, '\n', out->len - 1);
		if (feed != NULL) {
			*start_r = start + (feed - out->data) + 1;
			return 0;
		}
		if (want > (off_t)AUDIT_LINE_MAX)
			return diag_add(d, "%s: the last line has more than %zu bytes", path, AUDIT_LINE_MAX);
	}
}

static int read_head(int fd, const char *path, off_t size, struct chain_head *head_r, struct diag *d)
{
	struct buf window = {0};
	off_t start, offset;
	int rc;

	rc = read_window(fd, path, size, &window, &start, d);
	if (rc == 0) {
		offset = start - (size - (off_t)window.len);
		rc = check_window(fd, path, slice_sub(buf_slice(&window), (size_t)offset, SIZE_MAX), start, head_r, d);
	}
	buf_free(&window);
	return rc;
}

int audit_tail_check(int fd, const char *path, off_t size, const struct chain_head *head, struct diag *d)
{
	struct chain_head found;

	if (size == 0)
		return 0;
	if (read_head(fd, path, size, &found, d) == -1)
		return -1;
	if (found.seq != head->seq || strcmp(found.hash, head->hash) != 0)
		return diag_add(d, "%s: ends with record %" PRId64 " where %" PRId64 " was written",
		    path, found.seq, head->seq);
	return 0;
}

static int open_file(const char *path, int flags, off_t *size_r, struct diag *d)
{
	struct stat st;
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 || fstat(fd, &st) == -1) {
		diag_add(d, "%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return -1;
	}
	*size_r = st.st_size;
	return fd;
}

/* The head stands in the file before when the last one is still empty. */
static int head_of_file(const char *path, struct chain_head *head_r, struct diag *d)
{
	off_t size;
	int fd = open_file(path, O_RDONLY, &size, d), rc;

	if (fd == -1)
		return -1;
	rc = size > 0 ? read_head(fd, path, size, head_r, d) : diag_add(d, "%s: empty, though a later file exists", path);
	close(fd);
	return rc;
}

static int tail_of_last(const char *dir, const struct file_list *list, struct audit_tail *tail, struct diag *d)
{
	off_t size;
	int fd = open_file(tail->path, O_RDWR, &size, d), rc;

	if (fd == -1)
		return -1;
	rc = find_whole(fd, tail->path, size, &tail->size, d);
	if (rc == 0 && tail->size > 0)
		rc = read_head(fd, tail->path, tail->size, &tail->head, d);
	else if (rc == 0 && list->count > 1)
		rc = head_of_file(list->paths[list->count - 2], &tail->head, d);
	if (rc == 0 && tail->size < size)
		rc = put_aside(dir, fd, size, tail, d);
	close(fd);
	return rc;
}

int audit_tail_find(const char *dir, struct audit_tail *tail_r, struct diag *d)
{
	struct file_list list;
	int rc = 0;

	*tail_r = (struct audit_tail){0};
	if (audit_file_list(dir, &list, d) == -1)
		return -1;
	if (list.count > 0) {
		tail_r->path = strdup(list.paths[list.count - 1]);
		rc = tail_r->path != NULL ? tail_of_last(dir, &list, tail_r, d) : diag_add(d, "%s: out of memory", dir);
		/* An empty file has the name of the record that it waits for. */
		if (rc == 0 && tail_r->size == 0 && audit_file_seq(tail_r->path) != tail_r->head.seq + 1)
			rc = diag_add(d, "%s: empty, but record %" PRId64 " is next: records are missing; look with "
			    "'postern audit verify'", tail_r->path, tail_r->head.seq + 1);
	}
	file_list_free(&list);
	if (rc == -1)
		audit_tail_free(tail_r);
	return rc;
}

void audit_tail_free(struct audit_tail *tail)
{
	free(tail->path);
	free(tail->torn_path);
	tail->path = tail->torn_path = NULL;
}
