/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of a marketplace's support: "support" sections of a profile. Mail to them is about cases, and is
 * judged by other rules than mail to customers.
 */
#include "policy/profile_load.h"

static const struct conf_name support_names[] = {
	{"pattern", CONF_ONE | CONF_REQUIRED}, {"signature", CONF_ONE}, {"channel", CONF_ONE}, {"language", CONF_ONE},
	{"since", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE | CONF_REQUIRED}, {NULL, 0}
};

static void append(struct marketplace *market, struct support_entry *entry)
{
	struct support_entry **tail = &market->supports;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = entry;
}

void profile_support_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct support_entry *entry;
	const struct conf_node *signature;

	if (conf_check(node, support_names, loader->d) == -1 || (entry = profile_alloc(loader, sizeof(*entry))) == NULL)
		return;
	entry->support.name = node->title;
	entry->support.channel = conf_text(node, "channel") != NULL ? conf_text(node, "channel") : node->title;
	entry->support.language = conf_text(node, "language");
	/* Kept also when a later key is wrong: what was compiled is freed with the marketplace. */
	append(market, entry);
	entry->pattern = profile_pattern_read(loader, conf_child(node, "pattern"));
	signature = conf_child(node, "signature");
	entry->signature = signature != NULL ? profile_pattern_read(loader, signature) : NULL;
	conf_date(conf_child(node, "since"), &entry->since, loader->d);
}

void profile_support_free(struct support_entry *entries)
{
	for (; entries != NULL; entries = entries->next) {
		if (entries->pattern != NULL)
			pattern_free(&entries->pattern);
		if (entries->signature != NULL)
			pattern_free(&entries->signature);
	}
}
