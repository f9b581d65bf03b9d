/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COMMAND and REFUSED: what a person commands the desk. The daemon's own function checks and records it, as if root had
 * asked over the control socket.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/desk.h"
#include "play.h"

struct order {
	struct play *play;
	const struct step *step;
	struct words words;
	json_t *request;
	const char *because; /* REFUSED: part of the reason */
};

/* The thread, or for a held message its audit id. */
static int read_whom(struct order *order, const char *verb, struct diag *d)
{
	const struct letter *letter;
	const char *name, *key;

	if (word_need(&order->words, "whose thread or which message", &name, d) != 0)
		return -1;
	letter = play_letter(order->play, name);
	if (strcmp(verb, "release") == 0 || strcmp(verb, "refuse") == 0) {
		if (letter == NULL)
			return diag_at(d, order->step->file, order->step->line, "there is no message '%s'", name);
		return json_put_str(order->request, "ref", json_get_str(letter->answer, "id"));
	}
	if (play_thread(order->play, order->step, name, &key, d) != 0)
		return -1;
	return json_put_str(order->request, "thread", key);
}

/* milestone NAME NUMBER TIME */
static int read_milestone(struct order *order, struct diag *d)
{
	const char *name, *subject, *time;
	json_t *list = json_array(), *milestone = json_object();

	json_put_new(order->request, "milestones", list);
	json_array_append_new(list, milestone);
	if (word_need(&order->words, "a milestone", &name, d) != 0 || word_need(&order->words, "a number", &subject, d) != 0 ||
	    word_need(&order->words, "a time", &time, d) != 0)
		return -1;
	json_put_str(milestone, "name", name);
	json_put_str(milestone, "subject", subject);
	json_put_str(milestone, "time", time);
	return 0;
}

static int read_order(struct order *order, struct diag *d)
{
	const char *verb, *word, *value;

	order->words = step_words(order->step);
	if (word_need(&order->words, "a verb", &verb, d) != 0)
		return -1;
	json_put_str(order->request, "verb", verb);
	if ((strcmp(verb, "milestone") == 0 ? read_milestone(order, d) : read_whom(order, verb, d)) != 0)
		return -1;
	json_put_str(order->request, "why", "scenario");
	while ((word = word_take(&order->words)) != NULL) {
		if (word_need(&order->words, word, &value, d) != 0)
			return -1;
		if (strcmp(word, "because") == 0)
			order->because = value;
		else
			json_put_str(order->request, word, value);
	}
	return 0;
}

/* What daemon/desk.c takes from the rest of the daemon. */
int service_record(struct service *service, json_t *event, bool *applied_r, struct diag *d)
{
	int rc = audit_append(service->audit, event, d);

	json_decref(event);
	*applied_r = rc == 0 && audit_wait_delivered(service->audit, 30000) == 0;
	return rc == 0 && !*applied_r ? diag_add(d, "the store did not take the event") : rc;
}

/* There is one generation, which the world keeps. */
struct site *service_site(struct service *service)
{
	return service->site;
}

void site_unref(struct site **site)
{
	*site = NULL;
}

/* As much of a running daemon as a command needs. */
static int command(struct world *world, json_t *request, json_t *answer, struct diag *d)
{
	struct site site = {.generation = world->generation, .config = generation_config(world->generation)};
	struct service service = {.clock = &world->clock, .store = world->store, .projector = world->projector,
	    .audit = world->audit, .site = &site, .first_config = site.config};
	const struct person root = {.uid = 0, .login = -1};

	return desk_command(&service, &root, request, answer, d);
}

static int judge(const struct order *order, int rc, const struct diag *why, struct diag *d)
{
	bool refused = strcmp(order->step->words[0], "REFUSED") == 0;

	if (refused && rc == 0)
		return diag_at(d, order->step->file, order->step->line, "the command was carried out");
	if (refused && (order->because == NULL || slice_case_find(slice_str(why->text), slice_str(order->because)) < 0))
		return diag_at(d, order->step->file, order->step->line, "because \"%s\": the reason is '%s'",
		    order->because != NULL ? order->because : "", why->text);
	if (!refused && rc != 0)
		return diag_at(d, order->step->file, order->step->line, "the command was refused: %s", why->text);
	return 0;
}

int command_step(struct play *play, const struct step *step, struct diag *d)
{
	struct order order = {.play = play, .step = step, .request = json_object()};
	json_t *answer = json_object();
	struct diag why = {0};
	int rc = read_order(&order, d);

	if (rc == 0)
		rc = judge(&order, command(play->world, order.request, answer, &why), &why, d);
	json_decref(order.request);
	json_decref(answer);
	return rc;
}
