/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern.conf: one table row for each key, with its type, default and range. What a value must be
 * beyond that stands in config_check.c.
 */
#include "policy/config.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/conf.h"
#include "policy/config_check.h"

#define CONFIG_MEMORY ((size_t)64 << 20)

/* struct config is what others see of it. */
struct config_owner {
	struct config config;
	struct arena *arena;
	atomic_uint references;
};

enum field_type {
	FIELD_TEXT, FIELD_SUBJECT_TAG, FIELD_LIST, FIELD_PATH, FIELD_SOCKET, FIELD_LISTEN, FIELD_USER, FIELD_GROUP, FIELD_CIDRS,
	FIELD_SENDERS, FIELD_CLIENTS, FIELD_USERS, FIELD_BOOL, FIELD_COUNT,
	FIELD_INT, FIELD_SIZE, FIELD_TIME_MS, FIELD_TIME_S, FIELD_MODE, FIELD_ACTION, FIELD_WORD, FIELD_LEVEL,
	FIELD_SECTION /* has a reader of its own */
};

struct field {
	const char *section, *name;
	enum field_type type;
	size_t offset;
	const char *def;       /* as it would be written; NULL: none */
	int64_t min, max;
	const char *const *words;
};

static const char *const log_targets[] = {"stderr", "syslog", NULL};
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
static const char *const unverified_words[] = {"label", "pass", "judge", NULL};
static const char *const authentication_words[] = {"off", "check", "require", NULL};
static const char *const mta_names[] = {"auto", "postfix", "sendmail", NULL};
static const char *const four_eyes_words[] = {"no", "release", "all", NULL};
static const char *const store_types[] = {"sqlite", "redis", "memory", NULL};

#define AT(member) offsetof(struct config, member)
#define RETAIN(class) (AT(archive.retain_days) + (size_t)(class) * sizeof(size_t))
#define MINUTE_MS 60000
#define DAY_MS 86400000
#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

static const struct field fields[] = {
	{"milter", "socket", FIELD_SOCKET, AT(socket), "unix:" POSTERN_RUNDIR "/postern.sock", 0, 0, NULL},
	{"milter", "socket_mode", FIELD_MODE, AT(socket_mode), "0660", 0, 0, NULL},
	{"milter", "socket_group", FIELD_GROUP, AT(socket_group), NULL, 0, 0, NULL},
	{"milter", "user", FIELD_USER, AT(user), NULL, 0, 0, NULL},
	{"milter", "group", FIELD_GROUP, AT(group), NULL, 0, 0, NULL},
	{"milter", "control_socket", FIELD_PATH, AT(control_socket), POSTERN_RUNDIR "/control.sock", 0, 0, NULL},
	{"milter", "control_users", FIELD_USERS, AT(control_users), NULL, 0, 0, NULL},
	{"milter", "desk_users", FIELD_USERS, AT(desk_users), NULL, 0, 0, NULL},
	{"milter", "pid_file", FIELD_PATH, AT(pid_file), NULL, 0, 0, NULL},
	{"milter", "max_transactions", FIELD_COUNT, AT(max_transactions), "200", 1, 100000, NULL},
	{"milter", "max_judging", FIELD_COUNT, AT(max_judging), "8", 1, 1024, NULL},
	{"milter", "deadline", FIELD_TIME_MS, AT(deadline_ms), "20s", 100, 10 * MINUTE_MS, NULL},
	{"milter", "hang", FIELD_TIME_MS, AT(hang_ms), "60s", 1000, 60 * MINUTE_MS, NULL},
	{"milter", "timeout", FIELD_TIME_S, AT(timeout_s), "2h", 1000, DAY_MS, NULL},
	{"milter", "command_timeout", FIELD_TIME_MS, AT(command_timeout_ms), "20s", 500, 60 * MINUTE_MS, NULL},
	{"milter", "message_timeout", FIELD_TIME_MS, AT(message_timeout_ms), "30m", 500, DAY_MS, NULL},
	{"milter", "log", FIELD_WORD, AT(log_target), "stderr", 0, 0, log_targets},
	{"milter", "log_level", FIELD_LEVEL, AT(log_level), "info", 0, 0, log_levels},
	{"milter", "supervise", FIELD_BOOL, AT(supervise), "yes", 0, 0, NULL},

	{"direction", "authenticated_outbound", FIELD_BOOL, AT(authenticated_outbound), "yes", 0, 0, NULL},
	{"direction", "trusted_networks", FIELD_CIDRS, AT(trusted_networks), "127.0.0.0/8,::1/128", 0, 0, NULL},
	{"direction", "outbound_daemons", FIELD_LIST, AT(outbound_daemons), NULL, 0, 0, NULL},
	{"direction", "inbound_daemons", FIELD_LIST, AT(inbound_daemons), NULL, 0, 0, NULL},
	{"direction", "outside", FIELD_BOOL, AT(outside), "yes", 0, 0, NULL},
	{"direction", "authserv_ids", FIELD_LIST, AT(authserv_ids), NULL, 0, 0, NULL},

	{"inbound", "authentication", FIELD_WORD, AT(authentication), "check", 0, 0, authentication_words},
	{"inbound", "look_alikes", FIELD_BOOL, AT(look_alikes), "yes", 0, 0, NULL},
	{"inbound", "phishing_action", FIELD_ACTION, AT(phishing_action), "tag", 0, 0, NULL},
	{"inbound", "subject_tag", FIELD_SUBJECT_TAG, AT(subject_tag), NULL, 0, 0, NULL},

	{"rules", "shipped", FIELD_PATH, AT(rules_shipped), POSTERN_RULESDIR, 0, 0, NULL},
	{"rules", "site", FIELD_PATH, AT(rules_site), NULL, 0, 0, NULL},
	{"rules", "monitor", FIELD_BOOL, AT(monitor), "no", 0, 0, NULL},
	{"rules", "monitor_senders", FIELD_SENDERS, AT(monitor_senders), NULL, 0, 0, NULL},
	{"rules", "hold_senders", FIELD_CLIENTS, AT(hold_senders), NULL, 0, 0, NULL},

	{"rules", "unverified_quotes", FIELD_WORD, AT(unverified_quotes), "label", 0, 0, unverified_words},

	{"store", "type", FIELD_WORD, AT(store_type), "sqlite", 0, 0, store_types},
	{"store", "path", FIELD_PATH, AT(store_path), POSTERN_STATEDIR "/postern.db", 0, 0, NULL},
	{"store", "redis", FIELD_SECTION, AT(redis), NULL, 0, 0, NULL},

	{"audit", "dir", FIELD_PATH, AT(audit_dir), POSTERN_STATEDIR "/audit", 0, 0, NULL},
	{"audit", "rotate", FIELD_SIZE, AT(audit_rotate_bytes), "64M", 64 << 10, 64 * GIB, NULL},
	{"audit", "key_file", FIELD_PATH, AT(audit_key_file), NULL, 0, 0, NULL},
	{"audit", "public_key_file", FIELD_PATH, AT(audit_public_key_file), NULL, 0, 0, NULL},
	{"audit", "checkpoint_events", FIELD_COUNT, AT(audit_checkpoint_events), "1000", 1, 1000000, NULL},
	{"audit", "checkpoint_interval", FIELD_TIME_S, AT(audit_checkpoint_s), "1h", MINUTE_MS, DAY_MS, NULL},
	{"audit", "redact_addresses", FIELD_BOOL, AT(redact_addresses), "no", 0, 0, NULL},
	{"audit", "redact_text", FIELD_BOOL, AT(redact_text), "no", 0, 0, NULL},
	{"audit", "redact_key_file", FIELD_PATH, AT(redact_key_file), NULL, 0, 0, NULL},

	{"archive", "enabled", FIELD_BOOL, AT(archive.enabled), "no", 0, 0, NULL},
	{"archive", "dir", FIELD_PATH, AT(archive.dir), POSTERN_STATEDIR "/archive", 0, 0, NULL},
	{"archive", "key_file", FIELD_PATH, AT(archive.key_file), NULL, 0, 0, NULL},
	{"archive", "required", FIELD_BOOL, AT(archive.required), "yes", 0, 0, NULL},
	{"archive", "outside", FIELD_BOOL, AT(archive.outside), "no", 0, 0, NULL},
	{"archive", "retain_outgoing", FIELD_COUNT, RETAIN(ARCHIVE_OUTGOING), "0", 0, 36600, NULL},
	{"archive", "retain_incoming", FIELD_COUNT, RETAIN(ARCHIVE_INCOMING), "0", 0, 36600, NULL},
	{"archive", "retain_held", FIELD_COUNT, RETAIN(ARCHIVE_HELD), "0", 0, 36600, NULL},
	{"archive", "retain_refused", FIELD_COUNT, RETAIN(ARCHIVE_REFUSED), "0", 0, 36600, NULL},
	{"archive", "purge_interval", FIELD_TIME_S, AT(archive.purge_s), "1d", 0, 30LL * DAY_MS, NULL},

	{"desk", "sendmail", FIELD_PATH, AT(desk_sendmail), "/usr/sbin/sendmail", 0, 0, NULL},
	{"desk", "postsuper", FIELD_PATH, AT(desk_postsuper), "/usr/sbin/postsuper", 0, 0, NULL},
	{"desk", "postqueue", FIELD_PATH, AT(desk_postqueue), "/usr/sbin/postqueue", 0, 0, NULL},
	{"desk", "postcat", FIELD_PATH, AT(desk_postcat), "/usr/sbin/postcat", 0, 0, NULL},
	{"desk", "sendmail_queue", FIELD_PATH, AT(desk_sendmail_queue), "/var/spool/mqueue", 0, 0, NULL},
	{"desk", "mta", FIELD_WORD, AT(desk_mta), "auto", 0, 0, mta_names},
	{"desk", "reviewers", FIELD_USERS, AT(desk_reviewers), NULL, 0, 0, NULL},
	{"desk", "four_eyes", FIELD_WORD, AT(desk_four_eyes), "no", 0, 0, four_eyes_words},
	{"desk", "four_eyes_expire", FIELD_TIME_S, AT(desk_four_eyes_expire_s), "24h", MINUTE_MS, 30 * (int64_t)DAY_MS, NULL},

	{"metrics", "listen", FIELD_LISTEN, AT(metrics_listen), NULL, 0, 0, NULL},
	{"metrics", "socket_group", FIELD_GROUP, AT(metrics_group), NULL, 0, 0, NULL},

	{"extract", "enabled", FIELD_BOOL, AT(extract.enabled), "yes", 0, 0, NULL},
	{"extract", "program", FIELD_PATH, AT(extract.program), POSTERN_LIBEXECDIR "/postern-extract", 0, 0, NULL},
	{"extract", "timeout", FIELD_TIME_MS, AT(extract.timeout_ms), "5s", 100, 10 * MINUTE_MS, NULL},
	{"extract", "max_processes", FIELD_COUNT, AT(extract.max_processes), "4", 1, 1024, NULL},
	{"extract", "max_files", FIELD_COUNT, AT(extract.max_files), "30", 1, 10000, NULL},
	{"extract", "memory", FIELD_SIZE, AT(extract.memory_bytes), "512M", 64 * MIB, 16 * GIB, NULL},
	{"extract", "unpacked_size", FIELD_SIZE, AT(extract.unpacked_bytes), "128M", MIB, 4 * GIB, NULL},
	{"extract", "text_size", FIELD_SIZE, AT(extract.text_bytes), "8M", MIB, GIB, NULL},
	{"extract", "unread_action", FIELD_ACTION, AT(unread_action), "hold", 0, 0, NULL},

	{"limits", "message_size", FIELD_SIZE, AT(limits.message_bytes), "50M", 1024, GIB, NULL},
	{"limits", "headers", FIELD_COUNT, AT(limits.header_count), "1000", 10, 1000000, NULL},
	{"limits", "header_size", FIELD_SIZE, AT(limits.header_bytes), "1M", 1024, 64 * MIB, NULL},
	{"limits", "parts", FIELD_COUNT, AT(limits.parts), "1000", 1, 1000000, NULL},
	{"limits", "depth", FIELD_COUNT, AT(limits.depth), "50", 1, 99, NULL},
	{"limits", "html_size", FIELD_SIZE, AT(limits.html_bytes), "4M", 1024, GIB, NULL},
	{"limits", "decoded_size", FIELD_SIZE, AT(limits.decoded_bytes), "100M", 1024, 2 * GIB, NULL},
	{"limits", "expansion", FIELD_COUNT, AT(limits.expansion), "20", 2, 10000, NULL},
	{"limits", "urls", FIELD_COUNT, AT(limits.urls), "5000", 10, 1000000, NULL},
	{"limits", "decode_time", FIELD_TIME_MS, AT(limits.time_ms), "10s", 100, 10 * MINUTE_MS, NULL},
	{"limits", "rule_budget", FIELD_TIME_MS, AT(rule_budget_ms), "2s", RULE_BUDGET_MIN_MS, RULE_BUDGET_MAX_MS, NULL},
	{"limits", "memory", FIELD_SIZE, AT(memory_bytes), "256M", MIB, 16 * GIB, NULL},
	{"limits", "spool_memory", FIELD_SIZE, AT(spool_memory_bytes), "2M", 4096, GIB, NULL},
	{"limits", "spool_dir", FIELD_PATH, AT(spool_dir), "/var/tmp", 0, 0, NULL},
	{"limits", "limit_action", FIELD_ACTION, AT(limit_action), "hold", 0, 0, NULL},
	{"limits", "opaque_action", FIELD_ACTION, AT(opaque_action), "hold", 0, 0, NULL},
	{"limits", "damaged_action", FIELD_ACTION, AT(damaged_action), "tag", 0, 0, NULL},
	{"limits", "internal_error_action", FIELD_ACTION, AT(internal_error_action), "defer", 0, 0, NULL},
};

#define FIELD_TOTAL (sizeof(fields) / sizeof(fields[0]))

static const struct conf_name top_names[] = {
	{"milter", CONF_SECTION}, {"direction", CONF_SECTION}, {"rules", CONF_SECTION}, {"store", CONF_SECTION},
	{"audit", CONF_SECTION}, {"archive", CONF_SECTION}, {"desk", CONF_SECTION}, {"alerts", CONF_SECTION},
	{"metrics", CONF_SECTION},
	{"extract", CONF_SECTION}, {"limits", CONF_SECTION},
	{"plugin", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"inbound", CONF_SECTION},
	{"shop", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES},
	{"export", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {NULL, 0}
};
static const struct conf_name plugin_names[] = {
	{"path", CONF_ONE}, {"optional", CONF_ONE}, {"sha256", CONF_ONE}, {NULL, 0}
};

const char *config_default_path(void)
{
	return POSTERN_SYSCONFDIR "/postern.conf";
}

static bool is_list(enum field_type type)
{
	return type == FIELD_LIST || type == FIELD_CIDRS || type == FIELD_SENDERS || type == FIELD_CLIENTS ||
	    type == FIELD_USERS;
}

/* Where a list is set, or one value: for types that are kept as text. */
static int set_text(struct config_owner *owner, const struct field *field, const struct conf_node *key, void *target,
    struct diag *d)
{
	char **list, *text = key->values != NULL ? key->values->text : NULL;

	if (is_list(field->type)) {
		list = conf_list(owner->arena, key);
		if (list == NULL)
			return diag_add(d, "memory is out");
		memcpy(target, &list, sizeof(list));
		switch (field->type) {
		case FIELD_CIDRS: return config_check_cidrs(key, d);
		case FIELD_USERS: return config_check_users(key, d);
		default: return 0;
		}
	}
	memcpy(target, &text, sizeof(text));
	switch (field->type) {
	case FIELD_SOCKET: return config_check_socket(key, d);
	case FIELD_LISTEN: return config_check_listen(key, d);
	case FIELD_PATH: return config_check_path(key, d);
	case FIELD_USER: return config_check_user(key, d);
	case FIELD_GROUP: return config_check_group(key, d);
	case FIELD_SUBJECT_TAG: return config_check_subject_tag(key, d);
	case FIELD_TEXT: return text[0] != '\0' ? 0 : diag_at(d, key->file, key->line, "%s is empty", key->name);
	default: return 0;
	}
}

static int set_time(const struct field *field, const struct conf_node *key, void *target, struct diag *d)
{
	int64_t value;
	int seconds;

	if (conf_duration_ms(key, field->min, field->max, &value, d) == -1)
		return -1;
	if (field->type == FIELD_TIME_MS) {
		memcpy(target, &value, sizeof(value));
	} else {
		seconds = (int)(value / 1000);
		memcpy(target, &seconds, sizeof(seconds));
	}
	return 0;
}

static int set_size(const struct field *field, const struct conf_node *key, void *target, struct diag *d)
{
	int64_t value;
	size_t size;

	if ((field->type == FIELD_SIZE ? conf_size : conf_int)(key, field->min, field->max, &value, d) == -1)
		return -1;
	size = (size_t)value;
	memcpy(target, &size, sizeof(size));
	return 0;
}

static int set_word(const struct field *field, const struct conf_node *key, void *target, struct diag *d)
{
	size_t index;
	enum log_level level;
	char *text = key->values->text;

	if (conf_choice(key, field->words, &index, d) == -1)
		return -1;
	level = (enum log_level)index;
	if (field->type == FIELD_LEVEL)
		memcpy(target, &level, sizeof(level));
	else
		memcpy(target, &text, sizeof(text));
	return 0;
}

static int set_field(struct config_owner *owner, const struct field *field, const struct conf_node *key, struct diag *d)
{
	void *target = (char *)&owner->config + field->offset;

	switch (field->type) {
	case FIELD_BOOL: return conf_bool(key, target, d);
	case FIELD_MODE: return conf_mode(key, target, d);
	case FIELD_ACTION: return conf_action(key, target, d);
	case FIELD_COUNT:
	case FIELD_SIZE: return set_size(field, key, target, d);
	case FIELD_TIME_MS:
	case FIELD_TIME_S: return set_time(field, key, target, d);
	case FIELD_WORD:
	case FIELD_LEVEL: return set_word(field, key, target, d);
	case FIELD_SENDERS: return parties_read(owner->arena, key, PARTY_ADDRESS | PARTY_DOMAIN, target, d);
	case FIELD_CLIENTS:
		return parties_read(owner->arena, key, PARTY_ADDRESS | PARTY_DOMAIN | PARTY_ACCOUNT | PARTY_NETWORK, target, d);
	default: return set_text(owner, field, key, target, d);
	}
}

/* A default goes the way of a written value, so that there is one reading of each type. */
static int set_default(struct config_owner *owner, const struct field *field, struct diag *d)
{
	struct conf_node *key = arena_alloc(owner->arena, sizeof(*key));
	struct conf_value **tail, *value;
	char *text;

	if (key == NULL || field->def == NULL || (text = arena_strdup(owner->arena, field->def)) == NULL)
		return field->def == NULL && key != NULL ? 0 : diag_add(d, "memory is out");
	key->name = arena_strdup(owner->arena, field->name);
	key->file = owner->config.path;
	tail = &key->values;
	while (text != NULL) {
		value = arena_alloc(owner->arena, sizeof(*value));
		if (value == NULL)
			return diag_add(d, "memory is out");
		value->text = strsep(&text, ",");
		*tail = value;
		tail = &value->next;
		key->value_count++;
	}
	return set_field(owner, field, key, d);
}

static void read_section(struct config_owner *owner, const struct conf_node *root, const char *name, struct diag *d)
{
	const struct conf_node *section = conf_child(root, name), *key;
	struct conf_name names[FIELD_TOTAL + 1];
	size_t count = 0;
	bool sound = true;

	for (size_t i = 0; i < FIELD_TOTAL; i++)
		if (strcmp(fields[i].section, name) == 0)
			names[count++] = (struct conf_name){fields[i].name, fields[i].type == FIELD_SECTION ? CONF_SECTION :
			    is_list(fields[i].type) ? CONF_LIST : CONF_ONE};
	names[count] = (struct conf_name){NULL, 0};
	if (section != NULL && section->section)
		sound = conf_check(section, names, d) == 0;
	for (size_t i = 0; i < FIELD_TOTAL; i++) {
		if (strcmp(fields[i].section, name) != 0 || fields[i].type == FIELD_SECTION)
			continue;
		key = section != NULL ? conf_child(section, fields[i].name) : NULL;
		if (key == NULL)
			set_default(owner, &fields[i], d);
		else if (sound || (!key->section && key->values != NULL))
			set_field(owner, &fields[i], key, d);
	}
}

static void read_plugin(struct config_owner *owner, const struct conf_node *section, struct config_plugin *plugin,
    struct diag *d)
{
	const struct conf_node *key;

	plugin->name = section->title;
	plugin->file = section->file;
	plugin->line = section->line;
	if (config_check_plugin_name(section, d) == -1 || conf_check(section, plugin_names, d) == -1)
		return;
	plugin->path = arena_printf(owner->arena, "%s/%s.so", POSTERN_PLUGINDIR, section->title);
	key = conf_child(section, "path");
	if (key != NULL && config_check_path(key, d) == 0)
		plugin->path = key->values->text;
	if (plugin->path == NULL)
		diag_add(d, "memory is out");
	key = conf_child(section, "optional");
	if (key != NULL)
		conf_bool(key, &plugin->optional, d);
	key = conf_child(section, "sha256");
	if (key != NULL && config_check_sha256(key, d) == 0)
		plugin->sha256 = key->values->text;
}

static void read_plugins(struct config_owner *owner, const struct conf_node *root, struct diag *d)
{
	struct config *config = &owner->config;

	config->plugins = arena_array(owner->arena, root->child_count + 1, sizeof(*config->plugins));
	if (config->plugins == NULL) {
		diag_add(d, "memory is out");
		return;
	}
	for (const struct conf_node *node = root->children; node != NULL; node = node->next)
		if (node->section && strcmp(node->name, "plugin") == 0 && node->title != NULL)
			read_plugin(owner, node, &config->plugins[config->plugin_count++], d);
}

/* The directory of path, absolute: the site's rules are there unless said otherwise. */
static char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	char cwd[PATH_MAX];

	if (path[0] == '/')
		return arena_printf(arena, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return NULL;
	if (slash == NULL)
		return arena_strdup(arena, cwd);
	return arena_printf(arena, "%s/%.*s", cwd, (int)(slash - path), path);
}

/* The keys lie beside the log, not in it: a copy of the log for somebody else must not have the secret one. */
static void set_key_files(struct config_owner *owner, struct diag *d)
{
	struct config *config = &owner->config;
	size_t len = config->audit_dir != NULL ? strlen(config->audit_dir) : 0;

	if (len == 0)
		return; /* said already */
	while (len > 1 && config->audit_dir[len - 1] == '/')
		len--;
	if (config->audit_key_file == NULL)
		config->audit_key_file = arena_printf(owner->arena, "%.*s.key", (int)len, config->audit_dir);
	if (config->audit_public_key_file == NULL)
		config->audit_public_key_file = arena_printf(owner->arena, "%.*s.pub", (int)len, config->audit_dir);
	if (config->audit_key_file == NULL || config->audit_public_key_file == NULL)
		diag_add(d, "memory is out");
}

static void config_read(struct config_owner *owner, const struct conf_node *root, struct diag *d)
{
	static const char *const sections[] = {"milter", "direction", "inbound", "rules", "store", "audit", "archive", "desk",
		"metrics", "extract", "limits"};
	struct config *config = &owner->config;

	conf_check(root, top_names, d);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		read_section(owner, root, sections[i], d);
	set_key_files(owner, d);
	read_plugins(owner, root, d);
	config_shops_read(owner->arena, root, config, d);
	config_redis_read(owner->arena, conf_child(root, "store"), &config->redis, d);
	config_alerts_read(owner->arena, root, &config->alerts, d);
	config_exports_read(owner->arena, root, &config->exports, &config->export_count, d);
	if (config->rules_site == NULL)
		config->rules_site = directory_of(owner->arena, config->path);
	if (config->rules_site == NULL)
		diag_add(d, "%s: the directory of the file can't be found out: %s", config->path, strerror(errno));
	config_check_whole(config, root, d);
}

struct config *config_load(const char *path, struct diag *d)
{
	return config_load_site(path, NULL, d);
}

struct config *config_load_site(const char *path, const char *site, struct diag *d)
{
	struct config_owner *owner = calloc(1, sizeof(*owner));
	unsigned before = d->count;
	struct conf_node *root;
	struct config *config;

	if (owner != NULL)
		owner->arena = arena_new(CONFIG_MEMORY);
	if (owner == NULL || owner->arena == NULL || (owner->config.path = arena_strdup(owner->arena, path)) == NULL ||
	    (owner->config.sources = sources_new()) == NULL) {
		diag_add(d, "%s: memory is out", path);
		if (owner != NULL)
			arena_free(&owner->arena);
		free(owner);
		return NULL;
	}
	atomic_init(&owner->references, 1);
	config = &owner->config;
	root = conf_read(owner->arena, path, config->sources, d);
	if (root != NULL)
		config_read(owner, root, d);
	if (site != NULL && (config->rules_site = arena_strdup(owner->arena, site)) == NULL)
		diag_add(d, "%s: memory is out", path);
	if (d->count != before)
		config_free(&config);
	return config;
}

struct config *config_ref(const struct config *config)
{
	/* The number of its owners is the one thing that changes. */
	struct config_owner *owner = (struct config_owner *)(uintptr_t)config;

	atomic_fetch_add(&owner->references, 1);
	return &owner->config;
}

void config_free(struct config **config)
{
	struct config_owner *owner = (struct config_owner *)(void *)*config;

	*config = NULL;
	if (owner == NULL || atomic_fetch_sub(&owner->references, 1) != 1)
		return;
	sources_free(&owner->config.sources);
	arena_free(&owner->arena);
	free(owner);
}

/* Names come from rules, so they may not climb out of the rules directories. */
static bool name_is_sound(const char *name)
{
	if (name[0] == '\0' || name[0] == '/')
		return false;
	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return false;
	}
	return true;
}

char *config_data_file(const struct config *config, const char *name, struct diag *d)
{
	const char *dirs[] = {config->rules_site, config->rules_shipped};
	char *path;

	if (!name_is_sound(name)) {
		diag_add(d, "'%s' is no name of a file below the rules directories", name);
		return NULL;
	}
	for (size_t i = 0; i < 2; i++) {
		if (dirs[i] == NULL)
			continue;
		if (asprintf(&path, "%s/%s", dirs[i], name) < 0) {
			diag_add(d, "memory is out");
			return NULL;
		}
		/* One that exists but can't be read must not give way to the other. */
		if (access(path, F_OK) == 0 || errno != ENOENT)
			return path;
		free(path);
	}
	diag_add(d, "file '%s' is neither in %s nor in %s", name, config->rules_site != NULL ? config->rules_site : "(none)",
	    config->rules_shipped != NULL ? config->rules_shipped : "(none)");
	return NULL;
}
