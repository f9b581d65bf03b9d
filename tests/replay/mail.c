/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAIL: makes a message of the few words that a scenario says, as a customer's or a helpdesk's mail program would, and
 * hands it in. What is not said has a value that is good: who answers, says something honest.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compose.h"
#include "core/file.h"
#include "play.h"

#define FILE_MAX ((size_t)1 << 24)

struct plan {
	struct play *play;
	const struct step *step;
	struct compose mail;
	const struct play_person *from, *to[COMPOSE_MAX];
	size_t to_count;
	const char *login, *envelope, *name, *answers, *raw;
	bool out, fresh;
};

static int plan_recipient(struct plan *plan, const char *name, struct diag *d)
{
	const struct play_person *person = play_person(plan->play, plan->step, name, d);

	if (person == NULL || plan->to_count == COMPOSE_MAX)
		return -1;
	plan->to[plan->to_count++] = person;
	return 0;
}

static int plan_add(struct plan *plan, const char **list, size_t *count, const char *value, struct diag *d)
{
	if (*count == COMPOSE_MAX)
		return diag_at(d, plan->step->file, plan->step->line, "more than %d of a kind", COMPOSE_MAX);
	list[(*count)++] = value;
	return 0;
}

static int plan_word(struct plan *plan, const char *word, const char *value, struct diag *d)
{
	struct compose *mail = &plan->mail;

	if (strcmp(word, "from") == 0)
		return (plan->from = play_person(plan->play, plan->step, value, d)) != NULL ? 0 : -1;
	if (strcmp(word, "to") == 0)
		return plan_recipient(plan, value, d);
	if (strcmp(word, "header") == 0)
		return plan_add(plan, mail->headers, &mail->header_count, value, d);
	if (strcmp(word, "attach") == 0)
		return plan_add(plan, mail->attachments, &mail->attachment_count, value, d);
	if (strcmp(word, "subject") == 0)
		mail->subject = value;
	else if (strcmp(word, "text") == 0)
		mail->text = value;
	else if (strcmp(word, "login") == 0)
		plan->login = strcmp(value, "none") == 0 ? NULL : value;
	else if (strcmp(word, "envelope") == 0)
		plan->envelope = strcmp(value, "<>") == 0 ? "" : value;
	else if (strcmp(word, "id") == 0)
		plan->name = value;
	else if (strcmp(word, "answers") == 0)
		plan->answers = value;
	else if (strcmp(word, "file") == 0)
		plan->raw = value;
	else
		return diag_at(d, plan->step->file, plan->step->line, "MAIL: '%s' is none of from, to, subject, text, header, "
		    "attach, login, envelope, id, answers, file, new", word);
	return 0;
}

static int plan_read(struct plan *plan, struct diag *d)
{
	struct words words = step_words(plan->step);
	const char *word, *value;

	plan->out = word_is(&words, "out");
	if (!plan->out && !word_is(&words, "in"))
		return diag_at(d, plan->step->file, plan->step->line, "MAIL in (to the seller) or MAIL out (from the seller)?");
	plan->login = plan->out ? "care" : NULL;
	while ((word = word_take(&words)) != NULL) {
		if (strcmp(word, "new") == 0) {
			plan->fresh = true;
			continue;
		}
		if (word_need(&words, word, &value, d) != 0 || plan_word(plan, word, value, d) != 0)
			return -1;
	}
	if (plan->step->text != NULL)
		plan->mail.text = plan->step->text;
	return 0;
}

static int plan_parties(struct plan *plan, struct diag *d)
{
	if (plan->from == NULL && plan->out)
		plan->from = play_person(plan->play, plan->step, "care", d);
	if (plan->to_count == 0 && !plan->out && plan_recipient(plan, "care", d) != 0)
		return -1;
	if (plan->from == NULL || plan->to_count == 0)
		return diag_at(d, plan->step->file, plan->step->line, "MAIL: %s whom?", plan->out ? "to" : "from");
	return 0;
}

/* The message that this one answers: the one that is named, else the customer's last one. */
static const struct letter *plan_answered(const struct plan *plan)
{
	const struct play *play = plan->play;

	if (plan->answers != NULL)
		return play_letter(play, plan->answers);
	for (size_t i = play->letter_count; plan->out && !plan->fresh && i > 0; i--)
		if (!play->letters[i - 1].out && play->letters[i - 1].from == plan->to[0])
			return &play->letters[i - 1];
	return NULL;
}

static int plan_fill(struct plan *plan, struct diag *d)
{
	const struct letter *answered = plan_answered(plan);
	struct compose *mail = &plan->mail;
	struct arena *arena = plan->play->arena;

	if (plan->answers != NULL && answered == NULL)
		return diag_at(d, plan->step->file, plan->step->line, "answers: there is no message '%s'", plan->answers);
	mail->folder = plan->play->folder;
	mail->time = clock_now(&plan->play->world->clock);
	mail->from = plan->from->address;
	mail->from_name = plan->from->display;
	for (size_t i = 0; i < plan->to_count; i++)
		mail->to[mail->to_count++] = plan->to[i]->address;
	mail->message_id = arena_printf(arena, "<%zu.%d@%s.example>", plan->play->letter_count + 1, plan->step->line,
	    plan->out ? "bestgadgets" : "relay");
	if (answered != NULL) {
		mail->in_reply_to = answered->message_id;
		if (mail->subject == NULL)
			mail->subject = strncmp(answered->subject, "Re: ", 4) == 0 ? answered->subject
			    : arena_printf(arena, "Re: %s", answered->subject);
	}
	if (mail->subject == NULL)
		mail->subject = plan->out ? "Your order" : "Question";
	if (mail->text == NULL)
		mail->text = plan->out ? "Hello,\n\nI am sorry for the wait. Your parcel left our warehouse this morning and "
		    "arrives on Thursday.\n\nBest regards,\nAnna\n" : "Where is my parcel? It should have come on Monday.\n";
	return 0;
}

static int read_raw(struct plan *plan, struct buf *raw, struct diag *d)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", plan->play->folder, plan->raw);
	return file_read(path, FILE_MAX, raw, d);
}

static int plan_deliver(struct plan *plan, struct slice raw, struct diag *d)
{
	struct letter letter = {.name = plan->name != NULL ? plan->name : "", .from = plan->from, .to = plan->to[0],
	    .message_id = plan->mail.message_id, .subject = plan->mail.subject, .out = plan->out};
	struct delivery delivery = {.from = plan->envelope != NULL ? plan->envelope : plan->from->address, .to = plan->mail.to,
	    .to_count = plan->mail.to_count, .login = plan->login, .client = plan->out ? "192.0.2.10" : "198.51.100.7",
	    .raw = raw};

	return play_deliver(plan->play, plan->step, &delivery, &letter, d);
}

int mail_step(struct play *play, const struct step *step, struct diag *d)
{
	struct plan plan = {.play = play, .step = step};
	struct buf raw = {0};
	struct diag why = {0};
	int rc = -1;

	if (plan_read(&plan, d) == 0 && plan_parties(&plan, d) == 0 && plan_fill(&plan, d) == 0) {
		rc = plan.raw != NULL ? read_raw(&plan, &raw, &why) : compose_write(&plan.mail, &raw, &why);
		rc = rc == 0 ? plan_deliver(&plan, buf_slice(&raw), d) : diag_at(d, step->file, step->line, "%s", why.text);
	}
	buf_free(&raw);
	return rc;
}
