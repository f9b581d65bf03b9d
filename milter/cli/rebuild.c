/* SPDX-License-Identifier: BSD-2-Clause */
/* postern rebuild: makes the store anew from the audit log alone. */
#include "cli/cli.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/keyfile.h"
#include "store/projector.h"

/* With posternd at work both would write; the daemon has to stop first. */
static int refuse_running(const struct config *config, struct diag *d)
{
	struct diag ignored = {0};
	json_t *answer = cli_control(config, "ping", &ignored);

	if (answer == NULL)
		return 0;
	json_decref(answer);
	return diag_add(d, "posternd is running: stop it first ('postern stop'), then rebuild");
}

static int rebuild_store(const struct config *config, int64_t *events_r, struct diag *d)
{
	struct store_config where = {.type = config->store_type, .path = config->store_path};

	if (refuse_running(config, d) == -1)
		return -1;
	return projector_rebuild(config->audit_dir, &where, events_r, d);
}

/* ---- the record of it ---------------------------------------------------- */

static json_t *event_new(int64_t events)
{
	char room[16384], number[32];
	struct passwd entry, *found = NULL;
	json_t *event = json_object(), *from = cli_from();

	snprintf(number, sizeof(number), "uid %u", (unsigned)getuid());
	if (getpwuid_r(getuid(), &entry, room, sizeof(room), &found) != 0)
		found = NULL;
	json_put_str(event, "event", "rebuild");
	json_put_int(event, "events", events);
	json_put_str(event, "by", found != NULL ? found->pw_name : number);
	json_put_int(event, "uid", (json_int_t)getuid());
	json_put_bool(from, "told", true);
	json_put_new(event, "from", from);
	return event;
}

/* posternd does not run, so this is the log's writer for a moment; an empty log stays so. */
static int record_rebuild(const struct config *config, int64_t events, struct diag *d)
{
	struct keyfile keyfile = {.secret_path = config->audit_key_file, .public_path = config->audit_public_key_file};
	struct audit_config where = {.dir = config->audit_dir, .checkpoint_events = (int64_t)config->audit_checkpoint_events,
	    .checkpoint_seconds = config->audit_checkpoint_s};
	struct sign_key *key = NULL;
	struct audit *audit = NULL;
	json_t *event;
	int rc = 0;

	if (events == 0)
		return 0;
	if (access(config->audit_key_file, F_OK) == 0 && (key = keyfile_open(&keyfile, d)) == NULL)
		return -1;
	where.key = key;
	event = event_new(events);
	audit = audit_open(&where, NULL, NULL, d);
	if (audit == NULL || audit_append(audit, event, d) == -1)
		rc = -1;
	audit_close(&audit);
	sign_key_free(&key);
	json_decref(event);
	return rc;
}

static int rebuild_run(struct cli *cli, int argc, char **argv)
{
	int code, rc, first = cli_options(cli, &cli_rebuild, argc, argv, NULL, &code);
	struct config *config;
	struct diag d = {0};
	int64_t events = 0;

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_rebuild, "takes no argument: '%s'", argv[first]);
	config = cli_config(cli);
	if (config == NULL)
		return CLI_ERROR;
	rc = rebuild_store(config, &events, &d);
	if (rc == 0 && record_rebuild(config, events, &d) == -1)
		rc = diag_add(&d, "the store is made anew, but the audit log does not say so");
	config_free(&config);
	if (rc == -1)
		return cli_fail(cli, &d);
	if (cli->json)
		return cli_json(json_pack("{s:b,s:I}", "ok", 1, "events", (json_int_t)events));
	printf("the store is made anew from %lld events\n", (long long)events);
	return CLI_OK;
}

const struct cli_command cli_rebuild = {
	"rebuild", "[--json]", "Make the store anew from the audit log",
	"The audit log is the truth; the store only makes look-ups fast. Use this when the\n"
	"store is damaged or lost. The log's chain is checked first. posternd must be stopped.\n\n"
	"Example:\n  postern stop; postern rebuild && systemctl start postern\n",
	rebuild_run
};
