/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models of wording for plugins. Those of a generation are one table (core/wording.h), and what a segment of a message
 * weighs in all of them is kept until its judging ends: the first rule that asks has it taken apart for the others.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/host.h"

/* The first segments, of which something is kept; most messages have one or two. */
#define SEGMENTS_MAX 16

struct postern_model {
	struct wording *wording;
	bool own; /* the table */
	size_t number;
};

/* A segment that was weighed. */
struct weighed {
	struct weighed *next;
	struct slice text;
	size_t count;
	size_t *ends;
	int sums[]; /* as wording_weigh gives them */
};

struct postern_model *host_model_compile(const struct postern_conf *conf, const char *option)
{
	struct wording *shared = conf != NULL ? conf->wording : NULL;
	struct postern_model *model = calloc(1, sizeof(*model));
	struct diag d = {0};

	if (model != NULL) {
		model->own = shared == NULL;
		model->wording = shared != NULL ? shared : wording_new();
	}
	if (model == NULL || model->wording == NULL) {
		diag_add(&d, "out of memory");
	} else if (wording_add(model->wording, host_view(host_conf_file(conf, option)), &model->number, &d) == 0 &&
	    (!model->own || wording_finish(model->wording, &d) == 0)) {
		return model;
	}
	host_conf_error(conf, option, 0, d.text);
	host_model_free(model);
	return NULL;
}

void host_model_free(struct postern_model *model)
{
	if (model == NULL)
		return;
	if (model->own)
		wording_free(&model->wording);
	free(model);
}

/* Whether it is one of the first segments: other bytes at the same place may be different ones the next time. */
static bool is_segment(const struct judging *j, struct slice text)
{
	const struct message *m = j->message;

	for (size_t i = 0; m != NULL && i < m->segment_count && i < SEGMENTS_MAX; i++)
		if (m->segments[i].text.ptr == text.ptr && m->segments[i].text.len == text.len)
			return true;
	return false;
}

static void weighed_free(struct weighed *weighed)
{
	if (weighed == NULL)
		return;
	free(weighed->ends);
	free(weighed);
}

/* NULL: memory is out. */
static struct weighed *weigh(const struct wording *wording, struct slice text, const size_t *ends, size_t count)
{
	struct weighed *out = NULL;

	if (count < SIZE_MAX / sizeof(int) / (wording_count(wording) + 1) - sizeof(*out))
		out = malloc(sizeof(*out) + count * wording_count(wording) * sizeof(out->sums[0]));
	if (out == NULL)
		return NULL;
	*out = (struct weighed){.text = text, .count = count, .ends = reallocarray(NULL, count + 1, sizeof(*ends))};
	if (out->ends == NULL || wording_weigh(wording, text, ends, count, out->sums) != 0) {
		weighed_free(out);
		return NULL;
	}
	memcpy(out->ends, ends, count * sizeof(*ends));
	return out;
}

static const struct weighed *find_weighed(const struct judging *j, struct slice text, const size_t *ends, size_t count)
{
	for (const struct weighed *w = j->weighed; w != NULL; w = w->next)
		if (w->text.ptr == text.ptr && w->text.len == text.len && w->count == count &&
		    memcmp(w->ends, ends, count * sizeof(*ends)) == 0)
			return w;
	return NULL;
}

static void give_sums(const struct postern_model *model, const struct weighed *weighed, int *sums)
{
	size_t models = wording_count(model->wording);

	for (size_t i = 0; i < weighed->count; i++)
		sums[i] = weighed->sums[i * models + model->number];
}

/* Whether the pieces are in order and within the text. */
static bool are_pieces(struct slice text, const size_t *ends, size_t count)
{
	size_t last = 0;

	for (size_t i = 0; i < count; last = ends[i], i++)
		if (ends[i] < last || ends[i] > text.len)
			return false;
	return true;
}

/* What is kept belongs to the generation's models; a rule's own are weighed each time. */
static bool is_kept(const struct judging *j, const struct postern_model *model, struct slice text)
{
	return !model->own && j->generation != NULL && j->generation->wording == model->wording && is_segment(j, text);
}

enum postern_status host_model_weigh(struct postern_ctx *ctx, const struct postern_model *model,
    struct postern_slice text, const size_t *ends, size_t count, int *sums)
{
	struct judging *j = ctx->judging;
	struct slice view = host_view(text);
	const struct weighed *known;
	struct weighed *made;
	bool keep;

	if (count == 0)
		return POSTERN_OK;
	if (model == NULL || ends == NULL || sums == NULL || !are_pieces(view, ends, count))
		return host_trouble(ctx, POSTERN_BUG, "model_weigh without a model, or of pieces that are none of the text");
	keep = is_kept(j, model, view);
	known = keep ? find_weighed(j, view, ends, count) : NULL;
	made = known == NULL ? weigh(model->wording, view, ends, count) : NULL;
	if (known == NULL && made == NULL)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "memory is out");
	give_sums(model, known != NULL ? known : made, sums);
	if (made != NULL && keep) {
		made->next = j->weighed;
		j->weighed = made;
	} else {
		weighed_free(made);
	}
	return POSTERN_OK;
}

void wording_forget(struct judging *j)
{
	while (j->weighed != NULL) {
		struct weighed *next = j->weighed->next;

		weighed_free(j->weighed);
		j->weighed = next;
	}
}
