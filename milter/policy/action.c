/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of actions. */
#include "policy/action.h"

#include <stddef.h>
#include <string.h>

static const char *const action_names[] = {"pass", "tag", "hold", "defer", "reject"};

const char *action_name(enum action action)
{
	return action_names[action];
}

int action_parse(const char *text, enum action *action_r)
{
	for (size_t i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++) {
		if (strcmp(text, action_names[i]) == 0) {
			*action_r = (enum action)i;
			return 0;
		}
	}
	return -1;
}
