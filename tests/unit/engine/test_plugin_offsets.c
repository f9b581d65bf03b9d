/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plugin interface in numbers: sizes, offsets and constants against a
 * golden file. A plugin that was built last year relies on each of them, so a
 * difference needs a new version: raise POSTERN_ABI_MINOR for a member added at
 * the end, else POSTERN_ABI_MAJOR, and write the new golden file with
 *     plugin_offsets --write FILE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"
#include "postern/plugin.h"

struct row {
	const char *name;
	size_t value;
};

#define SIZE(type) {"sizeof " #type, sizeof(struct type)}
#define AT(type, member) {"offsetof " #type "." #member, offsetof(struct type, member)}
#define VALUE(name) {#name, (size_t)(name)}

static const struct row rows[] = {
	SIZE(postern_slice),
	AT(postern_slice, ptr),
	AT(postern_slice, len),
	SIZE(postern_option),
	AT(postern_option, name),
	AT(postern_option, type),
	AT(postern_option, default_value),
	AT(postern_option, min),
	AT(postern_option, max),
	AT(postern_option, help),
	SIZE(postern_rule_id),
	AT(postern_rule_id, id),
	AT(postern_rule_id, help),
	SIZE(postern_plugin),
	AT(postern_plugin, magic),
	AT(postern_plugin, size),
	AT(postern_plugin, abi_major),
	AT(postern_plugin, abi_minor),
	AT(postern_plugin, name),
	AT(postern_plugin, version),
	AT(postern_plugin, summary),
	AT(postern_plugin, directions),
	AT(postern_plugin, needs),
	AT(postern_plugin, rules),
	AT(postern_plugin, options),
	AT(postern_plugin, check_config),
	AT(postern_plugin, open),
	AT(postern_plugin, check),
	AT(postern_plugin, close),
	AT(postern_plugin, wants),
	SIZE(postern_message),
	AT(postern_message, direction),
	AT(postern_message, received),
	AT(postern_message, sender),
	AT(postern_message, account),
	AT(postern_message, marketplace),
	AT(postern_message, kind),
	AT(postern_message, recipients),
	AT(postern_message, size),
	SIZE(postern_header),
	AT(postern_header, name),
	AT(postern_header, value),
	AT(postern_header, raw),
	SIZE(postern_text),
	AT(postern_text, kind),
	AT(postern_text, text),
	AT(postern_text, media_type),
	AT(postern_text, part),
	SIZE(postern_url),
	AT(postern_url, raw),
	AT(postern_url, scheme),
	AT(postern_url, host),
	AT(postern_url, domain),
	AT(postern_url, source),
	AT(postern_url, segment),
	AT(postern_url, part),
	SIZE(postern_address),
	AT(postern_address, address),
	AT(postern_address, segment),
	SIZE(postern_id),
	AT(postern_id, kind),
	AT(postern_id, value),
	AT(postern_id, segment),
	SIZE(postern_attachment),
	AT(postern_attachment, name),
	AT(postern_attachment, media_type),
	AT(postern_attachment, content),
	AT(postern_attachment, size),
	AT(postern_attachment, part),
	SIZE(postern_finding),
	AT(postern_finding, rule_id),
	AT(postern_finding, where),
	AT(postern_finding, index),
	AT(postern_finding, evidence),
	AT(postern_finding, advice),
	AT(postern_finding, score),
	SIZE(postern_host),
	AT(postern_host, size),
	AT(postern_host, abi_major),
	AT(postern_host, abi_minor),
	AT(postern_host, log),
	AT(postern_host, now),
	AT(postern_host, conf_string),
	AT(postern_host, conf_int),
	AT(postern_host, conf_bool),
	AT(postern_host, conf_number),
	AT(postern_host, conf_list_count),
	AT(postern_host, conf_list_item),
	AT(postern_host, conf_file),
	AT(postern_host, conf_error),
	AT(postern_host, patterns_compile),
	AT(postern_host, patterns_free),
	AT(postern_host, patterns_match),
	AT(postern_host, alloc),
	AT(postern_host, message),
	AT(postern_host, recipient),
	AT(postern_host, header_count),
	AT(postern_host, header),
	AT(postern_host, header_find),
	AT(postern_host, text_count),
	AT(postern_host, text),
	AT(postern_host, url_count),
	AT(postern_host, url),
	AT(postern_host, address_count),
	AT(postern_host, address),
	AT(postern_host, id_count),
	AT(postern_host, id),
	AT(postern_host, attachment_count),
	AT(postern_host, attachment),
	AT(postern_host, profile),
	AT(postern_host, finding),
	AT(postern_host, label),
	AT(postern_host, mark),
	AT(postern_host, kind),
	AT(postern_host, start_clock),
	AT(postern_host, counter),
	AT(postern_host, original),
	AT(postern_host, disguise_count),
	AT(postern_host, disguise),
	AT(postern_host, alternative),
	AT(postern_host, quotes),
	AT(postern_host, image_count),
	AT(postern_host, image),
	AT(postern_host, inbound),
	AT(postern_host, market_count),
	AT(postern_host, market),
	AT(postern_host, market_profile),
	AT(postern_host, address_market),
	AT(postern_host, fact_count),
	AT(postern_host, fact),
	AT(postern_host, patterns_match_some),
	AT(postern_host, support),
	AT(postern_host, window),
	AT(postern_host, clock_due),
	AT(postern_host, fail),
	AT(postern_host, model_compile),
	AT(postern_host, model_free),
	AT(postern_host, model_weigh),
	AT(postern_host, patterns_may),
	AT(postern_host, patterns_match_until),
	SIZE(postern_support),
	AT(postern_support, name),
	AT(postern_support, channel),
	AT(postern_support, language),
	SIZE(postern_window),
	AT(postern_window, state),
	AT(postern_window, opens),
	AT(postern_window, closes),
	AT(postern_window, first_day),
	AT(postern_window, last_day),
	AT(postern_window, title),
	SIZE(postern_disguise),
	AT(postern_disguise, kind),
	AT(postern_disguise, text),
	AT(postern_disguise, start),
	AT(postern_disguise, end),
	AT(postern_disguise, count),
	SIZE(postern_image),
	AT(postern_image, source),
	AT(postern_image, host),
	AT(postern_image, alt),
	AT(postern_image, width),
	AT(postern_image, height),
	AT(postern_image, hidden),
	AT(postern_image, segment),
	AT(postern_image, part),
	SIZE(postern_inbound),
	AT(postern_inbound, known),
	AT(postern_inbound, received),
	AT(postern_inbound, labels),
	AT(postern_inbound, order),
	AT(postern_inbound, asks),
	AT(postern_inbound, gave_phone),
	SIZE(postern_market),
	AT(postern_market, name),
	AT(postern_market, title),
	SIZE(postern_fact),
	AT(postern_fact, name),
	AT(postern_fact, value),
	AT(postern_fact, part),
	VALUE(POSTERN_MAGIC),
	VALUE(POSTERN_INBOUND),
	VALUE(POSTERN_OUTBOUND),
	VALUE(POSTERN_OUTSIDE),
	VALUE(POSTERN_NEED_IMAGES),
	VALUE(POSTERN_NEED_CODES),
	VALUE(POSTERN_NEED_HEADERS),
	VALUE(POSTERN_NEED_TEXT),
	VALUE(POSTERN_NEED_URLS),
	VALUE(POSTERN_NEED_ATTACHMENTS),
	VALUE(POSTERN_NEED_ADDRESSES),
	VALUE(POSTERN_NEED_IDS),
	VALUE(POSTERN_NEED_STORE),
	VALUE(POSTERN_OK),
	VALUE(POSTERN_TEMPFAIL),
	VALUE(POSTERN_BUG),
	VALUE(POSTERN_LOG_ERROR),
	VALUE(POSTERN_LOG_WARNING),
	VALUE(POSTERN_LOG_INFO),
	VALUE(POSTERN_LOG_DEBUG),
	VALUE(POSTERN_OPTION_STRING),
	VALUE(POSTERN_OPTION_INT),
	VALUE(POSTERN_OPTION_BOOL),
	VALUE(POSTERN_OPTION_NUMBER),
	VALUE(POSTERN_OPTION_LIST),
	VALUE(POSTERN_OPTION_FILE),
	VALUE(POSTERN_IN_MESSAGE),
	VALUE(POSTERN_IN_ENVELOPE),
	VALUE(POSTERN_IN_HEADER),
	VALUE(POSTERN_IN_TEXT),
	VALUE(POSTERN_IN_URL),
	VALUE(POSTERN_IN_ATTACHMENT),
	VALUE(POSTERN_SEGMENT_SUBJECT),
	VALUE(POSTERN_SEGMENT_NEW),
	VALUE(POSTERN_SEGMENT_QUOTE),
	VALUE(POSTERN_SEGMENT_SIGNATURE),
	VALUE(POSTERN_SEGMENT_DISCLAIMER),
	VALUE(POSTERN_SEGMENT_NAME),
	VALUE(POSTERN_SEGMENT_HIDDEN),
	VALUE(POSTERN_SEGMENT_FILE),
	VALUE(POSTERN_DISGUISE_INVISIBLE),
	VALUE(POSTERN_DISGUISE_BIDI),
	VALUE(POSTERN_DISGUISE_LOOKALIKE),
	VALUE(POSTERN_DISGUISE_FORM),
	VALUE(POSTERN_QUOTES_NONE),
	VALUE(POSTERN_QUOTES_VERIFIED),
	VALUE(POSTERN_QUOTES_UNVERIFIED),
	VALUE(POSTERN_URL_TEXT),
	VALUE(POSTERN_URL_BARE),
	VALUE(POSTERN_URL_ATTRIBUTE),
	VALUE(POSTERN_URL_HEADER),
	VALUE(POSTERN_MARK_AUTO_REPLY),
};

static void render(struct buf *out)
{
	buf_printf(out, "abi %u.%u on %zu-bit\n", (unsigned)POSTERN_ABI_MAJOR, (unsigned)POSTERN_ABI_MINOR, 8 * sizeof(void *));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		buf_printf(out, "%s %zu\n", rows[i].name, rows[i].value);
}

static void interface_is_as_published(void **state)
{
	struct buf have = {0}, want = {0};
	struct diag d = {0};

	(void)state;
	render(&have);
	assert_int_equal(file_read(GOLDEN, 1 << 20, &want, &d), 0);
	assert_string_equal(have.data, want.data);
	buf_free(&have);
	buf_free(&want);
}

static int write_golden(const char *path)
{
	struct buf text = {0};
	FILE *f = fopen(path, "w");
	int rc = 1;

	render(&text);
	if (f != NULL) {
		rc = fwrite(text.data, 1, text.len, f) == text.len ? 0 : 1;
		rc |= fclose(f) != 0;
	}
	buf_free(&text);
	return rc;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(interface_is_as_published)};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_golden(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
