/* SPDX-License-Identifier: BSD-2-Clause */
/* Postfix's hold queue, by Postfix's own commands. */
#include "cli/queue.h"

#include <stdio.h>
#include <string.h>

#include "cli/run.h"

#define MESSAGE_MAX ((size_t)1 << 30)
/* Some 300 bytes a message and 100 a recipient. */
#define LIST_MAX ((size_t)256 << 20)

/* postsuper ends with 0 also when there is no such message; it says how many it dealt with. */
static int postsuper(const char *program, const char *flag, const char *queue_id, const char *said, const char *queue,
    struct diag *d)
{
	const char *argv[] = {program, flag, queue_id,
	    queue, NULL};
	struct buf output = {0};
	int rc = cli_run_checked(argv, SLICE_NONE, &output, d);
	struct slice all = slice_sub(slice_trim(buf_slice(&output)), 0, 300);

	if (rc == 0 && slice_find(buf_slice(&output), slice_str(said)) == -1)
		rc = diag_add(d, "%s %s %s: no such message is on hold: it was released or deleted already%s%.*s", program, flag,
		    queue_id, all.len > 0 ? ": " : "", SLICE_ARG(all));
	buf_free(&output);
	return rc;
}

static int release(const struct config *config, const char *queue_id, struct diag *d)
{
	return postsuper(config->desk_postsuper, "-H", queue_id, "Released from hold: 1 message", NULL, d);
}

/* Of the hold queue alone: one that was released meanwhile is somebody's answer. */
static int remove_held(const struct config *config, const char *queue_id, struct diag *d)
{
	return postsuper(config->desk_postsuper, "-d", queue_id, "Deleted: 1 message", "hold", d);
}

/* A released message waits with the deferred ones for the queue manager's next look, minutes later. */
static int deliver(const struct config *config, const char *queue_id, struct diag *d)
{
	const char *argv[] = {config->desk_postqueue, "-i", queue_id, NULL};
	struct buf output = {0};
	int rc = cli_run_checked(argv, SLICE_NONE, &output, d);

	buf_free(&output);
	return rc;
}

static int run_reader(const char *const argv[], size_t max, struct buf *output, struct diag *d)
{
	struct buf errors = {0};
	struct slice said;
	int status = 0, rc = cli_run_apart(argv, output, max, &errors, &status, d);

	said = slice_sub(slice_trim(buf_slice(&errors)), 0, 300);
	if (rc == 0 && status != 0)
		rc = diag_add(d, "%s %s: exit status %d: %.*s", argv[0], argv[1], status, SLICE_ARG(said));
	buf_free(&errors);
	return rc;
}

static int fetch(const struct config *config, const char *queue_id, struct buf *message_r, struct diag *d)
{
	const char *argv[] = {config->desk_postcat, "-bhq", queue_id, NULL};

	if (run_reader(argv, MESSAGE_MAX, message_r, d) == -1)
		return -1;
	return message_r->len > 0 ? 0 : diag_add(d, "%s -bhq %s: it says nothing", argv[0], queue_id);
}

static int note_line(struct slice line, json_t *list, struct diag *d)
{
	json_t *item = json_loadb(line.ptr, line.len, 0, NULL);
	const char *id = json_get_str(item, "queue_id"), *queue = json_get_str(item, "queue_name");
	int rc = 0;

	if (id == NULL || queue == NULL)
		rc = diag_add(d, "postqueue -j: a line that can't be read: %.*s", (int)(line.len < 200 ? line.len : 200), line.ptr);
	else
		queue_put(list, id, strcmp(queue, "hold") == 0, json_get_int(item, "arrival_time", 0));
	json_decref(item);
	return rc;
}

static int list_all(const struct config *config, json_t *list, struct diag *d)
{
	const char *argv[] = {config->desk_postqueue, "-j", NULL};
	struct buf output = {0};
	int rc = run_reader(argv, LIST_MAX, &output, d);
	struct slice rest = buf_slice(&output);

	while (rc == 0 && rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t n = end != NULL ? (size_t)(end - rest.ptr) : rest.len;

		if (slice_trim(slice_sub(rest, 0, n)).len > 0)
			rc = note_line(slice_sub(rest, 0, n), list, d);
		rest = slice_sub(rest, n + 1, rest.len);
	}
	buf_free(&output);
	return rc;
}

const struct queue_methods queue_postfix = {fetch, release, deliver, remove_held, list_all, "postqueue -p"};
