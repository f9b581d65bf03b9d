/* SPDX-License-Identifier: BSD-2-Clause */
/* What Prometheus is told of a running daemon. Names: base units, counters end in _total; labels have few values. */
#include "config.h"

#include "daemon/metrics.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/file.h"
#include "daemon/alerts.h"
#include "daemon/metrics_text.h"
#include "policy/profile.h"
#include "policy/rules.h"
#include "postern/plugin.h"

/* ---- series that are there from the start ---------------------------------------------- */

static const unsigned directions[] = {POSTERN_INBOUND, POSTERN_OUTBOUND};

static void begin_messages(struct stats *stats, const char *market)
{
	for (size_t i = 0; i < 2; i++)
		for (enum action action = ACTION_PASS; action <= ACTION_REJECT; action++)
			series_begin(&stats->messages,
			    (const char *const[]){stats_direction(directions[i]), action_name(action), market});
}

static void begin_rule(struct stats *stats, const struct rule *rule, int64_t now)
{
	static const char *const reasons[] = {"error", "deadline", "overrun"};
	const char *action = rule_is_monitored(rule, now) ? "monitor" : action_name(rule->action);

	if (!rule->enabled)
		return;
	for (size_t i = 0; i < 2; i++)
		/* Mail to people outside of marketplaces goes out, too. */
		if (rule->direction & (i == 0 ? POSTERN_INBOUND : POSTERN_OUTBOUND | POSTERN_OUTSIDE))
			series_begin(&stats->findings, (const char *const[]){stats_direction(directions[i]), action, rule->name});
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		series_begin(&stats->plugin_errors, (const char *const[]){rule->plugin_name, reasons[i]});
	series_begin(&stats->overruns, (const char *const[]){rule->name});
}

static void begin_series(struct service *service, struct metrics_memory *memory)
{
	struct site *site = service_site(service);
	const struct profiles *profiles = generation_profiles(site->generation);
	const struct rules *rules = generation_rules(site->generation);
	unsigned number = generation_number(site->generation);

	for (size_t i = 0; memory->generation != number && i < profiles_count(profiles); i++)
		begin_messages(&service->stats, marketplace_name(profiles_get(profiles, i)));
	for (size_t i = 0; memory->generation != number && i < rules->count; i++)
		begin_rule(&service->stats, &rules->rules[i], clock_now(&clock_system));
	memory->generation = number;
	site_unref(&site);
}

/* ---- families -------------------------------------------------------------------------- */

static void write_messages(const struct stats *stats, struct buf *out)
{
	static const char *const message_labels[] = {"direction", "action", "marketplace"};
	static const char *const finding_labels[] = {"direction", "action", "rule"};
	static const char *const error_labels[] = {"plugin", "reason"};

	metrics_series(out, "postern_messages_total",
	    "Messages that got a decision. Direction unknown: deferred before it was known.", message_labels, &stats->messages);
	metrics_counter(out, "postern_messages_unconcerned_total", "Messages of no marketplace, let through unread.",
	    (double)stats_get(stats, STAT_UNCONCERNED));
	metrics_counter(out, "postern_messages_aborted_total", "Messages given up by the mail server or its client.",
	    (double)stats_get(stats, STAT_ABORTED));
	metrics_series(out, "postern_findings_total",
	    "What rules found. Action is the rule's own, monitor where it has no effect.", finding_labels, &stats->findings);
	metrics_series(out, "postern_plugin_errors_total",
	    "Checks that failed (error), found the message's time over (deadline), or took all of it (overrun).", error_labels, &stats->plugin_errors);
	metrics_gauge(out, "postern_last_message_timestamp_seconds", "When the last decision was made, 0: none yet.",
	    (double)atomic_load(&stats->last_message));
}

static void write_times(const struct stats *stats, struct buf *out)
{
	static const char *const direction[] = {"direction"};
	static const char *const plugin[] = {"plugin"}, *const rule[] = {"rule"};

	metrics_series(out, "postern_message_duration_seconds",
	    "From MAIL to the answer at the end of a message; the sender's line is in it.", direction,
	    &stats->times[TIME_MESSAGE]);
	metrics_series(out, "postern_judge_duration_seconds", "Decoding a message and running all its rules.", direction,
	    &stats->times[TIME_JUDGE]);
	metrics_series(out, "postern_plugin_duration_seconds", "One check of one rule of the plugin.", plugin,
	    &stats->times[TIME_PLUGIN]);
	metrics_series(out, "postern_rule_overruns_total", "Checks that took more time than their rule's budget.", rule,
	    &stats->overruns);
	metrics_series(out, "postern_audit_append_duration_seconds", "Until a record is on the disk, and before it the archive's copy of a message.", NULL,
	    &stats->times[TIME_AUDIT]);
	metrics_series(out, "postern_store_apply_duration_seconds", "A group of records into the store.", NULL,
	    &stats->times[TIME_STORE]);
}

static void write_errors(struct service *service, struct buf *out)
{
	static const enum counter errors[] = {STAT_ERROR_PLUGIN, STAT_ERROR_DEADLINE, STAT_ERROR_AUDIT, STAT_ERROR_STORE,
		STAT_ERROR_ARCHIVE, STAT_ERROR_SPOOL, STAT_ERROR_PROTOCOL};

	metrics_family(out, "postern_errors_total", "counter", "What failed, by kind; marketplace mail got 451 for most.");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		metrics_sample(out, "postern_errors_total", &(struct metrics_label){"kind", stats_name(errors[i])}, 1,
		    (double)stats_get(&service->stats, errors[i]));
	metrics_counter(out, "postern_worker_restarts_total", "Times that the worker process died and was started again.",
	    (double)poison_crashes(service->poison));
	metrics_gauge(out, "postern_poisoned_messages", "Messages that ended the process and are held when they come again.",
	    (double)poison_count(service->poison, clock_now(&clock_system)));
}

static void write_gate(struct service *service, struct buf *out)
{
	struct gate_counts counts = gate_counts(service->gate);

	metrics_gauge(out, "postern_transactions_live", "Messages on their way through.", (double)counts.live);
	metrics_gauge(out, "postern_transactions_live_max", "The limit milter.max_transactions.", (double)counts.max_live);
	metrics_gauge(out, "postern_transactions_judging", "Messages being judged.", (double)counts.judging);
	metrics_gauge(out, "postern_transactions_judging_max", "The limit milter.max_judging.", (double)counts.max_judging);
	metrics_counter(out, "postern_gate_refusals_total", "Messages turned away with 451 4.3.2 for one of these limits.",
	    (double)stats_get(&service->stats, STAT_BUSY));
	metrics_counter(out, "postern_milter_cut_off_total", "Connections of mail servers that stalled, and were ended.",
	    (double)stats_get(&service->stats, STAT_CUT_OFF));
	metrics_gauge(out, "postern_milter_sessions", "Connections of the mail server.",
	    (double)atomic_load(&service->stats.sessions));
}

static void write_records(struct service *service, struct buf *out)
{
	struct projector_health health;
	char hash[HASH_HEX_SIZE];
	int64_t seq;

	projector_health(service->projector, &health);
	audit_head(service->audit, &seq, hash);
	metrics_gauge(out, "postern_audit_healthy", "0 while the audit log can't be written.",
	    audit_healthy(service->audit) ? 1 : 0);
	metrics_gauge(out, "postern_audit_records", "Number of the last record on the disk.", (double)seq);
	metrics_gauge(out, "postern_store_healthy", "0 while the store does not take records.",
	    service_store_works(service) ? 1 : 0);
	metrics_gauge(out, "postern_store_lag_records", "Records on the disk that the store has not got yet.",
	    seq > health.applied ? (double)(seq - health.applied) : 0);
}

static void write_reloads(struct service *service, struct buf *out)
{
	static const enum counter results[] = {STAT_RELOAD_OK, STAT_RELOAD_FAILED};
	struct site *site = service_site(service);
	int64_t succeeded;
	bool ok;

	pthread_mutex_lock(&service->lock);
	ok = service->last_reload.time == 0 || service->last_reload.ok;
	succeeded = service->last_reload.succeeded != 0 ? service->last_reload.succeeded : service->started;
	pthread_mutex_unlock(&service->lock);
	metrics_family(out, "postern_config_reloads_total", "counter", "Reloads of the configuration.");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		metrics_sample(out, "postern_config_reloads_total", &(struct metrics_label){"result", stats_name(results[i])}, 1,
		    (double)stats_get(&service->stats, results[i]));
	metrics_gauge(out, "postern_config_last_reload_successful", "0 while the configuration on the disk is refused.", ok);
	metrics_gauge(out, "postern_config_last_reload_success_timestamp_seconds",
	    "When the configuration in force was loaded.", (double)succeeded);
	metrics_gauge(out, "postern_config_generation", "Number of the configuration in force.",
	    (double)generation_number(site->generation));
	site_unref(&site);
}

static void write_alerts(struct service *service, struct buf *out)
{
	struct site *site = service_site(service);
	json_t *status = alerts_status(service->alerts, site->config);

	metrics_gauge(out, "postern_alerts_healthy", "0 while people can't be told of what is due.",
	    json_is_true(json_object_get(status, "healthy")) ? 1 : 0);
	metrics_gauge(out, "postern_alerts_waiting", "Alerts that some way has still to take.",
	    (double)json_get_int(status, "waiting", 0));
	metrics_counter(out, "postern_alerts_failures_total", "Alerts that a way did not take.",
	    (double)json_get_int(status, "failures", 0));
	json_decref(status);
	site_unref(&site);
}

/* ---- the process ---------------------------------------------------------------------- */

static double count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	double count = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count - 1; /* its own */
}

/* The second number of statm, in pages. */
static double resident_bytes(void)
{
	struct buf text = {0};
	struct diag d = {0};
	double pages = 0;
	const char *space;

	if (file_read("/proc/self/statm", 4096, &text, &d) == 0 && (space = strchr(text.data, ' ')) != NULL)
		pages = strtod(space, NULL);
	buf_free(&text);
	return pages * (double)sysconf(_SC_PAGESIZE);
}

/* Names that all programs have in common, so that their dashboards fit. */
static void write_process(const struct service *service, struct buf *out)
{
	struct rlimit limit = {0};

	metrics_family(out, "postern_build_info", "gauge", "1; which program this is.");
	metrics_sample(out, "postern_build_info", &(struct metrics_label){"version", PACKAGE_VERSION}, 1, 1);
	metrics_gauge(out, "process_start_time_seconds", "When the worker process started.", (double)service->started);
	metrics_gauge(out, "process_resident_memory_bytes", "Memory of the worker process.", resident_bytes());
	metrics_gauge(out, "process_open_fds", "Open file descriptors.", count_descriptors());
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metrics_gauge(out, "process_max_fds", "The limit of open file descriptors.", (double)limit.rlim_cur);
}

void metrics_write(struct service *service, struct metrics_memory *memory, struct buf *out)
{
	begin_series(service, memory);
	write_process(service, out);
	write_messages(&service->stats, out);
	write_times(&service->stats, out);
	write_errors(service, out);
	write_gate(service, out);
	write_records(service, out);
	write_reloads(service, out);
	write_alerts(service, out);
	metrics_desk_write(service, memory, out);
}

bool metrics_healthy(struct service *service, const char **why_r)
{
	*why_r = gate_closed(service->gate) ? "stopping\n"
	    : !audit_healthy(service->audit) ? "the audit log can't be written\n"
	    : !service_store_works(service) ? "the store does not take records\n" : "ok\n";
	return strcmp(*why_r, "ok\n") == 0;
}
