/* SPDX-License-Identifier: BSD-2-Clause */
/* Dated facts that a notice tells: what happened, to which order or case, when, and within how many days to act. */
#include <string.h>

#include "core/clock.h"
#include "mail/date.h"
#include "policy/profile_int.h"

#define SEARCH_MS 5000
#define TERM_MAX 366
/* A notice tells of the last months, or of a day soon to come; any other date is another thing's. */
#define DATE_RANGE ((int64_t)400 * 86400)
/* Orders or cases that one notice may be about. */
#define SUBJECTS_MAX 20

struct reader {
	const struct message *message;
	struct diag *d;
	int64_t deadline;
};

/* The first match in the subject, then in the text. 1, 0, -1. */
static int find(const struct reader *r, const struct pattern *pattern, struct pattern_match *match_r)
{
	const struct message *m = r->message;
	int rc = pattern_find_until(pattern, message_header_value(m, "Subject"), 0, r->deadline, match_r, r->d);

	for (size_t i = 0; rc == 0 && i < m->segment_count; i++)
		if (m->segments[i].kind != SEGMENT_SUBJECT)
			rc = pattern_find_until(pattern, m->segments[i].text, 0, r->deadline, match_r, r->d);
	return rc;
}

/* Group 1, or the whole match where the expression has none. */
static struct slice group_of(const struct pattern_match *match)
{
	return match->groups[1].ptr != NULL ? match->groups[1] : match->groups[0];
}

static int read_term(const struct reader *r, const struct milestone_form *form, int *days_r)
{
	struct pattern_match match;
	struct slice text;
	int rc = form->term != NULL ? find(r, form->term, &match) : 0, days = 0;

	*days_r = 0;
	if (rc != 1)
		return rc;
	text = group_of(&match);
	for (size_t i = 0; i < text.len && i < 4; i++)
		days = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? days * 10 + text.ptr[i] - '0' : TERM_MAX + 1;
	if (days <= TERM_MAX)
		*days_r = days;
	return 0;
}

static int read_time(const struct reader *r, const struct milestone_form *form, int64_t received, int64_t *time_r)
{
	struct pattern_match match;
	int rc = form->date != NULL ? find(r, form->date, &match) : 0;
	int64_t day;

	*time_r = received;
	if (rc == 1 && date_day(group_of(&match), form->month_first, &day) == 0 && day > received - DATE_RANGE &&
	    day < received + DATE_RANGE)
		*time_r = day;
	return rc == -1 ? -1 : 0;
}

static bool is_listed(const struct mail_milestone *list, size_t from, size_t count, struct slice subject)
{
	for (size_t i = from; i < count; i++)
		if (slice_eq(list[i].subject, subject))
			return true;
	return false;
}

/* One milestone for each number of the first kind that the message has any of. */
static size_t add_subjects(const struct reader *r, const struct milestone_form *form, const struct mail_milestone *fact,
    struct mail_milestone *list, size_t count, size_t max)
{
	const struct message *m = r->message;
	size_t first = count;

	for (char **kind = form->subject; *kind != NULL && count == first; kind++)
		for (size_t i = 0; i < m->id_count && count < max && count - first < SUBJECTS_MAX; i++) {
			if (!slice_eq_str(m->ids[i].kind, *kind) || is_listed(list, first, count, m->ids[i].value))
				continue;
			list[count] = *fact;
			list[count++].subject = m->ids[i].value;
		}
	return count;
}

static int read_form(const struct reader *r, const struct milestone_form *form, int64_t received,
    struct mail_milestone *fact_r)
{
	struct pattern_match match;
	int rc = form->when != NULL ? find(r, form->when, &match) : 1;

	if (rc != 1)
		return rc;
	*fact_r = (struct mail_milestone){.name = form->name};
	if (read_term(r, form, &fact_r->term_days) == -1 || read_time(r, form, received, &fact_r->time) == -1)
		return -1;
	return 1;
}

int profiles_milestones(const struct mail_kind *kind, const struct message *message, int64_t received,
    struct mail_milestone *list, size_t max, size_t *count_r, bool *unnamed_r, struct diag *d)
{
	struct reader r = {message, d, clock_monotonic_ms() + SEARCH_MS};

	*count_r = 0;
	*unnamed_r = false;
	for (const struct milestone_form *form = kind->milestones; form != NULL; form = form->next) {
		struct mail_milestone fact;
		size_t before = *count_r;
		int rc = read_form(&r, form, received, &fact);

		if (rc == -1)
			return -1;
		if (rc == 0)
			continue;
		*count_r = add_subjects(&r, form, &fact, list, *count_r, max);
		*unnamed_r |= *count_r == before;
	}
	return 0;
}
