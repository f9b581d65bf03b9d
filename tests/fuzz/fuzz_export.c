/* SPDX-License-Identifier: BSD-2-Clause */
/* Any JSON object as an audit event: every form stays within its limits, whatever stands in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "export/filter.h"
#include "export/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* One line of UTF-8 without controls, that ends where it has to. */
static void try_syslog(const json_t *event, size_t max_size, bool json)
{
	const struct export_syslog how = {.facility = 2, .enterprise = "32473", .host = "h", .max_size = max_size, .json = json};
	struct buf out = {0};

	export_syslog(&how, event, &out);
	require(!out.failed && out.len <= max_size && out.data[0] == '<' && utf8_valid(buf_slice(&out)));
	for (size_t i = 0; i < out.len; i++)
		require((unsigned char)out.data[i] >= ' ' && out.data[i] != 0x7F);
	buf_free(&out);
}

static void try_lines(const json_t *event)
{
	struct buf out = {0};

	export_json(event, &out);
	require(out.failed || memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	buf_truncate(&out, 0);
	export_csv(event, &out);
	require(out.failed || memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	buf_truncate(&out, 0);
	export_journal(event, &out);
	require(out.failed || (out.len < 128 * 1024 && out.data[out.len - 1] == '\n'));
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char word[] = "message";
	static char *const list[] = {word, NULL};
	const struct export_filter filter = {.events = list, .actions = list};
	json_t *event = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);

	if (json_is_object(event)) {
		(void)export_wanted(&filter, event);
		try_syslog(event, EXPORT_SYSLOG_MIN, false);
		try_syslog(event, 700, true);
		try_syslog(event, 8192, true);
		try_lines(event);
	}
	json_decref(event);
	return 0;
}
