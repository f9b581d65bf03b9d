/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways by which people are told: a line of the log, a mail, a program.
 * Programs run as the daemon's user, without a shell, with a deadline.
 */
#include "daemon/alerts_turn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "extract/run.h"

#define FIXED_ARGUMENTS 5

/* ---- which there are ------------------------------------------------------------------ */

static struct alerts_way *add_way(struct alerts_turn *turn, enum way_kind kind, const char *name)
{
	struct alerts_way *way = &turn->ways[turn->way_count++];

	*way = (struct alerts_way){.kind = kind};
	snprintf(way->name, sizeof(way->name), "%s", name);
	return way;
}

static void add_audience(struct alerts_turn *turn, const struct config_alerts_audience *audience)
{
	struct alerts_way *way = add_way(turn, WAY_MAIL, "");

	snprintf(way->name, sizeof(way->name), "%s:%s", audience->escalation ? "escalate" : "shop", audience->name);
	way->title = audience->escalation ? audience->name : NULL;
	way->shop = audience->escalation ? NULL : audience->name;
	way->at = audience->at;
	way->mail = audience->mail;
}

void alerts_ways(struct alerts_turn *turn)
{
	const struct config_alerts *config = turn->config;

	turn->way_count = 0;
	if (config->log)
		add_way(turn, WAY_LOG, "log");
	if (config->mail != NULL && config->mail[0] != NULL)
		add_way(turn, WAY_MAIL, "mail")->mail = config->mail;
	for (size_t i = 0; i < config->audience_count; i++)
		add_audience(turn, &config->audiences[i]);
	/* Whoever is paged finds the mail there. */
	if (config->command != NULL)
		add_way(turn, WAY_COMMAND, "command");
}

static bool has_own(const struct config_alerts *config, const char *shop)
{
	for (size_t i = 0; i < config->audience_count; i++)
		if (!config->audiences[i].escalation && strcasecmp(config->audiences[i].name, shop) == 0)
			return true;
	return false;
}

bool alerts_concerns(const struct alerts_turn *turn, const struct alerts_way *way, const struct alert *alert)
{
	if (way->kind != WAY_MAIL)
		return true;
	if (way->title != NULL)
		return alert->kind == ALERT_INQUIRY;
	if (way->shop != NULL)
		return strcasecmp(way->shop, alert->shop) == 0;
	return !has_own(turn->config, alert->shop);
}

/* ---- the log -------------------------------------------------------------------------- */

static int give_log(const struct alerts_turn *turn, size_t way)
{
	size_t told = 0, more = 0;

	for (size_t i = 0; i < turn->count; i++) {
		const struct alert *alert = &turn->alerts[i];
		struct buf line = {0};

		if (alert->wants[way] == 0)
			continue;
		if (told == ALERTS_TOLD_MAX) {
			more++;
			continue;
		}
		alerts_line(turn, alert, alert->wants[way], &line);
		log_warning("alert: %s", line.failed ? "memory is out" : line.data);
		buf_free(&line);
		told++;
	}
	if (more > 0)
		log_warning("alert: and %zu more; see 'postern sla'", more);
	return 0;
}

/* ---- programs ------------------------------------------------------------------------- */

static int run(const struct alerts_turn *turn, char *const *argv, const struct buf *input, struct diag *d)
{
	int64_t timeout = turn->config->timeout_ms;
	int status;

	if (input->failed)
		return diag_add(d, "memory is out");
	switch (run_input(argv, buf_slice(input), clock_monotonic_ms() + timeout, &status)) {
	case RUN_DONE:
		return 0;
	case RUN_TIMEOUT:
		return diag_add(d, "%s did not end within %lld ms and was killed; see alerts.timeout, and for sendmail "
		    "\"Alerts by mail\" in posternd(8)", argv[0], (long long)timeout);
	default:
		break;
	}
	if (status == -1)
		return diag_add(d, "%s can't be run: %s", argv[0], strerror(errno));
	if (status >= 128)
		return diag_add(d, "%s was ended by signal %d", argv[0], status - 128);
	return diag_add(d, "%s ended with status %d", argv[0], status);
}

/* An empty envelope sender: nobody answers it, and it can't bounce. Recipients are arguments, so that no header is read. */
static int give_mail(const struct alerts_turn *turn, size_t way, struct diag *d)
{
	static char dots[] = "-i", sender[] = "-f", nobody[] = "<>", end[] = "--";
	char *const *mail = turn->ways[way].mail;
	struct buf text = {0};
	size_t count = 0;
	char **argv;
	int rc;

	while (mail[count] != NULL)
		count++;
	argv = calloc(FIXED_ARGUMENTS + count + 1, sizeof(*argv));
	if (argv == NULL)
		return diag_add(d, "memory is out");
	argv[0] = turn->site->config->desk_sendmail;
	argv[1] = dots;
	argv[2] = sender;
	argv[3] = nobody;
	argv[4] = end;
	memcpy(argv + FIXED_ARGUMENTS, mail, count * sizeof(*argv));
	alerts_mail(turn, way, &text);
	rc = run(turn, argv, &text, d);
	buf_free(&text);
	free(argv);
	return rc;
}

static int give_command(const struct alerts_turn *turn, size_t way, struct diag *d)
{
	struct buf json = {0};
	int rc = alerts_json(turn, way, &json) == 0 ? run(turn, turn->config->command, &json, d)
	    : diag_add(d, "memory is out");

	buf_free(&json);
	return rc;
}

int alerts_give(const struct alerts_turn *turn, size_t way, struct diag *d)
{
	switch (turn->ways[way].kind) {
	case WAY_LOG: return give_log(turn, way);
	case WAY_MAIL: return give_mail(turn, way, d);
	default: return give_command(turn, way, d);
	}
}
