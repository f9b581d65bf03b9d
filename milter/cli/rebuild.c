/* SPDX-License-Identifier: BSD-2-Clause */
/* postern rebuild: makes the store anew from the audit log alone. */
#include "cli/cli.h"

#include <stdio.h>

#include "audit/audit.h"
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
