/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_THREAD_H
#define POSTERN_PLUGINS_THREAD_H

#include "../common/common.h"

/* What the plugin's two halves share. */

/* Names of marketplaces and how they are spoken of. */
struct markets {
	struct phrases names, contexts;
};

int markets_open(const struct postern_host *host, const struct postern_conf *conf, struct markets *markets);
void markets_close(const struct postern_host *host, struct markets *markets);
/* Reports where another marketplace than the message's is spoken of (MP-MARKET). */
enum postern_status markets_check(const struct postern_host *host, struct postern_ctx *ctx,
    const struct markets *markets, struct postern_slice own, unsigned kinds);

#endif
