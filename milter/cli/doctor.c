/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern doctor: finds the usual mistakes of a deployment, each with what to
 * do about it. Looks only; changes nothing.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "audit/audit.h"
#include "core/clock.h"
#include "engine/generation.h"
#include "redis/redis.h"
#include "store/store.h"

/* A day of busy mail is far below it. */
#define DISK_LOW_BYTES ((unsigned long long)200 << 20)
/* Events from the future beyond this are a clock that was wrong, then or now. */
#define SKEW_SECONDS 60

static const char *const level_name[] = {"ok", "warning", "problem"};

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *advice,
    const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (level > doctor->worst)
		doctor->worst = level;
	if (doctor->checks != NULL) {
		json_t *object = json_object();

		json_put_str(object, "check", check);
		json_put_str(object, "level", level_name[level]);
		json_put_str(object, "text", text);
		json_put_str(object, "advice", advice);
		json_array_append_new(doctor->checks, object);
		return;
	}
	cli_styled(doctor->cli, cli_action_style(level_name[level]), level_name[level]);
	printf("%*s %s: ", (int)(8 - strlen(level_name[level])), "", check);
	cli_text(slice_str(text), 0);
	putchar('\n');
	if (advice != NULL)
		printf("           -> %s\n", advice);
}

static void check_rules(struct doctor *doctor)
{
	struct diag d = {0};
	struct generation *generation = generation_load(doctor->cli->config_path, 1, &d);
	size_t tests = 0, rules;

	if (generation == NULL) {
		doctor_say(doctor, DOCTOR_PROBLEM, "rules", "mend what is named; 'postern check' shows it again",
		    "%s", d.text);
		return;
	}
	rules = generation_rules(generation)->count;
	if (generation_test_rules(generation, &tests, &d) == -1)
		doctor_say(doctor, DOCTOR_PROBLEM, "rules", "mend the rule or its tests", "%s", d.text);
	else if (rules == 0)
		doctor_say(doctor, DOCTOR_PROBLEM, "rules", "look at rules { } in the configuration",
		    "no rule is loaded: everything passes");
	else
		doctor_say(doctor, DOCTOR_OK, "rules", NULL, "%zu rules load, %zu tests hold", rules, tests);
	generation_unref(&generation);
}

static void check_extract(struct doctor *doctor)
{
	char abilities[200];
	struct diag d = {0};

	if (!doctor->config->extract.enabled)
		doctor_say(doctor, DOCTOR_WARNING, "attachments", "set enabled = yes in extract { }",
		    "what is in attachments is not looked at");
	else if (extract_probe(&doctor->config->extract, abilities, sizeof(abilities), &d) == -1)
		doctor_say(doctor, DOCTOR_PROBLEM, "attachments", "look at program in extract { }", "%s", d.text);
	else
		doctor_say(doctor, DOCTOR_OK, "attachments", NULL, "%s reads: %s", doctor->config->extract.program, abilities);
}

static void check_monitoring(struct doctor *doctor)
{
	size_t n = json_array_size(json_object_get(doctor->status, "opt_outs"));

	if (doctor->config->monitor)
		doctor_say(doctor, DOCTOR_WARNING, "monitor mode", "set monitor = no in rules { } when you trust the rules",
		    "everything is only watched: nothing is refused or held");
	if (n > 0)
		doctor_say(doctor, DOCTOR_WARNING, "opt-outs", "'postern status' lists them",
		    "%zu rules only monitor, or let mail pass on errors", n);
}

static void check_macros(struct doctor *doctor)
{
	const json_t *messages = json_object_get(doctor->status, "messages");
	json_int_t judged = json_get_int(messages, "pass", 0) + json_get_int(messages, "tag", 0) +
	    json_get_int(messages, "hold", 0) + json_get_int(messages, "reject", 0);

	if (json_get_str(doctor->status, "last_message") == NULL)
		doctor_say(doctor, DOCTOR_WARNING, "traffic", "send a message through the mail server",
		    "no marketplace mail has come since posternd started");
	else if (json_is_false(json_object_get(doctor->status, "auth_seen")) &&
	    doctor->config->authenticated_outbound && judged > 0)
		doctor_say(doctor, DOCTOR_WARNING, "authentication",
		    "if people log in to send: does the mail server pass {auth_authen} and {daemon_name}?",
		    "no message of an authenticated user or of a listener in outbound_daemons has come so far");
	else
		doctor_say(doctor, DOCTOR_OK, "traffic", NULL, "last message %s",
		    json_get_str(doctor->status, "last_message"));
}

/* A line that nobody reads has told nobody. */
static void check_alerts(struct doctor *doctor)
{
	const json_t *alerts = json_object_get(doctor->status, "alerts"), *ways = json_object_get(alerts, "ways");
	const char *error = json_get_str(alerts, "error");

	if (json_is_false(json_object_get(alerts, "healthy")))
		doctor_say(doctor, DOCTOR_PROBLEM, "alerts", "look at alerts { } in the configuration", "can't be given: %s",
		    error != NULL ? error : "the reason is in the log");
	else if (json_array_size(ways) == 0)
		doctor_say(doctor, DOCTOR_WARNING, "alerts", "set log, mail or command in alerts { }",
		    "nobody is told of inquiries, warning letters and windows that close");
	else if (json_array_size(ways) == 1 && doctor->config->alerts.log)
		doctor_say(doctor, DOCTOR_WARNING, "alerts", "set mail or command in alerts { }",
		    "only the log tells of inquiries, warning letters and windows that close");
	else
		doctor_say(doctor, DOCTOR_OK, "alerts", NULL, "%zu ways, %lld given today", json_array_size(ways),
		    (long long)json_get_int(alerts, "given_today", 0));
}

static void check_daemon(struct doctor *doctor)
{
	struct diag d = {0};

	doctor->status = cli_control(doctor->config, "status", &d);
	if (doctor->status == NULL) {
		doctor_say(doctor, DOCTOR_PROBLEM, "posternd", "systemctl start postern", "%s", d.text);
		return;
	}
	doctor_say(doctor, DOCTOR_OK, "posternd", NULL, "runs, process %lld, generation %lld",
	    (long long)json_get_int(doctor->status, "worker_pid", 0),
	    (long long)json_get_int(doctor->status, "generation", 0));
	check_monitoring(doctor);
	check_alerts(doctor);
	check_macros(doctor);
}

static void check_socket_mode(struct doctor *doctor)
{
	const char *socket = doctor->config->socket, *path = strchr(socket, '/');
	struct stat st;

	if (path == NULL || strncmp(socket, "inet", 4) == 0)
		return;
	if (stat(path, &st) == -1)
		doctor_say(doctor, DOCTOR_PROBLEM, "socket mode", "start posternd; look at socket in milter { }",
		    "%s: %s", path, strerror(errno));
	else if ((st.st_mode & 0022) == 0)
		doctor_say(doctor, DOCTOR_PROBLEM, "socket mode",
		    "set socket_mode = \"0660\" and socket_group to the mail server's group in milter { }",
		    "%s has mode %04o: only its owner can connect, the mail server can't", path,
		    (unsigned)(st.st_mode & 07777));
	else if (st.st_mode & 0002)
		doctor_say(doctor, DOCTOR_WARNING, "socket mode", "set socket_mode = \"0660\" and a socket_group",
		    "%s has mode %04o: every user of this machine can connect", path, (unsigned)(st.st_mode & 07777));
	else
		doctor_say(doctor, DOCTOR_OK, "socket mode", NULL, "%s has mode %04o, group %u", path,
		    (unsigned)(st.st_mode & 07777), (unsigned)st.st_gid);
}

static void check_socket(struct doctor *doctor)
{
	struct diag d = {0};

	if (doctor_milter_ping(doctor->config->socket, &d) == 0)
		doctor_say(doctor, DOCTOR_OK, "milter socket", NULL, "a milter answers at %s", doctor->config->socket);
	else
		doctor_say(doctor, DOCTOR_PROBLEM, "milter socket", "is posternd running, and may this user connect?",
		    "%s", d.text);
	check_socket_mode(doctor);
}

static void check_disk(struct doctor *doctor, const char *check, const char *dir)
{
	struct statvfs vfs;
	unsigned long long room;

	if (statvfs(dir, &vfs) == -1) {
		doctor_say(doctor, DOCTOR_PROBLEM, check, "posternd makes it at its first start", "%s: %s", dir,
		    strerror(errno));
		return;
	}
	room = (unsigned long long)vfs.f_bavail * vfs.f_frsize;
	doctor_say(doctor, room < DISK_LOW_BYTES ? DOCTOR_PROBLEM : DOCTOR_OK, check,
	    room < DISK_LOW_BYTES ? "make room: without it all marketplace mail is deferred" : NULL,
	    "%s has %llu MB free", dir, room >> 20);
}

static int last_time(void *arg, const json_t *event)
{
	int64_t t, *last = arg;
	const char *text = json_get_str(event, "time");

	if (text != NULL && clock_parse(text, &t) == 0 && t > *last)
		*last = t;
	return 0;
}

static void check_audit(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	struct audit_report report = {0};
	struct sign_keys keys = {0};
	struct audit_trust trust = {.keys = &keys};
	struct diag d = {0};
	int64_t last = 0, now = clock_now(&clock_system);

	if ((access(config->audit_public_key_file, F_OK) == 0 &&
	    sign_keys_add(&keys, config->audit_public_key_file, &d) == -1) ||
	    audit_verify_trusting(config->audit_dir, &trust, &report, &d) == -1) {
		doctor_say(doctor, DOCTOR_PROBLEM, "audit log", "may this user read it?", "%s", d.text);
		sign_keys_free(&keys);
		return;
	}
	sign_keys_free(&keys);
	if (report.file != NULL)
		doctor_say(doctor, DOCTOR_PROBLEM, "audit log", "keep the files as they are and find out who changed them",
		    "%s:%d: %s", report.file, report.line, report.reason);
	else
		doctor_say(doctor, DOCTOR_OK, "audit log", NULL, "%lld events, the chain is whole and signed up to record %lld",
		    (long long)report.events, (long long)report.signed_seq);
	if (audit_read(config->audit_dir, report.last, last_time, &last, &d) == 0 && last > now + SKEW_SECONDS)
		doctor_say(doctor, DOCTOR_PROBLEM, "clock", "set the clock (NTP); deadlines are wrong until then",
		    "the last event lies %lld s in the future", (long long)(last - now));
	audit_report_free(&report);
}

static void check_clock(struct doctor *doctor)
{
	struct timex t = {0};

	if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC))
		doctor_say(doctor, DOCTOR_WARNING, "clock", "run an NTP client (chrony, systemd-timesyncd)",
		    "the kernel's clock is not synchronised: deadlines may be wrong");
	else
		doctor_say(doctor, DOCTOR_OK, "clock", NULL, "synchronised");
}

static void check_store(struct doctor *doctor)
{
	struct store_config where = {.type = doctor->config->store_type, .path = doctor->config->store_path,
	    .read_only = 1};
	struct diag d = {0};
	struct store *store = store_open(&where, &d);

	if (store == NULL)
		doctor_say(doctor, DOCTOR_PROBLEM, "store", "'postern rebuild' makes it anew from the audit log",
		    "%s", d.text);
	else
		doctor_say(doctor, DOCTOR_OK, "store", NULL, "%s opens", doctor->config->store_path);
	store_close(&store);
}

/* As the daemon would reach it; what was published and read is in its status. */
static void check_redis(struct doctor *doctor)
{
	const struct slice ping = SLICE_LIT("PING");
	struct redis_reply *reply = NULL;
	struct diag d = {0};
	struct redis *redis;

	if (doctor->config->store_type == NULL || strcmp(doctor->config->store_type, "redis") != 0)
		return;
	redis = redis_open(&doctor->config->redis.client, &d);
	if (redis == NULL || redis_command(redis, SLICE_NONE, &ping, 1, 0, &reply, &d) != REDIS_FINE)
		doctor_say(doctor, DOCTOR_PROBLEM, "redis", "see postern-gateways(7); mail goes on as 'outage' says",
		    "%s", d.text);
	else
		doctor_say(doctor, DOCTOR_OK, "redis", NULL, "answers");
	redis_reply_free(&reply);
	redis_close(&redis);
}

static void examine(struct doctor *doctor)
{
	check_rules(doctor);
	check_daemon(doctor);
	check_socket(doctor);
	doctor_mta(doctor);
	doctor_folders(doctor);
	check_audit(doctor);
	check_disk(doctor, "audit disk", doctor->config->audit_dir);
	check_disk(doctor, "spool disk", doctor->config->spool_dir);
	check_store(doctor);
	check_redis(doctor);
	check_extract(doctor);
	check_clock(doctor);
}

static int finish(struct doctor *doctor)
{
	bool fine = doctor->worst != DOCTOR_PROBLEM;

	if (doctor->checks != NULL) {
		json_t *object = json_object();

		json_put_bool(object, "ok", fine);
		json_put_new(object, "checks", doctor->checks);
		if (cli_json(object) != CLI_OK)
			return CLI_ERROR;
	}
	return fine ? CLI_OK : CLI_NEGATIVE;
}

static int doctor_run(struct cli *cli, int argc, char **argv)
{
	struct doctor doctor = {.cli = cli};
	const struct cli_option options[] = {{.name = "postfix", .value = &doctor.postfix_dir}, {0}};
	int code, first = cli_options(cli, &cli_doctor, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_doctor, "takes no argument: '%s'", argv[first]);
	doctor.config = cli_config(cli);
	if (doctor.config == NULL)
		return CLI_NEGATIVE;
	doctor.checks = cli->json ? json_array() : NULL;
	examine(&doctor);
	code = finish(&doctor);
	json_decref(doctor.status);
	config_free(&doctor.config);
	return code;
}

const struct cli_command cli_doctor = {
	"doctor", "[--postfix DIR] [--json]", "Find mistakes of the deployment",
	"Looks at configuration and rules, speaks with posternd and, over the milter\n"
	"protocol, with its socket, reads the mail server's settings, checks owner and\n"
	"mode of folders, the audit log, store, disks and clock. Changes nothing.\n\n"
	"Options:\n"
	"  --postfix DIR  Postfix's configuration directory (default: its own default)\n\n"
	"Exit status: 0 no problem (warnings may be), 1 a problem, 2 an error.\n\n"
	"Examples:\n"
	"  postern doctor\n"
	"  postern doctor --json | jq '.checks[] | select(.level==\"problem\")'\n",
	doctor_run
};
