/* SPDX-License-Identifier: BSD-2-Clause */
/* A held message: its record out of the log, its bytes out of the archive or the mail server's queue. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "cli/held.h"
#include "cli/queue.h"

static int note_event(void *arg, const json_t *event)
{
	hold_note(arg, event);
	return 0;
}

int held_find(struct cli_desk *desk, const char *id, struct hold *hold, struct diag *d)
{
	long long time = id_time(id);

	hold_init(hold, "");
	if (time == -1)
		return diag_add(d, "%s: is no id of a message; 'postern held list' shows those of held ones", id);
	hold_init(hold, id);
	if (audit_read_since(desk->config->audit_dir, time, note_event, hold, d) == -1)
		return -1;
	return hold->message != NULL ? 0 : diag_add(d, "%s: the audit log has no such message; 'postern held list' shows the "
	    "held ones", id);
}

struct hold_rules held_rules(const struct config *config)
{
	return hold_rules_of(config->desk_four_eyes, config->desk_four_eyes_expire_s);
}

int held_fetch(struct cli_desk *desk, const struct hold *hold, struct buf *message_r, const char **source_r,
    struct diag *d)
{
	*source_r = "queue";
	if (hold->queue_id[0] == '\0')
		return diag_add(d, "%s: its queue id is not known", hold->id);
	return queue_fetch(desk->config, hold->queue_id, message_r, d);
}

int held_decode(const struct cli_desk *desk, struct arena *arena, struct slice raw, struct message *message_r,
    struct diag *d)
{
	return message_parse(arena, raw, &desk->config->limits, MESSAGE_HEADERS | MESSAGE_TEXT | MESSAGE_ATTACHMENTS, NULL,
	    message_r, d);
}
