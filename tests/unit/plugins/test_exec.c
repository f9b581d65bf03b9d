/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "exec": what a child may do, and that everything else is "could not judge", with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows.h"

extern const struct postern_plugin postern_plugin;

static char dir[] = "/tmp/postern-exec-XXXXXX";
static const struct fake_message message = {.direction = POSTERN_OUTBOUND,
	.texts = {{POSTERN_SEGMENT_NEW, "The Abc costs 5% | more.\nBye \x01\xff."}}, .language = "en"};

/* Where anybody may read it: a child of root is somebody else. */
static void install(const char *name, const char *from)
{
	char command[600], path[100];
	FILE *in, *out;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(from, "r");
	out = fopen(path, "w");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(command, 1, sizeof(command), in)) > 0)
		assert_int_equal(fwrite(command, 1, n, out), n);
	fclose(in);
	fclose(out);
	assert_int_equal(chmod(path, 0755), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0777), 0);
	install("child.py", CHILD_DIR "/exec_child.py");
	install("words.py", EXAMPLES_DIR "/words.py");
	install("words.sh", EXAMPLES_DIR "/words.sh");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"child.py", "words.py", "words.sh", "once"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

struct rule {
	char command[300];
	struct fake_option options[7];
	struct fake_rule *rule;
};

/* "child.py hang": the program in dir, and its arguments. */
static struct fake_rule *open_rule(struct rule *r, const char *command, const char *children, const char *timeout,
    const char *start_timeout)
{
	snprintf(r->command, sizeof(r->command), "%s/%s", dir, command);
	for (char *s = r->command; (s = strchr(s, ' ')) != NULL;)
		*s = ',';
	r->options[0] = (struct fake_option){"command", r->command};
	r->options[1] = (struct fake_option){"children", children};
	r->options[2] = (struct fake_option){"timeout", timeout};
	r->options[3] = (struct fake_option){"start_timeout", start_timeout};
	r->options[4] = (struct fake_option){"user", "nobody"};
	r->options[5] = (struct fake_option){NULL, NULL};
	return r->rule = fake_open(&postern_plugin, r->options);
}

static void test_finding(void **state)
{
	struct fake_result result;
	struct rule r;

	(void)state;
	assert_non_null(open_rule(&r, "child.py good", "1", "20", "20"));
	for (int i = 0; i < 3; i++) {
		result = fake_check(r.rule, &message);
		assert_int_equal(result.status, POSTERN_OK);
		assert_int_equal(result.findings, 1);
		assert_string_equal(result.rule, "MP-EXEC");
		assert_string_equal(result.evidence, "Abc");
		assert_int_equal(result.score, 70);
		assert_non_null(strstr(result.advice, "Do not."));
	}
	fake_close(&r.rule);
}

/* What is hostile in a text can't make a line, nor a field. */
static void test_told(void **state)
{
	struct fake_result result;
	struct rule r;

	(void)state;
	assert_non_null(open_rule(&r, "child.py echo", "1", "20", "20"));
	result = fake_check(r.rule, &message);
	assert_int_equal(result.status, POSTERN_OK);
	assert_string_equal(result.rule, "MP-EXEC1");
	assert_true(fake_has_label(&result, "Seen"));
	assert_non_null(strstr(result.advice, "report|1|text|0|new|text/plain|The Abc costs 5%25 %7C more.%0ABye %01%FF.\n"));
	assert_non_null(strstr(result.advice, "report|1|message|outbound|"));
	assert_non_null(strstr(result.advice, "report|1|sender|agent@seller.example\n"));
	assert_non_null(strstr(result.advice, "report|1|profile|language|set|en\n"));
	fake_close(&r.rule);
}

/* A child has three descriptors, two variables, no privileges to gain and no root. */
static void test_world(void **state)
{
	struct fake_result result;
	struct rule r;

	(void)state;
	assert_non_null(open_rule(&r, "child.py world", "1", "20", "20"));
	result = fake_check(r.rule, &message);
	assert_string_equal(result.advice, "fds=[0, 1, 2] env=['LANG', 'PATH'] nnp=True user=True\n");
	fake_close(&r.rule);
}

/* Each fails the message, says why, and the next message meets a new child. */
static void test_misbehaves(void **state)
{
	static const struct { const char *mode, *timeout, *reason; } rows[] = {
		{"die", "20", "it ended without an answer"},
		{"hang", "0.3", "it gave no answer in time"},
		{"other", "20", "it is about another message"},
		{"flood", "20", "it answered with more than 256 KB"},
		{"binary", "20", "its answer is wrong: a NUL byte"},
		{"half", "20", "it ended without an answer"},
		{"after", "20", "it went on after its result"},
		{"error", "20", "it can't judge now: the list is gone"},
		{"nowhere", "20", "a finding is at no place of the message"},
		{"badid", "20", "a finding's rule id is none of"},
		{"badcode", "20", "a finding needs id, where, index"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_result result;
		char command[60];
		struct rule r;

		snprintf(command, sizeof(command), "child.py %s", rows[i].mode);
		assert_non_null(open_rule(&r, command, "1", rows[i].timeout, "20"));
		result = fake_check(r.rule, &message);
		assert_int_equal(result.status, POSTERN_TEMPFAIL);
		assert_int_equal(result.findings, 0);
		if (strstr(fake_logged(), rows[i].reason) == NULL)
			fail_msg("%s: '%s' is not in '%s'", rows[i].mode, rows[i].reason, fake_logged());
		fake_close(&r.rule);
	}
}

static void test_restarts(void **state)
{
	char command[200];
	struct rule r;

	(void)state;
	snprintf(command, sizeof(command), "child.py die-once %s/once", dir);
	assert_non_null(open_rule(&r, command, "1", "20", "20"));
	assert_int_equal(fake_check(r.rule, &message).status, POSTERN_TEMPFAIL);
	for (int i = 0; i < 3; i++) {
		struct fake_result result = fake_check(r.rule, &message); /* waits for the new one */

		assert_int_equal(result.status, POSTERN_OK);
		assert_int_equal(result.findings, 1);
	}
	fake_close(&r.rule);
}

static void assert_refused(const char *command, const char *timeout, const char *reason)
{
	struct rule r;

	assert_null(open_rule(&r, command, "1", "20", timeout));
	if (strstr(fake_error(), reason) == NULL)
		fail_msg("%s: '%s' is not in '%s'", command, reason, fake_error());
}

/* A program that can't work is refused when the rule is loaded. */
static void test_refused(void **state)
{
	(void)state;
	assert_refused("none", "20", "No such file");
	assert_refused("", "20", "is no program: make it a file with mode 755");
	assert_refused("child.py die-early", "20", "it ended before it was ready (exit status 3), its last words: no database");
	assert_refused("child.py die-registering", "20", "it ended before it was ready (exit status 4)");
	assert_refused("child.py hang-early", "0.3", "it was not ready in time");
	assert_refused("child.py bad-version", "20", "this speaks protocol 1, not '9'");
	assert_refused("child.py bad-hello", "20", "expected register|..., not 'hello'");
	assert_refused("child.py no-report", "20", "it asks for no report before 'ready'");
	assert_refused("child.py flood-early", "20", "more than 16 KB before");
}

/* Standard error neither blocks the child nor fills the log. */
static void test_stderr(void **state)
{
	struct rule r;

	(void)state;
	assert_non_null(open_rule(&r, "child.py stderr", "1", "20", "20"));
	for (int i = 0; i < 5; i++)
		assert_int_equal(fake_check(r.rule, &message).status, POSTERN_OK);
	assert_true(fake_log_count() <= 60); /* 20 a minute, and minutes may turn */
	fake_close(&r.rule);
}

static void *check_many(void *arg)
{
	size_t *good = malloc(sizeof(*good));

	*good = 0;
	for (int i = 0; i < 20; i++)
		*good += fake_check(arg, &message).findings;
	return good;
}

static void test_parallel(void **state)
{
	pthread_t threads[8];
	size_t all = 0;
	struct rule r;

	(void)state;
	assert_non_null(open_rule(&r, "child.py good", "3", "60", "20"));
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, check_many, r.rule), 0);
	for (size_t i = 0; i < 8; i++) {
		void *good;

		pthread_join(threads[i], &good);
		all += *(size_t *)good;
		free(good);
	}
	assert_int_equal(all, 160);
	fake_close(&r.rule);
}

static void test_examples(void **state)
{
	static const char *const commands[] = {"words.py cheapest Abc", "words.sh Abc"};
	static const struct fake_message clean = {.texts = {{POSTERN_SEGMENT_NEW, "Hello."}, {POSTERN_SEGMENT_QUOTE, "Abc"}}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rule r;

		assert_non_null(open_rule(&r, commands[i], "1", "20", "20"));
		assert_string_equal(fake_check(r.rule, &message).evidence, "Abc");
		assert_int_equal(fake_check(r.rule, &clean).findings, 0);
		assert_int_equal(fake_check(r.rule, &clean).status, POSTERN_OK);
		fake_close(&r.rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_world),
		cmocka_unit_test(test_misbehaves),
		cmocka_unit_test(test_restarts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stderr),
		cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_examples),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
