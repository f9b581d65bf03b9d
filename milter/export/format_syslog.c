/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5424: header, structured data and message, and what is left out of a message that would be too long. */
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "export/format.h"
#include "export/kind.h"

/* Of one value, before escaping: two of them and what is mandatory fit into EXPORT_SYSLOG_MIN. */
#define VALUE_SIZE 200
#define SHORT_SIZE 48

const char *const export_facilities[] = {
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
	"alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL
};

int export_facility(const char *name)
{
	for (int i = 0; export_facilities[i] != NULL; i++)
		if (strcmp(export_facilities[i], name) == 0)
			return i;
	return -1;
}

/* What a message is made of; limit is where it has to end. */
struct writer {
	const struct export_syslog *how;
	const json_t *event;
	struct buf *out;
	size_t start, limit;
	bool cut;   /* something did not fit */
	bool again; /* it is known that something does not */
};

/* ---- header -------------------------------------------------------------------- */

/* HOSTNAME and the like are printable ASCII without a space. */
static void add_ascii(struct buf *out, const char *text, size_t max)
{
	size_t n = 0;

	for (; text != NULL && *text != '\0' && n < max; text++, n++)
		buf_add_char(out, *text > ' ' && *text <= '~' ? *text : '_');
	if (n == 0)
		buf_add_char(out, '-');
}

static void add_header(const struct writer *w)
{
	const struct export_kind *kind = export_kind(w->event);
	const char *type = json_get_str(w->event, "event");

	buf_printf(w->out, "<%d>1 ", w->how->facility * 8 + kind->severity);
	/* It is the log's own text, a time of RFC 3339 in UTC. */
	add_ascii(w->out, json_get_str(w->event, "time"), 32);
	buf_add_char(w->out, ' ');
	add_ascii(w->out, w->how->host, 255);
	buf_add_str(w->out, " postern ");
	if (w->how->pid > 0)
		buf_printf(w->out, "%ld ", w->how->pid);
	else
		buf_add_str(w->out, "- ");
	/* An event type of a later version keeps its name. */
	add_ascii(w->out, kind->event != NULL ? kind->name : type, 32);
	buf_add_char(w->out, ' ');
}

/* ---- structured data ------------------------------------------------------------- */

static void add_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\' || *text == ']')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

/* A parameter as a whole or not at all; the closing bracket has to find room, too. */
static void add_param(struct writer *w, const char *name, struct slice value, size_t size)
{
	size_t before = w->out->len;
	char text[VALUE_SIZE];

	if (value.len == 0)
		return;
	text_sanitize(text, size < sizeof(text) ? size : sizeof(text), value, TEXT_FOR_LOG);
	buf_printf(w->out, " %s=\"", name);
	add_escaped(w->out, text);
	buf_add_char(w->out, '"');
	if (w->out->len - w->start + 1 > w->limit) {
		buf_truncate(w->out, before);
		w->cut = true;
	}
}

static void add_number(struct writer *w, const char *name, const json_t *value)
{
	struct buf text = {0};

	if (!json_is_integer(value))
		return;
	buf_printf(&text, "%lld", (long long)json_integer_value(value));
	add_param(w, name, buf_slice(&text), VALUE_SIZE);
	buf_free(&text);
}

/* Each rule once; a parameter may come several times (RFC 5424, 6.3.3). */
static void add_rules(struct writer *w)
{
	const json_t *list = json_object_get(w->event, "findings");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *rule = json_object_get(json_array_get(list, i), "rule");
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = json_equal(rule, json_object_get(json_array_get(list, k), "rule"));
		if (!again)
			add_param(w, "rule", json_slice(rule), VALUE_SIZE);
	}
}

static void add_recipients(struct writer *w)
{
	const json_t *list = json_object_get(w->event, "recipients");

	for (size_t i = 0; i < json_array_size(list); i++)
		add_param(w, "recipient", json_slice(json_array_get(list, i)), VALUE_SIZE);
}

/* In the order of what a receiver misses most: what does not fit is left out from the end. */
static void add_data(struct writer *w)
{
	static const char *const names[] = {"direction", "marketplace", "verb", "by", "error", "why", "queue_id", "order",
		"account", "sender"};
	static const char *const late[] = {"message_id", "client", "thread", "shop", "subject", "hash"};

	buf_add_str(w->out, "[postern@");
	add_ascii(w->out, w->how->enterprise, 20);
	add_number(w, "seq", json_object_get(w->event, "seq"));
	add_param(w, "id", json_slice(json_object_get(w->event, "id")), SHORT_SIZE);
	if (w->again)
		add_param(w, "truncated", SLICE_LIT("yes"), SHORT_SIZE);
	add_param(w, "event", json_slice(json_object_get(w->event, "event")), SHORT_SIZE);
	add_param(w, "action", json_slice(json_object_get(w->event, "action")), SHORT_SIZE);
	add_param(w, "ref", json_slice(json_object_get(w->event, "ref")), SHORT_SIZE);
	add_rules(w);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_param(w, names[i], json_slice(json_object_get(w->event, names[i])), VALUE_SIZE);
	add_recipients(w);
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++)
		add_param(w, late[i], json_slice(json_object_get(w->event, late[i])), VALUE_SIZE);
	buf_add_char(w->out, ']');
}

/* ---- message ---------------------------------------------------------------------- */

/* What JSON allows as it is, but a line of a log should not have: DEL, which can stand in its strings alone. */
static void add_printable(struct buf *out, const char *text)
{
	const char *rest;

	for (; (rest = strchr(text, 0x7F)) != NULL; text = rest + 1) {
		buf_add(out, text, (size_t)(rest - text));
		buf_add_str(out, "\\u007f");
	}
	buf_add_str(out, text);
}

/* ASCII alone, so that it needs no byte order mark, which readers of JSON refuse. */
static bool add_record(struct writer *w, size_t room)
{
	char *text = json_dumps(w->event, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct buf record = {0};
	bool fits;

	if (text != NULL)
		add_printable(&record, text);
	if (text == NULL || record.failed)
		w->out->failed = true;
	fits = !record.failed && record.len > 0 && record.len < room;
	if (fits) {
		buf_add_char(w->out, ' ');
		buf_add(w->out, record.data, record.len);
	}
	buf_free(&record);
	free(text);
	return fits;
}

static void add_sentence(struct writer *w, size_t room)
{
	struct buf text = {0};
	size_t len, mark;

	export_summary(w->event, &text);
	mark = slice_is_ascii(buf_slice(&text)) ? 0 : 3;
	len = text.len;
	if (len > 0 && room > mark + 1) {
		if (len > room - mark - 1) {
			len = room - mark - 1;
			w->cut = true;
			while (len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80)
				len--;
		}
		buf_add_char(w->out, ' ');
		/* MSG in UTF-8 begins with the mark (RFC 5424, 6.4). */
		buf_add(w->out, "\xEF\xBB\xBF", mark);
		buf_add(w->out, text.data, len);
	} else if (len > 0) {
		w->cut = true;
	}
	w->out->failed = w->out->failed || text.failed;
	buf_free(&text);
}

static void write_message(struct writer *w)
{
	size_t used;

	add_header(w);
	add_data(w);
	used = w->out->len - w->start;
	if (w->how->json && used < w->limit) {
		if (add_record(w, w->limit - used))
			return;
		w->cut = true;
	}
	add_sentence(w, w->limit > used ? w->limit - used : 0);
}

void export_syslog(const struct export_syslog *how, const json_t *event, struct buf *out)
{
	struct writer w = {.how = how, .event = event, .out = out, .start = out->len};

	w.limit = how->max_size > EXPORT_SYSLOG_MIN ? how->max_size : EXPORT_SYSLOG_MIN;
	write_message(&w);
	if (!w.cut)
		return;
	buf_truncate(out, w.start);
	w.again = true;
	write_message(&w);
}
