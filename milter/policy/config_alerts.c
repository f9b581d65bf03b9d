/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alerts {} of postern.conf: levels, ways, recipients and quiet hours. It has
 * sections of its own, for shops and escalations, and so a reader of its own.
 */
#include "policy/config_alerts.h"

#include <stdio.h>
#include <string.h>

#include "policy/config_check.h"

#define DAY_MS 86400000
#define HOUR_MS 3600000
#define SECOND_MS 1000
#define ADDRESS_MAX 254
#define RECIPIENTS_MAX 50

static const struct conf_name names[] = {
	{"interval", CONF_ONE}, {"levels", CONF_LIST}, {"log", CONF_ONE}, {"from", CONF_ONE}, {"mail", CONF_LIST},
	{"command", CONF_LIST}, {"timeout", CONF_ONE}, {"quiet", CONF_ONE}, {"zone", CONF_ONE}, {"always", CONF_LIST},
	{"always_under", CONF_ONE}, {"response_rate", CONF_ONE}, {"windows", CONF_LIST}, {"spam_filtered", CONF_ONE},
	{"warnings", CONF_ONE}, {"escalate", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES},
	{"shop", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {NULL, 0}
};
static const struct conf_name escalate_names[] = {
	{"at", CONF_ONE | CONF_REQUIRED}, {"mail", CONF_LIST | CONF_REQUIRED}, {NULL, 0}
};
static const struct conf_name shop_names[] = {{"mail", CONF_LIST | CONF_REQUIRED}, {NULL, 0}};

struct reader {
	struct arena *arena;
	const struct conf_node *section;
	struct config_alerts *alerts;
	struct diag *d;
};

/* ---- values -------------------------------------------------------------------------- */

static const struct conf_node *key_of(const struct reader *r, const char *name)
{
	const struct conf_node *key = r->section != NULL ? conf_child(r->section, name) : NULL;

	return key != NULL && !key->section ? key : NULL;
}

static void read_seconds(const struct reader *r, const char *name, int64_t min_ms, int64_t max_ms, int64_t *seconds)
{
	const struct conf_node *key = key_of(r, name);
	int64_t ms;

	if (key != NULL && conf_duration_ms(key, min_ms, max_ms, &ms, r->d) == 0)
		*seconds = ms / SECOND_MS;
}

static void read_bool(const struct reader *r, const char *name, bool *value)
{
	const struct conf_node *key = key_of(r, name);

	if (key != NULL)
		conf_bool(key, value, r->d);
}

/* It becomes a header field and an argument of sendmail: one address, no name, no option. */
static bool is_address(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= ADDRESS_MAX && text[0] != '-' && text[0] != '@' && text[n - 1] != '@' && strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-@") == n;
}

static bool check_addresses(const struct reader *r, const struct conf_node *key)
{
	unsigned before = r->d->count;

	for (const struct conf_value *value = key->values; value != NULL; value = value->next)
		if (!is_address(value->text))
			diag_at(r->d, key->file, value->line, "%s: '%.100s' is no mail address: write it alone, as desk@shop.example",
			    key->name, value->text);
	if (key->value_count > RECIPIENTS_MAX)
		diag_at(r->d, key->file, key->line, "%s: %zu addresses are more than %d; use a list of your mail server's",
		    key->name, key->value_count, RECIPIENTS_MAX);
	return r->d->count == before;
}

static char **read_mail(const struct reader *r, const struct conf_node *section)
{
	const struct conf_node *key = section != NULL ? conf_child(section, "mail") : NULL;
	char **list;

	if (key == NULL || key->section || !check_addresses(r, key))
		return NULL;
	list = conf_list(r->arena, key);
	if (list == NULL)
		diag_add(r->d, "memory is out");
	return list;
}

static int read_level(const struct reader *r, const struct conf_node *key, const struct conf_value *value, unsigned *level_r)
{
	int64_t number;

	if (conf_scan_int(value->text, &number) == -1 || number < 1 || number > ALERT_LEVEL_MAX)
		return diag_at(r->d, key->file, value->line,
		    "%s: '%.40s' is no level: expected percent of the time to answer, 1 to %d", key->name, value->text,
		    ALERT_LEVEL_MAX);
	*level_r = (unsigned)number;
	return 0;
}

static void read_levels(const struct reader *r, const char *name, struct alert_levels *levels)
{
	const struct conf_node *key = key_of(r, name);
	unsigned level = 0;

	if (key == NULL)
		return;
	*levels = (struct alert_levels){0};
	for (const struct conf_value *value = key->values; value != NULL; value = value->next)
		if (read_level(r, key, value, &level) == 0 && alert_levels_add(levels, level) == -1) {
			diag_at(r->d, key->file, value->line, "%s: more than %d levels", name, ALERT_LEVELS_MAX);
			return;
		}
}

static int read_hours(const struct reader *r, const struct conf_node *key, const struct conf_value *value,
    unsigned *hours_r)
{
	int64_t ms;

	if (conf_scan_duration(value->text, &ms) == -1 || ms < HOUR_MS || ms > (int64_t)ALERT_HOURS_MAX * HOUR_MS ||
	    ms % HOUR_MS != 0)
		return diag_at(r->d, key->file, value->line,
		    "%s: '%.40s': expected how long before a window closes, in whole hours or days, 1h to %dd", key->name,
		    value->text, ALERT_HOURS_MAX / 24);
	*hours_r = (unsigned)(ms / HOUR_MS);
	return 0;
}

static void read_windows(const struct reader *r)
{
	const struct conf_node *key = key_of(r, "windows");
	struct alert_levels *levels = &r->alerts->plan.windows;
	unsigned hours = 0;

	if (key == NULL)
		return;
	*levels = (struct alert_levels){0};
	for (const struct conf_value *value = key->values; value != NULL; value = value->next)
		if (read_hours(r, key, value, &hours) == 0 && alert_levels_add(levels, hours) == -1) {
			diag_at(r->d, key->file, value->line, "windows: more than %d of them", ALERT_LEVELS_MAX);
			return;
		}
}

/* ---- quiet hours ---------------------------------------------------------------------- */

static int scan_hours(const char *text, struct alert_quiet *quiet)
{
	char from[6];
	const char *dash = strchr(text, '-');

	if (dash == NULL || dash - text != 5)
		return -1;
	snprintf(from, sizeof(from), "%.5s", text);
	return conf_scan_time(from, &quiet->from) == 0 && conf_scan_time(dash + 1, &quiet->until) == 0 ? 0 : -1;
}

static void read_zone(const struct reader *r, const struct conf_node *key)
{
	struct diag reason = {.text = ""};

	r->alerts->plan.quiet.zone = zone_load(r->arena, key->values->text, &reason);
	if (r->alerts->plan.quiet.zone == NULL)
		diag_at(r->d, key->file, key->values->line, "zone: %s", reason.text);
}

static void read_quiet(const struct reader *r)
{
	const struct conf_node *quiet = key_of(r, "quiet"), *zone = key_of(r, "zone");
	struct alert_quiet *hours = &r->alerts->plan.quiet;

	if (quiet == NULL && zone == NULL)
		return;
	if (quiet == NULL) {
		diag_at(r->d, zone->file, zone->line, "zone: nothing depends on it without quiet = \"22:00-07:00\"");
	} else if (scan_hours(quiet->values->text, hours) == -1) {
		diag_at(r->d, quiet->file, quiet->values->line, "quiet = \"%.40s\": expected hours of the day (22:00-07:00)",
		    quiet->values->text);
	} else if (hours->from == hours->until) {
		diag_at(r->d, quiet->file, quiet->values->line, "quiet = \"%.40s\": these hours are none, or all",
		    quiet->values->text);
	} else if (zone == NULL) {
		diag_at(r->d, quiet->file, quiet->line, "quiet: whose hours? zone = \"America/Los_Angeles\" is missing");
	} else {
		read_zone(r, zone);
	}
}

/* ---- audiences ------------------------------------------------------------------------ */

/* A mail's subject has an escalation's name. */
static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= 40 &&
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* What an escalation waits for is a level for everybody: there is one alert for a crossing, not two kinds. */
static void read_escalation(const struct reader *r, const struct conf_node *node, struct config_alerts_audience *audience)
{
	const struct conf_node *at = conf_child(node, "at");

	audience->escalation = true;
	if (!is_name(node->title))
		diag_at(r->d, node->file, node->line, "escalate \"%.60s\": a name has letters, digits, '_' and '-' only",
		    node->title);
	if (read_level(r, at, at->values, &audience->at) == 0 &&
	    alert_levels_add(&r->alerts->plan.levels, audience->at) == -1)
		diag_at(r->d, at->file, at->line, "at: more than %d levels", ALERT_LEVELS_MAX);
}

static void read_audience(const struct reader *r, const struct conf_node *node)
{
	bool escalation = strcmp(node->name, "escalate") == 0;
	struct config_alerts *alerts = r->alerts;
	struct config_alerts_audience audience = {.name = node->title};

	if (conf_check(node, escalation ? escalate_names : shop_names, r->d) == -1)
		return;
	if (alerts->audience_count == CONFIG_ALERTS_AUDIENCES_MAX) {
		diag_at(r->d, node->file, node->line, "alerts: more than %d shops and escalations",
		    CONFIG_ALERTS_AUDIENCES_MAX);
		return;
	}
	if (escalation)
		read_escalation(r, node, &audience);
	audience.mail = read_mail(r, node);
	if (conf_child(node, "mail")->value_count == 0)
		diag_at(r->d, node->file, node->line, "%s \"%.60s\": mail names nobody", node->name, node->title);
	alerts->audiences[alerts->audience_count++] = audience;
}

static void read_audiences(const struct reader *r)
{
	r->alerts->audiences = arena_array(r->arena, CONFIG_ALERTS_AUDIENCES_MAX, sizeof(*r->alerts->audiences));
	if (r->alerts->audiences == NULL) {
		diag_add(r->d, "memory is out");
		return;
	}
	for (const struct conf_node *node = r->section->children; node != NULL; node = node->next)
		if (node->section && node->title != NULL &&
		    (strcmp(node->name, "escalate") == 0 || strcmp(node->name, "shop") == 0))
			read_audience(r, node);
}

/* ---- the section ----------------------------------------------------------------------- */

static void read_ways(const struct reader *r)
{
	const struct conf_node *command = key_of(r, "command"), *from = key_of(r, "from"), *timeout = key_of(r, "timeout");
	struct config_alerts *alerts = r->alerts;

	read_bool(r, "log", &alerts->log);
	alerts->mail = read_mail(r, r->section);
	if (from != NULL && check_addresses(r, from))
		alerts->from = from->values->text;
	if (command != NULL && command->values == NULL)
		diag_at(r->d, command->file, command->line, "command: the program is missing");
	else if (command != NULL && config_check_path(command, r->d) == 0 &&
	    (alerts->command = conf_list(r->arena, command)) == NULL)
		diag_add(r->d, "memory is out");
	if (timeout != NULL)
		conf_duration_ms(timeout, 100, DAY_MS / 24, &alerts->timeout_ms, r->d);
}

static void check_always(const struct reader *r)
{
	const struct alert_plan *plan = &r->alerts->plan;
	const struct conf_node *key = key_of(r, "always");

	for (unsigned i = 0; key != NULL && i < plan->always.count; i++)
		if (!alert_levels_has(&plan->levels, plan->always.level[i]))
			diag_at(r->d, key->file, key->line, "always: %u is none of the levels", plan->always.level[i]);
}

void config_alerts_read(struct arena *arena, const struct conf_node *root, struct config_alerts *alerts, struct diag *d)
{
	static char postmaster[] = "postmaster";
	struct reader r = {arena, conf_child(root, "alerts"), alerts, d};

	*alerts = (struct config_alerts){
		.interval = 60, .log = true, .from = postmaster, .timeout_ms = 30 * SECOND_MS, .response_rate = true,
		.spam_filtered = true, .warnings = true,
		.plan = {.levels = {4, {50, 75, 90, 100}}, .always = {1, {100}}, .urgent = 4 * 3600,
		    .windows = {3, {24, 3 * 24, 7 * 24}}},
	};
	if (r.section == NULL || !r.section->section || conf_check(r.section, names, d) == -1)
		return;
	read_seconds(&r, "interval", SECOND_MS, DAY_MS, &alerts->interval);
	read_levels(&r, "levels", &alerts->plan.levels);
	read_levels(&r, "always", &alerts->plan.always);
	read_seconds(&r, "always_under", 0, 366LL * DAY_MS, &alerts->plan.urgent);
	read_bool(&r, "response_rate", &alerts->response_rate);
	read_bool(&r, "spam_filtered", &alerts->spam_filtered);
	read_bool(&r, "warnings", &alerts->warnings);
	read_windows(&r);
	read_quiet(&r);
	read_ways(&r);
	read_audiences(&r);
	check_always(&r);
}
