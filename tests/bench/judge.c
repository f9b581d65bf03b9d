/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges the same messages many times in this process, as the daemon does
 * between libmilter and the audit log: for a profiler, and to see what a
 * message costs by itself.
 *
 * usage: judge CONFIG COUNT FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "engine/generation.h"
#include "engine/txn.h"
#include "mail/message.h"
#include "mail/url.h"
#include "postern/plugin.h"

#define FILE_MAX ((size_t)256 << 20)

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int judge(struct generation *generation, struct slice raw, enum action *action_r, struct diag *d)
{
	const struct txn_services services = {.clock = &clock_system};
	struct txn *txn = txn_new(generation, &services);
	int rc = -1;

	if (txn == NULL)
		return diag_add(d, "out of memory");
	txn_set_direction(txn, POSTERN_OUTBOUND);
	if (txn_sender(txn, "care@bestgadgets.example", d) == 0 &&
	    txn_recipient(txn, "4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com", d) == 0 && txn_raw(txn, raw, d) == 0 &&
	    txn_scope(txn, true) == TXN_CONCERNED) {
		*action_r = txn_judge(txn)->action;
		rc = 0;
	}
	txn_free(&txn);
	return rc;
}

static int measure(struct generation *generation, const char *path, long count, struct diag *d)
{
	enum action action = ACTION_PASS;
	struct buf raw = {0};
	double begun;
	int rc = file_read(path, FILE_MAX, &raw, d);

	begun = cpu_seconds();
	for (long i = 0; i < count && rc == 0; i++)
		rc = judge(generation, buf_slice(&raw), &action, d);
	if (rc == 0)
		printf("%s: %s, %.1f us\n", path, action_name(action), (cpu_seconds() - begun) * 1e6 / (double)count);
	buf_free(&raw);
	return rc;
}

int main(int argc, char **argv)
{
	struct diag d = {0};
	struct generation *generation;
	struct engine *engine;
	double begun = cpu_seconds();
	int rc = 0;

	if (argc < 4 || strtol(argv[2], NULL, 10) <= 0) {
		fprintf(stderr, "usage: judge CONFIG COUNT FILE...\n");
		return 2;
	}
	if (hash_init() != 0 || url_init() != 0)
		return 2;
	message_init();
	engine = engine_new(argv[1], &d);
	if (engine != NULL) {
		printf("loading: %.1f ms\n", (cpu_seconds() - begun) * 1e3);
		generation = engine_current(engine);
		for (int i = 3; i < argc && rc == 0; i++)
			rc = measure(generation, argv[i], strtol(argv[2], NULL, 10), &d);
		generation_unref(&generation);
		engine_free(&engine);
	}
	if (d.count > 0)
		fprintf(stderr, "judge: %s\n", d.text);
	return d.count > 0;
}
