/* SPDX-License-Identifier: BSD-2-Clause */
/* One message between the MTA's protocol and the engine. */
#include "daemon/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "daemon/service_archive.h"
#include "postern/plugin.h"

#define JUDGE_WAIT_MS 800
/* A large message took longer to come, and to come again costs more than to wait for those before it. */
#define LARGE_WAIT_MS 60000
/* So many outbound messages without any sign of a login, and a macro is probably missing. */
#define STRANGERS_MAX 20

struct delivery {
	struct service *service;
	struct site *site;
	struct txn *txn;
	struct txn_services services;
	struct registry_entry entry;
	struct poison_slot *slot; /* while it is judged, or a plugin asked whether it wants it */
	bool judging;
	char queue_id[64];
	int64_t begun_us;         /* monotonic */
	const char *plugin;       /* at work since plugin_us */
	int64_t plugin_us;
	bool failed;
	struct refusal failure;
};

static const struct refusal refusal_busy = {"451", "4.3.2", "The mail filter is busy, please try again later"};
static const struct refusal refusal_stopping = {"451", "4.3.2", "The mail filter is restarting, please try again"};
static const struct refusal refusal_memory = {"451", "4.3.0", "The mail filter is out of memory, please try again later"};
static const struct refusal refusal_input = {"451", "4.3.0", "The mail filter could not take in this message, please try again later"};
static const struct refusal refusal_internal = {"451", "4.3.0", "The mail filter has a temporary problem, please try again later"};

static void end_blame(struct delivery *delivery)
{
	poison_end(delivery->service->poison, delivery->slot);
	delivery->slot = NULL;
}

static void plugin_enter(void *arg, const char *plugin, const char *id, const char *digest)
{
	struct delivery *delivery = arg;

	if (!delivery->judging)
		delivery->slot = poison_begin(delivery->service->poison);
	poison_enter(delivery->slot, plugin, id, digest);
	delivery->plugin = plugin;
	delivery->plugin_us = clock_monotonic_us();
}

static void plugin_leave(void *arg)
{
	struct delivery *delivery = arg;

	stats_time_plugin(&delivery->service->stats, delivery->plugin, clock_monotonic_us() - delivery->plugin_us,
	    delivery->site->config->deadline_ms);
	poison_leave(delivery->slot);
	if (!delivery->judging)
		end_blame(delivery);
}

/* The first failure counts; the log has all. */
static int delivery_fail(struct delivery *delivery, const struct refusal *refusal, const char *where,
    const struct diag *d)
{
	json_t *event;

	if (!delivery->failed)
		delivery->failure = *refusal;
	delivery->failed = true;
	log_write_lines(LOG_LEVEL_ERROR, d->text, "%s: %s: ", txn_id(delivery->txn), where);
	event = json_object();
	json_put_str(event, "event", "error");
	json_put_str(event, "ref", txn_id(delivery->txn));
	json_put_str(event, "error", "input");
	json_put_str(event, "what", where);
	service_event(delivery->service, event);
	return -1;
}

static bool delivery_admit(struct service *service, struct refusal *refusal_r)
{
	if (gate_admit(service->gate))
		return true;
	*refusal_r = gate_closed(service->gate) ? refusal_stopping : refusal_busy;
	stats_count(&service->stats, STAT_BUSY);
	return false;
}

static struct delivery *delivery_new(struct service *service)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (delivery == NULL)
		return NULL;
	delivery->service = service;
	delivery->begun_us = clock_monotonic_us();
	delivery->site = service_site(service);
	delivery->services = (struct txn_services){
		.clock = &clock_system,
		.store = service_rules_store(service),
		.audit = service->audit,
		.archive = service->archive,
		.redact = delivery->site->redact.addresses || delivery->site->redact.text ? &delivery->site->redact : NULL,
		.plugin_enter = plugin_enter,
		.plugin_leave = plugin_leave,
		.arg = delivery,
	};
	delivery->txn = txn_new(delivery->site->generation, &delivery->services);
	if (delivery->txn == NULL) {
		site_unref(&delivery->site);
		free(delivery);
		return NULL;
	}
	return delivery;
}

static const char *known(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static bool is_outbound_listener(const struct config *config, const char *daemon)
{
	char **name = config->outbound_daemons;

	while (daemon != NULL && name != NULL && *name != NULL && strcmp(*name, daemon) != 0)
		name++;
	return daemon != NULL && name != NULL && *name != NULL;
}

/* Without account and listener the addresses alone tell the direction: an administrator should know that it is so. */
static void note_stranger(struct delivery *delivery, const struct verdict *verdict)
{
	struct stats *stats = &delivery->service->stats;

	if (verdict->direction != POSTERN_OUTBOUND || verdict->marketplace == NULL ||
	    !delivery->site->config->authenticated_outbound || atomic_load(&stats->auth_seen) ||
	    atomic_fetch_add(&stats->strangers, 1) != STRANGERS_MAX)
		return;
	log_warning("%d messages to marketplaces, and none came with an account or by a listener of outbound_daemons: if "
	    "people log in to send, does the mail server pass {auth_authen} and {daemon_name} to its milters? "
	    "(If nobody does: direction { authenticated_outbound = no })", STRANGERS_MAX + 1);
}

struct delivery *delivery_begin(struct service *service, const struct peer *peer, const char *account,
    const char *sender, struct refusal *refusal_r)
{
	struct txn_client client = {
		.client = known(peer->client),
		.helo = known(peer->helo),
		.account = known(account),
		.daemon = known(peer->daemon),
		.local = peer->local,
	};
	struct delivery *delivery;
	struct diag d;

	diag_clear(&d);
	if (!delivery_admit(service, refusal_r))
		return NULL;
	delivery = delivery_new(service);
	if (delivery == NULL) {
		gate_release(service->gate);
		*refusal_r = refusal_memory;
		log_error("out of memory: a message gets 451");
		return NULL;
	}
	registry_add(service->registry, &delivery->entry, txn_id(delivery->txn), clock_now(&clock_system));
	if (client.account != NULL || is_outbound_listener(delivery->site->config, client.daemon))
		atomic_store(&service->stats.auth_seen, true);
	txn_set_can_hold(delivery->txn, peer->can_hold);
	if (txn_set_client(delivery->txn, &client, &d) != 0 ||
	    txn_sender(delivery->txn, sender != NULL ? sender : "", &d) != 0)
		delivery_fail(delivery, &refusal_input, "envelope", &d);
	return delivery;
}

void delivery_end(struct delivery **delivery, bool aborted)
{
	struct delivery *gone = *delivery;
	struct service *service;

	*delivery = NULL;
	if (gone == NULL)
		return;
	service = gone->service;
	if (aborted)
		stats_count(&service->stats, STAT_ABORTED);
	registry_remove(service->registry, &gone->entry);
	txn_free(&gone->txn);
	site_unref(&gone->site);
	gate_release(service->gate);
	free(gone);
}

int delivery_recipient(struct delivery *delivery, const char *argument)
{
	struct diag d;

	diag_clear(&d);
	if (delivery->failed)
		return -1;
	registry_note(delivery->service->registry, &delivery->entry, STAGE_RCPT, NULL, NULL);
	if (txn_recipient(delivery->txn, argument != NULL ? argument : "", &d) == 0)
		return 0;
	return delivery_fail(delivery, &refusal_input, "recipient", &d);
}

int delivery_header(struct delivery *delivery, const char *name, const char *value)
{
	struct diag d;

	diag_clear(&d);
	if (delivery->failed)
		return -1;
	if (delivery->entry.stage != STAGE_HEADER)
		registry_note(delivery->service->registry, &delivery->entry, STAGE_HEADER, NULL, NULL);
	if (txn_header(delivery->txn, slice_str(name), slice_str(value), &d) == 0)
		return 0;
	stats_count(&delivery->service->stats, STAT_ERROR_SPOOL);
	return delivery_fail(delivery, &refusal_input, "header", &d);
}

int delivery_body(struct delivery *delivery, const void *data, size_t len)
{
	struct diag d;

	diag_clear(&d);
	if (delivery->failed)
		return -1;
	if (delivery->entry.stage != STAGE_BODY)
		registry_note(delivery->service->registry, &delivery->entry, STAGE_BODY, NULL, NULL);
	if (txn_body(delivery->txn, data, len, &d) == 0)
		return 0;
	stats_count(&delivery->service->stats, STAT_ERROR_SPOOL);
	return delivery_fail(delivery, &refusal_input, "body", &d);
}

void delivery_set_queue_id(struct delivery *delivery, const char *queue_id)
{
	if (known(queue_id) == NULL)
		return;
	text_sanitize(delivery->queue_id, sizeof(delivery->queue_id), slice_str(queue_id), TEXT_FOR_HEADER);
	txn_set_queue_id(delivery->txn, delivery->queue_id);
}

/* A message that a plugin did not survive to be asked about is read, and its check blamed for what happens then. */
static void spare_plugins(struct delivery *delivery)
{
	struct poison *poison = delivery->service->poison;
	int64_t now = clock_now(&clock_system);
	char plugin[POISON_PLUGIN_SIZE];

	if (poison_count(poison, now) > 0 && poison_match(poison, txn_head_digest(delivery->txn), now, plugin))
		txn_set_wanted(delivery->txn);
}

enum txn_scope delivery_scope(struct delivery *delivery, bool headers_done)
{
	if (delivery->failed)
		return TXN_CONCERNED;
	if (headers_done)
		spare_plugins(delivery);
	return txn_scope(delivery->txn, headers_done);
}

void delivery_unconcerned(struct delivery *delivery)
{
	registry_remove(delivery->service->registry, &delivery->entry);
	stats_count(&delivery->service->stats, STAT_UNCONCERNED);
	log_debug("%s: queue=%s concerns no marketplace", txn_id(delivery->txn), delivery->queue_id);
}

const struct refusal *delivery_failure(const struct delivery *delivery)
{
	return delivery->failed ? &delivery->failure : NULL;
}

/* ---- the end of message -------------------------------------------------- */

static void check_poison(struct delivery *delivery, const char *digest)
{
	char plugin[POISON_PLUGIN_SIZE];

	if (!poison_match(delivery->service->poison, digest, clock_now(&clock_system), plugin))
		return;
	log_warning("%s: this message ended the process before, in plugin '%s': not judged", txn_id(delivery->txn), plugin);
	txn_set_poison(delivery->txn, plugin);
}

static const struct verdict *judge_watched(struct delivery *delivery, void *ctx)
{
	struct service *service = delivery->service;
	const char *digest = txn_digest(delivery->txn);
	struct watch_entry watched = {0};
	const struct verdict *verdict;
	int64_t begun_us;

	registry_note(service->registry, &delivery->entry, STAGE_EOM, delivery->queue_id, digest);
	if (digest != NULL)
		check_poison(delivery, digest);
	delivery->slot = poison_begin(service->poison);
	delivery->judging = true;
	watch_begin(service->watch, &watched, ctx);
	begun_us = clock_monotonic_us();
	verdict = txn_judge(delivery->txn);
	if (verdict != NULL)
		stats_time(&service->stats, TIME_JUDGE, stats_direction(verdict->direction), clock_monotonic_us() - begun_us);
	watch_end(service->watch, &watched);
	delivery->judging = false;
	end_blame(delivery);
	return verdict;
}

static const struct verdict *judge_and_record(struct delivery *delivery, void *ctx, struct refusal *refusal_r)
{
	struct service *service = delivery->service;
	const struct verdict *verdict = judge_watched(delivery, ctx);
	struct diag d;
	int64_t begun_us;
	bool works;

	diag_clear(&d);
	if (verdict == NULL) {
		*refusal_r = refusal_internal;
		log_error("%s: the engine gave no verdict", txn_id(delivery->txn));
		return NULL;
	}
	if (!registry_claim(service->registry, &delivery->entry)) {
		*refusal_r = refusal_stopping;
		return NULL;
	}
	begun_us = clock_monotonic_us();
	works = txn_record(delivery->txn, &verdict, &d) == 0;
	stats_time(&service->stats, TIME_AUDIT, "", clock_monotonic_us() - begun_us);
	service_audit_health(service, works, d.text);
	if (service->archive != NULL && (verdict->action != ACTION_DEFER || txn_archive_error(delivery->txn) != NULL))
		service_archive_health(service, txn_id(delivery->txn), txn_archive_error(delivery->txn));
	stats_count_findings(&service->stats, verdict);
	stats_count_overruns(&service->stats, verdict);
	note_stranger(delivery, verdict);
	return verdict;
}

static int end_body(struct delivery *delivery)
{
	struct diag d;

	diag_clear(&d);
	if (txn_end(delivery->txn, &d) == 0)
		return 0;
	stats_count(&delivery->service->stats, STAT_ERROR_SPOOL);
	return delivery_fail(delivery, &refusal_input, "body", &d);
}

const struct verdict *delivery_judge(struct delivery *delivery, void *ctx, struct refusal *refusal_r)
{
	struct service *service = delivery->service;
	const struct verdict *verdict;
	size_t size;

	if (!delivery->failed)
		end_body(delivery);
	if (delivery->failed) {
		*refusal_r = delivery->failure;
		return NULL;
	}
	if (!service_store_works(service)) {
		*refusal_r = refusal_internal;
		stats_count(&service->stats, STAT_ERROR_STORE);
		return NULL;
	}
	size = txn_size(delivery->txn);
	if (!gate_judge_begin(service->gate, size, size < GATE_LARGE_BYTES ? JUDGE_WAIT_MS : LARGE_WAIT_MS)) {
		*refusal_r = gate_closed(service->gate) ? refusal_stopping : refusal_busy;
		stats_count(&service->stats, STAT_BUSY);
		return NULL;
	}
	verdict = judge_and_record(delivery, ctx, refusal_r);
	gate_judge_end(service->gate, size);
	return verdict;
}

size_t delivery_strip_list(struct delivery *delivery, const struct txn_strip **list_r)
{
	return txn_strip_list(delivery->txn, list_r);
}

static void count_decision(struct delivery *delivery, enum action action, unsigned direction, const char *marketplace)
{
	struct stats *stats = &delivery->service->stats;

	stats_count_action(stats, action, direction, marketplace, clock_now(&clock_system));
	stats_time(stats, TIME_MESSAGE, stats_direction(direction), clock_monotonic_us() - delivery->begun_us);
}

void delivery_not_applied(struct delivery *delivery, const char *what)
{
	json_t *event = json_object();

	stats_count(&delivery->service->stats, STAT_ERROR_PROTOCOL);
	count_decision(delivery, ACTION_DEFER, txn_direction(delivery->txn), NULL);
	log_error("%s: queue=%s the MTA did not take the decision (%s): the message gets 451", txn_id(delivery->txn),
	    delivery->queue_id, what);
	json_put_str(event, "event", "error");
	json_put_str(event, "ref", txn_id(delivery->txn));
	json_put_str(event, "error", "not-applied");
	json_put_str(event, "what", what);
	service_event(delivery->service, event);
}

void delivery_applied(struct delivery *delivery, const struct verdict *verdict)
{
	struct buf rules = {.max = 1024};
	size_t i;

	count_decision(delivery, verdict->action, verdict->direction, verdict->marketplace);
	for (i = 0; i < verdict->finding_count; i++)
		buf_printf(&rules, "%s%s/%s%s", i > 0 ? "," : "", verdict->findings[i].rule,
		    verdict->findings[i].rule_id, verdict->findings[i].monitored ? "(monitored)" : "");
	log_info("%s: queue=%s action=%s direction=%s marketplace=%s rules=%s", verdict->id,
	    delivery->queue_id[0] != '\0' ? delivery->queue_id : "-", action_name(verdict->action),
	    verdict->direction == POSTERN_OUTBOUND ? "outbound" : "inbound",
	    verdict->marketplace != NULL ? verdict->marketplace : "-", rules.len > 0 ? rules.data : "-");
	buf_free(&rules);
}
