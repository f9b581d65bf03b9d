/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_AUTOREPLY_HABITS_H
#define POSTERN_PLUGINS_AUTOREPLY_HABITS_H

#include "../common/common.h"

/* What a machine does and a person does not. */
struct habits {
	int64_t min_gap;     /* seconds */
	int64_t max_threads; /* with the same text; 0: not counted */
	int64_t window;      /* seconds in which they are counted */
	struct words templates; /* registered texts, normalised; "{...}" cuts them in parts */
};

/* Options of the plugin's table. */
#define HABITS_OPTIONS \
	{"min_gap_s", POSTERN_OPTION_INT, "60", 0, 86400, \
	    "A stock phrase sent within so many seconds of the customer's message is automatic; 0: not judged."}, \
	{"same_threads", POSTERN_OPTION_INT, "3", 0, 1000, \
	    "The same text, which answers nothing, to so many customers is automatic; 0: not counted."}, \
	{"same_hours", POSTERN_OPTION_INT, "336", 1, 8760, "Hours in which the same text is counted."}, \
	{"templates", POSTERN_OPTION_FILE, "lists/reply-templates.txt", 0, 0, \
	    "Registered texts of replies, one a line, with {...} where they are filled in: never automatic by their words."}

int habits_open(const struct postern_host *host, const struct postern_conf *conf, struct habits *habits);
void habits_close(struct habits *habits);

/* Letters only, in small letters, as texts are compared; out has room for text.len bytes. Returns the length. */
size_t habits_normalise(struct postern_slice text, char *out);
/* Whether a normalised text is a registered one that was filled in. */
bool habits_registered(const struct habits *habits, struct postern_slice normal);
/* Whether the message came too soon after the customer's for a person to have written it. */
bool habits_hurried(const struct habits *habits, const struct postern_host *host, struct postern_ctx *ctx);
/* Whether the normalised text went to same_threads customers by now. Counts it. */
enum postern_status habits_repeated(const struct habits *habits, const struct postern_host *host,
    struct postern_ctx *ctx, struct postern_slice normal, bool *repeated_r);

#endif
