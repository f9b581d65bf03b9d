/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_MTA_H
#define POSTERN_DAEMON_MTA_H

#include "core/diag.h"

/*
 * Looks into Postfix's main.cf at path for what would let mail pass unjudged while posternd does not run:
 * "milter_default_action = accept". 0 also when there is no such file; -1 with one line for the administrator.
 */
int mta_check_postfix(const char *path, struct diag *d);

#endif
