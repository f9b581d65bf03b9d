/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_CASE_H
#define POSTERN_PLUGINS_CASE_H

#include "../common/common.h"

/* What the plugin's files share. */

enum { CHECK_HYGIENE = 1, CHECK_DOCUMENTS = 2, CHECK_WINDOW = 4, CHECK_FREQUENCY = 8, CHECK_DUPLICATES = 16,
    CHECK_URGENT = 32, CHECK_NOTICE = 64 };

#define CATEGORIES_MAX 32
#define NEEDS_MAX 8

/* A line of the list of categories. */
struct category {
	char *name, *label, *topic, *title;
	char *markets;           /* names joined by commas; "*": all */
	char *needs[NEEDS_MAX];  /* documents and what else must be there; up to NULL */
	char *window;            /* of the profile; "": none */
};

struct categories {
	struct category items[CATEGORIES_MAX];
	size_t count;
};

int categories_open(const struct postern_host *host, const struct postern_conf *conf, struct categories *out);
void categories_close(struct categories *categories);
/* Its number; -1: there is none of that name. */
int categories_find(const struct categories *categories, const char *name);

/* What a phrase of case-phrases.tsv means, as bits 1U << meaning. */
enum meaning { MEANS_ASK, MEANS_REMEASURE, MEANS_DIMENSIONS, MEANS_URGENT, MEANS_REOPEN, MEANS_ANOTHER,
    MEANS_NOTICE, MEANS_NOTICE_TEXT, MEANS_NO_NOTICE, MEANINGS };

struct rule_case {
	struct categories categories;
	struct phrases topics, phrases, documents, fields;
	int *topic_category;      /* of each phrase in topics */
	enum meaning *meaning;    /* of each phrase in phrases */
	unsigned checks;
	size_t min_words, short_words;
	int64_t warn_per_day, hold_per_day, urgent_per_week, reopen_per_week, similar_days;
};

/* A phrase that was found in one segment. */
struct hit {
	size_t start;
	size_t number; /* in its list */
	bool topic;    /* of topics, else of phrases */
};

/* A segment of the author's own words. */
struct part {
	size_t index; /* for host->text */
	bool subject;
	struct postern_slice text;
	struct hit *hits;
	size_t hit_count, hit_room;
};

#define PARTS_MAX 16
#define IDS_MAX 64

/* A number that may count against the most of a case. */
struct named {
	struct postern_slice value;
	size_t group; /* of "case_counted_ids", from 1; 0: it is not counted */
};

/* One message, read once for all checks. */
struct letter {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct rule_case *rule;
	struct postern_message message;
	struct postern_slice shop;  /* the From address */
	struct part parts[PARTS_MAX];
	size_t part_count;
	unsigned means, subject_means;
	int scores[CATEGORIES_MAX]; /* weight of each category's phrases */
	int category;               /* the weightiest; -1: none */
	size_t words;
	bool answers;               /* it is a reply */
	bool numbered;              /* it names a case */
	bool known;                 /* it has a number that the support can work with */
	bool urgent;                /* marked so */
	struct named ids[IDS_MAX];
	size_t id_count;
	size_t files;
};

/* read.c */
enum postern_status letter_read(struct letter *letter);
/* A case that is asked anew, not more about one that is open. */
bool letter_is_new(const struct letter *letter);
/* A shipment that is announced to a warehouse. */
bool letter_is_notice(const struct letter *letter);
/* numbers.c */
enum postern_status letter_read_numbers(struct letter *letter);
/* A profile's value as a number; otherwise when it has none. */
int64_t letter_value(const struct letter *letter, const char *name, int64_t otherwise);
/* Reports a finding about the message as a whole, or the text that evidence is from. */
enum postern_status letter_report(const struct letter *letter, const char *rule_id, struct postern_slice evidence,
    const char *advice, int score);
#define SCORE_TAG 60
#define SCORE_HOLD 90

/* The checks. */
enum postern_status hygiene_check(struct letter *letter);
enum postern_status documents_check(struct letter *letter);
enum postern_status window_check(struct letter *letter);
enum postern_status frequency_check(struct letter *letter);
enum postern_status urgent_check(struct letter *letter);
enum postern_status duplicates_check(struct letter *letter);
enum postern_status notice_check(struct letter *letter);

#endif
