/* SPDX-License-Identifier: BSD-2-Clause */
/* postern archive verify: every file against the audit log. */
#include "archive/verify.h"

#include <stdio.h>

#include "cli/archive.h"

struct report {
	struct cli_desk *desk;
	json_t *list; /* with --json */
};

static json_t *finding_json(const struct archive_finding *finding)
{
	json_t *o = json_object();

	json_put_str(o, "fault", archive_fault_name(finding->fault));
	json_put(o, "digest", slice_str(finding->digest));
	json_put(o, "id", slice_str(finding->id));
	json_put(o, "file", slice_str(finding->file));
	json_put_str(o, "reason", finding->reason);
	return o;
}

static int note_finding(void *arg, const struct archive_finding *finding)
{
	struct report *report = arg;

	if (report->list != NULL)
		return json_array_append_new(report->list, finding_json(finding)) == 0 ? 0 : 1;
	cli_styled(report->desk->cli, CLI_BAD, archive_fault_name(finding->fault));
	if (finding->id != NULL) {
		printf(" message ");
		cli_text(slice_str(finding->id), 0);
	}
	if (finding->digest != NULL)
		printf(" digest %s", finding->digest);
	if (finding->file != NULL) {
		printf(" file ");
		cli_text(slice_str(finding->file), 0);
	}
	printf(": ");
	cli_text(slice_str(finding->reason), 0);
	putchar('\n');
	return 0;
}

static int verify_end(struct report *report, const struct archive_tally *tally)
{
	size_t faults = 0;
	json_t *o;
	int code;

	for (unsigned i = 0; i < ARCHIVE_FAULTS; i++)
		faults += tally->faults[i];
	code = faults == 0 ? CLI_OK : CLI_NEGATIVE;
	if (report->list == NULL) {
		cli_styled(report->desk->cli, faults == 0 ? CLI_GOOD : CLI_BAD,
		    faults == 0 ? "the archive is whole" : "NOT WHOLE");
		printf(": %zu messages in %zu files, %zu files purged, %zu faults\n", tally->messages, tally->files,
		    tally->purged, faults);
		return code;
	}
	o = json_object();
	json_put_bool(o, "ok", faults == 0);
	json_put_int(o, "messages", (json_int_t)tally->messages);
	json_put_int(o, "files", (json_int_t)tally->files);
	json_put_int(o, "purged", (json_int_t)tally->purged);
	json_put_new(o, "faults", report->list);
	return cli_json(o) == CLI_OK ? code : CLI_ERROR;
}

int archive_verify_run(struct cli_desk *desk, const struct archive_call *call)
{
	struct archive_config where = {desk->config->archive.dir, desk->config->archive.key_file};
	struct report report = {.desk = desk, .list = desk->cli->json ? json_array() : NULL};
	struct archive_tally tally;
	struct diag d = {0};
	struct archive *archive = archive_open(&where, true, &d);
	int rc = -1;

	if (archive != NULL)
		rc = archive_verify(archive, desk->config->audit_dir, !call->quick, note_finding, &report, &tally, &d);
	archive_close(&archive);
	if (rc == 0)
		return verify_end(&report, &tally);
	json_decref(report.list);
	if (rc != -1)
		diag_add(&d, "out of memory");
	return cli_fail(desk->cli, &d);
}
