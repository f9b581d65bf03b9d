/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A held message looked up in the audit log, which is the truth about it: also
 * one that belongs to no thread can be released, and none twice.
 */
#include "daemon/desk_held.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "core/hash.h"

static bool key_is(const json_t *event, const char *key, const char *want)
{
	const char *value = json_get_str(event, key);

	return value != NULL && strcmp(value, want) == 0;
}

static void copy_text(char *out, size_t size, const json_t *event, const char *key)
{
	const char *value = json_get_str(event, key);

	if (value != NULL)
		snprintf(out, size, "%s", value);
}

static void note_message(struct desk_held *held, const json_t *event)
{
	held->found = true;
	copy_text(held->action, sizeof(held->action), event, "action");
	copy_text(held->queue_id, sizeof(held->queue_id), event, "queue_id");
	json_decref(held->threads);
	held->threads = json_deep_copy(json_object_get(event, "threads"));
}

static int note_event(void *arg, const json_t *event)
{
	struct desk_held *held = arg;

	if (key_is(event, "event", "message") && key_is(event, "id", held->id)) {
		note_message(held, event);
	} else if (!key_is(event, "ref", held->id)) {
		return 0;
	} else if (key_is(event, "event", "queued")) {
		copy_text(held->queue_id, sizeof(held->queue_id), event, "queue_id");
	} else if (key_is(event, "event", "desk") && (key_is(event, "verb", "release") || key_is(event, "verb", "refuse"))) {
		copy_text(held->decided, sizeof(held->decided), event, "verb");
		copy_text(held->decided_by, sizeof(held->decided_by), event, "by");
	}
	return 0;
}

int desk_held_find(const char *dir, const char *id, struct desk_held *held_r, struct diag *d)
{
	long long time = id_time(id);

	*held_r = (struct desk_held){.id = id};
	if (time == -1)
		return diag_add(d, "%s: is no id of a message; 'postern held list' shows those of held ones", id);
	if (audit_read_since(dir, time, note_event, held_r, d) == -1)
		return -1;
	if (!held_r->found)
		return diag_add(d, "%s: the audit log has no such message; 'postern held list' shows the held ones", id);
	if (!json_is_array(held_r->threads)) {
		json_decref(held_r->threads);
		held_r->threads = json_array();
	}
	return 0;
}

void desk_held_free(struct desk_held *held)
{
	json_decref(held->threads);
	held->threads = NULL;
}

int desk_held_guard(const struct desk_held *held, const struct desk_command *command, struct diag *d)
{
	if (strcmp(held->action, "hold") != 0)
		return diag_add(d, "%s: was not held but got '%s'", held->id, held->action);
	if (held->decided[0] != '\0')
		return diag_add(d, "%s: %s was recorded already, by %s", held->id, held->decided, held->decided_by);
	if (command->verb == DESK_VERB_RELEASING && held->queue_id[0] == '\0')
		return diag_add(d, "%s: its queue id is not known; find it with 'postqueue -p', release it with 'postsuper -H', "
		    "then say 'postern held release %s --by-hand'", held->id, held->id);
	return 0;
}
