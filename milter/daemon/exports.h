/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_EXPORTS_H
#define POSTERN_DAEMON_EXPORTS_H

#include "audit/audit.h"
#include "core/json.h"
#include "policy/config.h"

/* The running exports of audit events (export/exporter.h); mail never waits for them. */
struct exports;

/* None yet; they are told what becomes durable in audit from now on. NULL: no memory. */
struct exports *exports_new(struct audit *audit, const char *audit_dir);
/*
 * Brings those of config into force: what did not change goes on undisturbed, others end and begin where they were.
 * Never waits for a receiver. Problems are logged.
 */
void exports_apply(struct exports *exports, const struct config *config);
/* Ends all: what receivers take within wait_ms they still get; the rest at the next start. */
void exports_stop(struct exports *exports, int wait_ms);
/* For "postern status"; new reference. */
json_t *exports_status(struct exports *exports);

#endif
