/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_MIME_ENTITY_H
#define POSTERN_MAIL_MIME_ENTITY_H

#include "mail/mime.h"

/* For mime.c: from the fields of an entity to what is known of it. */

struct header_field;

/* The fields that matter, raw; zeroed at first. */
struct mime_fields {
	struct slice type, disposition, subject, encoding, second;
	bool clash; /* a field that must be single is not, and its values differ */
};

/* Takes note of field, if it is one that matters. */
void mime_fields_take(struct mime_fields *fields, const struct header_field *field);
/* Fills e from its fields; implied is the type without a Content-Type. -1 when memory is out. */
int mime_entity_describe(struct arena *arena, const struct mime_fields *fields, const char *implied,
    struct mime_entity *e);
bool mime_type_is(const struct mime_entity *e, const char *type);

#endif
