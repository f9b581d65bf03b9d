/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of keys: of version 1, and tagged with the shop, so that all of a shop is on one node of a Cluster. */
#include "store/redis_share.h"

#include <string.h>

#include "core/hash.h"

/* An address has at most 254 characters. */
#define SHOP_MAX 300

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("@._+-", c) != NULL);
}

static void add_name(struct buf *out, const char *shop)
{
	char hash[HASH_HEX_SIZE];

	if (strlen(shop) > SHOP_MAX) {
		hash_hex(hash, slice_str(shop));
		buf_printf(out, "%%%s", hash);
		return;
	}
	for (const char *p = shop; *p != '\0'; p++) {
		if (is_plain(*p))
			buf_add_char(out, *p);
		else
			buf_printf(out, "%%%02X", (unsigned char)*p);
	}
}

void share_key(struct buf *out, const char *shop, const char *what)
{
	buf_truncate(out, 0);
	buf_add_str(out, "postern:1:{");
	add_name(out, shop[0] != '\0' ? shop : SHARE_SHOP_NONE);
	buf_printf(out, "}:%s", what);
}
