/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of postern.conf that people get wrong: sockets, networks, users, paths. */
#include "policy/config_check.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "policy/cidr.h"
#include "policy/listen.h"

__attribute__((format(printf, 3, 4)))
static int wrong(const struct conf_node *key, struct diag *d, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return diag_at(d, key->file, key->values != NULL ? key->values->line : key->line, "%s = \"%.100s\": %s", key->name,
	    key->values != NULL ? key->values->text : "", text);
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' && atoi(text) >= 1 && atoi(text) <= 65535;
}

/* rest: what follows "inet:". libmilter wants port@host, Postfix host:port. */
static int check_inet(const struct conf_node *key, const char *scheme, const char *rest, struct diag *d)
{
	const char *at = strchr(rest, '@'), *colon = strrchr(rest, ':');
	char port[8];

	if (at != NULL) {
		snprintf(port, sizeof(port), "%.*s", at - rest < 7 ? (int)(at - rest) : 7, rest);
		if (!is_port(port))
			return wrong(key, d, "'%.*s' is no port (1 to 65535)", (int)(at - rest), rest);
		return at[1] != '\0' ? 0 : wrong(key, d, "a host is missing after '@'");
	}
	if (colon != NULL && is_port(colon + 1))
		return wrong(key, d, "here the port comes first, did you mean '%s:%s@%.*s'? (Postfix writes it inet:host:port)",
		    scheme, colon + 1, (int)(colon - rest), rest);
	if (is_port(rest))
		return wrong(key, d, "this would listen on all addresses, did you mean '%s:%s@%s'?", scheme, rest,
		    strcmp(scheme, "inet6") == 0 ? "::1" : "127.0.0.1");
	return wrong(key, d, "expected %s:port@host", scheme);
}

static int check_unix(const struct conf_node *key, const char *path, struct diag *d)
{
	if (path[0] != '/')
		return wrong(key, d, "the path of the socket must be absolute");
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return wrong(key, d, "the path of the socket is longer than %zu bytes",
		    sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	return 0;
}

int config_check_socket(const struct conf_node *key, struct diag *d)
{
	const char *text = key->values->text, *colon = strchr(text, ':');
	const char *const schemes[] = {"unix", "local", "inet", "inet6", NULL};
	const char *guess;
	char scheme[16];

	if (text[0] == '/')
		return wrong(key, d, "did you mean 'unix:%s'?", text);
	if (colon == NULL)
		return wrong(key, d, "expected unix:/path, inet:port@host or inet6:port@host");
	snprintf(scheme, sizeof(scheme), "%.*s", colon - text < 15 ? (int)(colon - text) : 15, text);
	if (strcmp(scheme, "unix") == 0 || strcmp(scheme, "local") == 0)
		return check_unix(key, colon + 1, d);
	if (strcmp(scheme, "inet") == 0 || strcmp(scheme, "inet6") == 0)
		return check_inet(key, scheme, colon + 1, d);
	if (strncmp(scheme, "tcp", 3) == 0)
		guess = "inet";
	else
		guess = diag_suggest(scheme, schemes);
	if (guess != NULL)
		return wrong(key, d, "unknown kind of socket '%s:', did you mean '%s:'?", scheme, guess);
	return wrong(key, d, "unknown kind of socket '%s:', expected unix:/path, inet:port@host or inet6:port@host", scheme);
}

int config_check_listen(const struct conf_node *key, struct diag *d)
{
	struct listen_address address;
	const char *why = listen_parse(key->values->text, &address);

	return why == NULL ? 0 : wrong(key, d, "%s", why);
}

int config_check_path(const struct conf_node *key, struct diag *d)
{
	return key->values->text[0] == '/' ? 0 : wrong(key, d, "must be an absolute path, beginning with '/'");
}

static bool user_exists(const char *name)
{
	struct passwd entry, *found = NULL;
	char buffer[16384];

	return getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL;
}

int config_check_user(const struct conf_node *key, struct diag *d)
{
	return user_exists(key->values->text) ? 0 : wrong(key, d, "there is no such user on this machine");
}

static bool group_exists(const char *name)
{
	struct group entry, *found = NULL;
	char buffer[65536];

	return getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL;
}

int config_check_users(const struct conf_node *key, struct diag *d)
{
	int result = 0;

	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		bool group = value->text[0] == '@';

		if (group ? group_exists(value->text + 1) : user_exists(value->text))
			continue;
		result = diag_at(d, key->file, value->line, "%s: there is no %s '%.60s' on this machine", key->name,
		    group ? "group" : "user", value->text + group);
	}
	return result;
}

int config_check_group(const struct conf_node *key, struct diag *d)
{
	return group_exists(key->values->text) ? 0 : wrong(key, d, "there is no such group on this machine");
}

int config_check_cidrs(const struct conf_node *key, struct diag *d)
{
	struct cidr cidr;
	int result = 0;

	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		int rc = cidr_parse(value->text, &cidr);

		if (rc == -1)
			result = diag_at(d, key->file, value->line,
			    "%s: '%.60s' is no network, expected 192.0.2.0/24 or 2001:db8::/32", key->name, value->text);
		else if (rc == -2)
			result = diag_at(d, key->file, value->line,
			    "%s: '%.60s' has bits set behind its prefix: is the prefix length right?", key->name, value->text);
	}
	return result;
}

int config_check_sha256(const struct conf_node *key, struct diag *d)
{
	const char *text = key->values->text;

	if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return wrong(key, d, "expected 64 hexadecimal digits");
	return 0;
}

int config_check_plugin_name(const struct conf_node *section, struct diag *d)
{
	const char *name = section->title;

	if (name[0] < 'a' || name[0] > 'z' || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(name))
		return diag_at(d, section->file, section->line,
		    "plugin \"%.60s\": a plugin's name has small letters, digits, '_' and '-' only; its file goes into 'path'",
		    name);
	return 0;
}

int config_check_subject_tag(const struct conf_node *key, struct diag *d)
{
	static const char *const names[] = {"{hours}", "{due}", "{marketplace}", "{kind}", "{label}", "{order}", NULL};
	const char *text = key->values->text;

	if (text[0] == '\0' || strlen(text) > 60)
		return wrong(key, d, "expected 1 to 60 characters, such as \"[{hours}h] \"");
	for (const char *p = text; *p != '\0'; p++) {
		size_t i = 0;

		if (*p < ' ' || *p > '~')
			return wrong(key, d, "expected printable ASCII: headers hold nothing else");
		while (*p == '{' && names[i] != NULL && strncmp(p, names[i], strlen(names[i])) != 0)
			i++;
		if (*p == '{' && names[i] == NULL)
			return wrong(key, d, "expected {hours}, {due}, {marketplace}, {kind}, {label} or {order}");
	}
	return 0;
}

static int line_of(const struct conf_node *root, const char *section, const char *key)
{
	const struct conf_node *node = conf_child(root, section);
	const struct conf_node *child = node != NULL ? conf_child(node, key) : NULL;

	return child != NULL ? child->line : node != NULL ? node->line : 1;
}

void config_check_whole(const struct config *config, const struct conf_node *root, struct diag *d)
{
	if (config->hang_ms != 0 && config->hang_ms <= config->deadline_ms)
		diag_at(d, config->path, line_of(root, "milter", "hang"),
		    "hang must be longer than deadline: it ends the process of a plugin that ignored the deadline");
	if (config->max_judging > config->max_transactions && config->max_transactions != 0)
		diag_at(d, config->path, line_of(root, "milter", "max_judging"),
		    "max_judging is more than max_transactions (%zu)", config->max_transactions);
	for (char **name = config->outbound_daemons; name != NULL && *name != NULL; name++)
		for (char **other = config->inbound_daemons; other != NULL && *other != NULL; other++)
			if (strcmp(*name, *other) == 0)
				diag_at(d, config->path, line_of(root, "direction", "inbound_daemons"),
				    "'%s' is in both outbound_daemons and inbound_daemons", *name);
	if (strcmp(config->authentication != NULL ? config->authentication : "", "require") == 0 &&
	    (config->authserv_ids == NULL || config->authserv_ids[0] == NULL))
		diag_at(d, config->path, line_of(root, "inbound", "authentication"),
		    "authentication = require needs the names of your verifying servers in direction { authserv_ids }, else all "
		    "marketplace mail would be phishing");
	if (config->store_type != NULL && strcmp(config->store_type, "redis") == 0 && !config->redis.present)
		diag_at(d, config->path, line_of(root, "store", "type"),
		    "type = redis needs a section: store { redis { servers = \"127.0.0.1:6379\" } }");
	if ((config->redact_addresses || config->redact_text) && config->redact_key_file == NULL)
		diag_at(d, config->path, line_of(root, "audit", "redact_addresses"),
		    "redact_key_file is missing: redaction needs a key, kept apart from the log");
}
