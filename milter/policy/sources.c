/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a configuration, by path and digest. */
#include "policy/sources.h"

#include <stdlib.h>
#include <string.h>

struct source {
	char *path;
	char digest[HASH_HEX_SIZE];
};

struct sources {
	struct source *list; /* in the order of the paths */
	size_t count;
};

struct sources *sources_new(void)
{
	return calloc(1, sizeof(struct sources));
}

void sources_free(struct sources **sources)
{
	struct sources *gone = *sources;

	*sources = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->count; i++)
		free(gone->list[i].path);
	free(gone->list);
	free(gone);
}

/* Where path stands, or would. */
static size_t place_of(const struct sources *sources, const char *path)
{
	size_t low = 0, high = sources->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(sources->list[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *digest_of(const struct sources *sources, const char *path)
{
	size_t at = place_of(sources, path);

	return at < sources->count && strcmp(sources->list[at].path, path) == 0 ? sources->list[at].digest : NULL;
}

int sources_add(struct sources *sources, const char *path, struct slice content, struct diag *d)
{
	struct source *grown;
	char *copy;
	size_t at;

	if (sources == NULL || digest_of(sources, path) != NULL)
		return 0;
	at = place_of(sources, path);
	copy = strdup(path);
	grown = copy != NULL ? realloc(sources->list, (sources->count + 1) * sizeof(*grown)) : NULL;
	if (grown == NULL) {
		free(copy);
		return diag_add(d, "%s: memory is out", path);
	}
	sources->list = grown;
	memmove(grown + at + 1, grown + at, (sources->count++ - at) * sizeof(*grown));
	grown[at].path = copy;
	hash_hex(grown[at].digest, content);
	return 0;
}

size_t sources_count(const struct sources *sources)
{
	return sources->count;
}

void sources_digest(const struct sources *sources, char hex_r[HASH_HEX_SIZE])
{
	struct slice *parts = calloc(2 * sources->count + 1, sizeof(*parts));

	hex_r[0] = '\0';
	if (parts == NULL)
		return;
	for (size_t i = 0; i < sources->count; i++) {
		parts[2 * i] = slice_str(sources->list[i].path);
		parts[2 * i + 1] = slice_str(sources->list[i].digest);
	}
	hash_hex_parts(hex_r, parts, 2 * sources->count);
	free(parts);
}

/* Those of a that b has not, or (also) with another content. */
static void add_missing(const struct sources *a, const struct sources *b, bool content, json_t *list)
{
	for (size_t i = 0; i < a->count; i++) {
		const char *other = digest_of(b, a->list[i].path);

		if (other == NULL || (content && strcmp(other, a->list[i].digest) != 0))
			json_array_append_new(list, json_text(slice_str(a->list[i].path)));
	}
}

json_t *sources_changed(const struct sources *was, const struct sources *is)
{
	json_t *list = json_array();

	add_missing(is, was, true, list);
	add_missing(was, is, false, list);
	return list;
}
