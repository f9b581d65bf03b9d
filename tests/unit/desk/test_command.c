/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of what a person commands the desk, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "desk/command.h"

static const struct {
	const char *request;
	const char *complaint; /* NULL: none */
} cases[] = {
	{"{'verb':'done','thread':'a:b','why':'thanks'}", NULL},
	{"{'verb':'done','ref':'01K','why':'thanks'}", NULL},
	{"{'verb':'undone','thread':'a:b'}", NULL},
	{"{'verb':'spam','thread':'a:b','reason':'fraud'}", NULL},
	{"{'verb':'unspam','thread':'a:b'}", NULL},
	{"{'verb':'releasing','ref':'01K','why':'fine'}", NULL},
	{"{'verb':'kept','ref':'01K','why':'postsuper failed'}", NULL},
	{"{'verb':'refusing','ref':'01K','why':'no'}", NULL},
	{"{'verb':'told','ref':'01K'}", NULL},
	{"{'verb':'approve','ref':'01K'}", NULL},
	{"{'verb':'withdraw','ref':'01K','why':'a mistake'}", NULL},
	{"{'verb':'approve','thread':'a:b'}", "(ref)"},
	{"{'verb':'refusing','ref':'01K'}", "say why"},
	{"{'verb':'request','ref':'01K','why':'x'}", "unknown 'request'"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'denial','subject':'1','time':'2026-03-03'}]}", NULL},
	{"{}", "verb: missing"},
	{"[]", "verb: missing"},
	{"{'verb':7}", "verb: missing"},
	{"{'verb':'relese'}", "did you mean 'release'"},
	{"{'verb':'zzzzzzzz'}", "there are done,"},
	{"{'verb':'done','why':'x'}", "either a thread or"},
	{"{'verb':'done','thread':'a:b','ref':'01K','why':'x'}", "either a thread or"},
	{"{'verb':'done','thread':'a:b'}", "say why"},
	{"{'verb':'done','thread':['a'],'why':'x'}", "thread: has to be text"},
	{"{'verb':'done','thread':'','why':'x'}", "thread: is empty"},
	{"{'verb':'spam','thread':'a:b'}", "reason: ''"},
	{"{'verb':'spam','thread':'a:b','reason':'Spam'}", "none of spam"},
	{"{'verb':'release','thread':'a:b','why':'x'}", "(ref)"},
	{"{'verb':'refuse','ref':'01K'}", "say why"},
	{"{'verb':'milestone','why':'x'}", "milestones: there have to be some"},
	{"{'verb':'milestone','why':'x','milestones':[]}", "milestones: there have to be some"},
	{"{'verb':'milestone','why':'x','milestones':['a']}", "milestones[0]: needs"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'denial','subject':'1','time':'2026-02-30'}]}",
	    "milestones[0]: time: '2026-02-30'"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'refund','subject':'1','time':'2026-03-03'},"
	    "{'name':'refund','subject':'1 2','time':'2026-03-03'}]}", "milestones[1]: order: '1 2'"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'refund','subject':'1','time':'2026-03-03','term_days':3661}]}",
	    "term_days: 3661"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'refunded','subject':'1','time':'2026-03-03'}]}",
	    "milestones[0]: name: 'refunded' is no milestone, did you mean 'refund'?"},
	{"{'verb':'milestone','why':'x','milestones':[{'name':'reimbursed','subject':'1','time':'2026-03-03'}]}",
	    "milestones[0]: name: 'reimbursed' is no milestone; write one that postern-milestone(1) lists"},
	{"{'verb':'milestone','why':'x','order':'a b','milestones':[{'name':'refund','subject':'1','time':'2026-03-03'}]}",
	    "order: 'a b'"},
};

static void requests_are_read_or_complained_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[512];
		struct desk_command command;
		struct diag d = {0};
		json_t *request;
		size_t n = strlen(cases[i].request);
		int rc;

		memcpy(text, cases[i].request, n + 1);
		for (size_t k = 0; k < n; k++)
			if (text[k] == '\'')
				text[k] = '"';
		request = json_loads(text, 0, NULL);
		assert_non_null(request);
		rc = desk_command_read(request, &command, &d);
		if ((rc == 0) != (cases[i].complaint == NULL) ||
		    (cases[i].complaint != NULL && strstr(d.text, cases[i].complaint) == NULL))
			fail_msg("%s: %d '%s'", cases[i].request, rc, d.text);
		json_decref(request);
	}
}

static void what_a_client_tells_is_bounded_and_marked(void **state)
{
	json_t *told = json_pack("{s:s,s:s,s:i,s:s,s:i,s:o}", "tty", "/dev/pts/1", "sudo_user", "anna", "sudo_uid", 1000,
	    "by", "root", "host", 7, "ssh", json_sprintf("%0300d", 0)), *copy = desk_from_copy(told);

	(void)state;
	assert_string_equal(json_get_str(copy, "tty"), "/dev/pts/1");
	assert_string_equal(json_get_str(copy, "sudo_user"), "anna");
	assert_int_equal(json_get_int(copy, "sudo_uid", -1), 1000);
	assert_true(json_is_true(json_object_get(copy, "told")));
	assert_null(json_object_get(copy, "by"));
	assert_null(json_object_get(copy, "host"));
	assert_int_equal(strlen(json_get_str(copy, "ssh")), 100);
	json_decref(copy);
	json_decref(told);
	assert_null(desk_from_copy(NULL));
	told = json_pack("{s:i,s:s}", "login_uid", -1, "sudo_uid", "7");
	assert_null(desk_from_copy(told));
	json_decref(told);
}

/* A date is the same day in every zone from UTC-12 to UTC+11. */
static void a_date_alone_is_noon(void **state)
{
	int64_t seconds;

	(void)state;
	assert_int_equal(desk_milestone_time("2026-03-03", &seconds), 0);
	assert_int_equal(seconds, 1772539200);
	assert_int_equal(desk_milestone_time("2026-03-03T00:00:00Z", &seconds), 0);
	assert_int_equal(seconds, 1772496000);
	assert_int_equal(desk_milestone_time("", &seconds), -1);
	assert_int_equal(desk_milestone_time("1969-12-31", &seconds), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_or_complained_of),
		cmocka_unit_test(what_a_client_tells_is_bounded_and_marked),
		cmocka_unit_test(a_date_alone_is_noon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
