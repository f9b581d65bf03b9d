/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_COMMON_DICTIONARY_H
#define POSTERN_PLUGINS_COMMON_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>

/* A Hunspell dictionary that threads may share. */
struct dictionary;

/* path without ".aff" and ".dic"; NULL when the files cannot be read or memory is out. */
struct dictionary *dictionary_open(const char *path);
void dictionary_close(struct dictionary *dictionary);
/* Whether it knows the NUL-terminated UTF-8 word; the lock must be held. */
bool dictionary_has(struct dictionary *dictionary, const char *word);
/* Around a message's look-ups. */
void dictionary_lock(struct dictionary *dictionary);
void dictionary_unlock(struct dictionary *dictionary);

#endif
