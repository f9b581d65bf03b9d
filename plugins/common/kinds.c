/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kinds of text a rule judges: the options that all plugins over text share. */
#include "common.h"

unsigned kinds_open(const struct postern_host *host, const struct postern_conf *conf)
{
	unsigned kinds = 1U << POSTERN_SEGMENT_SUBJECT | 1U << POSTERN_SEGMENT_NAME | 1U << POSTERN_SEGMENT_NEW;

	if (host->conf_bool(conf, "only_files"))
		return 1U << POSTERN_SEGMENT_FILE;
	if (host->conf_bool(conf, "check_signature"))
		kinds |= 1U << POSTERN_SEGMENT_SIGNATURE | 1U << POSTERN_SEGMENT_DISCLAIMER;
	if (host->conf_bool(conf, "check_hidden"))
		kinds |= 1U << POSTERN_SEGMENT_HIDDEN;
	if (host->conf_bool(conf, "check_files"))
		kinds |= 1U << POSTERN_SEGMENT_FILE;
	if (host->conf_bool(conf, "check_quoted"))
		kinds |= 1U << POSTERN_SEGMENT_QUOTE;
	return kinds;
}

bool kinds_have(unsigned kinds, enum postern_segment_kind kind)
{
	return (unsigned)kind < 32 && (kinds & 1U << (unsigned)kind) != 0;
}
