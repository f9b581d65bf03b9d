/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread of a marketplace is made of: the customer's address, and the numbers that part what one address writes. */
#include "policy/profile_load.h"

#include <string.h>

#define ALIAS "alias"

int marketplace_thread_key(const struct marketplace *market, struct slice address, char *out, size_t size)
{
	struct pattern_match match;
	struct diag d = {.text = ""};
	size_t len = 0, cut_start = 0, cut_end = 0;

	if (market->thread_ignores != NULL) {
		int rc = pattern_find(market->thread_ignores, address, 0, &match, &d);

		if (rc == -1)
			return -1;
		if (rc == 1) {
			cut_start = match.start;
			cut_end = match.end;
		}
	}
	if (address.len - (cut_end - cut_start) >= size)
		return -1;
	for (size_t i = 0; i < address.len; i++) {
		char c = address.ptr[i];

		if (i < cut_start || i >= cut_end)
			out[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	if (len > 0 && out[len - 1] == '.')
		len--;
	out[len] = '\0';
	return 0;
}

/* The next of the texts between commas; false: there is none. */
static bool next_item(struct slice *list, struct slice *item_r)
{
	const char *comma = list->len > 0 ? memchr(list->ptr, ',', list->len) : NULL;

	if (list->len == 0)
		return false;
	*item_r = slice_sub(*list, 0, comma != NULL ? (size_t)(comma - list->ptr) : list->len);
	*list = slice_sub(*list, item_r->len + 1, list->len);
	return true;
}

bool marketplace_address_is_shared(const struct marketplace *market, struct slice address, int64_t at)
{
	struct slice list = marketplace_value(market, "shared_addresses", at, NULL, NULL), item;

	while (next_item(&list, &item))
		if (slice_case_eq(item, address))
			return true;
	return false;
}

bool marketplace_thread_number(const struct marketplace *market, int64_t at, size_t n, struct slice *kind_r)
{
	struct slice list = marketplace_value(market, "thread_by", at, NULL, NULL), item;

	while (next_item(&list, &item))
		if (!slice_eq_str(item, ALIAS) && n-- == 0) {
			*kind_r = item;
			return true;
		}
	return false;
}

bool profile_has_number(const struct marketplace *market, struct slice kind)
{
	for (const struct number *number = market->numbers; number != NULL; number = number->next)
		if (slice_eq_str(kind, number->pattern.kind))
			return true;
	return false;
}

bool profile_thread_by_is_valid(const struct marketplace *market, const char *text)
{
	struct slice list = slice_str(text), item;

	if (!next_item(&list, &item) || !slice_eq_str(item, ALIAS))
		return false;
	while (next_item(&list, &item))
		if (!profile_has_number(market, item))
			return false;
	return true;
}
