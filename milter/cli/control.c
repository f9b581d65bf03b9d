/* SPDX-License-Identifier: BSD-2-Clause */
/* The client of posternd's control socket, and the commands that only ask it. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "desk/command.h"

#define ANSWER_MAX (4U << 20)
/* A reload reads and tests every rule before it answers. */
#define ANSWER_SECONDS 60
/* What the kernel has as the uid of a login where nobody logged in. */
#define NOBODY 4294967295LL

static int control_connect(const char *path, struct diag *d)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return diag_add(d, "%s: path of the control socket is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return diag_add(d, "can't make a socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		diag_add(d, "posternd is not running (nobody answers at %s)", path);
	else if (errno == EACCES)
		diag_add(d, "%s: permission denied; try as root, or join the socket's group", path);
	else
		diag_add(d, "%s: %s", path, strerror(errno));
	close(fd);
	return -1;
}

static int control_send(int fd, const json_t *request, struct diag *d)
{
	struct buf line = {0};
	int rc = json_write(&line, request);

	buf_add_char(&line, '\n');
	if (rc == -1 || line.failed)
		rc = diag_add(d, "out of memory");
	else if (line.len > DESK_REQUEST_MAX)
		rc = diag_add(d, "the request has %zu bytes, more than posternd takes (%d)", line.len, DESK_REQUEST_MAX);
	else if (send(fd, line.data, line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
		rc = diag_add(d, "can't send to posternd: %s", strerror(errno));
	buf_free(&line);
	return rc;
}

/* Reads one line. */
static int control_receive(int fd, struct buf *answer, struct diag *d)
{
	char piece[4096];

	answer->max = ANSWER_MAX;
	while (answer->len == 0 || answer->data[answer->len - 1] != '\n') {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_add(d, "no answer from posternd: %s", strerror(errno));
		if (n == 0)
			break;
		buf_add(answer, piece, (size_t)n);
		if (answer->failed)
			return diag_add(d, "posternd's answer is too long");
	}
	return answer->len > 0 ? 0 : diag_add(d, "posternd closed the connection without an answer");
}

static void put_number(json_t *object, const char *key, const char *text)
{
	char *end;
	long long number = text != NULL ? strtoll(text, &end, 10) : 0;

	if (text != NULL && end != text && *end == '\0' && number >= 0 && number < NOBODY)
		json_put_int(object, key, number);
}

json_t *cli_from(void)
{
	const char *ssh = getenv("SSH_CLIENT");
	json_t *from = json_object();
	struct buf login = {0};
	struct diag ignored = {0};
	char tty[64];

	if (ttyname_r(STDIN_FILENO, tty, sizeof(tty)) == 0)
		json_put(from, "tty", slice_str(tty));
	json_put(from, "ssh", slice_sub(slice_str(ssh), 0, ssh != NULL ? strcspn(ssh, " ") : 0));
	/* Set by sshd and login, kept by su and sudo. */
	if (file_read("/proc/self/loginuid", 32, &login, &ignored) == 0 && login.len > 0)
		put_number(from, "login_uid", login.data);
	put_number(from, "sudo_uid", getenv("SUDO_UID"));
	json_put(from, "sudo_user", slice_str(getenv("SUDO_USER")));
	buf_free(&login);
	return from;
}

json_t *cli_control_request(const struct config *config, json_t *request, struct diag *d)
{
	struct buf answer = {0};
	json_t *value = NULL;
	int fd = control_connect(config->control_socket, d);

	if (fd == -1)
		return NULL;
	json_put_new(request, "from", cli_from());
	if (control_send(fd, request, d) == 0 && control_receive(fd, &answer, d) == 0) {
		value = json_loadb(answer.data, answer.len, 0, NULL);
		if (!json_is_object(value)) {
			diag_add(d, "posternd's answer can't be read: is %s its control socket?",
			    config->control_socket);
			json_decref(value);
			value = NULL;
		}
	}
	close(fd);
	buf_free(&answer);
	return value;
}

json_t *cli_control(const struct config *config, const char *command, struct diag *d)
{
	json_t *request = json_object(), *answer;

	json_put_str(request, "command", command);
	answer = cli_control_request(config, request, d);
	json_decref(request);
	return answer;
}

/* Sends a command without arguments, but for the reason of one that changes something; prints the answer or hands it to show. */
static int control_command(struct cli *cli, const struct cli_command *command, int argc, char **argv,
    void (*show)(const struct cli *cli, const json_t *answer))
{
	bool changes = command != &cli_status, ok;
	const char *why = NULL;
	const struct cli_option options[] = {{.name = "why", .value = &why}, {0}};
	int code, first = cli_options(cli, command, argc, argv, changes ? options : NULL, &code);
	json_t *answer, *request;
	struct config *config;
	struct diag d = {0};

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(command, "takes no argument: '%s'", argv[first]);
	config = cli_config(cli);
	if (config == NULL)
		return CLI_ERROR;
	request = json_object();
	json_put_str(request, "command", command->name);
	json_put(request, "why", slice_str(why));
	answer = cli_control_request(config, request, &d);
	json_decref(request);
	config_free(&config);
	if (answer == NULL)
		return cli_fail(cli, &d);
	ok = json_is_true(json_object_get(answer, "ok"));
	if (cli->json)
		return cli_json(answer) == CLI_OK && ok ? CLI_OK : CLI_ERROR;
	if (ok) {
		show(cli, answer);
	} else {
		const char *error = json_get_str(answer, "error");

		diag_add(&d, "%s", error != NULL ? error : "posternd refused without a reason");
		cli_fail(cli, &d);
	}
	json_decref(answer);
	return ok ? CLI_OK : CLI_ERROR;
}

static void show_reload(const struct cli *cli, const json_t *answer)
{
	(void)cli;
	printf("reloaded: generation %lld judges from now on\n", (long long)json_get_int(answer, "generation", 0));
}

static int reload_run(struct cli *cli, int argc, char **argv)
{
	return control_command(cli, &cli_reload, argc, argv, show_reload);
}

const struct cli_command cli_reload = {
	"reload", "[--why TEXT] [--json]", "Load rules, plugins and configuration anew, without a pause",
	"The new rules are loaded and tested first; when anything is wrong, the old ones\n"
	"stay and the reasons are shown. SIGHUP does the same. Waits for the result.\n"
	"Who did it, from where and why (--why TEXT) is kept in the audit log.\n\n"
	"Example:\n  postern check && postern reload --why \"new list of competitors\"\n",
	reload_run
};

static void show_stop(const struct cli *cli, const json_t *answer)
{
	(void)cli;
	(void)answer;
	puts("posternd is stopping: messages being judged are finished first");
}

static int stop_run(struct cli *cli, int argc, char **argv)
{
	return control_command(cli, &cli_stop, argc, argv, show_stop);
}

const struct cli_command cli_stop = {
	"stop", "[--why TEXT] [--json]", "Stop posternd in an orderly way",
	"Until it runs again the mail server defers mail (milter_default_action=tempfail).\n"
	"Who did it, from where and why (--why TEXT) is kept in the audit log.\n\n"
	"Example:\n  postern stop --why \"new kernel\"\n",
	stop_run
};

static void show_counts(const char *title, const json_t *counts)
{
	const char *key;
	json_t *value;
	bool first = true;

	printf("%-13s", title);
	json_object_foreach((json_t *)counts, key, value) {
		printf("%s%lld %s", first ? "" : ", ", (long long)json_integer_value(value), key);
		first = false;
	}
	putchar('\n');
}

/* Rules that took more time than they have; nothing while there are none. */
static void show_overruns(const struct cli *cli, const json_t *overruns)
{
	const char *rule;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)overruns, rule, count) {
		printf("%-13s", "over budget");
		cli_styled(cli, CLI_WARN, "rule ");
		cli_text(slice_str(rule), 0);
		printf(", %lld times\n", (long long)json_integer_value(count));
	}
}

static void show_health(const struct cli *cli, const char *title, const json_t *part, const char *number)
{
	bool healthy = json_is_true(json_object_get(part, "healthy"));

	printf("%-13s", title);
	cli_styled(cli, healthy ? CLI_GOOD : CLI_BAD, healthy ? "healthy" : "FAILING");
	printf(", event %lld\n", (long long)json_get_int(part, number, 0));
}

/* Where this gateway stands among others: what they lack of it, and what it lacks of them. */
static void show_shared(const struct cli *cli, const json_t *shared)
{
	static const char *const ways[] = {"publish", "read"};
	bool healthy = json_is_true(json_object_get(shared, "healthy"));
	size_t gaps = json_array_size(json_object_get(shared, "gaps"));

	if (shared == NULL)
		return;
	printf("%-13s", "shared");
	cli_styled(cli, healthy ? CLI_GOOD : CLI_BAD, healthy ? "healthy" : "FAILING");
	cli_member(shared, "gateway", ", gateway ");
	printf(", with %zu others, behind by %lld\n", json_array_size(json_object_get(shared, "gateways")),
	    (long long)json_get_int(shared, "behind", 0));
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const json_t *way = json_object_get(shared, ways[i]);

		if (json_get_str(way, "error") == NULL)
			continue;
		printf("  %s fails", ways[i]);
		cli_member(way, "since", " since ");
		cli_member(way, "error", ": ");
		putchar('\n');
	}
	if (gaps > 0) {
		printf("  ");
		cli_styled(cli, CLI_BAD, "events of other gateways are missing");
		puts(": copy the database of one that has them with 'postern store copy'");
	}
}

static void show_rule(const struct cli *cli, const json_t *rule)
{
	const char *name = json_get_str(rule, "name"), *action = json_get_str(rule, "action");
	bool monitor = json_is_true(json_object_get(rule, "monitor"));

	if (json_is_false(json_object_get(rule, "enabled")))
		action = "off";
	printf("  ");
	cli_text(slice_str(name), 24);
	printf(" ");
	cli_styled(cli, cli_action_style(action != NULL ? action : ""), action != NULL ? action : "");
	printf("%s", monitor ? " (monitor only)" : "");
	if (json_get_str(rule, "on_error") != NULL && strcmp(json_get_str(rule, "on_error"), "defer") != 0)
		printf(" (on error: %s)", json_get_str(rule, "on_error"));
	putchar('\n');
}

static void show_text(const char *title, const json_t *answer, const char *key)
{
	const char *text = json_get_str(answer, key);

	printf("%-13s", title);
	cli_text(slice_str(text != NULL ? text : "-"), 0);
	putchar('\n');
}

static void show_archive(const struct cli *cli, const json_t *archive)
{
	bool healthy = json_is_true(json_object_get(archive, "healthy"));

	printf("%-13s", "archive");
	if (!json_is_true(json_object_get(archive, "enabled"))) {
		puts("off");
		return;
	}
	cli_styled(cli, healthy ? CLI_GOOD : CLI_BAD, healthy ? "healthy" : "FAILING");
	if (json_is_true(json_object_get(archive, "encrypted")))
		printf(", encrypted");
	if (!json_is_true(json_object_get(archive, "required")))
		cli_styled(cli, CLI_WARN, ", not required: mail goes on without it");
	cli_member(json_object_get(archive, "purge"), "last_run", ", purged last ");
	cli_member(json_object_get(archive, "purge"), "error", ", purge FAILING: ");
	putchar('\n');
}

static void show_alerts(const struct cli *cli, const json_t *alerts)
{
	const json_t *ways = json_object_get(alerts, "ways");
	bool healthy = json_is_true(json_object_get(alerts, "healthy"));

	printf("%-13s", "alerts");
	if (json_array_size(ways) == 0) {
		puts("off");
		return;
	}
	cli_styled(cli, healthy ? CLI_GOOD : CLI_BAD, healthy ? "healthy" : "FAILING");
	printf(", %lld given today, %lld wait, %lld failures%s\n", (long long)json_get_int(alerts, "given_today", 0),
	    (long long)json_get_int(alerts, "waiting", 0), (long long)json_get_int(alerts, "failures", 0),
	    json_is_true(json_object_get(alerts, "quiet")) ? ", quiet hours" : "");
	show_text("  last turn", alerts, "last_run");
	show_text("  next turn", alerts, "next_run");
	if (!healthy)
		show_text("  error", alerts, "error");
}

static void show_exports(const struct cli *cli, const json_t *exports)
{
	const json_t *one;
	size_t i;

	if (json_array_size(exports) > 0)
		puts("exports");
	json_array_foreach(exports, i, one) {
		bool healthy = json_is_true(json_object_get(one, "healthy"));

		printf("  ");
		cli_text(slice_str(json_get_str(one, "name")), 16);
		putchar(' ');
		cli_styled(cli, healthy ? CLI_GOOD : CLI_BAD, healthy ? "healthy" : "FAILING");
		cli_member(one, "state", ", ");
		printf(", %lld sent, %lld events (%lld bytes) behind, ", (long long)json_get_int(one, "sent", 0),
		    (long long)json_get_int(one, "behind_events", 0), (long long)json_get_int(one, "behind_bytes", 0));
		cli_member(one, "to", "");
		cli_member(one, "error", ": ");
		putchar('\n');
	}
}

static void show_status(const struct cli *cli, const json_t *answer)
{
	const json_t *live = json_object_get(answer, "transactions"), *rule;
	char uptime[64];
	size_t i;

	cli_duration(uptime, sizeof(uptime), json_get_int(answer, "uptime_s", 0));
	printf("posternd %s, process %lld, up %s, generation %lld\n", json_get_str(answer, "version"),
	    (long long)json_get_int(answer, "worker_pid", 0), uptime,
	    (long long)json_get_int(answer, "generation", 0));
	show_text("config", answer, "config");
	show_text("socket", answer, "socket");
	show_text("Postfix", answer, "postfix_line");
	show_text("last message", answer, "last_message");
	printf("%-13s%lld of at most %lld live, %lld turned away busy, %lld mail servers cut off\n", "transactions",
	    (long long)json_get_int(live, "live", 0), (long long)json_get_int(live, "max", 0),
	    (long long)json_get_int(live, "refused_busy", 0), (long long)json_get_int(live, "cut_off", 0));
	show_counts("messages", json_object_get(answer, "messages"));
	show_counts("errors", json_object_get(answer, "errors"));
	show_overruns(cli, json_object_get(answer, "overruns"));
	show_health(cli, "audit log", json_object_get(answer, "audit"), "seq");
	show_health(cli, "store", json_object_get(answer, "store"), "applied_seq");
	show_shared(cli, json_object_get(json_object_get(answer, "store"), "shared"));
	show_archive(cli, json_object_get(answer, "archive"));
	show_alerts(cli, json_object_get(answer, "alerts"));
	show_exports(cli, json_object_get(answer, "exports"));
	puts("rules");
	json_array_foreach(json_object_get(answer, "rules"), i, rule)
		show_rule(cli, rule);
	cli_exemptions(json_object_get(answer, "exemptions"));
}

static int status_run(struct cli *cli, int argc, char **argv)
{
	return control_command(cli, &cli_status, argc, argv, show_status);
}

const struct cli_command cli_status = {
	"status", "[--json]", "Show what the running posternd does",
	"Shows the generation of rules, counts of messages, errors and\n"
	"checks that took more time than their rule has, the health of the\n"
	"audit log, the store, the archive, the alerts and the exports, each rule that is switched off, only monitors, or lets\n"
	"mail pass on errors, and the exemptions in force.\n\n"
	"Examples:\n  postern status\n  postern status --json | jq .messages\n",
	status_run
};
