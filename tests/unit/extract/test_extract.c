/* SPDX-License-Identifier: BSD-2-Clause */
/* Running postern-extract: whatever the program does, the file is read or known as unread, and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "extract/extract.h"

#define PDF "%PDF-1.4\n"

static char dir[] = "/tmp/postern-extract.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count;
}

/* What comes of a program with that text as its script; "" for a missing program. */
static struct file_content run(struct arena *arena, const char *script, struct slice content, int64_t deadline_ms)
{
	char path[64];
	struct extract_config config = {.enabled = true, .program = path, .timeout_ms = 4000, .max_processes = 2,
	    .max_files = 5, .memory_bytes = 1 << 26, .unpacked_bytes = 1 << 20, .text_bytes = 1 << 20};
	struct extractor *e = extractor_new(&config);
	struct file_reader reader = extractor_reader(e);
	struct file_content out;
	FILE *f;

	snprintf(path, sizeof(path), "%s/program", dir);
	if (*script != '\0') {
		f = fopen(path, "w");
		assert_non_null(f);
		fprintf(f, "#!/bin/sh\n%s\n", script);
		fclose(f);
		chmod(path, 0700);
	}
	assert_int_equal(reader.read(reader.arg, arena, content, false, deadline_ms, &out), 0);
	unlink(path);
	extractor_free(&e);
	return out;
}

static const struct {
	const char *script;
	const char *unread; /* part of it; NULL: read */
	size_t pieces;
} rows[] = {
	{"cat >/dev/null; printf 'type 3\\npdf\\ntext 5\\nhello\\nend 0\\n\\n'", NULL, 1},
	{"printf 'text 2\\nhi\\nurl 3\\na:b\\nfact 6\\nmacros\\nend 0\\n\\n'", NULL, 3}, /* it did not read its input */
	{"printf 'text 5\\nhello\\n'", "could not be taken", 1},                    /* no end */
	{"printf 'text 5\\nhello\\nend 0\\n\\n'; exit 3", "failed", 1},
	{"printf 'text 5\\nhello\\nend 0\\n\\n'; kill -9 $$", "failed", 1},
	{"printf 'limit 6\\nlevels\\nend 0\\n\\n'", "larger", 1},
	{"printf 'text 99999999999\\nhello\\nend 0\\n\\n'", "could not be taken", 0},
	{"printf 'text 500\\nhello\\nend 0\\n\\n'", "could not be taken", 0},
	{"printf 'text -1\\nhello\\nend 0\\n\\n'", "could not be taken", 0},
	{"printf 'text 5\\nhelloXend 0\\n\\n'", "could not be taken", 0},
	{"printf 'text 2\\n\\377\\376\\nend 0\\n\\n'", "could not be taken", 0}, /* no UTF-8 */
	{"printf 'shell 2\\nls\\nend 0\\n\\n'", "could not be taken", 0},
	{"printf 'garbage'", "could not be taken", 0},
	{"", "failed", 0},
	{"exec sleep 60", "too long", 0},
	{"trap '' TERM; while :; do :; done", "too long", 0},
	{"exec yes", "more in it", 0},
	{"exec >&-; exec <&-; sleep 60", "failed", 0}, /* closes its output and stays */
};

static void whatever_it_does_is_known(void **state)
{
	int before = open_files(), status;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new(16 << 20);
		struct file_content out = run(arena, rows[i].script, SLICE_LIT(PDF), 0);

		assert_string_equal(out.type, "pdf");
		if ((out.unread == NULL) != (rows[i].unread == NULL) ||
		    (out.unread != NULL && strstr(out.unread, rows[i].unread) == NULL) || out.count < rows[i].pieces)
			fail_msg("%s: %s, %zu pieces", rows[i].script, out.unread != NULL ? out.unread : "read", out.count);
		arena_free(&arena);
	}
	assert_int_equal(open_files(), before);
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void the_messages_deadline_counts(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	int64_t start = clock_monotonic_ms();
	struct file_content out = run(arena, "exec sleep 60", SLICE_LIT(PDF), start + 200);

	(void)state;
	assert_non_null(strstr(out.unread, "too long"));
	assert_true(clock_monotonic_ms() - start < 30000); /* half of what it sleeps */
	arena_free(&arena);
}

static void large_input_does_not_block(void **state)
{
	struct arena *arena = arena_new(16 << 20);
	size_t size = 8 << 20;
	char *data = calloc(1, size);
	struct file_content out;

	(void)state;
	memcpy(data, PDF, strlen(PDF));
	out = run(arena, "n=$(wc -c); printf 'text 7\\n%s\\nend 0\\n\\n' $n", (struct slice){data, size}, 0);
	assert_null(out.unread);
	assert_int_equal(out.count, 1);
	assert_memory_equal(out.pieces[0].text.ptr, "8388608", 7);
	/* nobody reads: no signal, no block */
	out = run(arena, "printf 'end 0\\n\\n'", (struct slice){data, size}, 0);
	assert_null(out.unread);
	free(data);
	arena_free(&arena);
}

static void only_files_with_something_in_them_are_read(void **state)
{
	static const struct slice files[] = {{"just text", 9}, {"\x89PNG\r\n\x1a\n", 8}, {"MZ\x90\0\1", 5}, {"", 0}};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_null(run(arena, "exit 1", files[i], 0).unread);
	arena_free(&arena);
}

struct crowd {
	struct file_reader reader;
	int wrong;
};

static void *read_some(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < 10; i++) {
		struct arena *arena = arena_new(1 << 20);
		struct file_content out;

		if (crowd->reader.read(crowd->reader.arg, arena, SLICE_LIT(PDF), false, 0, &out) != 0 || out.unread != NULL ||
		    out.count != 1)
			__atomic_add_fetch(&crowd->wrong, 1, __ATOMIC_SEQ_CST);
		arena_free(&arena);
	}
	return NULL;
}

static void many_threads_share_it(void **state)
{
	char path[64];
	struct extract_config config = {.enabled = true, .program = path, .timeout_ms = 60000, .max_processes = 2,
	    .max_files = 5, .memory_bytes = 1 << 26, .unpacked_bytes = 1 << 20, .text_bytes = 1 << 20};
	struct extractor *e = extractor_new(&config);
	struct crowd crowd = {.reader = extractor_reader(e)};
	pthread_t threads[8];
	int before = open_files();
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/program", dir);
	f = fopen(path, "w");
	fputs("#!/bin/sh\nprintf 'text 2\\nhi\\nend 0\\n\\n'\n", f);
	fclose(f);
	chmod(path, 0700);
	for (size_t i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, read_some, &crowd);
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.wrong, 0);
	assert_int_equal(open_files(), before);
	unlink(path);
	extractor_free(&e);
}

static void a_missing_program_is_told(void **state)
{
	char nowhere[] = "/nonexistent/postern-extract", text[100];
	struct extract_config config = {.enabled = true, .program = nowhere, .timeout_ms = 1000};
	struct diag d = {0};

	(void)state;
	assert_int_equal(extract_probe(&config, text, sizeof(text), &d), -1);
	assert_non_null(strstr(d.text, "/nonexistent/postern-extract can't be run"));
	config.enabled = false;
	assert_int_equal(extract_probe(&config, text, sizeof(text), &d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_it_does_is_known),
		cmocka_unit_test(the_messages_deadline_counts),
		cmocka_unit_test(large_input_does_not_block),
		cmocka_unit_test(only_files_with_something_in_them_are_read),
		cmocka_unit_test(many_threads_share_it),
		cmocka_unit_test(a_missing_program_is_told),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
