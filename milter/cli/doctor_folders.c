/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folders and sockets that posternd needs as the user it runs as: audit log, archive, spool, receivers of exports, and
 * the one where sendmail(1) puts mail of alerts. Asked of owner, group and mode, since doctor may run as somebody else.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MAX 256
/* Room for a line of passwd or group. */
#define ROOM_SIZE 16384
#define SENDMAIL_DROP "/var/spool/mqueue-client"

/* Whom posternd runs as. */
struct runner {
	uid_t uid;
	char name[64];
	gid_t groups[GROUPS_MAX];
	int group_count;
};

struct folder {
	const char *check;
	const char *path;
	mode_t mode;      /* as it should be */
	mode_t forbidden; /* more than that is open to others */
	const char *open; /* what it means when it is */
};

/* Reads the entry of name, or without one of uid. -1: there is none. */
static int read_user(const char *name, uid_t uid, struct passwd *entry, char *room, size_t size)
{
	struct passwd *found = NULL;
	int rc = name != NULL ? getpwnam_r(name, entry, room, size, &found) : getpwuid_r(uid, entry, room, size, &found);

	return rc == 0 && found != NULL ? 0 : -1;
}

/* The one that runs; else the one that the configuration names; else who asks. */
static int find_runner(const struct doctor *doctor, struct passwd *entry, char *room, size_t size)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%lld", (long long)json_get_int(doctor->status, "worker_pid", 0));
	if (doctor->status != NULL && stat(path, &st) == 0)
		return read_user(NULL, st.st_uid, entry, room, size);
	return read_user(doctor->config->user, geteuid(), entry, room, size);
}

static gid_t main_group(const struct config *config, gid_t otherwise)
{
	struct group entry, *found = NULL;
	char room[ROOM_SIZE];

	if (config->group != NULL)
		(void)getgrnam_r(config->group, &entry, room, sizeof(room), &found);
	return found != NULL ? found->gr_gid : otherwise;
}

static int runner_resolve(const struct doctor *doctor, struct runner *runner_r)
{
	struct passwd entry;
	char room[ROOM_SIZE];

	if (find_runner(doctor, &entry, room, sizeof(room)) != 0)
		return -1;
	*runner_r = (struct runner){.uid = entry.pw_uid, .group_count = GROUPS_MAX};
	snprintf(runner_r->name, sizeof(runner_r->name), "%s", entry.pw_name);
	/* Of more groups than fit the first ones are there. */
	if (getgrouplist(entry.pw_name, main_group(doctor->config, entry.pw_gid), runner_r->groups,
	    &runner_r->group_count) == -1)
		runner_r->group_count = GROUPS_MAX;
	return 0;
}

static bool has_group(const struct runner *runner, gid_t gid)
{
	for (int i = 0; i < runner->group_count; i++)
		if (runner->groups[i] == gid)
			return true;
	return false;
}

/* Whether all of want (as for others: 2 write, 1 enter) is allowed to it. */
static bool may(const struct runner *runner, const struct stat *st, mode_t want)
{
	if (runner->uid == 0)
		return true;
	if (st->st_uid == runner->uid)
		return (st->st_mode >> 6 & want) == want;
	if (has_group(runner, st->st_gid))
		return (st->st_mode >> 3 & want) == want;
	return (st->st_mode & want) == want;
}

static void check_mode(struct doctor *doctor, const struct runner *runner, const struct folder *f, const struct stat *st)
{
	unsigned mode = (unsigned)(st->st_mode & 07777);
	const char *whose = "nobody known";
	char advice[2200], room[ROOM_SIZE];
	struct passwd owner;

	if (read_user(NULL, st->st_uid, &owner, room, sizeof(room)) == 0)
		whose = owner.pw_name;
	snprintf(advice, sizeof(advice), "chown %s '%.1000s' && chmod %04o '%.1000s'", runner->name, f->path,
	    (unsigned)f->mode, f->path);
	if (!S_ISDIR(st->st_mode))
		doctor_say(doctor, DOCTOR_PROBLEM, f->check, "move it away, or name another place in the configuration",
		    "%s is no folder", f->path);
	else if (!may(runner, st, 03))
		doctor_say(doctor, DOCTOR_PROBLEM, f->check, advice, "%s belongs to %s and has mode %04o: %s, whom posternd runs as, "
		    "can't write there", f->path, whose, mode, runner->name);
	else if (mode & f->forbidden && !(mode & S_ISVTX))
		doctor_say(doctor, mode & f->forbidden & 0022 ? DOCTOR_PROBLEM : DOCTOR_WARNING, f->check, advice,
		    "%s has mode %04o: %s", f->path, mode, f->open);
	else
		doctor_say(doctor, DOCTOR_OK, f->check, NULL, "%s is writable by %s, mode %04o", f->path, runner->name, mode);
}

static void check_folder(struct doctor *doctor, const struct runner *runner, const struct folder *f)
{
	struct stat st;

	if (stat(f->path, &st) == 0)
		check_mode(doctor, runner, f, &st);
	else if (errno == ENOENT)
		doctor_say(doctor, DOCTOR_WARNING, f->check, "posternd makes it at its start", "%s is not there", f->path);
	else
		doctor_say(doctor, DOCTOR_PROBLEM, f->check, "run this as root", "%s: %s", f->path, strerror(errno));
}

/* Where an export begins again after a restart; posternd makes it when it is needed first. */
static void check_positions(struct doctor *doctor, const struct runner *runner)
{
	struct folder f = {"export folder", NULL, 0750, 0022, "others can make an export leave events out"};
	char path[1024];

	snprintf(path, sizeof(path), "%s/export", doctor->config->audit_dir);
	f.path = path;
	if (doctor->config->export_count > 0 && access(path, F_OK) == 0)
		check_folder(doctor, runner, &f);
}

static void check_receiver(struct doctor *doctor, const struct runner *runner, const struct export_spec *export)
{
	const char *path = export->address.path;
	char check[100], advice[300];
	struct stat st;

	if (export->address.way != EXPORT_UNIX && export->address.way != EXPORT_UNIXGRAM)
		return;
	snprintf(check, sizeof(check), "export %.64s", export->name);
	snprintf(advice, sizeof(advice), "let the receiver give its socket to a group of %s, with mode 0660", runner->name);
	if (stat(path, &st) != 0)
		doctor_say(doctor, DOCTOR_WARNING, check, "start the receiver; events wait in the audit log until then",
		    "%s: %s", path, strerror(errno));
	else if (!may(runner, &st, 02))
		doctor_say(doctor, DOCTOR_PROBLEM, check, advice, "%s has mode %04o: %s, whom posternd runs as, can't connect", path,
		    (unsigned)(st.st_mode & 07777), runner->name);
	else
		doctor_say(doctor, DOCTOR_OK, check, NULL, "%s is open to %s", path, runner->name);
}

static bool sends_mail(const struct config_alerts *alerts)
{
	bool sends = alerts->mail != NULL && alerts->mail[0] != NULL;

	for (size_t i = 0; i < alerts->audience_count; i++)
		sends = sends || (alerts->audiences[i].mail != NULL && alerts->audiences[i].mail[0] != NULL);
	return sends;
}

/* The unit's NoNewPrivileges leaves the set-group-id bit of the mail server's program without effect. */
static void check_drop(struct doctor *doctor, const struct runner *runner)
{
	char path[1024] = SENDMAIL_DROP, advice[300], room[ROOM_SIZE];
	struct group entry, *group = NULL;
	struct buf queue = {0};
	struct stat st;

	if (!sends_mail(&doctor->config->alerts))
		return;
	if (doctor_postconf(doctor, "queue_directory", &queue) == 0 && queue.len > 0)
		snprintf(path, sizeof(path), "%s/maildrop", queue.data);
	buf_free(&queue);
	if (stat(path, &st) != 0)
		return; /* another mail server, which keeps its queue elsewhere */
	(void)getgrgid_r(st.st_gid, &entry, room, sizeof(room), &group);
	snprintf(advice, sizeof(advice), "adduser %s %s, then restart posternd; see ALERTS BY MAIL in posternd(8)", runner->name,
	    group != NULL ? group->gr_name : "GROUP");
	if (may(runner, &st, 03))
		doctor_say(doctor, DOCTOR_OK, "drop folder", NULL, "%s is writable by %s", path, runner->name);
	else
		doctor_say(doctor, DOCTOR_WARNING, "drop folder", advice, "%s is not writable by %s, whom posternd runs as: under its "
		    "systemd unit no alert goes out by mail", path, runner->name);
}

void doctor_folders(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	const struct folder audit = {"audit folder", config->audit_dir, 0750, 0027, "others can read or change it"};
	const struct folder archive = {"archive folder", config->archive.dir, 0700, 0077, "others can get at raw messages"};
	const struct folder spool = {"spool folder", config->spool_dir, 0750, 0022, "others can put files in messages' place"};
	struct runner runner;

	if (runner_resolve(doctor, &runner) != 0) {
		doctor_say(doctor, DOCTOR_PROBLEM, "user", "make it, or mend user in milter { }",
		    "there is no user %s", config->user != NULL ? config->user : "for this process");
		return;
	}
	check_folder(doctor, &runner, &audit);
	check_positions(doctor, &runner);
	if (config->archive.enabled)
		check_folder(doctor, &runner, &archive);
	check_folder(doctor, &runner, &spool);
	for (size_t i = 0; i < config->export_count; i++)
		check_receiver(doctor, &runner, &config->exports[i]);
	check_drop(doctor, &runner);
}
