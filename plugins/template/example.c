/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small plugin to start from: finds words that the administrator does not
 * want in outgoing mail. Copy the folder, rename "example" and "EX-WORD", change
 * word_check. README.md beside this file goes through it step by step.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <postern/plugin.h>

/* What this plugin may report. The help is told to the sender: "Message not sent: <help> ('<evidence>')." */
static const struct postern_rule_id rule_ids[] = {
	{"EX-WORD", "a word that this site does not want in messages to customers"},
	{NULL, NULL}
};

/* What a rule that uses this plugin may set. The host checks types and ranges. */
static const struct postern_option options[] = {
	{"words", POSTERN_OPTION_LIST, "", 0, 0, "Words to find, whatever their case."},
	{"quoted", POSTERN_OPTION_BOOL, "no", 0, 0, "Whether to look into quoted text too."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL}
};

/* One rule's settings, made ready once. Never changed after open: checks run in many threads at once. */
struct instance {
	int quoted;
	size_t count;
	struct postern_slice words[]; /* views into the options: valid until close */
};

static enum postern_status word_check_config(const struct postern_host *host, const struct postern_conf *conf)
{
	if (host->conf_list_count(conf, "words") > 0)
		return POSTERN_OK;
	host->conf_error(conf, "words", 0, "name at least one word");
	return POSTERN_BUG;
}

static enum postern_status word_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	size_t count = host->conf_list_count(conf, "words");
	struct instance *in = calloc(1, sizeof(*in) + count * sizeof(in->words[0]));

	if (in == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	in->quoted = host->conf_bool(conf, "quoted");
	in->count = count;
	for (size_t i = 0; i < count; i++)
		in->words[i] = host->conf_list_item(conf, "words", i);
	*instance_r = in;
	return POSTERN_OK;
}

static void word_close(const struct postern_host *host, void *instance)
{
	(void)host;
	free(instance);
}

static int is_word_byte(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

/* The word at its own borders ("art" is not in "party"); NULL when it is not there. */
static const char *find_word(struct postern_slice text, struct postern_slice word)
{
	for (size_t i = 0; word.len > 0 && i + word.len <= text.len; i++) {
		size_t k = 0;

		if (i > 0 && is_word_byte((unsigned char)text.ptr[i - 1]))
			continue;
		while (k < word.len && tolower((unsigned char)text.ptr[i + k]) == tolower((unsigned char)word.ptr[k]))
			k++;
		if (k == word.len && (i + k == text.len || !is_word_byte((unsigned char)text.ptr[i + k])))
			return text.ptr + i;
	}
	return NULL;
}

static enum postern_status check_text(const struct postern_host *host, const struct instance *in,
    struct postern_ctx *ctx, size_t index, struct postern_slice text)
{
	for (size_t i = 0; i < in->count; i++) {
		const char *place = find_word(text, in->words[i]);
		struct postern_finding finding = {
			.rule_id = "EX-WORD", .where = POSTERN_IN_TEXT, .index = index,
			.evidence = {place, in->words[i].len}, .score = 100
		};
		enum postern_status status = place != NULL ? host->finding(ctx, &finding) : POSTERN_OK;

		/* What goes wrong is passed on: a check that could not be made is never "nothing found". */
		if (status != POSTERN_OK)
			return status;
	}
	return POSTERN_OK;
}

static enum postern_status word_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct instance *in = instance;
	size_t count = host->text_count(ctx);

	for (size_t i = 0; i < count; i++) {
		struct postern_text text;
		enum postern_status status = host->text(ctx, i, &text);

		if (status == POSTERN_OK && (in->quoted || text.kind != POSTERN_SEGMENT_QUOTE))
			status = check_text(host, in, ctx, i, text.text);
		if (status != POSTERN_OK)
			return status;
	}
	return POSTERN_OK;
}

/* The one name that Postern looks up. */
const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("example"),
	.version = "1.0",
	.summary = "Finds words that a site does not want in its messages.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rule_ids,
	.options = options,
	.check_config = word_check_config,
	.open = word_open,
	.check = word_check,
	.close = word_close,
};
