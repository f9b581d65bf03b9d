/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_SOURCES_H
#define POSTERN_POLICY_SOURCES_H

#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/slice.h"

/*
 * Which files a configuration was made of, and what stood in them: so that the audit log can say what was in force, and
 * what a reload changed. One thread fills it; read-only afterwards.
 */
struct sources;

struct sources *sources_new(void);
void sources_free(struct sources **sources);
/* Notes a file and its content; one that was read before is noted once. NULL notes nothing. -1 when memory is out. */
int sources_add(struct sources *sources, const char *path, struct slice content, struct diag *d);
size_t sources_count(const struct sources *sources);
/* SHA-256 over paths and contents' SHA-256, in the order of the paths: the same files give the same digest. */
void sources_digest(const struct sources *sources, char hex_r[HASH_HEX_SIZE]);
/* Paths that are in one of both alone, or with another content; new reference. */
json_t *sources_changed(const struct sources *was, const struct sources *is);

#endif
