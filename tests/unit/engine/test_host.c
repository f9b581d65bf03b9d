/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that plugins get, called as a plugin calls them: what they answer, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/text.h"
#include "engine/host.h"
#include "engine/judge.h"
#include "mail/message.h"
#include "mail/url.h"
#include "postern/plugin.h"

#define HOST (&postern_host_table)
#define NEED_ALL (POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_ATTACHMENTS | \
	POSTERN_NEED_ADDRESSES | POSTERN_NEED_IDS)

static const struct postern_rule_id rule_ids[] = {{"T-ONE", "one thing"}, {0}};
static const struct txn_services services = {.clock = &clock_system};

/* A message as a plugin with these needs sees it. */
struct scene {
	struct config config;
	struct generation generation;
	struct judging judging;
	struct postern_plugin plugin;
	struct rule rule;
	struct postern_ctx ctx;
};

static void scene_begin(struct scene *s, unsigned needs, const char *raw)
{
	static const struct slice recipients[] = {{"c@relay.example", 15}};

	memset(s, 0, sizeof(*s));
	s->generation.config = &s->config;
	s->judging = (struct judging){.arena = arena_new(4 << 20), .generation = &s->generation, .services = &services,
	    .id = "ID", .digest = "d", .direction = POSTERN_OUTBOUND, .received = 1700000000,
	    .sender = SLICE_LIT("a@seller.example"), .recipients = recipients, .recipient_count = 1, .raw = slice_str(raw)};
	s->plugin = (struct postern_plugin){POSTERN_PLUGIN_PREFIX("test"), .needs = needs, .rules = rule_ids};
	s->rule = (struct rule){.name = (char *)(size_t)"rule", .action = ACTION_HOLD, .min_score = 50};
	s->ctx = (struct postern_ctx){.judging = &s->judging, .plugin = &s->plugin, .rule = &s->rule};
	assert_int_equal(judge_decode(&s->judging, NEED_ALL), 0);
}

static void scene_end(struct scene *s)
{
	arena_free(&s->judging.arena);
}

static const char mail[] =
	"From: a@seller.example\r\nSubject: see me\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
	"--b\r\nContent-Type: text/plain\r\n\r\nGo to https://shop.example/x or write me@shop.example\r\n"
	"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=bill.pdf\r\n\r\nPDF\r\n--b--\r\n";

static struct postern_slice view_of(struct postern_slice s, size_t len)
{
	return (struct postern_slice){s.ptr, len};
}

static bool is(struct postern_slice s, const char *text)
{
	return slice_eq_str(host_view(s), text);
}

static void a_plugin_sees_the_message(void **state)
{
	struct postern_message message;
	struct postern_header header;
	struct postern_text text;
	struct postern_url url;
	struct postern_address address;
	struct postern_attachment attachment;
	struct postern_slice recipient;
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	HOST->message(&s.ctx, &message);
	assert_int_equal(message.direction, POSTERN_OUTBOUND);
	assert_true(is(message.sender, "a@seller.example"));
	assert_int_equal(message.size, strlen(mail));
	assert_int_equal(HOST->recipient(&s.ctx, 0, &recipient), POSTERN_OK);
	assert_true(is(recipient, "c@relay.example"));
	assert_int_equal(HOST->header_count(&s.ctx), 3);
	assert_int_equal(HOST->header_find(&s.ctx, "SUBJECT", 0, &header), 1);
	assert_true(is(header.value, "see me"));
	assert_int_equal(HOST->header_find(&s.ctx, "Subject", 1, &header), 0);
	assert_true(HOST->text_count(&s.ctx) >= 2);
	assert_int_equal(HOST->text(&s.ctx, 0, &text), POSTERN_OK);
	assert_int_equal(text.kind, POSTERN_SEGMENT_SUBJECT);
	assert_int_equal(HOST->url_count(&s.ctx), 1);
	assert_int_equal(HOST->url(&s.ctx, 0, &url), POSTERN_OK);
	assert_true(is(url.host, "shop.example"));
	assert_int_equal(HOST->address_count(&s.ctx), 1);
	assert_int_equal(HOST->address(&s.ctx, 0, &address), POSTERN_OK);
	assert_true(is(address.address, "me@shop.example"));
	assert_int_equal(HOST->attachment_count(&s.ctx), 1);
	assert_int_equal(HOST->attachment(&s.ctx, 0, &attachment), POSTERN_OK);
	assert_true(is(attachment.name, "bill.pdf"));
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	scene_end(&s);
}

static void an_undeclared_need_is_a_bug(void **state)
{
	struct postern_header header;
	struct postern_url url;
	int64_t value;
	struct scene s;

	(void)state;
	scene_begin(&s, POSTERN_NEED_TEXT, mail);
	assert_true(HOST->text_count(&s.ctx) > 0);
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	assert_int_equal(HOST->header_count(&s.ctx), 0);
	assert_int_equal(s.ctx.trouble, POSTERN_BUG);
	assert_int_equal(HOST->header(&s.ctx, 0, &header), POSTERN_BUG);
	assert_int_equal(HOST->header_find(&s.ctx, "Subject", 0, &header), 0);
	assert_int_equal(HOST->url(&s.ctx, 0, &url), POSTERN_BUG);
	assert_int_equal(HOST->address_count(&s.ctx), 0);
	assert_int_equal(HOST->id_count(&s.ctx), 0);
	assert_int_equal(HOST->attachment_count(&s.ctx), 0);
	assert_int_equal(HOST->counter(&s.ctx, host_slice(SLICE_LIT("k")), 1, 60, &value), POSTERN_BUG);
	scene_end(&s);
}

static void an_index_that_does_not_exist_is_a_bug(void **state)
{
	struct postern_text text;
	struct postern_slice recipient;
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	assert_int_equal(HOST->text(&s.ctx, HOST->text_count(&s.ctx), &text), POSTERN_BUG);
	assert_int_equal(HOST->text(&s.ctx, SIZE_MAX, &text), POSTERN_BUG);
	assert_int_equal(HOST->recipient(&s.ctx, 1, &recipient), POSTERN_BUG);
	assert_int_equal(s.ctx.trouble, POSTERN_BUG);
	scene_end(&s);
}

/* Rules read "bestgadgets"; people are shown how it was written. */
static void evidence_is_what_was_written(void **state)
{
	struct postern_finding finding = {.rule_id = "T-ONE", .where = POSTERN_IN_TEXT, .index = 1, .score = 90};
	struct postern_disguise disguise;
	struct postern_slice original;
	struct postern_text text;
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nsee best\xE2\x80\x8Bgadgets now\r\n");
	assert_int_equal(HOST->text(&s.ctx, 1, &text), POSTERN_OK);
	assert_true(is(text.text, "see bestgadgets now\r\n"));
	assert_int_equal(HOST->disguise_count(&s.ctx), 1);
	assert_int_equal(HOST->disguise(&s.ctx, 0, &disguise), POSTERN_OK);
	assert_int_equal(disguise.text, 1);
	assert_int_equal(HOST->original(&s.ctx, 1, disguise.start, disguise.end, &original), POSTERN_OK);
	assert_true(is(original, "best\xE2\x80\x8Bgadgets"));
	finding.evidence = (struct postern_slice){text.text.ptr + 4, 11};
	assert_int_equal(HOST->finding(&s.ctx, &finding), POSTERN_OK);
	finding.evidence = (struct postern_slice){"bestgadgets", 11};
	assert_int_equal(HOST->finding(&s.ctx, &finding), POSTERN_OK);
	assert_true(slice_eq_str(s.judging.findings[0].evidence, "best\xE2\x80\x8Bgadgets"));
	assert_true(slice_eq_str(s.judging.findings[1].evidence, "bestgadgets"));
	scene_end(&s);
}

static void findings_are_bounded_and_placed(void **state)
{
	char longest[1000];
	struct postern_finding finding = {.rule_id = "T-ONE", .where = POSTERN_IN_ATTACHMENT, .score = 49,
	    .evidence = {longest, sizeof(longest)}};
	struct scene s;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[199] = '\xC3';
	longest[200] = '\xA9';
	scene_begin(&s, NEED_ALL, mail);
	assert_int_equal(HOST->finding(&s.ctx, &finding), POSTERN_OK);
	assert_int_equal(s.judging.findings[0].evidence.len, 199);
	assert_true(utf8_valid(s.judging.findings[0].evidence));
	assert_true(slice_eq_str(s.judging.findings[0].where, "attachment bill.pdf"));
	assert_true(s.judging.findings[0].monitored);
	assert_string_equal(s.judging.findings[0].what, "one thing");
	finding.score = 50;
	finding.where = POSTERN_IN_HEADER;
	finding.index = 1;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(HOST->finding(&s.ctx, &finding), POSTERN_OK);
	assert_int_equal(s.judging.finding_count, 50);
	assert_false(s.judging.findings[1].monitored);
	assert_true(slice_eq_str(s.judging.findings[1].where, "header Subject"));
	finding.rule_id = "T-TWO";
	assert_int_equal(HOST->finding(&s.ctx, &finding), POSTERN_BUG);
	assert_int_equal(HOST->finding(&s.ctx, NULL), POSTERN_BUG);
	scene_end(&s);
}

/* Many rules and marketplaces find much: what can't change the verdict is left out, what can is not. */
static void findings_of_all_rules_are_bounded(void **state)
{
	static const struct postern_finding finding = {.rule_id = "T-ONE", .where = POSTERN_IN_MESSAGE, .score = 50};
	static const struct { enum action action; size_t want; } rows[] = {
		{ACTION_HOLD, 1000}, {ACTION_TAG, 1000}, {ACTION_REJECT, 1001}, {ACTION_HOLD, 1001}};
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		s.rule.action = rows[row].action;
		for (int calls = 0; calls < 60; calls++) {
			struct postern_ctx ctx = {.judging = &s.judging, .plugin = &s.plugin, .rule = &s.rule};

			for (int i = 0; i < 60; i++)
				assert_int_equal(HOST->finding(&ctx, &finding), POSTERN_OK);
			assert_true(ctx.decided);
		}
		assert_int_equal(s.judging.finding_count, rows[row].want);
	}
	assert_int_equal(s.judging.findings[1000].action, ACTION_REJECT);
	assert_non_null(judge_note(&s.judging, "r", "p", "POSTERN-ERROR", ACTION_DEFER, true, "x", "y"));
	assert_false(s.judging.lost);
	scene_end(&s);
}

static void labels_are_words(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	assert_int_equal(HOST->label(&s.ctx, "Customer-Care"), POSTERN_OK);
	assert_int_equal(HOST->label(&s.ctx, "Customer-Care"), POSTERN_OK);
	assert_int_equal(s.judging.label_count, 1);
	assert_int_equal(HOST->label(&s.ctx, "a, b"), POSTERN_BUG);
	assert_int_equal(HOST->label(&s.ctx, "a\r\nb"), POSTERN_BUG);
	assert_int_equal(HOST->label(&s.ctx, ""), POSTERN_BUG);
	assert_int_equal(HOST->mark(&s.ctx, POSTERN_MARK_AUTO_REPLY), POSTERN_OK);
	assert_true(s.judging.auto_reply);
	assert_int_equal(HOST->mark(&s.ctx, (enum postern_mark)9), POSTERN_BUG);
	scene_end(&s);
}

static void memory_has_a_budget(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	assert_non_null(HOST->alloc(&s.ctx, 100));
	assert_null(HOST->alloc(&s.ctx, 5 << 20));
	assert_int_equal(s.ctx.trouble, POSTERN_TEMPFAIL);
	scene_end(&s);
}

static int count_match(void *arg, size_t pattern, size_t start, size_t end)
{
	size_t *counts = arg;

	assert_true(end >= start);
	counts[pattern]++;
	return 0;
}

static void note_piece(void *arg, size_t pattern, size_t piece)
{
	size_t *told = arg;

	told[pattern] |= (size_t)1 << piece;
}

static void patterns_tell_where_they_may_match(void **state)
{
	static const char *const expressions[] = {"lamp", "table", "\\w+", "chair"};
	static const size_t numbers[] = {3, 0, 1}, beyond[] = {0, 4}, ends[] = {10, 20, 31};
	const struct postern_slice text = host_slice(SLICE_LIT("No chair. One lamp. A fine lamp"));
	struct diag d = {0};
	struct postern_conf conf = {.rule = "rule", .file = (char *)(size_t)"f.conf", .line = 3, .diag = &d};
	size_t told[4] = {0};
	struct postern_patterns *set;
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	conf.plugin = &s.plugin;
	set = HOST->patterns_compile(&conf, "words", expressions, 4);
	assert_non_null(set);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, numbers, 3, text, ends, 3, note_piece, told), POSTERN_OK);
	assert_int_equal(told[0], 6);
	assert_int_equal(told[1], 0);
	assert_int_equal(told[2], 0); /* not asked */
	assert_int_equal(told[3], 1);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, numbers, 3, text, &ends[2], 1, note_piece, told), POSTERN_OK);
	assert_int_equal(told[0], 7);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, numbers, 3, host_slice(SLICE_NONE), ends, 3, note_piece, told), POSTERN_OK);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, NULL, 0, text, ends, 3, note_piece, told), POSTERN_OK);
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, beyond, 2, text, ends, 3, note_piece, told), POSTERN_BUG);
	assert_int_equal(HOST->patterns_may(&s.ctx, set, numbers, 3, text, NULL, 3, note_piece, told), POSTERN_BUG);
	HOST->patterns_free(set);
	scene_end(&s);
}

static void patterns_find_all_or_say_that_they_could_not(void **state)
{
	static const char *const expressions[] = {"b+", "x*", "(a+)+$", "nothing"};
	static const char *const bad[] = {"fine", "(unclosed"};
	static const size_t some[] = {3, 0}, last[] = {2, 3}, beyond[] = {0, 4};
	struct diag d = {0};
	struct postern_conf conf = {.rule = "rule", .file = (char *)(size_t)"f.conf", .line = 3, .diag = &d};
	size_t counts[4] = {0};
	struct postern_patterns *set;
	char evil[40001];
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	conf.plugin = &s.plugin;
	set = HOST->patterns_compile(&conf, "words", expressions, 4);
	assert_non_null(set);
	/* One byte that is not UTF-8 ends no search (danger 8). */
	assert_int_equal(HOST->patterns_match(&s.ctx, set, host_slice(SLICE_LIT("B \xC3 bbb x")), count_match, counts), POSTERN_OK);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[3], 0);
	assert_int_equal(HOST->patterns_match(&s.ctx, set, host_slice(SLICE_NONE), count_match, counts), POSTERN_OK);
	/* Only those that are asked for, by their numbers in the set. */
	memset(counts, 0, sizeof(counts));
	assert_int_equal(HOST->patterns_match_some(&s.ctx, set, some, 2, host_slice(SLICE_LIT("b nothing xx")), count_match, counts),
	    POSTERN_OK);
	assert_int_equal(counts[0], 1);
	assert_int_equal(counts[1], 0);
	assert_int_equal(counts[3], 1);
	assert_int_equal(HOST->patterns_match_some(&s.ctx, set, NULL, 0, host_slice(SLICE_LIT("b")), count_match, counts), POSTERN_OK);
	assert_int_equal(counts[0], 1);
	/* And only what begins before a place, as far as it goes. */
	memset(counts, 0, sizeof(counts));
	assert_int_equal(HOST->patterns_match_until(&s.ctx, set, some, 2, host_slice(SLICE_LIT("b bb b xx nothing")), 3, count_match,
	    counts), POSTERN_OK);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[3], 0);
	assert_int_equal(HOST->patterns_match_until(&s.ctx, set, some, 2, host_slice(SLICE_LIT("b")), 0, count_match, counts),
	    POSTERN_OK);
	assert_int_equal(counts[0], 2);
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	counts[0] = 1;
	memset(evil, 'a', sizeof(evil) - 1);
	memcpy(evil + sizeof(evil) - sizeof("nothing"), "nothing", sizeof("nothing"));
	/* One that passes a limit hides nothing of those behind it, and is told of. */
	counts[3] = 0;
	assert_null(s.ctx.cut);
	assert_int_equal(HOST->patterns_match_some(&s.ctx, set, last, 2, host_slice(slice_str(evil)), count_match, counts),
	    POSTERN_OK);
	assert_int_equal(counts[3], 1);
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	assert_non_null(s.ctx.cut);
	assert_string_equal(s.ctx.cut, "option words, expression 3: its search passes PCRE2's limits: '(a+)+$'");
	assert_int_equal(HOST->patterns_match_some(&s.ctx, set, beyond, 2, host_slice(SLICE_LIT("b")), count_match, counts), POSTERN_BUG);
	assert_int_equal(counts[0], 1);
	HOST->patterns_free(set);
	assert_null(HOST->patterns_compile(&conf, "words", bad, 2));
	assert_non_null(strstr(d.text, "f.conf:3: rule 'rule': words: expression 2: "));
	scene_end(&s);
}

/* A conf with one FILE option, "model". */
static struct postern_conf model_conf(struct scene *s, struct option_value *value, const char *file, struct wording *wording)
{
	static const struct postern_option option = {"model", POSTERN_OPTION_FILE, "", 0, 0, "weights"};

	*value = (struct option_value){.option = &option};
	buf_add_str(&value->content, file);
	return (struct postern_conf){.rule = "rule", .plugin = &s->plugin, .values = value, .value_count = 1, .wording = wording};
}

/* What the first rule has weighed is there for the second, which has another model; other texts are weighed by themselves. */
static void models_weigh_a_segment_once(void **state)
{
	struct option_value values[2];
	struct postern_model *models[2], *own;
	struct postern_conf conf;
	struct postern_text text;
	size_t ends[2] = {2}, wrong[] = {3, 2}, beyond[] = {1000};
	struct diag d = {0};
	int sums[2];
	struct scene s;

	(void)state;
	scene_begin(&s, NEED_ALL, mail);
	s.generation.wording = wording_new();
	conf = model_conf(&s, &values[0], "go\t10000\n", s.generation.wording);
	models[0] = HOST->model_compile(&conf, "model");
	conf = model_conf(&s, &values[1], "@bias\t5\nwrite me\t10000\n", s.generation.wording);
	models[1] = HOST->model_compile(&conf, "model");
	conf.wording = NULL;
	own = HOST->model_compile(&conf, "model");
	assert_true(models[0] != NULL && models[1] != NULL && own != NULL);
	assert_int_equal(wording_finish(s.generation.wording, &d), 0);
	assert_int_equal(HOST->text(&s.ctx, 1, &text), POSTERN_OK);
	assert_true(is(view_of(text.text, 2), "Go"));
	ends[1] = text.text.len;
	assert_int_equal(HOST->model_weigh(&s.ctx, models[0], text.text, ends, 2, sums), POSTERN_OK);
	assert_true(sums[0] == 7071 && sums[1] == 0);
	assert_non_null(s.judging.weighed);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(HOST->model_weigh(&s.ctx, i == 0 ? models[1] : own, text.text, ends, 2, sums), POSTERN_OK);
		assert_true(sums[0] == 5 && sums[1] == 7076);
	}
	/* Other pieces are no answer to these. */
	assert_int_equal(HOST->model_weigh(&s.ctx, models[1], text.text, ends + 1, 1, sums), POSTERN_OK);
	assert_int_equal(sums[0], 7076);
	assert_int_equal(HOST->model_weigh(&s.ctx, models[0], host_slice(SLICE_LIT("go")), ends, 1, sums), POSTERN_OK);
	assert_int_equal(sums[0], 7071);
	assert_int_equal(HOST->model_weigh(&s.ctx, models[0], text.text, NULL, 0, NULL), POSTERN_OK);
	assert_int_equal(s.ctx.trouble, POSTERN_OK);
	assert_int_equal(HOST->model_weigh(&s.ctx, models[0], text.text, wrong, 2, sums), POSTERN_BUG);
	assert_int_equal(HOST->model_weigh(&s.ctx, models[0], text.text, beyond, 1, sums), POSTERN_BUG);
	assert_int_equal(HOST->model_weigh(&s.ctx, NULL, text.text, ends, 2, sums), POSTERN_BUG);
	wording_forget(&s.judging);
	for (size_t i = 0; i < 2; i++) {
		HOST->model_free(models[i]);
		buf_free(&values[i].content);
	}
	HOST->model_free(own);
	wording_free(&s.generation.wording);
	scene_end(&s);
}

static void options_not_declared_are_reported(void **state)
{
	struct diag d = {0};
	struct postern_plugin plugin = {POSTERN_PLUGIN_PREFIX("test"), .rules = rule_ids};
	struct postern_conf conf = {.rule = "rule", .plugin = &plugin, .file = (char *)(size_t)"f.conf", .line = 3, .diag = &d};

	(void)state;
	assert_int_equal(HOST->conf_int(&conf, "surprise"), 0);
	assert_null(HOST->conf_string(&conf, "surprise").ptr);
	assert_int_equal(HOST->conf_list_count(&conf, "surprise"), 0);
	assert_int_equal(HOST->conf_bool(&conf, "surprise"), 0);
	assert_int_equal(d.count, 4);
	assert_non_null(strstr(d.text, "f.conf:3: rule 'rule': plugin 'test' asks for the option 'surprise', which it does not declare"));
}

static void time_is_the_callers(void **state)
{
	const struct clock fixed = clock_fixed(1234567);
	struct host_call outer, inner;

	(void)state;
	host_call_begin(&outer, "a", &fixed);
	assert_int_equal(HOST->now(), 1234567);
	host_call_begin(&inner, "b", &clock_system);
	assert_true(HOST->now() > 1700000000);
	host_call_end(&inner);
	assert_int_equal(HOST->now(), 1234567);
	host_call_end(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plugin_sees_the_message),
		cmocka_unit_test(an_undeclared_need_is_a_bug),
		cmocka_unit_test(an_index_that_does_not_exist_is_a_bug),
		cmocka_unit_test(evidence_is_what_was_written),
		cmocka_unit_test(findings_are_bounded_and_placed),
		cmocka_unit_test(findings_of_all_rules_are_bounded),
		cmocka_unit_test(labels_are_words),
		cmocka_unit_test(memory_has_a_budget),
		cmocka_unit_test(patterns_tell_where_they_may_match),
		cmocka_unit_test(patterns_find_all_or_say_that_they_could_not),
		cmocka_unit_test(models_weigh_a_segment_once),
		cmocka_unit_test(options_not_declared_are_reported),
		cmocka_unit_test(time_is_the_callers),
	};

	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
