/* SPDX-License-Identifier: BSD-2-Clause */
/* An expression in the first line, a text behind it: where the expression matches, the strings that it needs stand. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/literals.h"
#include "core/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool stands(const struct literal_set *set, struct slice text)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_case_find(text, (struct slice){set->items[i].bytes, set->items[i].len}) >= 0)
			return true;
	return false;
}

static bool is_doubtful(struct slice text)
{
	return slice_find(text, SLICE_LIT("\xC5\xBF")) >= 0 || slice_find(text, SLICE_LIT("\xE2\x84\xAA")) >= 0;
}

static void check(const struct literals *needs, struct slice text)
{
	char *folded = malloc(text.len + 1);

	if (folded == NULL)
		return;
	text = (struct slice){folded, literals_fold(text, folded)};
	for (size_t i = 0; i < needs->count; i++)
		if (!stands(&needs->sets[i], text))
			abort();
	free(folded);
}

static void compare(const char *expression, struct slice text)
{
	struct literals needs;
	struct diag d = {0};
	struct pattern *pattern = pattern_compile(expression, PATTERN_NO_CASE, &d);

	if (pattern == NULL)
		return;
	literals_of(expression, &needs);
	if (!is_doubtful(text) && pattern_test(pattern, text, &d) == 1)
		check(&needs, text);
	pattern_free(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = end != NULL ? (size_t)(end - data) : 0;
	char expression[500];

	if (end == NULL || len >= sizeof(expression))
		return 0;
	memcpy(expression, data, len);
	expression[len] = '\0';
	compare(expression, (struct slice){(const char *)end + 1, size - len - 1});
	return 0;
}
