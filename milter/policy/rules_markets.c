/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules against profiles, which are read apart from each other. */
#include "policy/profile.h"
#include "policy/rules.h"

#define NAMES_MAX 64

static int unknown_market(const struct rule *rule, const char *name, const struct profiles *profiles, struct diag *d)
{
	const char *names[NAMES_MAX + 1], *guess;
	size_t count = 0;

	while (count < NAMES_MAX && count < profiles_count(profiles)) {
		names[count] = marketplace_name(profiles_get(profiles, count));
		count++;
	}
	names[count] = NULL;
	guess = diag_suggest(name, names);
	return diag_at(d, rule->conf.file, rule->conf.line, "rule \"%.60s\": there is no marketplace \"%.60s\"%s%s%s", rule->name,
	    name, guess != NULL ? ", did you mean \"" : "", guess != NULL ? guess : "", guess != NULL ? "\"?" : "");
}

int rules_check_marketplaces(const struct rules *rules, const struct profiles *profiles, struct diag *d)
{
	int result = 0;

	for (size_t i = 0; i < rules->count; i++)
		for (char **name = rules->rules[i].marketplaces; name != NULL && *name != NULL; name++)
			if (profiles_find(profiles, *name) == NULL)
				result = unknown_market(&rules->rules[i], *name, profiles, d);
	return result;
}
