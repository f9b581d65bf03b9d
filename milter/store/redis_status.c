/* SPDX-License-Identifier: BSD-2-Clause */
/* What "postern status" shows of the other gateways and of Redis. */
#include "store/redis_share.h"

#include "core/clock.h"

static void put_way(json_t *object, const char *name, const struct share_way *way)
{
	json_t *entry = json_object();
	char text[CLOCK_TEXT_SIZE];

	json_put_bool(entry, "healthy", !way->failing);
	json_put_int(entry, "failures", (json_int_t)way->failures);
	if (way->failing) {
		clock_format(text, sizeof(text), way->since);
		json_put_str(entry, "since", text);
		json_put(entry, "error", slice_str(way->error));
	}
	json_put_new(object, name, entry);
}

static int put_gateway(void *arg, const char *gateway, int64_t seq)
{
	json_t *entry = json_object();

	json_put_str(entry, "gateway", gateway);
	json_put_int(entry, "seq", seq);
	json_array_append_new(arg, entry);
	return 0;
}

static int put_gap(void *arg, const char *shop, const char *gateway, int64_t since, int64_t until)
{
	json_t *entry = json_object();

	json_put(entry, "shop", slice_str(shop));
	json_put_str(entry, "gateway", gateway);
	json_put_int(entry, "after_seq", since);
	json_put_int(entry, "before_seq", until);
	json_array_append_new(arg, entry);
	return 0;
}

static json_t *redis_json(struct share *share)
{
	json_t *object = json_object();
	struct redis_status status;

	redis_status(share->redis, &status);
	json_put_bool(object, "down", status.down);
	if (status.down)
		json_put(object, "reason", slice_str(status.reason));
	json_put(object, "primary", slice_str(status.primary));
	json_put_int(object, "connections", (json_int_t)status.connections);
	json_put_int(object, "calls", (json_int_t)status.calls);
	json_put_int(object, "switches", (json_int_t)status.switches);
	return object;
}

json_t *share_status(struct share *share)
{
	json_t *object = json_object(), *gateways = json_array(), *gaps = json_array();
	struct diag ignored = {0};

	json_put_str(object, "gateway", share->self.id);
	json_put_str(object, "outage", share->config.defer ? "defer" : "judge");
	pthread_mutex_lock(&share->lock);
	json_put_bool(object, "healthy", !share->out.failing && !share->in.failing);
	json_put_int(object, "published_seq", share->published);
	json_put_int(object, "behind", share->upto > share->published ? share->upto - share->published : 0);
	json_put_int(object, "sent", (json_int_t)share->sent);
	json_put_int(object, "applied", (json_int_t)share->applied);
	json_put_int(object, "damaged", (json_int_t)share->damaged);
	put_way(object, "publish", &share->out);
	put_way(object, "read", &share->in);
	pthread_mutex_unlock(&share->lock);
	json_put_new(object, "redis", redis_json(share));
	(void)peer_list(share->store, put_gateway, gateways, &ignored);
	(void)peer_gaps(share->store, put_gap, gaps, &ignored);
	json_put_new(object, "gateways", gateways);
	json_put_new(object, "gaps", gaps);
	return object;
}
