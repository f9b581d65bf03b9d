/* SPDX-License-Identifier: BSD-2-Clause */
/* The log on a disk that fails: what was not made durable is never acknowledged, and never found later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"

/* So many calls of each still fail. Short writes take half of what is given. */
static atomic_int bad_syncs, bad_truncates, bad_writes, short_writes;

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static bool fails(atomic_int *left)
{
	if (atomic_load(left) <= 0)
		return false;
	atomic_fetch_sub(left, 1);
	errno = EIO;
	return true;
}

int __wrap_fdatasync(int fd)
{
	return fails(&bad_syncs) ? -1 : __real_fdatasync(fd);
}

int __wrap_fsync(int fd)
{
	return fails(&bad_syncs) ? -1 : __real_fsync(fd);
}

int __wrap_ftruncate(int fd, off_t size)
{
	return fails(&bad_truncates) ? -1 : __real_ftruncate(fd, size);
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	if (fd <= 2)
		return __real_write(fd, data, len);
	if (len > 1 && fails(&short_writes))
		return __real_write(fd, data, len / 2);
	return fails(&bad_writes) ? -1 : __real_write(fd, data, len);
}

struct place {
	char dir[64];
	struct audit *audit;
};

static void open_log(struct place *p, size_t rotate)
{
	struct audit_config config = {.dir = p->dir, .rotate_bytes = rotate};
	struct diag d = {0};

	p->audit = audit_open(&config, NULL, NULL, &d);
	if (p->audit == NULL)
		print_error("%s\n", d.text);
	assert_non_null(p->audit);
}

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-disk-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	open_log(p, 0);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	DIR *handle = opendir(p->dir);
	const struct dirent *entry;

	audit_close(&p->audit);
	while ((entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	closedir(handle);
	rmdir(p->dir);
	free(p);
	bad_syncs = bad_truncates = bad_writes = short_writes = 0;
	return 0;
}

static int append(struct place *p, const char *subject)
{
	json_t *event = json_pack("{s:s,s:s}", "event", "message", "subject", subject);
	struct diag d = {0};
	int rc = audit_append(p->audit, event, &d);

	/* What failed has no number. */
	assert_true((json_get_int(event, "seq", 0) > 0) == (rc == 0));
	json_decref(event);
	return rc;
}

static int check_subject(void *arg, const json_t *event)
{
	int64_t *count = arg;

	assert_string_equal(json_get_str(event, "subject"), "good");
	++*count;
	return 0;
}

/* Only good events stand in the log, so many, and the chain is whole. */
static void assert_only_good(struct place *p, int64_t events)
{
	struct audit_report report;
	struct diag d = {0};
	int64_t count = 0;

	assert_int_equal(audit_verify(p->dir, 0, NULL, &report, &d), 0);
	if (report.file != NULL)
		print_error("%s:%d: %s\n", report.file, report.line, report.reason);
	assert_null(report.file);
	assert_int_equal(report.events, events);
	audit_report_free(&report);
	assert_int_equal(audit_read(p->dir, 1, check_subject, &count, &d), 0);
	assert_int_equal(count, events);
}

static void a_failed_sync_is_not_acknowledged(void **state)
{
	struct place *p = *state;

	assert_int_equal(append(p, "good"), 0);
	for (int failures = 1; failures <= 4; failures++) {
		int64_t seq;
		char hash[HASH_HEX_SIZE];

		bad_syncs = failures;
		while (bad_syncs > 0) {
			assert_int_equal(append(p, "bad"), -1);
			assert_false(audit_healthy(p->audit));
		}
		assert_int_equal(append(p, "good"), 0);
		assert_true(audit_healthy(p->audit));
		audit_head(p->audit, &seq, hash);
		assert_int_equal(seq, failures + 1);
		assert_only_good(p, failures + 1);
	}
}

static void a_failed_write_leaves_nothing(void **state)
{
	struct place *p = *state;

	assert_int_equal(append(p, "good"), 0);
	short_writes = 1;
	bad_writes = 1;
	assert_int_equal(append(p, "bad"), -1);
	assert_only_good(p, 1);
	/* A short write alone is no failure. */
	short_writes = 5;
	assert_int_equal(append(p, "good"), 0);
	assert_only_good(p, 2);
}

static void what_could_not_be_cut_is_cut_before_the_next_record(void **state)
{
	struct place *p = *state;

	assert_int_equal(append(p, "good"), 0);
	short_writes = 1;
	bad_writes = 1;
	bad_truncates = 2;
	assert_int_equal(append(p, "bad"), -1);
	assert_int_equal(append(p, "bad"), -1);
	assert_int_equal(append(p, "good"), 0);
	assert_only_good(p, 2);
}

static void a_process_that_ends_before_it_could_cut_leaves_a_torn_line(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	struct diag d = {0};

	assert_int_equal(append(p, "good"), 0);
	short_writes = 1;
	bad_writes = 1;
	bad_truncates = 1;
	assert_int_equal(append(p, "bad"), -1);
	audit_close(&p->audit);
	open_log(p, 0);
	assert_int_equal(audit_verify(p->dir, 0, NULL, &report, &d), 0);
	assert_null(report.file);
	assert_int_equal(report.events, 2); /* the good one and "recovered" */
	audit_report_free(&report);
}

static void a_failed_rotation_is_tried_again(void **state)
{
	struct place *p = *state;

	audit_close(&p->audit);
	open_log(p, 100);
	assert_int_equal(append(p, "good"), 0);
	bad_syncs = 1; /* of the directory: the new file may not be there after a crash */
	assert_int_equal(append(p, "bad"), -1);
	assert_int_equal(append(p, "good"), 0);
	bad_syncs = 2;
	assert_int_equal(append(p, "bad"), -1);
	assert_int_equal(append(p, "bad"), -1);
	assert_int_equal(append(p, "good"), 0);
	assert_only_good(p, 3);
}

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISK_TEST(a_failed_sync_is_not_acknowledged),
		DISK_TEST(a_failed_write_leaves_nothing),
		DISK_TEST(what_could_not_be_cut_is_cut_before_the_next_record),
		DISK_TEST(a_process_that_ends_before_it_could_cut_leaves_a_torn_line),
		DISK_TEST(a_failed_rotation_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
