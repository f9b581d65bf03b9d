/* SPDX-License-Identifier: BSD-2-Clause */
/* A held message: its record out of the log, its bytes out of the archive or the mail server's queue. */
#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
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

/* 1: found, 0: not there, -1: error. */
static int from_archive(const struct config *config, const char *digest, struct buf *message_r, struct diag *d)
{
	struct archive_config where = {.dir = config->archive.dir, .key_file = config->archive.key_file};
	struct archive *archive = archive_open(&where, true, d);
	int rc = archive != NULL ? archive_get(archive, digest, message_r, d) : -1;

	archive_close(&archive);
	return rc;
}

/* The archive has what came in, the queue what waits, with headers of the gateway. */
int held_fetch(struct cli_desk *desk, const struct hold *hold, struct buf *message_r, const char **source_r,
    struct diag *d)
{
	const char *digest = json_get_str(hold->message, "archive");
	struct diag own = {0};

	*source_r = "archive";
	if (digest != NULL && from_archive(desk->config, digest, message_r, &own) == 1)
		return 0;
	*source_r = "queue";
	if (hold->queue_id[0] == '\0')
		diag_add(d, "%s: its queue id is not known", hold->id);
	else if (queue_fetch(desk->config, hold->queue_id, message_r, d) == 0)
		return 0;
	if (own.count > 0)
		diag_add(d, "%s", own.text);
	return -1;
}

int held_decode(const struct cli_desk *desk, struct arena *arena, struct slice raw, struct message *message_r,
    struct diag *d)
{
	return message_parse(arena, raw, &desk->config->limits, MESSAGE_HEADERS | MESSAGE_TEXT | MESSAGE_ATTACHMENTS, NULL,
	    message_r, d);
}
