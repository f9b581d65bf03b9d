/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_AUTOREPLY_PROCESS_H
#define POSTERN_PLUGINS_AUTOREPLY_PROCESS_H

#include "../common/common.h"

/* What a word of the list is about; its second column has the letters. */
enum about {
	ABOUT_MESSAGE = 1 << 0, /* m: what was written: message, ticket, inquiry */
	ABOUT_WHO = 1 << 1,     /* w: who deals with it: team, agent, someone */
	ABOUT_DONE = 1 << 2,    /* g: what a desk does with it: received, assigned, queued */
	ABOUT_ANSWER = 1 << 3,  /* a: that it will be answered: reply, contact, review */
	ABOUT_TIME = 1 << 4,    /* t: when: hours, soon, Monday */
	ABOUT_AWAY = 1 << 5,    /* x: why not now: closed, vacation */
	ABOUT_ROBOT = 1 << 6,   /* r: who wrote: automated, unmonitored */
	ABOUT_WE = 1 << 7,      /* i: we, I, our */
	ABOUT_READER = 1 << 8   /* y: you, please: an answering word right behind it is the reader's deed */
};

struct vocabulary_word {
	const char *word;
	unsigned about;
};

/* The words that automatic replies are made of; sorted. */
struct vocabulary {
	char *text;
	struct vocabulary_word *items;
	size_t count;
};

/* What one sentence is about. */
struct process {
	size_t unknown; /* words that are not in the vocabulary, names and numbers not counted: it has a matter */
	int points;     /* how much it speaks of messages and their handling; 2: as much as one stock phrase */
};

/* -1: reported with conf_error. */
int vocabulary_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct vocabulary *out);
void vocabulary_close(struct vocabulary *vocabulary);
void process_read(const struct vocabulary *vocabulary, struct postern_slice sentence, struct process *out);
/* It says nothing but how messages are dealt with. */
bool process_only(const struct process *process);
/* It holds no word of any matter: a greeting, a wish, or process_only. */
bool process_empty(const struct process *process);

#endif
