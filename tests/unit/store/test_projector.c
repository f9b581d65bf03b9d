/* SPDX-License-Identifier: BSD-2-Clause */
/* Log and store together: whatever happens between them, the store ends as the log says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "core/buf.h"
#include "core/log.h"
#include "store/projector.h"

struct place {
	char dir[64], log[80], db[80];
	struct store_config config;
	struct store *store;
	struct projector *projector;
	struct audit *audit;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-proj-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->log, sizeof(p->log), "%s/log", p->dir);
	snprintf(p->db, sizeof(p->db), "%s/store.db", p->dir);
	p->config = (struct store_config){.type = "sqlite", .path = p->db, .busy_ms = 100};
	*state = p;
	return 0;
}

static void empty_dir(const char *dir)
{
	DIR *handle = opendir(dir);
	const struct dirent *entry;

	while (handle != NULL && (entry = readdir(handle)) != NULL)
		unlinkat(dirfd(handle), entry->d_name, 0);
	if (handle != NULL)
		closedir(handle);
}

static int remove_place(void **state)
{
	struct place *p = *state;

	empty_dir(p->log);
	rmdir(p->log);
	empty_dir(p->dir);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void start(struct place *p)
{
	struct audit_config config = {.dir = p->log, .rotate_bytes = 20000};
	struct diag d = {0};

	p->store = store_open(&p->config, &d);
	p->projector = p->store != NULL ? projector_new(p->log, p->store, &d) : NULL;
	if (p->projector != NULL) {
		config.deliver_from = projector_next(p->projector);
		p->audit = audit_open(&config, projector_durable, p->projector, &d);
	}
	if (d.len > 0)
		print_error("%s\n", d.text);
	assert_non_null(p->audit);
}

static void stop(struct place *p)
{
	audit_close(&p->audit);
	projector_free(&p->projector);
	store_close(&p->store);
}

/* A message of a made-up conversation, the same for the same number. */
static json_t *message(int n)
{
	json_t *event = json_object(), *sla = json_object(), *threads = json_array();
	char text[64];

	json_put_str(event, "event", "message");
	json_put_str(event, "direction", n % 3 == 2 ? "out" : "in");
	json_put_str(event, "action", n % 5 == 4 ? "defer" : n % 7 == 6 ? "hold" : "pass");
	json_put_bool(event, "answers", n % 3 == 2);
	snprintf(text, sizeof(text), "digest %d", n / 2);
	json_put_str(event, "digest", text);
	snprintf(text, sizeof(text), "walmart:c%d@relay", n % 11);
	json_array_append_new(threads, json_string(text));
	json_put_new(event, "threads", threads);
	json_put_str(event, "subject", text);
	json_put_str(event, "marketplace", "walmart");
	/* Pairs of customers' addresses are one thread. */
	snprintf(text, sizeof(text), "order %d", n % 11 / 2);
	json_put_str(event, "order", text);
	snprintf(text, sizeof(text), "<%d@example.com>", n / 2);
	json_put_str(event, "message_id", text);
	snprintf(text, sizeof(text), "<%d@example.com>", n / 2 + 7);
	if (n % 13 == 0)
		json_put_new(event, "failed", json_pack("{s:[s]}", "refs", text));
	json_put_str(sla, "change", n % 3 == 0 ? "starts" : "none");
	json_put_str(sla, "due", "2030-01-01T00:00:00Z");
	json_put_new(event, "sla", sla);
	return event;
}

static int append(struct place *p, int n)
{
	json_t *event = message(n);
	struct diag d = {0};
	int rc = audit_append(p->audit, event, &d);

	json_decref(event);
	return rc;
}

static void append_many(struct place *p, int from, int to)
{
	for (int n = from; n < to; n++)
		assert_int_equal(append(p, n), 0);
}

static int dump_thread(void *arg, const struct store_thread *t)
{
	struct buf *out = arg;

	buf_printf(out, "%s|%s|%s|%s|%s|%s|%lld|%lld|%lld|%lld:", t->key, t->marketplace, t->customer, t->subject, t->labels,
	    t->last_id, (long long)t->last_time, (long long)t->failed, (long long)t->opened, (long long)t->due);
	for (size_t i = 0; i < t->event_count; i++)
		buf_printf(out, " %d,%lld,%lld", (int)t->events[i].kind, (long long)t->events[i].time,
		    (long long)t->events[i].due);
	buf_add_str(out, "\n");
	return 0;
}

/* Everything that the store knows, as text. */
static char *dump(struct place *p)
{
	struct store *store = store_open(&p->config, &(struct diag){0});
	struct buf out = {0};
	struct diag d = {0};
	char hash[HASH_HEX_SIZE];
	int64_t seq;

	assert_non_null(store);
	assert_int_equal(store_threads(store, NULL, dump_thread, &out, &d), 0);
	assert_int_equal(store_applied(store, &seq, hash, &d), 0);
	buf_printf(&out, "%lld %s\n", (long long)seq, hash);
	store_close(&store);
	assert_false(out.failed);
	return out.data;
}

/* What a rebuild from the log gives must be what stands there. */
static void assert_store_is_what_the_log_says(struct place *p, int64_t events)
{
	char *before = dump(p), *after;
	struct diag d = {0};
	int64_t count;
	int rc = projector_rebuild(p->log, &p->config, &count, &d);

	if (rc != 0)
		print_error("%s\n", d.text);
	assert_int_equal(rc, 0);
	assert_int_equal(count, events);
	after = dump(p);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_rebuild_gives_the_same_store(void **state)
{
	struct place *p = *state;

	start(p);
	append_many(p, 0, 300);
	assert_int_equal(audit_wait_delivered(p->audit, 20000), 0);
	stop(p);
	assert_store_is_what_the_log_says(p, 300);
	start(p);
	append_many(p, 300, 310);
	stop(p);
	assert_store_is_what_the_log_says(p, 310);
}

static void a_crash_between_log_and_store_is_made_up_for(void **state)
{
	struct place *p = *state;
	struct audit_config config = {.dir = p->log};
	struct diag d = {0};

	start(p);
	append_many(p, 0, 20);
	stop(p);
	/* Durable in the log, never seen by the store. */
	p->audit = audit_open(&config, NULL, NULL, &d);
	assert_non_null(p->audit);
	append_many(p, 20, 60);
	audit_close(&p->audit);
	start(p);
	append_many(p, 60, 70);
	stop(p);
	assert_store_is_what_the_log_says(p, 70);
}

static void a_killed_daemon_leaves_both_in_step(void **state)
{
	struct place *p = *state;
	struct audit_report report;
	struct diag d = {0};

	for (int round = 0; round < 10; round++) {
		int fds[2], status;
		char byte;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			start(p);
			for (int n = 0;; n++)
				if (append(p, n) != 0 || write(fds[1], "x", 1) != 1)
					_exit(1);
		}
		close(fds[1]);
		for (int i = 0; i < 10 + round; i++)
			assert_int_equal(read(fds[0], &byte, 1), 1);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		close(fds[0]);
	}
	start(p);
	stop(p);
	assert_int_equal(audit_verify(p->log, 0, NULL, &report, &d), 0);
	assert_null(report.file);
	assert_true(report.events >= 145);
	assert_store_is_what_the_log_says(p, report.events);
	audit_report_free(&report);
}

static void a_store_that_fails_is_reported_and_caught_up(void **state)
{
	struct place *p = *state;
	struct projector_health health;
	struct diag d = {0};

	start(p);
	append_many(p, 0, 5);
	assert_int_equal(audit_wait_delivered(p->audit, 20000), 0);
	projector_health(p->projector, &health);
	assert_false(health.failing);
	assert_int_equal(health.applied, 5);
	/* A store that lost what it knew has a gap in front of the next event. */
	{
		json_t *last = json_object();
		struct store *other = store_open(&p->config, &d);

		assert_int_equal(store_reset(other, &d), 0);
		json_put_int(last, "seq", 3);
		json_put_str(last, "id", "X");
		json_put_str(last, "event", "start");
		json_put_str(last, "time", "2026-01-01T00:00:00Z");
		assert_int_equal(store_apply(other, &last, 1, &d), 0);
		json_decref(last);
		append_many(p, 5, 8);
		/* Mail flows on: the log took it. */
		assert_int_equal(audit_wait_delivered(p->audit, 100), -1);
		projector_health(p->projector, &health);
		assert_true(health.failing);
		assert_true(health.failures >= 1);
		assert_true(health.failing_since > 0);
		assert_non_null(strstr(health.error, "missing"));
		/* It works again. */
		assert_int_equal(store_reset(other, &d), 0);
		store_close(&other);
	}
	assert_int_equal(audit_wait_delivered(p->audit, 20000), 0);
	projector_health(p->projector, &health);
	assert_false(health.failing);
	assert_int_equal(health.applied, 8);
	assert_string_equal(health.error, "");
	stop(p);
}

static void assert_not_started(struct place *p, const char *word)
{
	struct diag d = {0};
	struct store *store = store_open(&p->config, &d);

	assert_non_null(store);
	assert_null(projector_new(p->log, store, &d));
	if (strstr(d.text, word) == NULL)
		print_error("%s\n", d.text);
	assert_non_null(strstr(d.text, word));
	store_close(&store);
}

static void a_store_of_another_log_is_refused(void **state)
{
	struct place *p = *state;

	start(p);
	append_many(p, 0, 10);
	stop(p);
	empty_dir(p->log);
	assert_not_started(p, "the log ends before");
	{
		struct audit_config config = {.dir = p->log};
		struct diag d = {0};

		p->audit = audit_open(&config, NULL, NULL, &d);
		append_many(p, 0, 12);
		audit_close(&p->audit);
	}
	assert_not_started(p, "belongs to another log");
}

static void a_rebuild_needs_a_whole_log_and_no_daemon(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	char path[128];
	int64_t count;
	char *before, *after;
	char letter;
	int fd;

	assert_int_equal(projector_rebuild(p->log, &p->config, &count, &d), -1);
	start(p);
	append_many(p, 0, 10);
	diag_clear(&d);
	assert_int_equal(projector_rebuild(p->log, &p->config, &count, &d), -1);
	assert_non_null(strstr(d.text, "posternd"));
	stop(p);
	before = dump(p);
	snprintf(path, sizeof(path), "%s/audit-000000000001.jsonl", p->log);
	fd = open(path, O_RDWR);
	/* Another letter than stands there, which differs from run to run. */
	assert_int_equal(pread(fd, &letter, 1, 60), 1);
	letter = letter == 'X' ? 'Y' : 'X';
	assert_int_equal(pwrite(fd, &letter, 1, 60), 1);
	close(fd);
	diag_clear(&d);
	assert_int_equal(projector_rebuild(p->log, &p->config, &count, &d), -1);
	assert_non_null(strstr(d.text, ".jsonl:1: "));
	/* The store was not touched. */
	after = dump(p);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_rebuild_replaces_a_ruined_database(void **state)
{
	struct place *p = *state;
	struct diag d = {0};
	char garbage[8192], damaged[128], *before, *after;
	int64_t count;
	int fd;

	start(p);
	append_many(p, 0, 50);
	stop(p);
	before = dump(p);
	memset(garbage, 'g', sizeof(garbage));
	fd = open(p->db, O_RDWR | O_TRUNC);
	assert_int_equal(write(fd, garbage, sizeof(garbage)), sizeof(garbage));
	close(fd);
	assert_int_equal(projector_rebuild(p->log, &p->config, &count, &d), 0);
	assert_int_equal(count, 50);
	after = dump(p);
	assert_string_equal(before, after);
	snprintf(damaged, sizeof(damaged), "%s.damaged", p->db);
	assert_int_equal(access(damaged, F_OK), 0);
	free(before);
	free(after);
}

/* The byte that says which version wrote the tables. */
static void set_version(struct place *p, char version)
{
	int fd = open(p->db, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &version, 1, 63), 1);
	close(fd);
}

static void a_store_of_an_older_version_is_filled_from_the_log(void **state)
{
	struct place *p = *state;
	struct slice ns = SLICE_LIT("n"), key = SLICE_LIT("k"), mail = SLICE_LIT("m");
	struct store_config reading = p->config;
	struct diag d = {0};
	char *before, *after;
	int64_t value;

	start(p);
	append_many(p, 0, 60);
	assert_int_equal(store_counter(p->store, ns, key, mail, 3, 100, 50, &value, &d), 0);
	stop(p);
	before = dump(p);
	set_version(p, 2);
	/* Who only reads must wait for that. */
	reading.read_only = 1;
	assert_null(store_open(&reading, &d));
	assert_non_null(strstr(d.text, "start posternd"));
	start(p);
	assert_int_equal(store_counter(p->store, ns, key, mail, 0, 100, 50, &value, &d), 0);
	assert_int_equal(value, 3);
	stop(p);
	after = dump(p);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

#define PROJECTOR_TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROJECTOR_TEST(a_rebuild_gives_the_same_store),
		PROJECTOR_TEST(a_crash_between_log_and_store_is_made_up_for),
		PROJECTOR_TEST(a_killed_daemon_leaves_both_in_step),
		PROJECTOR_TEST(a_store_that_fails_is_reported_and_caught_up),
		PROJECTOR_TEST(a_store_of_another_log_is_refused),
		PROJECTOR_TEST(a_rebuild_needs_a_whole_log_and_no_daemon),
		PROJECTOR_TEST(a_rebuild_replaces_a_ruined_database),
		PROJECTOR_TEST(a_store_of_an_older_version_is_filled_from_the_log),
	};

	log_open("test_projector", "stderr", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
