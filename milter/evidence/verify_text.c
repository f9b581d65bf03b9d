/* SPDX-License-Identifier: BSD-2-Clause */
/* VERIFY.txt: for somebody who has the pack, and neither Postern nor a reason to believe it. */
#include "evidence/files.h"

#include "evidence/internal.h"

static const char head[] =
	"How to check this evidence\n"
	"==========================\n\n"
	"You need a shell with sha256sum (GNU coreutils; on macOS: shasum -a 256) and openssl 3.0 or later.\n"
	"Run the commands in the directory that this file is in.\n\n"
	"1. No file was changed since the pack was made\n\n"
	"       sha256sum -c SHA256SUMS\n\n"
	"   Every line must end with OK. A file that is not listed there does not belong to the pack.\n\n";

static const char signature[] =
	"2. The list was signed by the owner of the audit log's key\n\n"
	"       openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig\n\n"
	"   It must say \"Signature Verified Successfully\".\n\n"
	"   A key that comes with the pack proves nothing by itself: compare it with the one that you got from the\n"
	"   seller before, or in another way. The key in hexadecimal:\n\n"
	"       openssl pkey -pubin -in public-key.pem -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'; echo\n\n"
	"   must give what manifest.json has as \"public_key\", and what \"postern audit key\" prints at the seller's.\n\n";

static const char no_signature[] =
	"2. This pack is not signed: whoever could change a file could change SHA256SUMS too.\n\n";

static const char records[] =
	"3. The records are lines of the seller's audit log, unchanged\n\n"
	"   Each line of audit/records.jsonl ends with its own digest: SHA-256 of the line up to, and without, the\n"
	"   last ',\"hash\"'. This prints every line whose digest does not fit, and nothing when all do:\n\n"
	"       while IFS= read -r line; do\n"
	"         want=${line##*,\\\"hash\\\":\\\"}; want=${want%%\\\"*}\n"
	"         have=$(printf '%s' \"${line%,\\\"hash\\\":*}\" | sha256sum | cut -d' ' -f1)\n"
	"         [ \"$want\" = \"$have\" ] || printf '%s\\n' \"$line\"\n"
	"       done < audit/records.jsonl\n\n"
	"   \"prev\" in each line is the digest of the line before it in the log, so that none could be taken out or\n"
	"   changed later without changing all that follow; signed checkpoints (in audit/context.jsonl) fix the log's\n"
	"   end at a time. Whether a record stands in that chain is shown by the whole log: ask the seller for it, run\n"
	"   \"postern audit verify\" on it, and look for the line there.\n\n"
	"   A record of a message has \"archive\", the SHA-256 of the message's file in messages/.\n\n";

static const char redacted[] =
	"3. This pack was redacted: addresses, names and numbers are tokens, and messages are copies written anew.\n"
	"   audit/records-redacted.json has for each record its number, and \"hash\", the digest of the unredacted record\n"
	"   in the seller's log; \"archive\" is the SHA-256 of the unredacted message. Both can be checked where the\n"
	"   unredacted originals are.\n\n";

void verify_text_write(struct buf *out, const json_t *model, bool is_signed)
{
	buf_add_str(out, head);
	buf_add_str(out, is_signed ? signature : no_signature);
	buf_add_str(out, json_object_get(model, "redacted") != NULL ? redacted : records);
	buf_add_str(out, "With Postern all of this is one command:\n\n"
	    "       postern evidence verify . --public-key HEX\n");
}
