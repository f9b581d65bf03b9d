/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_REDACT_INTERNAL_H
#define POSTERN_EVIDENCE_REDACT_INTERNAL_H

#include "core/pattern.h"
#include "evidence/redact.h"

/* Between the files that redact. */
struct redaction {
	const struct profiles *profiles;
	struct buf key;
	json_t *tokens;  /* {"kind","value"} by token */
	json_t *phrases; /* kind by known text, in small letters of ASCII */
	json_t *numbers; /* kind by known number, without what groups it */
	struct pattern *outer;    /* addresses and URLs */
	struct pattern *inner;    /* dates, places, numbers */
	struct pattern **known;   /* phrases, some hundred in each */
	size_t known_count;
	bool failed;     /* memory was out, or a limit of a search was passed: nothing made is to be used */
	struct diag reason;
};

/* Adds the token of a value: the same for the same kind and value. */
void redaction_token(struct redaction *redaction, const char *kind, struct slice value, struct buf *out);
/* Whether a domain is a marketplace's, which everybody may know. */
bool redaction_domain_stays(const struct redaction *redaction, struct slice domain);

/* redact_learn.c: what the model knows of people and numbers becomes phrases and numbers. */
void redaction_learn(struct redaction *redaction, const json_t *model);
void redaction_learn_phrase(struct redaction *redaction, const char *kind, struct slice text);
void redaction_learn_name(struct redaction *redaction, struct slice name);
/* Whether a name is a role's or a marketplace's ("Customer Care"), and nobody's own. */
bool redaction_is_role(const struct redaction *redaction, struct slice name);
void redaction_learn_number(struct redaction *redaction, const char *kind, struct slice number);

/* redact_text.c: makes the patterns of what was learned. 0 or -1 with redaction->reason. */
int redaction_ready(struct redaction *redaction);

#endif
