/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONFIG_EXPORT_H
#define POSTERN_POLICY_CONFIG_EXPORT_H

#include <stddef.h>

#include "core/arena.h"
#include "core/diag.h"
#include "export/spec.h"
#include "policy/conf.h"

/* More exports are refused: each is a thread. */
#define CONFIG_EXPORTS_MAX 16

/* All sections export "name" {}, in the order of the file; all belongs to the arena. Every problem is a line in d. */
void config_exports_read(struct arena *arena, const struct conf_node *root, struct export_spec **exports_r,
    size_t *count_r, struct diag *d);

#endif
