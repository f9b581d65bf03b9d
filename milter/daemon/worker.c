/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that serves mail: start-up in the order that privileges demand,
 * signals, orderly stop.
 */
#include "config.h"

#include "daemon/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "audit/keyfile.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/log.h"
#include "daemon/alerts.h"
#include "daemon/changes.h"
#include "daemon/control.h"
#include "daemon/exports.h"
#include "daemon/metrics_http.h"
#include "daemon/mlfi.h"
#include "daemon/peers.h"
#include "daemon/privilege.h"
#include "daemon/purge.h"
#include "daemon/service.h"

/* How long messages being judged may take to end when the daemon stops, and the store to get the last events. */
#define STOP_WAIT_MS 10000
#define STORE_WAIT_MS 3000
/* What Redis may take of the last events. */
#define SHARE_WAIT_MS 2000
/* What receivers of audit events take of the last ones; the rest comes after the next start. */
#define EXPORT_WAIT_MS 2000

struct worker {
	const struct worker_options *options;
	struct service service;
	struct control *control;
	struct metrics_http *metrics; /* NULL: not served */
	pthread_t signals;
};

static void our_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
}

static void log_stats(struct service *service)
{
	const struct stats *stats = &service->stats;
	struct gate_counts counts = gate_counts(service->gate);

	log_info("statistics: pass=%llu tag=%llu hold=%llu reject=%llu defer=%llu unconcerned=%llu live=%zu judging=%zu busy=%llu",
	    stats_get(stats, STAT_PASS), stats_get(stats, STAT_TAG), stats_get(stats, STAT_HOLD),
	    stats_get(stats, STAT_REJECT), stats_get(stats, STAT_DEFER), stats_get(stats, STAT_UNCONCERNED), counts.live,
	    counts.judging, stats_get(stats, STAT_BUSY));
}

static void reload(struct worker *worker)
{
	struct diag *d = calloc(1, sizeof(*d));
	json_t *restart = NULL, *who;
	unsigned number;
	size_t i;

	if (d == NULL) {
		log_error("reload failed: out of memory");
		return;
	}
	who = changes_who_signals("HUP");
	/* The outcome is logged by service_reload. */
	service_reload(&worker->service, who, &number, &restart, d);
	for (i = 0; i < json_array_size(restart); i++)
		log_warning("reload: %s changed; it takes a restart to bring it into force",
		    json_string_value(json_array_get(restart, i)));
	json_decref(restart);
	json_decref(who);
	free(d);
}

/* ---- stop ------------------------------------------------------------------- */

/*
 * libmilter is not asked to stop: smfi_stop() waits up to five seconds for its listener, and its threads run
 * on even then. So nothing that they may hold is freed. What the log has is on the disk already.
 */
__attribute__((noreturn)) static void stop(struct worker *worker, const char *signal)
{
	struct service *service = &worker->service;
	json_t *who = service_stopper(service);

	log_info("stopping");
	poison_set_stopped(service->poison);
	gate_close(service->gate);
	if (!gate_wait_idle(service->gate, STOP_WAIT_MS))
		log_warning("some messages were still being judged after %d s", STOP_WAIT_MS / 1000);
	service_interrupt(service);
	if (alerts_stop(service->alerts, STOP_WAIT_MS) != 0)
		log_warning("alerts were still being handed over after %d s; they may come a second time", STOP_WAIT_MS / 1000);
	if (purge_stop(service->purge, STOP_WAIT_MS) != 0)
		log_warning("the archive was still being purged after %d s; the next start finishes that", STOP_WAIT_MS / 1000);
	if (who == NULL)
		who = changes_who_signals(signal);
	changes_stop(service, who);
	json_decref(who);
	service_checkpoint(service);
	exports_stop(service->exports, EXPORT_WAIT_MS);
	control_close(&worker->control);
	metrics_http_unlink(worker->metrics);
	if (service->address.kind == ADDRESS_UNIX)
		unlink(service->address.path);
	if (audit_wait_delivered(service->audit, STORE_WAIT_MS) != 0)
		log_warning("the store has not got all events; it will at the next start");
	if (service->share != NULL && share_stop(service->share, SHARE_WAIT_MS) != 0)
		log_warning("Redis has not got all events; it will after the next start");
	log_info("stopped");
	_exit(0);
}

static void *signals_run(void *arg)
{
	struct worker *worker = arg;
	sigset_t set;

	our_signals(&set);
	for (;;) {
		switch (sigwaitinfo(&set, NULL)) {
		case SIGHUP:
			reload(worker);
			break;
		case SIGUSR1:
			log_stats(&worker->service);
			break;
		case SIGTERM:
			stop(worker, "TERM");
		case SIGINT:
			stop(worker, "INT");
		default:
			break;
		}
	}
}

static void stop_from_control(void *arg)
{
	(void)arg;
	kill(getpid(), SIGTERM);
}

/* ---- start ------------------------------------------------------------------ */

static int make_dirs(const struct config *config, const struct identity *identity, struct diag *d)
{
	char dir[4096];
	char *slash;

	if (privilege_make_dir("audit.dir", config->audit_dir, 0750, identity, d) != 0 ||
	    privilege_make_dir("limits.spool_dir", config->spool_dir, 0750, identity, d) != 0)
		return -1;
	if (config->archive.enabled && privilege_make_dir("archive.dir", config->archive.dir, 0700, identity, d) != 0)
		return -1;
	if (config->store_path == NULL || *config->store_path != '/')
		return 0;
	snprintf(dir, sizeof(dir), "%s", config->store_path);
	slash = strrchr(dir, '/');
	if (slash == dir)
		return 0;
	*slash = '\0';
	return privilege_make_dir("store.path", dir, 0750, identity, d);
}

/* The log's signing key, at the first start: its directory may be closed to the user the daemon runs as. */
static int make_key(const struct config *config, const struct identity *identity, struct diag *d)
{
	struct keyfile keyfile = {.secret_path = config->audit_key_file, .public_path = config->audit_public_key_file,
	    .owner = (uid_t)-1, .group = (gid_t)-1};
	char public[SIGN_KEY_HEX];
	int rc;

	if (identity->drop) {
		keyfile.owner = identity->uid;
		keyfile.group = identity->gid;
	}
	rc = keyfile_ensure(&keyfile, public, d);
	if (rc == 1)
		log_info("audit: made the signing key %s; keep its public half elsewhere: %s", config->audit_key_file, public);
	return rc == -1 ? -1 : 0;
}

/* Changing the user forgets the wish to die with the supervisor; it may be gone already, too. */
static int tie_to_supervisor(const struct worker_options *options, struct diag *d)
{
	if (options->supervisor == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return diag_add(d, "cannot tie the worker to its supervisor: %s", strerror(errno));
	if (getppid() != options->supervisor)
		return diag_add(d, "the supervisor is gone");
	return 0;
}

/*
 * Each connection is a descriptor, also one whose message is turned away; when there is none left libmilter
 * answers nobody, and the control socket is mute. Nothing here uses select().
 */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warning("cannot use more than the soft limit of open files: %s", strerror(errno));
}

static int start_privileged(struct worker *worker, struct diag *d)
{
	struct service *service = &worker->service;
	const struct config *config;
	struct identity identity;

	raise_descriptors();
	if (service_load(service, worker->options->config_path, worker->options->poison, d) != 0)
		return -1;
	config = service->site->config;
	if (identity_resolve(config->user, config->group, &identity, d) != 0 || make_dirs(config, &identity, d) != 0 ||
	    make_key(config, &identity, d) != 0)
		return -1;
	if (config->control_socket != NULL) {
		worker->control = control_open(service, config, d);
		if (worker->control == NULL)
			return -1;
	}
	if (config->metrics_listen != NULL) {
		worker->metrics = metrics_http_open(config, d);
		if (worker->metrics == NULL)
			return -1;
	}
	if (mlfi_listen(service, config, d) != 0 || privilege_drop(&identity, d) != 0)
		return -1;
	return tie_to_supervisor(worker->options, d);
}

static int start_threads(struct worker *worker, struct diag *d)
{
	struct service *service = &worker->service;
	const struct config *config = service->site->config;

	service->watch = watch_start(service->poison, mlfi_progress);
	if (service->watch == NULL)
		return diag_add(d, "cannot start a thread");
	watch_limit(service->watch, config->hang_ms, config->deadline_ms + config->hang_ms);
	if (peers_start(&service->stats, d) != 0)
		return -1;
	peers_limit(config);
	if (service_share(service, d) == -1)
		return -1;
	service->exports = exports_new(service->audit, service->first_config->audit_dir);
	if (service->exports == NULL)
		return diag_add(d, "out of memory");
	exports_apply(service->exports, config);
	service->alerts = alerts_start(service);
	if (service->archive != NULL)
		service->purge = purge_start(service);
	if (service->alerts == NULL || (service->archive != NULL && service->purge == NULL))
		return diag_add(d, "cannot start a thread");
	return 0;
}

/* The signals come last: whoever stops the worker finds all that there is to be stopped. Until then they wait. */
static int serve_commands(struct worker *worker, struct diag *d)
{
	if (worker->metrics != NULL && metrics_http_start(worker->metrics, &worker->service, d) != 0)
		return -1;
	if (worker->control != NULL && control_start(worker->control, stop_from_control, worker, d) != 0)
		return -1;
	if (pthread_create(&worker->signals, NULL, signals_run, worker) != 0)
		return diag_add(d, "cannot start a thread");
	return 0;
}

static int worker_start(struct worker *worker, struct diag *d)
{
	if (start_privileged(worker, d) != 0 || service_open(&worker->service, d) != 0)
		return -1;
	if (poison_install(worker->service.poison) != 0)
		return diag_add(d, "cannot handle fatal signals: %s", strerror(errno));
	return start_threads(worker, d);
}

static void record_crash(struct worker *worker)
{
	const struct worker_options *options = worker->options;
	json_t *event;

	if (options->crash_reason[0] == '\0')
		return;
	event = json_object();
	json_put_str(event, "event", "error");
	json_put_str(event, "error", "crash");
	json_put_str(event, "what", options->crash_reason);
	if (options->blame.suspects > 0) {
		json_put(event, "plugin", slice_str(options->blame.plugin));
		json_put_str(event, "ref", options->blame.id);
		json_put_bool(event, "known", options->blame.known);
	}
	service_event(&worker->service, event);
}

static void record_start(struct worker *worker)
{
	struct service *service = &worker->service;

	changes_start(service);
	record_crash(worker);
	service_checkpoint(service);
}

static void announce(struct worker *worker)
{
	char postfix[512], sendmail[512];

	address_postfix_line(&worker->service.address, postfix, sizeof(postfix));
	address_sendmail_line(&worker->service.address, sendmail, sizeof(sendmail));
	log_info("posternd " PACKAGE_VERSION " serves; for Postfix's main.cf: %s", postfix);
	log_info("for Postfix also: milter_default_action = tempfail; for sendmail.mc: %s", sendmail);
	/* Before the control socket answers: a worker that anybody can see serving is known to have started well. */
	if (worker->options->ready_fd >= 0 && write(worker->options->ready_fd, "R", 1) != 1)
		log_warning("the supervisor could not be told that the worker is ready");
}

int worker_run(const struct worker_options *options)
{
	struct worker worker = {
		.options = options,
		.service = {.supervisor = options->supervisor, .debug = options->debug},
	};
	struct diag *d = calloc(1, sizeof(*d));

	if (d == NULL || tie_to_supervisor(options, d) != 0 || worker_start(&worker, d) != 0) {
		log_write_lines(LOG_LEVEL_ERROR, d != NULL && d->len > 0 ? d->text : "out of memory", "cannot start: ");
		/* Threads may run; nothing was accepted. */
		control_close(&worker.control);
		metrics_http_unlink(worker.metrics);
		fflush(NULL);
		_exit(1);
	}
	record_start(&worker);
	announce(&worker);
	if (serve_commands(&worker, d) != 0) {
		log_error("%s", d->text);
		_exit(1);
	}
	free(d);
	mlfi_run();
	log_error("libmilter ended by itself");
	_exit(2);
}
