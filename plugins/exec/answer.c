/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child answers: read whole and checked before any of it counts. */
#include "exec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FINDINGS_MAX 100
#define LABELS_MAX 16
#define ADVICE_MAX 1000

struct answer {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	uint64_t number;
	struct postern_finding findings[FINDINGS_MAX];
	const char *labels[LABELS_MAX];
	size_t finding_count, label_count;
	bool judged;
	char *reason;
	size_t size;
};

static const char *const rule_ids[] = {"MP-EXEC", "MP-EXEC1", "MP-EXEC2", "MP-EXEC3", "MP-EXEC4", "MP-EXEC5",
	"MP-EXEC6", "MP-EXEC7", "MP-EXEC8", "MP-EXEC9"};
static const char *const places[] = {
	[POSTERN_IN_MESSAGE] = "message", [POSTERN_IN_ENVELOPE] = "envelope", [POSTERN_IN_HEADER] = "header",
	[POSTERN_IN_TEXT] = "text", [POSTERN_IN_URL] = "url", [POSTERN_IN_ATTACHMENT] = "attachment",
};

static int nonsense(struct answer *a, const char *what)
{
	snprintf(a->reason, a->size, "its answer is wrong: %s; see postern-exec(7)", what);
	return -1;
}

/* Index of word in a table; -1: none. */
static int index_of(const char *const *table, size_t count, const char *word)
{
	for (size_t i = 0; word != NULL && i < count; i++)
		if (strcmp(table[i], word) == 0)
			return (int)i;
	return -1;
}

static size_t count_of(const struct answer *a, enum postern_where where)
{
	switch (where) {
	case POSTERN_IN_HEADER: return a->host->header_count(a->ctx);
	case POSTERN_IN_TEXT: return a->host->text_count(a->ctx);
	case POSTERN_IN_URL: return a->host->url_count(a->ctx);
	case POSTERN_IN_ATTACHMENT: return a->host->attachment_count(a->ctx);
	default: return 1;
	}
}

/* Evidence that stands in the segment becomes a view into it: the host shows the sender's own bytes then. */
static void place_evidence(const struct answer *a, struct postern_finding *f)
{
	struct postern_text text;
	const char *at;

	if (f->where != POSTERN_IN_TEXT || f->evidence.len == 0 ||
	    a->host->text(a->ctx, f->index, &text) != POSTERN_OK || text.text.len == 0)
		return;
	at = memmem(text.text.ptr, text.text.len, f->evidence.ptr, f->evidence.len);
	if (at != NULL)
		f->evidence.ptr = at;
}

/* RULE-ID|WHERE|INDEX|SCORE|EVIDENCE|ADVICE */
static int take_finding(struct answer *a, char *rest)
{
	int id = index_of(rule_ids, sizeof(rule_ids) / sizeof(rule_ids[0]), field_next(&rest, NULL));
	int where = index_of(places, sizeof(places) / sizeof(places[0]), field_next(&rest, NULL));
	int64_t index = field_number(&rest, 1000000), score = field_number(&rest, 100);
	struct postern_finding *f = &a->findings[a->finding_count];
	size_t len = 0;
	char *evidence = field_next(&rest, &len), *advice = field_next(&rest, NULL);

	if (id < 0)
		return nonsense(a, "a finding's rule id is none of MP-EXEC, MP-EXEC1 ... MP-EXEC9");
	if (where < 0 || index < 0 || (size_t)index >= count_of(a, (enum postern_where)where))
		return nonsense(a, "a finding is at no place of the message");
	if (score < 0 || evidence == NULL || advice == NULL || rest != NULL || strlen(advice) > ADVICE_MAX)
		return nonsense(a, "a finding needs id, where, index, score from 0 to 100, evidence, and advice of at most 1000 bytes");
	if (a->finding_count == FINDINGS_MAX)
		return nonsense(a, "more than 100 findings");
	*f = (struct postern_finding){rule_ids[id], (enum postern_where)where, (size_t)index, {evidence, len},
	    *advice != '\0' ? advice : NULL, (int)score};
	place_evidence(a, f);
	a->finding_count++;
	return 0;
}

static int take_label(struct answer *a, char *rest)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
	const char *label = field_next(&rest, NULL);

	if (label == NULL || rest != NULL || *label == '\0' || strlen(label) > 40 || label[strspn(label, allowed)] != '\0')
		return nonsense(a, "a label is made of at most 40 letters, digits and '-'");
	if (a->label_count == LABELS_MAX)
		return nonsense(a, "more than 16 labels");
	a->labels[a->label_count++] = label;
	return 0;
}

/* ok, or error|REASON: it can't judge now, and is well otherwise. */
static int take_result(struct answer *a, char *rest)
{
	const char *how = field_next(&rest, NULL), *why = field_next(&rest, NULL);

	if (how != NULL && strcmp(how, "ok") == 0 && why == NULL) {
		a->judged = true;
		return 0;
	}
	if (how == NULL || strcmp(how, "error") != 0 || why == NULL || rest != NULL)
		return nonsense(a, "a result is ok or error|REASON");
	snprintf(a->reason, a->size, "it can't judge now: ");
	text_clean(a->reason + strlen(a->reason), a->size - strlen(a->reason), why, strlen(why));
	return 0;
}

static int take_line(struct answer *a, char *line)
{
	char *rest = line, *word = field_next(&rest, NULL);
	int64_t number = field_number(&rest, INT64_MAX);

	if (word == NULL)
		return nonsense(a, "a line that can't be decoded");
	if (number < 0 || (uint64_t)number != a->number)
		return nonsense(a, "it is about another message");
	if (strcmp(word, "finding") == 0)
		return take_finding(a, rest);
	if (strcmp(word, "label") == 0)
		return take_label(a, rest);
	return strcmp(word, "result") == 0 ? take_result(a, rest) : nonsense(a, "a line that is no finding, label or result");
}

static enum postern_status report(const struct answer *a)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < a->finding_count && status == POSTERN_OK; i++)
		status = a->host->finding(a->ctx, &a->findings[i]);
	for (size_t i = 0; i < a->label_count && status == POSTERN_OK; i++)
		status = a->host->label(a->ctx, a->labels[i]);
	return status;
}

int answer_take(const struct postern_host *host, struct postern_ctx *ctx, uint64_t number, struct bytes *answer,
    enum postern_status *status_r, char *reason, size_t size)
{
	struct answer a = {.host = host, .ctx = ctx, .number = number, .reason = reason, .size = size};
	char *at = answer->data, *end;

	*status_r = POSTERN_TEMPFAIL;
	reason[0] = '\0';
	if (strlen(at) != answer->len)
		return nonsense(&a, "a NUL byte");
	while ((end = strchr(at, '\n')) != NULL) {
		*end = '\0';
		if (take_line(&a, at) != 0)
			return -1;
		at = end + 1;
	}
	if (a.judged)
		*status_r = report(&a);
	return 0;
}
