/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "qr": what codes may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

static const char *const bad[] = {
	"https://bestgadgets.shop/coupon", "HTTP://BESTGADGETS.SHOP", "https://walmart.com@evil.shop/", "https://evil.shop\\@walmart.com/",
	"https://walmart.com.evil.shop/x", "https://www.walmart.com/redirect?u=https://evil.shop", "https://wa.me/8613800138000",
	"https://www.walmart.com/r?u=https%3A%2F%2Fevil.shop", "tel:+16265550147", "SMSTO:+16265550147:Hi", "mailto:sales@gadgets.shop",
	"BEGIN:VCARD\nFN:Lisa\nTEL:+8613800138000\nEND:VCARD", "MECARD:N:Lisa;TEL:13800138000;;", "weixin://dl/business/?t=x",
	"https://u.wechat.com/abc", "wxp://f2f0abc", "WhatsApp: +86 138 0013 8000", "www.bestgadgets.shop", "bestgadgets.shop/warranty",
	"lisa@gadgets.shop", "http://xn--wlmart-8nf.com/", "https://wаlmart.com/", "t.me/gadgets", "http://192.0.2.7/x", "+86 138 0013 8000",
	"WeChat ID: gadget88", "加微信 gadget88", "https://", "upi://pay?pa=x@y", "00020101021229300012D156000000000510A93FO3230Q",
	"Scan for 20% off: https://evil.shop", "line:ti/p/@gadget", "javascript:alert(1)", "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
	NULL,
};

static const char *const good[] = {
	"https://www.walmart.com/returns", "https://walmart.com:443/orders?id=1", "http://walmart.com", "1Z999AA10123456784",
	"9400111899223197428490", "420900019400111899223197428490", "SN:AX-4711-2024", "LOT 240501 EXP 2027-05", "0123456789012",
	"WIFI:T:WPA;S:HomeCam;P:secret;;", "DEVICE-4711-ABCD", "200012345678901", "FBA15XYZ123U000001", "{\"sn\":\"A4711\",\"m\":\"X2\"}",
	"Model X2 rev. B", "114-5652017-6650426", "^XA^FO50,50", "ABCDEFGH", "(01)09521234543213(17)270501", "Return 4711", "",
	"MT:Y.K9042C00KA0648G00", "X-HM://0023ISYWYABCD", "12345678901234567890123456789012345678901234567890",
	NULL,
};

static struct fake_result with_code(const struct fake_rule *rule, const char *text)
{
	struct fake_message m = {.direction = POSTERN_OUTBOUND, .allow_domains = "walmart.com",
	    .files = {{"x.png", "image/png", "x", 0}}, .facts = {{"type", "png", 0}, {"code", text, 0}}};

	return fake_check(rule, &m);
}

static void codes_are_judged(void **state)
{
	int wrong = 0;

	for (int found = 0; found < 2; found++) {
		for (const char *const *text = found ? bad : good; *text != NULL; text++) {
			struct fake_result result = with_code(*state, *text);

			if (result.status == POSTERN_OK && (result.findings > 0) == (found == 1))
				continue;
			fprintf(stderr, "%s: %s\n", found ? "not found" : "false alarm", *text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void options_hold(void **state)
{
	struct fake_option options[] = {{"allow_domains", "maker.example"}, {"check_unread", "yes"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);
	struct fake_message m = {.files = {{"x.png", "image/png", "x", 0}},
	    .facts = {{"type", "png", 0}, {"fact", "image-unread", 0}}};

	assert_int_equal(with_code(rule, "https://help.maker.example/x2").findings, 0);
	assert_int_equal(with_code(*state, "https://help.maker.example/x2").findings, 1);
	assert_int_equal(fake_check(rule, &m).findings, 1);
	assert_int_equal(fake_check(*state, &m).findings, 0);
	fake_close(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_judged),
		cmocka_unit_test(options_hold),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
