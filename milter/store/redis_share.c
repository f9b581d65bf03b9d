/* SPDX-License-Identifier: BSD-2-Clause */
/* A gateway among others: who it is, its two threads, and what becomes known of how they fare. */
#include "store/redis_share.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

/* What others did is known here when it was asked for within this time; a question comes five times a second. */
#define FRESH_MS 3000
/* So much of the host's name is part of a gateway's id. */
#define HOST_SHOWN 30
/* An alert that was claimed and not recorded may be given by another gateway after this. */
#define CLAIM_S "600"
#define CLAIM_TIMEOUT_MS 1000
/* Threads that wait for Redis see the end of their call's time before they see that the daemon stops. */
#define STOP_SPARE_MS 200

/* ---- who this is ---------------------------------------------------------------------- */

struct look {
	const struct peer_self *self;
	bool found, same;
};

/* As the projector compares: the record itself, or, when its file was archived, the next one names it. */
static int compare(void *arg, const json_t *event)
{
	struct look *look = arg;
	int64_t seq = json_get_int(event, "seq", 0);
	const char *hash = seq == look->self->seq ? json_get_str(event, "hash")
	    : seq == look->self->seq + 1 ? json_get_str(event, "prev") : NULL;

	look->found = true;
	look->same = hash != NULL ? strcmp(hash, look->self->hash) == 0 : seq > look->self->seq;
	return 1;
}

/* A host's name says which machine is meant, what is random that it is another gateway. */
static void make_id(char *out, size_t size)
{
	char host[HOST_NAME_MAX + 1] = "", id[ID_TEXT_SIZE];
	size_t len = 0;

	id_new(id, clock_now(&clock_system));
	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	while (len < HOST_SHOWN && (isalnum((unsigned char)host[len]) || host[len] == '-'))
		len++;
	snprintf(out, size, "%.*s%s%s", (int)len, host, len > 0 ? "-" : "", id);
}

/* Another log has other records of the same numbers: under the same id they would be taken for those that are known. */
static int find_self(struct share *share, struct diag *d)
{
	struct look look = {.self = &share->self};

	if (peer_self_get(share->store, &share->self, d) == -1)
		return -1;
	if (share->self.id[0] != '\0' && share->self.seq == 0)
		return 0;
	if (share->self.id[0] != '\0' && audit_read(share->dir, share->self.seq, compare, &look, d) == -1)
		return -1;
	if (look.found && look.same)
		return 0;
	if (share->self.id[0] != '\0')
		log_warning("store: %s holds another log than the one that gateway %s published; this is a new gateway",
		    share->dir, share->self.id);
	share->self = (struct peer_self){0};
	make_id(share->self.id, sizeof(share->self.id));
	return peer_self_set(share->store, &share->self, d);
}

/* ---- life ------------------------------------------------------------------------------- */

static void init_lock(struct share *share)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&share->lock, NULL);
	pthread_cond_init(&share->wake, &attr);
	pthread_cond_init(&share->ended, &attr);
	pthread_condattr_destroy(&attr);
}

struct share *share_open(const struct share_config *config, struct store *store, const char *dir, struct diag *d)
{
	struct share *share = calloc(1, sizeof(*share));

	if (share == NULL || (share->dir = strdup(dir)) == NULL) {
		diag_add(d, "store: out of memory");
		free(share);
		return NULL;
	}
	init_lock(share);
	share->config = *config;
	share->store = store;
	share->out.name = "publishing to Redis";
	share->in.name = "reading from Redis";
	share_rules_init(share);
	if (find_self(share, d) == 0 && share_publisher_begin(share, d) == 0)
		share->redis = redis_open(config->redis, d);
	if (share->redis == NULL)
		share_free(&share);
	return share;
}

void share_free(struct share **share)
{
	struct share *s = *share;

	*share = NULL;
	if (s == NULL)
		return;
	redis_close(&s->redis);
	share_publisher_free(&s->publisher);
	share_subscriber_free(&s->subscriber);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->ended);
	free(s->dir);
	free(s);
}

int share_start(struct share *share, int64_t head, struct diag *d)
{
	share_upto(share, head);
	share->running = 2;
	share->publishing = pthread_create(&share->publish_thread, NULL, share_publish_run, share) == 0;
	share->reading = share->publishing && pthread_create(&share->read_thread, NULL, share_read_run, share) == 0;
	if (share->reading)
		return 0;
	share->running = share->publishing ? 1 : 0;
	return diag_add(d, "store: cannot start a thread");
}

void share_upto(struct share *share, int64_t seq)
{
	pthread_mutex_lock(&share->lock);
	if (seq > share->upto)
		share->upto = seq;
	pthread_cond_broadcast(&share->wake);
	pthread_mutex_unlock(&share->lock);
}

void share_ended(struct share *share)
{
	pthread_mutex_lock(&share->lock);
	share->running--;
	pthread_cond_broadcast(&share->ended);
	pthread_mutex_unlock(&share->lock);
}

static struct timespec monotonic_at(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

int share_stop(struct share *share, int wait_ms)
{
	struct timespec until;
	int rc = 0;

	pthread_mutex_lock(&share->lock);
	share->stop = true;
	share->stop_ms = clock_monotonic_ms() + wait_ms;
	until = monotonic_at(share->stop_ms + share->config.redis->timeout_ms + STOP_SPARE_MS);
	pthread_cond_broadcast(&share->wake);
	while (share->running > 0 && rc == 0)
		rc = pthread_cond_timedwait(&share->ended, &share->lock, &until);
	rc = share->running > 0 ? -1 : 0;
	pthread_mutex_unlock(&share->lock);
	if (rc == -1)
		return -1;
	if (share->publishing)
		pthread_join(share->publish_thread, NULL);
	if (share->reading)
		pthread_join(share->read_thread, NULL);
	share->publishing = share->reading = false;
	return 0;
}

bool share_stopping(struct share *share)
{
	bool stop;

	pthread_mutex_lock(&share->lock);
	stop = share->stop;
	pthread_mutex_unlock(&share->lock);
	return stop;
}

void share_wait(struct share *share, int ms, bool work, int64_t seq)
{
	struct timespec until = monotonic_at(clock_monotonic_ms() + ms);
	int rc = 0;

	pthread_mutex_lock(&share->lock);
	while (rc == 0 && !share->stop && !(work && share->upto > seq))
		rc = pthread_cond_timedwait(&share->wake, &share->lock, &until);
	pthread_mutex_unlock(&share->lock);
}

/* ---- how it fares --------------------------------------------------------------------------- */

int share_fault(enum redis_fault fault, const char *what, struct diag *d)
{
	const char *advice = "it is tried again";

	if (fault == REDIS_MEMORY)
		advice = "raise its maxmemory, or shorten store.redis.keep; the audit log keeps what is missing there";
	else if (fault == REDIS_PASSWORD)
		advice = "see store.redis.user and password_file, and what postern-gateways(7) says the user must be allowed";
	else if (fault == REDIS_COMMAND)
		advice = "Postern needs Redis 6.2 or later";
	return diag_add(d, "store: Redis could not %s (%s); %s", what, redis_fault_name(fault), advice);
}

void share_failed(struct share *share, struct share_way *way, const struct diag *d)
{
	bool first;

	pthread_mutex_lock(&share->lock);
	first = !way->failing;
	way->failing = true;
	way->failures++;
	if (first)
		way->since = clock_now(&clock_system);
	snprintf(way->error, sizeof(way->error), "%.*s", (int)sizeof(way->error) - 1, d->text);
	pthread_mutex_unlock(&share->lock);
	if (first)
		log_write_lines(LOG_LEVEL_ERROR, d->text, "%s fails: ", way->name);
}

void share_worked(struct share *share, struct share_way *way)
{
	bool was;

	pthread_mutex_lock(&share->lock);
	was = way->failing;
	way->failing = false;
	way->since = 0;
	way->error[0] = '\0';
	way->worked_ms = clock_monotonic_ms();
	pthread_mutex_unlock(&share->lock);
	if (was)
		log_info("%s works again", way->name);
}

bool share_fresh(struct share *share)
{
	int64_t worked;

	pthread_mutex_lock(&share->lock);
	worked = share->in.worked_ms;
	pthread_mutex_unlock(&share->lock);
	return worked != 0 && clock_monotonic_ms() - worked < FRESH_MS;
}

const char *share_gateway(const struct share *share)
{
	return share->self.id;
}

/* ---- alerts -------------------------------------------------------------------------------------- */

/* KEYS: claim. ARGV: gateway, seconds. */
static const struct redis_script claim_script = {"claim",
    "local who = redis.call('GET', KEYS[1])\n"
    "if who and who ~= ARGV[1] then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])\n"
    "return 1\n"};

bool share_claim(struct share *share, const char *shop, const char *alert, int64_t opened, unsigned level)
{
	char text[80], what[HASH_HEX_SIZE + 16], hash[HASH_HEX_SIZE];
	struct slice parts[2] = {slice_str(alert), SLICE_NONE}, key, args[2] = {slice_str(share->self.id), SLICE_LIT(CLAIM_S)};
	struct redis_script_call call = {&key, 1, args, 2};
	struct redis_reply *reply = NULL;
	struct buf name = {0};
	struct diag ignored = {0};
	bool mine = true;

	snprintf(text, sizeof(text), "%" PRId64 ":%u", opened, level);
	parts[1] = slice_str(text);
	hash_hex_parts(hash, parts, 2);
	snprintf(what, sizeof(what), "claim:%s", hash);
	share_key(&name, shop, what);
	key = buf_slice(&name);
	if (redis_script(share->redis, &claim_script, &call, clock_monotonic_ms() + CLAIM_TIMEOUT_MS, &reply, &ignored) ==
	    REDIS_FINE)
		mine = reply->type != REDIS_INTEGER || reply->integer == 1;
	redis_reply_free(&reply);
	buf_free(&name);
	return mine;
}
