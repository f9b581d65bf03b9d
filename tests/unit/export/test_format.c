/* SPDX-License-Identifier: BSD-2-Clause */
/* Forms of a record: exact bytes, hostile values, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "export/filter.h"
#include "export/format.h"
#include "export/kind.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct export_syslog plain = {.facility = 2, .enterprise = "32473", .host = "mx1.shop.example", .pid = 77,
	.max_size = 8192};

static json_t *parsed(const char *text)
{
	json_t *event = json_loads(text, JSON_ALLOW_NUL, NULL);

	assert_non_null(event);
	return event;
}

static struct buf syslog_of(const struct export_syslog *how, const char *text)
{
	json_t *event = parsed(text);
	struct buf out = {0};

	export_syslog(how, event, &out);
	json_decref(event);
	assert_false(out.failed);
	return out;
}

static void exact_messages(void **state)
{
	static const char *const table[][2] = {
		{"{\"seq\":7,\"time\":\"2026-11-22T12:00:00Z\",\"id\":\"A1\",\"event\":\"message\",\"action\":\"reject\","
		 "\"direction\":\"out\",\"marketplace\":\"walmart\",\"sender\":\"a@b.example\",\"recipients\":[\"c@d.example\"],"
		 "\"findings\":[{\"rule\":\"links\"},{\"rule\":\"phone\"},{\"rule\":\"links\"}],\"hash\":\"ff\"}",
		 "<20>1 2026-11-22T12:00:00Z mx1.shop.example postern 77 message-reject [postern@32473 seq=\"7\" id=\"A1\" "
		 "event=\"message\" action=\"reject\" rule=\"links\" rule=\"phone\" direction=\"out\" marketplace=\"walmart\" "
		 "sender=\"a@b.example\" recipient=\"c@d.example\" hash=\"ff\"] "
		 "reject outgoing mail (walmart) from a@b.example to c@d.example: links, phone"},
		{"{\"seq\":8,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A2\",\"event\":\"stop\"}",
		 "<21>1 2026-11-22T12:00:01Z mx1.shop.example postern 77 stop [postern@32473 seq=\"8\" id=\"A2\" "
		 "event=\"stop\"] stop"},
		{"{\"seq\":9,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A3\",\"event\":\"reload\",\"ok\":false,\"error\":\"x:1: y\"}",
		 "<19>1 2026-11-22T12:00:01Z mx1.shop.example postern 77 reload-failed [postern@32473 seq=\"9\" id=\"A3\" "
		 "event=\"reload\" error=\"x:1: y\"] reload failed: x:1: y"},
		/* escaping, and text that is not ASCII: a byte order mark */
		{"{\"seq\":1,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A\",\"event\":\"desk\",\"verb\":\"done\",\"by\":\"Zoë\","
		 "\"why\":\"a \\\"b\\\" \\\\c d]\"}",
		 "<21>1 2026-11-22T12:00:01Z mx1.shop.example postern 77 desk [postern@32473 seq=\"1\" id=\"A\" event=\"desk\" "
		 "verb=\"done\" by=\"Zoë\" why=\"a \\\"b\\\" \\\\c d\\]\"] \xEF\xBB\xBF" "desk done by Zoë: a \"b\" \\c d]"},
		/* an event of a later version keeps its name; wrong types are left out */
		{"{\"seq\":1,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A\",\"event\":\"new thing\",\"action\":7,\"sender\":null,"
		 "\"recipients\":\"x\",\"findings\":[3]}",
		 "<22>1 2026-11-22T12:00:01Z mx1.shop.example postern 77 new_thing [postern@32473 seq=\"1\" id=\"A\" "
		 "event=\"new thing\"] new thing"},
		{"{}", "<22>1 - mx1.shop.example postern 77 - [postern@32473]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct buf out = syslog_of(&plain, table[i][0]);

		assert_string_equal(out.data, table[i][1]);
		buf_free(&out);
	}
}

static void severity_by_action(void **state)
{
	static const struct {
		const char *event, *start;
	} table[] = {
		{"{\"event\":\"message\",\"action\":\"pass\"}", "<158>1 "}, {"{\"event\":\"message\",\"action\":\"tag\"}", "<157>1 "},
		{"{\"event\":\"message\",\"action\":\"hold\"}", "<156>1 "}, {"{\"event\":\"message\",\"action\":\"reject\"}", "<156>1 "},
		{"{\"event\":\"message\",\"action\":\"defer\"}", "<155>1 "}, {"{\"event\":\"message\",\"action\":\"odd\"}", "<158>1 "},
		{"{\"event\":\"error\"}", "<155>1 "}, {"{\"event\":\"reload\",\"ok\":true}", "<157>1 "},
		{"{\"event\":\"interrupted\"}", "<156>1 "}, {"{\"event\":\"alert\"}", "<156>1 "},
	};
	struct export_syslog how = plain;

	(void)state;
	how.facility = export_facility("local3");
	for (size_t i = 0; i < COUNT(table); i++) {
		struct buf out = syslog_of(&how, table[i].event);

		assert_memory_equal(out.data, table[i].start, strlen(table[i].start));
		buf_free(&out);
	}
	assert_int_equal(export_facility("mail"), 2);
	assert_int_equal(export_facility("local7"), 23);
	assert_int_equal(export_facility("post"), -1);
}

/* The grammar of RFC 5424, section 6, as far as a hostile value could break it; where MSG begins. */
static const char *check_grammar(const struct buf *out)
{
	const char *p = out->data;

	assert_true(utf8_valid(buf_slice(out)));
	for (size_t i = 0; i < out->len; i++)
		assert_true((unsigned char)out->data[i] >= ' ' && out->data[i] != 0x7F);
	for (int spaces = 0; spaces < 6; spaces++)
		p = strchr(p, ' ') + 1;
	assert_memory_equal(p, "[postern@32473", 14);
	p += 14;
	while (*p == ' ') {
		p += strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_") + 1;
		assert_memory_equal(p, "=\"", 2);
		for (p += 2; *p != '"'; p++) {
			assert_true(*p != ']' && *p != '\0');
			if (*p == '\\') {
				p++;
				assert_true(*p == '"' || *p == '\\' || *p == ']');
			}
		}
		p++;
	}
	assert_int_equal(*p, ']');
	assert_true(p[1] == '\0' || p[1] == ' ');
	return p + 1;
}

/* "key":"value" many times over, in each member that leaves. */
static char *hostile_event(const char *value)
{
	static const char *const keys[] = {"id", "time", "event", "action", "ref", "direction", "marketplace", "verb", "by", "error",
		"why", "queue_id", "order", "account", "sender", "message_id", "client", "thread", "shop", "subject", "hash"};
	struct buf text = {0};

	buf_add_str(&text, "{\"seq\":9223372036854775807");
	for (size_t i = 0; i < COUNT(keys); i++)
		buf_printf(&text, ",\"%s\":\"%s\"", keys[i], value);
	buf_printf(&text, ",\"recipients\":[\"%s\",\"%s\"],\"findings\":[{\"rule\":\"%s\"},{\"rule\":\"b%s\"}]}", value, value,
	    value, value);
	assert_false(text.failed);
	return text.data;
}

static const char *const hostile[] = {
	"", "x", "\\\"\\\\]", "]]]]]]\\\\\\\\\\\\\\\"\\\"\\\"", "a\\nb\\r\\nc\\u0000d", "\\u202e\\u2028\\u0085\\u001b[2J",
	"é\\uD83D\\uDE00\xE2\x80\x8B", "1 <13>1 - - - - - - x", "%s%n%d", "=cmd|' /C calc'!A0",
	"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\""
	"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"",
	"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"
	"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
};

static void hostile_values_stay_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		char *event = hostile_event(hostile[i]);

		/* Every limit, so that each place is cut once. */
		for (size_t max = EXPORT_SYSLOG_MIN; max < 3000; max += max < 900 ? 1 : 37) {
			struct export_syslog how = plain;
			struct buf out;

			how.max_size = max;
			how.json = max % 2 == 1;
			out = syslog_of(&how, event);
			assert_true(out.len <= max);
			assert_non_null(strstr(out.data, " seq=\"9223372036854775807\""));
			check_grammar(&out);
			buf_free(&out);
		}
		free(event);
	}
}

static void what_is_cut_is_said(void **state)
{
	struct export_syslog how = plain;
	struct buf event = {0}, out;
	const char *msg;

	(void)state;
	buf_add_str(&event, "{\"seq\":1,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A\",\"event\":\"desk\",\"why\":\"");
	for (int i = 0; i < 300; i++)
		buf_add_str(&event, "é");
	buf_add_str(&event, "\"}");
	out = syslog_of(&how, event.data);
	assert_null(strstr(out.data, "truncated"));
	buf_free(&out);
	how.max_size = EXPORT_SYSLOG_MIN;
	out = syslog_of(&how, event.data);
	msg = check_grammar(&out);
	assert_non_null(strstr(out.data, " id=\"A\" truncated=\"yes\" event=\"desk\""));
	/* The message is cut at a whole character, and as late as it can be. */
	assert_true(out.len == how.max_size || out.len + 1 == how.max_size);
	assert_memory_equal(msg, " \xEF\xBB\xBF" "desk: é", strlen(" \xEF\xBB\xBF" "desk: é"));
	buf_free(&out);
	buf_free(&event);
}

static void the_record_as_message(void **state)
{
	static const char text[] = "{\"seq\":1,\"time\":\"2026-11-22T12:00:01Z\",\"id\":\"A\",\"event\":\"desk\",\"by\":\"Zoë\"}";
	struct export_syslog how = plain;
	json_t *event = parsed(text), *again;
	struct buf out;

	(void)state;
	how.json = true;
	out = syslog_of(&how, text);
	again = json_loads(check_grammar(&out) + 1, 0, NULL);
	assert_true(json_equal(event, again));
	json_decref(again);
	json_decref(event);
	buf_free(&out);
	/* Half a record would be none: a sentence stands there then. */
	{
		struct buf large = {0};

		buf_add_str(&large, "{\"seq\":1,\"event\":\"desk\",\"list\":\"");
		for (int i = 0; i < 9000; i++)
			buf_add_char(&large, 'x');
		buf_add_str(&large, "\"}");
		out = syslog_of(&how, large.data);
		assert_string_equal(check_grammar(&out), " desk");
		assert_non_null(strstr(out.data, "truncated=\"yes\""));
		buf_free(&out);
		buf_free(&large);
	}
}

static void json_is_the_line_of_the_log(void **state)
{
	static const char *const lines[] = {
		"{\"seq\":1,\"time\":\"t\",\"id\":\"A\",\"event\":\"e\",\"n\":-1,\"r\":0.10000000000000001,\"b\":true,\"x\":null,"
		"\"l\":[],\"prev\":\"\",\"hash\":\"ff\"}",
		"{\"seq\":2,\"s\":\"é \\u0000 \\n \\\" \\\\ / \\u202E \\u007F\",\"hash\":\"00\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		json_t *event = parsed(lines[i]);
		struct buf out = {0};

		export_json(event, &out);
		assert_int_equal(out.data[out.len - 1], '\n');
		buf_truncate(&out, out.len - 1);
		assert_string_equal(out.data, lines[i]);
		buf_free(&out);
		json_decref(event);
	}
}

static void journal_fields(void **state)
{
	static const char text[] =
	    "{\"seq\":7,\"time\":\"T\",\"id\":\"A1\",\"event\":\"message\",\"action\":\"hold\",\"direction\":\"out\","
	    "\"sender\":\"a\\nPRIORITY=0\\n@b\",\"recipients\":[\"c\",\"d\"],\"findings\":[{\"rule\":\"links\"},{\"rule\":\"x\"}]}";
	json_t *event = parsed(text);
	struct buf out = {0};
	char *sentence;

	(void)state;
	export_journal(event, &out);
	assert_string_equal(out.data,
	    "MESSAGE=hold outgoing mail from a\\x0APRIORITY=0\\x0A@b to c and 1 more: links, x\n"
	    "MESSAGE_ID=57b18480357df6ace1948d51f1730f2b\nPRIORITY=4\nSYSLOG_IDENTIFIER=postern-audit\nSYSLOG_FACILITY=2\n"
	    "POSTERN_SEQ=7\n"
	    "POSTERN_RECORD={\"seq\":7,\"time\":\"T\",\"id\":\"A1\",\"event\":\"message\",\"action\":\"hold\",\"direction\":\"out\","
	    "\"sender\":\"a\\nPRIORITY=0\\n@b\",\"recipients\":[\"c\",\"d\"],\"findings\":[{\"rule\":\"links\"},{\"rule\":\"x\"}]}\n"
	    "POSTERN_ID=A1\nPOSTERN_EVENT=message\nPOSTERN_ACTION=hold\nPOSTERN_TIME=T\nPOSTERN_DIRECTION=out\n"
	    "POSTERN_SENDER=a\\x0APRIORITY=0\\x0A@b\nPOSTERN_RULE=links\nPOSTERN_RULE=x\nPOSTERN_RECIPIENT=c\n"
	    "POSTERN_RECIPIENT=d\n");
	buf_free(&out);
	json_decref(event);
	/* However large the record, a datagram's socket takes it. */
	for (size_t i = 0; i < COUNT(hostile); i++) {
		sentence = hostile_event(hostile[i]);
		event = parsed(sentence);
		for (int k = 0; k < 3000; k++)
			json_array_append_new(json_object_get(event, "recipients"), json_string(hostile[i]));
		export_journal(event, &out);
		assert_true(!out.failed && out.len < 128 * 1024);
		for (const char *p = out.data; *p != '\0'; p = strchr(p, '\n') + 1)
			assert_true(strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") > 0 && p[strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '=');
		buf_free(&out);
		json_decref(event);
		free(sentence);
	}
}

static void table_lines(void **state)
{
	json_t *event = parsed("{\"seq\":7,\"time\":\"T\",\"subject\":\"=1+\\\"2\\\",\\n3\",\"recipients\":[\"c\",\"d\"],\"findings\":[]}");
	struct buf out = {0};

	(void)state;
	export_csv(NULL, &out);
	export_csv(event, &out);
	assert_string_equal(out.data,
	    "seq,time,id,event,action,ref,direction,marketplace,shop,order,queue_id,account,sender,subject,message_id,verb,by,why,"
	    "error,hash,recipients,rules\r\n"
	    "7,\"T\",,,,,,,,,,,,\"'=1+\"\"2\"\",\\x0A3\",,,,,,,\"c d\",\r\n");
	buf_free(&out);
	json_decref(event);
}

/* Identifiers of a catalogue are for ever: neither twice nor of another form. */
static void kinds_are_distinct(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct export_kind *kind = export_kinds(); kind->name != NULL; kind++, n++) {
		assert_int_equal(strlen(kind->message_id), 32);
		assert_int_equal(strspn(kind->message_id, "0123456789abcdef"), 32);
		assert_true(strlen(kind->name) <= 32);
		for (const struct export_kind *other = export_kinds(); other != kind; other++)
			assert_true(strcmp(kind->message_id, other->message_id) != 0 && strcmp(kind->name, other->name) != 0);
	}
	assert_true(n > 15);
}

static void filters(void **state)
{
	static char reject[] = "reject", message[] = "message", desk[] = "desk";
	static char *const actions[] = {reject, NULL}, *const events[] = {message, desk, NULL}, *const none[] = {NULL};
	static const struct {
		struct export_filter filter;
		const char *event;
		bool wanted;
	} table[] = {
		{{NULL, NULL}, "{\"event\":\"stop\"}", true}, {{none, none}, "{\"event\":\"stop\"}", true},
		{{events, NULL}, "{\"event\":\"stop\"}", false}, {{events, NULL}, "{\"event\":\"desk\"}", true},
		{{events, actions}, "{\"event\":\"desk\",\"action\":\"x\"}", true},
		{{events, actions}, "{\"event\":\"message\",\"action\":\"reject\"}", true},
		{{events, actions}, "{\"event\":\"message\",\"action\":\"pass\"}", false},
		{{NULL, actions}, "{\"event\":\"message\"}", false}, {{events, NULL}, "{}", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		json_t *event = parsed(table[i].event);

		assert_int_equal(export_wanted(&table[i].filter, event), table[i].wanted);
		json_decref(event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_messages),
		cmocka_unit_test(severity_by_action),
		cmocka_unit_test(hostile_values_stay_inside),
		cmocka_unit_test(what_is_cut_is_said),
		cmocka_unit_test(the_record_as_message),
		cmocka_unit_test(json_is_the_line_of_the_log),
		cmocka_unit_test(journal_fields),
		cmocka_unit_test(table_lines),
		cmocka_unit_test(kinds_are_distinct),
		cmocka_unit_test(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
