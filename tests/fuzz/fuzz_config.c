/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as postern.conf: it is taken whole, or every problem has its place. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/text.h"
#include "policy/conf.h"
#include "policy/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what, const struct diag *d)
{
	if (holds)
		return;
	fprintf(stderr, "broken promise: %s: '%s'\n", what, d->text);
	abort();
}

static void check_nodes(const struct conf_node *node, const struct diag *d)
{
	size_t children = 0, values = 0;

	for (const struct conf_node *c = node->children; c != NULL; c = c->next, children++) {
		must(c->name != NULL && c->line > 0 && (c->section || c->values == NULL || c->value_count > 0), "node", d);
		check_nodes(c, d);
	}
	for (const struct conf_value *v = node->values; v != NULL; v = v->next, values++)
		must(v->text != NULL && v->line > 0, "value", d);
	must(children == node->child_count && values == node->value_count, "counts", d);
}

static void check_syntax(struct slice text)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct diag d = {.text = ""};
	struct conf_node *top;

	if (arena == NULL)
		abort();
	top = conf_parse(arena, "fuzz.conf", text, &d);
	must((top == NULL) == (d.count > 0), "a problem is said, and only then", &d);
	must(d.count == 0 || strncmp(d.text, "fuzz.conf:", 10) == 0, "a problem has its place", &d);
	if (top != NULL)
		check_nodes(top, &d);
	arena_free(&arena);
}

/* Through a file in memory: config_load takes a path. */
static void check_whole(const uint8_t *data, size_t size)
{
	struct diag d = {.text = ""};
	struct config *config;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || (size > 0 && write(fd, data, size) != (ssize_t)size))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config = config_load(path, &d);
	must((config == NULL) == (d.count > 0), "a configuration, or why there is none", &d);
	must(config == NULL || (config->max_judging > 0 && config->deadline_ms > 0 && config->memory_bytes > 0), "ranges", &d);
	config_free(&config);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_syntax((struct slice){(const char *)data, size});
	check_whole(data, size);
	return 0;
}
