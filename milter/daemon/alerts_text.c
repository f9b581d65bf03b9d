/* SPDX-License-Identifier: BSD-2-Clause */
/* Alerts in words: a line, a mail, JSON. Customers' text is made harmless here. */
#include "daemon/alerts_turn.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/text.h"

#define FIELD_BYTES 120
#define ID_BYTES 16
#define DAY_SECONDS 86400

/* ---- a line --------------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *before, const char *text)
{
	char clean[FIELD_BYTES];

	if (text[0] == '\0')
		return;
	text_sanitize(clean, sizeof(clean), slice_str(text), TEXT_FOR_LOG);
	buf_printf(out, "%s%s", before, clean);
}

/* The two largest units that matter to somebody who has to answer: "3 d 4 h", "4 h 12 min", "12 min". */
static void add_span(struct buf *out, int64_t seconds)
{
	long long days = seconds / DAY_SECONDS, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60;

	if (days > 0)
		buf_printf(out, "%lld d %lld h", days, hours);
	else if (hours > 0)
		buf_printf(out, "%lld h %lld min", hours, minutes);
	else if (seconds >= 60)
		buf_printf(out, "%lld min", minutes);
	else
		buf_printf(out, "%lld s", (long long)seconds);
}

static void add_rate(struct buf *out, const struct alert *alert)
{
	buf_printf(out, "RESPONSE RATE %d.%d %% in %d days, the line is %d %%: ", alert->permille / 10, alert->permille % 10,
	    alert->days, alert->percent);
	if (alert->misses_left < 0)
		buf_add_str(out, "below it");
	else
		buf_printf(out, "%lld misses left", (long long)alert->misses_left);
	add_text(out, ", ", alert->marketplace);
	add_text(out, ", ", alert->shop);
}

static void add_message(struct buf *out, const struct alert *alert)
{
	bool spam = strcmp(alert->what, store_alarm_name(STORE_ALARM_SPAM_FILTERED)) == 0;

	buf_add_str(out, spam ? "CALLED SPAM" : "WARNING LETTER");
	if (spam)
		add_text(out, " by ", alert->detail[0] != '\0' ? alert->detail : "another filter");
	if (spam)
		buf_add_str(out, ", exempt it there");
	add_text(out, ": ", alert->marketplace);
	add_text(out, ", ", alert->shop);
	add_text(out, ", order ", alert->order);
	add_text(out, ", ", alert->customer);
	add_text(out, ", about: ", alert->subject);
	add_text(out, ", message ", alert->id);
}

static void add_window(struct buf *out, const struct alert *alert, int64_t now)
{
	char closes[CLOCK_TEXT_SIZE];

	clock_format(closes, sizeof(closes), alert->due);
	buf_add_str(out, "WINDOW CLOSES in ");
	add_span(out, alert->due - now);
	buf_printf(out, " (%s)", closes);
	add_text(out, ": ", alert->detail);
	add_text(out, ", ", alert->marketplace);
	add_text(out, ", ", alert->shop);
	add_text(out, ", number ", alert->order);
}

static void add_inquiry(struct buf *line, const struct alert *alert, unsigned level, int64_t now)
{
	char due[CLOCK_TEXT_SIZE];

	if (now > alert->due) {
		buf_add_str(line, "OVERDUE by ");
		add_span(line, now - alert->due);
	} else {
		add_span(line, alert->due - now);
		buf_add_str(line, " left");
	}
	clock_format(due, sizeof(due), alert->due);
	buf_printf(line, " (%u %%, due %s)", level, due);
	add_text(line, ": ", alert->marketplace);
	add_text(line, ", ", alert->shop);
	add_text(line, ", order ", alert->order);
	add_text(line, ", ", alert->customer);
	add_text(line, ", about: ", alert->subject);
}

void alerts_line(const struct alerts_turn *turn, const struct alert *alert, unsigned level, struct buf *line)
{
	switch (alert->kind) {
	case ALERT_RATE: add_rate(line, alert); break;
	case ALERT_MESSAGE: add_message(line, alert); break;
	case ALERT_WINDOW: add_window(line, alert, turn->now); break;
	default: add_inquiry(line, alert, level, turn->now); break;
	}
}

/* ---- a mail --------------------------------------------------------------------------- */

struct tally {
	size_t alerts, overdue;
};

static struct tally tally_of(const struct alerts_turn *turn, size_t way)
{
	struct tally tally = {0};

	for (size_t i = 0; i < turn->count; i++) {
		const struct alert *alert = &turn->alerts[i];

		if (alert->wants[way] == 0)
			continue;
		tally.alerts++;
		tally.overdue += alert->kind == ALERT_INQUIRY && turn->now > alert->due;
	}
	return tally;
}

static void add_date(struct buf *mail, int64_t now)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	    "Dec"};
	char text[CLOCK_TEXT_SIZE];
	int month;

	clock_format(text, sizeof(text), now);
	month = (text[5] - '0') * 10 + text[6] - '0';
	buf_printf(mail, "Date: %s, %.2s %s %.4s %.8s +0000\n", days[zone_weekday(zone_day(now))], text + 8,
	    months[month - 1], text, text + 11);
}

static void add_header(const struct alerts_turn *turn, size_t way, const struct tally *tally, struct buf *mail)
{
	const struct alerts_way *to = &turn->ways[way];

	buf_printf(mail, "From: %s\nTo: ", turn->config->from);
	for (size_t i = 0; to->mail[i] != NULL; i++)
		buf_printf(mail, "%s%s", i > 0 ? ",\n\t" : "", to->mail[i]);
	buf_printf(mail, "\nSubject: Postern%s%s: %zu alert%s, %zu overdue\n", to->title != NULL ? " for " : "",
	    to->title != NULL ? to->title : "", tally->alerts, tally->alerts == 1 ? "" : "s", tally->overdue);
	add_date(mail, turn->now);
	/* So that no out-of-office answers it. */
	buf_add_str(mail, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
}

void alerts_mail(const struct alerts_turn *turn, size_t way, struct buf *mail)
{
	struct tally tally = tally_of(turn, way);
	size_t told = 0;

	add_header(turn, way, &tally, mail);
	for (size_t i = 0; i < turn->count && told < ALERTS_TOLD_MAX; i++) {
		const struct alert *alert = &turn->alerts[i];

		if (alert->wants[way] == 0)
			continue;
		alerts_line(turn, alert, alert->wants[way], mail);
		if (alert->kind == ALERT_INQUIRY)
			add_text(mail, "\n    thread ", alert->key);
		buf_add_str(mail, "\n\n");
		told++;
	}
	if (tally.alerts > told)
		buf_printf(mail, "And %zu more, which are not listed here.\n\n", tally.alerts - told);
	buf_add_str(mail, "All that waits: postern sla. A thread: postern thread KEY. Windows: postern windows --order NUMBER.\n");
}

/* ---- JSON ----------------------------------------------------------------------------- */

const char *alerts_kind_name(const struct alert *alert)
{
	switch (alert->kind) {
	case ALERT_RATE: return "rate";
	case ALERT_MESSAGE: return alert->what;
	case ALERT_WINDOW: return "window";
	default: return "inquiry";
	}
}

/* The same alert has the same id, also when it comes a second time. */
static void put_id(json_t *object, const struct alert *alert, unsigned level, int64_t now)
{
	long long which = alert->kind == ALERT_RATE ? zone_day(now) : alert->opened;
	char hex[HASH_HEX_SIZE], rest[64];
	struct slice parts[2];

	snprintf(rest, sizeof(rest), "\n%lld\n%u", which, level);
	parts[0] = slice_str(alert->key);
	parts[1] = slice_str(rest);
	hash_hex_parts(hex, parts, 2);
	json_put(object, "id", (struct slice){hex, ID_BYTES});
}

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

static void put_inquiry(json_t *object, const struct alert *alert, unsigned level, int64_t now)
{
	json_put_str(object, "thread", alert->key);
	json_put_int(object, "level", (json_int_t)level);
	json_put_bool(object, "overdue", now > alert->due);
	put_time(object, "opened", alert->opened);
	put_time(object, "due", alert->due);
	json_put_int(object, "seconds_left", alert->due - now);
	json_put_str(object, "customer", alert->customer);
	json_put_str(object, "subject", alert->subject);
	json_put_str(object, "order", alert->order);
}

static void put_rate(json_t *object, const struct alert *alert)
{
	json_put_new(object, "rate_percent", json_real(alert->permille / 10.0));
	json_put_int(object, "line_percent", alert->percent);
	json_put_int(object, "days", alert->days);
	json_put_bool(object, "below", alert->misses_left < 0);
	json_put_int(object, "misses_left", alert->misses_left > 0 ? alert->misses_left : 0);
}

static void put_message(json_t *object, const struct alert *alert)
{
	json_put_str(object, "message", alert->id);
	put_time(object, "time", alert->opened);
	json_put_str(object, "customer", alert->customer);
	json_put_str(object, "subject", alert->subject);
	json_put_str(object, "order", alert->order);
	if (alert->detail[0] != '\0')
		json_put_str(object, "filter", alert->detail);
}

static void put_window(json_t *object, const struct alert *alert, unsigned level, int64_t now)
{
	json_put_str(object, "window", alert->what);
	json_put_str(object, "title", alert->detail);
	json_put_str(object, "number", alert->order);
	json_put_int(object, "hours_before", alert_window_urgency(level));
	put_time(object, "closes", alert->due);
	json_put_int(object, "seconds_left", alert->due - now);
}

static json_t *alert_json(const struct alerts_turn *turn, const struct alert *alert, unsigned level)
{
	json_t *object = json_object();

	put_id(object, alert, level, turn->now);
	json_put_str(object, "kind", alerts_kind_name(alert));
	json_put_str(object, "marketplace", alert->marketplace);
	json_put_str(object, "shop", alert->shop);
	switch (alert->kind) {
	case ALERT_RATE: put_rate(object, alert); break;
	case ALERT_MESSAGE: put_message(object, alert); break;
	case ALERT_WINDOW: put_window(object, alert, level, turn->now); break;
	default: put_inquiry(object, alert, level, turn->now); break;
	}
	return object;
}

int alerts_json(const struct alerts_turn *turn, size_t way, struct buf *out)
{
	struct tally tally = tally_of(turn, way);
	json_t *object = json_object(), *list = json_array();
	int rc;

	put_time(object, "time", turn->now);
	json_put_int(object, "count", (json_int_t)tally.alerts);
	json_put_int(object, "overdue", (json_int_t)tally.overdue);
	for (size_t i = 0; i < turn->count && json_array_size(list) < ALERTS_TOLD_MAX; i++)
		if (turn->alerts[i].wants[way] > 0)
			json_array_append_new(list, alert_json(turn, &turn->alerts[i], turn->alerts[i].wants[way]));
	json_put_new(object, "alerts", list);
	rc = json_write(out, object);
	buf_add_char(out, '\n');
	json_decref(object);
	return rc == 0 && !out->failed ? 0 : -1;
}
