/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which expression it was: an administrator who is told that a rule failed needs the line to mend, not the
 * number of an expression in a set that a plugin made.
 */
#include <stdio.h>
#include <string.h>

#include "core/pattern_lint.h"
#include "engine/host.h"

/* Lines that give an expression: not empty, no comment, and no rule over classes of expressions. */
static bool is_expression(struct slice line)
{
	line = slice_trim(line);
	return line.len > 0 && memchr("#@", line.ptr[0], 2) == NULL;
}

/* Expressions in content; *line_r: the line of the expression number, where it is among them. */
static size_t find_line(struct slice content, size_t number, int *line_r)
{
	size_t seen = 0;
	int line = 0;

	while (content.len > 0) {
		const char *end = memchr(content.ptr, '\n', content.len);
		size_t len = end != NULL ? (size_t)(end - content.ptr) : content.len;

		line++;
		if (is_expression(slice_sub(content, 0, len)) && seen++ == number)
			*line_r = line;
		content = slice_sub(content, len + (end != NULL), content.len);
	}
	return seen;
}

/* A set is made of the file of an option or of those of the options behind it, too: as many as have count expressions. */
static int find_in_files(const struct postern_conf *conf, size_t first, size_t number, size_t count, const char **path_r)
{
	size_t before = 0;
	int found = 0;

	for (size_t i = first; i < conf->value_count && before < count; i++) {
		const struct option_value *value = &conf->values[i];
		int line = 0;

		if (value->content_path == NULL)
			continue;
		before += find_line(buf_slice(&value->content), number - before, &line);
		if (line == 0)
			continue;
		*path_r = value->content_path;
		found = line;
	}
	return before == count ? found : 0;
}

int patterns_line(const struct postern_conf *conf, const char *option, size_t number, size_t count, const char **path_r)
{
	const struct option_value *value = conf != NULL && option != NULL ? conf_value(conf, option) : NULL;

	*path_r = NULL;
	if (value == NULL)
		return 0;
	if (value->content_path != NULL)
		return find_in_files(conf, (size_t)(value - conf->values), number, count, path_r);
	*path_r = value->file;
	return value->file != NULL ? value->line : 0;
}

void patterns_lint(const struct postern_conf *conf, const char *option, size_t number, size_t count, const char *expression)
{
	const char *start, *end = pattern_costly(expression, &start), *path;
	int line;

	if (end == NULL || conf == NULL || conf->warnings == NULL)
		return;
	line = patterns_line(conf, option, number, count, &path);
	if (path == NULL || line == 0) {
		path = conf->file != NULL ? conf->file : "rule";
		line = conf->line;
	}
	diag_at(conf->warnings, path, line, "rule '%s': %s: a text can make the repetition '%.*s' costly: let it match a run in "
	    "one way only", conf->rule, option, (int)(end - start < 60 ? end - start : 60), start);
}

/* "list.tsv:12: reason: 'expression'", in the message's memory; NULL: that is used up. */
static const char *describe(const struct postern_ctx *ctx, const char *option, size_t number, size_t count,
    const char *expression, const char *reason)
{
	const char *path;
	int line = patterns_line(&ctx->rule->conf, option, number, count, &path);
	const char *name = path != NULL ? strrchr(path, '/') : NULL;
	char place[120];

	if (path != NULL && line > 0)
		snprintf(place, sizeof(place), "%.80s:%d", name != NULL ? name + 1 : path, line);
	else
		snprintf(place, sizeof(place), "option %.40s, expression %zu", option, number + 1);
	return arena_printf(ctx->judging->arena, "%s: %s: '%.60s'", place, reason, expression);
}

enum postern_status patterns_failed(struct postern_ctx *ctx, const char *option, size_t number, size_t count,
    const char *expression, const char *reason)
{
	const struct judging *j = ctx->judging;

	ctx->late = j->deadline != 0 && clock_monotonic_ms() >= j->deadline;
	return host_trouble(ctx, POSTERN_TEMPFAIL, describe(ctx, option, number, count, expression, reason));
}

enum postern_status patterns_cut(struct postern_ctx *ctx, const char *option, size_t number, size_t count,
    const char *expression, const char *reason)
{
	if (ctx->cut == NULL)
		ctx->cut = describe(ctx, option, number, count, expression, reason);
	return ctx->cut != NULL ? POSTERN_OK : host_trouble(ctx, POSTERN_TEMPFAIL, judge_no_memory);
}
