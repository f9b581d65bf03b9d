/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_CLASS_H
#define POSTERN_ARCHIVE_CLASS_H

/*
 * What became of a message when it was archived: how long it is kept depends on it, and it stays what it was. These
 * numbers stand in databases, the names in the log ("archive_class").
 */
enum archive_class {
	ARCHIVE_OUTGOING = 0, /* passed or tagged on its way out */
	ARCHIVE_INCOMING = 1, /* passed or tagged on its way in */
	ARCHIVE_HELD = 2,     /* either way; also when it was released later */
	ARCHIVE_REFUSED = 3,
	ARCHIVE_CLASSES
};

/* "outgoing", "incoming", "held", "refused". */
const char *archive_class_name(enum archive_class class);
/* 0, or -1: text (which may be NULL) is none of them. */
int archive_class_find(const char *text, enum archive_class *class_r);

#endif
