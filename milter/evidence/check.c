/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking a pack from outside, with nothing but its files: every problem is named, not the first alone. */
#include "evidence/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "core/file.h"
#include "core/hash.h"
#include "evidence/internal.h"
#include "evidence/pack.h"
#include "evidence/pem.h"

#define FILE_MAX ((size_t)2 << 30)

struct checking {
	const char *dir;
	const struct sign_keys *trusted; /* NULL: any */
	json_t *problems;
	json_t *sums;    /* digest by name, as listed */
	json_t *archive; /* digests of raw messages that records name */
	size_t records, messages;
};

__attribute__((format(printf, 3, 4)))
static void problem(struct checking *checking, const char *file, const char *fmt, ...)
{
	json_t *object = json_object();
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_put_str(object, "file", file);
	json_put_str(object, "problem", text);
	json_array_append_new(checking->problems, object);
}

/* A pack's own names: one folder deep at most, nothing that leads out of it. */
static bool is_name(const char *name)
{
	size_t slashes = 0;

	if (name[0] == '.' || name[0] == '/' || name[0] == '\0' || strstr(name, "/.") != NULL)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		slashes += *p == '/';
		if ((unsigned char)*p <= ' ' || *p == '\\' || (unsigned char)*p >= 0x7F)
			return false;
	}
	return slashes <= 1;
}

/* 1: read, 0: a problem that was noted. A link is none of a pack's files, wherever it leads. */
static int read_file(struct checking *checking, const char *name, struct buf *out)
{
	char path[4096];
	struct diag d = {0};
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s", checking->dir, name) >= (int)sizeof(path))
		problem(checking, name, "the path is too long");
	else if (lstat(path, &st) == -1)
		problem(checking, name, errno == ENOENT ? "missing" : "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		problem(checking, name, "no plain file");
	else if (file_read(path, FILE_MAX, out, &d) == -1)
		problem(checking, name, "%s", d.text);
	else
		return 1;
	return 0;
}

/* ---- sums ------------------------------------------------------------------------------- */

static bool is_digest(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdef", text.ptr[i]) == NULL || text.ptr[i] == '\0')
			return false;
	return text.len == HASH_HEX_SIZE - 1;
}

static void read_sum(struct checking *checking, struct slice line, int number)
{
	struct slice digest = slice_sub(line, 0, HASH_HEX_SIZE - 1), rest = slice_sub(line, HASH_HEX_SIZE - 1, SIZE_MAX);
	char name[256];

	if (!is_digest(digest) || rest.len < 3 || memcmp(rest.ptr, "  ", 2) != 0 || rest.len - 2 >= sizeof(name) ||
	    memchr(rest.ptr, '\0', rest.len) != NULL) {
		problem(checking, PACK_SUMS, "line %d is no digest with a name", number);
		return;
	}
	memcpy(name, rest.ptr + 2, rest.len - 2);
	name[rest.len - 2] = '\0';
	if (!is_name(name))
		problem(checking, PACK_SUMS, "line %d: '%.100s' is no name of a pack's file", number, name);
	else if (json_object_get(checking->sums, name) != NULL)
		problem(checking, PACK_SUMS, "line %d: %s is listed twice", number, name);
	else
		json_put(checking->sums, name, digest);
}

static void read_sums(struct checking *checking, struct slice text)
{
	size_t head = sizeof(PACK_PURPOSE) - 1;
	int number = 2;

	if (text.len < head || memcmp(text.ptr, PACK_PURPOSE, head) != 0) {
		problem(checking, PACK_SUMS, "its first line is not that of a pack");
		return;
	}
	for (text = slice_sub(text, head, SIZE_MAX); text.len > 0; number++) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;

		read_sum(checking, slice_sub(text, 0, len), number);
		text = slice_sub(text, len + 1, SIZE_MAX);
	}
	if (json_object_get(checking->sums, PACK_MANIFEST) == NULL)
		problem(checking, PACK_SUMS, PACK_MANIFEST " is not listed");
}

/* ---- what files hold --------------------------------------------------------------------- */

static void check_checkpoint(struct checking *checking, const char *name, const json_t *event)
{
	struct checkpoint checkpoint;

	if (checkpoint_read(event, &checkpoint) == -1 || !checkpoint_is_signed(&checkpoint))
		problem(checking, name, "record %lld: the checkpoint's signature does not fit",
		    (long long)json_get_int(event, "seq", 0));
	else if (checking->trusted != NULL && !sign_keys_have(checking->trusted, checkpoint.public_key))
		problem(checking, name, "record %lld: a checkpoint of another key than the given one",
		    (long long)json_get_int(event, "seq", 0));
}

static void check_record(struct checking *checking, const char *name, const struct chain_record *record)
{
	const char *digest = json_get_str(record->event, "archive");

	if (is_event(record->event, "checkpoint"))
		check_checkpoint(checking, name, record->event);
	if (strcmp(name, PACK_RECORDS) != 0)
		return;
	checking->records++;
	if (digest != NULL)
		json_object_set_new(checking->archive, digest, json_true());
}

static void check_records(struct checking *checking, const char *name, struct slice text)
{
	int64_t last = 0;
	int number = 1;

	for (; text.len > 0; number++) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
		struct chain_record record;

		chain_parse(slice_sub(text, 0, len), &record);
		if (!record.sound)
			problem(checking, name, "line %d: record %lld does not fit its digest", number, (long long)record.seq);
		else if (record.seq <= last)
			problem(checking, name, "line %d: record %lld is out of its order", number, (long long)record.seq);
		else
			check_record(checking, name, &record);
		last = record.seq;
		chain_record_free(&record);
		text = slice_sub(text, len + 1, SIZE_MAX);
	}
}

static void check_manifest(struct checking *checking, struct slice text)
{
	json_t *manifest = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL), *file;
	size_t i, count = 0;

	json_array_foreach(json_object_get(manifest, "files"), i, file) {
		const char *name = text_of(file, "name"), *listed = json_get_str(checking->sums, name);

		count++;
		if (listed == NULL || strcmp(listed, text_of(file, "sha256")) != 0)
			problem(checking, PACK_MANIFEST, "%.100s has another digest in " PACK_SUMS, name);
	}
	/* It can't list itself. */
	if (manifest == NULL || count + 1 != json_object_size(checking->sums))
		problem(checking, PACK_MANIFEST, "it lists other files than " PACK_SUMS);
	json_decref(manifest);
}

static void check_file(struct checking *checking, const char *name, const char *listed)
{
	struct buf content = {0};
	char digest[HASH_HEX_SIZE];

	if (read_file(checking, name, &content) == 1) {
		hash_hex(digest, buf_slice(&content));
		if (strcmp(digest, listed) != 0)
			problem(checking, name, "changed: its digest is another");
		if (strlen(name) > 6 && strcmp(name + strlen(name) - 6, ".jsonl") == 0)
			check_records(checking, name, buf_slice(&content));
		else if (strcmp(name, PACK_MANIFEST) == 0)
			check_manifest(checking, buf_slice(&content));
	}
	buf_free(&content);
}

/* Records are read before messages: "audit/" sorts first. A redacted pack has none to compare with. */
static void check_message(struct checking *checking, const char *name, const char *listed)
{
	if (strncmp(name, "messages/", 9) != 0)
		return;
	checking->messages++;
	if (checking->records > 0 && json_object_get(checking->archive, listed) == NULL)
		problem(checking, name, "no record of the log names a message with this digest");
}

/* ---- other files -------------------------------------------------------------------------- */

static bool is_listed(const struct checking *checking, const char *name)
{
	return json_object_get(checking->sums, name) != NULL || strcmp(name, PACK_SUMS) == 0 ||
	    strcmp(name, PACK_SIGNATURE) == 0;
}

static int check_others(struct checking *checking, const char *folder, struct diag *d)
{
	size_t head = strlen(checking->dir) + 1;
	struct file_list list;
	char path[4096];

	snprintf(path, sizeof(path), "%s%s%s", checking->dir, folder[0] != '\0' ? "/" : "", folder);
	if (file_list_all(path, &list, d) == -1)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		struct stat st;

		if (lstat(list.paths[i], &st) == 0 && S_ISDIR(st.st_mode) && folder[0] == '\0') {
			if (check_others(checking, list.paths[i] + head, d) == -1)
				problem(checking, list.paths[i] + head, "can't be read");
		} else if (!is_listed(checking, list.paths[i] + head)) {
			problem(checking, list.paths[i] + head, "does not belong to the pack");
		}
	}
	file_list_free(&list);
	return 0;
}

/* ---- signature ------------------------------------------------------------------------------ */

static void check_signature(struct checking *checking, struct slice sums, json_t *report)
{
	const struct sign_keys *trusted = checking->trusted;
	struct buf pem = {0}, signature = {0};
	char key[SIGN_KEY_HEX] = "", hex[SIGN_HEX];
	bool is_signed = json_object_get(checking->sums, PACK_KEY) != NULL || trusted != NULL;

	if (is_signed && read_file(checking, PACK_KEY, &pem) == 1 && read_file(checking, PACK_SIGNATURE, &signature) == 1) {
		if (pem_key_read(buf_slice(&pem), key) == -1)
			problem(checking, PACK_KEY, "no public key of Ed25519");
		else if (pem_signature_read(buf_slice(&signature), hex) == -1 || !sign_check(key, sums, hex))
			problem(checking, PACK_SIGNATURE, "the signature does not fit " PACK_SUMS);
		else if (trusted != NULL && !sign_keys_have(trusted, key))
			problem(checking, PACK_KEY, "signed with another key than the given one");
	}
	json_put_bool(report, "signed", is_signed);
	if (key[0] != '\0')
		json_put_str(report, "public_key", key);
	json_put_bool(report, "trusted", trusted != NULL);
	buf_free(&pem);
	buf_free(&signature);
}

static int check(struct checking *checking, json_t *report, struct diag *d)
{
	struct buf sums = {0};
	const char *name;
	json_t *listed;

	if (read_file(checking, PACK_SUMS, &sums) == 1) {
		read_sums(checking, buf_slice(&sums));
		check_signature(checking, buf_slice(&sums), report);
	}
	buf_free(&sums);
	json_object_foreach(checking->sums, name, listed) {
		check_file(checking, name, json_string_value(listed));
		check_message(checking, name, json_string_value(listed));
	}
	return check_others(checking, "", d);
}

int evidence_check(const char *dir, const struct sign_keys *trusted, json_t **report_r, struct diag *d)
{
	struct checking checking = {.dir = dir, .trusted = trusted, .problems = json_array(), .sums = json_object(),
	    .archive = json_object()};
	json_t *report = json_object();
	int rc = check(&checking, report, d);

	json_put_bool(report, "ok", json_array_size(checking.problems) == 0);
	json_put_int(report, "files", (json_int_t)json_object_size(checking.sums));
	json_put_int(report, "records", (json_int_t)checking.records);
	json_put_int(report, "messages", (json_int_t)checking.messages);
	json_put_new(report, "problems", checking.problems);
	json_decref(checking.sums);
	json_decref(checking.archive);
	*report_r = report;
	if (rc == -1)
		json_decref(report);
	return rc;
}
