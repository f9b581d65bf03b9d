/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_PATTERNS_H
#define POSTERN_ENGINE_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/pattern.h"
#include "core/pattern_walk.h"
#include "core/prefilter.h"
#include "core/slice.h"
#include "postern/plugin.h"

/* Internal to the engine: expressions of all plugins' sets, and texts that are searched for them. */

struct judging;
struct found;

/* One expression, whichever sets it is in. */
struct expression {
	struct pattern *pattern;
	size_t uses;   /* sets that it is in */
	size_t shared; /* from 1, among those that are in several sets; 0: it is in one */
	uint32_t next; /* another of the same hash, as its number + 1 */
	size_t first_part, part_count; /* of a long one, see pattern_parts.h; 0: it has none */
};

/*
 * The expressions of a generation's rules, of those of incoming mail or of the others, each once. Immutable
 * after pattern_pool_finish, then shared by threads; it lives longer than the sets made from it.
 */
struct pattern_pool {
	struct expression *items;
	size_t count, room;
	uint32_t *buckets; /* last of each hash, as its number + 1 */
	struct pattern **parts;
	size_t part_count, part_room;
	struct prefilter *prefilter; /* of the items, then of the parts */
	size_t shared_count;
	bool finished;
};

/* NULL: memory is out. */
struct pattern_pool *pattern_pool_new(void);
void pattern_pool_free(struct pattern_pool **pool);
/* 0 and the expression's number; -1 and why it does not compile. */
int pattern_pool_add(struct pattern_pool *pool, const char *expression, size_t *number_r, struct diag *d);
/* A set that it was added for is gone. */
void pattern_pool_drop(struct pattern_pool *pool, size_t number);
/* After the last one. -1: memory is out. */
int pattern_pool_finish(struct pattern_pool *pool, struct diag *d);

/* For the matches of those few shared expressions that may match in a text. */
#define PATTERN_BUCKETS 32

/* A text with what is known of it. */
struct pattern_text {
	const struct pattern_pool *pool;
	struct pattern_subject subject;
	struct prefilter_scan *scan; /* NULL: any expression may match */
	struct found **found;        /* buckets of shared expressions; NULL: nothing is kept */
};

/* The segments of a message that were searched already, each for one and the other pool of its generation. */
struct pattern_texts {
	struct pattern_search *search; /* of the whole message; NULL: none yet */
	uint64_t *bits;                /* as a finder's; NULL: none yet, or one has them */
	size_t words;
	size_t count;
	struct pattern_text items[];
};

/* The segment's, scanned once for a message; else temporary, scanned now. */
const struct pattern_text *pattern_text_begin(struct judging *j, const struct pattern_pool *pool, struct slice text,
    struct pattern_text *temporary);
void pattern_text_end(const struct pattern_text *text, struct pattern_text *temporary);

/* An expression or a part of one that may match, and its next match. */
struct pattern_live {
	const struct pattern *pattern;
	struct prefilter_places places; /* where a match may begin */
	bool told;         /* places are; else anywhere */
	bool searched;
	size_t start, end; /* of the match that was found last; start is SIZE_MAX: there is none any more */
};
/* Parts of an expression that are searched by themselves; of one with more that may match the whole is. */
#define PATTERN_LIVE 8

/* A search of a text for one expression after the other. */
struct pattern_finder {
	struct judging *judging;
	const struct pattern_text *text;
	struct pattern_walk walk;
	bool own;               /* the walk's search, not the message's */
	uint64_t *bits;         /* words of the places of each that is live, and of one more */
	size_t words;
	struct pattern_live live[PATTERN_LIVE]; /* in the order of the expression's alternatives */
	size_t live_count;
	const char *cut;        /* why not all matches of an expression are given; NULL: they are */
	size_t cut_at;          /* the first such one's number */
};

/* For matches that begin before until. -1: memory is out. */
int pattern_finder_begin(struct pattern_finder *finder, struct judging *j, const struct pattern_text *text, size_t until,
    struct diag *d);
void pattern_finder_end(struct pattern_finder *finder);
/*
 * Gives fn the matches of the pool's expression, as number: the first 10,000, and those before PCRE2's limits are
 * passed; of more finder tells. 0, 1: fn wants no more, -1: error.
 */
int pattern_finder_match(struct pattern_finder *finder, size_t expression, size_t number, postern_match_fn fn, void *arg,
    struct diag *d);

/* What of the expression may match is live then; false: nothing does. */
bool pattern_live_begin(struct pattern_finder *finder, size_t expression);
/* The next match from offset on of what is live, of several at one place the first's. Answers as pattern_walk_next. */
int pattern_live_next(struct pattern_finder *finder, size_t offset, size_t *start_r, size_t *end_r, struct diag *d);
/* Pieces of a text, which end at ends, and who is told which of them matches may begin in. */
struct pattern_pieces {
	const size_t *ends;
	size_t count;
	postern_may_fn fn;
	void *arg;
};
/* Tells where matches of what is live may begin, as number. */
void pattern_live_pieces(const struct pattern_finder *finder, size_t number, const struct pattern_pieces *pieces);

#endif
