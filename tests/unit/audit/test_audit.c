/* SPDX-License-Identifier: BSD-2-Clause */
/* The log's promises: durable before acknowledged, chained, and honest about what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/kept.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"

/* ---- help ------------------------------------------------------------------ */

struct place {
	char dir[64];
	char log[80]; /* DIR/log does not exist yet */
};

static void empty_dir(const char *dir)
{
	DIR *handle = opendir(dir);
	const struct dirent *entry;

	while (handle != NULL && (entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	if (handle != NULL)
		closedir(handle);
}

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-audit-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->log, sizeof(p->log), "%s/log", p->dir);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;

	empty_dir(p->log);
	rmdir(p->log);
	rmdir(p->dir);
	free(p);
	return 0;
}

static struct audit *open_log(const struct place *p, size_t rotate)
{
	struct audit_config config = {.dir = p->log, .rotate_bytes = rotate};
	struct diag d = {0};
	struct audit *audit = audit_open(&config, NULL, NULL, &d);

	if (audit == NULL)
		print_error("%s\n", d.text);
	assert_non_null(audit);
	return audit;
}

static json_t *new_event(const char *subject)
{
	json_t *event = json_object();

	json_put_str(event, "event", "message");
	json_put_str(event, "subject", subject);
	return event;
}

static int append(struct audit *audit, const char *subject, struct diag *d)
{
	json_t *event = new_event(subject);
	int rc = audit_append(audit, event, d);

	json_decref(event);
	return rc;
}

static void append_many(struct audit *audit, int count)
{
	for (int i = 0; i < count; i++) {
		struct diag d = {0};
		char subject[32];

		snprintf(subject, sizeof(subject), "number %d", i);
		assert_int_equal(append(audit, subject, &d), 0);
	}
}

static void fill(const struct place *p, int count, size_t rotate)
{
	struct audit *audit = open_log(p, rotate);

	append_many(audit, count);
	audit_close(&audit);
}

/* Verifies; gives the reason when it is broken ("" when it is whole). */
static struct audit_report verify(const struct place *p)
{
	struct audit_report report;
	struct diag d = {0};

	assert_int_equal(audit_verify(p->log, 0, NULL, &report, &d), 0);
	return report;
}

static void assert_whole(const struct place *p, int64_t events)
{
	struct audit_report report = verify(p);

	if (report.file != NULL)
		print_error("%s:%d: %s\n", report.file, report.line, report.reason);
	assert_null(report.file);
	assert_int_equal(report.events, events);
	assert_int_equal(report.last, events);
	audit_report_free(&report);
}

static void assert_broken(const struct place *p, int line, const char *word)
{
	struct audit_report report = verify(p);

	assert_non_null(report.file);
	assert_int_equal(report.line, line);
	if (strstr(report.reason, word) == NULL)
		print_error("reason: %s, expected: %s\n", report.reason, word);
	assert_non_null(strstr(report.reason, word));
	audit_report_free(&report);
}

static char *first_file(const struct place *p)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/audit-000000000001.jsonl", p->log);
	return path;
}

/* The lines of a file, to be written back in another way. */
struct text {
	struct buf buf;
	struct slice lines[64];
	size_t count;
};

static void text_read(struct text *t, const char *path)
{
	struct diag d = {0};
	struct slice rest;

	*t = (struct text){0};
	assert_int_equal(file_read(path, 1 << 24, &t->buf, &d), 0);
	rest = buf_slice(&t->buf);
	while (rest.len > 0) {
		long end = slice_find(rest, SLICE_LIT("\n"));

		assert_true(end >= 0 && t->count < 64);
		t->lines[t->count++] = slice_sub(rest, 0, (size_t)end + 1);
		rest = slice_sub(rest, (size_t)end + 1, SIZE_MAX);
	}
}

static void text_write(struct text *t, const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < t->count; i++)
		fwrite(t->lines[i].ptr, 1, t->lines[i].len, f);
	fclose(f);
	buf_free(&t->buf);
}

/* ---- writing and reading ------------------------------------------------------ */

static int count_event(void *arg, const json_t *event)
{
	int64_t *next = arg;

	assert_int_equal(json_get_int(event, "seq", -1), *next);
	++*next;
	return 0;
}

static void what_was_appended_is_read_back_in_order(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct diag d = {0};
	char hash[HASH_HEX_SIZE];
	json_t *event = new_event("hello");
	int64_t seq = 1;

	assert_int_equal(audit_append(audit, event, &d), 0);
	assert_int_equal(json_get_int(event, "seq", 0), 1);
	assert_int_equal(strlen(json_get_str(event, "id")), 20);
	assert_int_equal(strlen(json_get_str(event, "time")), 20);
	assert_string_equal(json_get_str(event, "prev"), "");
	append_many(audit, 9);
	audit_head(audit, &seq, hash);
	assert_int_equal(seq, 10);
	assert_int_equal(strlen(hash), 64);
	audit_close(&audit);
	assert_null(audit);
	seq = 1;
	assert_int_equal(audit_read(p->log, 0, count_event, &seq, &d), 0);
	assert_int_equal(seq, 11);
	seq = 7;
	assert_int_equal(audit_read(p->log, 7, count_event, &seq, &d), 0);
	assert_int_equal(seq, 11);
	assert_whole(p, 10);
	json_decref(event);
}

static void a_line_has_the_documented_form(void **state)
{
	struct place *p = *state;
	struct text t;
	struct slice body;
	char hash[HASH_HEX_SIZE], tail[80];

	fill(p, 2, 0);
	text_read(&t, first_file(p));
	assert_memory_equal(t.lines[1].ptr, "{\"seq\":2,\"time\":\"", 17);
	body = slice_sub(t.lines[1], 0, (size_t)slice_find(t.lines[1], SLICE_LIT(",\"hash\"")));
	hash_hex(hash, body);
	snprintf(tail, sizeof(tail), ",\"hash\":\"%s\"}\n", hash);
	assert_true(slice_eq_str(slice_sub(t.lines[1], body.len, SIZE_MAX), tail));
	buf_free(&t.buf);
}

static void hostile_text_stays_one_line(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct diag d = {0};
	json_t *event = json_object();

	json_put_str(event, "event", "message");
	json_put(event, "subject", SLICE_LIT("a\nb\r\0c\x1b[31m\xff\"}\n{\"seq\":1,\"hash\":\"x\xe2\x80\xae"));
	/* What only the log itself may say. */
	json_put_str(event, "hash", "forged");
	json_put_int(event, "seq", 77);
	json_put_str(event, "prev", "forged");
	assert_int_equal(audit_append(audit, event, &d), 0);
	assert_int_equal(json_get_int(event, "seq", 0), 1);
	json_decref(event);
	audit_close(&audit);
	assert_whole(p, 1);
	audit = open_log(p, 0);
	append_many(audit, 1);
	audit_close(&audit);
	assert_whole(p, 2);
}

static void an_event_needs_a_type_and_a_sane_size(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct diag d = {0};
	json_t *event = json_object();
	char *big = malloc(9 << 20);

	assert_int_equal(audit_append(audit, event, &d), -1);
	json_put_str(event, "event", "message");
	memset(big, 'x', 9 << 20);
	json_put(event, "subject", (struct slice){big, 9 << 20});
	assert_int_equal(audit_append(audit, event, &d), -1);
	assert_true(audit_healthy(audit));
	json_put(event, "subject", (struct slice){big, 7 << 20});
	assert_int_equal(audit_append(audit, event, &d), 0);
	free(big);
	json_decref(event);
	audit_close(&audit);
	/* A last line that is larger than the window the writer looks at. */
	fill(p, 1, 0);
	assert_whole(p, 2);
}

static void rotation_keeps_the_chain(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	struct diag d = {0};
	int64_t seq = 1;

	fill(p, 20, 1000);
	fill(p, 20, 1000);
	report = verify(p);
	assert_null(report.file);
	assert_int_equal(report.events, 40);
	assert_true(report.files > 4);
	audit_report_free(&report);
	assert_int_equal(audit_read(p->log, 1, count_event, &seq, &d), 0);
	assert_int_equal(seq, 41);
	seq = 33;
	assert_int_equal(audit_read(p->log, 33, count_event, &seq, &d), 0);
	assert_int_equal(seq, 41);
}

static int note_first(void *arg, const json_t *event)
{
	int64_t *first = arg;

	if (*first == 0)
		*first = json_get_int(event, "seq", 0);
	return 0;
}

static int64_t first_since(const struct place *p, int64_t time)
{
	struct diag d = {0};
	int64_t first = 0;

	assert_int_equal(audit_read_since(p->log, time, note_first, &first, &d), 0);
	return first;
}

/* Ten records a file or so, an hour between them. */
static void reading_since_a_time_leaves_out_old_files(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 3000);
	const int64_t start = 1772323200, hour = 3600;
	struct diag d = {0};

	for (int i = 0; i < 200; i++) {
		json_t *event = new_event("an hour later");
		char text[CLOCK_TEXT_SIZE];

		clock_format(text, sizeof(text), start + i * hour);
		json_put_str(event, "time", text);
		assert_int_equal(audit_append(audit, event, &d), 0);
		json_decref(event);
	}
	audit_close(&audit);
	assert_int_equal(first_since(p, start), 1);
	assert_int_equal(first_since(p, 0), 1);
	/* A message that came at that second can be recorded up to a day later, never earlier. */
	assert_true(first_since(p, start + 150 * hour) <= 151 - 24);
	assert_true(first_since(p, start + 150 * hour) > 151 - 24 - 24);
	assert_true(first_since(p, start + 9999 * hour) > 170);
}

static void files_belong_to_the_owner_and_group(void **state)
{
	struct place *p = *state;
	struct stat st;

	fill(p, 1, 0);
	assert_int_equal(stat(p->log, &st), 0);
	assert_int_equal(st.st_mode & 0027, 0);
	assert_int_equal(stat(first_file(p), &st), 0);
	assert_int_equal(st.st_mode & 0137, 0);
}

static void a_second_writer_is_refused(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct audit_config config = {.dir = p->log};
	struct diag d = {0};
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(audit_open(&config, NULL, NULL, &d) == NULL && strstr(d.text, "posternd") != NULL ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	append_many(audit, 1);
	audit_close(&audit);
	fill(p, 1, 0);
	assert_whole(p, 2);
}

/* ---- tampering ---------------------------------------------------------------- */

static void an_edited_record_is_named(void **state)
{
	struct place *p = *state;
	struct text t;
	char copy[512];

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	assert_true(t.lines[4].len < sizeof(copy));
	memcpy(copy, t.lines[4].ptr, t.lines[4].len);
	memcpy(memmem(copy, t.lines[4].len, "number", 6), "nUmber", 6);
	t.lines[4].ptr = copy;
	text_write(&t, first_file(p));
	assert_broken(p, 5, "edited: record 5");
}

static void an_edited_record_with_a_new_hash_is_named(void **state)
{
	struct place *p = *state;
	struct text t;
	char copy[512], hash[HASH_HEX_SIZE];
	size_t body;

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	memcpy(copy, t.lines[4].ptr, t.lines[4].len);
	memcpy(memmem(copy, t.lines[4].len, "number", 6), "nUmber", 6);
	body = (size_t)slice_find(t.lines[4], SLICE_LIT(",\"hash\""));
	hash_hex(hash, (struct slice){copy, body});
	memcpy(copy + body + 9, hash, 64);
	t.lines[4].ptr = copy;
	text_write(&t, first_file(p));
	/* The forged record is whole in itself: the next one gives it away. */
	assert_broken(p, 6, "does not continue the record before it");
}

static void a_removed_record_is_named(void **state)
{
	struct place *p = *state;
	struct text t;

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	t.lines[4].len = 0;
	text_write(&t, first_file(p));
	assert_broken(p, 5, "removed: records 5 to 5");
}

static void reordered_records_are_named(void **state)
{
	struct place *p = *state;
	struct text t;
	struct slice moved;

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	moved = t.lines[4];
	t.lines[4] = t.lines[6];
	t.lines[6] = moved;
	text_write(&t, first_file(p));
	assert_broken(p, 5, "reordered: record 7 stands before record 5");
}

static void inserted_records_are_named(void **state)
{
	struct place *p = *state;
	struct text t;

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	memmove(t.lines + 6, t.lines + 5, (t.count - 5) * sizeof(t.lines[0]));
	t.count++;
	t.lines[5] = t.lines[2];
	text_write(&t, first_file(p));
	assert_broken(p, 6, "repeated: record 3");
	text_read(&t, first_file(p));
	t.lines[5] = SLICE_LIT("{\"seq\":6,\"event\":\"message\"}\n");
	text_write(&t, first_file(p));
	assert_broken(p, 6, "edited");
	text_read(&t, first_file(p));
	t.lines[5] = SLICE_LIT("nonsense\n");
	text_write(&t, first_file(p));
	assert_broken(p, 6, "edited");
}

static void removed_files_are_named(void **state)
{
	struct place *p = *state;
	struct file_list list;
	struct diag d = {0};
	int64_t seq = 1;

	fill(p, 30, 1000);
	assert_int_equal(file_list_dir(p->log, ".jsonl", &list, &d), 0);
	assert_true(list.count > 3);
	unlink(list.paths[1]);
	assert_broken(p, 1, "removed");
	/* Reading must not take the gap for the end. */
	assert_int_equal(audit_read(p->log, 1, count_event, &seq, &d), -1);
	unlink(list.paths[0]);
	assert_broken(p, 1, "removed: records 1 to");
	file_list_free(&list);
}

static void a_cut_end_is_seen_by_the_head_that_others_know(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	struct diag d = {0};
	struct text t;
	char head[HASH_HEX_SIZE];

	fill(p, 10, 0);
	report = verify(p);
	memcpy(head, report.head, sizeof(head));
	audit_report_free(&report);
	assert_int_equal(audit_verify(p->log, 10, head, &report, &d), 0);
	assert_null(report.file);
	text_read(&t, first_file(p));
	t.count = 8;
	text_write(&t, first_file(p));
	assert_whole(p, 8);
	assert_int_equal(audit_verify(p->log, 10, head, &report, &d), 0);
	assert_non_null(report.file);
	assert_non_null(strstr(report.reason, "cut off"));
	audit_report_free(&report);
	/* Written anew from there. */
	fill(p, 3, 0);
	assert_whole(p, 11);
	assert_int_equal(audit_verify(p->log, 10, head, &report, &d), 0);
	assert_non_null(report.file);
	assert_int_equal(report.line, 10);
	assert_non_null(strstr(report.reason, "replaced"));
	audit_report_free(&report);
}

static void a_broken_end_is_not_written_on(void **state)
{
	struct place *p = *state;
	struct audit_config config = {.dir = p->log};
	struct diag d = {0};
	struct text t;

	fill(p, 10, 0);
	text_read(&t, first_file(p));
	t.lines[8].len = 0;
	text_write(&t, first_file(p));
	assert_null(audit_open(&config, NULL, NULL, &d));
	assert_non_null(strstr(d.text, "audit-000000000001.jsonl:9: "));
	assert_non_null(strstr(d.text, "postern audit verify"));
}

/* ---- crashes and full disks ------------------------------------------------------- */

static void tear(const struct place *p, const char *path, const char *piece)
{
	FILE *f = fopen(path, "a");

	(void)p;
	assert_non_null(f);
	fputs(piece, f);
	fclose(f);
}

static void a_torn_line_is_put_aside_and_recorded(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	struct diag d = {0};
	struct buf torn = {0};
	char path[160];

	fill(p, 5, 0);
	tear(p, first_file(p), "{\"seq\":6,\"time\":\"20");
	report = verify(p);
	assert_non_null(report.file);
	assert_int_equal(report.line, 6);
	assert_non_null(strstr(report.reason, "incomplete"));
	audit_report_free(&report);
	fill(p, 1, 0);
	assert_whole(p, 7);
	snprintf(path, sizeof(path), "%s.torn", first_file(p));
	assert_int_equal(file_read(path, 1000, &torn, &d), 0);
	assert_string_equal(torn.data, "{\"seq\":6,\"time\":\"20\n");
	buf_free(&torn);
	/* A second one does not overwrite the first. */
	tear(p, first_file(p), "xy");
	fill(p, 1, 0);
	assert_whole(p, 9);
	assert_int_equal(file_read(path, 1000, &torn, &d), 0);
	assert_string_equal(torn.data, "{\"seq\":6,\"time\":\"20\nxy\n");
	buf_free(&torn);
}

static void a_torn_first_line_of_a_new_file_is_put_aside(void **state)
{
	struct place *p = *state;
	struct audit_config config = {.dir = p->log};
	struct diag d = {0};
	char path[160];

	fill(p, 5, 0);
	snprintf(path, sizeof(path), "%s/audit-000000000006.jsonl", p->log);
	tear(p, path, "{\"se");
	fill(p, 2, 0);
	assert_whole(p, 8);
	/* An empty file that waits for another record than the next: something is gone. */
	snprintf(path, sizeof(path), "%s/audit-000000000019.jsonl", p->log);
	tear(p, path, "");
	assert_null(audit_open(&config, NULL, NULL, &d));
	assert_non_null(strstr(d.text, "record 9 is next"));
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_full_disk_leaves_no_half_line(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct diag d = {0};
	int good = 0;

	/* Without SIGXFSZ being ignored: the limit must not kill the process either. */
	set_file_limit(5000);
	while (good < 100 && append(audit, "before the disk is full", &d) == 0)
		good++;
	assert_in_range(good, 5, 50);
	assert_non_null(strstr(d.text, "can't write"));
	assert_false(audit_healthy(audit));
	assert_whole(p, good);
	assert_int_equal(append(audit, "still full", &d), -1);
	assert_whole(p, good);
	set_file_limit(RLIM_INFINITY);
	assert_int_equal(append(audit, "space again", &d), 0);
	assert_true(audit_healthy(audit));
	audit_close(&audit);
	assert_whole(p, good + 1);
}

static void a_log_that_others_touch_is_refused(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 0);
	struct diag d = {0};
	char path[160];

	append_many(audit, 3);
	tear(p, first_file(p), "foreign\n");
	assert_int_equal(append(audit, "x", &d), -1);
	assert_false(audit_healthy(audit));
	audit_close(&audit);
	empty_dir(p->log);
	audit = open_log(p, 0);
	append_many(audit, 3);
	snprintf(path, sizeof(path), "%s.1", first_file(p));
	assert_int_equal(rename(first_file(p), path), 0);
	diag_clear(&d);
	assert_int_equal(append(audit, "x", &d), -1);
	assert_int_equal(rename(path, first_file(p)), 0);
	assert_int_equal(append(audit, "x", &d), 0);
	audit_close(&audit);
	assert_whole(p, 4);
}

#define THREADS 8
#define EACH 500

static void *append_each(void *arg)
{
	append_many(arg, EACH);
	return NULL;
}

static void many_threads_share_the_log(void **state)
{
	struct place *p = *state;
	struct audit *audit = open_log(p, 100000);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append_each, audit), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	audit_close(&audit);
	assert_whole(p, THREADS * EACH);
}

struct victim {
	struct audit *audit;
	int fd;
};

/* Acknowledges each id on a pipe; the process is killed at any time. */
static void *append_and_tell(void *arg)
{
	const struct victim *victim = arg;

	for (;;) {
		json_t *event = new_event("a message that must not be lost");
		struct diag d = {0};

		if (audit_append(victim->audit, event, &d) == 0 &&
		    write(victim->fd, json_get_str(event, "id"), 20) != 20)
			_exit(1);
		json_decref(event);
	}
	return NULL;
}

static void writer_to_be_killed(const struct place *p, int fd)
{
	struct victim victim = {open_log(p, 20000), fd};
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, append_and_tell, &victim);
	pause();
	_exit(1);
}

struct id_set {
	char ids[65536][20];
	size_t count;
};

static int note_id(void *arg, const json_t *event)
{
	struct id_set *set = arg;

	assert_true(set->count < 65536);
	memcpy(set->ids[set->count++], json_get_str(event, "id"), 20);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 20);
}

static void assert_all_there(const struct place *p, const struct buf *acknowledged)
{
	struct id_set *set = calloc(1, sizeof(*set));
	struct diag d = {0};

	assert_int_equal(audit_read(p->log, 1, note_id, set, &d), 0);
	qsort(set->ids, set->count, 20, compare_ids);
	for (size_t at = 0; at + 20 <= acknowledged->len; at += 20)
		assert_non_null(bsearch(acknowledged->data + at, set->ids, set->count, 20, compare_ids));
	free(set);
}

static void kill_once(const struct place *p, int round, struct buf *acknowledged)
{
	char piece[4096];
	int fds[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		close(fds[0]);
		writer_to_be_killed(p, fds[1]);
	}
	close(fds[1]);
	/* Not before it has acknowledged something, then at a time that differs. */
	n = read(fds[0], piece, sizeof(piece));
	assert_true(n > 0);
	buf_add(acknowledged, piece, (size_t)n);
	usleep((useconds_t)(round * 700));
	kill(child, SIGKILL);
	while ((n = read(fds[0], piece, sizeof(piece))) > 0)
		buf_add(acknowledged, piece, (size_t)n);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	buf_truncate(acknowledged, acknowledged->len / 20 * 20);
}

static void a_killed_writer_loses_nothing_it_acknowledged(void **state)
{
	struct place *p = *state;
	struct buf acknowledged = {0};
	struct audit_report report;

	for (int round = 0; round < 20; round++) {
		struct audit *audit;

		kill_once(p, round, &acknowledged);
		audit = open_log(p, 20000);
		audit_close(&audit);
		report = verify(p);
		if (report.file != NULL)
			print_error("%s:%d: %s\n", report.file, report.line, report.reason);
		assert_null(report.file);
		assert_true(report.events >= (int64_t)(acknowledged.len / 20));
		audit_report_free(&report);
		assert_all_there(p, &acknowledged);
	}
	assert_true(acknowledged.len >= 20 * 20);
	buf_free(&acknowledged);
}

/* ---- delivery ----------------------------------------------------------------------- */

struct receiver {
	pthread_mutex_t lock;
	int64_t next;
	int refuse; /* so many times */
};

static int receive(void *arg, json_t *const *events, size_t count)
{
	struct receiver *r = arg;
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	if (r->refuse > 0) {
		r->refuse--;
		rc = -1;
	}
	for (size_t i = 0; i < count && rc == 0; i++)
		if (json_get_int(events[i], "seq", -1) == r->next)
			r->next++;
		else
			r->next = -1000000;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static void durable_events_are_delivered_once_and_in_order(void **state)
{
	struct place *p = *state;
	struct receiver r = {.lock = PTHREAD_MUTEX_INITIALIZER, .next = 1, .refuse = 1};
	struct audit_config config = {.dir = p->log, .rotate_bytes = 5000};
	struct diag d = {0};
	struct audit *audit = audit_open(&config, receive, &r, &d);

	assert_non_null(audit);
	append_many(audit, 600);
	assert_int_equal(audit_wait_delivered(audit, 20000), 0);
	assert_int_equal(audit_delivered(audit), 600);
	assert_int_equal(r.next, 601);
	append_many(audit, 3);
	audit_close(&audit);
	assert_int_equal(r.next, 604);
	/* The tail that the receiver has not seen comes at the next start. */
	config.deliver_from = r.next = 500;
	audit = audit_open(&config, receive, &r, &d);
	assert_non_null(audit);
	assert_int_equal(audit_wait_delivered(audit, 20000), 0);
	audit_close(&audit);
	assert_int_equal(r.next, 604);
}

/* ---- what is handed over in memory ---------------------------------------------------- */

/* Keeps what it gets; while lock is held elsewhere, it waits. */
struct collector {
	pthread_mutex_t lock;
	json_t *events; /* array */
	int refuse;
};

static int collect(void *arg, json_t *const *events, size_t count)
{
	struct collector *c = arg;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	if (c->refuse > 0) {
		c->refuse--;
		rc = -1;
	}
	for (size_t i = 0; i < count && rc == 0; i++)
		json_array_append(c->events, events[i]);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static int compare_next(void *arg, const json_t *event)
{
	struct collector *c = arg;
	size_t n = (size_t)json_get_int(event, "seq", 0) - 1;

	assert_true(json_equal(json_array_get(c->events, n), event));
	c->refuse++;
	return 0;
}

/* What came must be what reading the log gives, in its order. */
static void assert_as_in_the_log(const struct place *p, struct collector *c)
{
	struct diag d = {0};

	c->refuse = 0;
	assert_int_equal(audit_read(p->log, 1, compare_next, c, &d), 0);
	assert_int_equal(c->refuse, json_array_size(c->events));
	json_decref(c->events);
}

/* Everything that a record may hold, and what is written otherwise than it stands in memory. */
static json_t *rich_event(int n)
{
	json_t *event = json_pack("{s:s, s:i, s:f, s:b, s:n, s:[s,i,{s:[]}], s:{s:{}}}", "event", "message", "n", n, "share",
	    n / 7.0, "flag", n % 2, "nothing", "list", "a", -n, "empty", "nested", "deep");

	json_put(event, "text", SLICE_LIT("a\0b \"quoted\" \\ \x1b[31m \xe2\x80\xae \xff \xc3\xa4"));
	json_put_str(event, "prev", "not this");
	return event;
}

static void append_rich(struct audit *audit, int count)
{
	for (int n = 0; n < count; n++) {
		json_t *event = rich_event(n);
		struct diag d = {0};

		if (n % 2 == 0) {
			assert_int_equal(audit_append_new(audit, event, &d), 0);
			continue;
		}
		assert_int_equal(audit_append(audit, event, &d), 0);
		json_decref(event);
	}
}

static struct sign_key *new_key(const struct place *p)
{
	struct diag d = {0};
	struct sign_key *key;
	char path[100];

	snprintf(path, sizeof(path), "%s/key", p->dir);
	assert_int_equal(sign_key_make(path, &d), 0);
	key = sign_key_load(path, &d);
	unlink(path);
	assert_non_null(key);
	return key;
}

/* More than is kept: the first ones come from memory, the others from the log, and then from memory again. */
static void what_is_handed_over_is_what_the_log_says(void **state)
{
	struct place *p = *state;
	struct collector c = {.lock = PTHREAD_MUTEX_INITIALIZER, .events = json_array(), .refuse = 1};
	struct audit_config config = {.dir = p->log, .rotate_bytes = 50000, .checkpoint_events = 100,
	    .checkpoint_seconds = 3600};
	struct sign_key *key = new_key(p);
	struct diag d = {0};
	struct audit *audit;

	config.key = key;
	audit = audit_open(&config, collect, &c, &d);
	assert_non_null(audit);
	for (int round = 0; round < 3; round++) {
		pthread_mutex_lock(&c.lock);
		append_rich(audit, round == 1 ? 1100 : 70);
		pthread_mutex_unlock(&c.lock);
		assert_int_equal(audit_wait_delivered(audit, 20000), 0);
	}
	audit_close(&audit);
	assert_as_in_the_log(p, &c);
	sign_key_free(&key);
}

/* The log is out of the way: what comes now was never read back. */
static void what_was_just_written_is_not_read_back(void **state)
{
	struct place *p = *state;
	struct collector c = {.lock = PTHREAD_MUTEX_INITIALIZER, .events = json_array()};
	struct audit_config config = {.dir = p->log};
	struct diag d = {0};
	char away[sizeof(p->log) + 8];
	struct audit *audit = audit_open(&config, collect, &c, &d);

	assert_non_null(audit);
	snprintf(away, sizeof(away), "%s.away", p->log);
	pthread_mutex_lock(&c.lock);
	append_rich(audit, 20);
	assert_int_equal(rename(p->log, away), 0);
	pthread_mutex_unlock(&c.lock);
	assert_int_equal(audit_wait_delivered(audit, 20000), 0);
	assert_int_equal(rename(away, p->log), 0);
	append_rich(audit, 1);
	audit_close(&audit);
	assert_as_in_the_log(p, &c);
}

static struct audit_kept *kept_new(int64_t seq, size_t bytes)
{
	struct audit_kept *kept = audit_kept_new(json_object(), bytes);

	assert_non_null(kept);
	kept->head.seq = seq;
	return kept;
}

static void only_so_much_is_kept(void **state)
{
	struct audit_kept_list list = {0};
	struct audit_kept *kept;
	int64_t seq = 1;

	(void)state;
	for (;; seq++) {
		kept = kept_new(seq, 1000);
		audit_kept_add(&list, &kept);
		if (kept != NULL)
			break;
	}
	assert_int_equal(seq - 1, 512);
	audit_kept_free(&kept);
	audit_kept_free_all(audit_kept_cut(&list, 512));
	assert_null(list.first);
	assert_null(list.last);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.bytes, 0);
	kept = kept_new(600, 2000000);
	audit_kept_add(&list, &kept);
	assert_null(kept);
	kept = kept_new(601, 100000);
	audit_kept_add(&list, &kept);
	assert_non_null(kept);
	audit_kept_free(&kept);
	assert_null(audit_kept_cut(&list, 599));
	audit_kept_free_all(audit_kept_cut(&list, 600));
	assert_null(list.last);
}

#define AUDIT_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AUDIT_TEST(what_was_appended_is_read_back_in_order),
		AUDIT_TEST(a_line_has_the_documented_form),
		AUDIT_TEST(hostile_text_stays_one_line),
		AUDIT_TEST(an_event_needs_a_type_and_a_sane_size),
		AUDIT_TEST(rotation_keeps_the_chain),
		AUDIT_TEST(reading_since_a_time_leaves_out_old_files),
		AUDIT_TEST(files_belong_to_the_owner_and_group),
		AUDIT_TEST(a_second_writer_is_refused),
		AUDIT_TEST(an_edited_record_is_named),
		AUDIT_TEST(an_edited_record_with_a_new_hash_is_named),
		AUDIT_TEST(a_removed_record_is_named),
		AUDIT_TEST(reordered_records_are_named),
		AUDIT_TEST(inserted_records_are_named),
		AUDIT_TEST(removed_files_are_named),
		AUDIT_TEST(a_cut_end_is_seen_by_the_head_that_others_know),
		AUDIT_TEST(a_broken_end_is_not_written_on),
		AUDIT_TEST(a_torn_line_is_put_aside_and_recorded),
		AUDIT_TEST(a_torn_first_line_of_a_new_file_is_put_aside),
		AUDIT_TEST(a_full_disk_leaves_no_half_line),
		AUDIT_TEST(a_log_that_others_touch_is_refused),
		AUDIT_TEST(many_threads_share_the_log),
		AUDIT_TEST(a_killed_writer_loses_nothing_it_acknowledged),
		AUDIT_TEST(durable_events_are_delivered_once_and_in_order),
		AUDIT_TEST(what_is_handed_over_is_what_the_log_says),
		AUDIT_TEST(what_was_just_written_is_not_read_back),
		cmocka_unit_test(only_so_much_is_kept),
	};

	log_open("test_audit", "stderr", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
