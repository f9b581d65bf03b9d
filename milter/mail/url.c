/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public suffix list and what depends on it: which part of a host name
 * somebody registered. libpsl's only door.
 */
#include "mail/url.h"

#include <libpsl.h>
#include <pthread.h>
#include <string.h>

#include "mail/url_private.h"

static const psl_ctx_t *suffixes;

static void suffixes_load(void)
{
	suffixes = psl_latest(NULL);
	if (suffixes == NULL)
		suffixes = psl_builtin();
}

static const psl_ctx_t *suffixes_get(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, suffixes_load);
	return suffixes;
}

int url_init(void)
{
	return suffixes_get() != NULL && psl_suffix_count(suffixes_get()) != 0 ? 0 : -1;
}

bool url_suffix_known(struct slice name)
{
	char text[URL_HOST_MAX + 1];

	if (name.len == 0 || name.len > URL_HOST_MAX || suffixes_get() == NULL)
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return psl_is_public_suffix2(suffixes_get(), text,
	    PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool url_host_is_address(struct slice host)
{
	size_t i;

	if (host.len == 0 || host.ptr[0] == '[')
		return host.len > 0;
	for (i = host.len; i > 0 && host.ptr[i - 1] != '.'; i--) {
		if (host.ptr[i - 1] < '0' || host.ptr[i - 1] > '9')
			return false;
	}
	return i < host.len;
}

struct slice url_registrable(struct slice host)
{
	char text[URL_HOST_MAX + 1];
	const char *found;

	if (host.len == 0 || host.len > URL_HOST_MAX || url_host_is_address(host) ||
	    suffixes_get() == NULL)
		return SLICE_NONE;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	if (strlen(text) != host.len)
		return SLICE_NONE;
	found = psl_registrable_domain(suffixes_get(), text);
	return found != NULL ? slice_sub(host, (size_t)(found - text), host.len) : SLICE_NONE;
}
