/* SPDX-License-Identifier: BSD-2-Clause */
/* postern archive: the raw messages; what there is of them, and one of them. */
#include "cli/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"

#define DAY_SECONDS 86400

int archive_call_name(const struct archive_call *call, struct store_hold_name *name_r)
{
	int count = 0;

	for (unsigned i = 0; i < HOLD_KINDS; i++) {
		if (call->name[i] == NULL)
			continue;
		*name_r = (struct store_hold_name){(enum store_hold_kind)i, slice_str(call->name[i])};
		count++;
	}
	if (count <= 1)
		return count;
	cli_usage(&cli_archive, "only one of --order, --thread and --address at a time");
	return -1;
}

int64_t archive_kept_until(const struct config *config, enum archive_class class, int64_t time)
{
	size_t days = config->archive.retain_days[class];

	return days > 0 ? time + (int64_t)days * DAY_SECONDS : 0;
}

/* ---- show ------------------------------------------------------------------------------ */

struct found {
	struct cli_desk *desk;
	json_t *message;
	int64_t seq;
	char digest[HASH_HEX_SIZE];
};

static int note_found(void *arg, const struct store_archived *a)
{
	struct found *found = arg;

	/* By digest there may be several; the newest one stands for them. */
	json_decref(found->message);
	found->message = archive_message_json(found->desk->config, a);
	found->seq = a->seq;
	snprintf(found->digest, sizeof(found->digest), "%s", a->digest);
	return 0;
}

/* By audit id or digest. CLI_OK, or an exit status after saying why. */
static int find_message(struct cli_desk *desk, const char *word, struct found *found)
{
	struct store_archived_filter filter = {.class = -1, .purged_too = true};
	struct diag d = {0};

	*found = (struct found){.desk = desk};
	if (strlen(word) == HASH_HEX_SIZE - 1)
		filter.digest = word;
	else
		filter.id = word;
	if (store_archived(desk->store, &filter, note_found, found, &d) == -1)
		return cli_fail(desk->cli, &d);
	if (found->message != NULL)
		return CLI_OK;
	diag_add(&d, "%s: no archived message has this id or digest; see 'postern archive list'", word);
	return cli_fail(desk->cli, &d);
}

static int note_hold(void *arg, const struct store_legal_hold *hold)
{
	json_t *list = arg, *o = json_object();

	json_put_str(o, "id", hold->id);
	json_put_str(o, store_hold_kind_name(hold->kind), hold->value);
	json_put_str(o, "why", hold->why);
	json_put_str(o, "by", hold->by);
	cli_put_time(o, "since", hold->time);
	return json_array_append_new(list, o) == 0 ? 0 : 1;
}

static void show_message(const json_t *o)
{
	static const char *const members[] = {"id", "time", "class", "direction", "marketplace", "sender", "subject", "order",
	    "digest"};
	const json_t *hold;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
		printf("%-12s ", members[i]);
		cli_member(o, members[i], "");
		putchar('\n');
	}
	printf("%-12s %lld bytes\n", "size", (long long)json_get_int(o, "size", 0));
	printf("%-12s ", "kept until");
	if (json_is_true(json_object_get(o, "purged")))
		puts("purged");
	else
		puts(json_get_str(o, "kept_until") != NULL ? json_get_str(o, "kept_until") : "for ever");
	json_array_foreach(json_object_get(o, "holds"), i, hold) {
		printf("%-12s ", "legal hold");
		cli_member(hold, "id", "");
		cli_member(hold, "order", " order ");
		cli_member(hold, "thread", " thread ");
		cli_member(hold, "address", " address ");
		cli_member(hold, "why", ": ");
		cli_member(hold, "by", ", by ");
		putchar('\n');
	}
}

static int show_run(struct cli_desk *desk, const char *word)
{
	json_t *holds = json_array();
	struct diag d = {0};
	struct found found;
	int code = find_message(desk, word, &found);

	if (code == CLI_OK) {
		struct store_legal_hold_filter filter = {.keeps = found.seq};

		if (store_legal_holds(desk->store, &filter, note_hold, holds, &d) == -1)
			code = cli_fail(desk->cli, &d);
		json_put_new(found.message, "holds", json_incref(holds));
	}
	json_decref(holds);
	if (code == CLI_OK && desk->cli->json)
		return cli_json(found.message);
	if (code == CLI_OK)
		show_message(found.message);
	json_decref(found.message);
	return code;
}

/* ---- get ------------------------------------------------------------------------------- */

static int write_all(int fd, const struct buf *raw)
{
	size_t at = 0;

	while (at < raw->len) {
		ssize_t n = write(fd, raw->data + at, raw->len - at);

		if (n == -1 && errno != EINTR)
			return -1;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Raw mail has everything in it that a terminal obeys. */
static int write_raw(struct cli_desk *desk, const char *path, const struct buf *raw, struct diag *d)
{
	int fd = STDOUT_FILENO, rc;

	if (path == NULL && isatty(STDOUT_FILENO)) {
		diag_add(d, "raw mail is not for a terminal: name a file with -o, or pipe it into a viewer");
		return cli_fail(desk->cli, d);
	}
	if (path != NULL)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		diag_add(d, "%s: %s", path, strerror(errno));
		return cli_fail(desk->cli, d);
	}
	rc = write_all(fd, raw);
	if (path != NULL && close(fd) == -1)
		rc = -1;
	if (rc == 0)
		return CLI_OK;
	diag_add(d, "%s: can't write: %s", path != NULL ? path : "standard output", strerror(errno));
	return cli_fail(desk->cli, d);
}

static int get_run(struct cli_desk *desk, const struct archive_call *call, const char *word)
{
	struct archive_config where = {desk->config->archive.dir, desk->config->archive.key_file};
	struct buf raw = {.max = ARCHIVE_MESSAGE_MAX + 1};
	struct archive *archive;
	struct diag d = {0};
	struct found found;
	int rc, code = find_message(desk, word, &found);

	json_decref(found.message);
	if (code != CLI_OK)
		return code;
	archive = archive_open(&where, true, &d);
	rc = archive != NULL ? archive_get(archive, found.digest, &raw, &d) : -1;
	if (rc == 0)
		diag_add(&d, "%s: its file is not there; 'postern archive show %s' says whether it was purged", word, word);
	code = rc == 1 ? write_raw(desk, call->output, &raw, &d) : cli_fail(desk->cli, &d);
	archive_close(&archive);
	buf_free(&raw);
	return code;
}

/* ---- the command -------------------------------------------------------------------------- */

enum sub { SUB_LIST, SUB_SHOW, SUB_GET, SUB_STATS, SUB_VERIFY, SUB_PURGE, SUB_HOLD, SUB_RELEASE, SUB_HOLDS, SUBS };

static const struct {
	const char *name;
	int operands_min, operands_max;
	unsigned parts;
} subs[SUBS] = {
	[SUB_LIST] = {"list", 0, 0, CLI_DESK_STORE}, [SUB_SHOW] = {"show", 1, 1, CLI_DESK_STORE},
	[SUB_GET] = {"get", 1, 1, CLI_DESK_STORE}, [SUB_STATS] = {"stats", 0, 0, CLI_DESK_STORE},
	[SUB_VERIFY] = {"verify", 0, 0, 0}, [SUB_PURGE] = {"purge", 0, 0, CLI_DESK_STORE},
	[SUB_HOLD] = {"hold", 0, 0, 0}, [SUB_RELEASE] = {"release-hold", 0, 1, 0},
	[SUB_HOLDS] = {"holds", 0, 0, CLI_DESK_STORE},
};

static int run_sub(enum sub sub, struct cli_desk *desk, const struct archive_call *call, const char *operand)
{
	switch (sub) {
	case SUB_LIST: return archive_list_run(desk, call);
	case SUB_SHOW: return show_run(desk, operand);
	case SUB_GET: return get_run(desk, call, operand);
	case SUB_STATS: return archive_stats_run(desk);
	case SUB_VERIFY: return archive_verify_run(desk, call);
	case SUB_PURGE: return archive_purge_run(desk, call);
	case SUB_HOLD: return archive_hold_run(desk, call);
	case SUB_RELEASE: return archive_release_run(desk, call, operand);
	default: return archive_holds_run(desk, call);
	}
}

static int unknown_sub(const char *word)
{
	const char *names[SUBS + 1] = {0}, *near;

	for (unsigned i = 0; i < SUBS; i++)
		names[i] = subs[i].name;
	near = word != NULL ? diag_suggest(word, names) : NULL;
	if (near != NULL)
		return cli_usage(&cli_archive, "unknown '%s', did you mean '%s'?", word, near);
	return cli_usage(&cli_archive, "say list, show, get, stats, verify, purge, hold, release-hold or holds");
}

static int archive_run(struct cli *cli, int argc, char **argv)
{
	struct archive_call call = {.why = NULL};
	const struct cli_option options[] = {
		{.name = "order", .value = &call.name[HOLD_ORDER]}, {.name = "thread", .value = &call.name[HOLD_THREAD]},
		{.name = "address", .value = &call.name[HOLD_ADDRESS]}, {.name = "why", .value = &call.why},
		{.name = "class", .value = &call.class}, {.name = "since", .value = &call.since},
		{.name = "until", .value = &call.until}, {.name = "limit", .value = &call.limit},
		{.name = "output", .letter = 'o', .value = &call.output}, {.name = "dry-run", .flag = &call.dry_run},
		{.name = "all", .flag = &call.all}, {.name = "quick", .flag = &call.quick}, {0},
	};
	int code, first = cli_options(cli, &cli_archive, argc, argv, options, &code), operands = argc - first - 1;
	unsigned sub = 0;
	struct cli_desk desk;

	if (first == -1)
		return code;
	while (sub < SUBS && (first == argc || strcmp(argv[first], subs[sub].name) != 0))
		sub++;
	if (sub == SUBS)
		return unknown_sub(first < argc ? argv[first] : NULL);
	if (operands < subs[sub].operands_min || operands > subs[sub].operands_max)
		return cli_usage(&cli_archive, "%s takes %s", subs[sub].name,
		    subs[sub].operands_max == 0 ? "no argument" : "one id");
	code = cli_desk_open(cli, subs[sub].parts, &desk);
	if (code == CLI_OK)
		code = run_sub((enum sub)sub, &desk, &call, operands > 0 ? argv[first + 1] : NULL);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_archive = {
	"archive",
	"list | show ID | get ID [-o FILE] | stats | verify | purge [--dry-run] | hold --order N --why TEXT | ...",
	"Show, check and purge the archive of raw messages",
	"  list           what is archived, newest first: [--order N | --thread KEY | --address A]\n"
	"                 [--class C] [--since TIME] [--until TIME] [--limit N] [--all: purged ones, too]\n"
	"  show ID        one message: how long it is kept, and which legal holds keep it\n"
	"  get ID         its raw bytes, to standard output or [-o FILE]\n"
	"  stats          messages and bytes of each class\n"
	"  verify         compare all files with the audit log [--quick: do not read them]\n"
	"  purge          remove what its class's days are over for [--dry-run] [--why TEXT]\n"
	"  hold           keep all of an order, thread or address in spite of that:\n"
	"                 --order N | --thread KEY | --address A, --why TEXT\n"
	"  release-hold   end a legal hold: ID | --order N | --thread KEY | --address A, --why TEXT\n"
	"  holds          legal holds in force [--all: released ones, too]\n"
	"ID is the audit id of a message (the 'Ref' of a reply), or a digest. Classes are outgoing,\n"
	"incoming, held and refused. purge, hold and release-hold are recorded with who and why.\n"
	"Exit status: 0 done, 1 verify found something wrong, 2 an error.\n\n"
	"Examples:\n"
	"  postern archive purge --dry-run\n"
	"  postern archive hold --order 4342076435326 --why \"claim 2026-117\"\n"
	"  postern archive get 01K3R4Q7ZK2M5N9P3T6V -o reply.eml\n",
	archive_run
};
