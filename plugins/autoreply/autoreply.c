/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "autoreply": answers that a machine gave (MP-AUTO), which most
 * marketplaces do not count as an answer. Evidence is scored: a header that
 * only responders write, the subject of an automatic answer to a message, or a
 * text that consists of stock phrases and says nothing of the order. Other
 * rules judge the message all the same.
 */
#include "../common/common.h"
#include "habits.h"
#include "process.h"

#include <stdlib.h>
#include <string.h>

struct autoreply {
	struct phrases stock, subjects, answers;
	struct vocabulary vocabulary;
	struct words human;
	bool trust_headers;
	size_t max_letters;
	struct habits habits;
};

static const struct postern_rule_id rules[] = {
	{"MP-AUTO", "an automatic reply, which does not count as an answer"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"trust_auto_headers", POSTERN_OPTION_BOOL, "yes", 0, 0,
	    "Take Auto-Submitted and similar headers as proof; \"no\" where a help desk puts them on its agents' replies."},
	{"human_senders", POSTERN_OPTION_LIST, "", 0, 0,
	    "Envelope senders or accounts (address, @domain or account) whose automatic headers are not believed."},
	{"stock_phrases", POSTERN_OPTION_FILE, "lists/autoreply-phrases.tsv", 0, 0,
	    "Phrases of automatic replies, with weights."},
	{"subjects", POSTERN_OPTION_FILE, "lists/autoreply-subjects.tsv", 0, 0,
	    "How the subject of an automatic reply starts; weight 2 is proof by itself."},
	{"answers", POSTERN_OPTION_FILE, "lists/answer-phrases.tsv", 0, 0,
	    "Phrases of an answer to a question or about an order: the message is no automatic reply."},
	{"vocabulary", POSTERN_OPTION_FILE, "lists/autoreply-words.tsv", 0, 0,
	    "Words that automatic replies are made of, and what they are about; a sentence of these alone answers nothing."},
	{"max_letters", POSTERN_OPTION_INT, "700", 50, 100000,
	    "A longer text is no automatic reply by its words alone."},
	HABITS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void autoreply_close(const struct postern_host *host, void *instance)
{
	struct autoreply *autoreply = instance;

	if (autoreply == NULL)
		return;
	phrases_close(host, &autoreply->stock);
	phrases_close(host, &autoreply->subjects);
	phrases_close(host, &autoreply->answers);
	vocabulary_close(&autoreply->vocabulary);
	words_close(&autoreply->human);
	habits_close(&autoreply->habits);
	free(autoreply);
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct autoreply *autoreply)
{
	if (phrases_open(host, conf, "stock_phrases", &autoreply->stock) != 0)
		return -1;
	if (phrases_open(host, conf, "subjects", &autoreply->subjects) != 0)
		return -1;
	if (phrases_open(host, conf, "answers", &autoreply->answers) != 0)
		return -1;
	if (vocabulary_open(host, conf, "vocabulary", &autoreply->vocabulary) != 0)
		return -1;
	if (words_open_list(host, conf, "human_senders", &autoreply->human) != 0)
		return -1;
	return habits_open(host, conf, &autoreply->habits);
}

static enum postern_status autoreply_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct autoreply *autoreply = calloc(1, sizeof(*autoreply));

	if (autoreply == NULL || read_lists(host, conf, autoreply) != 0) {
		if (autoreply == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		autoreply_close(host, autoreply);
		return POSTERN_TEMPFAIL;
	}
	autoreply->trust_headers = host->conf_bool(conf, "trust_auto_headers") != 0;
	autoreply->max_letters = (size_t)host->conf_int(conf, "max_letters");
	*instance_r = autoreply;
	return POSTERN_OK;
}

/* ---- headers ---- */

/* A header that only automatic senders write. */
struct proof {
	const char *name;
	const char *value; /* start of the value; NULL: any but "no", "false", "0" */
};

/*
 * X-Auto-Response-Suppress is not here: it asks others not to answer. Nor are
 * Precedence "bulk" and "list": mass mail is no automatic reply.
 */
static const struct proof proofs[] = {
	{"Auto-Submitted", "auto-"},
	{"X-Autoreply", NULL},
	{"X-Auto-Reply", NULL},
	{"X-Autorespond", NULL},
	{"X-Autoresponder", NULL},
	{"X-Autoresponse", NULL},
	{"X-Auto-Reply-From", NULL},
	{"X-Mail-Autoreply", NULL},
	{"X-AutoReply-From", NULL},
	{"Precedence", "auto_reply"},
	{"Precedence", "auto-reply"},
	{"X-Precedence", "auto_reply"},
	{"X-Precedence", "auto-reply"},
	{"X-POST-MessageClass", "9; Autoresponder"},
	{"Delivered-To", "autoresponder"},
};

static bool is_negative(struct postern_slice value)
{
	return value.len == 0 || view_is(value, "no") || view_is(value, "false") || view_is(value, "0");
}

static bool proves(const struct proof *proof, struct postern_slice value)
{
	value = view_trim(value);
	return proof->value != NULL ? view_starts(value, proof->value) : !is_negative(value);
}

static bool find_proof(const struct postern_host *host, struct postern_ctx *ctx, struct postern_header *out)
{
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
		for (size_t nth = 0; nth < 8 && host->header_find(ctx, proofs[i].name, nth, out) == 1; nth++)
			if (proves(&proofs[i], out->value))
				return true;
	return false;
}

static bool is_human(const struct autoreply *autoreply, struct postern_slice sender, struct postern_slice account)
{
	size_t at = sender.len;

	while (at > 0 && sender.ptr[at - 1] != '@')
		at--;
	if (account.len > 0 && words_has(&autoreply->human, account))
		return true;
	if (sender.len == 0)
		return false;
	return words_has(&autoreply->human, sender) ||
	    (at > 0 && words_has(&autoreply->human, view_sub(sender, at - 1, sender.len)));
}

/* ---- subject ---- */

struct best {
	const struct phrases *list;
	int weight;
	size_t start, end;
};

static int note_best(void *arg, size_t pattern, size_t start, size_t end)
{
	struct best *best = arg;

	if (best->list->items[pattern].weight > best->weight) {
		best->weight = best->list->items[pattern].weight;
		best->start = start;
		best->end = end;
	}
	return 0;
}

/* ---- text ---- */

/* Sentences of one segment that are told apart; a longer text gets longer ones. */
#define SENTENCES_MAX 256
/* Shorter ones (a name, a closing) say nothing for or against. */
#define SENTENCE_LETTERS 8
/* Who writes less ("You are welcome, Anna.") repeats himself like everybody. */
#define REPEAT_LETTERS 60

struct sum {
	const struct phrases *list;
	unsigned char *counted;
	int weight;
	uint64_t classes;
	size_t start, end; /* of the first match */
	size_t ends[SENTENCES_MAX];
	bool explained[SENTENCES_MAX]; /* a stock phrase stands in it, or nothing but words of automatic replies */
	bool process[SENTENCES_MAX];   /* it says only how messages are dealt with, whatever else could be read in it */
	int process_weight;
	bool answers;                  /* a phrase that answers stands in another one */
	size_t count;
};

/* The end of a sentence; "12. August" does not end behind the number. */
static size_t find_end(struct postern_slice text, size_t pos, size_t min)
{
	size_t end = sentence_end(text, pos, min);

	while (end < text.len && end - pos > 1 && text.ptr[end - 1] == '.' && text.ptr[end - 2] >= '0' &&
	    text.ptr[end - 2] <= '9')
		end = sentence_end(text, end, 1);
	return end;
}

/* Sentences, cut at semicolons too: what is said behind one may be the answer. */
static void split_sentences(struct sum *sum, struct postern_slice text)
{
	size_t min = text.len / SENTENCES_MAX + 1;

	for (size_t pos = 0; pos < text.len && sum->count < SENTENCES_MAX;) {
		size_t end = find_end(text, pos, min);
		const char *cut = end - pos > min ? memchr(text.ptr + pos + min, ';', end - pos - min) : NULL;

		pos = cut != NULL ? (size_t)(cut - text.ptr) + 1 : end;
		sum->ends[sum->count++] = pos;
	}
}

/* What the words of each sentence are about. */
static void read_process(struct sum *sum, const struct vocabulary *vocabulary, struct postern_slice text)
{
	struct process process;

	for (size_t i = 0, from = 0; i < sum->count; from = sum->ends[i++]) {
		process_read(vocabulary, view_sub(text, from, sum->ends[i]), &process);
		sum->process[i] = process_only(&process);
		sum->explained[i] = process_empty(&process);
		if (sum->process[i])
			sum->process_weight += process.points;
		if (sum->process[i] && sum->end == 0) {
			sum->start = from;
			sum->end = sum->ends[i];
		}
	}
}

/* A phrase that answers, unless it stands in a sentence about messages alone. */
static int note_answer(void *arg, size_t pattern, size_t start, size_t end)
{
	struct sum *sum = arg;

	(void)pattern;
	for (size_t i = 0, from = 0; i < sum->count && from < end; from = sum->ends[i++])
		sum->answers |= sum->ends[i] > start && !sum->process[i];
	return sum->answers ? 1 : 0;
}

static int note_sum(void *arg, size_t pattern, size_t start, size_t end)
{
	struct sum *sum = arg;

	for (size_t i = 0, from = 0; i < sum->count && from < end; from = sum->ends[i++])
		if (sum->ends[i] > start)
			sum->explained[i] = true;
	if (sum->counted[pattern])
		return 0;
	sum->counted[pattern] = 1;
	sum->weight += sum->list->items[pattern].weight;
	sum->classes |= sum->list->items[pattern].classes;
	if (sum->end == 0 || start < sum->start) {
		sum->start = start;
		sum->end = end;
	}
	return 0;
}

/* Sentences in which no stock phrase stands. */
static int count_unexplained(const struct sum *sum, struct postern_slice text)
{
	int count = 0;

	for (size_t i = 0, from = 0; i < sum->count; from = sum->ends[i++])
		if (!sum->explained[i] && letters_count(view_sub(text, from, sum->ends[i])) >= SENTENCE_LETTERS)
			count++;
	return count;
}

struct judge {
	const struct postern_host *host;
	const struct autoreply *autoreply;
	struct postern_ctx *ctx;
	struct postern_message message;
	unsigned char *counted;
	uint64_t classes;
	int stock;       /* weight of the stock phrases */
	int process;     /* of sentences that speak of messages alone */
	int unexplained; /* sentences that are no stock */
	bool answers;    /* something in it is an answer */
	size_t letters;
	size_t text;     /* index and place of the first stock phrase */
	struct postern_slice evidence;
};

static enum postern_status judge_text(struct judge *judge, size_t index, struct postern_slice text)
{
	struct sum sum = {.list = &judge->autoreply->stock, .counted = judge->counted};
	enum postern_status status;

	judge->letters += letters_count(text);
	if (judge->letters > judge->autoreply->max_letters)
		return POSTERN_OK; /* too long for an automatic reply: spare the search */
	split_sentences(&sum, text);
	read_process(&sum, &judge->autoreply->vocabulary, text);
	status = phrases_match(judge->host, judge->ctx, sum.list, text, note_sum, &sum);
	if (status != POSTERN_OK)
		return status;
	if (sum.end > 0 && judge->evidence.len == 0) {
		judge->text = index;
		judge->evidence = excerpt(text, sum.start, sum.end);
	}
	judge->stock += sum.weight;
	judge->process += sum.process_weight;
	judge->classes |= sum.classes;
	judge->unexplained += count_unexplained(&sum, text);
	status = phrases_match(judge->host, judge->ctx, &judge->autoreply->answers, text, note_answer, &sum);
	judge->answers = judge->answers || sum.answers;
	return status;
}

/* Adds the rules of the list: they join what the whole message says. */
static void add_rules(struct judge *judge)
{
	const struct phrases *list = &judge->autoreply->stock;

	for (size_t i = 0; i < list->rule_count; i++)
		if (rule_holds(&list->rules[i], judge->classes))
			judge->stock += list->rules[i].weight;
}

static enum postern_status judge_texts(struct judge *judge)
{
	enum postern_status status = POSTERN_OK;
	size_t count = judge->host->text_count(judge->ctx);
	struct postern_text text;

	judge->counted = judge->host->alloc(judge->ctx, judge->autoreply->stock.count + 1);
	if (judge->counted == NULL)
		return POSTERN_TEMPFAIL;
	memset(judge->counted, 0, judge->autoreply->stock.count + 1);
	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_NEW)
			status = judge_text(judge, i, text.text);
	}
	add_rules(judge);
	/* Two readings of the same words, not to be added up. */
	if (judge->process > judge->stock)
		judge->stock = judge->process;
	return status;
}

/* Numbers of the order in the new text: an answer about it. A case's number is what a machine gives it. */
static bool names_order(const struct judge *judge)
{
	size_t count = judge->host->id_count(judge->ctx);
	struct postern_id id;

	for (size_t i = 0; i < count; i++)
		if (judge->host->id(judge->ctx, i, &id) == POSTERN_OK && id.segment == POSTERN_SEGMENT_NEW &&
		    !view_is(id.kind, "case"))
			return true;
	return false;
}

/* ---- verdict ---- */

static enum postern_status report(const struct judge *judge, enum postern_where where, size_t index,
    struct postern_slice evidence, const char *advice, int score)
{
	struct postern_finding finding = {"MP-AUTO", where, index, evidence, advice, score};
	enum postern_status status = judge->host->finding(judge->ctx, &finding);

	return status == POSTERN_OK ? judge->host->mark(judge->ctx, POSTERN_MARK_AUTO_REPLY) : status;
}

static enum postern_status judge_subject(const struct judge *judge, bool *found_r)
{
	struct best best = {&judge->autoreply->subjects, 0, 0, 0};
	struct postern_header subject, reply;
	enum postern_status status;
	bool is_reply = judge->host->header_find(judge->ctx, "In-Reply-To", 0, &reply) == 1 ||
	    judge->host->header_find(judge->ctx, "References", 0, &reply) == 1;

	*found_r = false;
	if (judge->host->header_find(judge->ctx, "Subject", 0, &subject) != 1)
		return POSTERN_OK;
	status = phrases_match(judge->host, judge->ctx, best.list, subject.value, note_best, &best);
	if (status != POSTERN_OK || best.weight == 0 || (best.weight < 2 && !is_reply))
		return status;
	*found_r = true;
	return report(judge, POSTERN_IN_MESSAGE, 0, subject.value,
	    "An agent must answer this message: the subject is an automatic reply's.", 90);
}

/* The new text, all of it, as texts are compared with each other. */
static enum postern_status normalise(const struct judge *judge, struct postern_slice *out)
{
	size_t count = judge->host->text_count(judge->ctx), len = 0;
	struct postern_text text;
	char *copy;

	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK && text.kind == POSTERN_SEGMENT_NEW)
			len += text.text.len;
	copy = judge->host->alloc(judge->ctx, len + 1);
	*out = (struct postern_slice){copy, 0};
	if (copy == NULL)
		return POSTERN_TEMPFAIL;
	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK && text.kind == POSTERN_SEGMENT_NEW)
			out->len += habits_normalise(text.text, copy + out->len);
	return POSTERN_OK;
}

/* Sent within a minute, or the same to many. Only for what answers nothing. */
static enum postern_status judge_habits(const struct judge *judge, struct postern_slice normal)
{
	bool repeated = false;
	enum postern_status status;

	if (judge->stock > 0 && habits_hurried(&judge->autoreply->habits, judge->host, judge->ctx))
		return report(judge, POSTERN_IN_TEXT, judge->text, judge->evidence,
		    "It followed the customer's message at once: a person has to answer.", 75);
	if (judge->letters < REPEAT_LETTERS)
		return POSTERN_OK;
	status = habits_repeated(&judge->autoreply->habits, judge->host, judge->ctx, normal, &repeated);
	if (status != POSTERN_OK || !repeated)
		return status;
	return report(judge, POSTERN_IN_MESSAGE, 0, view_str("the same text to several customers"),
	    "Answer what this customer asked, or register the text as a template.", 65);
}

static enum postern_status judge_body(struct judge *judge)
{
	enum postern_status status = judge_texts(judge);
	struct postern_slice normal;

	if (status != POSTERN_OK || judge->answers || judge->letters > judge->autoreply->max_letters ||
	    names_order(judge))
		return status;
	status = normalise(judge, &normal);
	if (status != POSTERN_OK || habits_registered(&judge->autoreply->habits, normal))
		return status;
	/* What the stock does not explain may be the answer: each such sentence asks for more proof. */
	if (judge->stock >= 2 + judge->unexplained)
		return report(judge, POSTERN_IN_TEXT, judge->text, judge->evidence, NULL, 70);
	return judge_habits(judge, normal);
}

static enum postern_status autoreply_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .autoreply = instance, .ctx = ctx};
	struct postern_header header;
	enum postern_status status;
	bool found;

	host->message(ctx, &judge.message);
	if (judge.autoreply->trust_headers && !is_human(judge.autoreply, judge.message.sender, judge.message.account)) {
		if (judge.message.sender.len == 0 || find_proof(host, ctx, &header))
			return report(&judge, POSTERN_IN_MESSAGE, 0,
			    judge.message.sender.len == 0 ? view_str("empty envelope sender") : header.value, NULL, 100);
	}
	status = judge_subject(&judge, &found);
	if (status != POSTERN_OK || found)
		return status;
	return judge_body(&judge);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("autoreply"),
	.version = "1.0",
	.summary = "Finds automatic replies, which do not count as an answer.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_IDS | POSTERN_NEED_STORE,
	.rules = rules,
	.options = options,
	.open = autoreply_open,
	.check = autoreply_check,
	.close = autoreply_close,
};
