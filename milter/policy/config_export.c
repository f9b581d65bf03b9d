/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections export "name" {} of postern.conf: who gets the audit events, and in which form. */
#include "policy/config_export.h"

#include <string.h>

#define NAME_LENGTH 40
#define MESSAGE_SIZE 8192
/* RFC 5426, 3.2: what goes through unfragmented in any case, nearly; larger ones are possible up to 64 KiB. */
#define MESSAGE_SIZE_UDP 2048

static const struct conf_name names[] = {
	{"type", CONF_ONE | CONF_REQUIRED}, {"to", CONF_ONE}, {"events", CONF_LIST}, {"actions", CONF_LIST},
	{"begin", CONF_ONE},
	{"facility", CONF_ONE}, {"enterprise", CONF_ONE}, {"max_size", CONF_ONE}, {"message", CONF_ONE}, {NULL, 0}
};

struct reader {
	struct arena *arena;
	const struct conf_node *section;
	struct export_spec *spec;
	struct diag *d;
};

static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= NAME_LENGTH &&
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* It is compared with what the log has: later versions have more types, so only the form is checked. */
static void check_events(const struct reader *r, const struct conf_node *key)
{
	for (const struct conf_value *value = key->values; value != NULL; value = value->next)
		if (value->text[0] == '\0' || strspn(value->text, "abcdefghijklmnopqrstuvwxyz-") != strlen(value->text))
			diag_at(r->d, key->file, value->line, "events: '%.40s' is no type of event (message, desk, alert, error ...)",
			    value->text);
}

static void check_actions(const struct reader *r, const struct conf_node *key)
{
	static const char *const words[] = {"pass", "tag", "hold", "defer", "reject", NULL};

	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		struct conf_value alone = {.text = value->text, .line = value->line};
		struct conf_node one = {.name = key->name, .file = key->file, .line = value->line, .values = &alone,
		    .value_count = 1};
		size_t index;

		conf_choice(&one, words, &index, r->d);
	}
}

static char **read_list(const struct reader *r, const char *name,
    void (*check)(const struct reader *r, const struct conf_node *key))
{
	const struct conf_node *key = conf_child(r->section, name);
	char **list;

	if (key == NULL)
		return NULL;
	if (key->values == NULL)
		diag_at(r->d, key->file, key->line, "%s is empty: nothing would leave; without the key all does", name);
	check(r, key);
	list = conf_list(r->arena, key);
	if (list == NULL)
		diag_add(r->d, "memory is out");
	return list;
}

static size_t read_choice(const struct reader *r, const char *name, const char *const *words, size_t def)
{
	const struct conf_node *key = conf_child(r->section, name);
	size_t index = def;

	if (key != NULL)
		conf_choice(key, words, &index, r->d);
	return index;
}

/* ---- where to --------------------------------------------------------------------- */

static void check_way(const struct reader *r, const struct conf_node *where)
{
	enum export_way way = r->spec->address.way;

	if (r->spec->type == EXPORT_JOURNALD && way != EXPORT_UNIXGRAM)
		diag_at(r->d, where->file, where->line, "to: journald takes datagrams of a unix socket only (unixgram:/PATH)");
	if (r->spec->type == EXPORT_JSON && way != EXPORT_TCP && way != EXPORT_UNIX)
		diag_at(r->d, where->file, where->line, "to: lines of JSON need a stream (tcp:HOST:PORT or unix:/PATH)");
}

static void read_to(const struct reader *r)
{
	static const char *const defaults[] = {"unixgram:/dev/log", "unixgram:/run/systemd/journal/socket", NULL};
	const struct conf_node *key = conf_child(r->section, "to");
	const char *text = key != NULL ? key->values->text : defaults[r->spec->type];
	struct diag reason = {.text = ""};

	if (text == NULL) {
		diag_at(r->d, r->section->file, r->section->line, "'to' is missing in export \"%s\": tcp:HOST:PORT or unix:/PATH",
		    r->spec->name);
		return;
	}
	r->spec->to = arena_strdup(r->arena, text);
	if (r->spec->to == NULL)
		diag_add(r->d, "memory is out");
	else if (export_address_parse(text, &r->spec->address, &reason) == -1)
		diag_at(r->d, key->file, key->values->line, "to: %s", reason.text);
	else
		check_way(r, key != NULL ? key : r->section);
}

/* ---- syslog ----------------------------------------------------------------------- */

static void only_syslog(const struct reader *r)
{
	static const char *const keys[] = {"facility", "enterprise", "max_size", "message"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct conf_node *key = conf_child(r->section, keys[i]);

		if (key != NULL)
			diag_at(r->d, key->file, key->line, "%s is for type = syslog only", keys[i]);
	}
}

static void read_enterprise(const struct reader *r)
{
	const struct conf_node *key = conf_child(r->section, "enterprise");
	const char *text = key != NULL ? key->values->text : "32473";

	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 10 || text[0] == '0' || text[0] == '\0')
		diag_at(r->d, key->file, key->values->line, "enterprise: '%.40s' is no private enterprise number of IANA", text);
	r->spec->syslog.enterprise = arena_strdup(r->arena, text);
	if (r->spec->syslog.enterprise == NULL)
		diag_add(r->d, "memory is out");
}

static void read_syslog(const struct reader *r)
{
	static const char *const messages[] = {"text", "json", NULL};
	const struct conf_node *key = conf_child(r->section, "max_size");
	bool udp = r->spec->address.way == EXPORT_UDP;
	int64_t size = udp ? MESSAGE_SIZE_UDP : MESSAGE_SIZE;

	if (r->spec->type != EXPORT_SYSLOG) {
		only_syslog(r);
	} else {
		r->spec->syslog.facility = (int)read_choice(r, "facility", export_facilities, 2);
		r->spec->syslog.json = read_choice(r, "message", messages, 0) == 1;
		/* A datagram of UDP can't be longer than 65,507 bytes. */
		if (key != NULL)
			conf_size(key, EXPORT_SYSLOG_MIN, udp ? 60000 : 65536, &size, r->d);
	}
	r->spec->syslog.max_size = (size_t)size;
	read_enterprise(r);
}

/* ---- the section ------------------------------------------------------------------- */

static void read_export(const struct reader *r)
{
	static const char *const types[] = {"syslog", "journald", "json", NULL};
	static const char *const begins[] = {"now", "start", NULL};

	r->spec->name = r->section->title;
	if (!is_name(r->section->title))
		diag_at(r->d, r->section->file, r->section->line,
		    "export \"%.60s\": a name has up to %d letters, digits, '_' and '-'", r->section->title, NAME_LENGTH);
	if (conf_check(r->section, names, r->d) == -1)
		return;
	r->spec->type = (enum export_type)read_choice(r, "type", types, 0);
	r->spec->filter.events = read_list(r, "events", check_events);
	r->spec->filter.actions = read_list(r, "actions", check_actions);
	r->spec->from_start = read_choice(r, "begin", begins, 0) == 1;
	read_to(r);
	read_syslog(r);
}

void config_exports_read(struct arena *arena, const struct conf_node *root, struct export_spec **exports_r,
    size_t *count_r, struct diag *d)
{
	struct reader r = {.arena = arena, .d = d};

	*count_r = 0;
	*exports_r = arena_array(arena, CONFIG_EXPORTS_MAX, sizeof(**exports_r));
	if (*exports_r == NULL) {
		diag_add(d, "memory is out");
		return;
	}
	for (r.section = root->children; r.section != NULL; r.section = r.section->next) {
		if (!r.section->section || strcmp(r.section->name, "export") != 0 || r.section->title == NULL)
			continue;
		if (*count_r == CONFIG_EXPORTS_MAX) {
			diag_at(d, r.section->file, r.section->line, "more than %d exports", CONFIG_EXPORTS_MAX);
			return;
		}
		r.spec = &(*exports_r)[(*count_r)++];
		read_export(&r);
	}
}
