/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail to people at no marketplace: is it for a marketplace's customer? Suppliers,
 * carriers and accountants are written to about orders every day, so a private
 * mailbox or an answer to the marketplace's mail is needed, and words to a buyer.
 */
#include "offchannel.h"

/* What was found of one message. */
struct signs {
	bool free, other;      /* recipients */
	bool answers;          /* references mail of a marketplace */
	bool relay;            /* a relay address stands in it */
	bool order;            /* an order number */
	size_t customer, purchase, business;
	struct postern_slice recipient; /* of a private mailbox, if any */
};

static enum postern_status read_recipients(struct look *look, struct signs *signs)
{
	for (size_t i = 0; i < look->message.recipients; i++) {
		struct postern_slice address;
		enum place place;

		if (look->host->recipient(look->ctx, i, &address) != POSTERN_OK || place_of(look, address, &place) != 0)
			return POSTERN_TEMPFAIL;
		if (place != PLACE_FREE && place != PLACE_OTHER)
			continue;
		if (signs->recipient.len == 0 || (place == PLACE_FREE && !signs->free))
			signs->recipient = address;
		signs->free |= place == PLACE_FREE;
		signs->other |= place == PLACE_OTHER;
	}
	return POSTERN_OK;
}

/* Whether a Message-ID in the header was made by a marketplace. */
static bool refers(const struct look *look, const char *name)
{
	struct postern_header header;
	struct postern_slice rest, id;

	for (size_t n = 0; look->host->header_find(look->ctx, name, n, &header); n++) {
		rest = header.raw;
		while (view_next(&rest, '>', &id))
			if (words_has_host(&look->rule->operators, mailbox_domain(id)))
				return true;
	}
	return false;
}

static enum postern_status read_addresses(struct look *look, struct signs *signs)
{
	size_t count = look->host->address_count(look->ctx);

	for (size_t i = 0; i < count && !signs->relay; i++) {
		struct postern_address address;
		struct postern_slice market;

		if (look->host->address(look->ctx, i, &address) != POSTERN_OK)
			return POSTERN_BUG;
		if (look->host->address_market(look->ctx, address.address, &market) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
		signs->relay = market.len > 0;
	}
	return POSTERN_OK;
}

static enum postern_status read_ids(struct look *look, struct signs *signs)
{
	size_t count = look->host->id_count(look->ctx);

	for (size_t i = 0; i < count && !signs->order; i++) {
		struct postern_id id;

		if (look->host->id(look->ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		signs->order = view_is(id.kind, "order") || view_is(id.kind, "po");
	}
	return POSTERN_OK;
}

struct count {
	const struct offchannel *rule;
	struct signs *signs;
};

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct count *count = arg;
	enum says says = count->rule->says[pattern];

	(void)start;
	(void)end;
	count->signs->customer += says == SAYS_CUSTOMER;
	count->signs->purchase += says == SAYS_PURCHASE;
	count->signs->business += says == SAYS_BUSINESS;
	return 0;
}

static enum postern_status read_texts(struct look *look, struct signs *signs)
{
	struct count count = {look->rule, signs};
	enum postern_status status = POSTERN_OK;
	size_t texts = look->host->text_count(look->ctx);

	for (size_t i = 0; i < texts && status == POSTERN_OK; i++) {
		struct postern_text text;

		if (look->host->text(look->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_SUBJECT || text.kind == POSTERN_SEGMENT_NEW)
			status = phrases_match(look->host, look->ctx, &look->rule->phrases, text.text, note_match, &count);
	}
	return status;
}

static int score_of(const struct signs *signs)
{
	bool business = signs->business > 0 && signs->business >= signs->customer;

	if (signs->answers && signs->free)
		return business ? 60 : 95;
	if (signs->answers)
		return business || signs->customer == 0 ? 45 : 60;
	if (!signs->free)
		return 0;
	if (business)
		return signs->relay && signs->customer > 0 ? 45 : 0;
	if (signs->relay)
		return signs->customer > 0 ? 90 : 60;
	if (signs->purchase > 0)
		return signs->order || signs->customer > 0 ? 85 : 60;
	return signs->order && signs->customer > 0 ? 85 : signs->order ? 40 : 0;
}

/* What envelope and headers tell; *wanted_r: whether the body can make it more than nothing. */
static enum postern_status read_headers(struct look *look, struct signs *signs, bool *wanted_r)
{
	enum postern_status status = read_recipients(look, signs);

	*wanted_r = false;
	if (status != POSTERN_OK || (!signs->free && !signs->other))
		return status;
	signs->answers = refers(look, "In-Reply-To") || refers(look, "References");
	*wanted_r = signs->free || signs->answers;
	return POSTERN_OK;
}

bool outside_wants(struct look *look)
{
	struct signs signs = {0};
	bool wanted;

	return read_headers(look, &signs, &wanted) != POSTERN_OK || wanted;
}

enum postern_status outside_check(struct look *look)
{
	struct signs signs = {0};
	bool wanted;
	enum postern_status status = read_headers(look, &signs, &wanted);

	if (status != POSTERN_OK || !wanted)
		return status;
	status = read_addresses(look, &signs);
	if (status == POSTERN_OK)
		status = read_ids(look, &signs);
	if (status == POSTERN_OK)
		status = read_texts(look, &signs);
	if (status != POSTERN_OK)
		return status;
	return report(look, POSTERN_IN_ENVELOPE, signs.recipient,
	    "Answer the customer in the marketplace's messages (reply to the relay address), not at a private address.",
	    score_of(&signs));
}
