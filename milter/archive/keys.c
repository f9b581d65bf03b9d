/* SPDX-License-Identifier: BSD-2-Clause */
/* The key file, what is derived from each key, and sealing a stream piece by piece. */
#include "archive/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 4096
#define MASTER_SIZE 32
#define ID_SIZE 8
#define MAGIC "PSTNARC1"
#define MAGIC_SIZE 8

_Static_assert(SEAL_HEAD == MAGIC_SIZE + ID_SIZE + crypto_secretstream_xchacha20poly1305_HEADERBYTES, "head");
_Static_assert(SEAL_EXTRA == crypto_secretstream_xchacha20poly1305_ABYTES, "extra");

struct key {
	unsigned char seal[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	unsigned char name[crypto_generichash_KEYBYTES];
	unsigned char id[ID_SIZE];
};

/* In guarded memory: not in a core file, wiped when freed. */
struct keys {
	size_t count;
	struct key keys[KEYS_MAX];
};

struct seal {
	crypto_secretstream_xchacha20poly1305_state state;
	unsigned char head[MAGIC_SIZE + ID_SIZE];
};

/* ---- the key file ------------------------------------------------------------ */

static void derive(unsigned char *out, size_t size, const unsigned char *master, const char *purpose)
{
	crypto_generichash(out, size, (const unsigned char *)purpose, strlen(purpose), master, MASTER_SIZE);
}

static int key_add(struct keys *keys, const char *hex, size_t len)
{
	unsigned char master[MASTER_SIZE];
	struct key *key = &keys->keys[keys->count];
	size_t size = 0;
	int rc = -1;

	if (len == 2 * sizeof(master) && sodium_hex2bin(master, sizeof(master), hex, len, NULL, &size, NULL) == 0 &&
	    size == sizeof(master)) {
		derive(key->seal, sizeof(key->seal), master, "postern archive: content");
		derive(key->name, sizeof(key->name), master, "postern archive: names");
		derive(key->id, sizeof(key->id), master, "postern archive: id");
		keys->count++;
		rc = 0;
	}
	sodium_memzero(master, sizeof(master));
	return rc;
}

static int keys_parse(struct keys *keys, const char *path, const char *text, struct diag *d)
{
	int line = 1;

	for (const char *p = text; *p != '\0'; line++) {
		size_t n = strcspn(p, "\n");
		struct slice s = slice_trim((struct slice){p, n});

		p += n + (p[n] != '\0');
		if (s.len == 0 || s.ptr[0] == '#')
			continue;
		if (keys->count == KEYS_MAX)
			return diag_at(d, path, line, "more than %d keys", KEYS_MAX);
		if (key_add(keys, s.ptr, s.len) == -1)
			return diag_at(d, path, line, "a key is 64 hexadecimal digits; make one with \"openssl rand -hex 32\"");
	}
	return keys->count > 0 ? 0
	    : diag_add(d, "%s: there is no key in it; make one with \"openssl rand -hex 32\"", path);
}

static int check_access(int fd, const char *path, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_add(d, "%s: is no regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return diag_add(d, "%s: belongs to uid %u; a key file must belong to root or to the daemon's user", path,
		    (unsigned)st.st_uid);
	if ((st.st_mode & 0027) != 0)
		return diag_add(d, "%s: mode %04o lets others at the key; chmod 0600 it (or 0640 with the daemon's group)", path,
		    (unsigned)st.st_mode & 07777);
	return 0;
}

/* The whole file, with a NUL, at text. */
static int read_text(const char *path, char text[FILE_MAX + 1], struct diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (check_access(fd, path, d) == -1) {
		close(fd);
		return -1;
	}
	while (len < FILE_MAX && n != 0) {
		n = read(fd, text + len, FILE_MAX - len);
		if (n == -1 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	text[len] = '\0';
	if (n == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (n != 0 || memchr(text, '\0', len) != NULL)
		return diag_add(d, "%s: is no key file (lines of 64 hexadecimal digits, at most %d bytes)", path, FILE_MAX - 1);
	return 0;
}

struct keys *keys_load(const char *path, struct diag *d)
{
	struct keys *keys = sodium_malloc(sizeof(*keys));
	char text[FILE_MAX + 1];
	int rc;

	if (keys == NULL) {
		diag_add(d, "%s: out of memory for keys", path);
		return NULL;
	}
	keys->count = 0;
	rc = read_text(path, text, d);
	if (rc == 0)
		rc = keys_parse(keys, path, text, d);
	sodium_memzero(text, sizeof(text));
	if (rc == 0)
		sodium_mprotect_readonly(keys);
	else
		keys_free(&keys);
	return keys;
}

void keys_free(struct keys **keys)
{
	sodium_free(*keys);
	*keys = NULL;
}

size_t keys_count(const struct keys *keys)
{
	return keys != NULL ? keys->count : 0;
}

void keys_id(const struct keys *keys, size_t n, char id_r[KEY_ID_HEX])
{
	sodium_bin2hex(id_r, KEY_ID_HEX, keys->keys[n].id, ID_SIZE);
}

void keys_name(const struct keys *keys, size_t n, const char *digest, char name_r[HASH_HEX_SIZE])
{
	const struct key *key = &keys->keys[n];
	unsigned char sum[HASH_SIZE];

	crypto_generichash(sum, sizeof(sum), (const unsigned char *)digest, strlen(digest), key->name, sizeof(key->name));
	sodium_bin2hex(name_r, HASH_HEX_SIZE, sum, sizeof(sum));
}

/* ---- a stream ------------------------------------------------------------------ */

void seal_free(struct seal **seal)
{
	if (*seal != NULL)
		sodium_memzero(*seal, sizeof(**seal));
	free(*seal);
	*seal = NULL;
}

struct seal *seal_begin(const struct keys *keys, unsigned char *head_r)
{
	const struct key *key = &keys->keys[0];
	struct seal *seal = malloc(sizeof(*seal));

	if (seal == NULL)
		return NULL;
	memcpy(head_r, MAGIC, MAGIC_SIZE);
	memcpy(head_r + MAGIC_SIZE, key->id, ID_SIZE);
	memcpy(seal->head, head_r, sizeof(seal->head));
	crypto_secretstream_xchacha20poly1305_init_push(&seal->state, head_r + sizeof(seal->head), key->seal);
	return seal;
}

int seal_piece(struct seal *seal, struct slice piece, bool last, unsigned char *out)
{
	unsigned char tag = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0;

	return crypto_secretstream_xchacha20poly1305_push(&seal->state, out, NULL, (const unsigned char *)piece.ptr,
	    piece.len, seal->head, sizeof(seal->head), tag);
}

int seal_head_id(const unsigned char *head, char id_r[KEY_ID_HEX])
{
	if (memcmp(head, MAGIC, MAGIC_SIZE) != 0)
		return -1;
	sodium_bin2hex(id_r, KEY_ID_HEX, head + MAGIC_SIZE, ID_SIZE);
	return 0;
}

static const struct key *key_of(const struct keys *keys, const unsigned char *id)
{
	for (size_t i = 0; i < keys_count(keys); i++)
		if (memcmp(keys->keys[i].id, id, ID_SIZE) == 0)
			return &keys->keys[i];
	return NULL;
}

struct seal *seal_open(const struct keys *keys, const unsigned char *head, struct diag *d)
{
	const struct key *key;
	struct seal *seal;
	char id[KEY_ID_HEX];

	if (seal_head_id(head, id) == -1) {
		diag_add(d, "damaged: it does not begin as a sealed file does");
		return NULL;
	}
	key = key_of(keys, head + MAGIC_SIZE);
	if (key == NULL) {
		diag_add(d, "sealed with the key %s, which archive.key_file does not have", id);
		return NULL;
	}
	seal = malloc(sizeof(*seal));
	if (seal == NULL) {
		diag_add(d, "out of memory");
		return NULL;
	}
	memcpy(seal->head, head, sizeof(seal->head));
	if (crypto_secretstream_xchacha20poly1305_init_pull(&seal->state, head + sizeof(seal->head), key->seal) == 0)
		return seal;
	diag_add(d, "damaged: its head can't be opened");
	seal_free(&seal);
	return NULL;
}

int seal_open_piece(struct seal *seal, struct slice sealed, unsigned char *out, bool *last_r)
{
	unsigned char tag;

	if (sealed.len < SEAL_EXTRA || crypto_secretstream_xchacha20poly1305_pull(&seal->state, out, NULL, &tag,
	    (const unsigned char *)sealed.ptr, sealed.len, seal->head, sizeof(seal->head)) != 0)
		return -1;
	*last_r = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	return 0;
}
