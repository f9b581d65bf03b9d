/* SPDX-License-Identifier: BSD-2-Clause */
/* postern digest: what a person has to look at now, printed or as a mail, for cron and timers. */
#include "cli/digest.h"

#include <stdio.h>

#include "cli/mail.h"

static void subject_line(const struct digest *digest, char *text, size_t size)
{
	snprintf(text, size, "Postern: %lld overdue, %lld due within 24 h, %lld held", (long long)digest->overdue,
	    (long long)digest->due, (long long)digest->held);
}

static int send_mail(const struct digest *digest, const char *address, struct diag *d)
{
	char subject[128];
	/* The text begins with an empty line. */
	const struct cli_mail mail = {.to = address, .subject = subject,
	    .text = slice_sub(buf_slice(&digest->text), 1, SIZE_MAX)};

	subject_line(digest, subject, sizeof(subject));
	return cli_mail_send(digest->desk->config, &mail, d);
}

static int digest_give(struct digest *digest, const char *address, bool if_any)
{
	struct diag d = {0};

	if (digest_read(digest, &d) == -1)
		return cli_fail(digest->desk->cli, &d);
	if (if_any && !digest_urgent(digest))
		return CLI_OK;
	if (address != NULL)
		return send_mail(digest, address, &d) == 0 ? CLI_OK : cli_fail(digest->desk->cli, &d);
	if (digest->desk->cli->json)
		return cli_json(json_incref(digest->json));
	/* The text begins with an empty line. */
	fwrite(digest->text.data + 1, 1, digest->text.len - 1, stdout);
	return CLI_OK;
}

static int digest_run(struct cli *cli, int argc, char **argv)
{
	struct cli_desk desk;
	struct digest digest = {.desk = &desk};
	const char *address = NULL;
	bool if_any = false;
	const struct cli_option options[] = {
		{.name = "mail", .value = &address}, {.name = "shop", .value = &digest.shop},
		{.name = "if-any", .flag = &if_any}, {0},
	};
	int code, first = cli_options(cli, &cli_digest, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_digest, "takes no argument: '%s'", argv[first]);
	if (address != NULL && !cli_mail_is_address(address))
		return cli_usage(&cli_digest, "--mail needs one address without a name, not '%s'", address);
	code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = digest_give(&digest, address, if_any);
	digest_free(&digest);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_digest = {
	"digest", "[--mail ADDRESS] [--shop NAME] [--if-any] [--json]",
	"Tell what is overdue, due, held and at risk, by mail if wanted",
	"Overdue inquiries and those due within 24 hours, held replies with the time left, response\n"
	"rates that are below their line or at most two misses above it, and windows that close.\n"
	"  --mail ADDRESS  hand it to sendmail(8) instead of printing it (desk { sendmail = ... })\n"
	"  --shop NAME     only of this account of yours\n"
	"  --if-any        say nothing, and send nothing, when there is nothing to do\n"
	"The timer postern-digest.timer sends it every morning.\n\n"
	"Examples:\n"
	"  postern digest\n"
	"  postern digest --mail desk@shop.example --if-any\n",
	digest_run
};
