/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_SPEC_H
#define POSTERN_EXPORT_SPEC_H

#include <stdbool.h>

#include "core/arena.h"
#include "export/address.h"
#include "export/filter.h"
#include "export/format.h"

enum export_type { EXPORT_SYSLOG, EXPORT_JOURNALD, EXPORT_JSON };

/* What an export is to do; strings belong to whoever made it. */
struct export_spec {
	char *name;      /* letters, digits, '_' and '-' */
	enum export_type type;
	char *to;        /* as it was written */
	struct export_address address;
	struct export_filter filter;
	bool from_start; /* without a position: all that the log has, else what comes */
	struct export_syslog syslog; /* host and pid are set by the exporter */
};

/* A copy whose strings are the arena's. 0, or -1 when memory is out. */
int export_spec_copy(struct arena *arena, const struct export_spec *from, struct export_spec *to_r);
/* Whether two specifications ask for the same. */
bool export_spec_equal(const struct export_spec *a, const struct export_spec *b);
const char *export_type_name(enum export_type type);

#endif
