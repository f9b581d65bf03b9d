/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_JSON_H
#define POSTERN_CORE_JSON_H

#include <jansson.h>

#include "core/buf.h"
#include "core/slice.h"

/*
 * The one door to the JSON library. Text from mail may hold bytes that are
 * not UTF-8; these become U+FFFD, so that a record is always valid JSON.
 */
json_t *json_text(struct slice s);
/* object[key] = s; SLICE_NONE sets nothing. -1 when memory is out. */
int json_put(json_t *object, const char *key, struct slice s);
int json_put_str(json_t *object, const char *key, const char *s);
int json_put_int(json_t *object, const char *key, json_int_t value);
int json_put_bool(json_t *object, const char *key, bool value);
/* Takes over the reference to value; NULL, as an object, is memory that was out. */
int json_put_new(json_t *object, const char *key, json_t *value);
/* value, or, where not all of it could be put there (rc != 0), NULL: then it is released. */
json_t *json_whole(json_t *value, int rc);
/* A text with its length, a view into value; SLICE_NONE: it is none. */
struct slice json_slice(const json_t *value);
/* object[key] as text, or NULL. Owned by object. */
const char *json_get_str(const json_t *object, const char *key);
json_int_t json_get_int(const json_t *object, const char *key, json_int_t fallback);
/*
 * One line, compact, keys in the order they were set: the same object always
 * gives the same bytes. What controls terminals or the direction of text is
 * escaped, so that the line can be shown as it is. 0, or -1 when memory is out.
 */
int json_write(struct buf *buf, const json_t *value);
/* One member as it stands within an object: "key":value. 0, or -1 when memory is out. */
int json_write_member(struct buf *buf, const char *key, const json_t *value);
/* The same over many lines, for people, with a line feed at the end. */
int json_write_indented(struct buf *buf, const json_t *value);

#endif
