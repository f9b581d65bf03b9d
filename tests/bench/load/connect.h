/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_CONNECT_H
#define POSTERN_BENCH_CONNECT_H

#include "core/diag.h"

/*
 * Connects to "unix:PATH", "PATH" or "inet:PORT@ADDRESS" (IPv4, without delay of small packets), and waits until it is
 * done. The descriptor, which does not block from then on and is the caller's to close, or -1 with address and reason.
 */
int connect_to(const char *address, struct diag *d);

#endif
