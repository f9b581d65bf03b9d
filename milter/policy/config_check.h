/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONFIG_CHECK_H
#define POSTERN_POLICY_CONFIG_CHECK_H

#include "policy/conf.h"
#include "policy/config.h"

/* What a value of postern.conf must be beyond its type. 0, or -1 after a message with its place. */
int config_check_socket(const struct conf_node *key, struct diag *d);
int config_check_listen(const struct conf_node *key, struct diag *d);
int config_check_path(const struct conf_node *key, struct diag *d);
int config_check_users(const struct conf_node *key, struct diag *d); /* each of a list */
int config_check_user(const struct conf_node *key, struct diag *d);
int config_check_group(const struct conf_node *key, struct diag *d);
int config_check_cidrs(const struct conf_node *key, struct diag *d);
int config_check_sha256(const struct conf_node *key, struct diag *d);
int config_check_plugin_name(const struct conf_node *section, struct diag *d);
int config_check_subject_tag(const struct conf_node *key, struct diag *d);
/* What depends on several keys. */
void config_check_whole(const struct config *config, const struct conf_node *root, struct diag *d);

/* config_shop.c: all shop sections. */
void config_shops_read(struct arena *arena, const struct conf_node *root, struct config *config, struct diag *d);

#endif
