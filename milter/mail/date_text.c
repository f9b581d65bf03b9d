/* SPDX-License-Identifier: BSD-2-Clause */
/* Days as notices for people name them. */
#include <string.h>
#include <time.h>

#include "mail/date.h"

#define NOON 43200
#define FIELDS 3

/* Beginnings that tell the months apart, in English, German, French, Spanish, Portuguese and Italian. */
static const char *const months[12][6] = {
	{"jan", "gen", "ene", NULL}, {"feb", "f\xC3\xA9v", "fev", NULL}, {"mar", "m\xC3\xA4r", NULL},
	{"apr", "avr", "abr", NULL}, {"may", "mai", "mag", NULL}, {"jun", "juin", "giu", NULL},
	{"jul", "juil", "lug", NULL}, {"aug", "ao\xC3\xBB", "aou", "ago", NULL}, {"sep", "set", NULL},
	{"oct", "okt", "out", "ott", NULL}, {"nov", NULL}, {"dec", "dez", "d\xC3\xA9\x63", "dic", NULL},
};

static int month_of(struct slice word)
{
	for (int month = 0; month < 12; month++)
		for (size_t i = 0; months[month][i] != NULL; i++)
			if (slice_case_prefix(word, months[month][i]))
				return month + 1;
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct day {
	int numbers[FIELDS];
	size_t count;
	int month; /* by name */
};

static size_t run(struct slice s, bool (*is)(char))
{
	size_t n = 0;

	while (n < s.len && is(s.ptr[n]))
		n++;
	return n;
}

/* The numbers and the month's name; other words ("de", "th") mean nothing. -1: no such text. */
static int read_fields(struct slice s, struct day *day)
{
	while (s.len > 0) {
		size_t digits = run(s, is_digit), letters = run(s, is_letter);

		if (digits > 4 || (digits > 0 && day->count == FIELDS))
			return -1;
		if (digits > 0) {
			day->numbers[day->count] = 0;
			for (size_t i = 0; i < digits; i++)
				day->numbers[day->count] = day->numbers[day->count] * 10 + s.ptr[i] - '0';
			day->count++;
		} else if (letters >= 3 && day->month == 0) {
			day->month = month_of(slice_sub(s, 0, letters));
		}
		s = slice_sub(s, digits + letters > 0 ? digits + letters : 1, s.len);
	}
	return 0;
}

static int to_seconds(int year, int month, int number, int64_t *seconds_r)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = number};

	if (year < 2000 || year > 2200 || month < 1 || month > 12 || number < 1 || number > 31)
		return -1;
	*seconds_r = (int64_t)timegm(&tm) + NOON;
	/* 30 February is none. */
	return tm.tm_mday == number ? 0 : -1;
}

int date_day(struct slice text, bool month_first, int64_t *seconds_r)
{
	struct day day = {.count = 0};
	const int *n = day.numbers;

	if (text.ptr == NULL || text.len > 100 || read_fields(slice_trim(text), &day) == -1)
		return -1;
	if (day.month != 0 && day.count == 2)
		return n[0] > 31 ? to_seconds(n[0], day.month, n[1], seconds_r) : to_seconds(n[1], day.month, n[0], seconds_r);
	if (day.month != 0 || day.count != 3)
		return -1;
	if (n[0] > 31)
		return to_seconds(n[0], n[1], n[2], seconds_r);
	if (n[0] > 12 || (!month_first && n[1] <= 12))
		return to_seconds(n[2], n[1], n[0], seconds_r);
	return to_seconds(n[2], n[0], n[1], seconds_r);
}
