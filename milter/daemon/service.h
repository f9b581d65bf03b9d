/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_SERVICE_H
#define POSTERN_DAEMON_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "archive/archive.h"
#include "audit/audit.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/json.h"
#include "daemon/gate.h"
#include "daemon/poison.h"
#include "daemon/registry.h"
#include "daemon/socket.h"
#include "daemon/stats.h"
#include "daemon/watch.h"
#include "engine/generation.h"
#include "store/projector.h"
#include "store/share.h"
#include "store/store.h"

/* What one load of the configuration made: immutable, kept by each message until its end. */
struct site {
	struct generation *generation;
	const struct config *config; /* of generation */
	struct audit_redact redact;
	struct buf redact_key;
	atomic_uint references;
};

struct alerts;
struct exports;
struct purge;

/* All that a worker process is made of; it ends with the process. */
struct service {
	const char *config_path;
	const struct clock *clock; /* of what persons command; NULL: the machine's */
	struct address address;
	struct engine *engine;
	struct store *store;
	struct projector *projector; /* from audit to store */
	struct share *share;         /* with other gateways; NULL: there are none */
	struct audit *audit;
	struct archive *archive; /* NULL: raw messages are not kept */
	pthread_mutex_t archive_lock; /* what is purged, and what must not be, change one after the other */
	struct purge *purge; /* NULL: without archive */
	struct sign_key *key; /* of audit's checkpoints */
	struct gate *gate;
	struct registry *registry;
	struct poison *poison;
	struct watch *watch;
	struct alerts *alerts;
	struct exports *exports; /* of audit events */
	struct stats stats;
	int64_t started;
	pid_t supervisor; /* 0: none */
	bool debug;       /* log everything, whatever the configuration says */

	pthread_mutex_t lock; /* of what follows */
	struct site *site;
	/*
	 * What sockets, directories and the user were taken from. Not the first site: its rules, and the
	 * processes that some of them keep, end when messages need them no more.
	 */
	const struct config *first_config;
	json_t *stop_asked;      /* who told it to stop (daemon/changes.h); NULL: nobody yet */
	struct {
		int64_t time;      /* 0: never */
		int64_t succeeded; /* the last one that did; 0: never */
		bool ok;
		char error[1024];
	} last_reload;

	atomic_bool audit_failed; /* as last said in the log */
	atomic_bool store_failed;
	atomic_bool archive_failed;
	_Atomic int64_t store_failed_since;
	atomic_bool recording; /* audit is open */
};

/* Loads the configuration and makes what needs no privilege and no thread. */
int service_load(struct service *service, const char *config_path, struct poison *poison, struct diag *d);
/* Opens store, signing key and audit log, as the user the daemon runs as. */
int service_open(struct service *service, struct diag *d);
/* Begins to share with other gateways, where the configuration says so. */
int service_share(struct service *service, struct diag *d);
/* The store that rules ask. */
struct store *service_rules_store(struct service *service);

/* A reference to what is in force now. */
struct site *service_site(struct service *service);
void site_unref(struct site **site);

/*
 * Builds the next generation and puts it in force, or says why the old one stays. *restart_r (may be NULL) is
 * the list of changed settings that only a restart brings into force; new reference. who: see daemon/changes.h.
 */
int service_reload(struct service *service, const json_t *who, unsigned *number_r, json_t **restart_r, struct diag *d);
/* Notes who told it to stop; the first one counts. Takes over the reference. */
void service_stop_asked(struct service *service, json_t *who);
/* Who that was; NULL: nobody. New reference. */
json_t *service_stopper(struct service *service);
/* The second by the clock of what persons command. */
static inline int64_t service_now(const struct service *service)
{
	return clock_now(service->clock != NULL ? service->clock : &clock_system);
}
/* What "postern status" shows; new reference. */
json_t *service_status(struct service *service);

/* Appends an event to the audit log; takes over the reference. A failure is logged. */
void service_event(struct service *service, json_t *event);
/* Signs what the audit log has. A failure is logged. */
void service_checkpoint(struct service *service);
/*
 * Appends an event that somebody waits for; takes over the reference. 0: it is on the disk, and *applied_r
 * says whether the store has it, too. -1 with the reason: act as if it is not there.
 */
int service_record(struct service *service, json_t *event, bool *applied_r, struct diag *d);
/* Records all that lives as interrupted. */
void service_interrupt(struct service *service);
/* False while what is in the log does not reach the store. */
bool service_store_works(struct service *service);
/* Says in the log, once per change, that the audit log works or does not. */
void service_audit_health(struct service *service, bool works, const char *why);

#endif
