/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies events the way in which a gateway gets its own and those of others. */
#include "spread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/hash.h"
#include "store/event.h"
#include "spread_redis.h"
#include "store/peer.h"

/* Past what a stream holds: without what others need not know, and as text. */
static json_t *carried(const json_t *event)
{
	json_t *brief = store_event_brief(event), *read = NULL;
	struct buf text = {0};

	if (brief != NULL && json_write(&text, brief) == 0)
		read = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	json_decref(brief);
	buf_free(&text);
	return read;
}

static int apply_peer(struct spread *spread, struct store *store, size_t gateway, json_t *event, struct diag *d)
{
	char name[32], position[32];
	json_t *brief = carried(event);
	struct peer_event peer = {SLICE_NONE, spread->seq[gateway], spread->seq[gateway] - 1, brief};
	struct peer_result result;
	int rc;

	snprintf(name, sizeof(name), "gateway%zu", gateway);
	snprintf(position, sizeof(position), "%" PRId64 "-0", spread->seq[gateway]);
	peer.gateway = slice_str(name);
	rc = peer_apply(store, "shop", &peer, 1, position, &result, d);
	/* A second reading changes nothing. */
	if (rc == 0 && result.applied == 1)
		rc = peer_apply(store, "shop", &peer, 1, position, &result, d);
	if (rc == 0 && (result.known != 1 || result.gaps != 0 || result.damaged != 0))
		rc = diag_add(d, "an event of %s was not known the second time", name);
	json_decref(brief);
	return rc;
}

static int apply_redis(struct spread *spread, struct store *store, size_t gateway, const json_t *event, struct diag *d)
{
	if (spread->redis == NULL)
		spread->redis = spread_redis_open(getenv(SPREAD_SERVER), SPREAD_GATEWAYS, store, d);
	return spread->redis != NULL ? spread_redis_apply(spread->redis, gateway, event, d) : -1;
}

void spread_end(struct spread *spread)
{
	spread_redis_close(&spread->redis);
}

int spread_apply(struct spread *spread, struct store *store, size_t gateway, const json_t *event, struct diag *d)
{
	json_t *copy = json_deep_copy(event);
	int64_t seq = ++spread->seq[gateway];
	char hash[HASH_HEX_SIZE];
	int rc;

	if (gateway != 0 && getenv(SPREAD_SERVER) != NULL) {
		json_decref(copy);
		return apply_redis(spread, store, gateway, event, d);
	}
	snprintf(hash, sizeof(hash), "%064" PRIx64, seq);
	json_put_int(copy, "seq", seq);
	json_put_str(copy, "hash", hash);
	snprintf(hash, sizeof(hash), "%064" PRIx64, seq - 1);
	json_put_str(copy, "prev", hash);
	rc = gateway == 0 ? store_apply(store, &copy, 1, d) : apply_peer(spread, store, gateway, copy, d);
	json_decref(copy);
	return rc;
}
