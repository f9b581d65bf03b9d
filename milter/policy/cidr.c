/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks in CIDR form, IPv4 and IPv6 alike. */
#include "policy/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1: IPv4, 0: IPv6, -1: neither. */
static int address_parse(const char *text, unsigned char address[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	if (inet_pton(AF_INET6, text, address) == 1)
		return 0;
	memcpy(address, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, address + 12) == 1 ? 1 : -1;
}

static bool prefix_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

static bool bits_behind(const struct cidr *cidr)
{
	for (unsigned bit = cidr->bits; bit < 128; bit++)
		if (cidr->address[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

int cidr_parse(const char *text, struct cidr *cidr_r)
{
	const char *slash = strchr(text, '/');
	char address[64];
	int v4;

	snprintf(address, sizeof(address), "%.*s", slash != NULL ? (int)(slash - text) : (int)strlen(text), text);
	v4 = address_parse(address, cidr_r->address);
	if (v4 == -1)
		return -1;
	cidr_r->bits = 128;
	if (slash != NULL) {
		size_t digits = strspn(slash + 1, "0123456789");
		unsigned long bits = strtoul(slash + 1, NULL, 10);

		if (digits == 0 || digits > 3 || slash[1 + digits] != '\0' || bits > (v4 ? 32 : 128))
			return -1;
		cidr_r->bits = (unsigned)bits + (v4 ? 96 : 0);
	}
	return bits_behind(cidr_r) ? -2 : 0;
}

bool cidr_contains(const struct cidr *cidr, const char *address)
{
	unsigned char bytes[16];

	return address_parse(address, bytes) != -1 && prefix_equal(cidr->address, bytes, cidr->bits);
}
