/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ed25519 keys and signatures, from libsodium. Only the seed stands in a key's
 * file: the rest follows from it.
 */
#include "audit/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"

#define KEY_FILE_MAX 4096
#define PUBLIC_FILE_MAX ((size_t)1 << 20)

struct sign_key {
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
};

/* Exactly size bytes in hex, of either case. */
static bool hex_read(unsigned char *out, size_t size, struct slice hex)
{
	size_t len;

	return hex.len == 2 * size && sodium_hex2bin(out, size, hex.ptr, hex.len, NULL, &len, NULL) == 0 && len == size;
}

/* ---- a secret key -------------------------------------------------------- */

static int check_private(const char *path, int fd, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_add(d, "%s: not a plain file", path);
	/* Root reads the key of the daemon's user. */
	if (geteuid() != 0 && st.st_uid != 0 && st.st_uid != geteuid())
		return diag_add(d, "%s: belongs to uid %u; a secret key must belong to root or to uid %u, who reads it", path,
		    (unsigned)st.st_uid, (unsigned)geteuid());
	if ((st.st_mode & 077) != 0)
		return diag_add(d, "%s: others may read or write it (mode %04o); chmod 600 it, and make a new key if "
		    "somebody may have read it", path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* The file's text, at most size - 1 bytes, into text. */
static int read_private(const char *path, char *text, size_t size, size_t *len_r, struct diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;
	size_t len = 0;
	ssize_t n;

	if (fd == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	rc = check_private(path, fd, d);
	while (rc == 0 && len < size && (n = read(fd, text + len, size - len)) != 0) {
		if (n == -1 && errno != EINTR)
			rc = diag_add(d, "%s: %s", path, strerror(errno));
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (rc == 0 && len == size)
		rc = diag_add(d, "%s: too long for a key", path);
	*len_r = len;
	return rc;
}

struct sign_key *sign_key_load(const char *path, struct diag *d)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	char text[KEY_FILE_MAX];
	struct sign_key *key = NULL;
	size_t len = 0;

	if (sodium_init() < 0)
		diag_add(d, "the cryptography library can't be used");
	else if (read_private(path, text, sizeof(text), &len, d) == 0) {
		if (!hex_read(seed, sizeof(seed), slice_trim((struct slice){text, len})))
			diag_add(d, "%s: not a key: one line of %zu hex digits; make one with 'postern audit key --make'", path,
			    2 * sizeof(seed));
		else if ((key = sodium_malloc(sizeof(*key))) == NULL)
			diag_add(d, "%s: out of memory", path);
		else
			crypto_sign_seed_keypair(key->public, key->secret, seed);
	}
	sodium_memzero(text, sizeof(text));
	sodium_memzero(seed, sizeof(seed));
	return key;
}

void sign_key_free(struct sign_key **key)
{
	sodium_free(*key);
	*key = NULL;
}

void sign_key_public(const struct sign_key *key, char hex_r[SIGN_KEY_HEX])
{
	sodium_bin2hex(hex_r, SIGN_KEY_HEX, key->public, sizeof(key->public));
}

/* ---- writing files ------------------------------------------------------- */

static int sync_parent(const char *path, struct diag *d)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int fd, rc;

	snprintf(dir, sizeof(dir), "%.*s", slash != NULL ? (int)(slash - path + 1) : 1, slash != NULL ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd == -1 || fsync(fd) == -1 ? diag_add(d, "%s: %s", dir, strerror(errno)) : 0;
	if (fd != -1)
		close(fd);
	return rc;
}

static int write_durably(int fd, const char *path, unsigned mode, struct slice text, struct diag *d)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n == -1 && errno != EINTR)
			return diag_add(d, "%s: %s", path, strerror(errno));
		if (n > 0)
			text = slice_sub(text, (size_t)n, SIZE_MAX);
	}
	return fchmod(fd, mode) == -1 || fsync(fd) == -1 ? diag_add(d, "%s: %s", path, strerror(errno)) : 0;
}

/* A whole file or none; replace says whether an old one may go. */
static int file_put(const char *path, unsigned mode, struct slice text, bool replace, struct diag *d)
{
	char temporary[4096];
	int fd, rc;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
		return diag_add(d, "%s: path too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd == -1)
		return diag_add(d, "%s: can't make a file there: %s", path, strerror(errno));
	rc = write_durably(fd, temporary, mode, text, d);
	close(fd);
	if (rc == 0 && (replace ? rename(temporary, path) : link(temporary, path)) == -1)
		rc = diag_add(d, "%s: %s", path, errno == EEXIST ? "is there already; nothing was changed" : strerror(errno));
	if (rc == -1 || !replace)
		unlink(temporary);
	return rc == 0 ? sync_parent(path, d) : -1;
}

int sign_key_make(const char *path, struct diag *d)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	char text[2 * sizeof(seed) + 2];
	int rc;

	if (sodium_init() < 0)
		return diag_add(d, "the cryptography library can't be used");
	randombytes_buf(seed, sizeof(seed));
	sodium_bin2hex(text, sizeof(text), seed, sizeof(seed));
	text[2 * sizeof(seed)] = '\n';
	rc = file_put(path, 0600, (struct slice){text, sizeof(text) - 1}, false, d);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(seed, sizeof(seed));
	return rc;
}

/* ---- signatures ---------------------------------------------------------- */

int sign_make(const struct sign_key *key, struct slice data, char hex_r[SIGN_HEX], struct diag *d)
{
	unsigned char signature[crypto_sign_BYTES];

	if (crypto_sign_detached(signature, NULL, (const unsigned char *)data.ptr, data.len, key->secret) != 0)
		return diag_add(d, "the cryptography library can't sign");
	sodium_bin2hex(hex_r, SIGN_HEX, signature, sizeof(signature));
	return 0;
}

bool sign_check(const char *public_hex, struct slice data, const char *signature_hex)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES], signature[crypto_sign_BYTES];

	return public_hex != NULL && signature_hex != NULL && hex_read(public, sizeof(public), slice_str(public_hex)) &&
	    hex_read(signature, sizeof(signature), slice_str(signature_hex)) &&
	    crypto_sign_verify_detached(signature, (const unsigned char *)data.ptr, data.len, public) == 0;
}

/* ---- public keys --------------------------------------------------------- */

static int keys_add_hex(struct sign_keys *keys, struct slice hex, struct diag *d)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	char (*grown)[SIGN_KEY_HEX];

	if (!hex_read(public, sizeof(public), hex))
		return diag_add(d, "'%.*s' is not a public key: %zu hex digits", hex.len < 80 ? (int)hex.len : 80, hex.ptr,
		    2 * sizeof(public));
	grown = realloc(keys->keys, (keys->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return diag_add(d, "out of memory");
	keys->keys = grown;
	sodium_bin2hex(grown[keys->count++], SIGN_KEY_HEX, public, sizeof(public));
	return 0;
}

/* A key a line. */
static int keys_add_lines(struct sign_keys *keys, const char *path, struct slice text, struct diag *d)
{
	size_t before = keys->count;
	struct diag why = {0};

	for (int line = 1; text.len > 0; line++) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct slice row = slice_sub(text, 0, end != NULL ? (size_t)(end - text.ptr) : text.len);
		const char *comment = memchr(row.ptr, '#', row.len);
		struct slice hex = slice_trim(slice_sub(row, 0, comment != NULL ? (size_t)(comment - row.ptr) : row.len));

		if (hex.len > 0 && keys_add_hex(keys, hex, &why) == -1)
			return diag_at(d, path, line, "%s", why.text);
		text = slice_sub(text, row.len + 1, SIZE_MAX);
	}
	return keys->count > before ? 0 : diag_add(d, "%s: no public key in it", path);
}

int sign_keys_add(struct sign_keys *keys, const char *text, struct diag *d)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	struct buf content = {0};
	int rc;

	if (sodium_init() < 0)
		return diag_add(d, "the cryptography library can't be used");
	if (hex_read(public, sizeof(public), slice_str(text)))
		return keys_add_hex(keys, slice_str(text), d);
	rc = file_read(text, PUBLIC_FILE_MAX, &content, d);
	if (rc == 0)
		rc = keys_add_lines(keys, text, buf_slice(&content), d);
	buf_free(&content);
	return rc;
}

bool sign_keys_have(const struct sign_keys *keys, const char *public_hex)
{
	for (size_t i = 0; public_hex != NULL && i < keys->count; i++)
		if (strcmp(keys->keys[i], public_hex) == 0)
			return true;
	return false;
}

void sign_keys_free(struct sign_keys *keys)
{
	free(keys->keys);
	*keys = (struct sign_keys){0};
}

int sign_public_note(const char *path, const char *public_hex, const char *since, struct diag *d)
{
	struct sign_keys keys = {0};
	struct buf text = {0};
	int rc = 0;
	bool there;

	if (access(path, F_OK) == 0) {
		rc = file_read(path, PUBLIC_FILE_MAX, &text, d);
		if (rc == 0 && slice_trim(buf_slice(&text)).len > 0)
			rc = keys_add_lines(&keys, path, buf_slice(&text), d);
	} else {
		buf_add_str(&text, "# public keys of this audit log, the newest last; see postern-audit(1)\n");
	}
	there = sign_keys_have(&keys, public_hex);
	sign_keys_free(&keys);
	if (rc == 0 && !there) {
		buf_printf(&text, "%s%s # since %s\n", text.len > 0 && text.data[text.len - 1] != '\n' ? "\n" : "",
		    public_hex, since);
		rc = text.failed ? diag_add(d, "out of memory") : file_put(path, 0644, buf_slice(&text), true, d);
	}
	buf_free(&text);
	return rc == -1 ? -1 : !there;
}
