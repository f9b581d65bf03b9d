/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses out of header lines, as far as they can be read; one pass, whatever the line holds. */
#include "offchannel.h"

#include <string.h>

struct postern_slice mailbox_domain(struct postern_slice address)
{
	const char *at = address.len > 0 ? memrchr(address.ptr, '@', address.len) : NULL;

	return at != NULL ? view_sub(address, (size_t)(at - address.ptr) + 1, address.len) : view_sub(address, 0, 0);
}

static struct postern_slice local_part(struct postern_slice address)
{
	const char *plus = address.len > 0 ? memchr(address.ptr, '+', address.len) : NULL;
	struct postern_slice local = view_sub(address, 0, address.len - mailbox_domain(address).len);

	if (plus != NULL && (size_t)(plus - address.ptr) < local.len)
		return view_sub(address, 0, (size_t)(plus - address.ptr));
	return local.len > 0 && local.ptr[local.len - 1] == '@' ? view_sub(local, 0, local.len - 1) : local;
}

bool same_customer(struct postern_slice a, struct postern_slice b)
{
	return view_eq(mailbox_domain(a), mailbox_domain(b)) && view_eq(local_part(a), local_part(b));
}

/* Past the quoted string or comment at s[i]. */
static size_t skip_quoted(struct postern_slice s, size_t i, char end)
{
	size_t depth = 1;
	char start = s.ptr[i];

	for (i++; i < s.len && depth > 0; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == end)
			depth--;
		else if (s.ptr[i] == start)
			depth++;
	}
	return i < s.len ? i : s.len;
}

/* The address in s, which holds no display name any more: its run around '@'. */
static struct postern_slice bare_address(struct postern_slice s)
{
	const char *at = s.len > 0 ? memrchr(s.ptr, '@', s.len) : NULL;
	size_t start, end;

	if (at == NULL)
		return view_sub(s, 0, 0);
	start = (size_t)(at - s.ptr);
	end = start + 1;
	while (start > 0 && strchr(" \t\r\n<>,;:()\"", s.ptr[start - 1]) == NULL)
		start--;
	while (end < s.len && strchr(" \t\r\n<>,;:()\"", s.ptr[end]) == NULL)
		end++;
	return view_sub(s, start, end);
}

/* The end of the mailbox that starts s, and its address. */
static size_t mailbox_read(struct postern_slice s, struct postern_slice *address_r)
{
	size_t i = 0, plain = 0;

	*address_r = view_sub(s, 0, 0);
	while (i < s.len && s.ptr[i] != ',' && s.ptr[i] != ';') {
		if (s.ptr[i] == '"') {
			i = skip_quoted(s, i, '"');
			plain = i;
		} else if (s.ptr[i] == '(') {
			i = skip_quoted(s, i, ')');
		} else if (s.ptr[i] == '<') {
			const char *close = memchr(s.ptr + i, '>', s.len - i);
			size_t end = close != NULL ? (size_t)(close - s.ptr) : s.len;

			*address_r = bare_address(view_sub(s, i + 1, end));
			i = end;
		} else {
			i++;
		}
	}
	if (address_r->len == 0)
		*address_r = bare_address(view_sub(s, plain, i));
	return i < s.len ? i + 1 : s.len;
}

bool mailbox_next(struct postern_slice *rest, struct postern_slice *address_r)
{
	while (rest->len > 0) {
		size_t end = mailbox_read(*rest, address_r);

		*rest = view_sub(*rest, end, rest->len);
		if (address_r->len > 2 && mailbox_domain(*address_r).len > 0)
			return true;
	}
	return false;
}
