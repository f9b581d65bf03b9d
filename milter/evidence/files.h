/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_FILES_H
#define POSTERN_EVIDENCE_FILES_H

#include "evidence/evidence.h"
#include "evidence/pack.h"

/*
 * Makes the files of a pack out of what was gathered: summary, tables, verdicts, raw messages, records and
 * VERIFY.txt. After a redaction (the model has "redacted") messages are written anew from the model, and no raw line
 * of the log is given. 0, or -1 when memory is out. pack_seal comes next.
 */
int files_make(const struct evidence *evidence, struct pack *pack, struct diag *d);
/* The members that the manifest begins with. New reference. */
json_t *files_about(const struct evidence *evidence);

/* A table (RFC 4180) of rows, one column a key, with a header. */
void csv_write(struct buf *out, const json_t *rows, const char *const *columns);
/* summary.c: the page for people. */
int summary_write(struct buf *out, const json_t *model);
/* verify_text.c: how to check the pack without Postern. */
void verify_text_write(struct buf *out, const json_t *model, bool is_signed);

#endif
