/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ENGINE_SITE_H
#define TESTS_ENGINE_SITE_H

/* A whole configuration in a temporary directory: two marketplaces, rules as the test wants them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

struct site {
	char dir[64];
	char config[96];
};

static inline void site_write(const struct site *site, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", site->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void site_make_dir(const struct site *site, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", site->dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static const char site_profiles[] =
	"marketplace \"market\" {\n"
	"	title = \"Market\"\n"
	"	domains = { \"relay.market.example\", \"market.example\" }\n"
	"	relay_domains = { \"relay.market.example\" }\n"
	"	value \"language\" { value = \"en\" since = \"2020-01-01\" source = \"test\" }\n"
	"	value \"auto_reply_counts\" { value = \"no\" since = \"2020-01-01\" source = \"test\" }\n"
	"	clock \"inquiry\" { kind = \"wall\" hours = 48 since = \"2020-01-01\" source = \"test\" }\n"
	"	kind \"buyer\" { from = '@relay\\.' labels = { \"Buyer\" } clock = \"inquiry\" }\n"
	"}\n"
	"marketplace \"bazaar\" {\n"
	"	title = \"Bazaar\"\n"
	"	domains = { \"relay.bazaar.example\" }\n"
	"	relay_domains = { \"relay.bazaar.example\" }\n"
	"}\n";

/* main: what postern.conf says of plugins and so on; rules: the content of rules.d/test.conf. */
static inline void site_make(struct site *site, const char *main_text, const char *rules)
{
	char text[4096];
	const char *section;

	snprintf(site->dir, sizeof(site->dir), "/tmp/postern-site-XXXXXX");
	assert_non_null(mkdtemp(site->dir));
	snprintf(site->config, sizeof(site->config), "%s/postern.conf", site->dir);
	site_make_dir(site, "shipped");
	site_make_dir(site, "marketplaces");
	site_make_dir(site, "rules.d");
	site_make_dir(site, "audit");
	/* The shipped rules are left out, those of an installed Postern too. */
	section = strstr(main_text, "rules {");
	if (section != NULL)
		snprintf(text, sizeof(text), "%.*srules { shipped = \"%s/shipped\"\n%s", (int)(section - main_text),
		    main_text, site->dir, section + strlen("rules {"));
	else
		snprintf(text, sizeof(text), "%s\nrules { shipped = \"%s/shipped\" }\n", main_text, site->dir);
	site_write(site, "postern.conf", text);
	site_write(site, "marketplaces/test.conf", site_profiles);
	site_write(site, "rules.d/test.conf", rules);
}

static inline void site_empty(const char *dir)
{
	struct file_list list;
	struct diag d = {0};

	assert_int_equal(file_list_dir(dir, "", &list, &d), 0);
	for (size_t i = 0; i < list.count; i++)
		if (unlink(list.paths[i]) != 0)
			site_empty(list.paths[i]);
	file_list_free(&list);
	rmdir(dir);
}

static inline void site_remove(struct site *site)
{
	site_empty(site->dir);
}

#define SITE_PLUGIN(name) "plugin \"" name "\" { path = \"" BADPLUGINS "/" name ".so\" }\n"

#endif
