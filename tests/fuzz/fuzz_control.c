/* SPDX-License-Identifier: BSD-2-Clause */
/* Any line as a request of the control socket: what is taken of it has its form, and what is not has a reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "desk/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_from(const json_t *request)
{
	json_t *from = desk_from_copy(json_object_get(request, "from")), *again;

	if (from == NULL)
		return;
	if (!json_is_true(json_object_get(from, "told")))
		abort();
	again = desk_from_copy(from);
	if (!json_equal(from, again))
		abort();
	json_decref(again);
	json_decref(from);
}

static void check_command(const json_t *request)
{
	struct desk_command command = {0};
	struct diag d = {.text = ""};

	if (desk_command_read(request, &command, &d) != 0) {
		if (d.count == 0)
			abort();
		return;
	}
	if (d.count != 0 || desk_verb_name(command.verb) == NULL)
		abort();
	if (command.why != NULL && strlen(command.why) > DESK_WHY_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *request;

	if (size > DESK_REQUEST_MAX)
		return 0;
	request = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(request)) {
		check_from(request);
		check_command(request);
	}
	json_decref(request);
	return 0;
}
