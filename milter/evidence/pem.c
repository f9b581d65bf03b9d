/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 keys and signatures as other programs have them; no cryptography is done here. */
#include "evidence/pem.h"

#include <string.h>

#include "core/hash.h"

#define KEY_BYTES 32
#define SIGNATURE_BYTES 64
#define HEAD "-----BEGIN PUBLIC KEY-----\n"
#define TAIL "\n-----END PUBLIC KEY-----\n"

/* RFC 8410: SEQUENCE { SEQUENCE { 1.3.101.112 }, BIT STRING of the key }. */
static const unsigned char der_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
#define DER_BYTES (sizeof(der_head) + KEY_BYTES)

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_read(unsigned char *out, size_t count, const char *hex)
{
	if (strlen(hex) != 2 * count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);

		if (high == -1 || low == -1)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static void hex_write(char *out, const unsigned char *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * count] = '\0';
}

int pem_key_write(struct buf *out, const char *public_hex)
{
	unsigned char der[DER_BYTES];
	char text[BASE64_SIZE(DER_BYTES)];

	memcpy(der, der_head, sizeof(der_head));
	if (hex_read(der + sizeof(der_head), KEY_BYTES, public_hex) == -1)
		return -1;
	base64_write(text, der, sizeof(der));
	buf_printf(out, HEAD "%s" TAIL, text);
	return out->failed ? -1 : 0;
}

int pem_key_read(struct slice pem, char public_hex_r[SIGN_KEY_HEX])
{
	unsigned char der[DER_BYTES];
	size_t len, head = sizeof(HEAD) - 1, tail = sizeof(TAIL) - 1;
	struct slice text = slice_sub(pem, head, pem.len > head + tail ? pem.len - head - tail : 0);

	if (pem.len <= head + tail || memcmp(pem.ptr, HEAD, head) != 0 ||
	    memcmp(pem.ptr + pem.len - tail, TAIL, tail) != 0 || base64_read(der, sizeof(der), text, &len) == -1 ||
	    len != sizeof(der) || memcmp(der, der_head, sizeof(der_head)) != 0)
		return -1;
	hex_write(public_hex_r, der + sizeof(der_head), KEY_BYTES);
	return 0;
}

int pem_signature_write(struct buf *out, const char *signature_hex)
{
	unsigned char bytes[SIGNATURE_BYTES];

	if (hex_read(bytes, sizeof(bytes), signature_hex) == -1)
		return -1;
	buf_add(out, bytes, sizeof(bytes));
	return out->failed ? -1 : 0;
}

int pem_signature_read(struct slice bytes, char signature_hex_r[SIGN_HEX])
{
	if (bytes.len != SIGNATURE_BYTES)
		return -1;
	hex_write(signature_hex_r, (const unsigned char *)bytes.ptr, SIGNATURE_BYTES);
	return 0;
}
