/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to Hunspell. Hunspell 1.7's spell() writes to buffers of its
 * object (the suffix and compound states), so a lock guards each dictionary;
 * a look-up takes about a microsecond, a message some hundred of them. Replies
 * use the same few thousand words over and over: answers are kept.
 */
#include "dictionary.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hunspell/hunspell.h>

/* Answers that are kept, two for each remainder of the hash: a newer word takes the place of the older one. */
#define KEPT 8192
#define KEPT_BYTES 23

struct answer {
	char word[KEPT_BYTES]; /* "": none */
	bool known;
};

struct dictionary {
	pthread_mutex_t lock; /* of all */
	Hunhandle *handle;
	struct answer kept[KEPT];
};

/* Hunspell makes an empty dictionary of files that are not there, so look first. */
static char *readable_path(const char *path, const char *suffix)
{
	char *full;

	if (asprintf(&full, "%s%s", path, suffix) < 0)
		return NULL;
	if (access(full, R_OK) == 0)
		return full;
	free(full);
	return NULL;
}

struct dictionary *dictionary_open(const char *path)
{
	char *aff = readable_path(path, ".aff"), *dic = readable_path(path, ".dic");
	struct dictionary *dictionary = aff != NULL && dic != NULL ? calloc(1, sizeof(*dictionary)) : NULL;

	if (dictionary != NULL) {
		pthread_mutex_init(&dictionary->lock, NULL);
		dictionary->handle = Hunspell_create(aff, dic);
		if (dictionary->handle == NULL) {
			dictionary_close(dictionary);
			dictionary = NULL;
		}
	}
	free(aff);
	free(dic);
	return dictionary;
}

void dictionary_close(struct dictionary *dictionary)
{
	if (dictionary == NULL)
		return;
	if (dictionary->handle != NULL)
		Hunspell_destroy(dictionary->handle);
	pthread_mutex_destroy(&dictionary->lock);
	free(dictionary);
}

void dictionary_lock(struct dictionary *dictionary)
{
	pthread_mutex_lock(&dictionary->lock);
}

void dictionary_unlock(struct dictionary *dictionary)
{
	pthread_mutex_unlock(&dictionary->lock);
}

/* *size_r: the bytes of word with its NUL. */
static struct answer *place_of(struct dictionary *dictionary, const char *word, size_t *size_r)
{
	uint32_t hash = 2166136261U; /* FNV-1a */
	const char *p = word;

	for (; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	*size_r = (size_t)(p - word) + 1;
	return &dictionary->kept[(hash ^ hash >> 15) % KEPT & ~1U];
}

bool dictionary_has(struct dictionary *dictionary, const char *word)
{
	size_t size;
	struct answer *pair = place_of(dictionary, word, &size);

	if (size > KEPT_BYTES || size == 1)
		return Hunspell_spell(dictionary->handle, word) != 0;
	for (size_t i = 0; i < 2; i++)
		if (memcmp(pair[i].word, word, size) == 0)
			return pair[i].known;
	pair[1] = pair[0];
	pair[0].known = Hunspell_spell(dictionary->handle, word) != 0;
	memcpy(pair[0].word, word, size);
	return pair[0].known;
}
