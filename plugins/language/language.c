/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "language": replies in another language than the marketplace
 * demands (MP-LANG). What a writer cannot put into the language is left out
 * first (names, titles, numbers, addresses), then each paragraph is judged.
 */
#include "clean.h"
#include "cld.h"
#include "language.h"

#include <stdlib.h>
#include <string.h>

static const struct postern_rule_id rules[] = {
	{"MP-LANG", "text that is not in the language that the marketplace demands"},
	{NULL, NULL},
};

/* ---- one message ---- */

/* A CJK character says as much as some three Latin letters. */
#define CJK_WEIGHT 3
/* Foreign script below this is a name or a colour's. */
#define MIN_SCRIPT 12
/* Units of text are gathered until they have so many letters, which CLD2 can judge. */
#define UNIT_LETTERS 40
/* Capitalised words alone are an address or an item's name up to here. */
#define MIN_TITLES 60
/* More of them are no title of a product, whatever stands beside them: marketplaces cut those at some 200 characters. */
#define MAX_TITLES 160
/* So much more must the dictionary know of what CLD2 is sure to be foreign. */
#define SURE_FOREIGN 0.25
/* Letters beside names that a verdict needs. */
#define MIN_BESIDE_NAMES 8

struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct language *language;
	char required[8];
	size_t letters;         /* judged, weighted */
	size_t foreign_latin, foreign_script;
	size_t titles;          /* letters of lines that look like product titles, foreign ones */
	size_t title_text;
	struct postern_slice title_evidence;
	bool greeting;          /* one in another language */
	size_t text;            /* where the first foreign unit stands */
	struct postern_slice evidence;
};

static bool same_language(const char *code, const char *required)
{
	if (strncmp(code, required, 2) == 0)
		return true;
	/* CLD2 names some languages by older or finer codes. */
	if (strcmp(required, "he") == 0)
		return strcmp(code, "iw") == 0;
	if (strcmp(required, "nb") == 0)
		return strcmp(code, "no") == 0;
	return false;
}

static bool is_sure_foreign(const struct judge *judge, const struct cld_answer *answer)
{
	return answer->reliable && strcmp(answer->code, "un") != 0 && !same_language(answer->code, judge->required);
}

/* Whether there is a dictionary of the language demanded. */
static bool has_dictionary(const struct judge *judge)
{
	return judge->language->dictionary != NULL &&
	    strncmp(judge->language->dictionary_language, judge->required, 2) == 0;
}

/* Whether a unit of Latin text is in another language than the one demanded. */
static bool is_foreign(const struct judge *judge, struct unit *unit)
{
	const struct language *language = judge->language;
	struct cld_answer answer;
	struct unit_words words;

	if (!has_dictionary(judge)) {
		cld_detect(unit->text, unit->len, &answer);
		return is_sure_foreign(judge, &answer);
	}
	words = unit_count(unit, language->dictionary, &language->foreign_words);
	/* "Error de manipulation del token": CLD2 may take it for English. */
	if (words.foreign > 1 && words.foreign * 4 >= words.all)
		return true;
	/* Whatever CLD2, which is slow, makes of it. */
	if (words.known >= language->min_known_words + SURE_FOREIGN)
		return false;
	cld_detect(unit->text, unit->len, &answer);
	if (answer.reliable && same_language(answer.code, judge->required))
		return words.known < language->min_known_words - (words.foreign > 0 ? 0.12 : 0.2); /* hurried writers misspell */
	if (answer.reliable && strcmp(answer.code, "un") != 0)
		return words.known < language->min_known_words + SURE_FOREIGN;
	return words.known < language->min_known_words - 0.05;
}

static double known_share(const struct judge *judge, struct unit *unit)
{
	return unit_count(unit, judge->language->dictionary, &judge->language->foreign_words).known;
}

static void note_foreign(struct judge *judge, size_t text_index, struct postern_slice where)
{
	if (judge->evidence.len > 0)
		return;
	judge->text = text_index;
	judge->evidence = view_trim(where);
}

/*
 * A sentence that consists of names for the most part may be German, which
 * capitalises all nouns: it is foreign if the words between them look so too.
 */
static bool is_foreign_with_names(const struct judge *judge, struct unit *unit, struct unit *spare,
    struct postern_slice clean)
{
	struct cld_answer answer;

	if (unit->letters + unit->names < judge->language->min_letters || unit->letters < MIN_BESIDE_NAMES ||
	    unit->title || !has_dictionary(judge) || known_share(judge, unit) >= 0.8)
		return false;
	unit_reset(spare);
	spare->keep_names = true;
	unit_add(spare, clean, unit->start, unit->end);
	cld_detect(spare->text, spare->len, &answer);
	return is_sure_foreign(judge, &answer) && known_share(judge, spare) < 0.5;
}

/* spare: a unit to work with. */
static void judge_unit(struct judge *judge, struct unit *unit, struct unit *spare, struct postern_slice clean,
    struct postern_slice text, size_t text_index)
{
	struct postern_slice where = view_sub(text, unit->start, unit->end);

	if (unit->script > 0 && language_is_latin(judge->required)) {
		judge->foreign_script += unit->script;
		judge->letters += unit->script;
		note_foreign(judge, text_index, where);
	}
	if (unit->letters < judge->language->min_letters &&
	    !is_foreign_with_names(judge, unit, spare, clean)) {
		judge->letters += unit->letters;
	} else if (unit->letters < judge->language->min_letters) {
		judge->letters += unit->letters + unit->names;
		judge->foreign_latin += unit->letters + unit->names;
		note_foreign(judge, text_index, where);
	} else if (!is_foreign(judge, unit)) {
		judge->letters += unit->letters;
	} else if (unit->title) {
		judge->titles += unit->letters;
		judge->title_text = text_index;
		judge->title_evidence = view_trim(where);
	} else {
		judge->letters += unit->letters;
		judge->foreign_latin += unit->letters;
		note_foreign(judge, text_index, where);
	}
	unit_reset(unit);
}

/* Whether a sentence is in another language than those before it: the dictionary knows one and not the other. */
static bool is_turn(const struct judge *judge, struct unit *before, struct unit *next)
{
	double a, b;

	if (!has_dictionary(judge) || before->letters < judge->language->min_letters ||
	    next->letters < judge->language->min_letters)
		return false;
	a = known_share(judge, before);
	b = known_share(judge, next);
	return a - b > 0.4 || b - a > 0.4;
}

/* Sentence by sentence, small ones together, never over the end of a paragraph. */
static int judge_units(struct judge *judge, struct postern_slice clean, struct postern_slice text, size_t text_index)
{
	struct unit unit, single, spare;
	size_t size = clean.len + UNIT_SPARE;
	/* Not the host's, which is cleared: of each third no more is written than the longest unit. */
	char *room = malloc(3 * size);
	size_t min = clean.len / 2000 + 1;

	if (room == NULL)
		return -1;
	unit_init(&unit, room, CJK_WEIGHT);
	unit_init(&single, room + size, CJK_WEIGHT);
	unit_init(&spare, room + 2 * size, CJK_WEIGHT);
	for (size_t pos = 0; pos < clean.len;) {
		size_t end = sentence_end(clean, pos, min);

		unit_reset(&single);
		unit_add(&single, clean, pos, end);
		if (is_turn(judge, &unit, &single))
			judge_unit(judge, &unit, &spare, clean, text, text_index);
		unit_join(&unit, &single, clean);
		if (unit.letters >= UNIT_LETTERS || ends_paragraph(clean, end))
			judge_unit(judge, &unit, &spare, clean, text, text_index);
		pos = end;
	}
	judge_unit(judge, &unit, &spare, clean, text, text_index);
	free(room);
	return 0;
}

static enum postern_status judge_text(struct judge *judge, size_t index, const struct postern_text *text)
{
	struct postern_slice clean;
	enum postern_status status = language_clean(judge->language, judge->host, judge->ctx, text, &clean,
	    &judge->greeting);

	if (status != POSTERN_OK || clean.len == 0)
		return status;
	return judge_units(judge, clean, text->text, index) == 0 ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static bool is_body(const struct judge *judge, enum postern_segment_kind kind)
{
	return kind == POSTERN_SEGMENT_NEW || (kind == POSTERN_SEGMENT_QUOTE && judge->language->check_quoted);
}

/* The subject of a reply is the customer's. */
static bool is_own_subject(const struct judge *judge, const struct postern_text *text)
{
	struct postern_header header;

	return text->kind == POSTERN_SEGMENT_SUBJECT &&
	    judge->host->header_find(judge->ctx, "In-Reply-To", 0, &header) != 1 && !clean_is_reply(text->text);
}

/* New text, or subjects; names, signatures, disclaimers, attachments and what is hidden are in any language. */
static enum postern_status judge_texts(struct judge *judge, bool subjects)
{
	enum postern_status status = POSTERN_OK;
	size_t count = judge->host->text_count(judge->ctx);
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (subjects ? is_own_subject(judge, &text) : is_body(judge, text.kind))
			status = judge_text(judge, i, &text);
	}
	return status;
}

/* What may be worth a look: a greeting in another language, too little text to tell. */
static enum postern_status label(const struct judge *judge)
{
	enum postern_status status = POSTERN_OK;

	if (judge->greeting)
		status = judge->host->label(judge->ctx, "greeting-foreign");
	if (status == POSTERN_OK && judge->letters + judge->titles < judge->language->min_letters)
		status = judge->host->label(judge->ctx, "language-undecided");
	return status;
}

static enum postern_status report(const struct judge *judge)
{
	struct postern_finding finding = {"MP-LANG", POSTERN_IN_TEXT, judge->text, judge->evidence, NULL, 0};
	size_t foreign = judge->foreign_latin + judge->foreign_script;

	if ((judge->foreign_latin < judge->language->min_letters && judge->foreign_script < MIN_SCRIPT) ||
	    (double)foreign <= judge->language->max_foreign_ratio * (double)judge->letters)
		return label(judge);
	finding.score = (int)(foreign * 100 / (judge->letters + 1));
	if (finding.evidence.len > 120)
		finding.evidence.len = 120;
	return judge->host->finding(judge->ctx, &finding);
}

static enum postern_status language_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .ctx = ctx, .language = instance};
	enum postern_status status;

	if (judge.language->short_text)
		return short_check(host, instance, ctx);
	language_choose(instance, host, ctx, judge.required, sizeof(judge.required));
	if (judge.required[0] == '\0')
		return POSTERN_OK;
	status = judge_texts(&judge, false);
	/* The subject tells only where the text does not. */
	if (status == POSTERN_OK && judge.letters < judge.language->min_letters && judge.titles == 0)
		status = judge_texts(&judge, true);
	if (status != POSTERN_OK)
		return status;
	/* A line of capitalised words is a title only beside other text. */
	if ((judge.letters < judge.titles && judge.titles > MIN_TITLES) || judge.titles > MAX_TITLES) {
		judge.letters += judge.titles;
		judge.foreign_latin += judge.titles;
		note_foreign(&judge, judge.title_text, judge.title_evidence);
	}
	return report(&judge);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("language"),
	.version = "1.0",
	.summary = "Finds text that is not in the language that the marketplace demands.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_HEADERS,
	.rules = rules,
	.options = language_options,
	.open = language_open,
	.check = language_check,
	.close = language_close,
};
