/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate_of FILE NOW/WINDOW...: the response rate of a file of events, as the library reckons it; rate-oracle.py
 * reckons it otherwise.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/rate.h"

#define EVENTS_MAX 1000
#define TEXT 100

struct line {
	char text[TEXT];
	const char *thread;
	struct desk_event event;
};

static const struct {
	const char *name;
	enum desk_event_kind kind;
} kinds[] = {
	{"inquiry", DESK_INQUIRY}, {"answer", DESK_ANSWER}, {"held", DESK_HELD}, {"refused", DESK_REFUSED}, {"released", DESK_RELEASED},
	{"failed", DESK_FAILED}, {"done", DESK_DONE}, {"spam", DESK_SPAM}, {"other", DESK_OTHER},
};

/* The next field of a line, in place. */
static char *next_field(char **rest)
{
	char *field = *rest, *end = field + strcspn(field, "\t\n");

	*rest = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return field;
}

static int read_kind(const char *name, enum desk_event_kind *kind_r)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*kind_r = kinds[i].kind;
			return 0;
		}
	}
	return -1;
}

static int read_line(struct line *line)
{
	char *rest = line->text;

	line->thread = next_field(&rest);
	if (read_kind(next_field(&rest), &line->event.kind) == -1)
		return -1;
	line->event.time = strtoll(next_field(&rest), NULL, 10);
	line->event.due = strtoll(next_field(&rest), NULL, 10);
	line->event.id = next_field(&rest);
	line->event.ref = next_field(&rest);
	return desk_unit_parse(next_field(&rest), &line->event.unit);
}

static size_t read_file(const char *path, struct line *lines)
{
	FILE *file = fopen(path, "r");
	size_t count = 0;

	while (file != NULL && count < EVENTS_MAX && fgets(lines[count].text, TEXT, file) != NULL) {
		if (read_line(&lines[count]) == -1) {
			fprintf(stderr, "%s:%zu: not understood\n", path, count + 1);
			exit(1);
		}
		count++;
	}
	if (file != NULL)
		fclose(file);
	return count;
}

static void add_thread(const struct line *lines, size_t count, const char *thread, int64_t now, int64_t window, struct desk_rate *rate)
{
	static struct desk_event events[EVENTS_MAX];
	struct desk_inquiry *inquiries;
	size_t of_thread = 0, found;

	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].thread, thread) == 0)
			events[of_thread++] = lines[i].event;
	if (desk_inquiries(events, of_thread, now, &inquiries, &found) == -1)
		exit(1);
	for (size_t i = 0; i < found; i++)
		desk_rate_add(rate, &inquiries[i], now, window);
	free(inquiries);
}

int main(int argc, char **argv)
{
	static struct line lines[EVENTS_MAX];
	size_t count = argc > 1 ? read_file(argv[1], lines) : 0;

	if (count == 0)
		return 1;
	for (int i = 2; i < argc; i++) {
		char *slash;
		int64_t now = strtoll(argv[i], &slash, 10), window = strtoll(slash + 1, NULL, 10);
		struct desk_rate rate = {0};

		for (size_t k = 0; k < count; k++) {
			size_t first = 0;

			while (strcmp(lines[first].thread, lines[k].thread) != 0)
				first++;
			if (first == k)
				add_thread(lines, count, lines[k].thread, now, window, &rate);
		}
		printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", argv[i], rate.counted, rate.in_time, rate.missed, rate.open);
	}
	return 0;
}
