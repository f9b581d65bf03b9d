/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules over classes of a list: the names of classes, lines such as
 * "@a & @b|@c & !@d", and whether one holds where some classes were seen.
 */
#include "list.h"

#include <stdlib.h>
#include <string.h>

uint64_t class_bit(struct class_names *classes, struct postern_slice name, int used_in)
{
	size_t i = 0;

	if (name.len < 2 || name.ptr[0] != '@')
		return 0;
	while (i < classes->count && !view_eq(classes->names[i], name))
		i++;
	if (i == CLASSES_MAX)
		return 0;
	if (i == classes->count)
		classes->names[classes->count++] = name;
	if (used_in > 0) {
		classes->used_in[i] = used_in;
		classes->used_by[i] = classes->option;
	} else {
		classes->defined |= UINT64_C(1) << i;
	}
	return UINT64_C(1) << i;
}

/* Letters that two names have alike at their start and end: the nearest name has the most. */
static size_t count_alike(struct postern_slice a, struct postern_slice b)
{
	size_t head = 0, tail = 0, least = a.len < b.len ? a.len : b.len;

	while (head < least && a.ptr[head] == b.ptr[head])
		head++;
	while (tail < least - head && a.ptr[a.len - 1 - tail] == b.ptr[b.len - 1 - tail])
		tail++;
	return head + tail;
}

struct postern_slice class_nearest(const struct class_names *classes, struct postern_slice name)
{
	struct postern_slice best = {"", 0};
	size_t most = name.len / 2;

	for (size_t i = 0; i < classes->count; i++) {
		size_t alike = count_alike(classes->names[i], name);

		if ((classes->defined >> i & 1) == 0 || alike <= most)
			continue;
		most = alike;
		best = classes->names[i];
	}
	return best;
}

bool rule_holds_in(const struct phrase_rule *rule, const uint64_t classes[PHRASE_REACHES])
{
	/* Parts first: the first one is what is missing most often. */
	for (size_t i = 0; i < rule->count; i++)
		if ((rule->parts[i] & classes[rule->reach[i]]) == 0)
			return false;
	for (size_t i = 0; i < PHRASE_REACHES; i++)
		if ((rule->without[i] & classes[i]) != 0)
			return false;
	return true;
}

bool rule_holds(const struct phrase_rule *rule, uint64_t classes)
{
	const uint64_t everywhere[PHRASE_REACHES] = {classes, classes, classes};

	return rule_holds_in(rule, everywhere);
}

/* Takes the sign off that says how far a part reaches. */
static unsigned char parse_reach(struct postern_slice *part)
{
	unsigned char reach = part->len == 0 ? PHRASE_HERE : part->ptr[0] == '<' ? PHRASE_NEAR :
	    part->ptr[0] == '*' ? PHRASE_ANYWHERE : PHRASE_HERE;

	if (reach != PHRASE_HERE)
		*part = view_sub(*part, 1, part->len);
	return reach;
}

/* "@a|@b", "!@a", "<@a", "!*@a" */
static int parse_part(struct postern_slice part, struct class_names *classes, struct phrase_rule *rule)
{
	bool without = part.len > 0 && part.ptr[0] == '!';
	struct postern_slice name;
	unsigned char reach;
	uint64_t bits = 0;

	if (without)
		part = view_sub(part, 1, part.len);
	reach = parse_reach(&part);
	while (view_next(&part, '|', &name)) {
		uint64_t bit = class_bit(classes, name, rule->line);

		if (bit == 0)
			return -1;
		bits |= bit;
	}
	if (without) {
		rule->without[reach] |= bits;
		return bits != 0 ? 0 : -1;
	}
	if (bits == 0 || rule->count == PHRASE_PARTS)
		return -1;
	rule->reach[rule->count] = reach;
	rule->parts[rule->count++] = bits;
	return 0;
}

int rule_parse(struct postern_slice line, struct class_names *classes, struct phrase_rule *rule)
{
	struct postern_slice field = list_field(&line), value = list_field(&line), part;
	char *number;

	while (view_next(&field, '&', &part))
		if (parse_part(part, classes, rule) != 0)
			return -1;
	number = list_copy(value);
	rule->weight = number != NULL ? (int)strtol(number, NULL, 10) : 0;
	free(number);
	rule->note = list_copy(list_field(&line));
	return rule->note != NULL && rule->count > 0 && rule->weight != 0 ? 0 : -1;
}
