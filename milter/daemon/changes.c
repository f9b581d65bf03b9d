/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gateway records of itself: starts, stops, reloads, outages; what was in force, and by whose word. */
#include "config.h"

#include "daemon/changes.h"

#include <string.h>

#include "daemon/person.h"
#include "desk/command.h"
#include "policy/sources.h"

/* So many changed files are named; a new version of the rules changes dozens. */
#define CHANGED_MAX 100

/* ---- who ------------------------------------------------------------------ */

json_t *changes_who_asks(const struct person *person, const json_t *request)
{
	json_t *who = json_object(), *from = desk_from_copy(json_object_get(request, "from"));
	const char *why = json_get_str(request, "why");

	person_put(who, person, from);
	if (from != NULL)
		json_put_new(who, "from", from);
	if (why != NULL && *why != '\0')
		json_put(who, "why", slice_sub(slice_str(why), 0, DESK_WHY_MAX));
	return who;
}

json_t *changes_who_signals(const char *signal)
{
	json_t *who = json_object(), *from = json_object();

	json_put_str(from, "signal", signal);
	json_put_new(who, "from", from);
	return who;
}

static json_t *event_new(const char *type, const json_t *who)
{
	json_t *event = json_object();

	json_put_str(event, "event", type);
	if (who != NULL)
		json_object_update(event, (json_t *)(uintptr_t)who);
	return event;
}

/* ---- what is in force ------------------------------------------------------- */

static json_t *plugins_brief(const struct site *site)
{
	json_t *plugins = generation_plugins_json(site->generation), *list = json_array();
	const json_t *plugin;
	size_t i;

	json_array_foreach(plugins, i, plugin) {
		json_t *entry = json_object();

		json_put_str(entry, "name", json_get_str(plugin, "name"));
		json_put(entry, "version", slice_str(json_get_str(plugin, "version")));
		json_put(entry, "sha256", slice_str(json_get_str(plugin, "sha256")));
		if (json_is_false(json_object_get(plugin, "loaded")))
			json_put_bool(entry, "loaded", false);
		json_array_append_new(list, entry);
	}
	json_decref(plugins);
	return list;
}

static void put_site(json_t *event, const struct site *site)
{
	char digest[HASH_HEX_SIZE];

	sources_digest(site->config->sources, digest);
	json_put_int(event, "generation", generation_number(site->generation));
	json_put_str(event, "config_digest", digest);
	json_put_int(event, "config_files", (json_int_t)sources_count(site->config->sources));
	json_put_new(event, "plugins", plugins_brief(site));
}

static json_t *changed_files(const struct site *was, const struct site *is)
{
	json_t *changed = sources_changed(was->config->sources, is->config->sources);

	while (json_array_size(changed) > CHANGED_MAX)
		json_array_remove(changed, json_array_size(changed) - 1);
	return changed;
}

/* ---- events ------------------------------------------------------------------- */

void changes_start(struct service *service)
{
	json_t *event = event_new("start", NULL);
	struct site *site = service_site(service);

	json_put_str(event, "version", PACKAGE_VERSION);
	json_put(event, "config", slice_str(service->config_path));
	put_site(event, site);
	site_unref(&site);
	service_event(service, event);
}

void changes_reload(struct service *service, bool ok, const struct site *was, const json_t *who, const struct diag *d)
{
	struct site *is = service_site(service);
	json_t *event = event_new("reload", who);

	json_put_bool(event, "ok", ok);
	if (ok) {
		put_site(event, is);
		json_put_new(event, "changed", changed_files(was, is));
	} else {
		json_put_int(event, "generation", generation_number(is->generation));
		json_put(event, "error", slice_str(d->text));
	}
	site_unref(&is);
	service_event(service, event);
}

void changes_stop(struct service *service, const json_t *who)
{
	json_t *event = event_new("stop", who);

	json_put_new(event, "messages", stats_messages_json(&service->stats));
	service_event(service, event);
}

void changes_store(struct service *service, bool works, const char *why, int64_t seconds)
{
	json_t *event = event_new("store", NULL);

	json_put_str(event, "state", works ? "works" : "fails");
	if (works)
		json_put_int(event, "seconds", seconds);
	else
		json_put(event, "error", slice_str(why));
	service_event(service, event);
}
