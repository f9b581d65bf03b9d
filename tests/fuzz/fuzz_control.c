/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a line of the control socket: a request that somebody may make, or a reason in text that can be shown; and as
 * a command to the desk, what the daemon would look at before it knows any state.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control_request.h"
#include "desk/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the answer's text is: one line, never empty. */
static void check_reason(const struct diag *d)
{
	if (d->count == 0 || d->text[0] == '\0' || strlen(d->text) >= sizeof(d->text))
		abort();
}

static void read_desk(const json_t *request)
{
	struct desk_command command;
	struct diag d = {0};
	json_t *from;

	if (desk_command_read(request, &command, &d) == -1) {
		check_reason(&d);
		return;
	}
	/* Nobody commands what only the daemon says. */
	if (desk_verb_name(command.verb) == NULL || command.verb == DESK_VERB_REQUEST)
		abort();
	if (command.why != NULL && strlen(command.why) > DESK_WHY_MAX)
		abort();
	from = desk_from_copy(command.from);
	json_decref(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request request;
	struct diag d = {0};

	if (size > DESK_REQUEST_MAX)
		size = DESK_REQUEST_MAX;
	if (control_request_read((struct slice){(const char *)data, size}, &request, &d) == -1) {
		check_reason(&d);
		if (request.object != NULL)
			abort();
		return 0;
	}
	if (strcmp(json_get_str(request.object, "command"), control_verb_name(request.verb)) != 0)
		abort();
	/* Looking is all that takes no right. */
	if (request.right == CONTROL_RIGHT_LOOK && request.verb != CONTROL_PING && request.verb != CONTROL_STATUS)
		abort();
	if (request.verb == CONTROL_DESK)
		read_desk(request.object);
	control_request_clear(&request);
	return 0;
}
