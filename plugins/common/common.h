/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_COMMON_H
#define POSTERN_PLUGINS_COMMON_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "postern/plugin.h"

/*
 * What the plugins of this tree share: slices, UTF-8 and lists of phrases. It
 * uses the plugin interface only, as every plugin does.
 */

/* ---- slices ---- */

struct postern_slice view_str(const char *s);
/* From start to end, clipped to s. */
static inline struct postern_slice view_sub(struct postern_slice s, size_t start, size_t end)
{
	if (end > s.len)
		end = s.len;
	if (start >= end)
		return (struct postern_slice){s.ptr, 0};
	return (struct postern_slice){s.ptr + start, end - start};
}
struct postern_slice view_trim(struct postern_slice s);
/* ASCII case is ignored by these. */
bool view_is(struct postern_slice a, const char *b);
bool view_eq(struct postern_slice a, struct postern_slice b);
bool view_starts(struct postern_slice a, const char *prefix);
/* The next item of a list with that separator, trimmed; false at the end. */
bool view_next(struct postern_slice *rest, char separator, struct postern_slice *item_r);
/* Whether item is one of a comma-separated list. */
bool view_in_list(struct postern_slice list, const char *item);

/* Whether host is domain or below it. A leading "." or "*." of domain is ignored. */
bool host_below(struct postern_slice host, struct postern_slice domain);

/* ---- eight bytes at once ---- */

#define BYTES_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes from p on, the first in the lowest ones. */
static inline uint64_t bytes_load(const char *p)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return le64toh(bytes);
}

/* The same of the first len bytes, at most eight, and 0 behind them. */
static inline uint64_t bytes_first(const char *p, size_t len)
{
	uint32_t low, high;

	if (len >= 8)
		return bytes_load(p);
	if (len < 4)
		return len == 0 ? 0 : (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 * (len / 2) |
		    (uint64_t)(unsigned char)p[len - 1] << 8 * (len - 1);
	memcpy(&low, p, sizeof(low));
	memcpy(&high, p + len - 4, sizeof(high));
	return (uint64_t)le32toh(low) | (uint64_t)le32toh(high) << 8 * (len - 4);
}

/* The high bit of each byte that is an ASCII letter. */
static inline uint64_t bytes_letters(uint64_t bytes)
{
	uint64_t low = (bytes | BYTES_ALL(0x20)) & BYTES_ALL(0x7F);

	return (low + BYTES_ALL(0x80 - 'a')) & ~(low + BYTES_ALL(0x7F - 'z')) & ~bytes & BYTES_ALL(0x80);
}

/* The same of digits. */
static inline uint64_t bytes_digits(uint64_t bytes)
{
	uint64_t low = bytes & BYTES_ALL(0x7F);

	return (low + BYTES_ALL(0x80 - '0')) & ~(low + BYTES_ALL(0x7F - '9')) & ~bytes & BYTES_ALL(0x80);
}

/* Whether one of them is that character of ASCII; it may say so of one that is near it. */
static inline bool bytes_may_have(uint64_t bytes, char c)
{
	uint64_t apart = bytes ^ BYTES_ALL((unsigned char)c);

	return ((apart - BYTES_ALL(1)) & ~apart & BYTES_ALL(0x80)) != 0;
}

/* How many bytes have their high bit, of a mask of such. */
static inline size_t bytes_count(uint64_t highs)
{
	return (size_t)((highs >> 7) * BYTES_ALL(1) >> 56);
}

/* ASCII letters as small ones. */
static inline uint64_t bytes_small(uint64_t bytes)
{
	return bytes | bytes_letters(bytes) >> 2;
}

/* ---- text ---- */

/* Where the run of ASCII letters that may start at pos ends. */
static inline size_t letters_end(struct postern_slice s, size_t pos)
{
	for (; pos + 8 <= s.len; pos += 8) {
		uint64_t others = ~bytes_letters(bytes_load(s.ptr + pos)) & BYTES_ALL(0x80);

		if (others != 0)
			return pos + (size_t)__builtin_ctzll(others) / 8;
	}
	while (pos < s.len && (s.ptr[pos] | 0x20) >= 'a' && (s.ptr[pos] | 0x20) <= 'z')
		pos++;
	return pos;
}

/* The next byte from pos on that is no ASCII letter and no blank. */
static inline size_t sign_next(struct postern_slice s, size_t pos)
{
	for (; pos + 8 <= s.len; pos += 8) {
		uint64_t bytes = bytes_load(s.ptr + pos), apart = bytes ^ BYTES_ALL(' '), signs;

		apart |= (apart & BYTES_ALL(0x7F)) + BYTES_ALL(0x7F); /* the high bit is 0 for a blank only */
		signs = ~bytes_letters(bytes) & apart & BYTES_ALL(0x80);
		if (signs != 0)
			return pos + (size_t)__builtin_ctzll(signs) / 8;
	}
	while (pos < s.len && (s.ptr[pos] == ' ' || ((s.ptr[pos] | 0x20) >= 'a' && (s.ptr[pos] | 0x20) <= 'z')))
		pos++;
	return pos;
}

/* What the next two do for all but ASCII. */
uint32_t rune_next_wide(struct postern_slice s, size_t *pos);
bool rune_is_letter_wide(uint32_t c);

/*
 * Decodes one code point at *pos and moves on; a byte that is not UTF-8 gives
 * U+FFFD and moves by one. *pos must be below s.len.
 */
static inline uint32_t rune_next(struct postern_slice s, size_t *pos)
{
	unsigned char c = (unsigned char)s.ptr[*pos];

	if (c >= 0x80)
		return rune_next_wide(s, pos);
	++*pos;
	return c;
}

static inline bool rune_is_letter(uint32_t c)
{
	if (c >= 0x80)
		return rune_is_letter_wide(c);
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Han, kana, Hangul, Bopomofo. */
bool rune_is_cjk(uint32_t c);
bool rune_is_space(uint32_t c);
/* Whether no byte of s is above 0x7F. */
bool is_ascii(struct postern_slice s);
/* Letters in s, CJK characters counted as letters. */
size_t letters_count(struct postern_slice s);

/* Runs of letters and digits; a Han character is a word of its own. */
size_t words_count(struct postern_slice s);

/*
 * The end of the sentence that starts at pos: after its full stop, an empty
 * line, or the end of text. A sentence is at least min bytes long, which
 * bounds the number of sentences of a hostile text.
 */
size_t sentence_end(struct postern_slice s, size_t pos, size_t min);

/*
 * The excerpt to show for a match: the sentence that it stands in as far as its line and some 60 bytes on each side
 * reach, whole words only.
 */
struct postern_slice excerpt(struct postern_slice text, size_t start, size_t end);

/* ---- which text is judged ---- */

/* Options of a plugin that judges text; its table has them by these names. */
#define KINDS_OPTIONS \
	{"check_signature", POSTERN_OPTION_BOOL, "yes", 0, 0, "Judge signature and disclaimer as well."}, \
	{"check_hidden", POSTERN_OPTION_BOOL, "yes", 0, 0, "Judge text that HTML makes invisible as well."}, \
	{"check_files", POSTERN_OPTION_BOOL, "yes", 0, 0, "Judge text inside attachments as well."}, \
	{"check_quoted", POSTERN_OPTION_BOOL, "no", 0, 0, "Judge quoted text as well."}, \
	{"only_files", POSTERN_OPTION_BOOL, "no", 0, 0, "Judge text inside attachments and nothing else."}

/*
 * Kinds of segments as bits, 1U << kind: subject, display names and new text unless only_files, the others as the
 * options say.
 */
unsigned kinds_open(const struct postern_host *host, const struct postern_conf *conf);
bool kinds_have(unsigned kinds, enum postern_segment_kind kind);

/* ---- lists ---- */

/*
 * A line of a list file: "expression", "expression<TAB>value" or
 * "expression<TAB>value<TAB>note". Empty lines and lines that start with '#'
 * are left out. A blank in an expression stands for any white space, an
 * apostrophe for every kind of one; an expression that starts or ends with an
 * ASCII letter or digit matches whole words only.
 */
struct phrase {
	char *value; /* "" when there is none */
	int weight;  /* the value as a number, 0 when it is none */
	int line;
	size_t list;      /* of phrases_open_all: number of the option whose file it stands in */
	char *note;       /* "" when there is none */
	uint64_t classes; /* bits of the classes it belongs to: its value is "@class" */
	unsigned shouts;  /* words in capitals that it wants in a row, 0: none or not known */
};

/*
 * "@a & @b|@c & !@d<TAB>weight": holds where an expression of each class stands
 * and none of a "!" class. So a few words on each side cover all their pairs,
 * and each expression is looked for only once. "<@a" may also stand in the
 * sentence before, "*@a" anywhere in the message ("!<@a" and "!*@a" likewise).
 */
#define PHRASE_PARTS 6
#define PHRASE_CLASSES 64
enum phrase_reach { PHRASE_HERE, PHRASE_NEAR, PHRASE_ANYWHERE };
#define PHRASE_REACHES 3
struct phrase_rule {
	uint64_t parts[PHRASE_PARTS]; /* one class of each */
	unsigned char reach[PHRASE_PARTS];
	uint64_t without[PHRASE_REACHES];
	size_t count;
	int weight;
	int line;
	size_t list;
	char *note;
};

/* Phrases that are looked for together: of the same classes, or alike in what they mean without any. */
struct phrase_group {
	uint64_t classes;
	const char *label;   /* "" of those with classes; "+" or "-": weights; else the value of its phrases */
	unsigned shouts;     /* of each at least */
	size_t first, count; /* in the list's numbers */
};

struct phrases {
	struct phrase *items;
	size_t count;
	struct phrase_rule *rules;
	uint64_t *heads; /* the first part of each rule, which is what nearly all lack */
	size_t rule_count;
	struct phrase_group *groups;
	size_t group_count;
	size_t *numbers; /* of all phrases, group by group; those with classes come first */
	size_t classed;  /* how many have classes */
	/* Numbers of the groups of each class, by its bit, and last those of groups without classes. */
	size_t *class_groups;
	size_t class_first[PHRASE_CLASSES + 2];
	struct postern_patterns *patterns; /* NULL when count is 0 */
};

/* -1: reported with conf_error. An empty option gives an empty list. */
int phrases_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct phrases *out);
/* The files of several options as one list, searched by one scan: a class of one may be used in the rules of another. */
int phrases_open_all(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, struct phrases *out);
void phrases_close(const struct postern_host *host, struct phrases *phrases);
/* As patterns_match; an empty list matches nothing. */
enum postern_status phrases_match(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, struct postern_slice text, postern_match_fn fn, void *arg);
/* *found_r: whether any phrase stands in text. */
enum postern_status phrases_any(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, struct postern_slice text, bool *found_r);

/* ---- searching only for what matters ---- */

/* ---- where phrases may be ---- */

/* Adds the classes of which a phrase may stand in text. */
enum postern_status look_classes(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    struct postern_slice text, uint64_t *may);
/* The classes in the parts of those rules that may be met when these classes may be. */
uint64_t look_wanted(const struct phrases *phrases, uint64_t may);
/* Tells in which of a text's pieces phrases may begin that have wanted classes; pieces end as those of model_weigh. */
typedef void (*look_fn)(void *arg, size_t piece, uint64_t classes);
enum postern_status look_pieces(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    uint64_t wanted, struct postern_slice text, const size_t *ends, size_t pieces, look_fn fn, void *arg);

/*
 * A list searched group by group, each at most once: first what means something by itself, then of each rule over
 * classes one part after the other while those before were found, and what keeps it from holding last. So a rule
 * costs least whose first part is the rarest.
 */
struct seek {
	const struct phrases *phrases;
	/* Looks for a group in all that is judged: phrases_match_group. */
	enum postern_status (*search)(void *arg, const struct phrase_group *group);
	/* Whether the first count parts of a rule are met in one place; of the classes open also by what it may have. */
	bool (*met)(void *arg, const struct phrase_rule *rule, size_t count, uint64_t open);
	void *arg;
	const uint64_t *anywhere; /* classes that were found so far in all that is judged */
	uint64_t may;        /* classes that it may have; UINT64_MAX: nothing was looked at */
	unsigned char *done; /* of each group */
	uint64_t sought;     /* classes all of whose groups are */
};

/* The other members are set. -1: out of memory; seek_end all the same. */
int seek_begin(struct seek *seek);
void seek_end(struct seek *seek);
/* The whole list was searched otherwise. */
void seek_done(struct seek *seek);
/* Phrases without classes, by the label of their group. */
enum postern_status seek_label(struct seek *seek, const char *label);
/* Phrases of any of these classes. */
enum postern_status seek_classes(struct seek *seek, uint64_t classes);
/* One rule: *met_r as of seek_rules; what may keep it from holding was looked for then. */
enum postern_status seek_rule(struct seek *seek, size_t rule, bool *met_r);
/* *met_r: whether all parts of a rule are met; it may still be kept from holding. */
enum postern_status seek_rules(struct seek *seek, bool *met_r);
/* As phrases_match, for one group. */
enum postern_status phrases_match_group(const struct postern_host *host, struct postern_ctx *ctx,
    const struct phrases *phrases, const struct phrase_group *group, struct postern_slice text, postern_match_fn fn,
    void *arg);

/* Whether a rule holds where these classes were seen; a reader that knows no sentences has one set for all reaches. */
bool rule_holds(const struct phrase_rule *rule, uint64_t classes);
bool rule_holds_in(const struct phrase_rule *rule, const uint64_t classes[PHRASE_REACHES]);

/* ---- a linear model over words ---- */

/* Sums are in thousandths. A file that is empty gives a model that finds nothing (weights NULL). */
struct model {
	struct postern_model *weights;
	int likely, certain, sure; /* from which sum on a sentence is so */
};

/* -1: reported with conf_error. */
int model_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct model *out);
void model_close(const struct postern_host *host, struct model *model);
/* What a sentence of that sum adds to a message's weights. */
int model_points(const struct model *model, int sum);

/* ---- scores: what rules over wording share ---- */

/*
 * The weights of phrases and rules are added up, sentence by sentence, over
 * all text of a message that is judged. Negative weights count only against
 * the sentence that they stand in; a phrase or rule counts once a message.
 */
struct scores {
	struct phrases phrases;
	struct model model;
	size_t lists;      /* sums that scores_check gives: one for each file, and more if the plugin wants */
	size_t model_list; /* to which of them the model's points are added; the first, unless the plugin changes it */
	unsigned kinds;
	int threshold;     /* the option of that name: the sum from which it is a finding */
};

/* The plugin's option that names the model's file; "" does without. */
#define MODEL_OPTION(file) \
	{"model", POSTERN_OPTION_FILE, (file), 0, 0, "Weights of words, made by contrib/train-wording; \"\": lists only."}

/* What was found of one list (a FILE option). */
struct score {
	int sum;
	int best;                      /* weight of the weightiest phrase or rule */
	const char *note;              /* its note; "" when it has none */
	size_t text;                   /* segment of the evidence */
	struct postern_slice evidence;
};

#define SCORES_MAX 8
/*
 * A plugin's instance of size bytes that begins with its struct scores, the rest zero. options: names of FILE options, at
 * most SCORES_MAX; the plugin also has the option threshold, KINDS_OPTIONS and MODEL_OPTION. NULL: reported.
 */
void *scores_new(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, size_t size);
/* Frees what scores_new made; a plugin's close. NULL is none. */
void scores_free(const struct postern_host *host, void *instance);
/* out: lists of them, those of the options in their order. */
enum postern_status scores_check(const struct postern_host *host, struct postern_ctx *ctx, const struct scores *scores,
    struct score *out);
/* The sums of two lists that mean the same, as one. */
void score_join(struct score *score, const struct score *other);
/* A finding's score 0..100 from a sum of weights: ten for each. */
int score_percent(int sum);
/* Gives the finding of a rule, with the score's evidence and note. */
enum postern_status score_report(const struct postern_host *host, struct postern_ctx *ctx, const char *rule,
    const struct score *score, int percent);

/* Plain words, one a line (the first field), in the order of the file; lower case. */
struct words {
	char *text;
	const char **items;
	size_t count;
	uint64_t *heads;          /* a hash table for words_has: the first bytes of words, 0: none */
	uint32_t *numbers;        /* of the words there */
	size_t room;              /* of both, a power of two */
	unsigned char *marks;     /* bits: which first and last letters and lengths words have */
	unsigned marks_shift;     /* 32 less the bits of a mark's number */
};

int words_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out);
/* The items of a LIST option, the same way. */
int words_open_list(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out);
void words_close(struct words *words);
bool words_has(const struct words *words, struct postern_slice word);
/* Whether a word of that length, first and last letter (not capitals) may be one of them. */
bool words_may_have(const struct words *words, char first, char last, size_t len);
/* Before hundreds of words are looked up in a list of hundreds: has the processor fetch it, instead of wait for each. */
void words_warm(const struct words *words);
/* Whether host is one of the words or below one. */
bool words_has_host(const struct words *words, struct postern_slice host);

#endif
