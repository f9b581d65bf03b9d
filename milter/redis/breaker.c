/* SPDX-License-Identifier: BSD-2-Clause */
/* The circuit breaker: closed, open, and half open while one attempt shows whether the server is back. */
#include "redis/breaker.h"

bool breaker_allow(struct breaker *breaker, int64_t now_ms)
{
	if (!breaker->open)
		return true;
	if (breaker->probing || now_ms < breaker->retry_ms)
		return false;
	breaker->probing = true;
	return true;
}

void breaker_success(struct breaker *breaker)
{
	*breaker = (struct breaker){.open = false};
}

void breaker_failure(struct breaker *breaker, int64_t now_ms)
{
	if (breaker->failures == 0)
		breaker->since_ms = now_ms;
	if (breaker->failures < BREAKER_FAILURES)
		breaker->failures++;
	breaker->probing = false;
	if (breaker->failures < BREAKER_FAILURES)
		return;
	breaker->open = true;
	breaker->retry_ms = now_ms + BREAKER_RETRY_MS;
}

void breaker_abandon(struct breaker *breaker)
{
	breaker->probing = false;
}
