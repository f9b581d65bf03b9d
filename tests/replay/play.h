/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_PLAY_H
#define POSTERN_TESTS_REPLAY_PLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/json.h"
#include "script.h"
#include "world.h"

/* A scenario while it is played in a world. */

struct play_person {
	const char *name, *address, *display;
};

/* A message that went through. */
struct letter {
	const char *name; /* given with "id"; "" */
	const struct play_person *from, *to;
	const char *message_id, *subject;
	bool out;
	json_t *answer; /* world_deliver */
};

#define PEOPLE_MAX 64
#define LETTERS_MAX 1000

struct play {
	struct world *world;
	struct arena *arena;
	const char *folder; /* of the tests: files/ and ../cases */
	struct play_person people[PEOPLE_MAX];
	size_t person_count;
	struct letter letters[LETTERS_MAX];
	size_t letter_count;
	char refused[1024]; /* why the last command was refused, "": it was not */
};

/* Carries out one step. -1: file:line, what was expected and what was got. */
int play_step(struct play *play, const struct step *step, struct diag *d);
void play_free(struct play *play);

/* Somebody of the scenario by name; NULL with file:line and what is near. */
const struct play_person *play_person(const struct play *play, const struct step *step, const char *name, struct diag *d);
/* The message with this name, or the last one from or to this person; NULL: none. */
const struct letter *play_letter(const struct play *play, const char *name);
const struct letter *play_last(const struct play *play);
/* Key of the thread that a message name, a person or a key itself means; an error when there is none. */
int play_thread(const struct play *play, const struct step *step, const char *name, const char **key_r, struct diag *d);

/* The steps that are more than a line: each takes the words behind its verb. */
int mail_step(struct play *play, const struct step *step, struct diag *d);
int bounce_step(struct play *play, const struct step *step, struct diag *d);
int command_step(struct play *play, const struct step *step, struct diag *d);
int expect_step(struct play *play, const struct step *step, struct diag *d);

/* Delivers raw and keeps letter with what became of it. */
int play_deliver(struct play *play, const struct step *step, const struct delivery *delivery, struct letter *letter,
    struct diag *d);

#endif
