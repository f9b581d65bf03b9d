/* SPDX-License-Identifier: BSD-2-Clause */
/* postern audit key and checkpoint: what has to be kept elsewhere, so that the log can be proved there. */
#include "cli/audit.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/keyfile.h"

/* ---- key ------------------------------------------------------------------------ */

/* Made by root the key is for the user that posternd runs as. */
static int set_owner(const struct config *config, struct keyfile *keyfile, struct diag *d)
{
	char room[16384];
	struct passwd entry, *found = NULL;

	if (geteuid() != 0 || config->user == NULL)
		return 0;
	if (getpwnam_r(config->user, &entry, room, sizeof(room), &found) != 0 || found == NULL)
		return diag_add(d, "milter.user: there is no user '%s' on this machine", config->user);
	keyfile->owner = found->pw_uid;
	keyfile->group = found->pw_gid;
	return 0;
}

static int make_key(const struct config *config, bool *made_r, struct diag *d)
{
	struct keyfile keyfile = {.secret_path = config->audit_key_file, .public_path = config->audit_public_key_file,
	    .owner = (uid_t)-1, .group = (gid_t)-1};
	char public[SIGN_KEY_HEX];
	int rc = set_owner(config, &keyfile, d);

	if (rc == 0)
		rc = keyfile_ensure(&keyfile, public, d);
	*made_r = rc == 1;
	return rc == -1 ? -1 : 0;
}

static int show_key(const struct cli *cli, const struct config *config, bool made)
{
	struct sign_keys keys = {0};
	struct diag d = {0};
	const char *newest;
	int code;

	if (sign_keys_add(&keys, config->audit_public_key_file, &d) == -1) {
		sign_keys_free(&keys);
		return cli_fail(cli, &d);
	}
	newest = keys.keys[keys.count - 1];
	if (cli->json) {
		code = cli_json(json_pack("{s:s,s:s,s:b,s:I}", "public_key", newest, "file", config->audit_public_key_file,
		    "made", made, "keys", (json_int_t)keys.count));
	} else {
		puts(newest);
		code = CLI_OK;
	}
	sign_keys_free(&keys);
	return code;
}

int cli_audit_key(struct cli *cli, const struct cli_audit_options *options)
{
	struct config *config = cli_config(cli);
	struct diag d = {0};
	bool made = false;
	int code;

	if (config == NULL)
		return CLI_ERROR;
	if (!options->make && access(config->audit_public_key_file, F_OK) == -1)
		diag_add(&d, "%s: there is none yet; posternd makes the key at its first start, or 'postern audit key --make'",
		    config->audit_public_key_file);
	else if (options->make)
		make_key(config, &made, &d);
	code = d.count > 0 ? cli_fail(cli, &d) : show_key(cli, config, made);
	config_free(&config);
	return code;
}

/* ---- checkpoint ------------------------------------------------------------------- */

static int show_checkpoint(struct cli *cli, const char *dir)
{
	struct checkpoint last;
	struct diag d = {0};

	switch (checkpoint_last(dir, &last, &d)) {
	case 1:
		return cli_json(checkpoint_event(&last));
	case 0:
		fprintf(stderr, "postern: %s: no checkpoint is in this log yet\n", dir);
		return CLI_NEGATIVE;
	default:
		return cli_fail(cli, &d);
	}
}

int cli_audit_checkpoint(struct cli *cli, const struct cli_audit_options *options)
{
	struct config *config = options->dir == NULL ? cli_config(cli) : NULL;
	int code;

	if (options->dir == NULL && config == NULL)
		return CLI_ERROR;
	code = show_checkpoint(cli, config != NULL ? config->audit_dir : options->dir);
	config_free(&config);
	return code;
}
