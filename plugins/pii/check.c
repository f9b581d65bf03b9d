/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Check digits of numbers that belong to persons, and the tables of card schemes
 * and IBAN lengths, which are data.
 */
#include "pii.h"

#include <stdlib.h>
#include <string.h>

bool luhn_holds(const char *digits, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned d = (unsigned)(digits[count - 1 - i] - '0');

		if (i % 2 == 1)
			d = d > 4 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10 == 0;
}

bool mod97_holds(const char *iban, size_t count)
{
	unsigned rest = 0;

	for (size_t i = 0; i < count; i++) {
		char c = iban[(i + 4) % count];

		if (c >= '0' && c <= '9')
			rest = (rest * 10 + (unsigned)(c - '0')) % 97;
		else
			rest = (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1;
}

static unsigned number_of(const char *digits, size_t count)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++)
		n = n * 10 + (unsigned)(digits[i] - '0');
	return n;
}

bool china_id_holds(const char *id)
{
	static const unsigned weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	static const char checks[] = "10X98765432";
	unsigned year = number_of(id + 6, 4), month = number_of(id + 10, 2), day = number_of(id + 12, 2), sum = 0;

	if (id[0] < '1' || id[0] > '8' || year < 1900 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	for (size_t i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(id[i] - '0');
	return checks[sum % 11] == (id[17] == 'x' ? 'X' : id[17]);
}

static unsigned cpf_digit(const char *digits, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (unsigned)(digits[i] - '0') * (unsigned)(count + 1 - i);
	return sum * 10 % 11 % 10;
}

bool cpf_holds(const char *digits)
{
	if (strspn(digits, (char[]){digits[0], '\0'}) >= 11)
		return false;
	return cpf_digit(digits, 9) == (unsigned)(digits[9] - '0') && cpf_digit(digits, 10) == (unsigned)(digits[10] - '0');
}

bool ssn_possible(const char *digits)
{
	unsigned area = number_of(digits, 3);

	return area != 0 && area != 666 && area < 900 && number_of(digits + 3, 2) != 0 && number_of(digits + 5, 4) != 0;
}

/* ---- card schemes ---- */

static size_t count_lines(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		count++;
	return count;
}

/* "51-55": the six-digit range 510000 to 559999. */
static int parse_range(struct postern_slice field, struct card_range *out)
{
	unsigned bound[2] = {0, 0};
	size_t len[2] = {0, 0}, part = 0;

	for (size_t i = 0; i < field.len; i++) {
		if (field.ptr[i] == '-' && part == 0) {
			part = 1;
			continue;
		}
		if (field.ptr[i] < '0' || field.ptr[i] > '9' || ++len[part] > 6)
			return -1;
		bound[part] = bound[part] * 10 + (unsigned)(field.ptr[i] - '0');
	}
	if (len[0] == 0 || (part == 1 && len[1] != len[0]))
		return -1;
	if (part == 0)
		bound[1] = bound[0];
	for (size_t i = len[0]; i < 6; i++) {
		bound[0] *= 10;
		bound[1] = bound[1] * 10 + 9;
	}
	out->from = bound[0];
	out->to = bound[1];
	return 0;
}

static int parse_lengths(struct postern_slice field, uint32_t *out)
{
	struct postern_slice item;

	while (view_next(&field, ',', &item)) {
		unsigned n = 0;

		for (size_t i = 0; i < item.len && item.ptr[i] >= '0' && item.ptr[i] <= '9' && n < 100; i++)
			n = n * 10 + (unsigned)(item.ptr[i] - '0');
		if (n < 12 || n > 19)
			return -1;
		*out |= UINT32_C(1) << n;
	}
	return *out != 0 ? 0 : -1;
}

static int parse_card(struct postern_slice line, struct card_range *out)
{
	struct postern_slice range = {"", 0}, lengths = {"", 0};

	view_next(&line, '\t', &range);
	view_next(&line, '\t', &lengths);
	if (parse_range(range, out) != 0 || parse_lengths(lengths, &out->lengths) != 0)
		return -1;
	line = view_trim(line);
	out->name = strndup(line.ptr, line.len);
	return out->name != NULL ? 0 : -1;
}

int card_ranges_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct card_ranges *out)
{
	struct postern_slice file = host->conf_file(conf, option), line;
	int number = 0;

	out->count = 0;
	out->items = calloc(count_lines(file) + 1, sizeof(*out->items));
	while (out->items != NULL && view_next(&file, '\n', &line)) {
		number++;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (parse_card(line, &out->items[out->count]) != 0) {
			host->conf_error(conf, option, number, "write first digits (\"51-55\"), a tab, lengths (\"16,19\"), a tab and a name");
			return -1;
		}
		out->count++;
	}
	if (out->items == NULL)
		host->conf_error(conf, option, 0, "out of memory");
	return out->items != NULL ? 0 : -1;
}

void card_ranges_close(struct card_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		free(ranges->items[i].name);
	free(ranges->items);
}

const char *card_scheme(const struct card_ranges *ranges, const char *digits, size_t count)
{
	unsigned first = count >= 6 ? number_of(digits, 6) : 0;

	for (size_t i = 0; i < ranges->count; i++) {
		const struct card_range *range = &ranges->items[i];

		if (first >= range->from && first <= range->to && count < 32 && (range->lengths >> count & 1) != 0)
			return range->name;
	}
	return NULL;
}

/* ---- IBAN ---- */

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

int iban_lengths_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct iban_lengths *out)
{
	struct postern_slice file = host->conf_file(conf, option), line, country, length;
	int number = 0;

	memset(out, 0, sizeof(*out));
	while (view_next(&file, '\n', &line)) {
		unsigned n = 0;

		number++;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		length = country = (struct postern_slice){"", 0};
		view_next(&line, '\t', &country);
		view_next(&line, '\t', &length);
		for (size_t i = 0; i < length.len && length.ptr[i] >= '0' && length.ptr[i] <= '9' && n < 100; i++)
			n = n * 10 + (unsigned)(length.ptr[i] - '0');
		if (country.len != 2 || !is_upper(country.ptr[0]) || !is_upper(country.ptr[1]) || n < 15 || n > 34) {
			host->conf_error(conf, option, number, "write a country (\"DE\"), a tab and the length of its IBANs");
			return -1;
		}
		out->lengths[country.ptr[0] - 'A'][country.ptr[1] - 'A'] = (unsigned char)n;
	}
	return 0;
}
