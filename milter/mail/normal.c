/* SPDX-License-Identifier: BSD-2-Clause */
/* The way back from normalised text to what was written. */
#include "mail/normal.h"

struct slice normal_original(const struct mail_segment *segment, size_t start, size_t end)
{
	return slice_sub(segment->text, start, end);
}
