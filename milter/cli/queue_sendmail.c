/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail's quarantine. A message is a control file (qf, or hf while it is quarantined) and a file of its
 * body (df). sendmail itself takes a message out of quarantine; it has no command to delete one or to show it.
 */
#include "cli/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"
#include "core/file.h"

#define FILE_MAX ((size_t)1 << 30)
#define PATH_SIZE 4096


/* What can't be looked into may hold the message; a directory of another layout is just not there. */
static int complain(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int find_pattern(const char *pattern, bool more, glob_t *found, const char *dir, struct diag *d)
{
	int rc = glob(pattern, more ? GLOB_APPEND : 0, complain, found);

	if (rc == GLOB_ABORTED)
		return diag_add(d, "%s: can't be read: %s; look into sendmail's queue as root", dir, strerror(errno));
	return rc == GLOB_NOSPACE ? diag_add(d, "out of memory") : 0;
}

static int check_dir(const char *dir, struct diag *d)
{
	glob_t found = {0};
	int rc = find_pattern(dir, false, &found, dir, d);

	if (rc == 0 && found.gl_pathc == 0)
		rc = diag_add(d, "%s: there is no such directory; desk.sendmail_queue is to be QueueDirectory of sendmail.cf", dir);
	globfree(&found);
	return rc;
}

/*
 * Paths of a queue file's kind ("hf") and id ("*": all), in one queue directory or several, split by kind or not, as
 * sendmail.cf's QueueDirectory may have it. Brackets make glob() read the directory, so that it sees when it may not.
 */
static int find_all(const struct config *config, const char *kind, const char *id, glob_t *found, struct diag *d)
{
	static const char *const depths[] = {"", "/*"};
	const char *dir = config->desk_sendmail_queue, *split = kind[0] == 'd' ? "df" : "qf";
	char pattern[PATH_SIZE];
	int rc = check_dir(dir, d);

	memset(found, 0, sizeof(*found));
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/[%c]f%s", dir, depths[i], kind[0], id);
		rc = find_pattern(pattern, i > 0, found, dir, d);
		snprintf(pattern, sizeof(pattern), "%s%s/%s/[%c]f%s", dir, depths[i], split, kind[0], id);
		if (rc == 0)
			rc = find_pattern(pattern, true, found, dir, d);
	}
	return rc;
}

/* 1: found, 0: there is none, -1: error. */
static int find_one(const struct config *config, const char *kind, const char *id, char path[PATH_SIZE], struct diag *d)
{
	glob_t found;
	int rc = find_all(config, kind, id, &found, d);

	if (rc == 0 && found.gl_pathc > 0) {
		snprintf(path, PATH_SIZE, "%s", found.gl_pathv[0]);
		rc = 1;
	}
	globfree(&found);
	return rc;
}

static int no_such(const struct config *config, const char *id, struct diag *d)
{
	return diag_add(d, "%s: sendmail has no quarantined message %s: it was released or deleted already",
	    config->desk_sendmail_queue, id);
}

/* ---- reading -------------------------------------------------------------------- */

/* A header line is H?flags?Name: value; P marks Return-Path, which is made at delivery. */
static void add_header(struct slice line, struct buf *out)
{
	const char *end = line.len > 2 && line.ptr[1] == '?' ? memchr(line.ptr + 2, '?', line.len - 2) : NULL;
	struct slice rest = slice_sub(line, 1, line.len);

	if (end != NULL)
		rest = slice_sub(line, (size_t)(end - line.ptr) + 1, line.len);
	buf_add_slice(out, rest);
	buf_add_char(out, '\n');
}

static void add_headers(struct slice control, struct buf *out)
{
	bool header = false;

	while (control.len > 0) {
		const char *end = memchr(control.ptr, '\n', control.len);
		struct slice line = slice_sub(control, 0, end != NULL ? (size_t)(end - control.ptr) : control.len);
		bool more = line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');

		if (!more)
			header = line.len > 0 && line.ptr[0] == 'H' && !slice_case_prefix(line, "H?P?");
		if (header && more) {
			buf_add_slice(out, line);
			buf_add_char(out, '\n');
		} else if (header) {
			add_header(line, out);
		}
		control = slice_sub(control, line.len + 1, control.len);
	}
	buf_add_char(out, '\n');
}

static int fetch(const struct config *config, const char *queue_id, struct buf *message_r, struct diag *d)
{
	char control[PATH_SIZE], body[PATH_SIZE];
	struct buf text = {0};
	int rc = find_one(config, "hf", queue_id, control, d), has_body;

	if (rc == 0)
		rc = find_one(config, "qf", queue_id, control, d);
	if (rc != 1)
		return rc == 0 ? no_such(config, queue_id, d) : -1;
	has_body = find_one(config, "df", queue_id, body, d);
	rc = has_body == -1 ? -1 : file_read(control, FILE_MAX, &text, d);
	if (rc == 0)
		add_headers(buf_slice(&text), message_r);
	if (rc == 0 && has_body == 1)
		rc = file_read(body, FILE_MAX, message_r, d);
	buf_free(&text);
	return rc;
}

static int note_kind(const struct config *config, const char *kind, json_t *list, struct diag *d)
{
	glob_t found;
	int rc = find_all(config, kind, "*", &found, d);

	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		struct stat status;

		if (stat(found.gl_pathv[i], &status) == 0)
			queue_put(list, name + 2, kind[0] == 'h', (int64_t)status.st_mtime);
	}
	globfree(&found);
	return rc;
}

/* Quarantined ones last: a name may be renamed while it is looked for. */
static int list_all(const struct config *config, json_t *list, struct diag *d)
{
	return note_kind(config, "qf", list, d) == 0 && note_kind(config, "hf", list, d) == 0 ? 0 : -1;
}

/* ---- changing --------------------------------------------------------------------- */

/* With -qQ sendmail looks at quarantined messages alone; -Q without a reason ends the quarantine. */
static int release(const struct config *config, const char *queue_id, struct diag *d)
{
	char item[80];
	const char *argv[] = {config->desk_sendmail, "-v", "-qQ", item, "-Q", NULL};
	struct buf output = {0};
	int rc;

	snprintf(item, sizeof(item), "-qI%s", queue_id);
	rc = cli_run_checked(argv, SLICE_NONE, &output, d);
	/* It ends with 0 also when it has no such message. */
	if (rc == 0 && slice_find(buf_slice(&output), SLICE_LIT("Removed quarantine")) == -1)
		rc = no_such(config, queue_id, d);
	buf_free(&output);
	return rc;
}

static int deliver(const struct config *config, const char *queue_id, struct diag *d)
{
	char item[80];
	const char *argv[] = {config->desk_sendmail, item, NULL};
	struct buf output = {0};
	int rc;

	snprintf(item, sizeof(item), "-qI%s", queue_id);
	rc = cli_run_checked(argv, SLICE_NONE, &output, d);
	buf_free(&output);
	return rc;
}

/* sendmail locks a control file with flock() or fcntl(), as it was built; with both, as its own qtool does. */
static int lock(int fd, const char *path, struct diag *d)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fcntl(fd, F_SETLK, &whole) == -1)
		return diag_add(d, "%s: sendmail is at work on it (%s); try again", path, strerror(errno));
	return 0;
}

/* Whether the locked file still is the one of that name: it may have been released before the lock was had. */
static bool is_there(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
	    opened.st_dev == named.st_dev;
}

/* Body first, as sendmail does: without its control file it would be a stray that nobody looks for. */
static int unlink_both(const struct config *config, const char *control, const char *queue_id, struct diag *d)
{
	char body[PATH_SIZE];
	int rc = find_one(config, "df", queue_id, body, d);

	if (rc == 1 && unlink(body) == -1)
		rc = diag_add(d, "%s: can't be deleted: %s", body, strerror(errno));
	if (rc != -1 && unlink(control) == -1)
		rc = diag_add(d, "%s: can't be deleted: %s", control, strerror(errno));
	return rc == -1 ? -1 : 0;
}

static int remove_held(const struct config *config, const char *queue_id, struct diag *d)
{
	char control[PATH_SIZE];
	int rc = find_one(config, "hf", queue_id, control, d), fd;

	if (rc != 1)
		return rc == 0 ? no_such(config, queue_id, d) : -1;
	fd = open(control, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return diag_add(d, "%s: %s", control, strerror(errno));
	rc = lock(fd, control, d);
	if (rc == 0)
		rc = is_there(fd, control) ? unlink_both(config, control, queue_id, d) : no_such(config, queue_id, d);
	close(fd);
	return rc;
}

const struct queue_methods queue_sendmail = {fetch, release, deliver, remove_held, list_all, "mailq -qQ"};
