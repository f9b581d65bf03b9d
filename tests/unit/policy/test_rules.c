/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules: layers, options against the plugin's table, and what is said of broken ones. */
#include "tree.h"

#include "policy/rules.h"

static const struct postern_option options[] = {
	{"words", POSTERN_OPTION_LIST, "a, b,,c", 0, 0, "Words."},
	{"size", POSTERN_OPTION_INT, "10", 1, 5000, "Size."},
	{"ratio", POSTERN_OPTION_NUMBER, "0.5", 0, 1, "Ratio."},
	{"strict", POSTERN_OPTION_BOOL, "yes", 0, 0, "Strict."},
	{"name", POSTERN_OPTION_STRING, "x", 0, 0, "Name."},
	{"list", POSTERN_OPTION_FILE, "", 0, 0, "List."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL}
};
static const struct postern_option demanding[] = {
	{"must", POSTERN_OPTION_STRING, NULL, 0, 0, "What to look for."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL}
};
static const struct postern_plugin plugins[] = {
	{POSTERN_PLUGIN_PREFIX("links"), .directions = POSTERN_OUTBOUND, .options = options},
	{POSTERN_PLUGIN_PREFIX("sla"), .directions = POSTERN_INBOUND},
	{POSTERN_PLUGIN_PREFIX("both"), .directions = POSTERN_INBOUND | POSTERN_OUTBOUND, .options = demanding},
};

static const struct postern_plugin *find(void *arg, const char *name)
{
	(void)arg;
	for (size_t i = 0; i < 3; i++)
		if (strcmp(plugins[i].name, name) == 0)
			return &plugins[i];
	return NULL;
}

static char name_links[] = "links", name_extra[] = "extra", name_sla[] = "sla", conf_path[] = "postern.conf";
static struct config_plugin listed[] = {{.name = name_links}, {.name = name_sla}, {.name = name_extra, .optional = true}};

static struct rules *load(const struct tree *tree, struct diag *d)
{
	struct config config = {.path = conf_path, .plugins = listed, .plugin_count = 3,
		.internal_error_action = ACTION_DEFER, .rule_budget_ms = 2000};
	struct rules *rules;

	config.rules_shipped = tree_path(tree, "shipped");
	config.rules_site = tree_path(tree, "site");
	diag_clear(d);
	rules = rules_load(&config, find, NULL, d);
	tree_strip(tree, d->text);
	free(config.rules_shipped);
	free(config.rules_site);
	return rules;
}

static const struct rule *rule_named(const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (strcmp(rules->rules[i].name, name) == 0)
			return &rules->rules[i];
	fail_msg("no rule %s", name);
	return NULL;
}

static void a_rule_is_read_whole(void **state)
{
	struct tree tree;
	struct diag d;
	struct rules *rules;
	const struct rule *rule;
	const struct option_value *value;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "shipped/outbound/l.conf", "rule \"links\" {\n plugin = links\n direction = outbound\n"
	    " action = reject\n policy = \"Walmart G10\"\n advice = \"Remove.\"\n min_score = 20\n"
	    " marketplaces = { walmart }\n exempt_senders = { \"a@b.example\", \"@c.example\" }\n on_error = hold\n"
	    " budget = 1500ms size = 2k\n words = one\n list = \"lists/x.txt\"\n"
	    " tests { fail = { \"see https://x.example/\" } ok = { \"fine\", \"good\" } }\n}\n");
	tree_write(&tree, "shipped/lists/x.txt", "content\n");
	rules = load(&tree, &d);
	assert_string_equal(d.text, "");
	assert_int_equal(rules->count, 1);
	rule = rule_named(rules, "links");
	assert_true(rule->enabled && !rule->monitor);
	assert_int_equal(rule->direction, POSTERN_OUTBOUND);
	assert_int_equal(rule->action, ACTION_REJECT);
	assert_int_equal(rule->on_error, ACTION_HOLD);
	assert_int_equal(rule->min_score, 20);
	assert_int_equal(rule->budget_ms, 1500);
	assert_string_equal(rule->policy, "Walmart G10");
	assert_string_equal(rule->advice, "Remove.");
	assert_string_equal(rule->marketplaces[0], "walmart");
	assert_string_equal(rule->exempt_senders.items[1].text, "@c.example");
	assert_string_equal(rule->test_fail[0], "see https://x.example/");
	assert_string_equal(rule->test_ok[1], "good");
	assert_true(conf_value(&rule->conf, "size")->number == 2000);
	assert_int_equal(conf_value(&rule->conf, "size")->line, 11);
	assert_int_equal(conf_value(&rule->conf, "words")->count, 1);
	assert_true(conf_value(&rule->conf, "ratio")->number == 0.5);
	assert_null(conf_value(&rule->conf, "ratio")->file);
	assert_true(conf_value(&rule->conf, "strict")->number == 1);
	value = conf_value(&rule->conf, "list");
	assert_int_equal(value->content.len, 8);
	assert_memory_equal(value->content.data, "content\n", 8);
	assert_null(conf_value(&rule->conf, "none"));
	rules_free(&rules);
	assert_null(rules);
	/* The default of a list. */
	tree_write(&tree, "shipped/outbound/l.conf", "rule links { plugin = links action = tag }");
	rules = load(&tree, &d);
	assert_string_equal(d.text, "");
	value = conf_value(&rules->rules[0].conf, "words");
	assert_int_equal(value->count, 3);
	assert_string_equal(value->items[2], "c");
	assert_int_equal(rules->rules[0].direction, POSTERN_OUTBOUND);
	assert_int_equal(rules->rules[0].on_error, ACTION_DEFER);
	assert_int_equal(rules->rules[0].budget_ms, 2000);
	rules_free(&rules);
	tree_free(&tree);
}

static void a_site_changes_single_keys(void **state)
{
	struct tree tree;
	struct diag d;
	struct rules *rules;
	const struct rule *rule;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "shipped/outbound/l.conf",
	    "rule links { plugin = links action = reject size = 5 name = \"shipped\" policy = \"P\" }\n"
	    "rule off { plugin = links action = tag }\n");
	tree_write(&tree, "shipped/inbound/s.conf", "rule sla { plugin = sla action = tag }\n");
	tree_write(&tree, "site/rules.d/10.conf", "rule links { action = monitor size = 7 }\nrule off { enabled = no }\n"
	    "rule own { plugin = links direction = outbound action = hold }\n");
	tree_write(&tree, "site/inbound/s.conf", "rule sla2 { plugin = sla action = tag }\n");
	rules = load(&tree, &d);
	assert_string_equal(d.text, "");
	assert_int_equal(rules->count, 4);
	rule = rule_named(rules, "links");
	assert_true(rule->monitor);
	assert_int_equal(rule->action, ACTION_REJECT); /* what would have happened */
	assert_true(conf_value(&rule->conf, "size")->number == 7);
	assert_string_equal(conf_value(&rule->conf, "name")->items[0], "shipped");
	assert_string_equal(rule->policy, "P");
	assert_false(rule_named(rules, "off")->enabled);
	assert_int_equal(rule_named(rules, "own")->action, ACTION_HOLD);
	rule_named(rules, "sla2"); /* the site's file took the place of the shipped one */
	rules_free(&rules);
	tree_free(&tree);
}

static const struct {
	const char *text, *message;
} broken[] = {
	{"rule r { plugin = links action = reject alow = 1 }", "site/rules.d/x.conf:1: unknown key 'alow' in rule \"r\""},
	{"rule r { plugin = links action = reject\n wrds = 1 }",
	    "site/rules.d/x.conf:2: unknown key 'wrds' in rule \"r\", did you mean 'words'?"},
	{"rule r {\n plugin = links direction = outbound action = rejct }", "site/rules.d/x.conf:2: action = \"rejct\": "
	    "expected pass, tag, hold, defer, reject or monitor, did you mean 'reject'?"},
	{"rule r { plugin = links direction = outbound }", "site/rules.d/x.conf:1: rule \"r\": 'action' is missing"},
	{"rule r { plugin = links action = tag }",
	    "site/rules.d/x.conf:1: rule \"r\": 'direction' is missing: inbound, outbound, both or outside"},
	{"rule r { plugin = links direction = inbound action = tag }",
	    "site/rules.d/x.conf:1: rule \"r\": plugin \"links\" judges outbound mail only"},
	{"rule r { plugin = lnks direction = outbound action = tag }",
	    "site/rules.d/x.conf:1: rule \"r\": unknown plugin \"lnks\", did you mean \"links\"?"},
	{"rule r { plugin = quux direction = outbound action = tag }", "site/rules.d/x.conf:1: rule \"r\": plugin \"quux\" "
	    "is not listed in postern.conf: add plugin \"quux\" { } there, or set enabled = no here"},
	{"rule r { action = tag }",
	    "site/rules.d/x.conf:1: rule \"r\": 'plugin' is missing (and there is no shipped rule of that name)"},
	{"rule r { plugin = links direction = outbound action = tag }\nrule r { }",
	    "site/rules.d/x.conf:2: duplicate rule \"r\", first in site/rules.d/x.conf:1"},
	{"rule r { plugin = links direction = outbound action = tag action = hold }",
	    "site/rules.d/x.conf:1: duplicate key 'action', first in line 1"},
	{"rule r { plugin = links direction = outbound action = tag\n size = 5001 ratio = 1.5 strict = maybe }",
	    "site/rules.d/x.conf:2: size: \"5001\" is out of range, 1 to 5000 are allowed\n"
	    "site/rules.d/x.conf:2: ratio: \"1.5\" is out of range, 0 to 1 are allowed\n"
	    "site/rules.d/x.conf:2: strict: \"maybe\": expected yes or no"},
	{"rule r { plugin = links direction = outbound action = tag\n size = ten ratio = 0,5 }",
	    "site/rules.d/x.conf:2: unexpected ',': several values are written ratio = { a, b }"},
	{"rule r { plugin = links direction = outbound action = tag\n size = ten ratio = half name = { a, b } }",
	    "site/rules.d/x.conf:2: size: \"ten\" is no whole number (10, 5k, 2m)\n"
	    "site/rules.d/x.conf:2: ratio: \"half\" is no number (0.25, 3)\n"
	    "site/rules.d/x.conf:2: name: takes one value, not 2"},
	{"rule r { plugin = links direction = outbound action = tag\n list = \"lists/none.txt\" }",
	    "site/rules.d/x.conf:2: list: file 'lists/none.txt' is neither in site nor in shipped"},
	{"rule r { plugin = both direction = both action = tag }",
	    "site/rules.d/x.conf:1: 'must' must be set, plugin \"both\" has no default for it: What to look for."},
	{"rule r { plugin = links direction = outbound action = tag exempt_senders = { \"a@b.example until 2027-02-30\" } }",
	    "site/rules.d/x.conf:1: exempt_senders: 'a@b.example until 2027-02-30': '2027-02-30' is no day, expected one like 2027-01-31"},
	{"rule r { plugin = links direction = outbound action = tag exempt_recipients = { \"@b.example until soon\" } }",
	    "site/rules.d/x.conf:1: exempt_recipients: '@b.example until soon': 'soon' is no day, expected one like 2027-01-31"},
	{"rule r { plugin = links direction = outbound action = tag min_score = 5 below = hold }",
	    "site/rules.d/x.conf:1: below = \"hold\" is stricter than action = \"tag\""},
	{"rule r { plugin = links direction = outbound action = hold below = tag }",
	    "site/rules.d/x.conf:1: 'below' needs 'min_score': which findings does it mean?"},
	{"rule r { plugin = links direction = outbound action = hold monitor_until = 2027-1-31 }",
	    "site/rules.d/x.conf:1: monitor_until: '2027-1-31' is no day, expected one like 2027-01-31"},
	{"rule r { plugin = links direction = outbound action = monitor monitor_until = 2027-01-31 }",
	    "site/rules.d/x.conf:1: monitor_until: action = \"monitor\" has no end; give the action that is to follow"},
	{"rule r { plugin = links direction = outbound action = tag exempt_senders = { \"b.example\" } }",
	    "site/rules.d/x.conf:1: exempt_senders: 'b.example' is neither an address nor a domain, did you mean '@b.example'?"},
	{"rule r { plugin = links direction = outbound action = tag budget = 5 }",
	    "site/rules.d/x.conf:1: budget = \"5\": expected a duration with its unit (500ms, 30s, 5m, 2h, 1d)"},
	{"rule r { plugin = links direction = outbound action = tag budget = 0ms }",
	    "site/rules.d/x.conf:1: budget = \"0ms\": out of range, 1 to 600000 ms are allowed"},
	{"rule r { plugin = links direction = outbound action = tag min_score = 101 }",
	    "site/rules.d/x.conf:1: min_score = \"101\": out of range, 0 to 100 are allowed"},
	{"rule r { plugin = links direction = outbound action = tag tests { fai = { a } } }",
	    "site/rules.d/x.conf:1: unknown key 'fai' in tests, did you mean 'fail'?"},
	{"rule shipped { plugin = sla }", "site/rules.d/x.conf:1: rule \"shipped\" is shipped with plugin \"links\": "
	    "switch it off with enabled = no and give your own rule another name"},
	{"rule { }", "site/rules.d/x.conf:1: section 'rule' needs a name: rule \"name\" { ... }"},
	{"rul r { }", "site/rules.d/x.conf:1: unknown section 'rul' in the file, did you mean 'rule'?"},
	{"rule r { enabled = { } plugin = links }", "site/rules.d/x.conf:1: 'enabled' takes one value, yes or no"},
};

static void broken_rules_are_explained(void **state)
{
	struct tree tree;
	struct diag d;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "shipped/outbound/l.conf", "rule shipped { plugin = links action = tag }");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct rules *rules;

		tree_write(&tree, "site/rules.d/x.conf", broken[i].text);
		rules = load(&tree, &d);
		assert_string_equal(d.text, broken[i].message);
		assert_null(rules);
	}
	tree_free(&tree);
}

static void a_rule_may_lack_an_optional_plugin(void **state)
{
	struct tree tree;
	struct diag d;
	struct rules *rules;

	(void)state;
	tree_new(&tree);
	tree_write(&tree, "site/rules.d/x.conf", "rule r { plugin = extra direction = outbound action = tag any = 1 }\n"
	    "rule off { plugin = gone direction = outbound action = tag enabled = no }\n");
	rules = load(&tree, &d);
	assert_string_equal(d.text, "");
	assert_int_equal(rules->count, 2);
	assert_false(rules->rules[0].enabled);
	assert_null(rules->rules[0].conf.plugin);
	assert_false(rules->rules[1].enabled);
	rules_free(&rules);
	tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_read_whole),
		cmocka_unit_test(a_site_changes_single_keys),
		cmocka_unit_test(broken_rules_are_explained),
		cmocka_unit_test(a_rule_may_lack_an_optional_plugin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
