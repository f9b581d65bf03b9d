/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_OPTIONS_H
#define POSTERN_POLICY_OPTIONS_H

#include "policy/conf.h"
#include "policy/rules.h"

/*
 * Fills conf->values from the keys of a rule's section, else from the plugin's defaults, and checks type
 * and range. Values live in the arena, contents of files until options_free. 0, or -1 with every problem.
 */
int options_read(struct arena *arena, const struct config *config, const struct conf_node *section,
    struct postern_conf *conf, struct diag *d);
void options_free(struct postern_conf *conf);

#endif
