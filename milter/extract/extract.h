/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXTRACT_EXTRACT_H
#define POSTERN_EXTRACT_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "mail/files.h"

/* extract {} of postern.conf. */
struct extract_config {
	bool enabled;
	char *program;        /* path of postern-extract */
	int64_t timeout_ms;   /* for one file */
	size_t max_processes; /* at once; more wait */
	size_t max_files;     /* of one message */
	size_t memory_bytes;  /* of one process */
	size_t unpacked_bytes; /* of one file, over all levels of archives */
	size_t text_bytes;    /* written for one file */
};

/* Runs postern-extract for attachments; used by many threads at once. */
struct extractor;

/* config must outlive it; NULL when memory is out. */
struct extractor *extractor_new(const struct extract_config *config);
void extractor_free(struct extractor **extractor);
/* What message_parse_files takes. With enabled = no types are told but nothing is run. */
struct file_reader extractor_reader(struct extractor *extractor);

/*
 * Whether the program can be run. 0, or -1 with what is wrong and how to mend
 * it. *abilities_r (size bytes) is what it says to be able to read.
 */
int extract_probe(const struct extract_config *config, char *abilities_r, size_t size, struct diag *d);

#endif
