/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive's files: what is stored is what comes back, and nothing else ever does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/files.h"
#include "core/clock.h"
#include "core/file.h"

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
#define KEY_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n"

static char top[] = "/tmp/test_archive.XXXXXX";
static char dir[128], key_path[128];

static int set_up(void **state)
{
	static int n;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/%d", top, ++n);
	snprintf(key_path, sizeof(key_path), "%s/%d.key", top, n);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int clean_up(void **state)
{
	(void)state;
	return nftw(top, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static struct archive *open_archive(const char *keys, bool read_only)
{
	struct archive_config config = {dir, keys != NULL ? key_path : NULL};
	struct diag d = {0};
	struct archive *archive;

	if (keys != NULL)
		write_text(key_path, keys, 0600);
	archive = archive_open(&config, read_only, &d);
	if (archive == NULL)
		fail_msg("%s", d.text);
	return archive;
}

static void put(struct archive *archive, struct slice message, char digest[HASH_HEX_SIZE])
{
	struct diag d = {0};

	if (archive_put(archive, message, digest, &d) != 0)
		fail_msg("%s", d.text);
}

static void assert_has(struct archive *archive, const char *digest, struct slice message)
{
	struct buf out = {0};
	struct diag d = {0};

	buf_add_str(&out, "before");
	if (archive_get(archive, digest, &out, &d) != 1)
		fail_msg("not found: %s", d.text);
	assert_int_equal(out.len, message.len + 6);
	assert_memory_equal(out.data + 6, message.ptr, message.len);
	buf_free(&out);
}

static void assert_wrong(struct archive *archive, const char *digest, const char *reason)
{
	struct buf out = {0};
	struct diag d = {0};

	assert_int_equal(archive_get(archive, digest, &out, &d), -1);
	if (strstr(d.text, reason) == NULL)
		fail_msg("'%s' does not say '%s'", d.text, reason);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

/* Path of the file that has digest. */
static void find(struct archive *archive, const char *digest, char *path, size_t size)
{
	char name[ARCHIVE_NAME_SIZE];
	struct diag d = {0};
	struct stat st;

	assert_int_equal(archive_name_find(archive, digest, name, &st, &d), 1);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, size, "%s/%s", dir, name);
}

static const struct slice mail = {"From: a@b.example\r\nTo: c@d.example\r\n\r\nHello\r\n.\r\n", 48};

static void what_is_put_comes_back(void **state)
{
	static const char *const key_files[] = {NULL, KEY_A};
	char digest[HASH_HEX_SIZE], expected[HASH_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct archive *archive = open_archive(key_files[i], false);
		struct slice big = {malloc(3 << 20), 3 << 20};
		char *bytes = (char *)(uintptr_t)big.ptr;

		for (size_t k = 0; k < big.len; k++)
			bytes[k] = (char)(k * k >> (k % 13));
		for (size_t len = 0; len < 200000; len = len * 7 + 1) {
			put(archive, slice_sub(big, 5, len), digest);
			hash_hex(expected, slice_sub(big, 5, len));
			assert_string_equal(digest, expected);
			assert_has(archive, digest, slice_sub(big, 5, len));
		}
		put(archive, big, digest);
		assert_has(archive, digest, big);
		put(archive, big, digest);
		assert_has(archive, digest, big);
		free(bytes);
		archive_close(&archive);
		set_up(NULL);
	}
}

static void what_is_not_there_is_said(void **state)
{
	struct archive *archive = open_archive(NULL, false);
	struct buf out = {0};
	struct diag d = {0};
	char digest[HASH_HEX_SIZE];

	(void)state;
	hash_hex(digest, mail);
	assert_int_equal(archive_get(archive, digest, &out, &d), 0);
	assert_wrong(archive, "../../../etc/passwd", "is no digest");
	digest[5] = 'G';
	assert_wrong(archive, digest, "is no digest");
	archive_close(&archive);
}

static void plain_files_are_ordinary_ones(void **state)
{
	struct archive *archive = open_archive(NULL, false);
	char digest[HASH_HEX_SIZE], path[256], expected[256];
	struct buf file = {0};
	struct diag d = {0};

	(void)state;
	put(archive, mail, digest);
	find(archive, digest, path, sizeof(path));
	snprintf(expected, sizeof(expected), "%s/%.2s/%s.zst", dir, digest, digest + 2);
	assert_string_equal(path, expected);
	assert_int_equal(file_read(path, 1000, &file, &d), 0);
	assert_memory_equal(file.data, "\x28\xB5\x2F\xFD", 4);
	buf_free(&file);
	archive_close(&archive);
}

/* Each byte of a file in turn is another one, and each length is too short: never a message, never another one. */
static void damage_is_found(void **state)
{
	static const char *const key_files[] = {NULL, KEY_A};
	char digest[HASH_HEX_SIZE], path[256];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct archive *archive = open_archive(key_files[i], false);
		struct buf file = {0}, out = {0};
		struct diag d = {0};
		int fd;

		put(archive, mail, digest);
		find(archive, digest, path, sizeof(path));
		assert_int_equal(file_read(path, 10000, &file, &d), 0);
		fd = open(path, O_RDWR);
		for (size_t k = 0; k < file.len; k++) {
			char c = (char)(file.data[k] ^ 0x10);

			assert_int_equal(pwrite(fd, &c, 1, (off_t)k), 1);
			diag_clear(&d);
			/* A bit of zstd's head that it does not use changes nothing. */
			if (archive_get(archive, digest, &out, &d) == 1) {
				assert_true(i == 0 && k < 8);
				assert_true(slice_eq(buf_slice(&out), mail));
			}
			buf_truncate(&out, 0);
			assert_int_equal(pwrite(fd, &file.data[k], 1, (off_t)k), 1);
		}
		for (size_t k = file.len - 1; k != SIZE_MAX; k--) {
			assert_int_equal(ftruncate(fd, (off_t)k), 0);
			assert_wrong(archive, digest, "damaged");
		}
		assert_int_equal(pwrite(fd, file.data, file.len, 0), file.len);
		assert_has(archive, digest, mail);
		assert_int_equal(pwrite(fd, "x", 1, (off_t)file.len), 1);
		assert_wrong(archive, digest, "damaged");
		close(fd);
		/* Putting it again heals. */
		put(archive, mail, digest);
		assert_has(archive, digest, mail);
		buf_free(&file);
		buf_free(&out);
		archive_close(&archive);
		set_up(NULL);
	}
}

static void another_message_under_the_name_is_found(void **state)
{
	struct archive *archive = open_archive(KEY_A, false);
	char one[HASH_HEX_SIZE], two[HASH_HEX_SIZE], from[256], to[256];

	(void)state;
	put(archive, mail, one);
	put(archive, SLICE_LIT("another"), two);
	find(archive, one, from, sizeof(from));
	find(archive, two, to, sizeof(to));
	assert_int_equal(rename(from, to), 0);
	assert_wrong(archive, two, "its content has the SHA-256");
	archive_close(&archive);
}

static void the_reader_sets_a_limit(void **state)
{
	struct archive *archive = open_archive(NULL, false);
	struct buf out = {.max = 20};
	char digest[HASH_HEX_SIZE];
	struct diag d = {0};

	(void)state;
	put(archive, mail, digest);
	assert_int_equal(archive_get(archive, digest, &out, &d), -1);
	assert_non_null(strstr(d.text, "larger than it may be"));
	buf_free(&out);
	archive_close(&archive);
}

static void sealed_files_tell_nothing(void **state)
{
	struct archive *archive = open_archive(KEY_A, false);
	char digest[HASH_HEX_SIZE], path[256];
	struct buf file = {0};
	struct diag d = {0};

	(void)state;
	put(archive, mail, digest);
	find(archive, digest, path, sizeof(path));
	assert_null(strstr(path, digest + 2));
	assert_int_equal(file_read(path, 1000, &file, &d), 0);
	assert_memory_equal(file.data, "PSTNARC1", 8);
	assert_null(memmem(file.data, file.len, "Hello", 5));
	assert_null(memmem(file.data, file.len, "\x28\xB5\x2F\xFD", 4));
	buf_free(&file);
	archive_close(&archive);
}

static void keys_can_change(void **state)
{
	struct archive *archive = open_archive(NULL, false);
	char plain[HASH_HEX_SIZE], old[HASH_HEX_SIZE], new[HASH_HEX_SIZE], again[HASH_HEX_SIZE];

	(void)state;
	put(archive, SLICE_LIT("before any key"), plain);
	archive_close(&archive);
	archive = open_archive("# the first\n" KEY_A, false);
	put(archive, SLICE_LIT("with A"), old);
	archive_close(&archive);
	archive = open_archive(KEY_B "\n# old\n  " KEY_A, false);
	put(archive, SLICE_LIT("with B"), new);
	put(archive, SLICE_LIT("with A"), again);
	assert_string_equal(old, again);
	assert_has(archive, plain, SLICE_LIT("before any key"));
	assert_has(archive, old, SLICE_LIT("with A"));
	assert_has(archive, new, SLICE_LIT("with B"));
	archive_close(&archive);

	archive = open_archive(KEY_B, true);
	assert_has(archive, new, SLICE_LIT("with B"));
	assert_wrong(archive, old, "which archive.key_file does not have");
	archive_close(&archive);
	archive = open_archive(NULL, true);
	assert_has(archive, plain, SLICE_LIT("before any key"));
	assert_wrong(archive, new, "which archive.key_file does not have");
	archive_close(&archive);
}

static void bad_key_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *reason;
	} rows[] = {
		{KEY_A, 0644, "mode 0644 lets others at the key"},
		{KEY_A, 0620, "mode 0620 lets others at the key"},
		{"", 0600, "there is no key in it"},
		{"# nothing\n\n", 0600, "there is no key in it"},
		{KEY_A "abc\n", 0600, ":2: a key is 64 hexadecimal digits"},
		{"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600, ":1: a key is 64"},
	};
	struct archive_config config = {dir, key_path};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag d = {0};

		unlink(key_path);
		write_text(key_path, rows[i].text, rows[i].mode);
		assert_null(archive_open(&config, false, &d));
		if (strstr(d.text, rows[i].reason) == NULL)
			fail_msg("'%s' does not say '%s'", d.text, rows[i].reason);
	}
}

static void one_process_writes_others_read(void **state)
{
	struct archive *archive = open_archive(NULL, false), *reader = open_archive(NULL, true);
	struct archive_config config = {dir, NULL};
	char digest[HASH_HEX_SIZE];
	struct diag d = {0};

	(void)state;
	assert_null(archive_open(&config, false, &d));
	assert_non_null(strstr(d.text, "another process writes this archive"));
	put(archive, mail, digest);
	assert_has(reader, digest, mail);
	assert_int_equal(archive_put(reader, mail, digest, &d), -1);
	archive_close(&reader);
	archive_close(&archive);
}

static void leftovers_of_a_crash_go(void **state)
{
	struct archive *archive = open_archive(NULL, false);
	char path[256];

	(void)state;
	archive_close(&archive);
	snprintf(path, sizeof(path), "%s/tmp/half", dir);
	write_text(path, "half", 0600);
	archive = open_archive(NULL, false);
	assert_int_equal(access(path, F_OK), -1);
	archive_close(&archive);
}

static void a_full_disk_is_an_error(void **state)
{
	struct archive *archive;
	char digest[HASH_HEX_SIZE], path[256];
	struct diag d = {0};

	(void)state;
	archive = open_archive(NULL, false);
	snprintf(path, sizeof(path), "%s/tmp", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(archive_put(archive, mail, digest, &d), -1);
	assert_non_null(strstr(d.text, "No such file"));
	archive_close(&archive);
}

/* ---- putting and removing at once ------------------------------------------------------- */

#define ROUNDS 60
#define SHARED 3

struct race {
	struct archive *archive;
	char digests[SHARED][HASH_HEX_SIZE];
	atomic_bool over;
};

static struct slice shared_mail(unsigned n)
{
	static const char *const mails[SHARED] = {"one of all", "two of all", "three of all"};

	return slice_str(mails[n]);
}

/* As a purge that has written its tombstones; every file was old when it began. */
static void *remove_all(void *arg)
{
	struct race *race = arg;
	const char *const list[] = {race->digests[0], race->digests[1], race->digests[2], NULL};

	while (!atomic_load(&race->over)) {
		struct diag d = {0};
		size_t removed;

		assert_int_equal(archive_remove(race->archive, list, clock_now(&clock_system), &removed, &d), 0);
	}
	return NULL;
}

/* What was put is there when archive_put returns, whoever puts or removes the same meanwhile. */
static void *put_and_look(void *arg)
{
	struct race *race = arg;
	intptr_t failed = 0;

	for (unsigned i = 0; i < ROUNDS && failed == 0; i++) {
		struct slice message = shared_mail(i % SHARED);
		char digest[HASH_HEX_SIZE];
		struct buf out = {0};
		struct diag d = {0};

		failed = archive_put(race->archive, message, digest, &d) != 0 ||
		    archive_get(race->archive, digest, &out, &d) != 1 || !slice_eq(buf_slice(&out), message);
		buf_free(&out);
	}
	return (void *)failed;
}

static void age(struct race *race, unsigned n)
{
	static const struct timespec old[2] = {{1, 0}, {1, 0}};
	char name[ARCHIVE_NAME_SIZE];
	struct diag d = {0};
	struct stat st;

	put(race->archive, shared_mail(n), race->digests[n]);
	assert_int_equal(archive_name_find(race->archive, race->digests[n], name, &st, &d), 1);
	assert_int_equal(utimensat(race->archive->fd, name, old, 0), 0);
}

static void no_purge_takes_what_was_just_put(void **state)
{
	struct race race = {.archive = open_archive(NULL, false)};
	pthread_t threads[4], remover;
	void *failed;

	(void)state;
	for (unsigned i = 0; i < SHARED; i++)
		age(&race, i);
	assert_int_equal(pthread_create(&remover, NULL, remove_all, &race), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_and_look, &race), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	atomic_store(&race.over, true);
	pthread_join(remover, NULL);
	archive_close(&race.archive);
}

static void only_what_is_old_is_removed(void **state)
{
	struct race race = {.archive = open_archive(KEY_A, false)};
	char unknown[HASH_HEX_SIZE];
	const char *const list[] = {race.digests[0], race.digests[1], unknown, "../../x", NULL};
	struct buf out = {0};
	struct diag d = {0};
	size_t removed;

	(void)state;
	hash_hex(unknown, SLICE_LIT("never stored"));
	age(&race, 0);
	age(&race, 1);
	put(race.archive, shared_mail(1), race.digests[1]);
	assert_int_equal(archive_remove(race.archive, list, clock_now(&clock_system), &removed, &d), 0);
	assert_int_equal(removed, 1);
	assert_int_equal(archive_get(race.archive, race.digests[0], &out, &d), 0);
	assert_has(race.archive, race.digests[1], shared_mail(1));
	assert_int_equal(archive_remove(race.archive, list, clock_now(&clock_system) + ARCHIVE_YOUNG_S + 5, &removed, &d), 0);
	assert_int_equal(removed, 1);
	archive_close(&race.archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_put_comes_back, set_up),
		cmocka_unit_test_setup(what_is_not_there_is_said, set_up),
		cmocka_unit_test_setup(plain_files_are_ordinary_ones, set_up),
		cmocka_unit_test_setup(damage_is_found, set_up),
		cmocka_unit_test_setup(another_message_under_the_name_is_found, set_up),
		cmocka_unit_test_setup(the_reader_sets_a_limit, set_up),
		cmocka_unit_test_setup(sealed_files_tell_nothing, set_up),
		cmocka_unit_test_setup(keys_can_change, set_up),
		cmocka_unit_test_setup(bad_key_files_are_refused, set_up),
		cmocka_unit_test_setup(one_process_writes_others_read, set_up),
		cmocka_unit_test_setup(leftovers_of_a_crash_go, set_up),
		cmocka_unit_test_setup(a_full_disk_is_an_error, set_up),
		cmocka_unit_test_setup(no_purge_takes_what_was_just_put, set_up),
		cmocka_unit_test_setup(only_what_is_old_is_removed, set_up),
	};

	if (hash_init() != 0 || mkdtemp(top) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, clean_up);
}
