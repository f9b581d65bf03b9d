/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "attachment": names, types by content, what files carry, size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

static const char *const bad_names[] = {
	"20%_OFF_coupon_visit_bestgadgets_shop.pdf", "visit-www.bestgadgets.shop.pdf", "Spring-Catalog-2024.pdf",
	"our_product_catalogue.pdf", "bestgadgets.com.jpg", "whatsapp_+8613800138000.jpg", "add-wechat-gadgetvip88.png",
	"call_us_at_626-555-0147.pdf", "leave_us_a_5_star_review.png", "Free-Gift-For-Review.pdf", "new_arrivals.pdf",
	"Black Friday deals.jpg", "follow-us-on-instagram.png", "best.deals.ever.pdf", "SAVE 20% now.pdf",
	"sales@bestgadgets.shop.pdf", "Wholesale price list.xlsx", "summer_sale_30%off.png", "https://evil.shop.pdf",
	"优惠券.jpg", "加微信gadget88.png", "visit our store.pdf", "Coupon_15%_off_next_order.pdf", "cashback card.png",
	"contact us directly.txt", "business card.jpg", "Join our VIP group.png", "Buy 2 get 1 free.pdf", "shop-now.gif",
	"Company_brochure.pdf", "Newsletter-May-2024.pdf", "voucher code SAVE10 10% off.pdf", "telegram gadget2024.png",
	"products_you_may_also_like.pdf", "好评返现.jpg", "bestgadgets dot com.pdf", "refer a friend.pdf",
	/* a second batch, written without a look at the list */
	"autumn_offers_2024.pdf", "Our-bestsellers.pdf", "deals4you.png", "10percentoff.pdf", "discount-for-you.pdf",
	"promo_code_THANKYOU15.png", "check_out_our_amazon_storefront.pdf", "wa.me-8613800138000.png",
	"scan_to_join_whatsapp_group.jpg", "amazon gift card for 5 stars.jpg", "review us and win.pdf", "contact_wechat_lisa88.jpg",
	"exclusive-offer.pdf", "support@gadgets.example.com.txt", "Tel 0086 755 8888 1234.pdf", "extended warranty offer 50% off.pdf",
	"product line up 2025.pdf", "seller website gadgets-direct.co.pdf", "thank you card with coupon code.pdf",
	"register for vip benefits.pdf", "Clearance list.xlsx", "catalogo_2024.pdf", "Sonderangebote.pdf", "scan me for rewards.png",
	/* a third batch, likewise */
	"Holiday_Gift_Guide_2024.pdf", "special price for you.jpg", "gadgetworld-official-store.png", "ig_gadgetworld.png",
	"get your bonus.pdf", "EXTRA-10-OFF.png", "how_to_get_free_earbuds.pdf", "gadgetworld.io.pdf", "contact details of our office.pdf",
	"Email_us_for_refund_gift.pdf", "facebook page gadgetworld.jpg", "thanksgiving sale.gif", "customer reviews reward program.pdf",
	"product_flyer_EN.pdf", "www-gadgetworld-com.pdf", "line_id_gadget88.png", "Paypal me instead.pdf", "50off.png",
	"our new models.pdf", "amazon_store_link.txt",
	NULL,
};

static const char *const good_names[] = {
	"", "invoice.pdf", "Invoice_114-5652017-6650426.pdf", "IMG_20240501_102233.jpg", "DSC00123.JPG", "image001.png",
	"WhatsApp Image 2024-05-01 at 10.22.33.jpeg", "WeChat_Image_20240501102233.jpg", "微信图片_20240501102233.jpg",
	"mmexport1714530000000.jpg", "Screenshot 2024-05-01 at 10.22.33.png", "Return_Label_1Z999AA10123456784.pdf",
	"User-Manual-EN-v2.0.pdf", "warranty card.pdf", "manual.docx", "logo.png", "smime.p7s", "signature.asc",
	"Coupon not applied screenshot.png", "20% off not working.png", "free_replacement_label.pdf", "label (1).pdf",
	"walmart.com order 2000123.pdf", "Assembly.instructions.rev.B.pdf", "packing_slip_2000123-456.pdf",
	"5551234567.pdf", "2024-05-01_14-22-10.png", "Proof of delivery.pdf", "FedEx tracking 123456789012.png",
	"Size chart.jpg", "Refund proof - voucher.png", "serial number photo.jpg", "CamScanner 05-01-2024.pdf",
	"iPhone 15 case photo.jpg", "Telephone cable instructions.pdf", "USB-C.to.HDMI.pdf", "invoice no. 4711.pdf",
	"Rechnung 2024-0815.pdf", "factura.pdf", "发票.pdf", "說明書.pdf", "promo item missing.jpg", "line drawing 4421.pdf",
	"signal light installation.pdf", "tempered glass 10% tint.png", "Battery 100%.jpg", "store receipt.pdf",
	"text message screenshot.png", "qq20240501-102233.png", "Outlook-4711abcd.png", "ATT00001.txt", "noname",
	"Case 4711 - delivery photo.heic", "warehouse check.xlsx", "RMA form.pdf", "damage report.docx",
	"repair-guide_final_v3.pdf", "carton dimensions 40x30x20.jpg", "order_200012345678901_invoice.pdf", "UPS label.gif",
	"photo from customer.jpg", "IMG-20240501-WA0007.jpg", "Signal-2024-05-01-102233.jpg", "telegram-cloud-photo-size-2-5.jpg",
	"line_1714530000.jpg", "replacement part list.xlsx", "wiring diagram.png", "MSDS battery.pdf", "CE certificate.pdf",
	"certificate_of_conformity.pdf", "return address.txt", "Shipment details.csv", "discounted invoice 4711.pdf",
	"price difference refund.pdf", "sale receipt walmart.jpg", "contact lens case photo.jpg", "call button installation.pdf",
	"text.txt", "cover letter.docx", "Snipaste_2024-05-01_10-22-33.png", "QQ截图20240501.png", "image (3).jpeg", "unnamed.png",
	"ReturnAuthorization.pdf", "Amazon.com - Order 114-5652017-6650426.pdf", "gift receipt.pdf", "card reader manual.pdf",
	"customs clearance.pdf", "fishing net.jpg", "pet shop sign photo.jpg", "store shelf photo.jpg", "Case study report.pdf",
	"tracking page.png", "gift box dimensions.png", "vip seat cover installation.pdf", "scan0001.pdf", "Scan_2024-05-01.pdf",
	"scan of label.pdf", "order confirmation 114-5652017-6650426.pdf", "parts list model 3.pdf", "Amazon invoice.pdf",
	"power bank specification.pdf", "product photo front.jpg", "product list order 4711.xlsx", "missing item - deal pack.jpg",
	"collection receipt UPS.pdf", "pickup collection slip.pdf", "bonus part instructions.pdf", "delivery note.pdf",
	"how to pair the earbuds.pdf", "install video link.txt", "email from customer.pdf", "phone holder 360 manual.pdf",
	"mobile stand v2 instructions.pdf", "call log screenshot.png", "tel aviv customs form.pdf", "exchange form.pdf",
	"proof of purchase.pdf", "safety data sheet.pdf", "shop drawing 4471.pdf", "rewards label mismatch.jpg",
	NULL,
};

static struct fake_result with_name(const struct fake_rule *rule, const char *name)
{
	struct fake_message m = {.direction = POSTERN_OUTBOUND, .allow_domains = "walmart.com,amazon.com",
	    .files = {{name, "application/octet-stream", "x", 0}}, .facts = {{"type", "png", 0}}};
	const char *dot = strrchr(name, '.');

	if (dot != NULL && strcmp(dot, ".pdf") == 0)
		m.facts[0].value = "pdf";
	else if (dot != NULL && (strcmp(dot, ".docx") == 0 || strcmp(dot, ".xlsx") == 0))
		m.facts[0].value = dot + 1;
	else if (dot != NULL && (strcmp(dot, ".txt") == 0 || strcmp(dot, ".csv") == 0))
		m.facts[0].value = "text";
	return fake_check(rule, &m);
}

static int names_wrong(const struct fake_rule *rule, const char *const *names, bool wanted)
{
	int wrong = 0;

	for (size_t i = 0; names[i] != NULL; i++) {
		struct fake_result result = with_name(rule, names[i]);

		if (result.status == POSTERN_OK && (result.findings > 0) == wanted)
			continue;
		wrong++;
		fprintf(stderr, "%s: %s (%s)\n", wanted ? "not found" : "false alarm", names[i], result.evidence);
	}
	return wrong;
}

static void names_are_judged(void **state)
{
	assert_int_equal(names_wrong(*state, bad_names, true), 0);
	assert_int_equal(names_wrong(*state, good_names, false), 0);
}

static const struct {
	const char *name, *type, *fact, *value;
	bool found;
} rows[] = {
	{"a.pdf", "pdf", NULL, NULL, false}, {"a.docx", "docx", NULL, NULL, false}, {"a.doc", "rtf", NULL, NULL, false},
	{"photo.jpg", "png", NULL, NULL, false}, {"a.heic", "jpeg", NULL, NULL, false}, {"readme", "text", NULL, NULL, false},
	{"smime.p7s", "pkcs7-signature", NULL, NULL, false}, {"invite.ics", "calendar", NULL, NULL, false},
	{"a.pdf", "pdf", "fact", "no-text", false}, {"a.docx", "docx", "member", "docx word/embeddings/a.docx", false},
	{"a.csv", "text", NULL, NULL, false}, {"a.jpg", "jpeg", "fact", "image-unread", false},
	{"a.exe", "exe", NULL, NULL, true}, {"a.pdf", "exe", NULL, NULL, true}, {"a.pdf.exe", "pdf", NULL, NULL, true},
	{"a.pdf      .SCR ", "text", NULL, NULL, true}, {"a.js", "text", NULL, NULL, true}, {"a.html", "html", NULL, NULL, true},
	{"a.zip", "zip", NULL, NULL, true}, {"a.doc", "ole", NULL, NULL, true}, {"me.vcf", "vcard", NULL, NULL, true},
	{"winmail.dat", "tnef", NULL, NULL, true}, {"a.pdf", "png", NULL, NULL, true}, {"a.jpg", "pdf", NULL, NULL, true},
	{"a.txt", "docx", NULL, NULL, true}, {"a.docm", "docx", NULL, NULL, true}, {"a.mp4", "video", NULL, NULL, true},
	{"a.docx", "docx", "fact", "macros", true}, {"a.pdf", "pdf", "fact", "encrypted", true},
	{"a.pdf", "pdf", "fact", "launch", true}, {"a.docx", "docx", "fact", "damaged", true},
	{"a.docx", "docx", "member", "exe word/embeddings/x.bin", true}, {"a.pdf", "pdf", "member", "text run.js", true},
	{"a.bin", "unknown", NULL, NULL, true}, {"a.p7m", "pkcs7", NULL, NULL, true}, {"a.svg", "svg", NULL, NULL, true},
	{"x\xe2\x80\xaegpj.exe", "png", NULL, NULL, true}, {"x\xe2\x80\xae" "fdp.txt", "text", NULL, NULL, true},
	{"a\x01.pdf", "pdf", NULL, NULL, true}, {"a.lnk", "lnk", NULL, NULL, true}, {"shop.url", "url", NULL, NULL, true},
};

static void types_and_facts_are_judged(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message m = {.files = {{rows[i].name, NULL, "x", 0}},
		    .facts = {{"type", rows[i].type, 0}, {rows[i].fact, rows[i].value, 0}}};
		struct fake_result result = fake_check(*state, &m);

		if (result.status == POSTERN_OK && (result.findings > 0) == rows[i].found)
			continue;
		wrong++;
		fprintf(stderr, "%s, %s, %s: %s\n", rows[i].name, rows[i].type, rows[i].value != NULL ? rows[i].value : "-",
		    result.evidence);
	}
	assert_int_equal(wrong, 0);
}

static void several_files_keep_their_facts_apart(void **state)
{
	struct fake_message m = {.files = {{"a.pdf", NULL, "x", 0}, {"b.jpg", NULL, "y", 0}},
	    .facts = {{"type", "pdf", 0}, {"type", "jpeg", 1}, {"member", "text notes.txt", 1}}};

	assert_int_equal(fake_check(*state, &m).findings, 0);
	m.facts[1].value = "exe";
	assert_int_equal(fake_check(*state, &m).findings, 1);
	m.facts[1].name = NULL; /* nothing is known of the second */
	assert_int_equal(fake_check(*state, &m).findings, 1);
}

static void archives_can_be_allowed(void **state)
{
	struct fake_option options[] = {{"allow_archives", "yes"}, {NULL, NULL}};
	struct fake_message m = {.files = {{"photos.zip", NULL, "x", 0}},
	    .facts = {{"type", "zip", 0}, {"member", "jpeg a/1.jpg", 0}, {"member", "png 2.png", 0}}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);

	(void)state;
	assert_int_equal(fake_check(rule, &m).findings, 0);
	m.facts[2].value = "exe 2.png";
	assert_int_equal(fake_check(rule, &m).findings, 1);
	m.facts[2].value = "html page.html";
	assert_int_equal(fake_check(rule, &m).findings, 1);
	m.facts[2].value = "encrypted 2.png";
	assert_int_equal(fake_check(rule, &m).findings, 0); /* the fact "encrypted" comes along */
	fake_close(&rule);
}

static void sizes_come_from_the_profile(void **state)
{
	static const char content[3000];
	struct fake_message m = {.values = {{"attachment_bytes", "4k"}}, .facts = {{"type", "pdf", 0}, {"type", "pdf", 1}},
	    .files = {{"a.pdf", NULL, content, sizeof(content)}, {"b.pdf", NULL, content, 1000}}};
	struct fake_result result;

	assert_int_equal(fake_check(*state, &m).findings, 0);
	m.files[1].size = 1097;
	result = fake_check(*state, &m);
	assert_int_equal(result.findings, 1);
	assert_string_equal(result.evidence, "4097 bytes of at most 4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_judged),
		cmocka_unit_test(types_and_facts_are_judged),
		cmocka_unit_test(several_files_keep_their_facts_apart),
		cmocka_unit_test(archives_can_be_allowed),
		cmocka_unit_test(sizes_come_from_the_profile),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
