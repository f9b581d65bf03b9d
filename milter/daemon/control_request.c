/* SPDX-License-Identifier: BSD-2-Clause */
/* A line from the control socket becomes a request, or a reason. It comes from whoever may connect. */
#include "daemon/control_request.h"

#include <string.h>

static const struct {
	const char *name;
	enum control_right right;
} verbs[] = {
	[CONTROL_PING] = {"ping", CONTROL_RIGHT_LOOK},       [CONTROL_STATUS] = {"status", CONTROL_RIGHT_LOOK},
	[CONTROL_RELOAD] = {"reload", CONTROL_RIGHT_ALL},    [CONTROL_STOP] = {"stop", CONTROL_RIGHT_ALL},
	[CONTROL_DESK] = {"desk", CONTROL_RIGHT_DESK},       [CONTROL_ARCHIVE] = {"archive", CONTROL_RIGHT_ALL},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const char *control_verb_name(enum control_verb verb)
{
	return verbs[verb].name;
}

int control_request_read(struct slice line, struct control_request *request_r, struct diag *d)
{
	json_t *object = json_loadb(line.ptr != NULL ? line.ptr : "", line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *command = json_is_object(object) ? json_get_str(object, "command") : NULL;

	*request_r = (struct control_request){.object = NULL};
	for (size_t i = 0; command != NULL && i < VERBS; i++) {
		if (strcmp(command, verbs[i].name) == 0) {
			*request_r = (struct control_request){(enum control_verb)i, verbs[i].right, object};
			return 0;
		}
	}
	json_decref(object);
	return command == NULL ? diag_add(d, "a request is one line, {\"command\":\"status\"}")
	    : diag_add(d, "unknown command; there are status, reload, stop, ping, desk and archive");
}

void control_request_clear(struct control_request *request)
{
	json_decref(request->object);
	request->object = NULL;
}
