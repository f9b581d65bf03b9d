/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of categories: a line each, its fields apart by tabs, "-" for an empty one. */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct postern_slice s)
{
	return strndup(s.len == 1 && s.ptr[0] == '-' ? "" : s.ptr, s.len == 1 && s.ptr[0] == '-' ? 0 : s.len);
}

/* The next field; several tabs in a row align columns. */
static struct postern_slice field(struct postern_slice *line)
{
	struct postern_slice item = {"", 0};

	while (item.len == 0 && view_next(line, '\t', &item))
		continue;
	return item;
}

static bool is_label(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= 40 && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

static bool read_needs(struct category *category, struct postern_slice list)
{
	struct postern_slice item;
	size_t count = 0;

	if (view_is(list, "-"))
		return true;
	while (view_next(&list, ',', &item)) {
		if (count + 1 >= NEEDS_MAX || (category->needs[count++] = copy(item)) == NULL)
			return false;
	}
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct category *category, struct postern_slice line)
{
	struct postern_slice needs;

	category->name = copy(field(&line));
	category->label = copy(field(&line));
	category->markets = copy(field(&line));
	category->topic = copy(field(&line));
	needs = field(&line);
	category->window = copy(field(&line));
	category->title = copy(line);
	if (category->name == NULL || category->label == NULL || category->markets == NULL || category->topic == NULL ||
	    category->window == NULL || category->title == NULL || !read_needs(category, needs))
		return "out of memory, or more than 7 needs";
	if (category->title[0] == '\0')
		return "expected seven fields: name, label, marketplaces, topic, needs, window, title";
	return is_label(category->label) ? NULL : "the label must be of letters, digits and '-', at most 40";
}

int categories_open(const struct postern_host *host, const struct postern_conf *conf, struct categories *out)
{
	struct postern_slice file = host->conf_file(conf, "categories"), line;
	int number = 0;

	while (view_next(&file, '\n', &line)) {
		const char *problem = "there are more than 32 categories";

		number++;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (out->count < CATEGORIES_MAX)
			problem = read_line(&out->items[out->count++], line);
		if (problem != NULL) {
			host->conf_error(conf, "categories", number, problem);
			return -1;
		}
	}
	return 0;
}

void categories_close(struct categories *categories)
{
	for (size_t i = 0; i < categories->count; i++) {
		struct category *c = &categories->items[i];

		free(c->name);
		free(c->label);
		free(c->topic);
		free(c->title);
		free(c->markets);
		free(c->window);
		for (size_t k = 0; k < NEEDS_MAX; k++)
			free(c->needs[k]);
	}
	categories->count = 0;
}

int categories_find(const struct categories *categories, const char *name)
{
	for (size_t i = 0; i < categories->count; i++)
		if (strcmp(categories->items[i].name, name) == 0)
			return (int)i;
	return -1;
}
