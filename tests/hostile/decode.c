/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what is read from a message file's header as one line of JSON: subject, senders and file names, each
 * decoded. test_headers.py compares it with what Python's email package reads there.
 */
#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/file.h"
#include "core/json.h"
#include "mail/address.h"
#include "mail/message.h"

static const struct mail_limits limits = {
	.message_bytes = 1 << 20, .header_count = 1000, .header_bytes = 1 << 20, .parts = 100, .depth = 20,
	.html_bytes = 1 << 20, .decoded_bytes = 1 << 20, .expansion = 50, .urls = 100
};

static json_t *senders(struct arena *arena, const struct message *m)
{
	json_t *list = json_array();
	const struct mail_header *from;

	for (size_t n = 0; (from = message_header(m, "From", n)) != NULL; n++) {
		struct address_mailbox *boxes;
		size_t count;

		if (address_list(arena, from->raw, &boxes, &count) != 0)
			return NULL;
		for (size_t i = 0; i < count; i++) {
			json_t *box = json_array();

			json_array_append_new(box, json_text(boxes[i].name));
			json_array_append_new(box, json_text(boxes[i].address));
			json_array_append_new(list, box);
		}
	}
	return list;
}

static int show(const char *path)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct diag d = {0};
	struct buf raw = {0}, line = {0};
	struct message m;
	json_t *told = json_object(), *names = json_array();
	int rc = -1;

	if (file_read(path, 1 << 20, &raw, &d) == 0 &&
	    message_parse(arena, buf_slice(&raw), &limits, MESSAGE_ALL, NULL, &m, &d) == 0) {
		for (size_t i = 0; i < m.part_count; i++)
			if (m.parts[i].name.len > 0)
				json_array_append_new(names, json_text(m.parts[i].name));
		rc = json_put(told, "subject", message_header_value(&m, "Subject"));
		rc |= json_put_new(told, "from", senders(arena, &m));
		rc |= json_put_new(told, "names", json_incref(names));
		rc |= json_write(&line, told);
		if (rc == 0)
			printf("%.*s\n", (int)line.len, line.data);
	} else {
		fprintf(stderr, "%s: %s\n", path, d.text);
	}
	json_decref(names);
	json_decref(told);
	buf_free(&line);
	buf_free(&raw);
	arena_free(&arena);
	return rc;
}

int main(int argc, char **argv)
{
	message_init();
	for (int i = 1; i < argc; i++)
		if (show(argv[i]) != 0)
			return 1;
	return 0;
}
