/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_CHECK_H
#define POSTERN_EVIDENCE_CHECK_H

#include "audit/sign.h"
#include "core/diag.h"
#include "core/json.h"

/*
 * Checks a pack: the signature over SHA256SUMS, the digest of each file, that there is no other file, that the manifest
 * fits, that each record's digest fits its line, and each raw message its record. trusted: keys one of which must
 * have signed; NULL: any may have, so that only changes without the key are found.
 *
 * *report_r (new reference): {"ok", "files", "records", "messages", "signed", "public_key", "trusted", "problems":
 * [{"file","problem"}]}. 0, or -1 with the reason: it could not be read at all.
 */
int evidence_check(const char *dir, const struct sign_keys *trusted, json_t **report_r, struct diag *d);

#endif
