/* SPDX-License-Identifier: BSD-2-Clause */
/* The mail server's queue, whichever mail server it is. */
#include "cli/queue.h"

#include <string.h>
#include <unistd.h>

enum queue_kind queue_kind(const struct config *config)
{
	if (strcmp(config->desk_mta, "postfix") == 0)
		return QUEUE_POSTFIX;
	if (strcmp(config->desk_mta, "sendmail") == 0)
		return QUEUE_SENDMAIL;
	return access(config->desk_postsuper, F_OK) == 0 ? QUEUE_POSTFIX : QUEUE_SENDMAIL;
}

static const struct queue_methods *methods(const struct config *config)
{
	return queue_kind(config) == QUEUE_POSTFIX ? &queue_postfix : &queue_sendmail;
}

/* It becomes an argument and part of a path: nothing that could be taken for an option, a pattern or "ALL". */
static int check_id(const char *id, struct diag *d)
{
	size_t n = strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	return n >= 6 && n <= 60 && id[n] == '\0' ? 0 : diag_add(d, "'%.60s' is no queue id of Postfix or sendmail", id);
}

int queue_fetch(const struct config *config, const char *queue_id, struct buf *message_r, struct diag *d)
{
	return check_id(queue_id, d) == 0 ? methods(config)->fetch(config, queue_id, message_r, d) : -1;
}

int queue_release(const struct config *config, const char *queue_id, struct diag *d)
{
	return check_id(queue_id, d) == 0 ? methods(config)->release(config, queue_id, d) : -1;
}

int queue_deliver(const struct config *config, const char *queue_id, struct diag *d)
{
	return check_id(queue_id, d) == 0 ? methods(config)->deliver(config, queue_id, d) : -1;
}

int queue_remove(const struct config *config, const char *queue_id, struct diag *d)
{
	return check_id(queue_id, d) == 0 ? methods(config)->remove(config, queue_id, d) : -1;
}

json_t *queue_list(const struct config *config, struct diag *d)
{
	json_t *list = json_object();

	if (methods(config)->list(config, list, d) == 0)
		return list;
	json_decref(list);
	return NULL;
}

enum queue_state queue_state(const json_t *list, const char *queue_id)
{
	const json_t *entry = json_object_get(list, queue_id);

	if (entry == NULL)
		return QUEUE_GONE;
	return json_is_true(json_object_get(entry, "held")) ? QUEUE_HELD : QUEUE_LEAVING;
}

const char *queue_command(const struct config *config)
{
	return methods(config)->command;
}

void queue_put(json_t *list, const char *queue_id, bool held, int64_t arrived)
{
	json_t *entry = json_object();

	json_put_bool(entry, "held", held);
	json_put_int(entry, "arrived", arrived);
	json_put_new(list, queue_id, entry);
}
