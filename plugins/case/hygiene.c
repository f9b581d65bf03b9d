/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can somebody at the support work on this case as it is asked? It has a question, tells the situation, names what it
 * is about, asks one thing, and not for more orders or items than a case takes.
 */
#include "case.h"

#include <stdio.h>
#include <string.h>

#define ADVICE_MAX 500
#define HOUR 3600

static bool has(unsigned means, enum meaning meaning)
{
	return means & (1U << meaning);
}

static struct postern_slice start_of(const struct letter *letter)
{
	for (size_t i = 0; i < letter->part_count; i++)
		if (!letter->parts[i].subject && view_trim(letter->parts[i].text).len > 0)
			return view_trim(view_sub(view_trim(letter->parts[i].text), 0, 80));
	return (struct postern_slice){"", 0};
}

/* ---- sentences ---- */

static bool starts_point(struct postern_slice s)
{
	size_t at = 0;

	s = view_trim(s);
	if (s.len > 0 && s.ptr[0] == '(')
		at++;
	for (size_t digits = 0; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++)
		if (++digits > 2)
			return false;
	if (at > 0 && at < s.len && s.ptr[at - 1] >= '0' && s.ptr[at - 1] <= '9')
		return s.ptr[at] == '.' || s.ptr[at] == ')' || view_starts(view_sub(s, at, s.len), "、") ||
		    view_starts(view_sub(s, at, s.len), "．");
	/* Circled digits, U+2460 to U+2473. */
	return s.len >= 3 && memcmp(s.ptr, "\xE2\x91", 2) == 0;
}

/* A line break ends a sentence before a point, a dash and an empty line: others are only wrapped. */
static bool line_ends_sentence(struct postern_slice text, size_t next)
{
	struct postern_slice rest = view_sub(text, next, text.len);
	size_t at = 0;

	while (at < rest.len && (rest.ptr[at] == ' ' || rest.ptr[at] == '\t' || rest.ptr[at] == '\r'))
		at++;
	if (at == rest.len || rest.ptr[at] == '\n' || rest.ptr[at] == '-' || rest.ptr[at] == '*')
		return true;
	return starts_point(view_sub(rest, 0, rest.len < 40 ? rest.len : 40));
}

static size_t next_sentence(struct postern_slice text, size_t pos)
{
	size_t start = pos;

	while (pos < text.len) {
		uint32_t c = rune_next(text, &pos);
		bool last = pos == text.len || strchr(" \t\r\n", text.ptr[pos]) != NULL;

		if (c == 0x3002 || c == 0xFF01 || c == 0xFF1F)
			return pos;
		if ((c == '?' || c == '!') && last)
			return pos;
		/* "1." begins a sentence. */
		if (c == '.' && last && pos - start > 4)
			return pos;
		if (c == '\n' && line_ends_sentence(text, pos))
			return pos;
	}
	return text.len;
}

/* ---- what is asked ---- */

struct asked {
	const char *topics[CATEGORIES_MAX];
	size_t topic_count; /* different ones that are asked about */
	size_t points;      /* numbered ones that ask */
	bool point, point_asks;
	struct postern_slice second; /* what shows that it is more than one */
};

static bool ends_in_question(struct postern_slice s)
{
	s = view_trim(s);
	return s.len > 0 && (s.ptr[s.len - 1] == '?' || (s.len >= 3 && memcmp(s.ptr + s.len - 3, "\xEF\xBC\x9F", 3) == 0));
}

/* The category that the sentence's words speak for; -1: none clearly. *asks_r: whether it asks. */
static int read_sentence(const struct letter *letter, const struct part *part, size_t start, size_t end, bool *asks_r)
{
	int weights[CATEGORIES_MAX] = {0}, best = -1;

	*asks_r = ends_in_question(view_sub(part->text, start, end));
	for (size_t i = 0; i < part->hit_count; i++) {
		const struct hit *hit = &part->hits[i];

		if (hit->start < start || hit->start >= end)
			continue;
		if (hit->topic)
			weights[letter->rule->topic_category[hit->number]] += letter->rule->topics.items[hit->number].note[0] - '0';
		else if (letter->rule->meaning[hit->number] == MEANS_ASK)
			*asks_r = true;
	}
	for (size_t i = 0; i < letter->rule->categories.count; i++)
		if (letter->scores[i] > 0 && weights[i] >= 2 && (best == -1 || weights[i] > weights[best]))
			best = (int)i;
	return best;
}

static void add_topic(struct asked *asked, const char *topic, struct postern_slice sentence)
{
	for (size_t i = 0; i < asked->topic_count; i++)
		if (strcmp(asked->topics[i], topic) == 0)
			return;
	asked->topics[asked->topic_count++] = topic;
	if (asked->topic_count == 2)
		asked->second = view_trim(sentence);
}

static void read_asked(const struct letter *letter, const struct part *part, bool points_allowed, struct asked *asked)
{
	for (size_t pos = 0, end; pos < part->text.len; pos = end) {
		struct postern_slice sentence;
		bool asks;
		int category;

		end = next_sentence(part->text, pos);
		sentence = view_sub(part->text, pos, end);
		if (starts_point(sentence)) {
			asked->point = true;
			asked->point_asks = false;
		}
		category = read_sentence(letter, part, pos, end, &asks);
		if (!asks)
			continue;
		if (asked->point && !asked->point_asks) {
			asked->point_asks = true;
			if (++asked->points == 2 && asked->second.len == 0)
				asked->second = view_trim(sentence);
		}
		if (category >= 0 && !(points_allowed && asked->point))
			add_topic(asked, letter->rule->categories.items[category].topic, sentence);
	}
}

static enum postern_status check_one_question(const struct letter *letter)
{
	bool points_allowed = view_is(view_trim(letter->host->profile(letter->ctx, "case_numbered_points")), "yes");
	struct asked asked = {.second = {"", 0}};
	size_t questions;

	for (size_t i = 0; i < letter->part_count; i++)
		if (!letter->parts[i].subject)
			read_asked(letter, &letter->parts[i], points_allowed, &asked);
	questions = asked.topic_count;
	if (!points_allowed && asked.points > questions)
		questions = asked.points;
	if (!points_allowed && questions < 2 && has(letter->means, MEANS_ANOTHER))
		questions = 2;
	if (questions < 2)
		return POSTERN_OK;
	return letter_report(letter, "MP-CASE", asked.second.len > 0 ? asked.second : start_of(letter),
	    "One question a case: open a case of its own for each, so that each reaches the right team.", SCORE_TAG);
}

/* ---- how many it is about ---- */

/* "1) A, B; 2) C": cases of most numbers each. */
static void print_split(const struct letter *letter, size_t group, size_t most, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "A case takes %zu at most. Split it: ", most), n = 0;

	for (size_t i = 0; i < letter->id_count && len + 60 < size; i++) {
		const struct named *id = &letter->ids[i];

		if (id->group != group)
			continue;
		if (n % most == 0)
			len += (size_t)snprintf(out + len, size - len, "%s%zu) ", n > 0 ? "; " : "", n / most + 1);
		else
			len += (size_t)snprintf(out + len, size - len, ", ");
		len += (size_t)snprintf(out + len, size - len, "%.*s", (int)(id->value.len < 30 ? id->value.len : 30), id->value.ptr);
		n++;
	}
	if (len + 60 >= size)
		snprintf(out + len, size - len, " ...");
}

static enum postern_status check_count(const struct letter *letter)
{
	int64_t most = letter_value(letter, "case_max_ids", 0);
	enum postern_status status = POSTERN_OK;

	for (size_t group = 1; most > 0 && group <= NEEDS_MAX && status == POSTERN_OK; group++) {
		struct postern_slice last = {"", 0};
		char advice[ADVICE_MAX];
		size_t count = 0;

		for (size_t i = 0; i < letter->id_count; i++)
			if (letter->ids[i].group == group && ++count > (size_t)most)
				last = letter->ids[i].value;
		if (count <= (size_t)most)
			continue;
		print_split(letter, group, (size_t)most, advice, sizeof(advice));
		status = letter_report(letter, "MP-CASE", last, advice, SCORE_TAG);
	}
	return status;
}

/* ---- a new case ---- */

static enum postern_status check_new(const struct letter *letter)
{
	bool asks = has(letter->means, MEANS_ASK), ids = letter->host->profile(letter->ctx, "case_ids").len > 0;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < letter->part_count; i++) {
		struct postern_slice text = letter->parts[i].text;

		asks = asks || (text.len > 0 && (memchr(text.ptr, '?', text.len) != NULL ||
		    memmem(text.ptr, text.len, "\xEF\xBC\x9F", 3) != NULL));
	}
	if (!asks)
		status = letter_report(letter, "MP-CASE", start_of(letter),
		    "Say what you want of the support: a question, or a request.", SCORE_TAG);
	if (status == POSTERN_OK && letter->words < letter->rule->min_words)
		status = letter_report(letter, "MP-CASE", start_of(letter),
		    "Describe the situation: what happened, when, to how many, and what was tried.", SCORE_TAG);
	else if (status == POSTERN_OK && letter->words < letter->rule->short_words && letter->files == 0)
		status = letter_report(letter, "MP-CASE", start_of(letter),
		    "Add files that show it (pictures, data), or describe it in more detail.", SCORE_TAG);
	if (status == POSTERN_OK && ids && !letter->known)
		status = letter_report(letter, "MP-CASE", start_of(letter),
		    "Name the order, item, shipment or case by its number: it saves mails back and forth.", SCORE_TAG);
	return status;
}

/* ---- labels ---- */

/* "Case-Answer-3h": in how many hours, a begun one counts, that clock of the profile is over; nothing without it. */
static enum postern_status label_hours(const struct letter *letter, const char *clock, const char *what)
{
	enum postern_status status;
	int64_t due, left;
	char label[40];

	status = letter->host->clock_due(letter->ctx, clock, &due);
	if (status != POSTERN_OK || due == 0)
		return status;
	left = due - letter->message.received;
	snprintf(label, sizeof(label), "%s-%lldh", what, (long long)((left + HOUR - 1) / HOUR));
	return letter->host->label(letter->ctx, label);
}

/* How soon an answer can be expected, and from when on to ask where it is. */
static enum postern_status label_answer(const struct letter *letter)
{
	enum postern_status status;

	if (letter->urgent)
		return label_hours(letter, "case-urgent", "Case-Answer");
	status = label_hours(letter, "case-usual", "Case-Answer");
	return status == POSTERN_OK ? label_hours(letter, "case", "Case-Follow-Up") : status;
}

static enum postern_status label_case(const struct letter *letter)
{
	enum postern_status status = POSTERN_OK;

	if (letter->category >= 0)
		status = letter->host->label(letter->ctx, letter->rule->categories.items[letter->category].label);
	if (status == POSTERN_OK && letter->urgent)
		status = letter->host->label(letter->ctx, "Case-Urgent");
	if (status == POSTERN_OK && has(letter->means, MEANS_REOPEN))
		status = letter->host->label(letter->ctx, "Case-Reopened");
	return status == POSTERN_OK ? label_answer(letter) : status;
}

enum postern_status hygiene_check(struct letter *letter)
{
	enum postern_status status;

	if (letter_is_notice(letter))
		return POSTERN_OK;
	status = label_case(letter);
	if (status == POSTERN_OK && letter_is_new(letter))
		status = check_new(letter);
	/* Who answers the support gives what it asked for, however much that is. */
	if (status == POSTERN_OK && !letter->answers)
		status = check_one_question(letter);
	if (status == POSTERN_OK && !letter->answers)
		status = check_count(letter);
	return status;
}
