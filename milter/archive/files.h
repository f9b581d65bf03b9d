/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_FILES_H
#define POSTERN_ARCHIVE_FILES_H

#include <pthread.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "archive/keys.h"

/* The archive's files; shared within the room only. */

struct archive {
	char *dir;
	int fd;      /* of dir */
	int lock_fd; /* -1: read only */
	struct keys *keys; /* NULL: none */
	/* Between "it is there already" and "it is old enough to go": held for single system calls only. */
	pthread_mutex_t lock;
};

/* "ab/<62 digits>.sealed" with the NUL. */
#define ARCHIVE_NAME_SIZE 80
/* Where files are written until they are whole, and which keys were ever used: an empty file for each. */
#define ARCHIVE_TMP "tmp"
#define ARCHIVE_KEYS "keys"

/* Whether text is a digest: 64 hexadecimal digits in small letters. */
bool archive_is_digest(const char *text);
/* The name in dir that the message has when it is stored now. */
void archive_name_new(const struct archive *archive, const char *digest, char name_r[ARCHIVE_NAME_SIZE]);
/* The name that it has: under one of the keys, or unsealed. 1: found, 0: not there, -1: error. */
int archive_name_find(const struct archive *archive, const char *digest, char name_r[ARCHIVE_NAME_SIZE],
    struct stat *st_r, struct diag *d);
/* The names that it may have, one for each key and the unsealed one: how many, and the n-th. */
size_t archive_name_count(const struct archive *archive);
void archive_name_nth(const struct archive *archive, size_t n, const char *digest, char name_r[ARCHIVE_NAME_SIZE]);
/* Is the name one of a sealed file? */
bool archive_name_sealed(const char *name);
/*
 * An id of a key that files were sealed with and that is not in the key file, into id_r; false: there is none. What such a
 * file is called can't be known without its key.
 */
bool archive_key_missing(const struct archive *archive, char id_r[KEY_ID_HEX]);
/* Notes that the first key is in use. */
int archive_key_note(const struct archive *archive, struct diag *d);

/* Makes the directory name (one part) below dir, durable. */
int archive_make_dir(const struct archive *archive, const char *name, struct diag *d);
/* Makes the entries of the directory name durable. */
int archive_sync_dir(const struct archive *archive, const char *name, struct diag *d);

/* Gives the name of each file of a message, in no order; fn returns 0 to go on. 0, what fn returned, or -1. */
typedef int (*archive_file_fn)(void *arg, const char *name);
int archive_each(const struct archive *archive, archive_file_fn fn, void *arg, struct diag *d);

/* read.c: what a file holds, piece by piece. */
typedef int (*archive_piece_fn)(void *arg, struct slice piece);

enum archive_soundness {
	ARCHIVE_SOUND,
	ARCHIVE_DAMAGED,
	ARCHIVE_SEALED, /* with a key that is not here */
	ARCHIVE_FAILED  /* it could not be read, or fn failed: says nothing about the file */
};
/* Reads the file name in constant memory; digest_r is what its content has. piece may be NULL. d: the reason. */
enum archive_soundness archive_read(const struct archive *archive, const char *name, archive_piece_fn piece,
    void *arg, char digest_r[HASH_HEX_SIZE], struct diag *d);
/* The same of an open file; name says whether it is sealed. */
enum archive_soundness archive_read_fd(const struct archive *archive, int fd, const char *name, archive_piece_fn piece,
    void *arg, char digest_r[HASH_HEX_SIZE], struct diag *d);

#endif
