/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which threads a message belongs to: by the relay addresses that an answer goes to. An address that many have in
 * common (a support's, a machine's that sends notices, one that all customers share) is none of these: it would make
 * one thread of all of them. Such mail has its thread by order, case or Message-ID, which is the store's.
 */
#include <stdio.h>
#include <string.h>

#include "engine/case.h"
#include "engine/txn_internal.h"
#include "mail/address.h"
#include "postern/plugin.h"

#define KEY_MAX 600
#define THREADS_MAX 50

struct keys {
	struct arena *arena;
	const char **list;
	size_t count;
	bool failed;
};

/* "walmart:<key>"; audit_redact replaces the address in it like any other. */
static void add_key(struct keys *keys, const struct txn *txn, const struct marketplace *market, struct slice address)
{
	char key[KEY_MAX];
	const char *text;

	if (market == NULL || address.len == 0 || keys->count >= THREADS_MAX ||
	    marketplace_address_is_shared(market, address, txn->received) || marketplace_thread_key(market, address, key, sizeof(key)) != 0)
		return;
	text = arena_printf(keys->arena, "%s:%s", marketplace_name(market), key);
	keys->failed |= text == NULL;
	for (size_t i = 0; text != NULL && i < keys->count; i++)
		if (strcmp(keys->list[i], text) == 0)
			return;
	if (text != NULL)
		keys->list[keys->count++] = text;
}

/* The first mailbox of an address header; empty when there is none. */
static struct slice first_address(const struct message *head, const char *name)
{
	const struct mail_header *header = message_header(head, name, 0);
	struct address_mailbox *list;
	size_t count;

	if (header == NULL || message_mailboxes(head, header, &list, &count) != 0 || count == 0)
		return SLICE_LIT("");
	return list[0].address;
}

/* The customer's address that an answer would go to, Reply-To before From, and its marketplace; empty: there is none. */
static struct slice relay_address(struct txn *txn, const struct message *head, const struct marketplace **market_r)
{
	static const char *const names[] = {"Reply-To", "From"};
	struct diag d;

	diag_clear(&d);
	for (size_t i = 0; head != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		struct slice address = first_address(head, names[i]);

		if (profiles_recipient(txn->generation->profiles, address, market_r, &d) == 1 &&
		    !marketplace_address_is_shared(*market_r, address, txn->received))
			return address;
	}
	return SLICE_LIT("");
}

bool threads_has_relay(struct txn *txn)
{
	const struct marketplace *market;

	return relay_address(txn, txn_head(txn), &market).len > 0;
}

/* Another marketplace's customer has no thread in mail of this one. A copy from a machine belongs to what it answers. */
static void add_inbound(struct keys *keys, struct txn *txn, const struct message *head)
{
	const struct marketplace *market;
	struct slice address = relay_address(txn, head, &market);

	if (address.len > 0 && market == txn->judging.market)
		add_key(keys, txn, market, address);
	else if (address.len == 0 && txn->inbound != NULL && txn->inbound->copy_of != NULL)
		keys->list[keys->count++] = txn->inbound->copy_of;
}

/* -1: memory is out. */
static int find_threads(struct txn *txn)
{
	struct keys keys = {txn->arena, arena_array(txn->arena, THREADS_MAX, sizeof(char *)), 0, false};
	const struct message *head = txn_head(txn);
	const struct mail_kind *kind = txn->judging.kind;
	/* Where the case's number tells which thread it is, no address has to. */
	bool numbered = case_number(&txn->judging).len > 0;

	if (keys.list == NULL)
		return -1;
	if (txn->judging.direction == POSTERN_OUTBOUND) {
		for (size_t i = 0; i < txn->recipient_count; i++)
			if (txn->supports[i] == NULL)
				add_key(&keys, txn, txn->markets[i], txn->recipients[i]);
	} else if (head != NULL && !numbered && (kind == NULL || kind->failed == NULL)) {
		/* A bounce comes from a machine; the messages that it names have threads. */
		add_inbound(&keys, txn, head);
	}
	if (keys.failed)
		return -1;
	txn->threads = keys.list;
	txn->thread_count = keys.count;
	return 0;
}

int txn_threads(struct txn *txn, const char *const **list_r, size_t *count_r)
{
	if (txn->threads == NULL && find_threads(txn) != 0)
		return -1;
	*list_r = txn->threads;
	*count_r = txn->thread_count;
	return 0;
}
