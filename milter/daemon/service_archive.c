/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive as a part of the running daemon: opened, watched, told of. */
#include "daemon/service_archive.h"

#include "core/log.h"
#include "daemon/purge.h"

int service_archive_open(struct service *service, struct diag *d)
{
	const struct config *config = service->site->config;
	struct archive_config archive = {.dir = config->archive.dir, .key_file = config->archive.key_file};

	if (!config->archive.enabled)
		return 0;
	service->archive = archive_open(&archive, false, d);
	return service->archive != NULL ? 0 : -1;
}

void service_archive_health(struct service *service, const char *ref, const char *error)
{
	bool failed = error != NULL;
	json_t *event;

	if (atomic_exchange(&service->archive_failed, failed) != failed) {
		if (failed)
			log_error("archive: %s; see archive.required for what becomes of mail meanwhile", error);
		else
			log_info("archive: messages can be kept again");
	}
	if (!failed)
		return;
	stats_count(&service->stats, STAT_ERROR_ARCHIVE);
	event = json_object();
	json_put_str(event, "event", "error");
	json_put_str(event, "ref", ref);
	json_put_str(event, "error", "archive");
	json_put(event, "what", slice_str(error));
	service_event(service, event);
}

json_t *service_archive_status(struct service *service, const struct site *site)
{
	const struct config *first = service->first_config, *config = site->config;
	json_t *object = json_object(), *days = json_object();

	json_put_bool(object, "enabled", service->archive != NULL);
	json_put_bool(object, "required", config->archive.required);
	json_put_bool(object, "healthy", !atomic_load(&service->archive_failed));
	json_put_bool(object, "encrypted", first->archive.key_file != NULL);
	json_put(object, "dir", slice_str(first->archive.dir));
	for (unsigned i = 0; i < ARCHIVE_CLASSES; i++)
		json_put_int(days, archive_class_name((enum archive_class)i), (json_int_t)config->archive.retain_days[i]);
	json_put_new(object, "retain_days", days);
	if (service->purge != NULL)
		json_put_new(object, "purge", purge_status(service->purge));
	return object;
}
