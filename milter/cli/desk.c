/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service desk's commands share: the store to read, times, names of threads, the way to the daemon. */
#include "cli/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define DAY_SECONDS 86400
#define SPAN_MAX ((int64_t)3660 * DAY_SECONDS)
#define WINDOW_DAYS 30 /* of a response rate, where a profile names none */

int cli_desk_open(struct cli *cli, unsigned parts, struct cli_desk *desk_r)
{
	struct diag d = {0};

	*desk_r = (struct cli_desk){.cli = cli, .now = clock_now(&clock_system)};
	desk_r->config = cli_config(cli);
	if (desk_r->config == NULL)
		return CLI_ERROR;
	if (parts & CLI_DESK_PROFILES) {
		desk_r->profiles = profiles_load(desk_r->config, &d);
		if (desk_r->profiles == NULL)
			return cli_fail(cli, &d);
	}
	if (parts & CLI_DESK_STORE) {
		struct store_config where = {.type = desk_r->config->store_type, .path = desk_r->config->store_path,
		    .read_only = 1};

		desk_r->store = store_open(&where, &d);
		if (desk_r->store == NULL)
			return cli_fail(cli, &d);
	}
	return CLI_OK;
}

void cli_desk_close(struct cli_desk *desk)
{
	store_close(&desk->store);
	profiles_free(&desk->profiles);
	config_free(&desk->config);
}

int cli_desk_marketplace(const struct cli_desk *desk, const char *name)
{
	const char *names[64] = {0}, *near;
	struct diag d = {0};

	if (name == NULL || profiles_find(desk->profiles, name) != NULL)
		return CLI_OK;
	for (size_t i = 0; i < profiles_count(desk->profiles) && i < 63; i++)
		names[i] = marketplace_name(profiles_get(desk->profiles, i));
	near = diag_suggest(name, names);
	diag_add(&d, "--marketplace: there is no profile '%.60s'%s%s%s", name, near != NULL ? ", did you mean '" : "",
	    near != NULL ? near : "", near != NULL ? "'?" : "; their files are in marketplaces/ of the rules directories");
	return cli_fail(desk->cli, &d);
}

int cli_desk_time(const struct cli_command *command, const char *text, int64_t *now_r)
{
	*now_r = clock_now(&clock_system);
	if (text == NULL || clock_parse(text, now_r) == 0)
		return 0;
	cli_usage(command, "--at needs a time like 2026-11-22T09:00:00Z, not '%s'", text);
	return -1;
}

int cli_desk_number(const struct cli_command *command, const char *option, const char *text, int64_t min, int64_t max,
    int64_t *number_r)
{
	char *end;
	long long n;

	if (text == NULL)
		return 0;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (end != text && *end == '\0' && errno == 0 && n >= min && n <= max) {
		*number_r = n;
		return 0;
	}
	cli_usage(command, "%s needs a number from %lld to %lld, not '%s'", option, (long long)min, (long long)max, text);
	return -1;
}

int cli_span(const char *text, int64_t *seconds_r)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'d', DAY_SECONDS}, {'h', 3600}, {'m', 60}, {'s', 1}};
	char *end;
	long long n;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || n <= 0 || n > SPAN_MAX || end[0] == '\0' || end[1] != '\0')
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (end[0] != units[i].unit || n > SPAN_MAX / units[i].seconds)
			continue;
		*seconds_r = n * units[i].seconds;
		return 0;
	}
	return -1;
}

struct cli_line cli_rate_line(const struct marketplace *market, int64_t at)
{
	struct rate_line line = {0};

	if (marketplace_rate_line(market, at, &line) == 0)
		line = (struct rate_line){0};
	return (struct cli_line){.percent = line.percent, .since = line.since, .source = line.source,
	    .window = (int64_t)(line.days > 0 ? line.days : WINDOW_DAYS) * DAY_SECONDS};
}

void cli_put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	if (seconds == 0)
		return;
	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

void cli_show_time(int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (seconds != 0) {
		clock_format(text, sizeof(text), seconds);
		text[10] = ' ';
		text[16] = '\0';
	}
	printf("%-16s", text);
}

bool cli_is_waiting(const struct thread_status *status)
{
	return status->state == THREAD_OPEN || status->state == THREAD_OVERDUE;
}

void cli_desk_name(const char *word, struct store_filter *filter)
{
	if (id_time(word) != -1)
		filter->message = word;
	else if (strchr(word, ':') != NULL)
		filter->key = word;
	else
		filter->order = word;
}

/* ---- the daemon --------------------------------------------------------------- */

int cli_desk_ask(const struct cli_desk *desk, json_t *request, json_t **answer_r, struct diag *d)
{
	const char *error;
	json_t *answer;

	json_put_str(request, "command", "desk");
	answer = cli_control_request(desk->config, request, d);
	json_decref(request);
	if (answer == NULL)
		return -1;
	if (json_is_true(json_object_get(answer, "ok"))) {
		if (answer_r != NULL)
			*answer_r = answer;
		else
			json_decref(answer);
		return 0;
	}
	error = json_get_str(answer, "error");
	diag_add(d, "%s", error != NULL ? error : "posternd refused without a reason");
	json_decref(answer);
	return -1;
}

int cli_desk_command(const struct cli_desk *desk, json_t *request, json_t **answer_r)
{
	struct diag d = {0};

	return cli_desk_ask(desk, request, answer_r, &d) == 0 ? CLI_OK : cli_fail(desk->cli, &d);
}

struct keys {
	size_t count;
	char key[1201]; /* of the first */
	struct buf all;
};

static int note_key(void *arg, const struct store_thread *thread)
{
	struct keys *keys = arg;

	if (keys->count++ == 0)
		snprintf(keys->key, sizeof(keys->key), "%s", thread->key);
	buf_printf(&keys->all, "\n  %s", thread->key);
	return 0;
}

static int find_order(struct cli_desk *desk, const char *order, json_t *request, struct diag *d)
{
	struct store_filter filter = {.order = order, .now = desk->now};
	struct keys keys = {0};
	int rc = store_threads(desk->store, &filter, note_key, &keys, d);

	if (rc == 0 && keys.count == 0)
		rc = diag_add(d, "%s: no thread has this order, key or message id; see 'postern inbox'", order);
	else if (rc == 0 && keys.count > 1)
		rc = diag_add(d, "%s: several threads are about this order, name one of them:%.3000s", order,
		    keys.all.data != NULL ? keys.all.data : "");
	else if (rc == 0)
		json_put(request, "thread", slice_str(keys.key));
	buf_free(&keys.all);
	return rc;
}

/* Puts "thread" or "ref" for a word into request. */
static int put_thread(struct cli_desk *desk, const char *word, json_t *request)
{
	struct store_filter filter = {0};
	struct diag d = {0};

	cli_desk_name(word, &filter);
	if (filter.message != NULL)
		json_put(request, "ref", slice_str(word));
	else if (filter.key != NULL)
		json_put(request, "thread", slice_str(word));
	else if (find_order(desk, word, request, &d) == -1)
		return cli_fail(desk->cli, &d);
	return CLI_OK;
}

int cli_desk_mark(struct cli_desk *desk, const char *word, json_t *request, const char *said)
{
	json_t *answer = NULL;
	int code = put_thread(desk, word, request);

	if (code != CLI_OK) {
		json_decref(request);
		return code;
	}
	code = cli_desk_command(desk, request, &answer);
	if (code == CLI_OK && desk->cli->json)
		return cli_json(answer);
	if (code == CLI_OK) {
		cli_text(slice_str(json_get_str(answer, "thread")), 0);
		printf(": %s\n", said);
	}
	json_decref(answer);
	return code;
}
