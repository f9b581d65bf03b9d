/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "pii": numbers that must never stand in a message (MP-PII): payment
 * cards, IBANs, social security and other citizens' numbers, card codes, and the
 * wish to be sent them. Check digits decide together with the words before a
 * number; what is shown of it are its last four digits.
 */
#include "pii.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 10
#define MARKS_MAX 4000
#define RUN_MAX 40    /* letters and digits of one number */
#define CUE_BEFORE 60 /* bytes before a number in which a phrase speaks of it */
#define EVIDENCE_MAX 120

enum cue { CUE_NONE, CUE_CARD, CUE_SSN, CUE_NATIONAL, CUE_ID, CUE_MASK, CUE_FOUND };

static const struct { const char *name; enum cue cue; } cue_names[] = {
	{"card", CUE_CARD}, {"ssn", CUE_SSN}, {"national", CUE_NATIONAL}, {"id", CUE_ID}, {"mask", CUE_MASK},
};

struct pii {
	struct phrases phrases;
	enum cue *cues;
	struct card_ranges cards;
	struct iban_lengths ibans;
	unsigned kinds;
};

static const struct postern_rule_id rules[] = {
	{"MP-PII", "a card, account or citizen's number, or a request for one"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"phrases", POSTERN_OPTION_FILE, "lists/pii.tsv", 0, 0, "Phrases that say what a number is."},
	{"card_ranges", POSTERN_OPTION_FILE, "lists/card-ranges.tsv", 0, 0, "First digits and lengths of card numbers."},
	{"iban_lengths", POSTERN_OPTION_FILE, "lists/iban-lengths.tsv", 0, 0, "Length of each country's IBANs."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void pii_close(const struct postern_host *host, void *instance)
{
	struct pii *pii = instance;

	if (pii == NULL)
		return;
	phrases_close(host, &pii->phrases);
	free(pii->cues);
	card_ranges_close(&pii->cards);
	free(pii);
}

static int read_cues(const struct postern_host *host, const struct postern_conf *conf, struct pii *pii)
{
	pii->cues = calloc(pii->phrases.count + 1, sizeof(*pii->cues));
	if (pii->cues == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < pii->phrases.count; i++) {
		const struct phrase *phrase = &pii->phrases.items[i];

		for (size_t n = 0; n < sizeof(cue_names) / sizeof(cue_names[0]); n++)
			if (strcmp(phrase->value, cue_names[n].name) == 0)
				pii->cues[i] = cue_names[n].cue;
		if (phrase->weight > 0)
			pii->cues[i] = CUE_FOUND;
		if (pii->cues[i] != CUE_NONE)
			continue;
		host->conf_error(conf, "phrases", phrase->line,
		    "the second column must be a weight or one of card, ssn, national, id, mask");
		return -1;
	}
	return 0;
}

static enum postern_status pii_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct pii *pii = calloc(1, sizeof(*pii));

	if (pii == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (phrases_open(host, conf, "phrases", &pii->phrases) != 0 || read_cues(host, conf, pii) != 0 ||
	    card_ranges_open(host, conf, "card_ranges", &pii->cards) != 0 ||
	    iban_lengths_open(host, conf, "iban_lengths", &pii->ibans) != 0) {
		pii_close(host, pii);
		return POSTERN_TEMPFAIL;
	}
	pii->kinds = kinds_open(host, conf);
	*instance_r = pii;
	return POSTERN_OK;
}

/* ---- one segment ---- */

struct mark {
	size_t start, end;
	enum cue cue;
	int weight;
};

struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct pii *pii;
	size_t findings;
	/* of one segment */
	size_t index;
	struct postern_slice text;
	struct mark *marks;
	size_t mark_count;
	unsigned char *masked;
};

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct judge *judge = arg;
	enum cue cue = judge->pii->cues[pattern];

	if (cue == CUE_MASK)
		memset(judge->masked + start, 1, end - start);
	else if (judge->mark_count < MARKS_MAX)
		judge->marks[judge->mark_count++] = (struct mark){start, end, cue, judge->pii->phrases.items[pattern].weight};
	return 0;
}

/* The phrase that ends last before at and speaks of a number. */
static enum cue cue_before(const struct judge *judge, size_t at)
{
	const struct mark *best = NULL;

	for (size_t i = 0; i < judge->mark_count; i++) {
		const struct mark *mark = &judge->marks[i];

		if (mark->cue == CUE_FOUND || mark->end > at || at - mark->end > CUE_BEFORE)
			continue;
		if (best == NULL || mark->end > best->end || (mark->end == best->end && mark->start < best->start))
			best = mark;
	}
	return best != NULL ? best->cue : CUE_NONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The words around a number, its digits but the last four as stars. */
static struct postern_slice mask_evidence(struct judge *judge, size_t start, size_t end)
{
	struct postern_slice shown = excerpt(judge->text, start, end);
	char *copy = judge->host->alloc(judge->ctx, shown.len + 1);
	size_t digits = 0;

	if (copy == NULL)
		return (struct postern_slice){"", 0};
	if (shown.len > 0)
		memcpy(copy, shown.ptr, shown.len);
	for (size_t i = shown.len; i > 0; i--) {
		bool inside = shown.ptr + i - 1 < judge->text.ptr + end && shown.ptr + i - 1 >= judge->text.ptr + start;

		if (is_digit(copy[i - 1]) && (!inside || ++digits > 4))
			copy[i - 1] = '*';
	}
	return (struct postern_slice){copy, shown.len > EVIDENCE_MAX ? EVIDENCE_MAX : shown.len};
}

static enum postern_status report(struct judge *judge, size_t start, size_t end, const char *advice, int score)
{
	struct postern_finding finding = {"MP-PII", POSTERN_IN_TEXT, judge->index, {"", 0}, advice, score};

	if (score < 30 || judge->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	finding.evidence = mask_evidence(judge, start, end);
	if (finding.evidence.len == 0)
		return POSTERN_TEMPFAIL;
	return judge->host->finding(judge->ctx, &finding);
}

/* ---- runs of digits ---- */

/* Letters and digits in groups with single blanks, dots or hyphens between. */
struct run {
	char text[RUN_MAX + 1]; /* upper case, without what divides the groups */
	size_t count;
	size_t groups[RUN_MAX];
	size_t group_count;
	size_t start, end;
	bool digits; /* nothing but */
	bool dashed;
};

static bool divides(char c)
{
	return c == ' ' || c == '-' || c == '.';
}

/* The run of letters, or of digits only, that starts at pos. */
static void run_read(const struct judge *judge, size_t pos, bool letters, struct run *out)
{
	struct postern_slice s = judge->text;
	size_t i = pos;

	memset(out, 0, sizeof(*out));
	out->start = pos;
	out->digits = true;
	while (i < s.len && out->count < RUN_MAX) {
		size_t group = 0;

		for (; i < s.len && out->count < RUN_MAX && !judge->masked[i] && (letters ? is_alnum(s.ptr[i]) : is_digit(s.ptr[i])); i++, group++) {
			char c = s.ptr[i];

			out->text[out->count++] = c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
			out->digits &= is_digit(c);
		}
		if (group == 0)
			break;
		out->groups[out->group_count++] = group;
		out->end = i;
		if (i + 1 >= s.len || !divides(s.ptr[i]) || !(letters ? is_alnum(s.ptr[i + 1]) : is_digit(s.ptr[i + 1])))
			break;
		out->dashed |= s.ptr[i] == '-';
		i++;
	}
	out->text[out->count] = '\0';
}

static bool grouped_like_card(const struct run *run)
{
	if (run->group_count == 4 && run->count == 16)
		return run->groups[0] == 4 && run->groups[1] == 4 && run->groups[2] == 4;
	return run->group_count == 3 && run->groups[0] == 4 && run->groups[1] == 6;
}

static int score_card(const struct judge *judge, const struct run *run, enum cue cue)
{
	if (run->count < 13 || run->count > 19 || card_scheme(&judge->pii->cards, run->text, run->count) == NULL ||
	    !luhn_holds(run->text, run->count))
		return 0;
	if (cue == CUE_CARD)
		return 98;
	if (cue == CUE_ID)
		return grouped_like_card(run) ? 50 : 0;
	return grouped_like_card(run) ? 88 : run->group_count == 1 ? 50 : 40;
}

static int score_ssn(const struct run *run, enum cue cue)
{
	bool shape = run->group_count == 3 && run->groups[0] == 3 && run->groups[1] == 2;

	if (run->count != 9 || !ssn_possible(run->text))
		return 0;
	if (cue == CUE_SSN)
		return 95;
	return cue == CUE_ID || !shape ? 0 : run->dashed ? 45 : 0;
}

static int score_national(const struct run *run, enum cue cue)
{
	if (run->count == 11 && cpf_holds(run->text) && (cue == CUE_NATIONAL || (run->group_count == 4 && run->groups[3] == 2 && run->dashed)))
		return cue == CUE_ID ? 40 : 90;
	if (run->count != 18 || run->group_count != 1 || !china_id_holds(run->text))
		return 0;
	return cue == CUE_ID ? 40 : cue == CUE_NATIONAL ? 98 : 80;
}

static int score_digits(const struct judge *judge, const struct run *run)
{
	enum cue cue;
	int best, other;

	if (run->count < 9)
		return 0;
	cue = cue_before(judge, run->start);
	best = score_card(judge, run, cue);
	other = score_ssn(run, cue);
	best = other > best ? other : best;
	other = score_national(run, cue);
	return other > best ? other : best;
}

/* An IBAN with or without blanks: its country tells how long it is. */
static bool read_iban(const struct judge *judge, size_t pos, struct run *out)
{
	struct postern_slice s = judge->text;
	size_t want, have = 0;

	if (s.len - pos < 15 || !is_digit(s.ptr[pos + 2]) || !is_digit(s.ptr[pos + 3]) || is_digit(s.ptr[pos]) || is_digit(s.ptr[pos + 1]))
		return false;
	run_read(judge, pos, true, out);
	if (out->count < 15 || out->text[0] > 'Z' || out->text[1] > 'Z' || out->text[0] < 'A' || out->text[1] < 'A')
		return false;
	want = judge->pii->ibans.lengths[out->text[0] - 'A'][out->text[1] - 'A'];
	if (want == 0 || out->count < want)
		return false;
	/* Words may follow after a blank, never letters without one. */
	for (size_t i = 0; i < out->group_count && have < want; i++)
		have += out->groups[i];
	return have == want && mod97_holds(out->text, want);
}

static enum postern_status judge_runs(struct judge *judge)
{
	struct postern_slice s = judge->text;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < s.len && status == POSTERN_OK;) {
		struct run run;

		if (judge->masked[i] || !is_alnum(s.ptr[i])) {
			i++;
			continue;
		}
		if (read_iban(judge, i, &run)) {
			status = report(judge, run.start, run.end, "Remove the bank account number.", 96);
			i = run.end;
			continue;
		}
		if (is_digit(s.ptr[i])) {
			run_read(judge, i, false, &run);
			if (run.count == 17 && run.end < s.len && (s.ptr[run.end] | 0x20) == 'x') {
				run.text[run.count++] = 'X';
				run.text[run.count] = '\0';
			}
			status = report(judge, run.start, run.end, "Remove the card or citizen's number.", score_digits(judge, &run));
			i = run.end > i ? run.end : i + 1;
		}
		for (i = letters_end(s, i); i < s.len && is_alnum(s.ptr[i]);)
			i++;
	}
	return status;
}

static enum postern_status judge_phrases(struct judge *judge)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < judge->mark_count && status == POSTERN_OK; i++)
		if (judge->marks[i].cue == CUE_FOUND)
			status = report(judge, judge->marks[i].start, judge->marks[i].end, NULL, judge->marks[i].weight);
	return status;
}

static enum postern_status mask_ids(struct judge *judge)
{
	uintptr_t from = (uintptr_t)judge->text.ptr, to = from + judge->text.len;
	size_t count = judge->host->id_count(judge->ctx);

	for (size_t i = 0; i < count; i++) {
		struct postern_id id;
		uintptr_t at;

		if (judge->host->id(judge->ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		at = (uintptr_t)id.value.ptr;
		if (at >= from && at < to && id.value.len <= to - at)
			memset(judge->masked + (at - from), 1, id.value.len);
	}
	return POSTERN_OK;
}

static enum postern_status judge_text(struct judge *judge, size_t index)
{
	struct postern_text text;
	enum postern_status status;

	if (judge->host->text(judge->ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (!kinds_have(judge->pii->kinds, text.kind) || text.text.len == 0)
		return POSTERN_OK;
	judge->index = index;
	judge->text = text.text;
	judge->mark_count = 0;
	judge->masked = calloc(1, text.text.len + 1);
	if (judge->masked == NULL)
		return POSTERN_TEMPFAIL;
	status = phrases_match(judge->host, judge->ctx, &judge->pii->phrases, text.text, note_match, judge);
	if (status == POSTERN_OK)
		status = mask_ids(judge);
	if (status == POSTERN_OK)
		status = judge_runs(judge);
	if (status == POSTERN_OK)
		status = judge_phrases(judge);
	free(judge->masked);
	return status;
}

static enum postern_status pii_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .ctx = ctx, .pii = instance};
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);

	/* Not cleared: it is large, and a mark is written before it is read. */
	judge.marks = malloc(MARKS_MAX * sizeof(*judge.marks));
	if (judge.marks == NULL)
		return POSTERN_TEMPFAIL;
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = judge_text(&judge, i);
	free(judge.marks);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("pii"),
	.version = "1.0",
	.summary = "Finds card, account and citizens' numbers.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.open = pii_open,
	.check = pii_check,
	.close = pii_close,
};
