/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes known of an export: lines of the log, and its part of "postern status". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/files.h"
#include "core/clock.h"
#include "core/log.h"
#include "export/exporter_int.h"

void exporter_set_state(struct exporter *x, enum export_state state)
{
	pthread_mutex_lock(&x->lock);
	x->state = state;
	pthread_mutex_unlock(&x->lock);
}

void exporter_outage(struct exporter *x, enum export_state state, const struct diag *d)
{
	bool first;

	pthread_mutex_lock(&x->lock);
	first = !x->outage;
	x->outage = true;
	x->state = state;
	x->failures++;
	if (first)
		x->since = clock_now(&clock_system);
	snprintf(x->error, sizeof(x->error), "%.*s", (int)sizeof(x->error) - 1, d->text);
	pthread_mutex_unlock(&x->lock);
	if (first)
		log_warning("export \"%s\": %s; it is tried again, and the audit log keeps what is missing there",
		    x->spec.name, d->text);
}

void exporter_works(struct exporter *x)
{
	bool was;

	pthread_mutex_lock(&x->lock);
	was = x->outage;
	x->outage = false;
	x->state = EXPORT_CONNECTED;
	x->error[0] = '\0';
	if (was || x->since == 0)
		x->since = clock_now(&clock_system);
	pthread_mutex_unlock(&x->lock);
	if (was)
		log_info("export \"%s\": works again", x->spec.name);
}

void exporter_note(struct exporter *x, int64_t settled)
{
	pthread_mutex_lock(&x->lock);
	x->settled_seq = settled;
	x->sent_seq = x->cursor.next - 1;
	x->offset = x->cursor.offset;
	if (x->cursor.path == NULL || x->path == NULL || strcmp(x->path, x->cursor.path) != 0) {
		free(x->path);
		x->path = x->cursor.path != NULL ? strdup(x->cursor.path) : NULL;
	}
	pthread_mutex_unlock(&x->lock);
}

/* ---- status --------------------------------------------------------------------- */

/* Bytes of the log behind a place; 0 when it can't be told. */
static int64_t bytes_after(const char *dir, const char *path, int64_t offset)
{
	struct file_list list;
	struct diag ignored = {0};
	struct stat st;
	int64_t bytes = 0;

	if (audit_file_list(dir, &list, &ignored) == -1)
		return 0;
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.paths[i], path) >= 0 && stat(list.paths[i], &st) == 0)
			bytes += st.st_size;
	file_list_free(&list);
	return bytes > offset ? bytes - offset : 0;
}

static void put_behind(struct exporter *x, json_t *object, int64_t sent, char *path, int64_t offset)
{
	int64_t upto = atomic_load(&x->upto), events = upto > sent ? upto - sent : 0;

	json_put_int(object, "behind_events", events);
	/* Before the thread has looked into the log, the place is where it will begin. */
	if (events > 0 && path == NULL)
		path = audit_file_path(x->dir, sent + 1);
	json_put_int(object, "behind_bytes", events > 0 && path != NULL ? bytes_after(x->dir, path, offset) : 0);
	free(path);
}

json_t *exporter_status(struct exporter *x)
{
	static const char *const states[] = {"connecting", "connected", "waiting", "stalled", "stopped"};
	json_t *object = json_object();
	char text[CLOCK_TEXT_SIZE], *path;
	int64_t sent, offset;

	json_put_str(object, "name", x->spec.name);
	json_put_str(object, "type", export_type_name(x->spec.type));
	json_put_str(object, "to", x->spec.to);
	pthread_mutex_lock(&x->lock);
	json_put_bool(object, "healthy", !x->outage);
	json_put_str(object, "state", states[x->state]);
	clock_format(text, sizeof(text), x->since);
	json_put_new(object, "since", x->since != 0 ? json_string(text) : json_null());
	json_put_int(object, "seq", x->settled_seq);
	json_put_int(object, "sent_seq", x->sent_seq);
	json_put_int(object, "sent", (json_int_t)x->sent);
	json_put_int(object, "failures", (json_int_t)x->failures);
	if (x->outage)
		json_put(object, "error", slice_str(x->error));
	sent = x->sent_seq;
	offset = x->offset;
	path = x->path != NULL ? strdup(x->path) : NULL;
	pthread_mutex_unlock(&x->lock);
	put_behind(x, object, sent, path, offset);
	return object;
}
