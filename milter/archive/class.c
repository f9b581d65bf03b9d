/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of what became of a message. */
#include "archive/class.h"

#include <string.h>


static const char *const names[ARCHIVE_CLASSES] = {
	[ARCHIVE_OUTGOING] = "outgoing",
	[ARCHIVE_INCOMING] = "incoming",
	[ARCHIVE_HELD] = "held",
	[ARCHIVE_REFUSED] = "refused",
};

const char *archive_class_name(enum archive_class class)
{
	return names[class];
}

int archive_class_find(const char *text, enum archive_class *class_r)
{
	for (unsigned i = 0; text != NULL && i < ARCHIVE_CLASSES; i++)
		if (strcmp(names[i], text) == 0) {
			*class_r = (enum archive_class)i;
			return 0;
		}
	return -1;
}
