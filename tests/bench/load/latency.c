/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of messages, and which share was done within which. */
#include "latency.h"

#include <stdlib.h>

int latency_init(struct latency *latency, size_t count)
{
	*latency = (struct latency){.us = calloc(count + 1, sizeof(*latency->us)), .room = count};
	return latency->us != NULL ? 0 : -1;
}

void latency_add(struct latency *latency, int64_t us)
{
	if (latency->count < latency->room)
		latency->us[latency->count++] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;

	return one < two ? -1 : one > two;
}

void latency_sort(struct latency *latency)
{
	qsort(latency->us, latency->count, sizeof(*latency->us), compare);
}

uint32_t latency_share(const struct latency *latency, double share)
{
	size_t rank = (size_t)(share * (double)latency->count + 0.999999);

	if (latency->count == 0)
		return 0;
	return latency->us[rank < 1 ? 0 : rank > latency->count ? latency->count - 1 : rank - 1];
}

void latency_free(struct latency *latency)
{
	free(latency->us);
	*latency = (struct latency){0};
}
