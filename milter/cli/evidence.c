/* SPDX-License-Identifier: BSD-2-Clause */
/* postern evidence: a folder for a marketplace's reviewer, and the check that it is as it was made. */
#include "cli/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "core/file.h"
#include "evidence/check.h"
#include "evidence/files.h"
#include "evidence/redact.h"

#define KEY_MAX 4096

struct call {
	struct cli_desk desk;
	struct evidence_scope scope;
	const char *dir, *sign_key, *key_file, *tokens, *from, *to, *at;
	struct cli_values hide;
	bool redact, is_unsigned;
	struct redaction *redaction;
	struct sign_key *key;
	struct archive *archive;
};

/* ---- sources ----------------------------------------------------------------------------- */

static int fetch(void *arg, const char *digest, struct buf *out, struct diag *d)
{
	return archive_get(arg, digest, out, d);
}

/* No archive is no error: each message is listed as one that was not stored. */
static int open_archive(struct call *call, struct diag *d)
{
	const struct config *config = call->desk.config;
	struct archive_config where = {.dir = config->archive.dir, .key_file = config->archive.key_file};

	if (!config->archive.enabled && access(config->archive.dir, F_OK) == -1)
		return 0;
	call->archive = archive_open(&where, true, d);
	return call->archive != NULL ? 0 : -1;
}

static int open_key(struct call *call, struct diag *d)
{
	if (call->is_unsigned)
		return 0;
	call->key = sign_key_load(call->sign_key != NULL ? call->sign_key : call->desk.config->audit_key_file, d);
	return call->key != NULL ? 0 : diag_add(d, "the pack is not signed without it; say --unsigned if it is to be so");
}

static int open_redaction(struct call *call, struct diag *d)
{
	struct buf key = {0};
	int rc;

	if (!call->redact)
		return 0;
	rc = file_read(call->key_file, KEY_MAX, &key, d);
	if (rc == 0 && slice_trim(buf_slice(&key)).len < 16)
		rc = diag_add(d, "%s: a key needs 16 characters at least", call->key_file);
	if (rc == 0)
		call->redaction = redaction_new(call->desk.profiles, slice_trim(buf_slice(&key)));
	buf_free(&key);
	if (rc == 0 && call->redaction == NULL)
		rc = diag_add(d, "out of memory");
	for (size_t i = 0; rc == 0 && i < call->hide.count; i++)
		if (redaction_hide(call->redaction, slice_str(call->hide.items[i])) == -1)
			rc = diag_add(d, "out of memory");
	return rc;
}

/* ---- making ------------------------------------------------------------------------------- */

/* Windows and refunds of an order, as "postern windows" shows them. */
static int add_subjects(struct call *call, struct evidence *evidence, struct diag *d)
{
	json_t *list = json_array();
	struct facts facts;
	size_t at = 0;
	int rc = 0;

	if (call->scope.order != NULL) {
		call->desk.now = evidence->as_of;
		rc = facts_read(call->desk.store, SLICE_NONE, call->scope.order, 0, &facts, d);
		while (rc == 0 && at < facts.count) {
			struct subject subject;

			rc = subject_read(&call->desk, &facts, &at, true, &subject, d);
			if (rc == 0) {
				json_array_append_new(list, subject_json(&subject, evidence->as_of, true));
				subject_free(&subject);
			}
		}
		facts_free(&facts);
	}
	json_put_new(evidence->model, "subjects", list);
	return rc;
}

static int write_tokens(const struct call *call, struct diag *d)
{
	static const char *const columns[] = {"token", "kind", "value", NULL};
	json_t *tokens;
	struct buf table = {0};
	int fd, rc = -1;

	if (call->tokens == NULL)
		return 0;
	fd = open(call->tokens, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return diag_add(d, "%s: can't be made (it may not exist yet): %s", call->tokens, strerror(errno));
	tokens = redaction_tokens(call->redaction);
	csv_write(&table, tokens, columns);
	if (!table.failed && write(fd, table.data, table.len) == (ssize_t)table.len && fsync(fd) == 0)
		rc = 0;
	else
		diag_add(d, "%s: %s", call->tokens, strerror(errno));
	close(fd);
	json_decref(tokens);
	buf_free(&table);
	return rc;
}

static int write_pack(struct call *call, struct evidence *evidence, struct diag *d)
{
	struct pack pack = {0};
	int rc;

	json_put_bool(evidence->model, "signed", call->key != NULL);
	rc = files_make(evidence, &pack, d);
	if (rc == 0)
		rc = pack_seal(&pack, files_about(evidence), call->key, d);
	if (rc == 0)
		rc = write_tokens(call, d);
	if (rc == 0)
		rc = pack_write(&pack, call->dir, evidence->as_of, d);
	pack_free(&pack);
	return rc;
}

static size_t count_absent(const struct evidence *evidence)
{
	size_t absent = 0;

	for (size_t i = 0; i < evidence->message_count; i++)
		absent += evidence->messages[i].name == NULL;
	return absent;
}

static int show_made(const struct call *call, const struct evidence *evidence)
{
	size_t messages = evidence->message_count, absent = count_absent(evidence);
	json_int_t records = json_get_int(json_object_get(evidence->model, "log"), "records", 0);

	if (call->desk.cli->json)
		return cli_json(json_pack("{s:s, s:I, s:I, s:I, s:b, s:b, s:O}", "dir", call->dir, "messages",
		    (json_int_t)messages, "absent", (json_int_t)absent, "records", records, "signed", call->key != NULL,
		    "redacted", call->redact, "as_of", json_object_get(evidence->model, "as_of")));
	printf("%s: %zu messages, %lld records of the log, as of %s%s\n", call->dir, messages, (long long)records,
	    json_get_str(evidence->model, "as_of"), call->redact ? ", redacted" : "");
	if (absent > 0)
		printf("  %zu of the messages are listed only, since the archive does not have them: see messages.json\n", absent);
	if (call->key == NULL)
		puts("  it is not signed");
	if (call->redact)
		puts("  names that stand in the text only are not found: read it before you give it away");
	return CLI_OK;
}

static int make(struct call *call, struct diag *d)
{
	struct evidence_source source = {.config = call->desk.config, .store = call->desk.store,
	    .profiles = call->desk.profiles, .fetch = call->archive != NULL ? fetch : NULL, .fetch_arg = call->archive};
	struct evidence evidence;
	int rc = evidence_gather(&source, &call->scope, &evidence, d), code = CLI_ERROR;

	if (rc == 1)
		rc = add_subjects(call, &evidence, d) == -1 ||
		    (call->redact && redaction_apply(call->redaction, &evidence, d) == -1) ||
		    write_pack(call, &evidence, d) == -1 ? -1 : 1;
	if (rc == 1)
		code = show_made(call, &evidence);
	else if (rc == 0)
		code = CLI_NEGATIVE;
	evidence_free(&evidence);
	return code;
}

static int make_call(struct cli *cli, struct call *call)
{
	struct diag d = {0};
	int code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &call->desk);

	if (code == CLI_OK) {
		code = open_key(call, &d) == -1 || open_archive(call, &d) == -1 || open_redaction(call, &d) == -1
		    ? CLI_ERROR : make(call, &d);
		if (code == CLI_ERROR)
			cli_fail(cli, &d);
		else if (code == CLI_NEGATIVE && !cli->json)
			puts("nothing is known of that");
	}
	redaction_free(&call->redaction);
	sign_key_free(&call->key);
	archive_close(&call->archive);
	cli_desk_close(&call->desk);
	return code;
}

/* ---- checking ------------------------------------------------------------------------------ */

static void show_report(const struct cli *cli, const char *dir, const json_t *report)
{
	const json_t *problem;
	size_t i;

	json_array_foreach(json_object_get(report, "problems"), i, problem) {
		cli_styled(cli, CLI_BAD, "BAD ");
		cli_member(problem, "file", "");
		cli_member(problem, "problem", ": ");
		putchar('\n');
	}
	if (!json_is_true(json_object_get(report, "ok")))
		return;
	cli_styled(cli, CLI_GOOD, "whole");
	printf(": %s: %lld files, %lld records, %lld messages", dir, (long long)json_get_int(report, "files", 0),
	    (long long)json_get_int(report, "records", 0), (long long)json_get_int(report, "messages", 0));
	if (!json_is_true(json_object_get(report, "signed")))
		puts("; not signed: who could change a file could change its digest too");
	else if (json_is_true(json_object_get(report, "trusted")))
		printf("; signed with the given key %s\n", json_get_str(report, "public_key"));
	else
		printf("; signed with %s: compare it with a key that did not come with the pack\n",
		    json_get_str(report, "public_key"));
}

static int check(const struct cli *cli, const char *dir, const struct cli_values *public_keys)
{
	struct sign_keys keys = {0};
	struct diag d = {0};
	json_t *report;
	int code = CLI_OK;

	for (size_t i = 0; i < public_keys->count && code == CLI_OK; i++)
		if (sign_keys_add(&keys, public_keys->items[i], &d) == -1)
			code = cli_fail(cli, &d);
	if (code == CLI_OK && evidence_check(dir, keys.count > 0 ? &keys : NULL, &report, &d) == -1) {
		code = cli_fail(cli, &d);
	} else if (code == CLI_OK) {
		code = json_is_true(json_object_get(report, "ok")) ? CLI_OK : CLI_NEGATIVE;
		if (cli->json && cli_json(json_incref(report)) != CLI_OK)
			code = CLI_ERROR;
		else if (!cli->json)
			show_report(cli, dir, report);
		json_decref(report);
	}
	sign_keys_free(&keys);
	return code;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int read_time(const char *option, const char *text, int64_t *time_r)
{
	if (text == NULL || clock_parse(text, time_r) == 0)
		return 0;
	cli_usage(&cli_evidence, "%s needs a time like 2026-11-22T09:00:00Z or a day, not '%s'", option, text);
	return -1;
}

/* The table of what hides behind the tokens is not to be given away with the pack. */
static bool is_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

static int check_call(struct call *call)
{
	const struct evidence_scope *scope = &call->scope;
	int named = (scope->order != NULL) + (scope->thread != NULL) + (scope->customer != NULL);

	if (named > 1)
		return cli_usage(&cli_evidence, "name one of --order, --thread and --customer");
	if (named == 0 && call->from == NULL && call->to == NULL)
		return cli_usage(&cli_evidence, "say what it is to be about: --order, --thread, --customer, or a period");
	if (call->dir == NULL)
		return cli_usage(&cli_evidence, "-o DIR is missing: a directory that does not exist yet");
	if (call->redact != (call->key_file != NULL))
		return cli_usage(&cli_evidence, call->redact ? "--redact needs --key-file FILE" : "--key-file goes with --redact");
	if (!call->redact && (call->tokens != NULL || call->hide.count > 0))
		return cli_usage(&cli_evidence, "--tokens and --hide go with --redact");
	if (call->tokens != NULL && is_inside(call->tokens, call->dir))
		return cli_usage(&cli_evidence, "--tokens: '%s' is inside of the pack; keep it apart", call->tokens);
	if (read_time("--from", call->from, &call->scope.from) == -1 || read_time("--to", call->to, &call->scope.to) == -1 ||
	    read_time("--at", call->at, &call->scope.at) == -1)
		return CLI_ERROR;
	return CLI_OK;
}

static int evidence_run(struct cli *cli, int argc, char **argv)
{
	struct call call = {.dir = NULL};
	struct cli_values public_keys = {0};
	const struct cli_option options[] = {
		{.name = "order", .value = &call.scope.order}, {.name = "thread", .value = &call.scope.thread},
		{.name = "customer", .value = &call.scope.customer}, {.name = "from", .value = &call.from},
		{.name = "to", .value = &call.to}, {.name = "at", .value = &call.at},
		{.name = "output", .letter = 'o', .value = &call.dir}, {.name = "sign-key", .value = &call.sign_key},
		{.name = "unsigned", .flag = &call.is_unsigned}, {.name = "redact", .flag = &call.redact},
		{.name = "key-file", .value = &call.key_file}, {.name = "tokens", .value = &call.tokens},
		{.name = "hide", .values = &call.hide}, {.name = "checklist", .value = &call.scope.checklist},
		{.name = "public-key", .values = &public_keys}, {0},
	};
	int code, first = cli_options(cli, &cli_evidence, argc, argv, options, &code);

	if (first == -1)
		goto out;
	if (first + 2 == argc && strcmp(argv[first], "verify") == 0) {
		code = check(cli, argv[first + 1], &public_keys);
		goto out;
	}
	if (first < argc)
		code = cli_usage(&cli_evidence, "takes options, or 'verify DIR'");
	else
		code = check_call(&call);
	if (code == CLI_OK)
		code = make_call(cli, &call);
out:
	free(call.hide.items);
	free(public_keys.items);
	return code;
}

const struct cli_command cli_evidence = {
	"evidence",
	"--order ID|--thread ID|--customer NAME [--from TIME] [--to TIME] -o DIR [OPTION...] | verify DIR",
	"Put together what shows how a customer was served",
	"Writes a directory for a marketplace's reviewer: summary.html to read and print, the raw\n"
	"messages, a table of all that happened, response times with their deadlines, each\n"
	"decision with the rules and the profile's values then in force, the audit log's records,\n"
	"and digests with a signature. VERIFY.txt in it says how to check it without Postern. A\n"
	"message that was not kept is listed with the reason. The same log gives the same bytes.\n"
	"  --order ID         all threads about this order, PO, item or case\n"
	"  --thread ID        one thread: its key, or the audit id of one of its messages\n"
	"  --customer NAME    threads of customers with this in their name\n"
	"  --from, --to TIME  only what happened in this period; alone: all threads in it\n"
	"  --at TIME          as if nothing later had happened\n"
	"  --checklist NAME   also these steps of the profile (value checklist.NAME)\n"
	"  -o, --output DIR   a directory that does not exist, or is empty\n"
	"  --sign-key FILE    sign with this key instead of the audit log's\n"
	"  --unsigned         don't sign\n"
	"  --redact --key-file FILE  tokens in the place of names, addresses and numbers\n"
	"  --hide TEXT        with --redact: this too, wherever it stands; may come several times\n"
	"  --tokens FILE      with --redact: what each token stands for; keep it to yourself\n"
	"'verify DIR' checks a pack, with --public-key HEX|FILE also whose it is.\n"
	"Exit status: 0 done, or whole; 1 nothing is known of that, or changed; 2 an error.\n\n"
	"Examples:\n"
	"  postern evidence --order 4342076435326 -o /root/po-4342076435326\n"
	"  postern evidence verify /root/po-4342076435326 --public-key /etc/postern/audit.pub\n"
	"  postern evidence --order 4342076435326 --redact --key-file tokens.key --tokens who.csv -o out\n",
	evidence_run
};
