/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What plugins ask of the desk: whether a window of the marketplace is open for an order, and when something is due
 * by one of its clocks. Both as of the time of receipt, so that a retried message gets the same answer.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "desk/window.h"
#include "engine/host.h"
#include "store/store.h"

#define DAY_LEN 10 /* "2026-01-11" */

/* ---- milestones of a subject --------------------------------------------------------- */

struct collected {
	const struct judging *judging;
	struct desk_milestone *list;
	size_t count, size;
	bool failed;
};

static bool grow(struct collected *c)
{
	size_t size = c->size > 0 ? 2 * c->size : 8;
	struct desk_milestone *list;

	if (c->count < c->size)
		return true;
	list = arena_alloc(c->judging->arena, size * sizeof(*list));
	if (list == NULL)
		return false;
	if (c->count > 0)
		memcpy(list, c->list, c->count * sizeof(*list));
	c->list = list;
	c->size = size;
	return true;
}

/* A number may mean something at another marketplace too. */
static int take_milestone(void *arg, const struct store_milestone *milestone)
{
	struct collected *c = arg;
	struct desk_milestone *copy;

	if (milestone->marketplace[0] != '\0' && strcmp(milestone->marketplace, marketplace_name(c->judging->market)) != 0)
		return 0;
	c->failed = !grow(c);
	if (c->failed)
		return 1;
	copy = &c->list[c->count++];
	*copy = (struct desk_milestone){
		.name = arena_strdup(c->judging->arena, milestone->name),
		.subject = arena_strdup(c->judging->arena, milestone->subject),
		.time = milestone->time, .term_days = (int)milestone->term_days, .id = "",
	};
	c->failed = copy->name == NULL || copy->subject == NULL;
	return c->failed ? 1 : 0;
}

/* ---- windows --------------------------------------------------------------------------- */

static bool is_known(const struct desk_window *windows, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(windows[i].name, name) == 0)
			return true;
	return false;
}

static enum postern_window_state state_of(enum window_state state)
{
	switch (state) {
	case WINDOW_WAITING:
		return POSTERN_WINDOW_WAITING;
	case WINDOW_OPEN:
	case WINDOW_CLOSING:
		return POSTERN_WINDOW_OPEN;
	case WINDOW_CLOSED:
		return POSTERN_WINDOW_CLOSED;
	case WINDOW_USED:
		break;
	}
	return POSTERN_WINDOW_USED;
}

static struct postern_slice day_of(const struct judging *j, const struct zone *zone, int64_t seconds)
{
	char text[40];

	clock_format(text, sizeof(text), zone_local(zone, seconds));
	text[DAY_LEN] = '\0';
	return host_slice(slice_str(arena_strdup(j->arena, text)));
}

/* Of several the one that began last: a later delivery is the one that people write about. */
static const struct desk_window_state *latest(const struct desk_window_state *list, size_t count, const char *name)
{
	const struct desk_window_state *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0 && (found == NULL || list[i].started > found->started))
			found = &list[i];
	return found;
}

static enum postern_status tell(struct postern_ctx *ctx, const struct desk_window_state *state, struct postern_window *out)
{
	const struct judging *j = ctx->judging;
	const struct zone *zone;

	if (state == NULL)
		return POSTERN_OK;
	zone = state->window->zone;
	*out = (struct postern_window){state_of(state->state), state->opens, state->closes, day_of(j, zone, state->opens),
	    day_of(j, zone, state->closes), host_slice(slice_str(arena_strdup(j->arena, state->title)))};
	if (out->first_day.ptr == NULL || out->last_day.ptr == NULL || out->title.ptr == NULL)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	return POSTERN_OK;
}

static enum postern_status count_window(struct postern_ctx *ctx, const struct desk_window *windows, size_t window_count,
    const char *name, const struct collected *c, struct postern_window *out)
{
	struct desk_window_state *states;
	enum postern_status status;
	size_t count;

	if (desk_windows(windows, window_count, c->list, c->count, ctx->judging->received, &states, &count) == -1)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "out of memory");
	status = tell(ctx, latest(states, count, name), out);
	free(states);
	return status;
}

enum postern_status host_window(struct postern_ctx *ctx, const char *name, struct postern_slice subject,
    struct postern_window *out)
{
	struct judging *j = ctx->judging;
	struct collected collected = {.judging = j};
	const struct desk_window *windows = NULL;
	struct diag d;
	size_t count = 0;

	diag_clear(&d);
	memset(out, 0, sizeof(*out));
	if (!host_has_need(ctx, POSTERN_NEED_STORE))
		return POSTERN_BUG;
	if (j->market != NULL)
		windows = marketplace_windows(j->market, &count);
	if (name == NULL || !is_known(windows, count, name))
		return host_trouble(ctx, POSTERN_BUG, "it asked for a window that the marketplace's profile does not have");
	if (subject.len == 0 || j->services->store == NULL)
		return POSTERN_OK;
	if (store_milestones(j->services->store, host_view(subject), 0, take_milestone, &collected, &d) == -1)
		return host_trouble(ctx, POSTERN_TEMPFAIL, arena_strdup(j->arena, d.text));
	if (collected.failed)
		return host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	return count_window(ctx, windows, count, name, &collected, out);
}

/* ---- clocks ------------------------------------------------------------------------------ */

enum postern_status host_clock_due(struct postern_ctx *ctx, const char *clock, int64_t *due_r)
{
	const struct judging *j = ctx->judging;
	const struct sla_clock *found = NULL;

	if (clock != NULL && j->market != NULL)
		found = marketplace_clock(j->market, clock, j->received);
	*due_r = found != NULL ? sla_due(found, j->received) : 0;
	return POSTERN_OK;
}
