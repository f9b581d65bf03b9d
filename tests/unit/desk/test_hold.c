/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be done with a held message, by whom: a story of commands a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/clock.h"
#include "desk/hold.h"

#define ID "01K3R4Q7ZK2M5N9P3T6V"
#define START 1772600000
#define DAY 86400

/* A command: "person verb", "@day" lets a day go by, "!" before a verb is by hand. */
struct story {
	const char *four_eyes;
	const char *commands;
	enum hold_answer answer; /* of the last one */
	const char *reason;      /* part of it, with HOLD_NO */
};

static const struct story stories[] = {
	/* one person */
	{"no", "7 releasing", HOLD_MAY, NULL},
	{"no", "7 releasing, 7 release, 8 release", HOLD_NO, "release was recorded already, by p7"},
	{"no", "7 releasing, 7 kept, 8 releasing, 8 release", HOLD_MAY, NULL},
	{"no", "7 refusing, 7 refuse, 7 releasing", HOLD_NO, "refuse was recorded already"},
	{"no", "7 refusing, 7 refuse+, 8 refusing", HOLD_TELL, NULL},
	{"no", "7 refusing, 7 refuse+, 8 told", HOLD_MAY, NULL},
	{"no", "7 refusing, 7 refuse+, 7 told, 8 refusing", HOLD_NO, "recorded already"},
	{"no", "7 refusing, 7 refuse, 7 told", HOLD_NO, "recorded already"},
	{"no", "7 told", HOLD_NO, "is not refused"},
	{"no", "7 approve", HOLD_NO, "nothing to approve"},
	{"no", "7 withdraw", HOLD_NO, "nothing to approve"},
	/* two */
	{"release", "7 releasing", HOLD_ASKS, NULL},
	{"release", "7 refusing", HOLD_MAY, NULL},
	{"all", "7 refusing", HOLD_ASKS, NULL},
	{"release", "7 releasing, 7 releasing", HOLD_NO, "you (p7) asked for it"},
	{"release", "7 releasing, 8 releasing", HOLD_NO, "p7 asked for it"},
	{"release", "7 releasing, 7 approve", HOLD_NO, "you (p7) asked to release it yourself"},
	{"release", "7 releasing, 8 approve", HOLD_MAY, NULL},
	{"release", "7 releasing, 8 approve, 9 approve", HOLD_NO, "p8 approved already"},
	{"release", "7 releasing, 8 approve, 8 releasing, 8 release", HOLD_MAY, NULL},
	{"release", "7 releasing, 8 approve, 9 releasing, 9 kept, 7 releasing", HOLD_MAY, NULL},
	{"release", "7 release", HOLD_NO, "a second person has to approve first"},
	{"release", "7 releasing, 7 release", HOLD_NO, "a second person has to approve first"},
	{"release", "7 !release", HOLD_MAY, NULL},
	{"all", "7 refuse", HOLD_NO, "a second person has to approve first"},
	{"all", "7 refusing, 8 releasing", HOLD_NO, "p7 asked to refuse it"},
	{"all", "7 refusing, 8 approve, 8 releasing", HOLD_ASKS, NULL},
	{"all", "7 refusing, 8 approve, 8 refusing, 8 refuse", HOLD_MAY, NULL},
	{"all", "7 refusing, 8 withdraw, 8 releasing", HOLD_ASKS, NULL},
	{"all", "7 refusing, 7 withdraw, 8 approve", HOLD_NO, "nothing to approve"},
	/* time */
	{"release", "7 releasing, @1, 8 approve", HOLD_MAY, NULL},
	{"release", "7 releasing, @2, 8 approve", HOLD_NO, "has expired"},
	{"release", "7 releasing, @2, 7 releasing", HOLD_ASKS, NULL},
	{"release", "7 releasing, @1, 8 approve, @1, 8 releasing", HOLD_MAY, NULL},
	{"release", "7 releasing, 8 approve, @2, 8 releasing", HOLD_ASKS, NULL},
	/* a new request needs a new approval */
	{"release", "7 releasing, 8 approve, @2, 8 releasing, 8 releasing", HOLD_NO, "you (p8) asked for it"},
	{"release", "7 releasing, 8 approve, @2, 8 releasing, 7 approve, 8 releasing", HOLD_MAY, NULL},
};

static json_t *event_at(int64_t now, const char *verb)
{
	json_t *event = json_object();
	char time[CLOCK_TEXT_SIZE];

	clock_format(time, sizeof(time), now);
	json_put_str(event, "event", "desk");
	json_put_str(event, "time", time);
	json_put_str(event, "verb", verb);
	json_put_str(event, "ref", ID);
	return event;
}

static void note_message(struct hold *hold, const char *action, const char *findings)
{
	json_t *event = json_object();

	json_put_str(event, "event", "message");
	json_put_str(event, "id", ID);
	json_put_str(event, "action", action);
	json_put_str(event, "queue_id", "4ZQ1AB2020");
	json_put_new(event, "findings", json_loads(findings, 0, NULL));
	hold_note(hold, event);
	json_decref(event);
}

/* What the daemon records after the guard's answer. */
static void note_answer(struct hold *hold, const struct desk_command *c, enum hold_answer answer, int person, bool tell,
    int64_t now)
{
	const char *verb = answer == HOLD_ASKS ? "request" : desk_verb_name(c->verb);
	json_t *event = event_at(now, verb);
	char by[32];

	snprintf(by, sizeof(by), "p%d", person);
	json_put_str(event, "by", by);
	json_put_int(event, "uid", person);
	if (answer == HOLD_ASKS)
		json_put_str(event, "wish", c->verb == DESK_VERB_RELEASING ? "release" : "refuse");
	if (tell)
		json_put_bool(event, "tell", true);
	hold_note(hold, event);
	json_decref(event);
}

static enum desk_verb verb_of(const char *name)
{
	for (int verb = 0; verb <= DESK_VERB_MILESTONE; verb++)
		if (strcmp(desk_verb_name((enum desk_verb)verb), name) == 0)
			return (enum desk_verb)verb;
	fail_msg("no verb '%s'", name);
	return DESK_VERB_DONE;
}

static enum hold_answer command(struct hold *hold, const struct hold_rules *rules, const char *text, int64_t now,
    struct diag *d)
{
	struct desk_command c = {.why = "x"};
	enum hold_answer answer;
	char verb[32];
	int person = text[0] - '0';
	bool tell = text[strlen(text) - 1] == '+';

	c.by_hand = text[2] == '!';
	snprintf(verb, sizeof(verb), "%s", text + 2 + c.by_hand);
	if (tell)
		verb[strlen(verb) - 1] = '\0';
	c.verb = verb_of(verb);
	diag_clear(d);
	answer = hold_guard(hold, rules, &c, person, now, d);
	if (answer == HOLD_MAY || answer == HOLD_ASKS)
		note_answer(hold, &c, answer, person, tell, now);
	return answer;
}

static void tell_story(const struct story *story)
{
	struct hold_rules rules = hold_rules_of(story->four_eyes, DAY);
	enum hold_answer answer = HOLD_NO;
	struct hold hold;
	struct diag d = {0};
	int64_t now = START;
	char text[200], *rest = text, *word;

	hold_init(&hold, ID);
	note_message(&hold, "hold", "[]");
	snprintf(text, sizeof(text), "%s", story->commands);
	while ((word = strsep(&rest, ",")) != NULL) {
		word += strspn(word, " ");
		if (word[0] == '@')
			now += (word[1] - '0') * DAY;
		else
			answer = command(&hold, &rules, word, now++, &d);
		if (word[0] == '@')
			now -= 10; /* the seconds that commands took */
	}
	if (answer != story->answer || (story->reason != NULL && strstr(d.text, story->reason) == NULL))
		fail_msg("%s: %s: got %d '%s'", story->four_eyes, story->commands, answer, d.text);
	hold_free(&hold);
}

static void stories_end_as_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(*stories); i++)
		tell_story(&stories[i]);
}

static void only_held_messages_are_decided_on(void **state)
{
	struct hold_rules rules = hold_rules_of("no", DAY);
	struct hold hold;
	struct diag d = {0};

	(void)state;
	hold_init(&hold, ID);
	assert_int_equal(command(&hold, &rules, "7 releasing", START, &d), HOLD_NO);
	assert_non_null(strstr(d.text, "no such message"));
	note_message(&hold, "reject", "[]");
	assert_int_equal(command(&hold, &rules, "7 releasing", START, &d), HOLD_NO);
	assert_non_null(strstr(d.text, "was not held but got 'reject'"));
	assert_false(hold_waits(&hold));
	hold_free(&hold);
}

static void what_held_it_is_overridden(void **state)
{
	struct hold hold;
	json_t *list;

	(void)state;
	hold_init(&hold, ID);
	note_message(&hold, "hold", "[{\"rule_id\":\"A\",\"action\":\"hold\"},{\"rule_id\":\"B\",\"action\":\"tag\"},"
	    "{\"rule_id\":\"A\",\"action\":\"reject\"},{\"rule_id\":\"C\",\"action\":\"reject\",\"monitored\":true},"
	    "{\"rule_id\":\"D\",\"action\":\"defer\"},{\"action\":\"hold\"}]");
	list = hold_overridden(&hold);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_array_get(list, 0)), "A");
	assert_string_equal(json_string_value(json_array_get(list, 1)), "D");
	json_decref(list);
	hold_free(&hold);
}

/* Root as two people: who is behind the uid counts. */
static void the_person_counts_not_the_account(void **state)
{
	struct hold_rules rules = hold_rules_of("release", DAY);
	struct desk_command approve = {.verb = DESK_VERB_APPROVE};
	json_t *event = event_at(START, "request");
	struct hold hold;
	struct diag d = {0};

	(void)state;
	hold_init(&hold, ID);
	note_message(&hold, "hold", "[]");
	json_put_str(event, "wish", "release");
	json_put_int(event, "uid", 0);
	json_put_int(event, "person", 1000);
	hold_note(&hold, event);
	json_decref(event);
	assert_int_equal(hold_guard(&hold, &rules, &approve, 1000, START, &d), HOLD_NO);
	assert_int_equal(hold_guard(&hold, &rules, &approve, 1001, START, &d), HOLD_MAY);
	assert_int_equal(hold_guard(&hold, &rules, &approve, 0, START, &d), HOLD_MAY);
	hold_free(&hold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stories_end_as_told),
		cmocka_unit_test(only_held_messages_are_decided_on),
		cmocka_unit_test(what_held_it_is_overridden),
		cmocka_unit_test(the_person_counts_not_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
