/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file of the archive: a message that fits its digest and its size, or a reason, in little memory. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
	struct hash_state hash;
	size_t len;
};

static int take(void *arg, struct slice piece)
{
	struct taken *taken = arg;

	hash_add(&taken->hash, piece);
	taken->len += piece.len;
	/* What a small file unpacks to is read, and not kept; the rest of a bomb takes only time. */
	return taken->len > ((size_t)64 << 20) ? -1 : 0;
}

/* A key of the corpus: 32 times '5a', so that sealed files in it can be opened. */
static const struct keys *keys(void)
{
	static const char text[] = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n";
	static struct keys *loaded;
	char path[] = "/tmp/fuzz_archive.XXXXXX";
	struct diag d = {0};
	int fd;

	if (loaded != NULL)
		return loaded;
	fd = mkstemp(path);
	if (fd == -1 || write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		abort();
	loaded = keys_load(path, &d);
	close(fd);
	unlink(path);
	if (loaded == NULL)
		abort();
	return loaded;
}

static void read_as(int fd, const char *name)
{
	struct archive archive = {.dir = (char[]){"fuzz"}, .fd = -1, .lock_fd = -1, .keys = (struct keys *)(uintptr_t)keys()};
	struct taken taken = {.len = 0};
	char digest[HASH_HEX_SIZE], expected[HASH_HEX_SIZE];
	struct diag d = {0};
	enum archive_soundness soundness;

	hash_begin(&taken.hash);
	lseek(fd, 0, SEEK_SET);
	soundness = archive_read_fd(&archive, fd, name, take, &taken, digest, &d);
	hash_end(&taken.hash, expected);
	if (soundness == ARCHIVE_SOUND && (d.count > 0 || strcmp(digest, expected) != 0 || taken.len > ARCHIVE_MESSAGE_MAX))
		abort();
	if ((soundness == ARCHIVE_DAMAGED || soundness == ARCHIVE_SEALED) && d.count == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz_archive", MFD_CLOEXEC);

	if (hash_init() != 0 || fd == -1 || (size > 0 && write(fd, data, size) != (ssize_t)size))
		abort();
	read_as(fd, "ab/cd.zst");
	read_as(fd, "ab/cd.sealed");
	close(fd);
	return 0;
}
