/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "spelling" (MP-SPELL): English that was written in a hurry.
 * Marketplaces ask for correct grammar and spelling; what a program can see of
 * it is a hint for the writer, so the shipped rule only tags. Text in another
 * language is the language rule's.
 */
#include "spelling.h"

#include <stdlib.h>
#include <string.h>

static const struct postern_rule_id rules[] = {
	{"MP-SPELL", "misspelled words or careless typing"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"max_ratio", POSTERN_OPTION_NUMBER, "0.07", 0, 1, "Share of the words that may be unknown."},
	{"min_words", POSTERN_OPTION_INT, "5", 1, 1000, "Unknown words in a shorter text say nothing."},
	{"dictionary", POSTERN_OPTION_STRING, "/usr/share/hunspell/en_US", 0, 0,
	    "Hunspell dictionary of English, without .aff and .dic."},
	{"variants", POSTERN_OPTION_LIST, "our=or,ise=ize,isi=izi,isa=iza,yse=yze,ysi=yzi,tre=ter,ll=l,ogue=og,ence=ense,ae=e,oe=e,"
	    "mme=m,ey=ay,fil=fill,eque=eck",
	    0, 0, "Spellings of other countries: what may stand for what."},
	{"common_words", POSTERN_OPTION_FILE, "lists/common-words.txt", 0, 0,
	    "Frequent English words, which are not looked up."},
	{"allow_words", POSTERN_OPTION_FILE, "lists/spelling-words.txt", 0, 0, "Words of trade that the dictionary lacks."},
	{"wrong_words", POSTERN_OPTION_FILE, "lists/misspellings.txt", 0, 0,
	    "Misspelled words, each of which is enough."},
	{"repeat_words", POSTERN_OPTION_LIST, "the,a,an,of,to,in,is,and,for,we,you,your,it,be,will,are,with,on,this,our,have,has,"
	    "was,at,by,if,not,can,please,from,or,as,but,they,my,were,would,could,should,when",
	    0, 0, "Words that do not stand twice in a row."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void spelling_close(const struct postern_host *host, void *instance)
{
	struct spelling *spelling = instance;

	(void)host;
	if (spelling == NULL)
		return;
	dictionary_close(spelling->dictionary);
	words_close(&spelling->common);
	words_close(&spelling->allowed);
	words_close(&spelling->wrong);
	words_close(&spelling->repeats);
	free(spelling);
}

static int read_dictionary(const struct postern_host *host, const struct postern_conf *conf, struct spelling *spelling)
{
	struct postern_slice path = host->conf_string(conf, "dictionary");
	char *name = strndup(path.ptr != NULL ? path.ptr : "", path.len);

	spelling->dictionary = name != NULL ? dictionary_open(name) : NULL;
	free(name);
	if (spelling->dictionary != NULL)
		return 0;
	host->conf_error(conf, "dictionary", 0, "cannot read this dictionary's .aff and .dic files: "
	    "install it (Debian: hunspell-en-us) or name another");
	return -1;
}

static int read_variants(const struct postern_host *host, const struct postern_conf *conf, struct spelling *spelling)
{
	size_t count = host->conf_list_count(conf, "variants");

	for (size_t i = 0; i < count; i++) {
		struct postern_slice item = view_trim(host->conf_list_item(conf, "variants", i)), from;
		struct variant *variant = &spelling->variants[spelling->variant_count];

		if (spelling->variant_count == VARIANTS_MAX || memchr(item.ptr, '=', item.len) == NULL ||
		    !view_next(&item, '=', &from) || from.len == 0 ||
		    from.len >= sizeof(variant->from) || item.len >= sizeof(variant->to)) {
			host->conf_error(conf, "variants", 0, "write at most 32 pairs such as \"our=or\", of at most 7 letters");
			return -1;
		}
		memcpy(variant->from, from.ptr, from.len);
		memcpy(variant->to, item.ptr, item.len);
		spelling->variant_count++;
	}
	return 0;
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct spelling *spelling)
{
	if (words_open(host, conf, "common_words", &spelling->common) != 0 ||
	    words_open(host, conf, "allow_words", &spelling->allowed) != 0 ||
	    words_open(host, conf, "wrong_words", &spelling->wrong) != 0)
		return -1;
	return words_open_list(host, conf, "repeat_words", &spelling->repeats);
}

static enum postern_status spelling_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct spelling *spelling = calloc(1, sizeof(*spelling));

	if (spelling == NULL || read_dictionary(host, conf, spelling) != 0 || read_variants(host, conf, spelling) != 0 ||
	    read_lists(host, conf, spelling) != 0) {
		if (spelling == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		spelling_close(host, spelling);
		return POSTERN_TEMPFAIL;
	}
	spelling->max_ratio = host->conf_number(conf, "max_ratio");
	spelling->min_words = (size_t)host->conf_int(conf, "min_words");
	*instance_r = spelling;
	return POSTERN_OK;
}

/* ---- one message ---- */

void slip_note(struct slips *slips, size_t text, struct postern_slice where, const char *what)
{
	if (slips->what != NULL)
		return;
	slips->what = what;
	slips->place = where;
	slips->text = text;
}

/* Words that the customer used, too, are names of products or his own. */
static size_t gather_excuses(const struct postern_host *host, struct postern_ctx *ctx, struct postern_slice *out,
    size_t room)
{
	size_t count = host->text_count(ctx), found = 0;
	struct postern_text text;

	for (size_t i = 0; i < count && found < room; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			continue;
		if (text.kind == POSTERN_SEGMENT_SUBJECT || text.kind == POSTERN_SEGMENT_QUOTE ||
		    text.kind == POSTERN_SEGMENT_NAME)
			out[found++] = view_sub(text.text, 0, 32768);
	}
	return found;
}

static enum postern_status judge_texts(const struct postern_host *host, struct postern_ctx *ctx, struct slips *slips)
{
	size_t count = host->text_count(ctx);
	struct postern_text text;
	struct postern_slice original;

	for (size_t i = 0; i < count; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind != POSTERN_SEGMENT_NEW)
			continue;
		spell_text(slips, i, text.text);
		type_text(slips, i, text.text);
		/* The host shows full-width forms as plain ones. */
		if (text.text.len > 0 && host->original(ctx, i, 0, text.text.len, &original) == POSTERN_OK)
			punctuation_text(slips, i, original);
	}
	return POSTERN_OK;
}

static bool is_english(const struct postern_host *host, struct postern_ctx *ctx)
{
	struct postern_slice language = host->profile(ctx, "language");

	return language.len < 2 || view_starts(view_trim(language), "en");
}

/* Fewer may be names of things that no dictionary has: "matcha and oolong". */
#define UNKNOWN_MIN 3

/* Misspellings of English that no other language has by accident. */
#define ENGLISH_SLIPS 3

/* Half the words must be known, else the text is in another language and not misspelled. */
static bool is_judged(const struct slips *slips)
{
	static const struct slips none;

	return !slips_foreign(&none, slips) || slips->misspelled >= ENGLISH_SLIPS;
}

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, const struct slips *slips)
{
	struct postern_finding finding = {"MP-SPELL", POSTERN_IN_TEXT, slips->text, slips->place, slips->what, 60};

	if (slips->what == NULL) {
		if (slips->unknown_count < UNKNOWN_MIN || slips->words < slips->spelling->min_words ||
		    (double)slips->unknown_count <= slips->spelling->max_ratio * (double)slips->words)
			return POSTERN_OK;
		finding.evidence = slips->unknown[0];
		finding.where = POSTERN_IN_MESSAGE;
		finding.index = 0;
	}
	return host->finding(ctx, &finding);
}

static enum postern_status spelling_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct postern_slice excuses[16];
	struct slips slips = {.spelling = instance, .excuses = excuses};
	enum postern_status status;

	if (!is_english(host, ctx))
		return POSTERN_OK;
	slips.excuse_count = gather_excuses(host, ctx, excuses, sizeof(excuses) / sizeof(excuses[0]));
	status = judge_texts(host, ctx, &slips);
	if (status != POSTERN_OK || !is_judged(&slips))
		return status;
	return report(host, ctx, &slips);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("spelling"),
	.version = "1.0",
	.summary = "Finds misspelled words and careless typing in English replies.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = spelling_open,
	.check = spelling_check,
	.close = spelling_close,
};
