/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_EXPORTER_H
#define POSTERN_EXPORT_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "export/spec.h"

/*
 * One receiver of audit records: a thread that reads durable records back from the log and hands them over, in their
 * order, each at least once. Nobody waits for it, and it keeps one record in memory, however long the receiver is away.
 * DIR/export/NAME.pos remembers how far it came.
 */
struct exporter;

/*
 * Starts the thread; dir is the log's, head its last durable record now. before (may be NULL) is one of the same name
 * that was told to stop: taken over, waited for by the new one's thread. NULL with the reason.
 */
struct exporter *exporter_start(const struct export_spec *spec, const char *dir, int64_t head, struct exporter *before,
    struct diag *d);
/* Everything up to seq is durable. Never waits. */
void exporter_upto(struct exporter *exporter, int64_t seq);
/* Tells it to end: what can be handed over within wait_ms is. Returns at once. */
void exporter_stop(struct exporter *exporter, int wait_ms);
/* Waits for its end, at most until that and a little more. 0: ended and freed; -1: it must be left alone. */
int exporter_join(struct exporter **exporter);

/* As exporter_stop, without anybody waiting for its end: it frees itself. */
void exporter_retire(struct exporter *exporter, int wait_ms);

const struct export_spec *exporter_spec(const struct exporter *exporter);
/* For "postern status": name, type, to, healthy, state, seq, behind, ...; new reference. */
json_t *exporter_status(struct exporter *exporter);

#endif
