/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONF_H
#define POSTERN_POLICY_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "policy/action.h"
#include "policy/sources.h"

/*
 * The syntax of all configuration files: keys ("name = value", "name = { value, value }")
 * and sections ('name { }', 'name "title" { }'), with comments after # or //, and between
 * slash-star pairs. A value is a word, "text with \" \\ \n \t" or 'text as it stands'. Nothing is expanded.
 * Every key, value and section knows its line, so that each later complaint can say where.
 */
struct conf_value {
	char *text;
	int line;
	struct conf_value *next;
};

struct conf_node {
	char *name;
	char *title;              /* sections: NULL when none was written */
	bool section;
	char *file;
	int line;
	struct conf_value *values; /* keys */
	size_t value_count;
	struct conf_node *children; /* sections: in their order */
	struct conf_node *last;
	size_t child_count;
	struct conf_node *next;
};

/*
 * Parses a file into a section without name. Everything is made in the arena. Reports every problem;
 * NULL when there was any (see d->count) or when the file can't be read. It is noted in sources (may be NULL).
 */
struct conf_node *conf_read(struct arena *arena, const char *path, struct sources *sources, struct diag *d);
/* As conf_read, from memory; file is the name shown in messages. */
struct conf_node *conf_parse(struct arena *arena, const char *file, struct slice text, struct diag *d);

/* What may stand in a section. */
enum conf_allow {
	CONF_ONE = 1,       /* key with one value */
	CONF_LIST = 2,      /* key with any number of values */
	CONF_SECTION = 4,
	CONF_TITLE = 8,     /* section: must have a title */
	CONF_MANY = 16,     /* section: may come more than once, also with the same title */
	CONF_MANY_TITLES = 32, /* section: may come once for each title */
	CONF_REQUIRED = 64
};

struct conf_name {
	const char *name; /* NULL ends the table */
	unsigned allow;
};

/* Checks names, kinds and duplicates of a section's children against the table. 0, or -1 with every problem. */
int conf_check(const struct conf_node *section, const struct conf_name *names, struct diag *d);
/* "'milter'", "rule \"x\"" or "the file": to say where. Into out. */
const char *conf_section_text(const struct conf_node *section, char *out, size_t size);

/* The key or section of that name, or NULL. */
const struct conf_node *conf_child(const struct conf_node *section, const char *name);
/* A key's only value; NULL when the section has no such key. */
const char *conf_text(const struct conf_node *section, const char *name);
/* Values as a NULL-terminated list in the arena; NULL when memory is out. */
char **conf_list(struct arena *arena, const struct conf_node *key);

/*
 * Values with meaning. 0, or -1 after a message with the key's place. Integers may end in k, m or g
 * (1000-fold), sizes in K, M or G (1024-fold), durations in ms, s, m, h or d: a unit is required for them.
 */
int conf_bool(const struct conf_node *key, bool *value_r, struct diag *d);
int conf_int(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d);
int conf_size(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d);
int conf_duration_ms(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d);
int conf_mode(const struct conf_node *key, unsigned *value_r, struct diag *d);
int conf_action(const struct conf_node *key, enum action *value_r, struct diag *d);
/* A date ("2022-03-18") or time in UTC ("2022-03-18T12:00:00Z"). */
int conf_date(const struct conf_node *key, int64_t *seconds_r, struct diag *d);
/* One of the words, which end with NULL; its index. */
int conf_choice(const struct conf_node *key, const char *const *words, size_t *index_r, struct diag *d);
/* Decimal number with an optional suffix: 0, or -1 when text is none or does not fit. */
int conf_scan_int(const char *text, int64_t *value_r);
/* A duration with its unit ("500ms", "7d"), in milliseconds: 0, or -1. */
int conf_scan_duration(const char *text, int64_t *ms_r);
/* yes, no, true, false, on, off: 0, or -1. */
int conf_scan_bool(const char *text, bool *value_r);
/* A time of day, "00:00" to "24:00", as seconds of the day: 0, or -1. */
int conf_scan_time(const char *text, int *seconds_r);

#endif
