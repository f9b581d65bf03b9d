/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands around a message's text: how it was disguised, what it answers,
 * its images, and the marketplaces that there are.
 */
#include "engine/answered.h"
#include "engine/host.h"
#include "mail/normal.h"

_Static_assert((int)POSTERN_DISGUISE_INVISIBLE == (int)DISGUISE_INVISIBLE &&
    (int)POSTERN_DISGUISE_BIDI == (int)DISGUISE_BIDI && (int)POSTERN_DISGUISE_LOOKALIKE == (int)DISGUISE_LOOKALIKE &&
    (int)POSTERN_DISGUISE_FORM == (int)DISGUISE_FORM, "kinds of disguise differ");

static const char bad_index[] = "it asked for an index that does not exist";

enum postern_status host_original(struct postern_ctx *ctx, size_t text, size_t start, size_t end,
    struct postern_slice *out)
{
	const struct message *m = ctx->judging->message;

	if (!host_has_need(ctx, POSTERN_NEED_TEXT))
		return POSTERN_BUG;
	if (text >= m->segment_count || start > end || end > m->segments[text].text.len)
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	*out = host_slice(normal_original(&m->segments[text], start, end));
	return POSTERN_OK;
}

size_t host_disguise_count(struct postern_ctx *ctx)
{
	return host_has_need(ctx, POSTERN_NEED_TEXT) ? ctx->judging->message->disguise_count : 0;
}

enum postern_status host_disguise(struct postern_ctx *ctx, size_t index, struct postern_disguise *out)
{
	const struct message *m = ctx->judging->message;
	const struct mail_disguise *disguise;

	if (!host_has_need(ctx, POSTERN_NEED_TEXT))
		return POSTERN_BUG;
	if (index >= m->disguise_count)
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	disguise = &m->disguises[index];
	*out = (struct postern_disguise){(enum postern_disguise_kind)disguise->kind, disguise->segment,
	    disguise->start, disguise->end, disguise->count};
	return POSTERN_OK;
}

size_t host_alternative(struct postern_ctx *ctx, size_t part)
{
	const struct message *m = ctx->judging->message;

	if (!host_has_need(ctx, POSTERN_NEED_TEXT) || part >= m->part_count)
		return 0;
	return m->parts[part].alternative;
}

enum postern_quotes host_quotes(struct postern_ctx *ctx)
{
	return ctx->judging->quotes;
}

size_t host_image_count(struct postern_ctx *ctx)
{
	return host_has_need(ctx, POSTERN_NEED_IMAGES) ? ctx->judging->message->image_count : 0;
}

enum postern_status host_image(struct postern_ctx *ctx, size_t index, struct postern_image *out)
{
	const struct message *m = ctx->judging->message;
	const struct mail_image *image;

	if (!host_has_need(ctx, POSTERN_NEED_IMAGES))
		return POSTERN_BUG;
	if (index >= m->image_count)
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	image = &m->images[index];
	*out = (struct postern_image){
		.source = host_slice(image->source),
		.host = host_slice(image->host),
		.alt = host_slice(image->alt),
		.width = image->width,
		.height = image->height,
		.hidden = image->hidden,
		.segment = (enum postern_segment_kind)image->segment,
		.part = image->part,
	};
	return POSTERN_OK;
}

enum postern_status host_inbound(struct postern_ctx *ctx, struct postern_inbound *out)
{
	struct judging *j = ctx->judging;
	struct diag d;

	diag_clear(&d);
	*out = (struct postern_inbound){0};
	if (answered_load(j, &d) != 0)
		return host_trouble(ctx, POSTERN_TEMPFAIL, arena_strdup(j->arena, d.text));
	*out = j->inbound;
	return POSTERN_OK;
}

/* ---- marketplaces ---- */

size_t host_market_count(struct postern_ctx *ctx)
{
	return profiles_count(ctx->judging->generation->profiles);
}

enum postern_status host_market(struct postern_ctx *ctx, size_t index, struct postern_market *out)
{
	const struct profiles *profiles = ctx->judging->generation->profiles;
	const struct marketplace *market;

	if (index >= profiles_count(profiles))
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	market = profiles_get(profiles, index);
	*out = (struct postern_market){host_slice(slice_str(marketplace_name(market))),
	    host_slice(slice_str(marketplace_title(market)))};
	return POSTERN_OK;
}

struct postern_slice host_market_profile(struct postern_ctx *ctx, struct postern_slice market, const char *name)
{
	const struct judging *j = ctx->judging;
	const struct profiles *profiles = j->generation->profiles;

	for (size_t i = 0; name != NULL && i < profiles_count(profiles); i++) {
		const struct marketplace *m = profiles_get(profiles, i);

		if (slice_eq_str(host_view(market), marketplace_name(m)))
			return host_slice(marketplace_value(m, name, j->received, NULL, NULL));
	}
	return host_slice(SLICE_NONE);
}

enum postern_status host_address_market(struct postern_ctx *ctx, struct postern_slice address,
    struct postern_slice *market_r)
{
	const struct marketplace *market = NULL;
	struct diag d;

	diag_clear(&d);
	*market_r = host_slice(SLICE_LIT(""));
	if (profiles_recipient(ctx->judging->generation->profiles, host_view(address), &market, &d) < 0)
		return host_trouble(ctx, POSTERN_TEMPFAIL, arena_strdup(ctx->judging->arena, d.text));
	if (market != NULL)
		*market_r = host_slice(slice_str(marketplace_name(market)));
	return POSTERN_OK;
}
