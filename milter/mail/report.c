/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery reports. Lines are read and not parts: the returned message stands in a part of its own, below a line of
 * dashes or in the middle of a letter, whole or as headers, and its Message-ID is a line in all of them.
 */
#include "mail/report.h"

#include <string.h>

#define ID_MAX 1000
/* Lines without a status field that are looked through for one: what MTAs write stands before the returned mail. */
#define PROSE_MAX 20000

static bool is_known(const struct delivery_report *report, struct slice id)
{
	for (size_t i = 0; i < report->id_count; i++)
		if (slice_eq(report->ids[i], id))
			return true;
	return false;
}

/* The next "<...>" in s without blanks; s moves behind it. */
static bool take_id(struct slice *s, struct slice *id_r)
{
	while (s->len > 0) {
		const char *open = memchr(s->ptr, '<', s->len);
		size_t n = 1;

		if (open == NULL)
			return false;
		*s = slice_sub(*s, (size_t)(open - s->ptr), s->len);
		while (n < s->len && n < ID_MAX && (unsigned char)s->ptr[n] > ' ' && s->ptr[n] != '<' && s->ptr[n] != '>')
			n++;
		*id_r = slice_sub(*s, 0, n + 1);
		if (n > 1 && n < s->len && s->ptr[n] == '>') {
			*s = slice_sub(*s, n + 1, s->len);
			return true;
		}
		*s = slice_sub(*s, 1, s->len);
	}
	return false;
}

static void add_ids(struct delivery_report *report, struct slice text, size_t max)
{
	struct slice id;

	while (max-- > 0 && report->id_count < REPORT_IDS_MAX && take_id(&text, &id))
		if (!is_known(report, id))
			report->ids[report->id_count++] = id;
}

/* One line without its end and without quote marks before it. */
static struct slice take_line(struct slice *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	struct slice line = slice_sub(*rest, 0, end != NULL ? (size_t)(end - rest->ptr) : rest->len);

	*rest = slice_sub(*rest, line.len + 1, rest->len);
	line = slice_trim(line);
	while (line.len > 0 && line.ptr[0] == '>')
		line = slice_trim(slice_sub(line, 1, line.len));
	return line;
}

/* The value when line is a field of that name; SLICE_NONE else. */
static struct slice field_value(struct slice line, const char *name)
{
	size_t len = strlen(name);

	if (!slice_case_prefix(line, name) || line.len <= len || line.ptr[len] != ':')
		return SLICE_NONE;
	return slice_trim(slice_sub(line, len + 1, line.len));
}

static bool is_digit(struct slice s, size_t at)
{
	return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

static size_t digits(struct slice s, size_t at)
{
	size_t n = 0;

	while (n < 3 && is_digit(s, at + n))
		n++;
	return is_digit(s, at + n) ? 0 : n;
}

/* An enhanced status code of a failure ("5.1.1") in s, or empty. */
static struct slice find_status(struct slice s)
{
	for (size_t i = 0; i + 4 < s.len; i++) {
		size_t subject, detail;

		if ((s.ptr[i] != '5' && s.ptr[i] != '4') || s.ptr[i + 1] != '.' || (i > 0 && (is_digit(s, i - 1) || s.ptr[i - 1] == '.')))
			continue;
		subject = digits(s, i + 2);
		if (subject == 0 || i + 2 + subject >= s.len || s.ptr[i + 2 + subject] != '.')
			continue;
		detail = digits(s, i + 3 + subject);
		if (detail > 0 && !(i + 3 + subject + detail < s.len && s.ptr[i + 3 + subject + detail] == '.'))
			return slice_sub(s, i, 3 + subject + detail);
	}
	return SLICE_LIT("");
}

/* The fields of one recipient, in any order: a status counts for the group's action. */
struct group {
	bool failed;
	struct slice status;
};

static void end_group(struct delivery_report *report, struct group *group)
{
	if (group->failed && report->status.len == 0)
		report->status = group->status;
	*group = (struct group){.status = SLICE_LIT("")};
}

static void read_status_line(struct delivery_report *report, struct group *group, struct slice line)
{
	struct slice action = field_value(line, "Action"), status = field_value(line, "Status");

	if (line.len == 0)
		end_group(report, group);
	if (status.ptr != NULL && group->status.len == 0)
		group->status = find_status(status);
	if (action.ptr == NULL)
		return;
	report->has_action = true;
	if (slice_case_prefix(action, "failed"))
		report->failed = group->failed = true;
}

/* The first value of "Message-ID:", which may stand in the line after. */
static void read_id_line(struct delivery_report *report, struct slice line, struct slice rest)
{
	struct slice value = field_value(line, "Message-ID");

	if (value.ptr == NULL)
		return;
	if (value.len == 0 && rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t'))
		value = take_line(&rest);
	add_ids(report, value, 1);
}

static void read_body(struct delivery_report *report, struct slice body)
{
	struct group group = {.status = SLICE_LIT("")};
	struct slice rest = body;
	bool in_status = false;

	while (rest.len > 0) {
		struct slice line = take_line(&rest), type = field_value(line, "Content-Type");

		if (type.ptr != NULL) {
			end_group(report, &group);
			in_status = slice_case_prefix(type, "message/delivery-status") ||
			    slice_case_prefix(type, "message/global-delivery-status");
		} else if (in_status) {
			read_status_line(report, &group, line);
		}
		read_id_line(report, line, rest);
	}
	end_group(report, &group);
}

void delivery_report_read(struct slice raw, const struct message *header, struct delivery_report *out)
{
	struct slice body = raw;
	long at = slice_find(raw, SLICE_LIT("\n\n")), crlf = slice_find(raw, SLICE_LIT("\r\n\r\n"));

	*out = (struct delivery_report){.status = SLICE_LIT("")};
	if (crlf >= 0 && (at < 0 || crlf < at))
		at = crlf;
	body = at >= 0 ? slice_sub(raw, (size_t)at, raw.len) : SLICE_LIT("");
	read_body(out, body);
	add_ids(out, message_header_value(header, "In-Reply-To"), 1);
	add_ids(out, message_header_value(header, "References"), REPORT_IDS_MAX);
	if (out->status.len == 0 && !out->has_action)
		out->status = find_status(slice_sub(body, 0, PROSE_MAX));
}
