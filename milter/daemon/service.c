/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a running daemon, put together; reload and status. */
#include "config.h"

#include "daemon/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "daemon/alerts.h"
#include "daemon/changes.h"
#include "daemon/exports.h"
#include "daemon/peers.h"
#include "daemon/purge.h"
#include "daemon/service_archive.h"
#include "store/projector.h"

#define REDACT_KEY_MAX 4096
#define REDACT_KEY_MIN 16
/* Whoever commands something looks for its effect next; a store that is behind does not keep him longer. */
#define STORE_WAIT_MS 2000

/* ---- sites -------------------------------------------------------------- */

static int redact_load(struct site *site, struct diag *d)
{
	const struct config *config = site->config;
	struct slice key;

	site->redact.addresses = config->redact_addresses;
	site->redact.text = config->redact_text;
	if (!config->redact_addresses && !config->redact_text)
		return 0;
	if (config->redact_key_file == NULL)
		return diag_add(d, "audit.redact needs a key: set redact_key_file to a file of %d random bytes or more",
		    REDACT_KEY_MIN);
	if (file_read(config->redact_key_file, REDACT_KEY_MAX, &site->redact_key, d) != 0)
		return -1;
	key = slice_trim(buf_slice(&site->redact_key));
	if (key.len < REDACT_KEY_MIN)
		return diag_add(d, "%s: a redaction key of %zu bytes is too short; make one with \"openssl rand -hex 32\"",
		    config->redact_key_file, key.len);
	site->redact.key = key;
	return 0;
}

/* Takes over the reference to generation. */
static struct site *site_new(struct generation *generation, struct diag *d)
{
	struct site *site = calloc(1, sizeof(*site));

	if (site == NULL) {
		generation_unref(&generation);
		diag_add(d, "out of memory");
		return NULL;
	}
	site->generation = generation;
	site->config = generation_config(generation);
	atomic_init(&site->references, 1);
	if (redact_load(site, d) != 0)
		site_unref(&site);
	return site;
}

void site_unref(struct site **site)
{
	struct site *gone = *site;

	*site = NULL;
	if (gone == NULL || atomic_fetch_sub(&gone->references, 1) != 1)
		return;
	generation_unref(&gone->generation);
	if (gone->redact_key.data != NULL)
		explicit_bzero(gone->redact_key.data, gone->redact_key.cap);
	buf_free(&gone->redact_key);
	free(gone);
}

static struct site *site_ref(struct site *site)
{
	atomic_fetch_add(&site->references, 1);
	return site;
}

struct site *service_site(struct service *service)
{
	struct site *site;

	pthread_mutex_lock(&service->lock);
	site = site_ref(service->site);
	pthread_mutex_unlock(&service->lock);
	return site;
}

/* ---- life --------------------------------------------------------------- */

int service_load(struct service *service, const char *config_path, struct poison *poison, struct diag *d)
{
	const struct config *config;

	service->config_path = config_path;
	service->poison = poison;
	service->started = clock_now(&clock_system);
	pthread_mutex_init(&service->lock, NULL);
	stats_init(&service->stats);
	pthread_mutex_init(&service->archive_lock, NULL);
	service->engine = engine_new(config_path, d);
	if (service->engine == NULL)
		return -1;
	service->site = site_new(engine_current(service->engine), d);
	if (service->site == NULL)
		return -1;
	config = service->first_config = config_ref(service->site->config);
	if (address_parse(config->socket, &service->address, d) != 0)
		return -1;
	service->gate = gate_new(config->max_transactions, config->max_judging);
	service->registry = registry_new();
	if (service->gate == NULL || service->registry == NULL)
		return diag_add(d, "out of memory");
	return 0;
}

static void store_health(struct service *service, bool works, const char *why)
{
	int64_t now = clock_now(&clock_system), since;

	if (!works)
		stats_count(&service->stats, STAT_ERROR_STORE);
	if (atomic_exchange(&service->store_failed, !works) == !works)
		return;
	since = atomic_exchange(&service->store_failed_since, now);
	/* The first events may be delivered while the log is still being opened. */
	if (atomic_load(&service->recording))
		changes_store(service, works, why, now - since);
	if (works)
		log_info("store: works again");
	else
		log_error("store: %s; marketplace mail gets 451 until it works again", why);
}

/* Called by the log's thread; after a failure again and again with the same events. */
static int apply_events(void *arg, json_t *const *events, size_t count)
{
	struct service *service = arg;
	struct projector_health health;
	int64_t begun_us = clock_monotonic_us();
	int rc = projector_durable(service->projector, events, count);

	stats_time(&service->stats, TIME_STORE, "", clock_monotonic_us() - begun_us);
	projector_health(service->projector, &health);
	store_health(service, rc == 0, health.error);
	if (service->share != NULL && count > 0)
		share_upto(service->share, json_get_int(events[count - 1], "seq", 0));
	return rc;
}

static int open_share(struct service *service, struct diag *d)
{
	const struct config *config = service->site->config;
	const struct share_config share = {.redis = &config->redis.client, .keep_s = config->redis.keep_s,
	    .defer = config->redis.defer};

	if (strcmp(config->store_type, "redis") != 0)
		return 0;
	service->share = share_open(&share, service->store, config->audit_dir, d);
	return service->share != NULL ? 0 : -1;
}

int service_open(struct service *service, struct diag *d)
{
	const struct config *config = service->site->config;
	struct store_config store = {.type = config->store_type, .path = config->store_path};
	struct audit_config audit = {.dir = config->audit_dir, .rotate_bytes = config->audit_rotate_bytes,
	    .checkpoint_events = (int64_t)config->audit_checkpoint_events,
	    .checkpoint_seconds = config->audit_checkpoint_s};
	struct keyfile keyfile = {.secret_path = config->audit_key_file, .public_path = config->audit_public_key_file};

	service->store = store_open(&store, d);
	if (service->store == NULL)
		return -1;
	/* What a crash kept from the store comes first. */
	service->projector = projector_new(config->audit_dir, service->store, d);
	if (service->projector == NULL)
		return -1;
	if (open_share(service, d) == -1)
		return -1;
	audit.deliver_from = projector_next(service->projector);
	audit.key = service->key = keyfile_open(&keyfile, d);
	if (service->key == NULL)
		return -1;
	service->audit = audit_open(&audit, apply_events, service, d);
	atomic_store(&service->recording, service->audit != NULL);
	return service->audit != NULL ? service_archive_open(service, d) : -1;
}

int service_share(struct service *service, struct diag *d)
{
	char hash[HASH_HEX_SIZE];
	int64_t head;

	if (service->share == NULL)
		return 0;
	audit_head(service->audit, &head, hash);
	return share_start(service->share, head, d);
}

struct store *service_rules_store(struct service *service)
{
	return service->share != NULL ? share_rules(service->share) : service->store;
}

bool service_store_works(struct service *service)
{
	return !atomic_load(&service->store_failed);
}

/* ---- events ------------------------------------------------------------- */

void service_audit_health(struct service *service, bool works, const char *why)
{
	bool failed = !works;

	if (failed)
		stats_count(&service->stats, STAT_ERROR_AUDIT);
	if (atomic_exchange(&service->audit_failed, failed) == failed)
		return;
	if (failed)
		log_error("audit log: %s; marketplace mail gets 451 until it can be written again", why);
	else
		log_info("audit log: can be written again");
}

static int append(struct service *service, json_t *event, struct diag *d)
{
	int64_t begun_us = clock_monotonic_us();
	int rc = audit_append(service->audit, event, d);

	stats_time(&service->stats, TIME_AUDIT, "", clock_monotonic_us() - begun_us);
	return rc;
}

void service_event(struct service *service, json_t *event)
{
	struct diag d;

	diag_clear(&d);
	if (service->audit != NULL && event != NULL) {
		bool works = append(service, event, &d) == 0;

		service_audit_health(service, works, d.text);
	}
	json_decref(event);
}

void service_checkpoint(struct service *service)
{
	struct diag d;

	diag_clear(&d);
	/* A log that can't be written was said to be so by what came before. */
	if (service->audit != NULL && audit_checkpoint(service->audit, &d) != 0)
		service_audit_health(service, false, d.text);
}

int service_record(struct service *service, json_t *event, bool *applied_r, struct diag *d)
{
	int rc = event != NULL ? append(service, event, d) : diag_add(d, "out of memory");

	json_decref(event);
	service_audit_health(service, rc == 0, d->text);
	*applied_r = rc == 0 && audit_wait_delivered(service->audit, STORE_WAIT_MS) == 0;
	return rc;
}

static void interrupt_entry(void *arg, const struct registry_entry *entry)
{
	struct service *service = arg;
	json_t *event = json_object();

	json_put_str(event, "event", "interrupted");
	json_put_str(event, "ref", entry->id);
	json_put_str(event, "stage", entry_stage_name(entry->stage));
	if (entry->queue_id[0] != '\0')
		json_put(event, "queue_id", slice_str(entry->queue_id));
	if (entry->digest[0] != '\0')
		json_put_str(event, "digest", entry->digest);
	stats_count(&service->stats, STAT_INTERRUPTED);
	log_warning("%s: interrupted at stage %s: the daemon stops", entry->id, entry_stage_name(entry->stage));
	service_event(service, event);
}

void service_interrupt(struct service *service)
{
	registry_interrupt(service->registry, interrupt_entry, service);
}

/* ---- reload ------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void note_changed(json_t *list, const char *name, const char *was, const char *is)
{
	if (!same_text(was, is))
		json_array_append_new(list, json_string(name));
}

static bool same_redis(const struct config_redis *was, const struct config_redis *is)
{
	const struct redis_config *a = &was->client, *b = &is->client;
	char **x = a->servers, **y = b->servers;

	while (x != NULL && y != NULL && *x != NULL && *y != NULL && strcmp(*x, *y) == 0) {
		x++;
		y++;
	}
	return same_text(x != NULL ? *x : NULL, y != NULL ? *y : NULL) && a->mode == b->mode &&
	    same_text(a->sentinel_name, b->sentinel_name) && same_text(a->user, b->user) &&
	    same_text(a->password_file, b->password_file) &&
	    same_text(a->sentinel_password_file, b->sentinel_password_file) &&
	    a->connect_timeout_ms == b->connect_timeout_ms && a->timeout_ms == b->timeout_ms && a->pool == b->pool &&
	    was->defer == is->defer && was->keep_s == is->keep_s;
}

static json_t *restart_list(const struct config *was, const struct config *is)
{
	json_t *list = json_array();

	note_changed(list, "milter.socket", was->socket, is->socket);
	note_changed(list, "milter.socket_group", was->socket_group, is->socket_group);
	if (was->socket_mode != is->socket_mode)
		json_array_append_new(list, json_string("milter.socket_mode"));
	note_changed(list, "milter.user", was->user, is->user);
	note_changed(list, "milter.group", was->group, is->group);
	note_changed(list, "milter.control_socket", was->control_socket, is->control_socket);
	note_changed(list, "milter.pid_file", was->pid_file, is->pid_file);
	note_changed(list, "milter.log", was->log_target, is->log_target);
	if (was->timeout_s != is->timeout_s)
		json_array_append_new(list, json_string("milter.timeout"));
	if (was->supervise != is->supervise)
		json_array_append_new(list, json_string("milter.supervise"));
	note_changed(list, "store.type", was->store_type, is->store_type);
	note_changed(list, "store.path", was->store_path, is->store_path);
	if (!same_redis(&was->redis, &is->redis))
		json_array_append_new(list, json_string("store.redis"));
	note_changed(list, "metrics.listen", was->metrics_listen, is->metrics_listen);
	note_changed(list, "metrics.socket_group", was->metrics_group, is->metrics_group);
	note_changed(list, "audit.dir", was->audit_dir, is->audit_dir);
	if (was->audit_rotate_bytes != is->audit_rotate_bytes)
		json_array_append_new(list, json_string("audit.rotate"));
	note_changed(list, "audit.key_file", was->audit_key_file, is->audit_key_file);
	note_changed(list, "audit.public_key_file", was->audit_public_key_file, is->audit_public_key_file);
	if (was->audit_checkpoint_events != is->audit_checkpoint_events)
		json_array_append_new(list, json_string("audit.checkpoint_events"));
	if (was->audit_checkpoint_s != is->audit_checkpoint_s)
		json_array_append_new(list, json_string("audit.checkpoint_interval"));
	if (was->archive.enabled != is->archive.enabled)
		json_array_append_new(list, json_string("archive.enabled"));
	note_changed(list, "archive.dir", was->archive.dir, is->archive.dir);
	note_changed(list, "archive.key_file", was->archive.key_file, is->archive.key_file);
	return list;
}

static void site_put_in_force(struct service *service, struct site *site)
{
	const struct config *config = site->config;
	struct site *old;

	gate_limit(service->gate, config->max_transactions, config->max_judging);
	if (service->watch != NULL)
		watch_limit(service->watch, config->hang_ms, config->deadline_ms + config->hang_ms);
	peers_limit(config);
	if (!service->debug)
		log_set_level(config->log_level);
	pthread_mutex_lock(&service->lock);
	old = service->site;
	service->site = site;
	pthread_mutex_unlock(&service->lock);
	site_unref(&old);
	if (service->alerts != NULL)
		alerts_wake(service->alerts);
	if (service->exports != NULL)
		exports_apply(service->exports, config);
	if (service->purge != NULL)
		purge_wake(service->purge);
}

static void reload_note(struct service *service, bool ok, unsigned number, const struct diag *d)
{
	stats_count(&service->stats, ok ? STAT_RELOAD_OK : STAT_RELOAD_FAILED);
	pthread_mutex_lock(&service->lock);
	service->last_reload.time = clock_now(&clock_system);
	if (ok)
		service->last_reload.succeeded = service->last_reload.time;
	service->last_reload.ok = ok;
	snprintf(service->last_reload.error, sizeof(service->last_reload.error), "%.*s",
	    (int)sizeof(service->last_reload.error) - 1, ok ? "" : d->text);
	pthread_mutex_unlock(&service->lock);
	if (ok)
		log_info("reloaded: generation %u is in force", number);
	else
		log_write_lines(LOG_LEVEL_ERROR, d->text, "reload failed, generation %u stays in force: ", number);
}

int service_reload(struct service *service, const json_t *who, unsigned *number_r, json_t **restart_r, struct diag *d)
{
	struct site *site = NULL, *was = service_site(service), *current;

	if (engine_reload(service->engine, number_r, d) == 0)
		site = site_new(engine_current(service->engine), d);
	if (site != NULL) {
		if (restart_r != NULL)
			*restart_r = restart_list(service->first_config, site->config);
		site_put_in_force(service, site);
	}
	current = service_site(service);
	*number_r = generation_number(current->generation);
	site_unref(&current);
	reload_note(service, site != NULL, *number_r, d);
	changes_reload(service, site != NULL, was, who, d);
	site_unref(&was);
	return site != NULL ? 0 : -1;
}

/* ---- stop --------------------------------------------------------------- */

void service_stop_asked(struct service *service, json_t *who)
{
	pthread_mutex_lock(&service->lock);
	if (service->stop_asked == NULL)
		service->stop_asked = who;
	else
		json_decref(who);
	pthread_mutex_unlock(&service->lock);
}

json_t *service_stopper(struct service *service)
{
	json_t *who;

	pthread_mutex_lock(&service->lock);
	who = json_incref(service->stop_asked);
	pthread_mutex_unlock(&service->lock);
	return who;
}

/* ---- status ------------------------------------------------------------- */

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	if (seconds == 0) {
		json_put_new(object, key, json_null());
		return;
	}
	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

static json_t *transactions_json(struct service *service)
{
	struct gate_counts counts = gate_counts(service->gate);
	json_t *object = json_object();

	json_put_int(object, "live", (json_int_t)counts.live);
	json_put_int(object, "max", (json_int_t)counts.max_live);
	json_put_int(object, "judging", (json_int_t)counts.judging);
	json_put_int(object, "max_judging", (json_int_t)counts.max_judging);
	json_put_int(object, "refused_busy", (json_int_t)stats_get(&service->stats, STAT_BUSY));
	json_put_int(object, "cut_off", (json_int_t)stats_get(&service->stats, STAT_CUT_OFF));
	json_put_int(object, "sessions", (json_int_t)atomic_load(&service->stats.sessions));
	return object;
}

static json_t *audit_json(struct service *service, const struct config *config)
{
	json_t *object = json_object();
	char hash[HASH_HEX_SIZE] = "";
	int64_t seq = 0;

	audit_head(service->audit, &seq, hash);
	json_put_bool(object, "healthy", audit_healthy(service->audit));
	json_put_int(object, "seq", seq);
	json_put_str(object, "hash", hash);
	json_put_str(object, "dir", config->audit_dir);
	return object;
}

static json_t *store_json(struct service *service, const struct config *config)
{
	json_t *object = json_object();
	char hash[HASH_HEX_SIZE] = "";
	struct diag d = {0};
	int64_t seq = 0;
	bool healthy = store_ping(service->store, &d) == 0 && store_applied(service->store, &seq, hash, &d) == 0;

	json_put_bool(object, "healthy", healthy);
	json_put_int(object, "applied_seq", seq);
	json_put_str(object, "type", config->store_type);
	json_put(object, "path", slice_str(config->store_path));
	if (service->share != NULL)
		json_put_new(object, "shared", share_status(service->share));
	if (!healthy)
		json_put(object, "error", slice_str(d.text));
	return object;
}

/* Rules that let mail pass unjudged, or change nothing: nobody should have to look for them. */
static json_t *opt_outs_json(const json_t *rules)
{
	json_t *list = json_array();
	const json_t *rule;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rules, i, rule) {
		const char *on_error = json_get_str(rule, "on_error"), *name = json_get_str(rule, "name");
		bool monitor = json_is_true(json_object_get(rule, "monitor"));
		json_t *entry;

		if (!monitor && (on_error == NULL || strcmp(on_error, "pass") != 0))
			continue;
		entry = json_object();
		json_put_str(entry, "rule", name);
		json_put_str(entry, "reason", monitor ? "monitor" : "on_error=pass");
		json_array_append_new(list, entry);
	}
	return list;
}

static void put_identity(struct service *service, json_t *status, const struct site *site)
{
	char line[512];

	json_put_str(status, "version", PACKAGE_VERSION);
	json_put_int(status, "pid", service->supervisor != 0 ? service->supervisor : getpid());
	json_put_int(status, "worker_pid", getpid());
	put_time(status, "started", service->started);
	json_put_int(status, "uptime_s", clock_now(&clock_system) - service->started);
	json_put_int(status, "generation", generation_number(site->generation));
	json_put_str(status, "config", service->config_path);
	json_put(status, "socket", slice_str(service->first_config->socket));
	address_postfix_line(&service->address, line, sizeof(line));
	json_put_str(status, "postfix_line", line);
	address_sendmail_line(&service->address, line, sizeof(line));
	json_put_str(status, "sendmail_line", line);
}

static json_t *last_reload_json(struct service *service)
{
	json_t *object = NULL;

	pthread_mutex_lock(&service->lock);
	if (service->last_reload.time != 0) {
		object = json_object();
		put_time(object, "time", service->last_reload.time);
		json_put_bool(object, "ok", service->last_reload.ok);
		json_put(object, "error", slice_str(service->last_reload.error));
	}
	pthread_mutex_unlock(&service->lock);
	return object != NULL ? object : json_null();
}

json_t *service_status(struct service *service)
{
	json_t *status = json_object(), *rules, *errors;
	struct site *site = service_site(service);
	int64_t now = clock_now(&clock_system);

	json_put_bool(status, "ok", true);
	put_identity(service, status, site);
	json_put_new(status, "transactions", transactions_json(service));
	json_put_new(status, "messages", stats_messages_json(&service->stats));
	errors = stats_errors_json(&service->stats);
	json_put_int(errors, "crash", poison_crashes(service->poison));
	json_put_new(status, "errors", errors);
	json_put_new(status, "overruns", stats_overruns_json(&service->stats));
	json_put_new(status, "audit", audit_json(service, service->first_config));
	json_put_new(status, "store", store_json(service, service->first_config));
	json_put_new(status, "archive", service_archive_status(service, site));
	json_put_new(status, "alerts", alerts_status(service->alerts, site->config));
	json_put_new(status, "exports", exports_status(service->exports));
	rules = generation_rules_json(site->generation);
	json_put_new(status, "opt_outs", opt_outs_json(rules));
	json_put_new(status, "rules", rules);
	json_put_new(status, "exemptions", generation_exemptions_json(site->generation, now));
	json_put_new(status, "plugins", generation_plugins_json(site->generation));
	json_put_int(status, "poison", (json_int_t)poison_count(service->poison, now));
	json_put_bool(status, "auth_seen", atomic_load(&service->stats.auth_seen));
	put_time(status, "last_message", atomic_load(&service->stats.last_message));
	json_put_new(status, "last_reload", last_reload_json(service));
	json_put_int(status, "restarts", poison_crashes(service->poison));
	site_unref(&site);
	return status;
}
