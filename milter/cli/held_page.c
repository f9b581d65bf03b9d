/* SPDX-License-Identifier: BSD-2-Clause */
/* A held message on a page for the person who decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/held_mark.h"
#include "cli/held_show.h"

static void show_clock(const struct held_show *show)
{
	const char *due = json_get_str(show->entry, "due"), *state = json_get_str(show->entry, "state");
	int64_t left = json_get_int(show->entry, "seconds_left", 0);
	char text[64];

	if (due == NULL) {
		printf("no clock runs%s%s\n", state != NULL ? ", its thread is " : "", state != NULL ? state : "");
		return;
	}
	cli_duration(text, sizeof(text), left < 0 ? -left : left);
	cli_styled(show->desk->cli, left < 0 ? CLI_BAD : CLI_BOLD, text);
	printf(left < 0 ? " overdue: the customer was to be answered by %s\n" : " left: the customer waits, until %s\n", due);
}

static void show_list(const char *title, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		printf("%s", i == 0 ? title : ", ");
		cli_text(slice_str(json_string_value(item)), 0);
	}
	if (json_array_size(list) > 0)
		putchar('\n');
}

static void show_line(const json_t *object, const char *title, const char *key)
{
	const char *value = json_get_str(object, key);

	if (value == NULL || *value == '\0')
		return;
	printf("%-12s", title);
	cli_text(slice_str(value), 0);
	putchar('\n');
}

static void show_envelope(const struct held_show *show)
{
	const json_t *record = show->hold.message;

	show_line(record, "held", "time");
	show_line(record, "agent", "agent");
	show_line(record, "shop", "shop");
	show_line(record, "marketplace", "marketplace");
	show_line(show->entry, "thread", "thread");
	show_line(show->entry, "customer", "customer");
	show_line(show->entry, "order", "order");
	printf("%-12s<", "envelope");
	cli_member(record, "sender", "");
	show_list("> to ", json_object_get(record, "recipients"));
	if (show->hold.queue_id[0] != '\0')
		printf("%-12s%s\n", "queue id", show->hold.queue_id);
}

static void show_finding(const struct cli *cli, const json_t *finding)
{
	const char *action = json_get_str(finding, "action"), *id = json_get_str(finding, "rule_id");

	printf("  ");
	cli_styled(cli, cli_action_style(action != NULL ? action : ""), id != NULL ? id : "");
	cli_member(finding, "action", " ");
	if (json_is_true(json_object_get(finding, "monitored")))
		fputs(" (monitored only)", stdout);
	cli_member(finding, "where", ", in ");
	if (json_get_str(finding, "evidence") != NULL && *json_get_str(finding, "evidence") != '\0') {
		cli_member(finding, "evidence", ": '");
		putchar('\'');
	}
	cli_member(finding, "rule", "\n    rule ");
	cli_member(finding, "policy", ", policy ");
	cli_member(finding, "advice", "\n    ");
	putchar('\n');
}

static void show_findings(const struct held_show *show)
{
	const json_t *finding;
	size_t i;

	puts("\nwhy it is held");
	json_array_foreach(json_object_get(show->hold.message, "findings"), i, finding)
		show_finding(show->desk->cli, finding);
}

static void show_decisions(const struct held_show *show)
{
	const json_t *event;
	size_t i;

	if (show->hold.decisions != NULL)
		puts("\nwhat was decided");
	json_array_foreach(show->hold.decisions, i, event) {
		cli_member(event, "time", "  ");
		cli_member(event, "verb", " ");
		cli_member(event, "wish", " to ");
		cli_member(event, "by", ", by ");
		cli_member(event, "approved_by", ", approved by ");
		if (json_is_true(json_object_get(event, "by_hand")))
			fputs(", by hand", stdout);
		if (json_is_true(json_object_get(event, "unapproved")))
			fputs(", without a second person", stdout);
		cli_member(event, "why", ": ");
		putchar('\n');
	}
}

static void show_marked(const struct cli *cli, struct slice text, const json_t *findings)
{
	struct held_marks *marks = malloc(sizeof(*marks));
	size_t at = 0;

	if (marks != NULL)
		held_marks_find(findings, text, marks);
	for (size_t i = 0; marks != NULL && i < marks->count; i++) {
		cli_text_all(slice_sub(text, at, marks->places[i].start - at));
		fputs(cli->colour ? "\033[1;31m" : ">>", stdout);
		at = marks->places[i].end;
		cli_text_all(slice_sub(text, marks->places[i].start, at - marks->places[i].start));
		fputs(cli->colour ? "\033[0m" : "<<", stdout);
	}
	cli_text_all(slice_sub(text, at, text.len));
	free(marks);
	if (text.len == 0 || text.ptr[text.len - 1] != '\n')
		putchar('\n');
}

static void show_headers(const struct held_show *show)
{
	static const char *const names[] = {"From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To"};
	const json_t *findings = json_object_get(show->hold.message, "findings");

	putchar('\n');
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct slice value = message_header_value(&show->message, names[i]);

		if (value.ptr == NULL)
			continue;
		printf("%s: ", names[i]);
		show_marked(show->desk->cli, slice_trim(value), findings);
	}
}

static void show_parts(const struct held_show *show)
{
	const json_t *findings = json_object_get(show->hold.message, "findings");
	size_t texts = 0;

	for (size_t i = 0; i < show->message.part_count; i++)
		texts += held_is_shown(&show->message.parts[i]);
	for (size_t i = 0; i < show->message.part_count; i++) {
		const struct mail_part *part = &show->message.parts[i];

		if (!held_is_shown(part))
			continue;
		putchar('\n');
		if (texts > 1) {
			printf("[");
			cli_text(part->type, 0);
			puts("]");
		}
		show_marked(show->desk->cli, part->text, findings);
	}
}

static void show_attachments(const struct held_show *show)
{
	bool first = true;

	for (size_t i = 0; i < show->message.part_count; i++) {
		const struct mail_part *part = &show->message.parts[i];

		if ((part->flags & PART_CONTAINER) || held_is_shown(part))
			continue;
		if (first)
			puts("\nattachments");
		first = false;
		printf("  ");
		cli_text(part->name.len > 0 ? part->name : SLICE_LIT("(without a name)"), 0);
		printf(", ");
		cli_text(part->type, 0);
		printf(", %zu bytes\n", part->size);
	}
}

/* What to say next. */
static void show_ways(const struct held_show *show)
{
	struct hold_rules rules = held_rules(show->desk->config);
	const struct hold_act *pending = hold_pending(&show->hold, &rules, show->desk->now);

	if (!hold_waits(&show->hold)) {
		if (show->hold.end != HOLD_WISH_NONE)
			printf("\n%s by %s\n", show->hold.end == HOLD_WISH_RELEASE ? "released" : "refused", show->hold.ended.by);
	} else if (pending != NULL) {
		printf("\n%s wants to %s it; a second person may say 'postern held approve %s'\n", pending->by,
		    hold_wish_name(show->hold.wish), show->hold.id);
	} else {
		printf("\npostern held release %s --why TEXT | postern held refuse %s --why TEXT\n", show->hold.id, show->hold.id);
	}
}

int held_page(const struct held_show *show)
{
	printf("%s  ", show->hold.id);
	show_clock(show);
	show_envelope(show);
	show_findings(show);
	show_decisions(show);
	if (show->source != NULL) {
		show_headers(show);
		show_parts(show);
		show_attachments(show);
	} else {
		puts("\nits text can't be shown:");
		cli_text_all(slice_str(show->unread.text));
		putchar('\n');
	}
	show_ways(show);
	return CLI_OK;
}
