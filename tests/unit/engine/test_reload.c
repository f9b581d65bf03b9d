/* SPDX-License-Identifier: BSD-2-Clause */
/* Readers judge while the rules are exchanged under them; run it under the thread sanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "engine/plugin.h"
#include "engine/txn.h"
#include "mail/message.h"
#include "mail/url.h"
#include "postern/plugin.h"
#include "site.h"

#define RELOADS 1000
#define READERS 4

static const char rules[] = "rule \"words\" { plugin = \"good\" direction = \"outbound\" action = \"reject\"\n"
	"tests { fail = { \"forbidden\" } ok = { \"fine\" } } }\n";

struct reader {
	struct engine *engine;
	atomic_bool *stop;
	unsigned judged, wrong;
};

static enum action judge(struct engine *engine, struct slice raw)
{
	const struct txn_services services = {.clock = &clock_system};
	struct generation *g = engine_current(engine);
	struct txn *txn = txn_new(g, &services);
	struct diag d = {0};
	enum action action;

	generation_unref(&g); /* the transaction keeps its own */
	txn_set_direction(txn, POSTERN_OUTBOUND);
	txn_sender(txn, "a@seller.example", &d);
	txn_recipient(txn, "c@relay.market.example", &d);
	txn_raw(txn, raw, &d);
	action = txn_judge(txn)->action;
	txn_free(&txn);
	return action;
}

static void *read_on(void *arg)
{
	struct reader *reader = arg;

	do {
		reader->wrong += judge(reader->engine, SLICE_LIT("Subject: a\r\n\r\nforbidden\r\n")) != ACTION_REJECT;
		reader->wrong += judge(reader->engine, SLICE_LIT("Subject: a\r\n\r\nfine\r\n")) != ACTION_PASS;
		reader->judged++;
	} while (!atomic_load(reader->stop));
	return NULL;
}

/* The plugin's file, by mv: every other one has a byte more, so that it is another file that does the same. */
static void replace_plugin(const char *dir, bool more)
{
	char next[100], path[100];
	struct buf data = {0};
	struct diag d = {0};
	int fd;

	snprintf(next, sizeof(next), "%s/next.so", dir);
	snprintf(path, sizeof(path), "%s/good.so", dir);
	assert_int_equal(file_read(BADPLUGINS "/good.so", 64 << 20, &data, &d), 0);
	if (more)
		buf_add_char(&data, '\n');
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd != -1);
	assert_int_equal(write(fd, data.data, data.len), data.len);
	close(fd);
	assert_int_equal(rename(next, path), 0);
	buf_free(&data);
}

/* 34: with the plugin's file replaced each time; images are never unloaded, and the same bytes are one image. */
static void there_is_never_a_moment_without_rules(void **state)
{
	char dir[] = "/tmp/postern-reload-XXXXXX", main_text[200];
	struct reader readers[READERS];
	pthread_t threads[READERS];
	struct site site;
	struct engine *engine;
	struct diag d = {0};
	atomic_bool stop = false;
	unsigned number = 0;
	size_t images;

	(void)state;
	assert_non_null(mkdtemp(dir));
	replace_plugin(dir, false);
	snprintf(main_text, sizeof(main_text), "plugin \"good\" { path = \"%s/good.so\" }\n", dir);
	site_make(&site, main_text, rules);
	engine = engine_new(site.config, &d);
	assert_non_null(engine);
	images = plugin_images();
	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.engine = engine, .stop = &stop};
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers[i]), 0);
	}
	for (int i = 0; i < RELOADS; i++) {
		replace_plugin(dir, i % 2 == 0);
		assert_int_equal(engine_reload(engine, &number, &d), 0);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_true(readers[i].judged > 0);
	}
	assert_int_equal(number, RELOADS + 1);
	assert_int_equal(plugin_images(), images + 1);
	engine_free(&engine);
	site_remove(&site);
	site_empty(dir);
}

static void a_failed_reload_keeps_the_old_rules(void **state)
{
	static const char *const broken[] = {
		"rule \"words\" { plugin = \"nobody\" direction = \"outbound\" action = \"reject\" }\n",
		"rule \"words\" { plugin = \"good\" direction = \"outbound\" action = \"reject\" word = \"(\" }\n",
		"rule \"words\" { plugin = \"good\" direction = \"outbound\" action = \"reject\" tests { fail = { \"fine\" } } }\n",
		"rule \"words\" {\n",
	};
	struct site site;
	struct engine *engine;
	struct diag d = {0};
	unsigned number = 0;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), rules);
	engine = engine_new(site.config, &d);
	assert_non_null(engine);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct diag problem = {0};

		site_write(&site, "rules.d/test.conf", broken[i]);
		assert_int_equal(engine_reload(engine, &number, &problem), -1);
		assert_int_equal(number, 1);
		assert_non_null(strstr(problem.text, "rules.d/test.conf:"));
		assert_int_equal(judge(engine, SLICE_LIT("Subject: a\r\n\r\nforbidden\r\n")), ACTION_REJECT);
	}
	site_write(&site, "rules.d/test.conf", rules);
	assert_int_equal(engine_reload(engine, &number, &d), 0);
	assert_int_equal(number, 2);
	engine_free(&engine);
	site_remove(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_never_a_moment_without_rules),
		cmocka_unit_test(a_failed_reload_keeps_the_old_rules),
	};

	hash_init();
	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
