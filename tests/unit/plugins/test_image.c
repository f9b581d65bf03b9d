/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "image": remote images, tracking pixels, addresses in alternative texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

static const struct {
	struct fake_image image;
	bool tracks, found; /* by a rule that only looks for tracking; by one that looks for all */
} rows[] = {
	{{"https://x.example/a.gif", "x.example", "", 1, 1, 0}, true, true},
	{{"https://x.example/a.gif", "x.example", "", 0, 0, 0}, true, true},
	{{"https://x.example/a.gif", "x.example", "", -1, 1, 0}, true, true},
	{{"https://www.walmart.com/a.gif", "www.walmart.com", "", 1, 1, 0}, true, true},
	{{"https://x.example/logo.png", "x.example", "", 200, 80, 1}, true, true},
	{{"https://x.example/open/abc123", "x.example", "", -1, -1, 0}, true, true},
	{{"https://track.crm.example/i?k=1", "track.crm.example", "", -1, -1, 0}, true, true},
	{{"https://x.example/wf/open?upn=1", "x.example", "", -1, -1, 0}, true, true},
	{{"https://x.example/img.gif?uid=77", "x.example", "", -1, -1, 0}, true, true},
	{{"https://x.example/pixel.png", "x.example", "", -1, -1, 0}, true, true},
	{{"https://www.google-analytics.com/collect?v=1", "www.google-analytics.com", "", -1, -1, 0}, true, true},
	{{"https://x.list-manage.com/a/b.gif", "x.list-manage.com", "", -1, -1, 0}, true, true},
	{{"https://x.example/banner.png", "x.example", "", 600, 200, 0}, false, true},
	{{"http://x.example/logo.png", "x.example", "logo", 100, 40, 0}, false, true},
	{{"data:image/png;base64,iVBORw0KGgo=", NULL, "", 20, 20, 0}, false, true},
	{{"cid:logo@x", NULL, "www.bestgadgets.shop", 100, 40, 0}, false, true},
	{{"cid:logo@x", NULL, "Visit bestgadgets.shop today", 100, 40, 0}, false, true},
	{{"cid:logo@x", NULL, "Best Gadgets", 100, 40, 0}, false, false},
	{{"cid:logo@x", NULL, "", 1, 1, 0}, false, false},
	{{"cid:photo", NULL, "image001.png", -1, -1, 0}, false, false},
	{{"cid:photo", NULL, "photo of part no. 4711.22", -1, -1, 1}, false, false},
	{{"https://i5.walmartimages.com/seo/x.jpeg", "i5.walmartimages.com", "lamp", 300, 300, 0}, false, false},
	{{"https://www.walmart.com/logo.svg", "www.walmart.com", "www.walmart.com", 100, 40, 0}, false, false},
	{{"image001.png", NULL, "", -1, -1, 0}, false, false},
};

static void images_are_judged(void **state)
{
	struct fake_option only[] = {{"find", "tracking"}, {NULL, NULL}};
	struct fake_rule *tracking = fake_open(&postern_plugin, only);
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message m = {.allow_domains = "walmart.com,walmartimages.com", .images = {rows[i].image}};

		if ((fake_check(tracking, &m).findings > 0) == rows[i].tracks && (fake_check(*state, &m).findings > 0) == rows[i].found)
			continue;
		fprintf(stderr, "wrong: %s \"%s\"\n", rows[i].image.source, rows[i].image.alt);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	fake_close(&tracking);
}

static void some_remote_images_can_be_allowed(void **state)
{
	struct fake_option two[] = {{"max_remote", "2"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, two);
	struct fake_message m = {.images = {{"https://x.example/1.png", "x.example", "", 90, 90, 0},
	    {"https://x.example/2.png", "x.example", "", 90, 90, 0}}};

	(void)state;
	assert_int_equal(fake_check(rule, &m).findings, 0);
	m.images[2] = m.images[0];
	assert_int_equal(fake_check(rule, &m).findings, 1);
	fake_close(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_judged),
		cmocka_unit_test(some_remote_images_can_be_allowed),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
