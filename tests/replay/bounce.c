/* SPDX-License-Identifier: BSD-2-Clause */
/* BOUNCE: the report that comes back for an answer that could not be delivered. */
#include "compose.h"
#include "play.h"

/* The last message that the seller sent, or the one that is named. */
static const struct letter *bounced(const struct play *play, const char *name)
{
	if (name != NULL)
		return play_letter(play, name);
	for (size_t i = play->letter_count; i > 0; i--)
		if (play->letters[i - 1].out)
			return &play->letters[i - 1];
	return NULL;
}

int bounce_step(struct play *play, const struct step *step, struct diag *d)
{
	struct words words = step_words(step);
	const char *name = word_is(&words, "of") ? word_take(&words) : NULL;
	const char *status = word_is(&words, "status") ? word_take(&words) : "5.1.1";
	const struct letter *sent = bounced(play, name);
	struct compose_bounce bounce = {.time = clock_now(&play->world->clock), .status = status};
	struct letter letter = {.name = ""};
	struct delivery delivery = {.from = "", .client = "198.51.100.25", .to = &bounce.to, .to_count = 1};
	struct buf raw = {0};
	int rc;

	if (sent == NULL || !sent->out || status == NULL)
		return diag_at(d, step->file, step->line, "BOUNCE [of NAME] [status 5.1.1]: NAME is a message that was sent");
	bounce.to = sent->from->address;
	bounce.recipient = sent->to->address;
	bounce.original = sent->message_id;
	bounce.subject = sent->subject;
	bounce.message_id = letter.message_id = arena_printf(play->arena, "<bounce.%d@mail.example>", step->line);
	letter.subject = "Undelivered Mail Returned to Sender";
	compose_bounce(&bounce, &raw);
	delivery.raw = buf_slice(&raw);
	rc = play_deliver(play, step, &delivery, &letter, d);
	buf_free(&raw);
	return rc;
}
