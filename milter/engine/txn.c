/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes a message in, piece by piece and in any form that an MTA gives it, and
 * finds out whether it concerns a marketplace. What can't be taken in (memory,
 * a full disk) is remembered: such a message is deferred, never passed.
 */
#include "engine/txn.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/txn_internal.h"
#include "mail/address.h"
#include "policy/direction.h"
#include "postern/plugin.h"

/* Of the header section that is kept twice when no limit is set. */
#define HEAD_MAX ((size_t)16 << 20)

static size_t head_limit(const struct config *config)
{
	size_t max = config->limits.header_bytes;

	return max != 0 && max < HEAD_MAX - 65536 ? max + 65536 : HEAD_MAX;
}

/*
 * One byte more than is read, so that the decoder sees that the limit was passed. The archive wants what follows, too: it
 * is not for the rules' limits to say what was sent.
 */
static size_t spool_limit(const struct config *config, const struct archive *archive)
{
	size_t max = config->limits.message_bytes;

	if (archive != NULL)
		return ARCHIVE_MESSAGE_MAX;
	return max != 0 && max < SIZE_MAX ? max + 1 : SIZE_MAX;
}

struct txn *txn_new(struct generation *generation, const struct txn_services *services)
{
	struct txn *txn = calloc(1, sizeof(*txn));
	const struct config *config = generation->config;

	if (txn == NULL)
		return NULL;
	txn->generation = generation_ref(generation);
	txn->services = *services;
	if (txn->services.clock == NULL)
		txn->services.clock = &clock_system;
	txn->arena = arena_new(config->memory_bytes);
	txn->spool = spool_new(config->spool_dir, config->spool_memory_bytes, spool_limit(config, services->archive));
	txn->head.max = head_limit(config);
	txn->can_hold = true;
	txn->received = clock_now(txn->services.clock);
	id_new(txn->id, txn->received);
	if (txn->arena == NULL || txn->spool == NULL)
		txn_free(&txn);
	return txn;
}

void txn_free(struct txn **txn)
{
	struct txn *t = *txn;

	if (t == NULL)
		return;
	strip_free(&t->strip);
	buf_free(&t->head);
	spool_free(&t->spool);
	arena_free(&t->arena);
	generation_unref(&t->generation);
	free(t);
	*txn = NULL;
}

const char *txn_id(const struct txn *txn)
{
	return txn->id;
}

/* Remembers that something is missing from the message. */
static int broken(struct txn *txn, const char *reason, struct diag *d)
{
	if (txn->broken == NULL)
		txn->broken = reason;
	return d->count == 0 ? diag_add(d, "%s", reason) : -1;
}

static const char no_memory[] = "the message's memory budget is used up";
static const char unstored[] = "the message could not be stored for checking";

/* NULL and "" are both: not known. */
static int copy_str(struct txn *txn, const char *s, const char **out, struct diag *d)
{
	*out = NULL;
	if (s == NULL || *s == '\0')
		return 0;
	*out = arena_strdup(txn->arena, s);
	return *out != NULL ? 0 : broken(txn, no_memory, d);
}

int txn_set_client(struct txn *txn, const struct txn_client *client, struct diag *d)
{
	txn->client_direction = 0;
	txn->client.local = client->local;
	if (copy_str(txn, client->client, &txn->client.client, d) != 0 ||
	    copy_str(txn, client->helo, &txn->client.helo, d) != 0 ||
	    copy_str(txn, client->account, &txn->client.account, d) != 0)
		return -1;
	return copy_str(txn, client->daemon, &txn->client.daemon, d);
}

void txn_set_direction(struct txn *txn, unsigned direction)
{
	txn->direction = direction;
}

static int copy_address(struct txn *txn, const char *argument, struct slice *out, struct diag *d)
{
	struct slice view;

	/* What is no address is kept as it is: no profile will know it. */
	if (address_envelope(slice_str(argument != NULL ? argument : ""), &view))
		view = address_plain(txn->arena, view);
	*out = view.ptr != NULL ? arena_slice(txn->arena, view) : view;
	return out->ptr != NULL ? 0 : broken(txn, no_memory, d);
}

int txn_sender(struct txn *txn, const char *argument, struct diag *d)
{
	return copy_address(txn, argument, &txn->sender, d);
}

static int grow_recipients(struct txn *txn)
{
	size_t cap = txn->recipient_cap != 0 ? 2 * txn->recipient_cap : 8;
	struct slice *recipients = arena_array(txn->arena, cap, sizeof(*recipients));
	const struct marketplace **markets = arena_array(txn->arena, cap, sizeof(struct marketplace *));
	const struct support **supports = arena_array(txn->arena, cap, sizeof(struct support *));

	if (recipients == NULL || markets == NULL || supports == NULL)
		return -1;
	if (txn->recipient_count > 0) {
		memcpy(recipients, txn->recipients, txn->recipient_count * sizeof(*recipients));
		memcpy(markets, txn->markets, txn->recipient_count * sizeof(struct marketplace *));
		memcpy(supports, txn->supports, txn->recipient_count * sizeof(struct support *));
	}
	txn->recipients = recipients;
	txn->markets = markets;
	txn->supports = supports;
	txn->recipient_cap = cap;
	return 0;
}

int txn_recipient(struct txn *txn, const char *argument, struct diag *d)
{
	const struct profiles *profiles = txn->generation->profiles;
	const struct marketplace *market = NULL;
	const struct support *support = NULL;
	struct slice address;
	int rc;

	if (copy_address(txn, argument, &address, d) != 0)
		return -1;
	if (txn->recipient_count == txn->recipient_cap && grow_recipients(txn) != 0)
		return broken(txn, no_memory, d);
	rc = profiles_recipient(profiles, address, &market, d);
	if (rc == 0)
		rc = profiles_support(profiles, address, txn->received, NULL, &market, &support, d);
	if (rc < 0)
		return broken(txn, "a recipient's marketplace could not be found out", d);
	txn->recipients[txn->recipient_count] = address;
	txn->supports[txn->recipient_count] = support;
	txn->markets[txn->recipient_count++] = market;
	return 0;
}

void txn_set_queue_id(struct txn *txn, const char *queue_id)
{
	struct diag d;

	diag_clear(&d);
	if (queue_id == NULL || *queue_id == '\0')
		return;
	txn->queue_id = arena_strdup(txn->arena, queue_id);
	/* A record that nobody finds by the mail server's log is none. */
	if (txn->queue_id == NULL)
		broken(txn, no_memory, &d);
}

void txn_set_can_hold(struct txn *txn, bool can_hold)
{
	txn->can_hold = can_hold;
}

void txn_set_poison(struct txn *txn, const char *plugin)
{
	txn->poison = plugin != NULL ? arena_strdup(txn->arena, plugin) : NULL;
	if (txn->poison == NULL)
		txn->poison = "?";
}

void txn_set_answered(struct txn *txn, struct slice raw)
{
	txn->answered_raw = raw;
}

static int keep(struct txn *txn, const void *data, size_t len, struct diag *d)
{
	if (spool_add(txn->spool, data, len, d) != 0)
		return broken(txn, unstored, d);
	return 0;
}

/* The value with CRLF line ends, each continued line with its blank: no value can end its header. */
static void fold_value(struct buf *out, struct slice value)
{
	const char *end;

	while (value.len > 0 && (end = memchr(value.ptr, '\n', value.len)) != NULL) {
		size_t len = (size_t)(end - value.ptr);

		buf_add(out, value.ptr, len > 0 && end[-1] == '\r' ? len - 1 : len);
		buf_add_str(out, "\r\n");
		value = slice_sub(value, len + 1, value.len);
		if (value.len == 0 || (value.ptr[0] != ' ' && value.ptr[0] != '\t'))
			buf_add_char(out, '\t');
	}
	buf_add_slice(out, value);
}

int txn_header(struct txn *txn, struct slice name, struct slice value, struct diag *d)
{
	struct buf line = {0};
	int rc;

	if (header_is_ours(name) && strip_add(&txn->strip, name) != 0)
		return broken(txn, no_memory, d);
	buf_add_slice(&line, name);
	buf_add_char(&line, ':');
	fold_value(&line, value);
	buf_add_str(&line, "\r\n");
	if (line.failed) {
		buf_free(&line);
		return broken(txn, no_memory, d);
	}
	buf_add_slice(&txn->head, buf_slice(&line));
	rc = keep(txn, line.data, line.len, d);
	buf_free(&line);
	return rc;
}

static int begin_body(struct txn *txn, struct diag *d)
{
	if (txn->body_begun)
		return 0;
	txn->body_begun = true;
	return keep(txn, "\r\n", 2, d);
}

int txn_body(struct txn *txn, const void *data, size_t len, struct diag *d)
{
	if (begin_body(txn, d) != 0)
		return -1;
	return keep(txn, data, len, d);
}

int txn_end(struct txn *txn, struct diag *d)
{
	if (begin_body(txn, d) != 0)
		return -1;
	return spool_end(txn->spool, d) == 0 ? 0 : broken(txn, unstored, d);
}

/* One line with its end; raw moves past it. */
static struct slice take_line(struct slice *raw)
{
	const char *end = memchr(raw->ptr, '\n', raw->len);
	struct slice line = slice_sub(*raw, 0, end != NULL ? (size_t)(end - raw->ptr) + 1 : raw->len);

	*raw = slice_sub(*raw, line.len, raw->len);
	return line;
}

/* Length of the header section; forged headers of ours in it are noted. */
static int scan_head(struct txn *txn, struct slice raw, size_t *len_r)
{
	struct slice rest = raw;

	*len_r = raw.len;
	while (rest.len > 0) {
		struct slice line = take_line(&rest);
		const char *colon = memchr(line.ptr, ':', line.len);
		struct slice name = slice_sub(line, 0, colon != NULL ? (size_t)(colon - line.ptr) : 0);

		if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		if (colon == NULL) {
			/* The empty line, or what MTAs take for the body's begin. */
			*len_r = (size_t)(line.ptr - raw.ptr);
			return 0;
		}
		if (header_is_ours(name) && strip_add(&txn->strip, slice_trim(name)) != 0)
			return -1;
	}
	return 0;
}

int txn_raw(struct txn *txn, struct slice raw, struct diag *d)
{
	size_t len;

	/* A file out of a mailbox may begin with mbox's line. */
	if (raw.len > 5 && memcmp(raw.ptr, "From ", 5) == 0)
		take_line(&raw);
	if (scan_head(txn, raw, &len) != 0)
		return broken(txn, no_memory, d);
	buf_add_slice(&txn->head, slice_sub(raw, 0, len < txn->head.max ? len : txn->head.max));
	txn->body_begun = true;
	return keep(txn, raw.ptr, raw.len, d);
}

const struct message *txn_head(struct txn *txn)
{
	struct diag d;

	diag_clear(&d);
	if (txn->head_read)
		return txn->read_failed ? NULL : &txn->head_message;
	txn->head_read = true;
	txn->read_failed = message_headers(txn->arena, buf_slice(&txn->head),
	    &txn->generation->config->limits, &txn->head_message, &d) != 0;
	if (txn->read_failed && txn->broken == NULL)
		txn->broken = "the headers could not be read";
	return txn->read_failed ? NULL : &txn->head_message;
}

size_t txn_size(const struct txn *txn)
{
	return spool_size(txn->spool);
}

struct slice txn_view(struct txn *txn)
{
	struct slice view = SLICE_NONE;
	struct diag d;

	diag_clear(&d);
	if (begin_body(txn, &d) != 0 || spool_view(txn->spool, &view, &d) != 0) {
		broken(txn, unstored, &d);
		return SLICE_NONE;
	}
	return view;
}

size_t txn_markets(const struct txn *txn, const struct marketplace **list, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < txn->recipient_count; i++) {
		size_t k = 0;

		if (txn->markets[i] == NULL)
			continue;
		while (k < count && list[k] != txn->markets[i])
			k++;
		if (k == count && count < max)
			list[count++] = txn->markets[i];
	}
	return count;
}

static bool is_outbound_concern(const struct txn *txn)
{
	for (size_t i = 0; i < txn->recipient_count; i++)
		if (txn->markets[i] != NULL)
			return true;
	return false;
}

static bool is_outside_concern(struct txn *txn, bool headers_done)
{
	return txn_is_outside(txn) && (!headers_done || txn_wants_outside(txn));
}

/* Comes in wherever it was handed in. Looking like a marketplace is not enough: a seller's own domain may. */
static bool is_arriving(struct txn *txn)
{
	const struct inbound *in = inbound_head(txn);

	return in == NULL || in->arrives;
}

/* After the headers. What could not be found out is judged, and deferred there. */
static bool is_inbound_concern(struct txn *txn)
{
	const struct inbound *in = inbound_head(txn);

	return in == NULL || in->concerns;
}

/*
 * Which way the message goes, as soon as it is sure. Where nobody logged in and no listener's name says it,
 * the addresses do: mail to a marketplace's customer is on its way out whoever handed it in (never let it pass
 * unjudged because a macro is missing), and marketplace mail that a fetching program hands in is incoming.
 */
static void settle_direction(struct txn *txn, bool headers_done)
{
	struct direction_facts facts = {txn->client.account, txn->client.client, txn->client.daemon, txn->client.local};
	bool firm = false;

	if (txn->direction != 0)
		return;
	/* Asked at two stages, of what does not change in between. */
	if (txn->client_direction == 0)
		txn->client_direction = direction_of(txn->generation->config, &facts, &firm, NULL, 0);
	if (firm)
		txn->direction = txn->client_direction;
	else if (is_outbound_concern(txn))
		txn->direction = POSTERN_OUTBOUND;
	else if (headers_done)
		txn->direction = is_arriving(txn) ? POSTERN_INBOUND : txn->client_direction;
}

unsigned txn_direction(struct txn *txn)
{
	settle_direction(txn, true);
	return txn->direction;
}

enum txn_scope txn_scope(struct txn *txn, bool headers_done)
{
	settle_direction(txn, headers_done);
	if (txn->broken != NULL || (txn->direction != POSTERN_OUTBOUND && !headers_done))
		return TXN_CONCERNED;
	if (txn->direction == POSTERN_OUTBOUND ? is_outbound_concern(txn) || is_outside_concern(txn, headers_done) :
	    is_inbound_concern(txn))
		return TXN_CONCERNED;
	return headers_done && txn->strip.count > 0 ? TXN_STRIP : TXN_UNCONCERNED;
}

void txn_hash(struct txn *txn, struct slice data, char *hex)
{
	struct slice *parts = arena_array(txn->arena, txn->recipient_count + 2, sizeof(*parts));

	if (parts == NULL) {
		hash_hex(hex, data);
		return;
	}
	parts[0] = txn->sender;
	parts[1] = data;
	if (txn->recipient_count > 0)
		memcpy(parts + 2, txn->recipients, txn->recipient_count * sizeof(*parts));
	hash_hex_parts(hex, parts, txn->recipient_count + 2);
}

const char *txn_digest(struct txn *txn)
{
	if (txn->digest[0] == '\0')
		txn_hash(txn, txn_view(txn), txn->digest);
	return txn->digest;
}

size_t txn_strip_list(struct txn *txn, const struct txn_strip **list_r)
{
	if (!txn->numbered && strip_number(&txn->strip) != 0) {
		/* Nothing may be left in: the message is deferred when this happens before it is judged. */
		txn->broken = no_memory;
		*list_r = NULL;
		return 0;
	}
	txn->numbered = true;
	*list_r = txn->strip.list;
	return txn->strip.count;
}
