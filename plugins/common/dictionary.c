/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one door to Hunspell. Hunspell 1.7's spell() writes to buffers of its
 * object (the suffix and compound states), so a lock guards each dictionary;
 * a look-up takes about a microsecond, a message some hundred of them.
 */
#include "dictionary.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <hunspell/hunspell.h>

struct dictionary {
	pthread_mutex_t lock;
	Hunhandle *handle;
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

bool dictionary_has(struct dictionary *dictionary, const char *word)
{
	return Hunspell_spell(dictionary->handle, word) != 0;
}
