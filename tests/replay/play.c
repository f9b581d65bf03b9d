/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a scenario one after the other: who is who, what time it is, and which file does the rest. */
#include "play.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int person_step(struct play *play, const struct step *step, struct diag *d)
{
	struct words words = step_words(step);
	struct play_person person = {0};

	if (word_need(&words, "a name", &person.name, d) != 0 || word_need(&words, "an address", &person.address, d) != 0 ||
	    word_need(&words, "a name for people", &person.display, d) != 0)
		return -1;
	for (size_t i = 0; i < play->person_count; i++)
		if (strcmp(play->people[i].name, person.name) == 0)
			return diag_at(d, step->file, step->line, "%s is somebody already", person.name);
	if (play->person_count == PEOPLE_MAX)
		return diag_at(d, step->file, step->line, "more than %d people", PEOPLE_MAX);
	play->people[play->person_count++] = person;
	return 0;
}

static int at_step(struct play *play, const struct step *step, struct diag *d)
{
	struct words words = step_words(step);
	const char *text;
	int64_t time;

	if (word_need(&words, "a time like 2026-03-03T09:00:00Z", &text, d) != 0)
		return -1;
	if (clock_parse(text, &time) != 0)
		return diag_at(d, step->file, step->line, "'%s' is no time like 2026-03-03T09:00:00Z", text);
	if (time < play->world->clock.fixed)
		return diag_at(d, step->file, step->line, "time does not run backwards");
	play->world->clock.fixed = time;
	return 0;
}

static int time_passes_step(struct play *play, const struct step *step, struct diag *d)
{
	struct words words = step_words(step);
	const char *text;
	int64_t seconds;

	if (word_need(&words, "a span like 47h59m59s", &text, d) != 0)
		return -1;
	if (span_parse(text, &seconds) != 0)
		return diag_at(d, step->file, step->line, "'%s' is no span like 47h59m59s or 14d", text);
	play->world->clock.fixed += seconds;
	return 0;
}

static const struct {
	const char *verb;
	int (*play)(struct play *play, const struct step *step, struct diag *d);
} verbs[] = {
	{"PERSON", person_step}, {"AT", at_step}, {"TIME_PASSES", time_passes_step}, {"MAIL", mail_step},
	{"BOUNCE", bounce_step}, {"COMMAND", command_step}, {"REFUSED", command_step}, {"EXPECT", expect_step},
};

int play_step(struct play *play, const struct step *step, struct diag *d)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(step->words[0], verbs[i].verb) != 0)
			continue;
		if (play->world->clock.fixed == 0 && i > 1)
			return diag_at(d, step->file, step->line, "say first what time it is: AT 2026-03-03T09:00:00Z");
		return verbs[i].play(play, step, d);
	}
	return diag_at(d, step->file, step->line,
	    "'%s' is no step: PERSON, AT, TIME_PASSES, MAIL, BOUNCE, COMMAND, REFUSED or EXPECT", step->words[0]);
}

void play_free(struct play *play)
{
	for (size_t i = 0; i < play->letter_count; i++)
		json_decref(play->letters[i].answer);
	play->letter_count = 0;
}

const struct play_person *play_person(const struct play *play, const struct step *step, const char *name, struct diag *d)
{
	const char *names[PEOPLE_MAX + 1] = {0}, *near;

	for (size_t i = 0; i < play->person_count; i++) {
		if (strcmp(play->people[i].name, name) == 0)
			return &play->people[i];
		names[i] = play->people[i].name;
	}
	near = diag_suggest(name, names);
	diag_at(d, step->file, step->line, "nobody is called '%s'%s%s", name, near != NULL ? ", did you mean " : "",
	    near != NULL ? near : "");
	return NULL;
}

static bool is_of(const struct letter *letter, const char *name)
{
	return (letter->from != NULL && strcmp(letter->from->name, name) == 0) ||
	    (letter->to != NULL && strcmp(letter->to->name, name) == 0);
}

const struct letter *play_letter(const struct play *play, const char *name)
{
	for (size_t i = play->letter_count; i > 0; i--)
		if (strcmp(play->letters[i - 1].name, name) == 0)
			return &play->letters[i - 1];
	for (size_t i = play->letter_count; i > 0; i--)
		if (is_of(&play->letters[i - 1], name))
			return &play->letters[i - 1];
	return NULL;
}

const struct letter *play_last(const struct play *play)
{
	return play->letter_count > 0 ? &play->letters[play->letter_count - 1] : NULL;
}

/* Of inbound mail without a relay alias the key that the store makes: by order, case or Message-ID (store/README.md). */
static const char *made_key(const struct letter *letter)
{
	const char *const by[][2] = {{"order", "order"}, {"case", "case"}, {"message_id", "message"}};
	json_t *record = letter->answer;
	const char *market = json_get_str(record, "marketplace"), *shop = json_get_str(record, "shop"), *value = NULL;
	size_t i = 0;

	while (i < 3 && ((value = json_get_str(record, by[i][0])) == NULL || *value == '\0'))
		i++;
	if (i == 3 || market == NULL || shop == NULL || strcmp(json_get_str(record, "direction"), "in") != 0)
		return NULL;
	json_object_set_new(record, "thread", json_sprintf("%s:%s:%s:%s", market, shop, by[i][1], value));
	return json_get_str(record, "thread");
}

static int note_key(void *arg, const struct store_thread *thread)
{
	json_t *keys = arg;

	return json_array_append_new(keys, json_string(thread->key)) == 0 ? 0 : -1;
}

/* Which of a customer's conversations it became part of is known to the store. */
static const char *shown_key(const struct play *play, const struct letter *letter)
{
	struct store_filter filter = {.message = json_get_str(letter->answer, "id"), .state = STORE_ALL};
	json_t *keys = json_array();
	struct diag why = {0};
	int rc = filter.message != NULL ? store_threads(play->world->store, &filter, note_key, keys, &why) : -1;

	if (rc == 0 && json_array_size(keys) == 1)
		json_object_set(letter->answer, "thread", json_array_get(keys, 0));
	else
		json_object_del(letter->answer, "thread");
	json_decref(keys);
	return json_get_str(letter->answer, "thread");
}

static const char *thread_of(const struct play *play, const struct letter *letter)
{
	const char *shown = shown_key(play, letter);
	const char *key = json_string_value(json_array_get(json_object_get(letter->answer, "threads"), 0));

	return shown != NULL ? shown : key != NULL ? key : made_key(letter);
}

int play_thread(const struct play *play, const struct step *step, const char *name, const char **key_r, struct diag *d)
{
	const struct letter *letter = play_letter(play, name);

	*key_r = strchr(name, ':') != NULL ? name : letter != NULL ? thread_of(play, letter) : NULL;
	/* The last message of a person may belong to no thread, the one before it does. */
	for (size_t i = play->letter_count; i > 0 && *key_r == NULL; i--)
		if (is_of(&play->letters[i - 1], name))
			*key_r = thread_of(play, &play->letters[i - 1]);
	if (*key_r != NULL)
		return 0;
	return diag_at(d, step->file, step->line, "no thread of '%s': name a message (id NAME), somebody who wrote or was "
	    "written to, or a thread's key", name);
}

int play_deliver(struct play *play, const struct step *step, const struct delivery *delivery, struct letter *letter,
    struct diag *d)
{
	struct diag why = {0};

	if (play->letter_count == LETTERS_MAX)
		return diag_at(d, step->file, step->line, "more than %d messages", LETTERS_MAX);
	if (world_deliver(play->world, delivery, &letter->answer, &why) != 0)
		return diag_at(d, step->file, step->line, "%s", why.text);
	play->letters[play->letter_count++] = *letter;
	return 0;
}
