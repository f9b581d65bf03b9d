/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a file of the audit log. A log that verifies with the key begins with what the key's owner signed, and
 * a line that is taken without reading its JSON says the same as its JSON does.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "core/file.h"
#include "core/hash.h"

/* Whose key the corpus's file "whole" is signed with; the secret half is nowhere. */
#define PUBLIC_KEY "b387f779ddbb2096cb44897c1732333b0ad4ba4abf6f068a5c2fe02fcf01b76a"
#define SIGNED_RECORDS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_checkpoint(const json_t *event)
{
	struct checkpoint c;

	if (checkpoint_read(event, &c) == 0 && (c.head_seq < 0 || strlen(c.public_key) >= SIGN_KEY_HEX))
		abort();
	if (c.head_seq > 0)
		(void)checkpoint_is_signed(&c);
}

static void check_line(struct slice line)
{
	struct chain_record record;
	struct chain_scan scan;
	bool scanned = chain_scan(line, &scan);

	chain_parse(line, &record);
	if (scanned && record.event != NULL) {
		const char *type = json_get_str(record.event, "event");

		if (!record.sound || record.seq != scan.seq || !slice_eq_str(scan.hash, record.hash) ||
		    (scan.event.ptr != NULL && (type == NULL || !slice_eq_str(scan.event, type))))
			abort();
		if (!slice_eq_str(scan.prev, record.prev))
			abort();
	}
	if (record.event != NULL)
		check_checkpoint(record.event);
	chain_record_free(&record);
}

/* With a hash that fits, so that what is behind that check is reached, too. */
static void check_sealed(struct slice line)
{
	struct chain_head head = {.seq = 0};
	struct buf sealed = {0};

	if (line.len > 2)
		chain_seal(&sealed, slice_sub(line, 1, line.len - 2), &head);
	if (sealed.len > 1)
		check_line(slice_sub(buf_slice(&sealed), 0, sealed.len - 1));
	buf_free(&sealed);
}

static void check_lines(const uint8_t *data, size_t size)
{
	struct slice rest = {(const char *)data, size};

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct slice line = slice_sub(rest, 0, end != NULL ? (size_t)(end - rest.ptr) : rest.len);

		check_line(line);
		check_sealed(line);
		rest = slice_sub(rest, line.len + 1, SIZE_MAX);
	}
}

/* ---- as a log --------------------------------------------------------------- */

static char dir[64], path[128];
static struct buf whole;
static struct sign_keys keys;

static void remove_log(void)
{
	unlink(path);
	rmdir(dir);
	buf_free(&whole);
	sign_keys_free(&keys);
}

static void set_up(void)
{
	struct diag d = {0};

	if (dir[0] != '\0')
		return;
	snprintf(dir, sizeof(dir), "/tmp/fuzz_audit.XXXXXX");
	if (hash_init() != 0 || mkdtemp(dir) == NULL || file_read(FUZZ_CORPUS "/whole", 1 << 20, &whole, &d) != 0 ||
	    sign_keys_add(&keys, PUBLIC_KEY, &d) != 0)
		abort();
	snprintf(path, sizeof(path), "%s/audit-000000000001.jsonl", dir);
	atexit(remove_log);
}

/* Bytes up to the record that is signed last. */
static size_t signed_bytes(void)
{
	const char *at = whole.data;

	for (int i = 0; i < SIGNED_RECORDS; i++)
		at = strchr(at, '\n') + 1;
	return (size_t)(at - whole.data);
}

static void write_log(const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static int take(void *arg, const json_t *event)
{
	(void)arg;
	return json_is_object(event) ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_trust trust = {.keys = &keys};
	struct audit_report report;
	struct checkpoint last;
	struct diag d = {0};

	set_up();
	check_lines(data, size);
	write_log(data, size);
	if (audit_verify_trusting(dir, &trust, &report, &d) != 0)
		abort();
	if (report.file == NULL && (size < signed_bytes() || memcmp(data, whole.data, signed_bytes()) != 0))
		abort();
	if (size == whole.len && memcmp(data, whole.data, size) == 0 && report.file != NULL)
		abort();
	audit_report_free(&report);
	if (audit_verify(dir, 0, NULL, &report, &d) != 0)
		abort();
	audit_report_free(&report);
	(void)audit_read(dir, 1, take, NULL, &d);
	(void)checkpoint_last(dir, &last, &d);
	return 0;
}
