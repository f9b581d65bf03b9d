/* SPDX-License-Identifier: BSD-2-Clause */
/* postern archive list, stats: what there is. */
#include "cli/archive.h"

#include <inttypes.h>
#include <stdio.h>

#define LIMIT 50
#define LIMIT_MAX 1000000

/* ---- list ------------------------------------------------------------------------------ */

json_t *archive_message_json(const struct config *config, const struct store_archived *a)
{
	json_t *o = json_object();

	json_put_str(o, "id", a->id);
	cli_put_time(o, "time", a->time);
	json_put_str(o, "class", archive_class_name(a->class));
	json_put_str(o, "direction", a->inbound ? "in" : "out");
	json_put_str(o, "marketplace", a->marketplace);
	json_put_str(o, "sender", a->sender);
	json_put_str(o, "subject", a->subject);
	json_put_str(o, "order", a->order);
	json_put_int(o, "size", a->size);
	json_put_str(o, "digest", a->digest);
	cli_put_time(o, "kept_until", archive_kept_until(config, a->class, a->time));
	json_put_bool(o, "purged", a->purged != 0);
	return o;
}

struct listing {
	struct cli_desk *desk;
	json_t *list; /* with --json */
	size_t count;
};

static int list_message(void *arg, const struct store_archived *a)
{
	struct listing *listing = arg;

	if (listing->list != NULL)
		return json_array_append_new(listing->list, archive_message_json(listing->desk->config, a)) == 0 ? 0 : 1;
	if (listing->count++ == 0)
		printf("%-16s %-20s %-8s %-9s %10s %s\n", "TIME", "ID", "CLASS", "MARKET", "BYTES", "SUBJECT");
	cli_show_time(a->time);
	putchar(' ');
	cli_text(slice_str(a->id), 20);
	printf(" %-8s ", a->purged != 0 ? "purged" : archive_class_name(a->class));
	cli_text(slice_str(a->marketplace), 9);
	printf(" %10" PRId64 " ", a->size);
	cli_text(slice_str(a->subject), 0);
	putchar('\n');
	return 0;
}

static int list_filter(const struct archive_call *call, struct store_hold_name *name, struct store_archived_filter *f)
{
	enum archive_class class = ARCHIVE_HELD;
	int named = archive_call_name(call, name);

	*f = (struct store_archived_filter){.class = -1, .limit = LIMIT, .purged_too = call->all};
	if (named == -1)
		return CLI_ERROR;
	f->name = named == 1 ? name : NULL;
	if (call->class != NULL && archive_class_find(call->class, &class) == -1)
		return cli_usage(&cli_archive, "--class is one of outgoing, incoming, held and refused, not '%s'", call->class);
	if (call->class != NULL)
		f->class = (int)class;
	if ((call->since != NULL && clock_parse(call->since, &f->since) == -1) ||
	    (call->until != NULL && clock_parse(call->until, &f->until) == -1))
		return cli_usage(&cli_archive, "--since and --until need a time like 2026-11-22 or 2026-11-22T09:00:00Z");
	return cli_desk_number(&cli_archive, "--limit", call->limit, 1, LIMIT_MAX, &f->limit) == -1 ? CLI_ERROR : CLI_OK;
}

int archive_list_run(struct cli_desk *desk, const struct archive_call *call)
{
	struct listing listing = {.desk = desk, .list = desk->cli->json ? json_array() : NULL};
	struct store_hold_name name;
	struct store_archived_filter filter;
	struct diag d = {0};
	int rc, code = list_filter(call, &name, &filter);

	rc = code == CLI_OK ? store_archived(desk->store, &filter, list_message, &listing, &d) : 1;
	if (rc == 0 && listing.list != NULL)
		return cli_json(listing.list);
	json_decref(listing.list);
	if (rc == -1)
		return cli_fail(desk->cli, &d);
	if (rc != 0)
		return CLI_ERROR;
	if (listing.count == 0)
		puts("nothing archived fits");
	return code;
}

/* ---- stats ------------------------------------------------------------------------------ */

static json_t *sum_json(const struct config *config, enum archive_class class, const struct store_archived_sum *sum)
{
	json_t *o = json_object();

	json_put_str(o, "class", archive_class_name(class));
	json_put_int(o, "messages", sum->messages);
	json_put_int(o, "bytes", sum->bytes);
	cli_put_time(o, "oldest", sum->oldest);
	cli_put_time(o, "newest", sum->newest);
	json_put_int(o, "purged", sum->purged);
	json_put_int(o, "retain_days", (json_int_t)config->archive.retain_days[class]);
	return o;
}

int archive_stats_run(struct cli_desk *desk)
{
	struct store_archived_sum sums[ARCHIVE_CLASSES];
	json_t *list;
	struct diag d = {0};

	if (store_archived_sums(desk->store, sums, &d) == -1)
		return cli_fail(desk->cli, &d);
	list = json_array();
	for (unsigned i = 0; i < ARCHIVE_CLASSES; i++)
		json_array_append_new(list, sum_json(desk->config, (enum archive_class)i, &sums[i]));
	if (desk->cli->json)
		return cli_json(list);
	json_decref(list);
	printf("%-9s %10s %15s %10s %10s  %s\n", "CLASS", "MESSAGES", "BYTES", "PURGED", "DAYS", "OLDEST");
	for (unsigned i = 0; i < ARCHIVE_CLASSES; i++) {
		size_t days = desk->config->archive.retain_days[i];

		printf("%-9s %10" PRId64 " %15" PRId64 " %10" PRId64 " ", archive_class_name((enum archive_class)i),
		    sums[i].messages, sums[i].bytes, sums[i].purged);
		if (days > 0)
			printf("%10zu  ", days);
		else
			printf("%10s  ", "for ever");
		cli_show_time(sums[i].oldest);
		putchar('\n');
	}
	return CLI_OK;
}
