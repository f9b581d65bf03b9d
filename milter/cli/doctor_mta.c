/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail server's side of the deployment: does Postfix (or sendmail) ask
 * Postern, at the right place, and what does it do when nobody answers?
 */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"

extern char **environ;

#define SENDMAIL_CF "/etc/mail/sendmail.cf"
#define SENDMAIL_CF_MAX ((size_t)1 << 20)

/* Output of a program, without a shell in between; -1 when it can't be run or fails. */
static int run_program(const char *const argv[], struct buf *out)
{
	posix_spawn_file_actions_t actions;
	int fds[2], status;
	char piece[1024];
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while (status == 0 && (n = read(fds[0], piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	close(fds[0]);
	if (status != 0 || waitpid(pid, &status, 0) == -1)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && !out->failed ? 0 : -1;
}

int doctor_postconf(const struct doctor *doctor, const char *parameter, struct buf *out)
{
	const char *with_dir[] = {"postconf", "-c", doctor->postfix_dir, "-xh", parameter, NULL};
	const char *plain[] = {"postconf", "-xh", parameter, NULL};

	buf_truncate(out, 0);
	if (run_program(doctor->postfix_dir != NULL ? with_dir : plain, out) == -1)
		return -1;
	while (out->len > 0 && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == ' '))
		buf_truncate(out, out->len - 1);
	return 0;
}

/* The part of a socket's name that both libmilter's and Postfix's form share: the path, or the port. */
static struct slice socket_core(const char *socket)
{
	const char *colon = strchr(socket, ':');
	const char *start = colon != NULL ? colon + 1 : socket;
	const char *at = strchr(start, '@');

	return (struct slice){start, at != NULL ? (size_t)(at - start) : strlen(start)};
}

/* Relative to the queue directory, as a chrooted Postfix sees it, with and without a slash in front. */
static bool mentions_below_queue(const struct doctor *doctor, struct slice milters, struct slice core)
{
	static const char *const forms[] = {"unix:", "unix:/"};
	struct buf queue = {0}, name = {0};
	bool found = false;

	if (doctor_postconf(doctor, "queue_directory", &queue) == 0 && queue.len > 0 && core.len > queue.len + 1 &&
	    memcmp(core.ptr, queue.data, queue.len) == 0 && core.ptr[queue.len] == '/') {
		for (size_t i = 0; i < 2 && !found; i++) {
			buf_truncate(&name, 0);
			buf_printf(&name, "%s%.*s", forms[i], (int)(core.len - queue.len - 1), core.ptr + queue.len + 1);
			found = !name.failed && slice_find(milters, buf_slice(&name)) >= 0;
		}
	}
	buf_free(&name);
	buf_free(&queue);
	return found;
}

/* As the configuration names it; /run and /var/run are the same place. */
static bool mentions_path(struct slice text, struct slice core)
{
	if (core.len > strlen("/var/run/") && memcmp(core.ptr, "/var/run/", strlen("/var/run/")) == 0)
		core = slice_sub(core, strlen("/var"), core.len);
	return slice_find(text, core) >= 0;
}

static bool mentions_socket(const struct doctor *doctor, struct slice milters)
{
	struct slice core = socket_core(doctor->config->socket);

	return mentions_path(milters, core) || mentions_below_queue(doctor, milters, core);
}

static void check_milters(struct doctor *doctor, const char *parameter, enum doctor_level missing,
    const char *consequence)
{
	const char *line = doctor->status != NULL ? json_get_str(doctor->status, "postfix_line") : NULL;
	struct buf value = {0}, advice = {0};

	/* The line is the one for smtpd_milters; what is after the "=" holds for both. */
	line = line != NULL ? strchr(line, '=') : NULL;
	buf_printf(&advice, "%s %s", parameter, line != NULL ? line : "has to name Postern's socket in main.cf");
	if (doctor_postconf(doctor, parameter, &value) == -1)
		doctor_say(doctor, DOCTOR_WARNING, parameter, "run it by hand: postconf", "postconf can't be run");
	else if (mentions_socket(doctor, buf_slice(&value)))
		doctor_say(doctor, DOCTOR_OK, parameter, NULL, "Postfix asks Postern (%s)", value.data);
	else
		doctor_say(doctor, missing, parameter, advice.failed ? NULL : advice.data,
		    "%s does not name %s: %s", parameter, doctor->config->socket, consequence);
	buf_free(&value);
	buf_free(&advice);
}

static void check_default_action(struct doctor *doctor)
{
	struct buf value = {0};

	if (doctor_postconf(doctor, "milter_default_action", &value) == 0) {
		if (strcmp(value.data, "tempfail") == 0 || strcmp(value.data, "quarantine") == 0)
			doctor_say(doctor, DOCTOR_OK, "milter_default_action", NULL, "%s", value.data);
		else
			doctor_say(doctor, DOCTOR_PROBLEM, "milter_default_action",
			    "set milter_default_action = tempfail in main.cf",
			    "'%s': when Postern is down, mail goes out unjudged or is lost", value.data);
	}
	buf_free(&value);
}

/* CVE-2023-51764: without it a second message can be smuggled past the end of data. */
static void check_bare_newline(struct doctor *doctor)
{
	struct buf value = {0};

	if (doctor_postconf(doctor, "smtpd_forbid_bare_newline", &value) == -1)
		doctor_say(doctor, DOCTOR_WARNING, "smtpd_forbid_bare_newline",
		    "update Postfix", "this Postfix doesn't know it, SMTP smuggling is possible");
	else if (value.len == 0 || strcmp(value.data, "no") == 0)
		doctor_say(doctor, DOCTOR_WARNING, "smtpd_forbid_bare_newline",
		    "set smtpd_forbid_bare_newline = yes in main.cf", "is off, SMTP smuggling is possible");
	else
		doctor_say(doctor, DOCTOR_OK, "smtpd_forbid_bare_newline", NULL, "%s", value.data);
	buf_free(&value);
}

static void check_postfix(struct doctor *doctor)
{
	check_milters(doctor, "smtpd_milters", DOCTOR_PROBLEM, "no mail that comes by SMTP is judged");
	check_milters(doctor, "non_smtpd_milters", DOCTOR_WARNING,
	    "mail of programs on this machine (sendmail command) is not judged");
	check_default_action(doctor);
	check_bare_newline(doctor);
}

static void check_sendmail(struct doctor *doctor, struct slice cf)
{
	if (!mentions_path(cf, socket_core(doctor->config->socket)))
		doctor_say(doctor, DOCTOR_PROBLEM, "sendmail",
		    "add INPUT_MAIL_FILTER to sendmail.mc and make sendmail.cf anew",
		    SENDMAIL_CF " has no filter at %s: no mail is judged", doctor->config->socket);
	else
		doctor_say(doctor, DOCTOR_OK, "sendmail", NULL, SENDMAIL_CF " names %s", doctor->config->socket);
}

void doctor_mta(struct doctor *doctor)
{
	struct buf out = {0};
	struct diag d = {0};

	if (doctor_postconf(doctor, "mail_version", &out) == 0) {
		doctor_say(doctor, DOCTOR_OK, "mail server", NULL, "Postfix %s", out.data);
		check_postfix(doctor);
	} else if (doctor->postfix_dir != NULL) {
		doctor_say(doctor, DOCTOR_PROBLEM, "mail server", "look at the path",
		    "no Postfix configuration can be read in %s", doctor->postfix_dir);
	} else if (file_read(SENDMAIL_CF, SENDMAIL_CF_MAX, &out, &d) == 0) {
		check_sendmail(doctor, buf_slice(&out));
	} else {
		doctor_say(doctor, DOCTOR_WARNING, "mail server", "run this where the mail server runs",
		    "neither Postfix nor sendmail found: its side was not looked at");
	}
	buf_free(&out);
}
