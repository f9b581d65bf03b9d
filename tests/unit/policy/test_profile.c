/* SPDX-License-Identifier: BSD-2-Clause */
/* Marketplace profiles: the shipped ones over real forms of mail, and how a site goes over them. */
#include "tree.h"

#include "core/clock.h"
#include "mail/message.h"
#include "policy/profile.h"
#include "policy/rules.h"

static struct profiles *shipped;

static int64_t when(const char *text)
{
	int64_t seconds;

	assert_int_equal(clock_parse(text, &seconds), 0);
	return seconds;
}

/* srcdir is given by the Makefile. */
static struct profiles *load(const char *shipped_dir, const char *site_dir, struct diag *d)
{
	struct config config = {.rules_shipped = (char *)(uintptr_t)shipped_dir, .rules_site = (char *)(uintptr_t)site_dir};

	return profiles_load(&config, d);
}

#define HEX32 "0123456789abcdefABCDEF0123456789"

/* Mailboxes of supports, as of 2026-11-22. */
static const struct {
	const char *address;
	const char *channel; /* NULL: it is none's */
} supports[] = {
	{"partnerhelp@wal-mart.com", "specialist"},
	{"PartnerHelp@Wal-Mart.com", "specialist"},
	{"partnerhelp+ref@walmart.com", "specialist"},
	{"wfs-support@walmart.com", "specialist"},
	{"seller-performance@amazon.com", "compliance"},
	{"merch.service05@amazon.com", "specialist"},
	{"partnerhelper@walmart.com", NULL},
	{"partnerhelp@walmart.com.evil.example", NULL},
	{"partnerhelp@evil.example", NULL},
	{"help@walmart.com", NULL},
	{"seller-performance@marketplace.amazon.com", NULL},
	{HEX32 "@relay.walmart.com", NULL},
	{"", NULL},
};

static void supports_are_known(void **state)
{
	struct diag d = {.text = ""};
	const struct marketplace *market;
	const struct support *support;

	(void)state;
	for (size_t i = 0; i < sizeof(supports) / sizeof(supports[0]); i++) {
		int rc = profiles_support(shipped, slice_str(supports[i].address), 1795305600, NULL, &market, &support, &d);

		if (rc != (supports[i].channel != NULL) || (rc == 1 && strcmp(support->channel, supports[i].channel) != 0))
			fail_msg("%s: %d", supports[i].address, rc);
	}
	/* Before the profile's first day there is none. */
	assert_int_equal(profiles_support(shipped, SLICE_LIT("partnerhelp@wal-mart.com"), 1000000000, NULL, &market, &support, &d), 0);
}

static const struct {
	const char *address;
	const char *market; /* NULL: none */
} recipients[] = {
	{HEX32 "@relay.walmart.com", "walmart"},
	{HEX32 "@RELAY.Walmart.COM", "walmart"},
	{"pc-" HEX32 "@relay.walmart.com", "walmart"},
	{"anything@relay.walmart.com", "walmart"},      /* an unknown form still reaches a customer */
	{"a@relay.walmart.com.", "walmart"},
	{"\"a@b\"@relay.walmart.com", "walmart"},
	{"x@evil.example@relay.walmart.com", "walmart"}, /* the last '@' counts, as for the MTA */
	{"abc123def456ghi@marketplace.amazon.com", "amazon"},
	{"abc123+0a1b2c3d@marketplace.amazon.co.uk", "amazon"},
	{"abc123@marketplace.amazon.com.br", "amazon"},
	{"donotreply@marketplace.amazon.de", "amazon"},
	{HEX32 "@relay.walmart.com.evil.com", NULL},
	{HEX32 "@evil-relay.walmart.com", NULL},
	{HEX32 "@xrelay.walmart.com", NULL},
	{HEX32 "@sub.relay.walmart.com", NULL},
	{"a@walmart.com", NULL},                         /* Walmart's staff are no customers */
	{"partnerhelp@wal-mart.com", NULL},
	{"a@marketplace.amazon.com.br.evil.com", NULL},
	{"a@marketplace.amazon.com.evil.com", NULL},
	{"a@amazon.com", NULL},
	{"a@marketplace-amazon.com", NULL},
	{"a@relay.walmart.com@evil.example", NULL},
	{"63ae59d2f0b1a2c3d4@members.ebay.com", "ebay"},
	{"some-name@Members.eBay.co.uk", "ebay"},
	{"x@members.ebay.com.evil.com", NULL},
	{"x@members-ebay.com", NULL},
	{"x@evil.members.ebay.com", NULL},
	{"x@members.ebay.co", NULL},
	{"ebay@ebay.com", NULL},
	{"conversations@mail.etsy.com", "etsy"},
	{"conversations+3f2a@mail.etsy.com", "etsy"},
	{"xconversations@mail.etsy.com", NULL},
	{"conversations@mail.etsy.com.evil.com", NULL},
	{"news@mail.etsy.com", NULL},
	{"transaction@etsy.com", NULL},
	{"no-reply@account.etsy.com", NULL},
	{"v4bABCDEF0123@scs.tiktokw.us", "tiktok"},
	{"x@scs.tiktokw.us.evil.com", NULL},
	{"x@tiktokw.us", NULL},
	{"x@tiktok.com", NULL},
	{"user.abc123@mail.mercadolibre.com", "mercadolibre"},
	{"user.abc123+2-9f8e@mail.mercadolibre.com", "mercadolibre"},
	{"noreply@mail.mercadolibre.com", NULL},
	{"x@mail.mercadolibre.com.evil.com", NULL},
	{"x@mercadolibre.com", NULL},
	{"x@shopee.sg", NULL},
	{"relay.walmart.com", NULL},
	{"a@", NULL},
	{"@", NULL},
	{"", NULL},
	{"a@.", NULL},
	{"a@relay.walmart.com..", NULL},
};

static void only_whole_domains_match(void **state)
{
	struct diag d = {.text = ""};

	(void)state;
	for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++) {
		const struct marketplace *market;
		int rc = profiles_recipient(shipped, slice_str(recipients[i].address), &market, &d);

		assert_int_equal(rc, recipients[i].market != NULL);
		assert_string_equal(market != NULL ? marketplace_name(market) : "", recipients[i].market != NULL ? recipients[i].market : "");
	}
}

struct inbound {
	const char *sender, *headers, *body;
	const char *market, *kind, *labels, *clock;
};

#define NOTE "X-Space-Notification-Type: "

static const struct inbound inbound[] = {
	{"", "From: Maria <" HEX32 "@relay.walmart.com>\r\nSubject: Question about PO 4342076435326\r\n", "Where is it?",
	    "walmart", "buyer", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: pc-" HEX32 "@relay.walmart.com\r\nSubject: Does it fit?\r\n", "Is it blue?",
	    "walmart", "presale", "Response-Needed,Presale", "inquiry"},
	{"", "From: pc-" HEX32 "@relay.walmart.com\r\nSubject: Hello\r\n", "My order is 200012345678901.",
	    "walmart", "buyer", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: Walmart Customer Care <customercare@walmart.com>\r\nSubject: Order 200012345678901\r\n", "Please answer.",
	    "walmart", "customer-care", "Response-Needed,Customer-Care", "inquiry"},
	{"", "From: noreply@walmart.com\r\nSubject: Walmart Customer Care needs an answer\r\n", "Please.",
	    "walmart", "customer-care-subject", "Response-Needed,Customer-Care", "inquiry"},
	{"", "From: escalations@walmart.com\r\nSubject: Better Business Bureau complaint\r\n", "x",
	    "walmart", "complaint-authority", "Response-Needed,Complaint-Authority", "authority"},
	{"", "From: seller-performance@walmart.com\r\nSubject: Urgent\r\n", "The Attorney General of Ohio wrote.",
	    "walmart", "complaint-authority-text", "Response-Needed,Complaint-Authority", "authority"},
	{"", "From: partnerhelp@wal-mart.com\r\nSubject: Case 1\r\n", "x", "walmart", "partner-support", "Partner-Support", ""},
	{"", "From: news@walmart.com\r\nSubject: Policy update\r\n", "x", "walmart", "notice", "Notice", ""},
	{"", "From: dispute@walmart.com\r\nSubject: Customer Care refund issued\r\n", "x",
	    "walmart", "customer-care-refund", "Customer-Care-Refund", ""},
	{"", "From: a@marketplace.amazon.com\r\n" NOTE "BBC_MESSAGE_SENT_TO_MERCHANT\r\nSubject: Order delivery inquiry "
	    "(Order: 114-5652017-6650426)\r\n", "x", "amazon", "buyer", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: a@marketplace.amazon.de\r\n" NOTE "BBC_MESSAGE_SENT_TO_MERCHANT\r\nSubject: Frage\r\n", "x",
	    "amazon", "buyer-presale", "Response-Needed,Presale", "inquiry"},
	{"", "From: donotreply@amazon.com\r\n" NOTE "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT\r\nSubject: Your e-mail to Josh\r\n",
	    "x", "amazon", "copy", "Copy", ""},
	{"", "From: donotreply@amazon.com.br\r\nSubject: Seu e-mail para Maria\r\n", "x", "amazon", "copy-subject", "Copy", ""},
	{"", "From: r@amazon.com\r\n" NOTE "RETURN_REQUEST\r\nSubject: Return\r\n", "x",
	    "amazon", "return-request", "Response-Needed,Aftersale,Return", "return"},
	{"", "From: r@amazon.com\r\n" NOTE "BRC_SELLER_NOTIFICATION\r\nSubject: Cancel\r\n", "x",
	    "amazon", "cancel-request", "Response-Needed,Aftersale,Cancel", "inquiry"},
	{"", "From: atoz-guarantee-no-reply@amazon.com\r\n" NOTE "A_Z_CLAIM_RESPONDENT_NOTIFY\r\nSubject: Claim\r\n", "x",
	    "amazon", "claim", "Response-Needed,Claim,Complaint", "claim"},
	{"", "From: atoz-guarantee-no-reply@amazon.com\r\nSubject: Claim\r\n", "x", "amazon", "claim-notice", "Claim,Notice", ""},
	{"", "From: donotreply@marketplace.amazon.com\r\nSubject: Hi\r\n", "x", "amazon", "notice", "Notice", ""},
	{"", "From: a+0a1b2c3d@marketplace.amazon.fr\r\nSubject: Commande 402-1234567-1234567\r\n", "x",
	    "amazon", "relay-buyer", "Response-Needed,Aftersale", "inquiry"},
	{"bounce@amazon.com", "From: Seller <me@shop.example>\r\nSubject: x\r\n", "x", "amazon", "other", "Notice", ""},
	{"", "From: \"buyer1\" <63ae59d2f0b1a2c3d4@members.ebay.com>\r\nSubject: buyer1 has sent a question about item #391155709100, "
	    "ending on 22-Mar-16 15:04:24 GMT - Lamp\r\n", "Is it blue?", "ebay", "member-presale", "Response-Needed,Presale", "inquiry"},
	{"", "From: 63ae59d2f0b1a2c3d4@members.ebay.co.uk\r\nSubject: Re: your order\r\n", "Order number: 08-14471-32723",
	    "ebay", "member", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: eBay <ebay@ebay.com>\r\nSubject: A buyer opened a return request\r\n", "x",
	    "ebay", "request", "Response-Needed,Aftersale", "request"},
	{"", "From: eBay <ebay@ebay.de>\r\nSubject: Your invoice\r\n", "x", "ebay", "notice", "Notice", ""},
	{"", "From: ebay@ebay.com.evil.example\r\nSubject: Your invoice\r\n", "x", NULL, NULL, NULL, NULL},
	{"", "From: Etsy <conversations@mail.etsy.com>\r\nSubject: Etsy Conversation with Ann\r\n", "Is it blue?",
	    "etsy", "conversation", "Response-Needed", "inquiry"},
	{"", "From: Etsy <no-reply@account.etsy.com>\r\nSubject: Ann needs help with an order they placed\r\n", "x",
	    "etsy", "help-request", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: Etsy <transaction@etsy.com>\r\nSubject: You made a sale on Etsy [$14.63, Order #4040500317]\r\n", "x",
	    "etsy", "sale", "Notice", ""},
	{"", "From: Etsy <transaction@etsy.com>\r\nSubject: You issued a refund for Order #4040500317\r\n", "x",
	    "etsy", "refund", "Notice", ""},
	{"", "From: v4bABCDEF0123@scs.tiktokw.us\r\nSubject: Order 577112345678901234\r\n", "Where is it?",
	    "tiktok", "buyer", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: v4bABCDEF0123@scs.tiktokw.us\r\nSubject: Hi\r\n", "Is it blue?",
	    "tiktok", "buyer-presale", "Response-Needed,Presale", "inquiry"},
	{"", "From: TikTok Shop <noreply@shop.tiktok.com>\r\nSubject: Payout\r\n", "x", "tiktok", "notice", "Notice", ""},
	{"", "From: Shopee <noreply@shopee.sg>\r\nSubject: You have 3 unreplied chats\r\n", "x",
	    "shopee", "message-notice", "Response-Needed", "inquiry"},
	{"", "From: Shopee <noreply@shopee.co.th>\r\nSubject: Payout\r\n", "x", "shopee", "notice", "Notice", ""},
	{"", "From: user.abc123+2-9f8e@mail.mercadolibre.com\r\nSubject: Re: compra\r\n", "Hola",
	    "mercadolibre", "buyer", "Response-Needed,Aftersale", "inquiry"},
	{"", "From: noreply@mercadolibre.com.ar\r\nSubject: Te preguntaron por tu producto\r\n", "x",
	    "mercadolibre", "question", "Response-Needed,Presale", "inquiry"},
	{"", "From: noreply@mercadolivre.com.br\r\nSubject: Nova reclamação na sua venda\r\n", "x",
	    "mercadolibre", "claim", "Response-Needed,Claim,Complaint", "claim"},
	{"", "From: a@marketplace.amazon.com.br.evil.com\r\n" NOTE "BBC_MESSAGE_SENT_TO_MERCHANT\r\nSubject: x\r\n", "x",
	    NULL, NULL, NULL, NULL},
	{"", "From: \"a@marketplace.amazon.com\" <x@evil.example>\r\nSubject: x\r\n", "x", NULL, NULL, NULL, NULL},
	{"x@evil.example", "From: x@relay.walmart.com.evil.example\r\nSubject: x\r\n", "x", NULL, NULL, NULL, NULL},
	{"", "Subject: x\r\n", "x", NULL, NULL, NULL, NULL},
};

static void join(char *out, size_t size, char **list)
{
	out[0] = '\0';
	for (size_t i = 0; list[i] != NULL; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s%s", i > 0 ? "," : "", list[i]);
}

static void check_inbound(const struct inbound *expected)
{
	static const struct mail_limits limits = {0};
	struct arena *arena = arena_new(16 << 20);
	const struct marketplace *market;
	const struct mail_kind *kind;
	struct message message;
	struct diag d = {.text = ""};
	char raw[1024], labels[200];

	snprintf(raw, sizeof(raw), "%sContent-Type: text/plain\r\n\r\n%s\r\n", expected->headers, expected->body);
	assert_int_equal(message_parse(arena, slice_str(raw), &limits, MESSAGE_ALL, NULL, &message, &d), 0);
	assert_int_equal(profiles_sender(shipped, slice_str(expected->sender), &message, &market, &kind, &d),
	    expected->market != NULL);
	if (expected->market != NULL) {
		assert_string_equal(marketplace_name(market), expected->market);
		assert_non_null(kind);
		assert_string_equal(kind->name, expected->kind);
		join(labels, sizeof(labels), kind->labels);
		assert_string_equal(labels, expected->labels);
		assert_string_equal(kind->clock != NULL ? kind->clock : "", expected->clock);
		assert_int_equal(kind->answers, strncmp(expected->kind, "copy", 4) == 0);
		if (kind->clock != NULL)
			assert_non_null(marketplace_clock(market, kind->clock, when("2026-11-22")));
	}
	arena_free(&arena);
}

static void inbound_mail_is_recognised(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(inbound) / sizeof(inbound[0]); i++)
		check_inbound(&inbound[i]);
}

/* Numbers in a text, as "kind=value;" in their order. */
static const struct {
	const char *market, *text, *want;
} numbers[] = {
	{"walmart", "PO 4342076435326 and PO#108829272810783", "po=4342076435326;po=108829272810783;"},
	{"walmart", "customer order 200012345678901", "order=200012345678901;"},
	{"walmart", "EAN 4006381333931, item 123456789", "gtin=4006381333931;item=123456789;"},
	{"walmart", "For this item call 6265550147", ""},
	{"walmart", "ebay 08-14471-32723, amazon 114-5652017-6650426", "ebay/order=08-14471-32723;amazon/order=114-5652017-6650426;"},
	{"walmart", "PO-053-06138133909031412", "temu/order=PO-053-06138133909031412;"},
	{"amazon", "114-5652017-6650426 B07ABCDEFG D01-1234567-1234567", "order=114-5652017-6650426;item=B07ABCDEFG;order=D01-1234567-1234567;"},
	{"ebay", "item #391155709100 order 08-14471-32723", "item=391155709100;order=08-14471-32723;"},
	{"ebay", "Item number: 391155709100", "item=391155709100;"},
	{"ebay", "Etsy Order #4040500317", "etsy/order=4040500317;"},
	{"etsy", "Order #4040500317", "order=4040500317;"},
	{"tiktok", "577112345678901234", "order=577112345678901234;"},
	{"shopee", "order 230112ABCD12X4", "order=230112ABCD12X4;"},
	{"mercadolibre", "venta #2000001234567890, MLA1234567890, reclamo 12345678", "order=2000001234567890;item=MLA1234567890;claim=12345678;"},
	{"walmart", "1Z999AA10123456784 and 1Z 999 AA1 01 2345 6784", "tracking=1Z999AA10123456784;tracking=1Z 999 AA1 01 2345 6784;"},
	{"walmart", "9400111899223197428490 / 9400 1118 9922 3197 4284 90", "tracking=9400111899223197428490;tracking=9400 1118 9922 3197 4284 90;"},
	{"walmart", "FedEx 123456789012, FedEx 1234 5678 9012", "tracking=123456789012;tracking=1234 5678 9012;"},
	{"walmart", "JD014600003333333333 H1234567890123456789 RR123456785CN", "tracking=JD014600003333333333;tracking=H1234567890123456789;tracking=RR123456785CN;"},
	{"walmart", "UPC 0 12345 67890 5", "gtin=0 12345 67890 5;"},
	{"amazon", "case ID 12345678901, claim #AZ-12345678", "case=12345678901;case=AZ-12345678;"},
	{"amazon", "Your case is open. Call 6265550147", ""},
	{"amazon", "call +86 138 0013 8000 or (626) 555-0147 on 2026-01-04 for $39.99, 10x12x14, ZIP 91731-1234", ""},
	{"ebay", "call 06 12 34 56 78, model 555-1234, 12/24/2026", ""},
};

static void numbers_are_no_telephone_numbers(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct mail_id *ids = NULL;
		struct diag d = {.text = ""};
		size_t count = 0, len = 0;
		char got[500] = "";

		assert_int_equal(id_set_scan(marketplace_ids(profiles_find(shipped, numbers[i].market)), arena,
		    slice_str(numbers[i].text), 0, &ids, &count, &d), 0);
		for (size_t k = 0; k < count; k++)
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%.*s=%.*s;", SLICE_ARG(ids[k].kind), SLICE_ARG(ids[k].value));
		if (strcmp(got, numbers[i].want) != 0) {
			print_error("%s: %s: '%s', expected '%s'\n", numbers[i].market, numbers[i].text, got, numbers[i].want);
			wrong++;
		}
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

static void what_customers_say_is_known(void **state)
{
	static const struct { const char *name, *text; int want; } rows[] = {
		{"asks", "Where is my order?", 1}, {"asks", "could you send me the manual", 1}, {"asks", "请问什么时候到", 1},
		{"asks", "It arrived today, thanks a lot.", 0}, {"asks", "I want my money back.", 0},
		{"phone", "Please call me at 626-555-0147", 1}, {"phone", "my number is +1 626 555 0147", 1}, {"phone", "(626) 555-0147", 1},
		{"phone", "give me a call", 1}, {"phone", "Order 114-5652017-6650426 was late", 0}, {"phone", "It was 39.99 on 2026-01-04", 0},
		{"phone", "I bought a phone case", 0},
	};
	struct diag d = {.text = ""};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (profiles_fact(shipped, rows[i].name, slice_str(rows[i].text), &d) != rows[i].want)
			fail_msg("%s: %s", rows[i].name, rows[i].text);
}

static void values_hold_from_their_day_on(void **state)
{
	const struct marketplace *walmart = profiles_find(shipped, "walmart"), *amazon = profiles_find(shipped, "amazon");
	const char *source = NULL;
	int64_t since = 0;

	(void)state;
	assert_non_null(walmart);
	assert_non_null(amazon);
	assert_true(slice_eq_str(marketplace_value(walmart, "response_rate_days", when("2025-09-30T23:59:59Z"), &since, &source), "14"));
	assert_int_equal(since, when("2022-03-18"));
	assert_non_null(strstr(source, "Message Center"));
	assert_true(slice_eq_str(marketplace_value(walmart, "response_rate_days", when("2025-10-01"), &since, NULL), "30"));
	assert_int_equal(since, when("2025-10-01"));
	assert_null(marketplace_value(walmart, "response_rate_days", when("2022-03-17"), NULL, NULL).ptr);
	assert_null(marketplace_value(walmart, "no_such", when("2026-01-01"), NULL, NULL).ptr);
	assert_true(slice_eq_str(marketplace_value(walmart, "language", when("2026-01-01"), NULL, NULL), "en"));
	assert_int_equal(marketplace_clock(walmart, "inquiry", when("2026-01-01"))->seconds, 48 * 3600);
	assert_int_equal(marketplace_clock(walmart, "authority", when("2026-01-01"))->seconds, 3600);
	assert_null(marketplace_clock(walmart, "authority", when("2025-09-30")));
	assert_int_equal(marketplace_clock(amazon, "inquiry", when("2026-01-01"))->seconds, 24 * 3600);
	assert_false(marketplace_auto_reply_counts(walmart, when("2026-01-01")));
	assert_true(marketplace_auto_reply_counts(profiles_find(shipped, "etsy"), when("2026-01-01")));
	assert_int_equal(marketplace_clock(profiles_find(shipped, "shopee"), "inquiry", when("2026-01-01"))->seconds, 12 * 3600);
	for (size_t i = 0; i < profiles_count(shipped); i++)
		/* A warehouse has no policies. */
		if (strcmp(marketplace_name(profiles_get(shipped, i)), "warehouse") != 0)
			assert_non_null(marketplace_value(profiles_get(shipped, i), "policy.MP-LINK", when("2026-01-01"), NULL, NULL).ptr);
	assert_null(marketplace_value(amazon, "language", when("2026-01-01"), NULL, NULL).ptr);
}

static const struct {
	const char *market, *clock, *start, *due;
} deadlines[] = {
	{"walmart", "inquiry", "2026-11-20T10:00:00Z", "2026-11-22T10:00:00Z"},
	{"walmart", "authority", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"},
	{"amazon", "inquiry", "2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"},
	{"amazon", "case", "2026-11-20T08:00:00Z", "2026-11-24T02:00:00Z"}, /* Friday 16:00 in Shanghai: 2, 9 and 1 hour */
	{"ebay", "request", "2026-11-20T18:00:00Z", "2026-11-25T18:00:00Z"},
	{"ebay", "request", "2026-11-24T18:00:00Z", "2026-11-30T18:00:00Z"}, /* over Thanksgiving */
	{"ebay", "request", "2026-10-30T17:00:00Z", "2026-11-04T18:00:00Z"}, /* 10:00 before and after the clocks go back */
	{"mercadolibre", "claim", "2026-11-20T15:00:00Z", "2026-11-24T15:00:00Z"},
	{"tiktok", "inquiry", "2026-11-18T15:00:00Z", "2026-11-19T15:00:00Z"},
	{"tiktok", "inquiry", "2026-11-21T15:00:00Z", "2026-11-23T17:00:00Z"}, /* Monday 12:00 in New York */
	{"shopee", "inquiry", "2026-11-21T15:00:00Z", "2026-11-22T03:00:00Z"},
};

static void shipped_clocks_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		int64_t start = when(deadlines[i].start);
		const struct sla_clock *clock = marketplace_clock(profiles_find(shipped, deadlines[i].market), deadlines[i].clock, start);
		char text[CLOCK_TEXT_SIZE];

		assert_non_null(clock);
		clock_format(text, sizeof(text), sla_due(clock, start));
		assert_string_equal(text, deadlines[i].due);
	}
}

/* Holidays of the shipped clock are no weekends: a typing error would be one or the other. */
static void shipped_holidays_are_weekdays(void **state)
{
	const struct sla_clock *clock = marketplace_clock(profiles_find(shipped, "ebay"), "request", when("2026-01-01"));

	(void)state;
	assert_int_equal(clock->calendar.holiday_count, 39);
	for (size_t i = 0; i < clock->calendar.holiday_count; i++) {
		assert_in_range(zone_weekday(clock->calendar.holidays[i]), 1, 5);
		assert_true(i == 0 || clock->calendar.holidays[i] > clock->calendar.holidays[i - 1]);
	}
}

static const struct {
	const char *market, *milestone, *time, *window, *closes;
} shipped_windows[] = {
	{"walmart", "settlement", "2024-09-03T12:00:00Z", "dispute", "2024-10-19T06:59:59Z"},
	{"walmart", "refund", "2026-03-03T12:00:00Z", "dispute", "2026-03-05T12:00:00Z"},
	{"walmart", "denial", "2026-03-03T20:00:00Z", "appeal", "2026-04-03T06:59:59Z"}, /* the end of 2 April in Los Angeles */
	{"walmart", "order", "2026-03-03T20:00:00Z", "transaction-search", "2026-06-02T06:59:59Z"},
	{"walmart", "delivered", "2026-01-01T20:00:00Z", "wfs-claim", "2026-02-21T07:59:59Z"},
	{"amazon", "claim", "2026-03-03T20:00:00Z", "claim", "2026-03-05T20:00:00Z"},
	{"amazon", "claim-granted", "2026-03-03T20:00:00Z", "claim-appeal", "2026-04-03T06:59:59Z"},
	{"amazon", "chargeback", "2026-03-03T20:00:00Z", "chargeback", "2026-03-11T06:59:59Z"},
	{"amazon", "completed", "2026-03-03T20:00:00Z", "proactive", "2026-04-03T06:59:59Z"},
};

static void days_of_returns_are_dated(void **state)
{
	const struct marketplace *walmart = profiles_find(shipped, "walmart");

	(void)state;
	assert_int_equal(marketplace_return_days(walmart, when("2026-03-03")), 30);
	assert_int_equal(marketplace_return_days(walmart, when("2022-03-17")), 0);
	assert_int_equal(marketplace_return_days(profiles_find(shipped, "amazon"), when("2026-03-03")), 0);
}

/* Return days are of the day of the delivery; a marketplace without a profile has no windows. */
static void a_subject_is_reckoned_by_its_marketplace(void **state)
{
	struct desk_fact facts[] = {
		{.milestone = {"delivered", "1", when("2026-03-03"), 0, ""}, .marketplace = "walmart", .shop = "", .order = ""},
		{.milestone = {"refund", "1", when("2026-04-20"), 0, ""}, .marketplace = "walmart", .shop = "", .order = ""},
	};
	struct desk_subject subject;
	size_t at = 0;

	(void)state;
	desk_subject_take(facts, 2, &at, &subject);
	assert_int_equal(profiles_reckon(shipped, &subject, true, when("2026-04-21")), 0);
	assert_int_equal(subject.window_count, 2);
	assert_true(subject.refund.outside_return_window);
	subject.marketplace = "nowhere";
	assert_int_equal(profiles_reckon(shipped, &subject, true, when("2026-04-21")), 0);
	assert_int_equal(subject.window_count, 0);
	assert_int_equal(subject.refund.state, REFUND_ISSUED);
	desk_subject_free(&subject);
}

/* The plugin "case" and "postern cases" read the same values: whoever has a support has all of them. */
static void limits_of_cases_are_dated(void **state)
{
	static const char *const markets[] = {"walmart", "amazon"};
	static const struct { const char *name, *value; } limits[] = {
		{"case_warn_per_day", "5"}, {"case_hold_per_day", "10"}, {"case_urgent_per_week", "3"}, {"case_reopen_per_week", "3"}
	};

	(void)state;
	for (size_t i = 0; i < sizeof(markets) / sizeof(markets[0]); i++) {
		for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
			int64_t since;
			const char *source;
			struct slice text = marketplace_value(profiles_find(shipped, markets[i]), limits[k].name, when("2026-03-03"), &since,
			    &source);

			assert_true(slice_eq_str(text, limits[k].value));
			assert_int_equal(since, when("2020-09-08"));
			assert_true(source[0] != '\0');
		}
	}
}

static void shipped_windows_close(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shipped_windows) / sizeof(shipped_windows[0]); i++) {
		struct desk_milestone milestone = {shipped_windows[i].milestone, "1", when(shipped_windows[i].time), 0, ""};
		size_t count, found;
		const struct desk_window *windows = marketplace_windows(profiles_find(shipped, shipped_windows[i].market), &count);
		struct desk_window_state *list;
		char text[CLOCK_TEXT_SIZE];

		assert_int_equal(desk_windows(windows, count, &milestone, 1, milestone.time, &list, &found), 0);
		assert_int_equal(found, 1);
		assert_string_equal(list[0].name, shipped_windows[i].window);
		clock_format(text, sizeof(text), list[0].closes);
		assert_string_equal(text, shipped_windows[i].closes);
		assert_true(list[0].window->title[0] != '\0' && list[0].window->source[0] != '\0');
		free(list);
	}
}

static void rate_lines_and_units_are_dated(void **state)
{
	const struct marketplace *walmart = profiles_find(shipped, "walmart"), *etsy = profiles_find(shipped, "etsy");
	struct rate_line line;

	(void)state;
	assert_int_equal(marketplace_rate_line(walmart, when("2022-03-17"), &line), 0);
	assert_int_equal(marketplace_rate_line(walmart, when("2025-09-30"), &line), 1);
	assert_int_equal(line.percent, 90);
	assert_int_equal(line.days, 14);
	assert_int_equal(line.since, when("2022-03-18"));
	assert_int_equal(marketplace_rate_line(walmart, when("2025-10-01"), &line), 1);
	assert_int_equal(line.percent, 95);
	assert_int_equal(line.days, 30);
	assert_non_null(strstr(line.source, "Seller performance"));
	assert_int_equal(marketplace_rate_line(etsy, when("2026-01-01"), &line), 1);
	assert_int_equal(line.days, 0);
	assert_int_equal(marketplace_rate_line(profiles_find(shipped, "ebay"), when("2026-01-01"), &line), 0);
	assert_int_equal(marketplace_inquiry_unit(etsy, when("2026-01-01")), DESK_UNIT_FIRST);
	assert_int_equal(marketplace_inquiry_unit(etsy, when("2019-01-01")), DESK_UNIT_BURST);
	assert_int_equal(marketplace_inquiry_unit(walmart, when("2026-01-01")), DESK_UNIT_BURST);
}

static void a_thread_is_the_address_without_its_case(void **state)
{
	const struct marketplace *walmart = profiles_find(shipped, "walmart"), *amazon = profiles_find(shipped, "amazon");
	char key[64];

	(void)state;
	assert_int_equal(marketplace_thread_key(amazon, SLICE_LIT("Abc+0A1B2c3d@Marketplace.Amazon.com"), key, sizeof(key)), 0);
	assert_string_equal(key, "abc@marketplace.amazon.com");
	assert_int_equal(marketplace_thread_key(walmart, SLICE_LIT("pc-AB+x@relay.walmart.com."), key, sizeof(key)), 0);
	assert_string_equal(key, "pc-ab+x@relay.walmart.com");
	assert_int_equal(marketplace_thread_key(walmart, SLICE_LIT(HEX32 HEX32 "@relay.walmart.com"), key, sizeof(key)), -1);
}

static void what_a_thread_is_made_of_is_a_dated_value(void **state)
{
	const struct marketplace *ebay = profiles_find(shipped, "ebay"), *amazon = profiles_find(shipped, "amazon");
	struct slice kind;

	(void)state;
	assert_true(marketplace_thread_number(ebay, when("2026-01-01"), 0, &kind));
	assert_true(slice_eq_str(kind, "item"));
	assert_true(marketplace_thread_number(ebay, when("2026-01-01"), 1, &kind));
	assert_true(slice_eq_str(kind, "order"));
	assert_false(marketplace_thread_number(ebay, when("2026-01-01"), 2, &kind));
	assert_false(marketplace_thread_number(ebay, when("2019-01-01"), 0, &kind));
	assert_false(marketplace_thread_number(amazon, when("2026-01-01"), 0, &kind));
}

/* What the plugin "case" and "postern cases" both ask for. */
static void how_often_a_support_is_asked_has_a_common_limit(void **state)
{
	static const char *const names[] = {"case_warn_per_day", "case_hold_per_day", "case_urgent_per_week", "case_reopen_per_week"};
	static const char *const usual[] = {"5", "10", "3", "3"};
	const struct marketplace *ebay = profiles_find(shipped, "ebay"), *amazon = profiles_find(shipped, "amazon");
	const char *source;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(slice_eq_str(marketplace_value(ebay, names[i], when("2026-01-01"), NULL, &source), usual[i]));
	assert_string_equal(source, "our own caution");
	assert_true(slice_eq_str(marketplace_value(amazon, names[1], when("2026-01-01"), NULL, &source), "10"));
	assert_string_not_equal(source, "our own caution");
}

#define BASE "marketplace \"m\" {\n title = \"M\"\n domains = { m.example }\n relay_domains = { r.m.example }\n" \
	" value \"a\" { value = 1 since = \"2020-01-01\" source = \"s\" }\n" \
	" value \"a\" { value = 2 since = \"2021-01-01\" source = \"s\" }\n" \
	" clock \"c\" { hours = 10 since = \"2020-01-01\" source = \"s\" }\n" \
	" kind \"k\" { clock = c labels = { L } }\n}\n"

static void a_site_goes_over_single_values(void **state)
{
	const struct marketplace *market;
	struct tree tree;
	struct diag d = {.text = ""};
	struct profiles *profiles;
	char *dir, *site;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "shipped/marketplaces/m.conf", BASE);
	tree_write(&tree, "site/marketplaces/own.conf", "marketplace \"m\" {\n title = \"Mine\"\n"
	    " value \"a\" { value = 3 since = \"2021-01-01\" source = \"us\" }\n"
	    " value \"b\" { values = { x, y } since = \"2021-01-01\" source = \"us\" }\n"
	    " clock \"c\" { hours = 5 since = \"2022-01-01\" source = \"us\" }\n}\n");
	dir = tree_path(&tree, "shipped");
	site = tree_path(&tree, "site");
	profiles = load(dir, site, &d);
	assert_string_equal(d.text, "");
	assert_int_equal(profiles_count(profiles), 1);
	market = profiles_get(profiles, 0);
	assert_string_equal(marketplace_title(market), "Mine");
	assert_true(slice_eq_str(marketplace_value(market, "a", when("2020-06-01"), NULL, NULL), "1"));
	assert_true(slice_eq_str(marketplace_value(market, "a", when("2026-01-01"), NULL, NULL), "3"));
	assert_true(slice_eq_str(marketplace_value(market, "b", when("2026-01-01"), NULL, NULL), "x,y"));
	assert_int_equal(marketplace_clock(market, "c", when("2021-06-01"))->seconds, 36000);
	assert_int_equal(marketplace_clock(market, "c", when("2026-01-01"))->seconds, 18000);
	profiles_free(&profiles);
	/* A file of the shipped one's name takes its place altogether. */
	tree_write(&tree, "site/marketplaces/m.conf", "marketplace \"n\" { domains = { n.example } }\n");
	tree_write(&tree, "site/marketplaces/own.conf", "");
	profiles = load(dir, site, &d);
	assert_string_equal(d.text, "");
	assert_null(profiles_find(profiles, "m"));
	assert_non_null(profiles_find(profiles, "n"));
	profiles_free(&profiles);
	assert_null(profiles);
	free(dir);
	free(site);
	tree_free(&tree);
}

#define WINDOW_OF(length, since) " window \"w\" { title = T starts = denial length = " length " zone = UTC since = \"" since "\" source = s }\n"

static void a_site_goes_over_windows(void **state)
{
	struct desk_milestone denials[] = {{"denial", "1", when("2021-06-01"), 0, ""}, {"denial", "2", when("2022-06-01"), 0, ""}};
	struct desk_window_state *list;
	const struct desk_window *windows;
	struct profiles *profiles;
	struct diag d = {.text = ""};
	struct tree tree;
	size_t count, found;
	char *dir, *site;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "shipped/marketplaces/m.conf", "marketplace \"m\" { domains = { m.example }\n" WINDOW_OF("30d", "2020-01-01")
	    WINDOW_OF("20d", "2022-01-01") "}\n");
	tree_write(&tree, "site/marketplaces/own.conf", "marketplace \"m\" {\n" WINDOW_OF("10d", "2022-01-01") "}\n");
	dir = tree_path(&tree, "shipped");
	site = tree_path(&tree, "site");
	profiles = load(dir, site, &d);
	assert_string_equal(d.text, "");
	windows = marketplace_windows(profiles_get(profiles, 0), &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(desk_windows(windows, count, &denials[i], 1, when("2023-01-01"), &list, &found), 0);
		assert_int_equal(found, 1);
		assert_int_equal(list[0].closes, denials[i].time + (i == 0 ? 31 : 11) * 86400 - 1);
		free(list);
	}
	profiles_free(&profiles);
	free(dir);
	free(site);
	tree_free(&tree);
}

static const struct {
	const char *text, *message;
} broken[] = {
	{"marketplace \"m\" { }", "marketplaces/x.conf:1: marketplace \"m\" has neither domains nor relay_domains"},
	{"", "no marketplace is described: looked for .conf files in marketplaces/ of "},
	{"marketplace \"m\" { domains = { a.b } value \"a\" { value = 1 } }",
	    "marketplaces/x.conf:1: 'since' is missing in value \"a\"\nmarketplaces/x.conf:1: 'source' is missing in value \"a\""},
	{"marketplace \"m\" { domains = { a.b }\n support s { pattern = '(' channel = c since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:2: pattern: expression '(': missing closing parenthesis at character 2"},
	{"marketplace \"m\" { domains = { a.b }\n support s { pattern = x } }",
	    "marketplaces/x.conf:2: 'since' is missing in support \"s\"\nmarketplaces/x.conf:2: 'source' is missing in support \"s\""},
	{"marketplace \"m\" { domains = { a.b }\n value \"a\" { value = 1 values = { 2 } since = \"2020-01-01\" source = s } }",
	    "marketplaces/x.conf:2: value \"a\" needs either 'value' or 'values'"},
	{"marketplace \"m\" { domains = { a.b }\n value \"a\" { value = 1 since = \"2020-13-01\" source = s } }",
	    "marketplaces/x.conf:2: since = \"2020-13-01\": expected a date (2022-03-18)"},
	{"marketplace \"m\" { domains = { a.b }\n value a { value = 1 since = 2020-01-01 source = s }\n"
	    " value a { value = 2 since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:3: value \"a\" since 2020-01-01 was given in line 2 already"},
	{"marketplace \"m\" { domains = { a.b } clock c { kind = buisness hours = 2 since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:1: kind = \"buisness\": expected wall, business, weekend or office, did you mean 'business'?"},
	{"marketplace \"m\" { domains = { a.b }\n frame \"f\" { source = s } }",
	    "marketplaces/x.conf:2: frame \"f\" needs 'begin', 'end' or both"},
	{"marketplace \"m\" { domains = { a.b } kind k { failed = maybe } }",
	    "marketplaces/x.conf:1: failed = \"maybe\": expected bounce or rejection"},
	{"marketplace \"m\" { domains = { a.b } kind k { milestone \"denial\" { term = 'x' } } }",
	    "marketplaces/x.conf:1: 'subject' is missing in milestone \"denial\""},
	{"marketplace \"m\" { domains = { a.b } kind k { subject = x\n milestone \"denail\" { subject = { po } } } }",
	    "marketplaces/x.conf:2: kind \"k\": milestone \"denail\" is none, did you mean \"denial\"?"},
	{"marketplace \"m\" { domains = { a.b } kind k { subject = x\n milestone \"reimbursed\" { subject = { po } } } }",
	    "marketplaces/x.conf:2: kind \"k\": milestone \"reimbursed\" is none; they are listed in postern.conf(5)"},
	{"marketplace \"m\" { domains = { a.b } value inquiry_unit { value = burts since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:1: value \"inquiry_unit\" of marketplace \"m\" is 'burts', expected burst, message or first"},
	{"marketplace \"m\" { domains = { a.b } value return_window_days { value = 0 since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:1: value \"return_window_days\" of marketplace \"m\" is '0', expected a number of days from 1 to 366"},
	{"common { value thread_by { value = alias since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:1: value \"thread_by\" belongs to a marketplace: only values of cases (\"case_...\") are common"},
	{"common { kind k { clock = c } } marketplace \"m\" { domains = { a.b } }",
	    "marketplaces/x.conf:1: kind \"k\": only a marketplace's kinds have a clock"},
	{"marketplace \"m\" { domains = { a.b } clock c { hours = 0 since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:1: hours = \"0\": out of range, 1 to 8784 are allowed"},
	{"marketplace \"m\" { domains = { a.b } clock inquiry { hours = 2 since = 2020-01-01 source = s }\n"
	    " kind k { clock = inqiry } kind j { clock = inquiry } }",
	    "marketplaces/x.conf:2: kind \"k\": marketplace \"m\" has no clock \"inqiry\", did you mean \"inquiry\"?"},
	{"marketplace \"m\" { domains = { a.b } clock inquiry { hours = 2 since = 2020-01-01 source = s }\n"
	    " clock inqiry { hours = 1 since = 2021-01-01 source = s } kind j { clock = inquiry } }",
	    "marketplaces/x.conf:2: clock \"inqiry\" is started by no kind of mail, did you mean \"inquiry\"?"},
	{"marketplace \"m\" { domains = { A.b, \"*.b\" } }",
	    "marketplaces/x.conf:1: domains: 'A.b' is no domain (small letters, whole, without '@' or '*')\n"
	    "marketplaces/x.conf:1: domains: '*.b' is no domain (small letters, whole, without '@' or '*')"},
	{"marketplace \"m\" { domains = { a.b } }\nmarketplace \"n\" { domains = { a.b } }",
	    "marketplaces/x.conf:2: domain 'a.b' belongs to marketplace \"m\" already"},
	{"marketplace \"m\" { domains = { a.b } kind k { labels = { \"a b\" } } }",
	    "marketplaces/x.conf:1: label 'a b': letters, digits and '-' only"},
	{"marketplace \"m\" { domains = { a.b } kindd k { } }",
	    "marketplaces/x.conf:1: unknown section 'kindd' in marketplace \"m\", did you mean 'kind'?"},
	{"marketplace \"m\" { domains = { a.b }\n value auto_reply_counts { value = perhaps since = 2020-01-01 source = s } }",
	    "marketplaces/x.conf:2: value \"auto_reply_counts\" of marketplace \"m\" is 'perhaps', expected yes or no"},
};

#define MARKET(text) "marketplace \"m\" { domains = { a.b }\n " text " }"
#define CLOCK(text) MARKET("clock c { " text " since = 2020-01-01 source = s } kind k { clock = c }")
#define WINDOW(text) MARKET("window w { " text " since = 2020-01-01 source = s }")

static const struct {
	const char *text, *message;
} broken_desk[] = {
	{CLOCK("kind = { wall, business }"),
	    "marketplaces/x.conf:2: 'kind' takes one value, not 2\n"
	    "marketplaces/x.conf:2: 'hours' is missing in clock \"c\""},
	{CLOCK("kind = business hours = 2 zone = UTC"),
	    "marketplaces/x.conf:2: unknown key 'hours' in clock \"c\"\n"
	    "marketplaces/x.conf:2: 'days' is missing in clock \"c\""},
	{CLOCK("kind = business days = 0 zone = UTC"),
	    "marketplaces/x.conf:2: days = \"0\": out of range, 1 to 366 are allowed"},
	{CLOCK("kind = business days = 3 zone = Amrica/New_York"),
	    "marketplaces/x.conf:2: zone: there is no time zone 'Amrica/New_York', did you mean 'America/New_York'?"},
	{CLOCK("kind = business days = 3 zone = UTC until = midnight"),
	    "marketplaces/x.conf:2: until = \"midnight\": expected same-time or end-of-day"},
	{CLOCK("kind = business days = 3 zone = UTC\n holidays = { 2026-12-25, 2026-13-01, 2026-12-25T00:00:00Z }"),
	    "marketplaces/x.conf:3: holidays: '2026-13-01' is no date (2026-12-25)\n"
	    "marketplaces/x.conf:3: holidays: '2026-12-25T00:00:00Z' is no date (2026-12-25)"},
	{CLOCK("kind = weekend hours = 24 zone = UTC resumes = Mon"),
	    "marketplaces/x.conf:2: resumes = \"Mon\": expected a day and a time (Mon 12:00)"},
	{CLOCK("kind = weekend hours = 24 zone = UTC resumes = \"Sun 12:00\""),
	    "marketplaces/x.conf:2: resumes = \"Sun 12:00\" is in the weekend: expected a day from Mon to Fri"},
	{CLOCK("kind = weekend hours = 24 zone = UTC resumes = \"Mon 12:60\""),
	    "marketplaces/x.conf:2: resumes = \"Mon 12:60\": expected a day and a time (Mon 12:00)"},
	{CLOCK("kind = office hours = 12 zone = UTC opens = 9:00 closes = 18:00"),
	    "marketplaces/x.conf:2: opens = \"9:00\": expected a time of day (09:00)"},
	{CLOCK("kind = office hours = 12 zone = UTC opens = 09:00 closes = 24:30"),
	    "marketplaces/x.conf:2: closes = \"24:30\": expected a time of day (09:00)"},
	{CLOCK("kind = office hours = 12 zone = UTC opens = 18:00 closes = 02:00"),
	    "marketplaces/x.conf:2: closes = \"02:00\" is not an hour after opens: a clock through midnight can't be told"},
	{CLOCK("kind = office hours = 12 zone = UTC opens = 09:00 closes = 18:00 days = { mon, tues }"),
	    "marketplaces/x.conf:2: days: 'tues' is no day of the week: sun, mon, tue, wed, thu, fri, sat"},
	{CLOCK("kind = office hours = 12 zone = UTC opens = 09:00 closes = 18:00 days = { }"),
	    "marketplaces/x.conf:2: days: no day is named, so nothing would ever be due"},
	{CLOCK("hours = 2 zone = UTC"),
	    "marketplaces/x.conf:2: unknown key 'zone' in clock \"c\""},
	{WINDOW("starts = denial length = 30d zone = UTC"),
	    "marketplaces/x.conf:2: 'title' is missing in window \"w\""},
	{WINDOW("title = T starts = denail length = 30d zone = UTC"),
	    "marketplaces/x.conf:2: starts = \"denail\" is no milestone, did you mean \"denial\"?"},
	{WINDOW("title = T starts = denial ends = something-else length = 30d zone = UTC"),
	    "marketplaces/x.conf:2: ends = \"something-else\" is no milestone; they are listed in postern.conf(5)"},
	{WINDOW("title = T starts = denial length = 30 zone = UTC"),
	    "marketplaces/x.conf:2: length: '30' is no number of days or hours (30d, 48h)"},
	{WINDOW("title = T starts = denial length = 99999d zone = UTC"),
	    "marketplaces/x.conf:2: length: '99999d' is no number of days or hours (30d, 48h)"},
	{WINDOW("title = T starts = denial opens = 10d length = 240h zone = UTC"),
	    "marketplaces/x.conf:2: window \"w\" closes before it opens: both opens and length count from the milestone"},
	{WINDOW("title = T starts = denial length = 30d zone = Utc"),
	    "marketplaces/x.conf:2: zone: there is no time zone 'Utc': expected a name as America/Los_Angeles"},
	{WINDOW("title = T starts = denial length = 30d zone = UTC warn = { 7d, soon }"),
	    "marketplaces/x.conf:2: warn: 'soon' is no number of days or hours (30d, 48h)"},
	{WINDOW("title = T starts = denial length = 30d zone = UTC warn = { 1d, 2d, 3d, 4d, 5d, 6d, 7d, 8d, 9d }"),
	    "marketplaces/x.conf:2: warn: at most 8 warnings"},
	{MARKET("window w { title = T starts = denial length = 30d zone = UTC since = 2020-01-01 source = s }\n window w { title = T starts = denial length = 31d zone = UTC since = 2020-01-01 source = s }"),
	    "marketplaces/x.conf:3: window \"w\" since 2020-01-01 was given in line 2 already"},
	{MARKET("value thread_by { values = { alias, itme } since = 2020-01-01 source = s } id item { pattern = x source = s }"),
	    "marketplaces/x.conf:2: value \"thread_by\" of marketplace \"m\" is 'alias,itme', expected alias, then names of the "
	    "marketplace's own id sections"},
	{MARKET("value thread_by { value = item since = 2020-01-01 source = s } id item { pattern = x source = s }"),
	    "marketplaces/x.conf:2: value \"thread_by\" of marketplace \"m\" is 'item', expected alias, then names of the "
	    "marketplace's own id sections"},
	{MARKET("value reply_id { value = reference since = 2020-01-01 source = s }"),
	    "marketplaces/x.conf:2: value \"reply_id\" of marketplace \"m\" is 'reference', expected the name of one of the "
	    "marketplace's own id sections"},
	{MARKET("value inquiry_unit { value = brust since = 2020-01-01 source = s }"),
	    "marketplaces/x.conf:2: value \"inquiry_unit\" of marketplace \"m\" is 'brust', expected burst, message or first"},
	{MARKET("value response_rate_percent { value = 101 since = 2020-01-01 source = s }"),
	    "marketplaces/x.conf:2: value \"response_rate_percent\" of marketplace \"m\" is '101', expected a number from 1 to 100"},
	{MARKET("value response_rate_days { value = never since = 2020-01-01 source = s }"),
	    "marketplaces/x.conf:2: value \"response_rate_days\" of marketplace \"m\" is 'never', expected a number of days from 1 to 366"},
};

static void broken_profiles_are_explained(void **state)
{
	struct tree tree;
	char *dir;

	(void)state;
	tree_new(&tree);
	dir = tree_path(&tree, "");
	dir[strlen(dir) - 1] = '\0';
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct diag d = {.text = ""};

		tree_write(&tree, "marketplaces/x.conf", broken[i].text);
		assert_null(load(dir, NULL, &d));
		tree_strip(&tree, d.text);
		assert_string_equal(d.text, broken[i].message);
	}
	for (size_t i = 0; i < sizeof(broken_desk) / sizeof(broken_desk[0]); i++) {
		struct diag d = {.text = ""};

		tree_write(&tree, "marketplaces/x.conf", broken_desk[i].text);
		assert_null(load(dir, NULL, &d));
		tree_strip(&tree, d.text);
		assert_string_equal(d.text, broken_desk[i].message);
	}
	/* The reason of a pattern is the library's. */
	struct diag d = {.text = ""};
	tree_write(&tree, "marketplaces/x.conf", "marketplace m { domains = { a.b }\n relay r { pattern = '(' } }");
	assert_null(load(dir, NULL, &d));
	tree_strip(&tree, d.text);
	assert_int_equal(strncmp(d.text, "marketplaces/x.conf:2: pattern: ", 32), 0);
	free(dir);
	tree_free(&tree);
}

static void rules_name_marketplaces_that_exist(void **state)
{
	static char rule_name[] = "r", file[] = "f", good[] = "walmart", bad[] = "walmrt";
	char *markets[] = {good, bad, NULL};
	struct rule rule = {.name = rule_name, .marketplaces = markets, .conf = {.file = file, .line = 3}};
	const struct rules rules = {&rule, 1};
	struct diag d = {.text = ""};

	(void)state;
	assert_int_equal(rules_check_marketplaces(&rules, shipped, &d), -1);
	assert_string_equal(d.text, "f:3: rule \"r\": there is no marketplace \"walmrt\", did you mean \"walmart\"?");
	markets[1] = NULL;
	assert_int_equal(rules_check_marketplaces(&rules, shipped, &d), 0);
}

static int load_shipped(void **state)
{
	const char *srcdir = SRCDIR;
	struct diag d = {.text = ""};

	(void)state;
	message_init();
	shipped = load(srcdir, NULL, &d);
	if (shipped == NULL)
		fprintf(stderr, "%s\n", d.text);
	return shipped != NULL ? 0 : -1;
}

static int free_shipped(void **state)
{
	(void)state;
	profiles_free(&shipped);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supports_are_known),
		cmocka_unit_test(only_whole_domains_match),
		cmocka_unit_test(inbound_mail_is_recognised),
		cmocka_unit_test(numbers_are_no_telephone_numbers),
		cmocka_unit_test(what_customers_say_is_known),
		cmocka_unit_test(values_hold_from_their_day_on),
		cmocka_unit_test(shipped_clocks_are_counted),
		cmocka_unit_test(shipped_holidays_are_weekdays),
		cmocka_unit_test(shipped_windows_close),
		cmocka_unit_test(days_of_returns_are_dated),
		cmocka_unit_test(a_subject_is_reckoned_by_its_marketplace),
		cmocka_unit_test(limits_of_cases_are_dated),
		cmocka_unit_test(rate_lines_and_units_are_dated),
		cmocka_unit_test(a_thread_is_the_address_without_its_case),
		cmocka_unit_test(what_a_thread_is_made_of_is_a_dated_value),
		cmocka_unit_test(how_often_a_support_is_asked_has_a_common_limit),
		cmocka_unit_test(a_site_goes_over_windows),
		cmocka_unit_test(a_site_goes_over_single_values),
		cmocka_unit_test(rules_name_marketplaces_that_exist),
		cmocka_unit_test(broken_profiles_are_explained),
	};

	return cmocka_run_group_tests(tests, load_shipped, free_shipped);
}
