/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_PROFILE_LOAD_H
#define POSTERN_POLICY_PROFILE_LOAD_H

#include "policy/profile_int.h"

/* What the files that read marketplaces share; nobody else includes this. Mistakes are added to loader->d. */

struct profile_loader {
	struct profiles *profiles;
	struct arena *arena;
	struct diag *d;
};

/* Zeroed memory of the profiles' arena; NULL: it is out, and said. */
void *profile_alloc(struct profile_loader *loader, size_t size);
/* The zone that a key names; NULL: there is none of that name, and said. */
const struct zone *profile_zone_read(struct profile_loader *loader, const struct conf_node *key);
/* The expression of a key, compiled; NULL: it is faulty, and said. A costly one is a warning. */
struct pattern *profile_pattern_read(struct profile_loader *loader, const struct conf_node *key);
/* A key's values up to a NULL, also without key; NULL: memory is out, and said. */
char **profile_list_read(struct profile_loader *loader, const struct conf_node *key);

/* An entry of a section, appended to its marketplace. */
void profile_relay_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
void profile_value_read(struct profile_loader *loader, struct dated_value **list, const struct conf_node *node);
void profile_clock_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
void profile_window_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
/* profile_kind.c: appended to a list; what it compiled is freed by the other. */
void profile_kind_read(struct profile_loader *loader, struct kind **tail, const struct conf_node *node);
void profile_kinds_free(struct kind *kind);
/* profile_pose.c: what others may pose as, worked out once. -1: memory is out. */
int profile_poses_make(struct arena *arena, struct marketplace *market);
/* profile_inbound.c: likewise. */
void profile_frame_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
void profile_channel_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
void profile_spam_read(struct profile_loader *loader, const struct conf_node *node);
void profile_inbound_free(struct profiles *profiles);
void profile_support_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node);
void profile_number_read(struct profile_loader *loader, struct number **tail, const struct conf_node *node);
void profile_support_free(struct support_entry *entries);
/* Adds a list of numbers to a set. */
void profile_numbers_add(struct profile_loader *loader, struct id_set *set, const struct number *number);

/* One layer of a marketplace; the upper one first, and as overlay with the lower one. */
void profile_market_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *section,
    const struct conf_node *overlay);
/* Whether the values that the service desk counts with can be counted with. */
void profile_values_check(struct profile_loader *loader, const struct marketplace *market);
/* What needs all layers: checks, and the set of numbers. */
void profile_market_finish(struct profile_loader *loader, struct marketplace *market);

/* profile_thread.c: whether the market has an id section of that name; whether text (a list joined by commas) may be the value thread_by: "alias", then kinds of the market's numbers. */
bool profile_has_number(const struct marketplace *market, struct slice kind);
bool profile_thread_by_is_valid(const struct marketplace *market, const char *text);

#endif
