/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_DOTLINE_H
#define POSTERN_MAIL_DOTLINE_H

#include <stdbool.h>

#include "core/slice.h"

/*
 * Has a message whose lines end with CRLF a line with a single dot that a bare LF begins or ends? Some
 * servers take it for the end of the message and what follows for another one (CVE-2023-51764). Linear.
 */
bool dotline_is_loose(struct slice raw);

#endif
