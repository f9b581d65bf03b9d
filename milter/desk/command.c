/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form of what a person commands the desk. Nothing here knows the state of
 * a thread: that is the daemon's, which has the store.
 */
#include "desk/command.h"

#include <string.h>

#include "core/clock.h"
#include "desk/window.h"

#define NOON_SECONDS 43200
#define FROM_MAX 100

/* What a verb needs beside its name. */
#define NEEDS_THREAD 1 /* thread, or ref of one of its messages */
#define NEEDS_REF 2
#define NEEDS_WHY 4
#define IS_DAEMONS 8 /* nobody commands it */

static const struct {
	const char *name;
	unsigned needs;
} verbs[] = {
	[DESK_VERB_DONE] = {"done", NEEDS_THREAD | NEEDS_WHY},
	[DESK_VERB_UNDONE] = {"undone", NEEDS_THREAD},
	[DESK_VERB_SPAM] = {"spam", NEEDS_THREAD},
	[DESK_VERB_UNSPAM] = {"unspam", NEEDS_THREAD},
	[DESK_VERB_RELEASING] = {"releasing", NEEDS_REF | NEEDS_WHY},
	[DESK_VERB_RELEASE] = {"release", NEEDS_REF | NEEDS_WHY},
	[DESK_VERB_KEPT] = {"kept", NEEDS_REF | NEEDS_WHY},
	[DESK_VERB_REFUSING] = {"refusing", NEEDS_REF | NEEDS_WHY},
	[DESK_VERB_REFUSE] = {"refuse", NEEDS_REF | NEEDS_WHY},
	[DESK_VERB_TOLD] = {"told", NEEDS_REF},
	[DESK_VERB_REQUEST] = {"request", IS_DAEMONS},
	[DESK_VERB_APPROVE] = {"approve", NEEDS_REF},
	[DESK_VERB_WITHDRAW] = {"withdraw", NEEDS_REF},
	[DESK_VERB_MILESTONE] = {"milestone", NEEDS_WHY},
};
#define VERBS (sizeof(verbs) / sizeof(*verbs))

const char *desk_verb_name(enum desk_verb verb)
{
	return verbs[verb].name;
}

static int find_verb(const char *name, enum desk_verb *verb_r, struct diag *d)
{
	const char *names[VERBS + 1] = {0}, *near;
	size_t count = 0;

	for (size_t i = 0; i < VERBS; i++) {
		if (verbs[i].needs & IS_DAEMONS)
			continue;
		names[count++] = verbs[i].name;
		if (strcmp(name, verbs[i].name) == 0) {
			*verb_r = (enum desk_verb)i;
			return 0;
		}
	}
	near = diag_suggest(name, names);
	if (near != NULL)
		return diag_add(d, "verb: unknown '%s', did you mean '%s'?", name, near);
	return diag_add(d, "verb: unknown '%s'; there are done, undone, spam, unspam, releasing, release, kept, refusing, "
	    "refuse, told, approve, withdraw and milestone", name);
}

/* object[key] as text; an absent one is NULL, another type or text that can't be shown is an error. */
static int read_text(const json_t *object, const char *key, size_t max, const char **text_r, struct diag *d)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	*text_r = NULL;
	if (value == NULL)
		return 0;
	if (text == NULL || json_string_length(value) != strlen(text))
		return diag_add(d, "%s: has to be text", key);
	if (*text == '\0')
		return diag_add(d, "%s: is empty", key);
	if (strlen(text) > max)
		return diag_add(d, "%s: longer than %zu bytes; shorten it", key, max);
	*text_r = text;
	return 0;
}

static int check_name(const char *name, struct diag *d)
{
	const char *near;

	if (desk_milestone_find(name) != NULL)
		return 0;
	near = diag_suggest(name, desk_milestone_names);
	return diag_add(d, "name: '%.60s' is no milestone%s%s%s", name, near != NULL ? ", did you mean '"
	    : "; write one that postern-milestone(1) lists, like settlement, denial or delivered", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
}

/* Numbers of orders and cases: no white space, no controls, nothing that is cut off by a CSV. */
static bool is_number(const char *subject)
{
	size_t n = strspn(subject, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#/:");

	return n > 0 && n <= DESK_SUBJECT_MAX && subject[n] == '\0';
}

int desk_milestone_time(const char *text, int64_t *seconds_r)
{
	if (clock_parse(text, seconds_r) == -1 || *seconds_r <= 0)
		return -1;
	if (strchr(text, 'T') == NULL)
		*seconds_r += NOON_SECONDS;
	return 0;
}

int desk_milestone_check(const char *name, const char *subject, const char *time, int64_t term_days, struct diag *d)
{
	unsigned before = d->count;
	int64_t seconds;

	check_name(name, d);
	if (!is_number(subject))
		diag_add(d, "order: '%.80s' is no number of an order or case (letters, digits, - _ . # / :, at most %d)",
		    subject, DESK_SUBJECT_MAX);
	if (desk_milestone_time(time, &seconds) == -1)
		diag_add(d, "time: '%.60s' is none; write 2026-11-22 or 2026-11-22T09:00:00Z", time);
	if (term_days < 0 || term_days > DESK_TERM_DAYS_MAX)
		diag_add(d, "term_days: %lld is outside 1 to %d", (long long)term_days, DESK_TERM_DAYS_MAX);
	return d->count == before ? 0 : -1;
}

int desk_spam_reason_check(const char *reason, struct diag *d)
{
	if (strcmp(reason, "spam") == 0 || strcmp(reason, "fraud") == 0 || strcmp(reason, "inappropriate") == 0)
		return 0;
	return diag_add(d, "reason: '%.60s' is none of spam (bulk mail that nobody asked for), fraud (deceives for gain) and "
	    "inappropriate (obscene, defamatory)", reason);
}

static int check_milestone(size_t index, const json_t *milestone, struct diag *d)
{
	const char *name = json_get_str(milestone, "name"), *subject = json_get_str(milestone, "subject");
	const char *time = json_get_str(milestone, "time");
	const json_t *term = json_object_get(milestone, "term_days");
	struct diag own = {0};

	if (name == NULL || subject == NULL || time == NULL || (term != NULL && !json_is_integer(term)))
		return diag_add(d, "milestones[%zu]: needs name, subject and time as text, and term_days as a number or not "
		    "at all", index);
	if (desk_milestone_check(name, subject, time, json_integer_value(term), &own) == 0)
		return 0;
	return diag_add(d, "milestones[%zu]: %s", index, own.text);
}

static int read_milestones(const json_t *request, struct desk_command *command, struct diag *d)
{
	unsigned before = d->count;
	const json_t *item;
	size_t i;

	command->milestones = json_object_get(request, "milestones");
	if (json_array_size(command->milestones) == 0)
		return diag_add(d, "milestones: there have to be some: [{\"name\",\"subject\",\"time\"}]");
	json_array_foreach((json_t *)(uintptr_t)command->milestones, i, item)
		check_milestone(i, item, d);
	if (d->count != before || read_text(request, "order", DESK_SUBJECT_MAX, &command->order, d) == -1 ||
	    read_text(request, "marketplace", DESK_NAME_MAX, &command->marketplace, d) == -1 ||
	    read_text(request, "shop", DESK_SHOP_MAX, &command->shop, d) == -1)
		return -1;
	return command->order == NULL || is_number(command->order) ? 0
	    : diag_add(d, "order: '%.80s' is no number of an order or case", command->order);
}

static int check_needs(const struct desk_command *command, struct diag *d)
{
	unsigned needs = verbs[command->verb].needs;

	if ((needs & NEEDS_THREAD) && (command->thread == NULL) == (command->ref == NULL))
		return diag_add(d, "%s: name either a thread or the id of one of its messages (ref)",
		    desk_verb_name(command->verb));
	if ((needs & NEEDS_REF) && command->ref == NULL)
		return diag_add(d, "%s: name the id of the held message (ref)", desk_verb_name(command->verb));
	if ((needs & NEEDS_WHY) && command->why == NULL)
		return diag_add(d, "%s: say why; it is kept in the audit log", desk_verb_name(command->verb));
	return 0;
}

json_t *desk_from_copy(const json_t *from)
{
	static const char *const keys[] = {"tty", "host", "ssh", "sudo_user"};
	static const char *const numbers[] = {"login_uid", "sudo_uid"};
	json_t *copy = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (json_get_str(from, keys[i]) != NULL)
			json_put(copy, keys[i], slice_sub(slice_str(json_get_str(from, keys[i])), 0, FROM_MAX));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (json_get_int(from, numbers[i], -1) >= 0)
			json_put_int(copy, numbers[i], json_get_int(from, numbers[i], -1));
	if (json_object_size(copy) > 0) {
		json_put_bool(copy, "told", true);
		return copy;
	}
	json_decref(copy);
	return NULL;
}

int desk_command_read(const json_t *request, struct desk_command *command_r, struct diag *d)
{
	const char *verb = json_get_str(request, "verb");
	struct desk_command *c = command_r;

	*c = (struct desk_command){.by_hand = json_is_true(json_object_get(request, "by_hand")),
	    .tell = json_is_true(json_object_get(request, "tell")), .from = json_object_get(request, "from")};
	if (verb == NULL)
		return diag_add(d, "verb: missing; {\"command\":\"desk\",\"verb\":\"done\",\"thread\":KEY,\"why\":TEXT}");
	if (find_verb(verb, &c->verb, d) == -1 ||
	    read_text(request, "thread", 1200, &c->thread, d) == -1 ||
	    read_text(request, "ref", 64, &c->ref, d) == -1 ||
	    read_text(request, "why", DESK_WHY_MAX, &c->why, d) == -1 ||
	    read_text(request, "reason", DESK_NAME_MAX, &c->reason, d) == -1 || check_needs(c, d) == -1)
		return -1;
	if (c->verb == DESK_VERB_SPAM)
		return desk_spam_reason_check(c->reason != NULL ? c->reason : "", d);
	return c->verb == DESK_VERB_MILESTONE ? read_milestones(request, c, d) : 0;
}
