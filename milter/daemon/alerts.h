/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_ALERTS_H
#define POSTERN_DAEMON_ALERTS_H

#include "core/diag.h"
#include "core/json.h"
#include "policy/config.h"

struct service;

/*
 * A thread beside the mail path that looks, every alerts.interval, for inquiries whose time runs out (desk/alert.h) and
 * tells people by the ways of the configuration in force. Mail never waits for it.
 *
 * First an alert is handed over, then it becomes an event "alert" of the audit log: what failed is tried again, what
 * is recorded is never given again. Between the two a process that dies forgets that it was given, and it comes a
 * second time, with the same id.
 */
struct alerts;

/* Starts the thread; the first turn begins at once. NULL: no memory, no thread. */
struct alerts *alerts_start(struct service *service);
/*
 * Asks the thread to end and waits for that, at most wait_ms: a program that is being handed something may end, what
 * was handed over is recorded. 0, or -1 when it is still at work; then it must be left alone.
 */
int alerts_stop(struct alerts *alerts, int wait_ms);
/* Begins a turn now, by the configuration in force now. */
void alerts_wake(struct alerts *alerts);
/* For "postern status": configured ways, last and next turn, given today, failures; new reference. */
json_t *alerts_status(struct alerts *alerts, const struct config *config);

#endif
