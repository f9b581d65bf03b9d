/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a message: what servers and bounces say is read, and every id and domain is a view into it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "mail/authres.h"
#include "mail/date.h"
#include "mail/lookalike.h"
#include "mail/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_results(const struct message *m)
{
	static char id[] = "mx.a.example";
	static char *const ids[] = {id, NULL};
	struct auth_results r;

	auth_results_read(m, ids, &r);
	if (r.domain_count > AUTH_DOMAINS_MAX || (!r.present && (r.dmarc != AUTH_ABSENT || r.domain_count > 0)))
		abort();
	for (size_t i = 0; i < r.domain_count; i++)
		if (r.domains[i].len == 0 || memchr(r.domains[i].ptr, ';', r.domains[i].len) == r.domains[i].ptr)
			abort();
}

static void check_report(struct slice raw, const struct message *m)
{
	struct delivery_report r;

	delivery_report_read(raw, m, &r);
	if (r.id_count > REPORT_IDS_MAX || r.status.len > 9 || (r.failed && !r.has_action))
		abort();
	for (size_t i = 0; i < r.id_count; i++)
		if (r.ids[i].len < 3 || r.ids[i].ptr[0] != '<' || r.ids[i].ptr[r.ids[i].len - 1] != '>' ||
		    memchr(r.ids[i].ptr, ' ', r.ids[i].len) != NULL)
			abort();
}

static void check_day(struct slice text)
{
	int64_t day;

	for (int first = 0; first < 2; first++)
		if (date_day(text, first != 0, &day) == 0 && day % 86400 != 43200)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mail_limits limits = {.header_count = 1000};
	struct arena *arena = arena_new((size_t)64 << 20);
	struct slice raw = {(const char *)data, size};
	struct message m = {0};
	struct diag d = {.text = ""};

	if (message_headers(arena, raw, &limits, &m, &d) == 0) {
		check_results(&m);
		check_report(raw, &m);
	}
	check_day(slice_sub(raw, 0, 100));
	lookalike_fold(arena, slice_sub(raw, 0, 300));
	arena_free(&arena);
	return 0;
}
