/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_LAYERS_H
#define POSTERN_POLICY_LAYERS_H

#include "policy/conf.h"
#include "policy/config.h"

/*
 * The files of a rules folder in two layers. The base holds the shipped files, where a site's file of the
 * same name has taken the place of a shipped one; the overlay holds all other files of the site.
 */
struct layer_file {
	struct conf_node *root;
	const char *folder; /* "outbound" ... as given */
	bool overlay;
	struct layer_file *next;
};

/* Reads *.conf of folder (site_only: of the site's alone) and appends to *files. 0, or -1 with every problem. */
int layers_read(struct arena *arena, const struct config *config, const char *folder, bool site_only,
    struct layer_file **files, struct diag *d);

#endif
