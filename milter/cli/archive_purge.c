/* SPDX-License-Identifier: BSD-2-Clause */
/* postern archive purge, hold, release-hold, holds: what goes, and what must not. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/plan.h"
#include "cli/archive.h"

/* ---- the daemon -------------------------------------------------------------------------- */

/* Takes over the reference to request. New reference, or NULL with the reason. */
static json_t *ask(const struct cli_desk *desk, json_t *request, const char *verb, struct diag *d)
{
	const char *error;
	json_t *answer;

	json_put_str(request, "command", "archive");
	json_put_str(request, "verb", verb);
	answer = cli_control_request(desk->config, request, d);
	json_decref(request);
	if (answer == NULL || json_is_true(json_object_get(answer, "ok")))
		return answer;
	error = json_get_str(answer, "error");
	diag_add(d, "%s", error != NULL ? error : "posternd refused without a reason");
	json_decref(answer);
	return NULL;
}

/* ---- a dry run ------------------------------------------------------------------------------ */

struct dry_run {
	struct cli_desk *desk;
	json_t *list; /* with --json */
	size_t goes, on_hold, shared;
	int64_t bytes;
};

static const char *fate_name(enum archive_fate fate)
{
	static const char *const names[] = {
		[ARCHIVE_GOES] = "goes", [ARCHIVE_ON_HOLD] = "on hold", [ARCHIVE_SHARED] = "shared",
	};

	return names[fate];
}

static json_t *decision_json(const struct archive_decision *decision)
{
	json_t *o = json_object();

	json_put_str(o, "id", decision->message->id);
	cli_put_time(o, "time", decision->message->time);
	json_put_str(o, "class", archive_class_name(decision->message->class));
	json_put_int(o, "size", decision->message->size);
	json_put_str(o, "digest", decision->message->digest);
	json_put_str(o, "fate", fate_name(decision->fate));
	if (decision->fate == ARCHIVE_ON_HOLD) {
		json_put_str(o, "hold", decision->hold_id);
		json_put_str(o, store_hold_kind_name(decision->hold_kind), decision->hold_value);
		json_put_str(o, "why", decision->hold_why);
		json_put_int(o, "holds", (json_int_t)decision->holds);
	}
	json_put(o, "shared_with", slice_str(decision->shared_id));
	return o;
}

static void show_decision(const struct dry_run *run, const struct archive_decision *decision)
{
	cli_styled(run->desk->cli, decision->fate == ARCHIVE_GOES ? CLI_WARN : CLI_GOOD,
	    decision->fate == ARCHIVE_GOES ? "goes  " : "stays ");
	cli_show_time(decision->message->time);
	putchar(' ');
	cli_text(slice_str(decision->message->id), 20);
	printf(" %-8s", archive_class_name(decision->message->class));
	if (decision->fate == ARCHIVE_ON_HOLD) {
		printf(" legal hold %s, %s ", decision->hold_id, store_hold_kind_name(decision->hold_kind));
		cli_text(slice_str(decision->hold_value), 0);
		printf(": ");
		cli_text(slice_str(decision->hold_why), 0);
		if (decision->holds > 1)
			printf(" (and %zu more)", decision->holds - 1);
	} else if (decision->fate == ARCHIVE_SHARED) {
		printf(" the same message came again, as ");
		cli_text(slice_str(decision->shared_id), 0);
	} else {
		putchar(' ');
		cli_text(slice_str(decision->message->subject), 0);
	}
	putchar('\n');
}

static int note_decision(void *arg, const struct archive_decision *decision)
{
	struct dry_run *run = arg;

	run->goes += decision->fate == ARCHIVE_GOES;
	run->on_hold += decision->fate == ARCHIVE_ON_HOLD;
	run->shared += decision->fate == ARCHIVE_SHARED;
	run->bytes += decision->fate == ARCHIVE_GOES ? decision->message->size : 0;
	if (run->list != NULL)
		return json_array_append_new(run->list, decision_json(decision)) == 0 ? 0 : 1;
	show_decision(run, decision);
	return 0;
}

static int dry_run_end(struct dry_run *run)
{
	json_t *o;

	if (run->list == NULL) {
		printf("%zu messages (%" PRId64 " bytes) would go, %zu are kept by legal holds, %zu share a file that is "
		    "needed\n", run->goes, run->bytes, run->on_hold, run->shared);
		return CLI_OK;
	}
	o = json_object();
	json_put_bool(o, "dry_run", true);
	json_put_int(o, "goes", (json_int_t)run->goes);
	json_put_int(o, "bytes", run->bytes);
	json_put_int(o, "on_hold", (json_int_t)run->on_hold);
	json_put_int(o, "shared", (json_int_t)run->shared);
	json_put_new(o, "messages", run->list);
	return cli_json(o);
}

static int dry_run(struct cli_desk *desk)
{
	struct dry_run run = {.desk = desk, .list = desk->cli->json ? json_array() : NULL};
	struct archive_policy policy = {.now = desk->now};
	struct archive_cursor cursor = {0};
	struct diag d = {0};
	int rc = 0;

	for (unsigned i = 0; i < ARCHIVE_CLASSES; i++)
		policy.days[i] = (int64_t)desk->config->archive.retain_days[i];
	while (rc == 0 && cursor.class < ARCHIVE_CLASSES)
		rc = archive_plan(desk->store, &policy, &cursor, SIZE_MAX, SIZE_MAX, note_decision, &run, &d);
	if (rc == 0)
		return dry_run_end(&run);
	json_decref(run.list);
	if (rc != -1)
		diag_add(&d, "out of memory");
	return cli_fail(desk->cli, &d);
}

/* ---- purge ----------------------------------------------------------------------------------- */

static void add_counts(json_t *sums, const json_t *answer)
{
	static const char *const members[] = {"purged", "removed", "on_hold", "shared"};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		json_put_int(sums, members[i], json_get_int(sums, members[i], 0) + json_get_int(answer, members[i], 0));
}

/* Batch by batch, so that posternd answers others between them. */
static int purge_all(const struct cli_desk *desk, const char *why, json_t *sums, struct diag *d)
{
	json_t *next = NULL, *answer;

	do {
		json_t *request = json_object();

		json_put(request, "why", slice_str(why));
		if (next != NULL)
			json_put_new(request, "after", next);
		answer = ask(desk, request, "purge", d);
		if (answer == NULL)
			return -1;
		add_counts(sums, answer);
		next = json_incref(json_object_get(answer, "next"));
		json_decref(answer);
	} while (next != NULL);
	return 0;
}

int archive_purge_run(struct cli_desk *desk, const struct archive_call *call)
{
	struct diag d = {0};
	json_t *sums;

	if (call->dry_run)
		return dry_run(desk);
	sums = json_object();
	json_put_bool(sums, "ok", true);
	if (purge_all(desk, call->why, sums, &d) == -1) {
		json_decref(sums);
		return cli_fail(desk->cli, &d);
	}
	if (desk->cli->json)
		return cli_json(sums);
	printf("%lld messages purged, %lld files removed; %lld messages are kept by legal holds, %lld share a file that is "
	    "needed\n", (long long)json_get_int(sums, "purged", 0), (long long)json_get_int(sums, "removed", 0),
	    (long long)json_get_int(sums, "on_hold", 0), (long long)json_get_int(sums, "shared", 0));
	json_decref(sums);
	return CLI_OK;
}

/* ---- legal holds -------------------------------------------------------------------------------- */

static int finish(const struct cli_desk *desk, json_t *answer, const struct diag *d)
{
	if (answer == NULL)
		return cli_fail(desk->cli, d);
	if (desk->cli->json)
		return cli_json(answer);
	if (json_object_get(answer, "messages") != NULL)
		printf("legal hold %s: keeps %lld archived messages now, and those to come\n", json_get_str(answer, "id"),
		    (long long)json_get_int(answer, "messages", 0));
	else
		printf("legal hold %s released\n", json_get_str(answer, json_get_str(answer, "ref") != NULL ? "ref" : "id"));
	json_decref(answer);
	return CLI_OK;
}

static json_t *request_new(const struct archive_call *call, int named, const struct store_hold_name *name)
{
	json_t *request = json_object();

	if (named == 1)
		json_put(request, store_hold_kind_name(name->kind), name->value);
	json_put(request, "why", slice_str(call->why));
	return request;
}

int archive_hold_run(struct cli_desk *desk, const struct archive_call *call)
{
	struct store_hold_name name;
	struct diag d = {0};
	int named = archive_call_name(call, &name);

	if (named == 0)
		return cli_usage(&cli_archive, "hold needs one of --order, --thread and --address");
	if (named == -1)
		return CLI_ERROR;
	if (call->why == NULL)
		return cli_usage(&cli_archive, "--why is missing: say why it has to be kept; it is kept in the audit log");
	return finish(desk, ask(desk, request_new(call, named, &name), "hold", &d), &d);
}

int archive_release_run(struct cli_desk *desk, const struct archive_call *call, const char *operand)
{
	struct store_hold_name name;
	struct diag d = {0};
	int named = archive_call_name(call, &name);
	json_t *request;

	if (named == -1)
		return CLI_ERROR;
	if ((named == 1) == (operand != NULL))
		return cli_usage(&cli_archive, "release-hold needs the id of a legal hold, or what it is about");
	if (call->why == NULL)
		return cli_usage(&cli_archive, "--why is missing: say why it may end; it is kept in the audit log");
	request = request_new(call, named, &name);
	json_put(request, "ref", slice_str(operand));
	return finish(desk, ask(desk, request, "release-hold", &d), &d);
}

struct holds {
	struct cli_desk *desk;
	json_t *list; /* with --json */
	size_t count;
};

static json_t *hold_json(const struct store_legal_hold *hold)
{
	json_t *o = json_object();

	json_put_str(o, "id", hold->id);
	cli_put_time(o, "since", hold->time);
	json_put_str(o, store_hold_kind_name(hold->kind), hold->value);
	json_put_str(o, "why", hold->why);
	json_put_str(o, "by", hold->by);
	if (hold->released != 0) {
		cli_put_time(o, "released", hold->released);
		json_put_str(o, "released_why", hold->released_why);
		json_put_str(o, "released_by", hold->released_by);
	}
	return o;
}

static int note_hold(void *arg, const struct store_legal_hold *hold)
{
	struct holds *holds = arg;

	if (holds->list != NULL)
		return json_array_append_new(holds->list, hold_json(hold)) == 0 ? 0 : 1;
	holds->count++;
	cli_show_time(hold->time);
	putchar(' ');
	cli_text(slice_str(hold->id), 20);
	printf(" %s ", store_hold_kind_name(hold->kind));
	cli_text(slice_str(hold->value), 0);
	printf(": ");
	cli_text(slice_str(hold->why), 0);
	printf(", by ");
	cli_text(slice_str(hold->by), 0);
	if (hold->released != 0) {
		printf("; released ");
		cli_show_time(hold->released);
		printf(": ");
		cli_text(slice_str(hold->released_why), 0);
		printf(", by ");
		cli_text(slice_str(hold->released_by), 0);
	}
	putchar('\n');
	return 0;
}

int archive_holds_run(struct cli_desk *desk, const struct archive_call *call)
{
	struct holds holds = {.desk = desk, .list = desk->cli->json ? json_array() : NULL};
	struct store_hold_name name;
	struct store_legal_hold_filter filter = {.released_too = call->all};
	struct diag d = {0};
	int named = archive_call_name(call, &name), rc;

	filter.name = named == 1 ? &name : NULL;
	rc = named != -1 ? store_legal_holds(desk->store, &filter, note_hold, &holds, &d) : 1;
	if (rc == 0 && holds.list != NULL)
		return cli_json(holds.list);
	json_decref(holds.list);
	if (rc == 0 && holds.count == 0)
		puts("no legal hold is in force");
	return rc == 0 ? CLI_OK : rc == -1 ? cli_fail(desk->cli, &d) : CLI_ERROR;
}
