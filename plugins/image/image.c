/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "image": images of HTML mail that load from elsewhere, tell that
 * the mail was read, or show a web address instead of a picture (MP-IMG).
 * Which of these a rule reports is its option "find", so that one rule may hold
 * tracking pixels and another tag the rest.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 20
/* A picture of so few pixels shows nothing. */
#define PIXEL_SIDE 2

struct image {
	struct words find;
	struct phrases patterns;
	int64_t max_remote;
};

static const struct postern_rule_id rules[] = {
	{"MP-IMG", "an image that loads from elsewhere, tracks the reader, or shows a web address"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"find", POSTERN_OPTION_LIST, "tracking,remote,insecure,data,alt", 0, 0,
	    "What is reported: tracking (pixels that tell that mail was read), remote (more than max_remote), insecure (http), data (inside the HTML), alt (a web address instead of the picture)."},
	{"max_remote", POSTERN_OPTION_INT, "0", 0, 1000,
	    "Remote images that one message may show; those of the marketplace's own domains don't count."},
	{"patterns", POSTERN_OPTION_FILE, "lists/image-patterns.tsv", 0, 0,
	    "Expressions: value \"tracking\" for addresses of tracking pixels, \"address\" for web addresses in alternative texts."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void image_close(const struct postern_host *host, void *instance)
{
	struct image *image = instance;

	if (image == NULL)
		return;
	words_close(&image->find);
	phrases_close(host, &image->patterns);
	free(image);
}

static enum postern_status check_config(const struct postern_host *host, const struct postern_conf *conf)
{
	static const char known[] = "tracking,remote,insecure,data,alt";

	for (size_t i = 0; i < host->conf_list_count(conf, "find"); i++) {
		struct postern_slice item = view_trim(host->conf_list_item(conf, "find", i)), next, rest = view_str(known);
		bool found = false;

		while (view_next(&rest, ',', &next))
			found = found || view_eq(next, item);
		if (!found)
			host->conf_error(conf, "find", 0, "known are tracking, remote, insecure, data and alt");
	}
	return POSTERN_OK;
}

static enum postern_status image_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct image *image = calloc(1, sizeof(*image));

	if (image == NULL || words_open_list(host, conf, "find", &image->find) != 0 ||
	    phrases_open(host, conf, "patterns", &image->patterns) != 0) {
		if (image == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		image_close(host, image);
		return POSTERN_TEMPFAIL;
	}
	image->max_remote = host->conf_int(conf, "max_remote");
	*instance_r = image;
	return POSTERN_OK;
}

/* One call of check. */
struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct image *image;
	struct postern_slice domains;
	size_t remote, findings;
	struct postern_slice first; /* the first remote one that counts */
};

static enum postern_status report(struct judge *j, const char *what, struct postern_slice evidence, int score, const char *advice)
{
	struct postern_finding finding = {"MP-IMG", POSTERN_IN_MESSAGE, 0, evidence, advice, score};

	if (!words_has(&j->image->find, view_str(what)) || j->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	return j->host->finding(j->ctx, &finding);
}

struct search {
	const struct judge *judge;
	struct postern_slice text;
	const char *value;
	bool found;
};

static bool is_own(const struct judge *j, struct postern_slice host_name)
{
	struct postern_slice domains = j->domains, domain;

	while (view_next(&domains, ',', &domain))
		if (host_below(host_name, domain))
			return true;
	return false;
}

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct search *s = arg;
	const struct phrases *patterns = &s->judge->image->patterns;
	struct postern_slice match = view_sub(s->text, start, end);

	if (pattern >= patterns->count || strcmp(patterns->items[pattern].value, s->value) != 0)
		return 0;
	/* "www.walmart.com" in an alternative text leads nowhere else */
	if (view_starts(match, "www."))
		match = view_sub(match, 4, match.len);
	s->found = s->found || !is_own(s->judge, match);
	return s->found;
}

/* Whether an expression of that value matches. */
static enum postern_status search(const struct judge *j, struct postern_slice text, const char *value, bool *found_r)
{
	struct search s = {.judge = j, .text = text, .value = value};
	enum postern_status status = phrases_match(j->host, j->ctx, &j->image->patterns, text, note_match, &s);

	*found_r = s.found;
	return status;
}

static bool is_tiny(const struct postern_image *image)
{
	return (image->width >= 0 && image->width <= PIXEL_SIDE) || (image->height >= 0 && image->height <= PIXEL_SIDE);
}

static enum postern_status judge_remote(struct judge *j, const struct postern_image *image)
{
	static const char remove[] = "Remove the invisible picture; it tells that the mail was read.";
	enum postern_status status;
	bool tracks;

	if (is_tiny(image))
		return report(j, "tracking", image->source, 95, remove);
	if (image->hidden)
		return report(j, "tracking", image->source, 90, remove);
	status = search(j, image->source, "tracking", &tracks);
	if (status != POSTERN_OK)
		return status;
	if (tracks)
		return report(j, "tracking", image->source, 80, remove);
	if (is_own(j, image->host))
		return POSTERN_OK;
	if (j->remote++ == 0)
		j->first = image->source;
	if (view_starts(image->source, "http:"))
		return report(j, "insecure", image->source, 90, "Attach the picture instead of loading it without encryption.");
	return POSTERN_OK;
}

static enum postern_status judge_image(struct judge *j, const struct postern_image *image)
{
	enum postern_status status = POSTERN_OK;
	bool address = false;

	if (image->segment == POSTERN_SEGMENT_QUOTE)
		return POSTERN_OK;
	if (image->host.len > 0)
		status = judge_remote(j, image);
	else if (view_starts(image->source, "data:"))
		status = report(j, "data", view_sub(image->source, 0, 40), 60, "Attach the picture as a file.");
	if (status == POSTERN_OK && image->alt.len > 0)
		status = search(j, image->alt, "address", &address);
	if (status == POSTERN_OK && address)
		status = report(j, "alt", image->alt, 90, "Remove the web address from the picture's description, and from the picture.");
	return status;
}

static enum postern_status image_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct judge j = {.host = host, .ctx = ctx, .image = instance};
	enum postern_status status = POSTERN_OK;
	size_t count = host->image_count(ctx);
	struct postern_image image;

	if (count == 0)
		return POSTERN_OK;
	j.domains = host->profile(ctx, "allow_domains");
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = host->image(ctx, i, &image) != POSTERN_OK ? POSTERN_BUG : judge_image(&j, &image);
	if (status == POSTERN_OK && j.remote > (size_t)j.image->max_remote)
		status = report(&j, "remote", j.first, 70, "Attach the picture instead of loading it from elsewhere.");
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("image"),
	.version = "1.0",
	.summary = "Finds images that load from elsewhere, track the reader, or show a web address.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_IMAGES,
	.rules = rules,
	.options = options,
	.check_config = check_config,
	.open = image_open,
	.check = image_check,
	.close = image_close,
};
