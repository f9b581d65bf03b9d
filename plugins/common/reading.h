/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_READING_H
#define POSTERN_PLUGINS_READING_H

#include "common.h"

/* A message as score.c judges it: its sentences, and what stands in them (reading.c). */

struct hit {
	size_t sentence, phrase;
	size_t start, end; /* in the sentence's segment */
};

struct sentence {
	size_t end;   /* in its segment */
	size_t text;  /* number of the segment */
	size_t first; /* hit; those of the next sentence follow */
	int points;   /* by the model */
	uint64_t classes;
	uint64_t may; /* classes that it may have, of those that were looked at */
};

/* A segment that is judged. */
struct passage {
	struct postern_slice text;
	size_t first, count; /* sentences */
	size_t *ends;        /* of each */
};

struct reading {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct scores *scores;
	struct passage *passages;
	size_t passage_count, passage_room;
	const struct passage *passage; /* that is searched */
	struct sentence *sentences;    /* one more than count, which ends the last one's hits */
	size_t count, room;
	struct hit *hits; /* in the order of sentences and, within them, of phrases */
	size_t hit_count, hit_room;
	uint32_t *last;    /* of each phrase: 1 + the sentence where it was seen last; NULL: none was */
	uint64_t anywhere; /* classes of the whole message */
	uint64_t may;      /* classes that it may have */
	bool pointed;      /* the model has points for a sentence */
	bool failed;       /* out of memory */
};

/* Reads all text that is judged. POSTERN_TEMPFAIL: also when memory is out; reading_free in any case. */
enum postern_status reading_make(const struct postern_host *host, struct postern_ctx *ctx, const struct scores *scores,
    struct reading *out);
void reading_free(struct reading *reading);
/* Whether the sentence before belongs to the same segment. */
bool reading_has_neighbour(const struct reading *reading, size_t row);
/* What rules see from a sentence, by their reach. */
void reading_classes(const struct reading *reading, size_t row, uint64_t classes[PHRASE_REACHES]);

#endif
