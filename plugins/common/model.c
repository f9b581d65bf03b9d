/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linear model over words: each word and each pair of neighbouring words of a
 * sentence has a weight, and the sum, divided by the root of their number, says
 * how much the sentence reads like those that a rule is after. The weights are
 * rule data, made by contrib/train-wording from the texts in rules/training. The
 * host weighs, each sentence once for the models of all rules; what a sum means
 * is said here.
 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

/* What the model adds for a sentence that is likely, certain or sure. Only a sure one is a finding without a phrase. */
#define POINTS_LIKELY 2
#define POINTS_CERTAIN 4
#define POINTS_SURE 5

static int number(struct postern_slice s)
{
	char text[16];

	if (s.len >= sizeof(text))
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return (int)strtol(text, NULL, 10);
}

static void read_limit(struct model *model, struct postern_slice line)
{
	struct postern_slice word = {"", 0}, value = {"", 0};

	view_next(&line, '\t', &word);
	view_next(&line, '\t', &value);
	if (view_is(word, "@likely"))
		model->likely = number(value);
	else if (view_is(word, "@certain"))
		model->certain = number(value);
	else if (view_is(word, "@sure"))
		model->sure = number(value);
}

int model_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct model *out)
{
	struct postern_slice file = host->conf_file(conf, option), line;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	for (; view_next(&file, '\n', &line); count += line.len > 0)
		if (line.len > 0 && line.ptr[0] == '@')
			read_limit(out, line);
	if (count == 0)
		return 0;
	if (out->certain <= 0 || out->likely <= 0 || out->sure <= 0) {
		host->conf_error(conf, option, 0, "no @likely, @certain and @sure: make the file with contrib/train-wording");
		return -1;
	}
	out->weights = host->model_compile(conf, option);
	return out->weights != NULL ? 0 : -1;
}

void model_close(const struct postern_host *host, struct model *model)
{
	if (model->weights != NULL)
		host->model_free(model->weights);
	memset(model, 0, sizeof(*model));
}

int model_points(const struct model *model, int sum)
{
	if (sum >= model->sure)
		return POINTS_SURE;
	return sum >= model->certain ? POINTS_CERTAIN : sum >= model->likely ? POINTS_LIKELY : 0;
}
