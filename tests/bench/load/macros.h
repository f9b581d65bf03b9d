/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_MACROS_H
#define POSTERN_BENCH_MACROS_H

#include "core/buf.h"
#include "peer.h"

/*
 * Appends the macros for the step that peer is at: those that its milter asked for, else Postfix's default list; of
 * these, those that Postfix has at that step. Nothing is sent when there are none.
 */
void macros_add(struct peer *peer);

#endif
