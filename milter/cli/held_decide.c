/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deciding on a held message, in an order in which nothing gets lost: the intent is on record first, then the mail
 * server is asked, then its answer goes on record. Only the record of a release stops the clock. Whatever fails
 * between, the log says who tried, and never that a message went out, or was deleted, which did not.
 */
#include <stdio.h>
#include <string.h>

#include "cli/held.h"
#include "cli/queue.h"
#include "core/text.h"
#include "desk/command.h"

/* ---- asking the daemon -------------------------------------------------------------- */

static json_t *request_new(enum desk_verb verb, const struct held_decision *decision)
{
	json_t *request = json_object();

	json_put_str(request, "verb", desk_verb_name(verb));
	json_put(request, "ref", slice_str(decision->id));
	json_put(request, "why", slice_str(decision->why));
	if (decision->by_hand)
		json_put_bool(request, "by_hand", true);
	if (verb == DESK_VERB_REFUSE)
		json_put_bool(request, "tell", !decision->no_mail);
	return request;
}

static int record(struct cli_desk *desk, enum desk_verb verb, const struct held_decision *decision, json_t **answer_r,
    struct diag *d)
{
	return cli_desk_ask(desk, request_new(verb, decision), answer_r, d);
}

/* ---- saying it ------------------------------------------------------------------------- */

static int say(const struct cli_desk *desk, const char *id, const char *what, json_t *answer)
{
	if (desk->cli->json)
		return cli_json(answer);
	cli_text(slice_str(id), 0);
	printf(": %s\n", what);
	json_decref(answer);
	return CLI_OK;
}

static int say_pending(const struct cli_desk *desk, const struct held_decision *decision, json_t *answer)
{
	if (desk->cli->json)
		return cli_json(answer) == CLI_OK ? CLI_NEGATIVE : CLI_ERROR;
	cli_text(slice_str(decision->id), 0);
	printf(": recorded, but not done yet: a second person has to say 'postern held approve ");
	cli_text(slice_str(decision->id), 0);
	printf("' until %s\n", json_get_str(answer, "until"));
	json_decref(answer);
	return CLI_NEGATIVE;
}

static bool is_true(const json_t *answer, const char *key)
{
	return json_is_true(json_object_get(answer, key));
}

/* It stays held: that goes on record, and a person is told what to look at. */
static int say_kept(struct cli_desk *desk, const struct held_decision *decision, const char *verb, const char *queue_id,
    struct diag *d)
{
	struct held_decision kept = *decision;
	struct diag own = {0};
	char why[DESK_WHY_MAX / 2];

	text_sanitize(why, sizeof(why), slice_str(d->text), TEXT_FOR_LOG);
	kept.why = why;
	if (record(desk, DESK_VERB_KEPT, &kept, NULL, &own) == -1)
		diag_add(d, "and that it failed could not be recorded: %s", own.text);
	diag_add(d, "message %s is recorded as held as before; when '%s' does not show %s any more, say "
	    "'postern held %s %s --by-hand --why TEXT'", decision->id, queue_command(desk->config), queue_id, verb,
	    decision->id);
	return cli_fail(desk->cli, d);
}

static int say_unrecorded(struct cli_desk *desk, const struct held_decision *decision, const char *what,
    const char *verb, struct diag *d)
{
	diag_add(d, "message %s was %s, but that could not be recorded: its clock still runs; when posternd works again, "
	    "say 'postern held %s %s --by-hand --why TEXT'", decision->id, what, verb, decision->id);
	return cli_fail(desk->cli, d);
}

/* ---- release --------------------------------------------------------------------------- */

static int end_release(struct cli_desk *desk, const struct held_decision *decision, const char *queue_id)
{
	struct diag d = {0};
	json_t *answer = NULL;

	if (record(desk, DESK_VERB_RELEASE, decision, &answer, &d) == -1) {
		if (queue_id == NULL)
			return cli_fail(desk->cli, &d);
		return say_unrecorded(desk, decision, "taken off hold", "release", &d);
	}
	if (queue_id != NULL && queue_deliver(desk->config, queue_id, &d) == -1)
		fprintf(stderr, "postern: it is off hold and goes out with the next queue run: %s\n", d.text);
	return say(desk, decision->id, "released; its customer is answered from now on", answer);
}

int held_release(struct cli_desk *desk, const struct held_decision *decision)
{
	struct diag d = {0};
	json_t *answer = NULL;
	char queue_id[64];

	if (decision->by_hand)
		return end_release(desk, decision, NULL);
	if (record(desk, DESK_VERB_RELEASING, decision, &answer, &d) == -1)
		return cli_fail(desk->cli, &d);
	if (is_true(answer, "pending"))
		return say_pending(desk, decision, answer);
	snprintf(queue_id, sizeof(queue_id), "%s", json_get_str(answer, "queue_id"));
	json_decref(answer);
	if (queue_release(desk->config, queue_id, &d) == -1)
		return say_kept(desk, decision, "release", queue_id, &d);
	return end_release(desk, decision, queue_id);
}

/* ---- refuse ---------------------------------------------------------------------------- */

static int tell_sender(struct cli_desk *desk, const struct held_decision *decision, const struct held_mail *mail)
{
	struct diag d = {0};
	json_t *answer = NULL;
	char what[400];

	if (!decision->no_mail && held_mail_send(desk, mail, &d) == -1) {
		diag_add(&d, "message %s is refused, but its sender was not told; say the same again, or with --no-mail",
		    decision->id);
		return cli_fail(desk->cli, &d);
	}
	if (record(desk, DESK_VERB_TOLD, decision, &answer, &d) == -1) {
		diag_add(&d, "message %s is refused, but that its sender was told could not be recorded", decision->id);
		return cli_fail(desk->cli, &d);
	}
	snprintf(what, sizeof(what), "refused; %s%s; the customer's clock runs on", decision->no_mail ? "nobody was told"
	    : "a mail went to ", decision->no_mail ? "" : mail->to);
	return say(desk, decision->id, what, answer);
}

static int end_refuse(struct cli_desk *desk, const struct held_decision *decision, const struct held_mail *mail,
    bool deleted)
{
	struct diag d = {0};
	json_t *answer = NULL;

	if (record(desk, DESK_VERB_REFUSE, decision, &answer, &d) == -1)
		return deleted ? say_unrecorded(desk, decision, "deleted", "refuse", &d) : cli_fail(desk->cli, &d);
	if (decision->no_mail)
		return say(desk, decision->id, "refused; nobody was told; the customer's clock runs on", answer);
	json_decref(answer);
	return tell_sender(desk, decision, mail);
}

/* Refused before, by a command that did not get as far as the mail: with the reason that is on record. */
static int resume_refuse(struct cli_desk *desk, const struct held_decision *decision, struct held_mail *mail,
    json_t *answer)
{
	struct held_decision before = *decision;
	struct diag d = {0};
	int code;

	before.why = json_get_str(answer, "why");
	if (!decision->no_mail && held_mail_make(desk, &before, mail, &d) == -1)
		code = cli_fail(desk->cli, &d);
	else
		code = tell_sender(desk, &before, mail);
	json_decref(answer);
	return code;
}

static int refuse_from_queue(struct cli_desk *desk, const struct held_decision *decision, struct held_mail *mail)
{
	struct diag d = {0};
	json_t *answer = NULL;
	char queue_id[64];

	if (record(desk, DESK_VERB_REFUSING, decision, &answer, &d) == -1)
		return cli_fail(desk->cli, &d);
	if (is_true(answer, "pending"))
		return say_pending(desk, decision, answer);
	if (is_true(answer, "untold"))
		return resume_refuse(desk, decision, mail, answer);
	snprintf(queue_id, sizeof(queue_id), "%s", json_get_str(answer, "queue_id"));
	json_decref(answer);
	/* The mail is written first: what it says stands in the message, which is gone afterwards. */
	if ((!decision->no_mail && held_mail_make(desk, decision, mail, &d) == -1) ||
	    queue_remove(desk->config, queue_id, &d) == -1)
		return say_kept(desk, decision, "refuse", queue_id, &d);
	return end_refuse(desk, decision, mail, true);
}

static int refuse_by_hand(struct cli_desk *desk, const struct held_decision *decision, struct held_mail *mail)
{
	struct diag d = {0};

	if (!decision->no_mail && held_mail_make(desk, decision, mail, &d) == -1)
		return cli_fail(desk->cli, &d);
	return end_refuse(desk, decision, mail, false);
}

int held_refuse(struct cli_desk *desk, const struct held_decision *decision)
{
	struct held_mail mail = {.to = ""};
	int code = (decision->by_hand ? refuse_by_hand : refuse_from_queue)(desk, decision, &mail);

	held_mail_free(&mail);
	return code;
}

/* ---- two persons -------------------------------------------------------------------------- */

int held_approve(struct cli_desk *desk, const struct held_decision *decision)
{
	struct held_decision next = *decision;
	struct diag d = {0};
	json_t *answer = NULL;
	bool release;
	int code;

	if (record(desk, DESK_VERB_APPROVE, decision, &answer, &d) == -1)
		return cli_fail(desk->cli, &d);
	release = strcmp(json_get_str(answer, "wish"), "release") == 0;
	if (next.why == NULL)
		next.why = json_get_str(answer, "why");
	code = release ? held_release(desk, &next) : held_refuse(desk, &next);
	if (code != CLI_OK && !desk->cli->json)
		fprintf(stderr, "postern: that you approve is recorded; who may use the mail server's queue says "
		    "'postern held %s %s --why TEXT'\n", release ? "release" : "refuse", decision->id);
	json_decref(answer);
	return code;
}

int held_withdraw(struct cli_desk *desk, const struct held_decision *decision)
{
	struct diag d = {0};
	json_t *answer = NULL;

	if (record(desk, DESK_VERB_WITHDRAW, decision, &answer, &d) == -1)
		return cli_fail(desk->cli, &d);
	return say(desk, decision->id, "the request is withdrawn; the message is held as before", answer);
}
