/* SPDX-License-Identifier: BSD-2-Clause */
/* Shipped and site files of a rules folder: which one counts. */
#include "policy/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool has_name(const struct file_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(base_name(list->paths[i]), base_name(path)) == 0)
			return true;
	return false;
}

static int list_folder(const char *dir, const char *folder, struct file_list *list, struct diag *d)
{
	char *path;
	int rc;

	if (dir == NULL)
		return 0;
	if (asprintf(&path, "%s/%s", dir, folder) < 0)
		return diag_add(d, "memory is out");
	rc = file_list_dir(path, ".conf", list, d);
	free(path);
	return rc;
}

static int add_file(struct arena *arena, const char *path, const char *folder, bool overlay, struct sources *sources,
    struct layer_file **files, struct diag *d)
{
	struct layer_file *file = arena_alloc(arena, sizeof(*file));

	if (file == NULL)
		return diag_add(d, "memory is out");
	file->root = conf_read(arena, path, sources, d);
	file->folder = folder;
	file->overlay = overlay;
	if (file->root == NULL)
		return -1;
	while (*files != NULL)
		files = &(*files)->next;
	*files = file;
	return 0;
}

int layers_read(struct arena *arena, const struct config *config, const char *folder, bool site_only,
    struct layer_file **files, struct diag *d)
{
	struct file_list shipped = {0}, site = {0};
	unsigned before = d->count;

	if (!site_only)
		list_folder(config->rules_shipped, folder, &shipped, d);
	list_folder(config->rules_site, folder, &site, d);
	for (size_t i = 0; i < shipped.count; i++)
		if (!has_name(&site, shipped.paths[i]))
			add_file(arena, shipped.paths[i], folder, false, config->sources, files, d);
	for (size_t i = 0; i < site.count; i++)
		add_file(arena, site.paths[i], folder, !has_name(&shipped, site.paths[i]), config->sources, files, d);
	file_list_free(&shipped);
	file_list_free(&site);
	return d->count == before ? 0 : -1;
}
