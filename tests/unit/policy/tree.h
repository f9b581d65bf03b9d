/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_POLICY_TREE_H
#define TESTS_POLICY_TREE_H

/* Files of one test below a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/diag.h"
#include "core/file.h"

struct tree {
	char dir[64];
};

static inline void tree_new(struct tree *tree)
{
	snprintf(tree->dir, sizeof(tree->dir), "/tmp/postern-policy-XXXXXX");
	assert_non_null(mkdtemp(tree->dir));
}

static inline char *tree_path(const struct tree *tree, const char *name)
{
	char *path = malloc(512);

	assert_non_null(path);
	snprintf(path, 512, "%s/%s", tree->dir, name);
	return path;
}

static inline void tree_write(const struct tree *tree, const char *name, const char *text)
{
	struct diag d = {.text = ""};
	char *path = tree_path(tree, name);
	FILE *file;

	*strrchr(path, '/') = '\0';
	assert_int_equal(file_make_dirs(path, 0700, &d), 0);
	path[strlen(path)] = '/';
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(path);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void tree_free(const struct tree *tree)
{
	assert_int_equal(nftw(tree->dir, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* text without the directory of the tree, so that messages can be compared whole. */
static inline void tree_strip(const struct tree *tree, char *text)
{
	size_t len = strlen(tree->dir);

	for (char *p = strstr(text, tree->dir); p != NULL; p = strstr(p, tree->dir)) {
		size_t cut = p[len] == '/' ? len + 1 : len;

		memmove(p, p + cut, strlen(p + cut) + 1);
	}
}

#endif
