/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QR codes in images. The size comes from the header first, so that a small
 * file can't ask for gigabytes; a large photo is looked at in half its size
 * or less. Other bar codes (EAN, Code 128 on labels) lead nobody anywhere and
 * are not looked for.
 */
#include "extract/program/work.h"

#include <gd.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#define PIXELS_MAX 100000000UL /* of the image; telephones make 50 million */
#define GREY_MAX 6000000UL     /* looked at */
#define SIDE_MIN 21            /* the smallest code has so many modules */

static unsigned long big(const unsigned char *p, int n)
{
	unsigned long v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static unsigned long little(const unsigned char *p, int n)
{
	unsigned long v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static bool jpeg_size(const unsigned char *p, size_t size, unsigned long *w, unsigned long *h)
{
	size_t i = 2;

	while (i + 9 < size) {
		unsigned char marker;

		if (p[i] != 0xff) {
			i++;
			continue;
		}
		marker = p[i + 1];
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			*h = big(p + i + 5, 2);
			*w = big(p + i + 7, 2);
			return true;
		}
		i += marker == 0xff ? 1 : marker == 0 || (marker >= 0xd0 && marker <= 0xd8) ? 2 : 2 + big(p + i + 2, 2);
	}
	return false;
}

static bool webp_size(const unsigned char *p, size_t size, unsigned long *w, unsigned long *h)
{
	if (size < 30)
		return false;
	if (memcmp(p + 12, "VP8X", 4) == 0) {
		*w = little(p + 24, 3) + 1;
		*h = little(p + 27, 3) + 1;
	} else if (memcmp(p + 12, "VP8L", 4) == 0) {
		*w = (little(p + 21, 4) & 0x3fff) + 1;
		*h = (little(p + 21, 4) >> 14 & 0x3fff) + 1;
	} else {
		*w = little(p + 26, 2) & 0x3fff;
		*h = little(p + 28, 2) & 0x3fff;
	}
	return true;
}

static bool image_size(const unsigned char *p, size_t size, const char *type, unsigned long *w, unsigned long *h)
{
	if (size < 26)
		return false;
	if (strcmp(type, "png") == 0) {
		*w = big(p + 16, 4);
		*h = big(p + 20, 4);
	} else if (strcmp(type, "gif") == 0) {
		*w = little(p + 6, 2);
		*h = little(p + 8, 2);
	} else if (strcmp(type, "bmp") == 0) {
		*w = little(p + 18, 4);
		*h = little(p + 22, 4);
		if (*h > 0x7fffffffUL)
			*h = 0x100000000UL - *h;
	} else if (strcmp(type, "webp") == 0) {
		return webp_size(p, size, w, h);
	} else {
		return strcmp(type, "jpeg") == 0 && jpeg_size(p, size, w, h);
	}
	return true;
}

static gdImagePtr image_open(const char *data, size_t size, const char *type)
{
	void *p = (void *)(uintptr_t)data;

	if (size > INT_MAX)
		return NULL;
	if (strcmp(type, "png") == 0)
		return gdImageCreateFromPngPtr((int)size, p);
	if (strcmp(type, "gif") == 0)
		return gdImageCreateFromGifPtr((int)size, p);
	if (strcmp(type, "bmp") == 0)
		return gdImageCreateFromBmpPtr((int)size, p);
	if (strcmp(type, "webp") == 0)
		return gdImageCreateFromWebpPtr((int)size, p);
	return gdImageCreateFromJpegPtr((int)size, p);
}

/* Brightness of a pixel over white. */
static unsigned char grey(gdImagePtr image, int x, int y)
{
	int c = gdImageGetTrueColorPixel(image, x, y), alpha = gdTrueColorGetAlpha(c);
	int v = (gdTrueColorGetRed(c) * 299 + gdTrueColorGetGreen(c) * 587 + gdTrueColorGetBlue(c) * 114) / 1000;

	return (unsigned char)((v * (127 - alpha) + 255 * alpha) / 127);
}

/* The image in grey, every step-th pixel, with a white margin: codes need one. */
static unsigned char *grey_image(gdImagePtr image, int step, unsigned margin, unsigned *w_r, unsigned *h_r)
{
	unsigned w = (unsigned)(gdImageSX(image) / step), h = (unsigned)(gdImageSY(image) / step);
	unsigned char *out;

	*w_r = w + 2 * margin;
	*h_r = h + 2 * margin;
	out = malloc((size_t)*w_r * *h_r);
	if (out == NULL)
		return NULL;
	memset(out, 255, (size_t)*w_r * *h_r);
	for (unsigned y = 0; y < h; y++)
		for (unsigned x = 0; x < w; x++)
			out[(size_t)(y + margin) * *w_r + margin + x] = grey(image, (int)x * step, (int)y * step);
	return out;
}

/* Codes found; -1 when memory is out. */
static int scan(struct work *work, gdImagePtr image, int step)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *z = zbar_image_create();
	unsigned w, h;
	unsigned char *pixels = grey_image(image, step, 16, &w, &h);
	int count = -1;

	if (scanner != NULL && z != NULL && pixels != NULL) {
		zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
		zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
		zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1);
		zbar_image_set_format(z, zbar_fourcc('Y', '8', '0', '0'));
		zbar_image_set_size(z, w, h);
		zbar_image_set_data(z, pixels, (unsigned long)w * h, NULL);
		count = zbar_scan_image(scanner, z);
		for (const zbar_symbol_t *s = zbar_image_first_symbol(z); s != NULL; s = zbar_symbol_next(s))
			out_str(work, "code", zbar_symbol_get_data(s));
	}
	if (z != NULL)
		zbar_image_destroy(z);
	if (scanner != NULL)
		zbar_image_scanner_destroy(scanner);
	free(pixels);
	return count;
}

static void gd_quiet(int priority, const char *format, va_list args)
{
	(void)priority;
	(void)format;
	(void)args;
}

void read_codes(struct work *work, const char *data, size_t size, struct sniff type)
{
	unsigned long w = 0, h = 0;
	gdImagePtr image;
	int step = 1;

	if (!image_size((const unsigned char *)data, size, type.name, &w, &h) || (w != 0 && h > PIXELS_MAX / w)) {
		out_fact(work, FACT_IMAGE_UNREAD);
		return;
	}
	if (w < SIDE_MIN || h < SIDE_MIN)
		return;
	gdSetErrorMethod(gd_quiet);
	image = image_open(data, size, type.name);
	if (image == NULL) {
		out_fact(work, FACT_IMAGE_UNREAD);
		return;
	}
	while ((w / (unsigned)step) * (h / (unsigned)step) > GREY_MAX)
		step++;
	if (scan(work, image, step) == 0 && w * h > 1000000)
		scan(work, image, step * 2); /* blurred or noisy at full size */
	gdImageDestroy(image);
}
