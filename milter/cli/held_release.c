/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a message off hold, in an order in which nothing gets lost: the intent
 * is on record first, then the mail server is asked, then its answer goes on
 * record. Only that last record stops the clock. Whatever fails between, the log
 * says who tried, and never that a message went out which did not.
 */
#include "cli/held.h"

#include <stdio.h>
#include <string.h>

#include "cli/run.h"
#include "core/text.h"
#include "desk/command.h"

static int record(struct cli_desk *desk, enum desk_verb verb, const char *id, const char *why, bool by_hand,
    json_t **answer_r, struct diag *d)
{
	json_t *request = json_object();

	json_put_str(request, "verb", desk_verb_name(verb));
	json_put_str(request, "ref", id);
	json_put(request, "why", slice_str(why));
	if (by_hand)
		json_put_bool(request, "by_hand", true);
	return cli_desk_ask(desk, request, answer_r, d);
}

/* Postfix's queue ids; nothing that could be taken for an option or "ALL". */
static bool is_queue_id(const char *id)
{
	size_t n = strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	return n >= 6 && id[n] == '\0';
}

/*
 * postsuper ends with 0 also when there is no such message; it says how many it released. -1 with the reason
 * when it is not sure that it was this one.
 */
static int postsuper(const char *program, const char *queue_id, struct diag *d)
{
	char path[4096], option[] = "-H", id[64];
	char *argv[] = {path, option, id, NULL};
	struct buf output = {0};
	struct slice said;
	int status = 0, rc;

	if (!is_queue_id(queue_id))
		return diag_add(d, "'%.60s' is no queue id of Postfix", queue_id);
	snprintf(path, sizeof(path), "%s", program);
	snprintf(id, sizeof(id), "%s", queue_id);
	rc = cli_run(argv, SLICE_NONE, &output, &status, d);
	said = slice_trim(buf_slice(&output));
	if (rc == 0 && status != 0)
		rc = diag_add(d, "%s -H %s: exit status %d: %.*s", program, id, status, (int)(said.len < 300 ? said.len : 300),
		    said.ptr != NULL ? said.ptr : "");
	else if (rc == 0 && slice_find(said, SLICE_LIT("Released from hold: 1 message")) == -1)
		rc = diag_add(d, "%s -H %s: no such message is on hold: it was released or deleted already%s%.*s", program, id,
		    said.len > 0 ? ": " : "", (int)(said.len < 300 ? said.len : 300), said.ptr != NULL ? said.ptr : "");
	buf_free(&output);
	return rc;
}

/*
 * A message that is released waits with the deferred ones for the queue manager's next look, minutes later: its
 * customer has waited long enough. -1 with the reason: it goes out then.
 */
static int deliver_now(const char *program, const char *queue_id, struct diag *d)
{
	char path[4096], option[] = "-i", id[64];
	char *argv[] = {path, option, id, NULL};
	struct buf output = {0};
	struct slice said;
	int status = 0, rc;

	snprintf(path, sizeof(path), "%s", program);
	snprintf(id, sizeof(id), "%s", queue_id);
	rc = cli_run(argv, SLICE_NONE, &output, &status, d);
	said = slice_trim(buf_slice(&output));
	if (rc == 0 && status != 0)
		rc = diag_add(d, "%s -i %s: exit status %d: %.*s", program, id, status, (int)(said.len < 300 ? said.len : 300),
		    said.ptr != NULL ? said.ptr : "");
	buf_free(&output);
	return rc;
}

static int record_failure(struct cli_desk *desk, const char *id, const char *queue_id, struct diag *d)
{
	struct diag own = {0};
	char why[DESK_WHY_MAX / 2];

	text_sanitize(why, sizeof(why), slice_str(d->text), TEXT_FOR_LOG);
	if (record(desk, DESK_VERB_KEPT, id, why, false, NULL, &own) == -1)
		diag_add(d, "and that it failed could not be recorded: %s", own.text);
	diag_add(d, "message %s is recorded as held as before; when 'postqueue -p' says that %s went out, "
	    "say 'postern held release %s --by-hand --why TEXT'", id, queue_id, id);
	return cli_fail(desk->cli, d);
}

static int show_released(const struct cli_desk *desk, const char *id, json_t *answer)
{
	if (desk->cli->json)
		return cli_json(answer);
	printf("%s: released; its customer is answered from now on\n", id);
	json_decref(answer);
	return CLI_OK;
}

static int release_from_queue(struct cli_desk *desk, const char *id, const char *why, struct diag *d)
{
	json_t *answer = NULL;
	char queue_id[64];

	if (record(desk, DESK_VERB_RELEASING, id, why, false, &answer, d) == -1)
		return cli_fail(desk->cli, d);
	snprintf(queue_id, sizeof(queue_id), "%s", json_get_str(answer, "queue_id"));
	json_decref(answer);
	if (postsuper(desk->config->desk_postsuper, queue_id, d) == -1)
		return record_failure(desk, id, queue_id, d);
	if (record(desk, DESK_VERB_RELEASE, id, why, false, &answer, d) == 0) {
		if (deliver_now(desk->config->desk_postqueue, queue_id, d) == -1)
			fprintf(stderr, "postern: it is off hold and goes out with Postfix's next queue run: %s\n", d->text);
		return show_released(desk, id, answer);
	}
	diag_add(d, "message %s was taken off hold, but that could not be recorded: its clock still runs; when posternd works "
	    "again, say 'postern held release %s --by-hand --why TEXT'", id, id);
	return cli_fail(desk->cli, d);
}

int held_release(struct cli_desk *desk, const char *id, const char *why, bool by_hand)
{
	json_t *answer = NULL;
	struct diag d = {0};

	if (!by_hand)
		return release_from_queue(desk, id, why, &d);
	if (record(desk, DESK_VERB_RELEASE, id, why, true, &answer, &d) == -1)
		return cli_fail(desk->cli, &d);
	return show_released(desk, id, answer);
}
