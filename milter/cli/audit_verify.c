/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern audit verify: the configured log with the store's memory of it, or
 * a copy elsewhere with nothing but public keys and checkpoints that were kept.
 */
#include "cli/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/checkpoint.h"
#include "core/file.h"
#include "store/store.h"

#define KEPT_MAX ((size_t)256 << 20)

/* All that the log is held against, and the texts that it points to. */
struct against {
	struct sign_keys keys;
	struct audit_known known[AUDIT_KNOWN_MAX];
	char hashes[AUDIT_KNOWN_MAX][HASH_HEX_SIZE];
	size_t known_count;
};

static int against_add(struct against *against, int64_t seq, const char *hash, const char *what, struct diag *d)
{
	size_t i = against->known_count;

	if (i == AUDIT_KNOWN_MAX)
		return diag_add(d, "more than %d checkpoints; the newest one is enough", AUDIT_KNOWN_MAX);
	snprintf(against->hashes[i], HASH_HEX_SIZE, "%s", hash);
	against->known[i] = (struct audit_known){.seq = seq, .hash = against->hashes[i], .what = what};
	against->known_count++;
	return 0;
}

/* ---- checkpoints that were kept ------------------------------------------------ */

/* A line of a kept file; newest_r moves on when it has a later checkpoint. */
static int kept_line(const struct against *against, const char *file, int number, struct slice line,
    struct checkpoint *newest, struct diag *d)
{
	json_t *event = line.len > 0 ? json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	struct checkpoint c;
	int rc = checkpoint_read(event, &c);

	json_decref(event);
	if (rc == -1)
		return 0;
	if (!checkpoint_is_signed(&c))
		return diag_at(d, file, number, "this checkpoint was edited or forged: its signature does not fit");
	if (against->keys.count > 0 && !sign_keys_have(&against->keys, c.public_key))
		return diag_at(d, file, number, "a checkpoint of an unknown key: %s is none of the public keys given", c.public_key);
	if (c.head_seq > newest->head_seq)
		*newest = c;
	return 0;
}

/* The newest checkpoint of a file with JSON lines: by the chain it stands for all before. */
static int kept_file(struct against *against, const char *file, struct diag *d)
{
	struct checkpoint newest = {0};
	struct buf text = {0};
	struct slice rest;
	int rc = file_read(file, KEPT_MAX, &text, d);

	rest = buf_slice(&text);
	for (int number = 1; rc == 0 && rest.len > 0; number++) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct slice line = slice_sub(rest, 0, end != NULL ? (size_t)(end - rest.ptr) : rest.len);

		rc = kept_line(against, file, number, line, &newest, d);
		rest = slice_sub(rest, line.len + 1, SIZE_MAX);
	}
	buf_free(&text);
	if (rc == 0 && newest.head_seq == 0)
		rc = diag_add(d, "%s: no checkpoint in it; 'postern audit checkpoint' prints one", file);
	return rc == 0 ? against_add(against, newest.head_seq, newest.head, file, d) : -1;
}

static bool is_hash(const char *text)
{
	return strlen(text) == HASH_HEX_SIZE - 1 && strspn(text, "0123456789abcdef") == HASH_HEX_SIZE - 1;
}

static int add_kept(struct against *against, const char *text, struct diag *d)
{
	return is_hash(text) ? against_add(against, 0, text, "who gave it", d) : kept_file(against, text, d);
}

/* ---- the configured log ---------------------------------------------------------- */

/* What the store remembers of the log's end; the log alone can't tell that its tail was cut off. */
static int add_store(struct against *against, const struct config *config, struct diag *d)
{
	struct store_config where = {.type = config->store_type, .path = config->store_path, .read_only = 1};
	char hash[HASH_HEX_SIZE] = "";
	struct diag ignored = {0};
	struct store *store = store_open(&where, &ignored);
	int64_t seq = 0;

	if (store != NULL && store_applied(store, &seq, hash, &ignored) == -1)
		seq = 0;
	store_close(&store);
	return seq > 0 ? against_add(against, seq, hash, "the store", d) : 0;
}

static int add_config(struct against *against, const struct config *config, struct diag *d)
{
	if (against->keys.count == 0 && access(config->audit_public_key_file, F_OK) == 0 &&
	    sign_keys_add(&against->keys, config->audit_public_key_file, d) == -1)
		return -1;
	return add_store(against, config, d);
}

/* ---- the answer ------------------------------------------------------------------- */

/* Records behind the last checkpoint. */
static int64_t unsigned_records(const struct audit_report *report)
{
	return report->checkpoints > 0 ? report->last - report->signed_seq - 1 : report->events;
}

static int verify_json(const struct audit_report *report)
{
	json_t *object = json_object();

	json_put_bool(object, "ok", report->file == NULL);
	json_put_int(object, "events", report->events);
	json_put_int(object, "first", report->first);
	json_put_int(object, "last", report->last);
	json_put_str(object, "head", report->head);
	json_put_int(object, "files", (json_int_t)report->files);
	json_put_int(object, "checkpoints", report->checkpoints);
	json_put_bool(object, "trusted", report->trusted);
	json_put_int(object, "signed", report->signed_seq);
	json_put_str(object, "signed_time", report->signed_time);
	json_put_int(object, "unsigned", unsigned_records(report));
	if (report->file != NULL) {
		json_put_str(object, "file", report->file);
		json_put_int(object, "line", report->line);
		json_put_int(object, "record", report->record);
		json_put_str(object, "reason", report->reason);
	}
	return cli_json(object);
}

static void show_signed(const struct cli *cli, const struct audit_report *report)
{
	if (report->checkpoints > 0)
		printf("signed up to record %lld of %s, by %lld checkpoints; records not signed yet: %lld\n",
		    (long long)report->signed_seq, report->signed_time, (long long)report->checkpoints,
		    (long long)unsigned_records(report));
	if (report->trusted)
		return;
	cli_styled(cli, CLI_WARN, "signatures prove little");
	puts(" so far: no public key was given (--public-key), so anybody may have made them");
}

static int verify_show(const struct cli *cli, const struct audit_report *report)
{
	if (cli->json) {
		if (verify_json(report) != CLI_OK)
			return CLI_ERROR;
	} else if (report->file != NULL) {
		cli_styled(cli, CLI_BAD, "BROKEN");
		printf(" %s:%d: ", report->file, report->line);
		if (report->record > 0)
			printf("record %lld: ", (long long)report->record);
		cli_text(slice_str(report->reason), 0);
		putchar('\n');
	} else {
		cli_styled(cli, CLI_GOOD, "the chain is whole");
		printf(": %lld events in %zu files, last %lld, head %s\n", (long long)report->events,
		    report->files, (long long)report->last, report->head);
		show_signed(cli, report);
	}
	return report->file == NULL ? CLI_OK : CLI_NEGATIVE;
}

static int collect(struct against *against, const struct cli_audit_options *options, const struct config *config,
    struct diag *d)
{
	for (size_t i = 0; i < options->public_keys.count; i++)
		if (sign_keys_add(&against->keys, options->public_keys.items[i], d) == -1)
			return -1;
	if (config != NULL && add_config(against, config, d) == -1)
		return -1;
	for (size_t i = 0; i < options->checkpoints.count; i++)
		if (add_kept(against, options->checkpoints.items[i], d) == -1)
			return -1;
	return 0;
}

int cli_audit_verify(struct cli *cli, const struct cli_audit_options *options)
{
	struct config *config = options->dir == NULL ? cli_config(cli) : NULL;
	struct audit_report report = {0};
	struct against *against = calloc(1, sizeof(*against));
	struct audit_trust trust;
	struct diag d = {0};
	int code;

	if (against == NULL || (options->dir == NULL && config == NULL)) {
		free(against);
		config_free(&config);
		return CLI_ERROR;
	}
	trust = (struct audit_trust){.keys = &against->keys, .known = against->known};
	if (collect(against, options, config, &d) == 0) {
		trust.known_count = against->known_count;
		audit_verify_trusting(config != NULL ? config->audit_dir : options->dir, &trust, &report, &d);
	}
	code = d.count > 0 ? cli_fail(cli, &d) : verify_show(cli, &report);
	audit_report_free(&report);
	sign_keys_free(&against->keys);
	free(against);
	config_free(&config);
	return code;
}
