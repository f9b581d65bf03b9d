/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a file of the archive in constant memory: opens its seal, decompresses, hashes. A file may be damaged, or made
 * by somebody who wants much out of little: what it says of its size is held to, and no more is taken than a message
 * may have.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "archive/files.h"

/* What the compressor uses for big messages stays under it. */
#define WINDOW_LOG_MAX 27

struct reader {
	const struct archive *archive;
	const char *name;
	struct diag *d;
	int fd;
	struct seal *seal;       /* NULL: not sealed */
	bool last;               /* the last sealed piece was read */
	ZSTD_DStream *stream;
	unsigned char sealed[SEAL_PIECE + SEAL_EXTRA];
	unsigned char packed[SEAL_PIECE];
	unsigned char plain[SEAL_PIECE];
	ZSTD_inBuffer in;
	unsigned long long declared; /* size of the message as the file has it */
	unsigned long long given;
	bool begun;
	struct hash_state hash;
	archive_piece_fn piece;
	void *arg;
};

static enum archive_soundness damaged(struct reader *r, const char *why)
{
	diag_add(r->d, "%s/%s: damaged: %s", r->archive->dir, r->name, why);
	return ARCHIVE_DAMAGED;
}

static enum archive_soundness failed(struct reader *r)
{
	diag_add(r->d, "%s/%s: %s", r->archive->dir, r->name, strerror(errno));
	return ARCHIVE_FAILED;
}

/* Fills room as far as the file goes; its bytes, or -1. */
static ssize_t read_full(int fd, unsigned char *room, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, room + len, size - len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static enum archive_soundness open_seal(struct reader *r)
{
	unsigned char head[SEAL_HEAD];
	char id[KEY_ID_HEX];
	ssize_t n = read_full(r->fd, head, sizeof(head));
	struct diag reason = {0};

	if (n == -1)
		return failed(r);
	if (n < (ssize_t)sizeof(head) || seal_head_id(head, id) == -1)
		return damaged(r, "it does not begin as a sealed file does");
	r->seal = seal_open(r->archive->keys, head, &reason);
	if (r->seal != NULL)
		return ARCHIVE_SOUND;
	diag_add(r->d, "%s/%s: %s", r->archive->dir, r->name, reason.text);
	return ARCHIVE_SEALED;
}

/* The next compressed bytes into packed; *len_r 0: the end. */
static enum archive_soundness next_packed(struct reader *r, size_t *len_r)
{
	ssize_t n;

	*len_r = 0;
	if (r->seal == NULL) {
		n = read_full(r->fd, r->packed, sizeof(r->packed));
		*len_r = n > 0 ? (size_t)n : 0;
		return n >= 0 ? ARCHIVE_SOUND : failed(r);
	}
	n = read_full(r->fd, r->sealed, sizeof(r->sealed));
	if (n == -1)
		return failed(r);
	if (n == 0)
		return r->last ? ARCHIVE_SOUND : damaged(r, "its end is missing");
	if (r->last)
		return damaged(r, "something follows its end");
	if (seal_open_piece(r->seal, (struct slice){(const char *)r->sealed, (size_t)n}, r->packed, &r->last) == -1)
		return damaged(r, "its seal is broken");
	*len_r = (size_t)n - SEAL_EXTRA;
	return ARCHIVE_SOUND;
}

/* The size of the message stands in front: so a bomb is known before it goes off. */
static enum archive_soundness begin(struct reader *r)
{
	r->begun = true;
	r->declared = ZSTD_getFrameContentSize(r->packed, r->in.size);
	if (r->declared == ZSTD_CONTENTSIZE_ERROR)
		return damaged(r, "no zstd frame");
	if (r->declared == ZSTD_CONTENTSIZE_UNKNOWN)
		return damaged(r, "it does not say how large its message is");
	if (r->declared > ARCHIVE_MESSAGE_MAX)
		return damaged(r, "it says that its message is larger than any may be");
	return ARCHIVE_SOUND;
}

static enum archive_soundness give(struct reader *r, size_t len)
{
	struct slice piece = {(const char *)r->plain, len};

	r->given += len;
	if (r->given > r->declared)
		return damaged(r, "it holds more than it says");
	hash_add(&r->hash, piece);
	return r->piece == NULL || r->piece(r->arg, piece) == 0 ? ARCHIVE_SOUND : ARCHIVE_FAILED;
}

/* Decompresses what is in packed; *ended_r: the frame ended there. */
static enum archive_soundness unpack(struct reader *r, bool *ended_r)
{
	enum archive_soundness soundness = r->begun ? ARCHIVE_SOUND : begin(r);
	bool full = false;

	while (soundness == ARCHIVE_SOUND && !*ended_r && (r->in.pos < r->in.size || full)) {
		ZSTD_outBuffer out = {r->plain, sizeof(r->plain), 0};
		size_t rc = ZSTD_decompressStream(r->stream, &out, &r->in);

		if (ZSTD_isError(rc))
			return damaged(r, ZSTD_getErrorName(rc));
		*ended_r = rc == 0;
		full = out.pos == out.size;
		soundness = give(r, out.pos);
	}
	if (soundness == ARCHIVE_SOUND && r->in.pos < r->in.size)
		soundness = damaged(r, "something follows its end");
	return soundness;
}

static enum archive_soundness read_all(struct reader *r)
{
	enum archive_soundness soundness = ARCHIVE_SOUND;
	bool ended = false;
	size_t len;

	if (archive_name_sealed(r->name))
		soundness = open_seal(r);
	while (soundness == ARCHIVE_SOUND) {
		soundness = next_packed(r, &len);
		if (soundness != ARCHIVE_SOUND || len == 0)
			break;
		if (ended)
			return damaged(r, "something follows its end");
		r->in = (ZSTD_inBuffer){r->packed, len, 0};
		soundness = unpack(r, &ended);
	}
	if (soundness == ARCHIVE_SOUND && (!ended || r->given != r->declared))
		soundness = damaged(r, "its end is missing");
	return soundness;
}

static enum archive_soundness read_opened(struct reader *r)
{
	r->stream = ZSTD_createDStream();
	if (r->stream != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(r->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return read_all(r);
	diag_add(r->d, "%s/%s: out of memory", r->archive->dir, r->name);
	return ARCHIVE_FAILED;
}

enum archive_soundness archive_read_fd(const struct archive *archive, int fd, const char *name, archive_piece_fn piece,
    void *arg, char digest_r[HASH_HEX_SIZE], struct diag *d)
{
	struct reader *r = malloc(sizeof(*r));
	enum archive_soundness soundness;

	if (r == NULL) {
		diag_add(d, "%s/%s: out of memory", archive->dir, name);
		return ARCHIVE_FAILED;
	}
	/* Not as a whole: most of it is room that is written before it is read. */
	r->archive = archive;
	r->name = name;
	r->d = d;
	r->fd = fd;
	r->seal = NULL;
	r->last = r->begun = false;
	r->declared = r->given = 0;
	r->piece = piece;
	r->arg = arg;
	hash_begin(&r->hash);
	soundness = read_opened(r);
	hash_end(&r->hash, digest_r);
	ZSTD_freeDStream(r->stream);
	seal_free(&r->seal);
	free(r);
	return soundness;
}

enum archive_soundness archive_read(const struct archive *archive, const char *name, archive_piece_fn piece,
    void *arg, char digest_r[HASH_HEX_SIZE], struct diag *d)
{
	int fd = openat(archive->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum archive_soundness soundness;

	if (fd == -1) {
		diag_add(d, "%s/%s: %s", archive->dir, name, strerror(errno));
		return ARCHIVE_FAILED;
	}
	soundness = archive_read_fd(archive, fd, name, piece, arg, digest_r, d);
	close(fd);
	return soundness;
}
