/* SPDX-License-Identifier: BSD-2-Clause */
/* What a subject of milestones is shown with: windows, refund, cases, and whether a dispute can be won. */
#include "cli/facts.h"

#include <stdlib.h>

struct inquiries {
	struct cli_desk *desk;
	struct subject *subject;
	bool failed;
};

static void note_late(struct subject *subject, const struct store_thread *thread, const struct desk_inquiry *inquiry)
{
	json_t *late = json_object();

	json_put_str(late, "thread", thread->key);
	cli_put_time(late, "opened", inquiry->opened);
	cli_put_time(late, "due", inquiry->due);
	cli_put_time(late, "answered", inquiry->closed);
	json_array_append_new(subject->late, late);
	subject->in_time = false;
}

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct inquiries *inquiries = arg;
	struct desk_inquiry *list;
	size_t count;

	if (desk_inquiries(thread->events, thread->event_count, inquiries->desk->now, &list, &count) == -1) {
		inquiries->failed = true;
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (desk_inquiry_missed(&list[i], inquiries->desk->now))
			note_late(inquiries->subject, thread, &list[i]);
	free(list);
	return 0;
}

static int note_case(void *arg, const struct store_case *entry)
{
	struct subject *subject = arg;

	return json_array_append_new(subject->cases, json_text(slice_str(entry->id))) == 0 ? 0 : 1;
}

/* Whether all was answered in time, and which cases name it. */
static int read_threads(struct cli_desk *desk, struct subject *subject, struct diag *d)
{
	const char *number = facts_number(&subject->desk);
	struct store_filter filter = {.order = number, .now = desk->now, .state = STORE_ALL};
	struct inquiries inquiries = {.desk = desk, .subject = subject};
	struct store_case_filter cases = {.order = number, .until = desk->now};

	if (store_threads(desk->store, &filter, note_thread, &inquiries, d) == -1)
		return -1;
	if (inquiries.failed)
		return diag_add(d, "out of memory");
	return store_cases(desk->store, &cases, note_case, subject, d) == -1 ? -1 : 0;
}

static int reckon(struct cli_desk *desk, struct subject *subject, struct diag *d)
{
	if (profiles_reckon(desk->profiles, &subject->desk, subject->in_time, desk->now) == -1)
		return diag_add(d, "out of memory");
	return 0;
}

/* Windows first: of thousands of old settlements nobody asks how their threads went. They are read where it matters. */
static int read_subject(struct cli_desk *desk, struct subject *subject, struct arena *arena, bool all, struct diag *d)
{
	if (facts_find_market(desk->store, arena, &subject->desk, d) == -1 || reckon(desk, subject, d) == -1)
		return -1;
	if (subject->desk.marketplace[0] != '\0' && !all && !desk_subject_is_running(&subject->desk))
		return 0;
	if (read_threads(desk, subject, d) == -1)
		return -1;
	return subject->in_time ? 0 : reckon(desk, subject, d);
}

int subject_read(struct cli_desk *desk, const struct facts *facts, size_t *at_r, bool all, struct subject *subject_r,
    struct diag *d)
{
	*subject_r = (struct subject){.in_time = true, .late = json_array(), .cases = json_array()};
	desk_subject_take(facts->list, facts->count, at_r, &subject_r->desk);
	if (read_subject(desk, subject_r, facts->arena, all, d) == 0)
		return 0;
	subject_free(subject_r);
	return -1;
}

void subject_free(struct subject *subject)
{
	desk_subject_free(&subject->desk);
	json_decref(subject->late);
	json_decref(subject->cases);
	subject->late = subject->cases = NULL;
}
