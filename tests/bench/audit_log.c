/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: tests/bench/audit_log DIR RECORDS
 * Writes a signed audit log in DIR/audit with records as a busy gateway makes them, the key beside it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "audit/keyfile.h"
#include "core/log.h"

/* About 1.4 KB, as an answer with two findings has it. */
static json_t *event_of(long number)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s], s:s, s:i, s:s, s:s, s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}], s:{s:s}, "
	    "s:b, s:[s], s:s, s:I}",
	    "event", "message", "direction", "out", "marketplace", "walmart", "client", "192.0.2.17",
	    "sender", "agent@bestgadgets.example", "recipients", "0123456789abcdef0123456789abcdef@relay.walmart.com",
	    "subject", "Re: where is my parcel? I ordered it two weeks ago", "size", 2048,
	    "digest", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "action", "reject", "findings",
	    "rule", "external-links", "rule_id", "LINK-EXTERNAL", "evidence", "see https://shop.example/track?id=12345",
	    "advice", "Remove links that leave the marketplace; tracking numbers are fine as text.",
	    "rule", "contact", "rule_id", "CONTACT-PHONE", "evidence", "call us at +1 202 555 0143",
	    "advice", "Phone numbers may not be given; answer here.", "sla", "change", "none", "answers", 0,
	    "threads", "walmart:0123456789abcdef0123456789abcdef@relay.walmart.com", "fingerprint",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVW"
	    "V1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6yt",
	    "number", (json_int_t)number);
}

int main(int argc, char **argv)
{
	char log[512], secret[512], public[512], hex[SIGN_KEY_HEX];
	struct keyfile keyfile = {secret, public, (uid_t)-1, (gid_t)-1};
	struct audit_config config = {.dir = log, .rotate_bytes = (size_t)64 << 20, .checkpoint_events = 1000,
	    .checkpoint_seconds = 3600};
	struct sign_key *key;
	struct audit *audit;
	struct diag d = {0};

	if (argc != 3) {
		fprintf(stderr, "usage: %s DIR RECORDS\n", argv[0]);
		return 2;
	}
	log_open("audit_log", "stderr", LOG_LEVEL_ERROR);
	snprintf(log, sizeof(log), "%s/audit", argv[1]);
	snprintf(secret, sizeof(secret), "%s/audit.key", argv[1]);
	snprintf(public, sizeof(public), "%s/audit.pub", argv[1]);
	if (keyfile_ensure(&keyfile, hex, &d) == -1 || (key = keyfile_open(&keyfile, &d)) == NULL) {
		fprintf(stderr, "%s\n", d.text);
		return 2;
	}
	config.key = key;
	audit = audit_open(&config, NULL, NULL, &d);
	for (long i = 0; audit != NULL && i < atol(argv[2]); i++) {
		json_t *event = event_of(i);

		if (event == NULL || audit_append(audit, event, &d) == -1)
			break;
		json_decref(event);
	}
	audit_close(&audit);
	sign_key_free(&key);
	if (d.count > 0)
		fprintf(stderr, "%s\n", d.text);
	return d.count > 0 ? 2 : 0;
}
