/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up root: after the sockets and directories are made, before the first byte of mail. */
#include "daemon/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for a line of passwd or group; a group of thousands is longer than any default. */
#define ENTRY_SIZE 262144

static int passwd_find(const char *user, uid_t *uid_r, gid_t *gid_r)
{
	struct passwd entry, *found = NULL;
	char *room = malloc(ENTRY_SIZE);

	if (room == NULL)
		return -1;
	if (getpwnam_r(user, &entry, room, ENTRY_SIZE, &found) == 0 && found != NULL) {
		*uid_r = found->pw_uid;
		*gid_r = found->pw_gid;
	}
	free(room);
	return found != NULL ? 0 : -1;
}

int user_resolve(const char *user, uid_t *uid_r)
{
	gid_t gid;

	return passwd_find(user, uid_r, &gid);
}

int group_resolve(const char *group, gid_t *gid_r, struct diag *d)
{
	struct group entry, *found = NULL;
	char *room = malloc(ENTRY_SIZE);

	if (room == NULL)
		return diag_add(d, "out of memory");
	if (getgrnam_r(group, &entry, room, ENTRY_SIZE, &found) == 0 && found != NULL)
		*gid_r = found->gr_gid;
	free(room);
	if (found == NULL)
		return diag_add(d, "group '%s' does not exist; make it with \"groupadd --system %s\"", group, group);
	return 0;
}

int identity_resolve(const char *user, const char *group, struct identity *identity_r, struct diag *d)
{
	*identity_r = (struct identity){.uid = geteuid(), .gid = getegid()};
	if (user == NULL)
		return 0;
	snprintf(identity_r->name, sizeof(identity_r->name), "%s", user);
	if (passwd_find(user, &identity_r->uid, &identity_r->gid) != 0)
		return diag_add(d, "user '%s' does not exist; make it with \"useradd --system --no-create-home %s\"",
		    user, user);
	if (group != NULL && group_resolve(group, &identity_r->gid, d) != 0)
		return -1;
	if (geteuid() == 0) {
		identity_r->drop = identity_r->uid != 0;
		return 0;
	}
	if (identity_r->uid != geteuid())
		return diag_add(d, "configured to run as user '%s', but started as uid %u: start as root or as that user",
		    user, (unsigned)geteuid());
	return 0;
}

/* By descriptor: where the identity owns the folder around it, a name may be a link to somewhere else by now. */
static int give_dir(const char *dir, const struct identity *identity)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc;

	if (fd == -1)
		return -1;
	rc = fchown(fd, identity->uid, identity->gid);
	close(fd);
	return rc;
}

/* One directory; a new one is the identity's, so that it can go through it later. */
static int make_one(const char *what, const char *dir, unsigned mode, const struct identity *identity, struct diag *d)
{
	if (mkdir(dir, mode) != 0)
		return errno == EEXIST ? 0 : diag_add(d, "%s: cannot make %s: %s", what, dir, strerror(errno));
	if (identity->drop && give_dir(dir, identity) != 0)
		return diag_add(d, "%s: cannot give %s to user '%s': %s", what, dir, identity->name, strerror(errno));
	return 0;
}

int privilege_make_dir(const char *what, const char *dir, unsigned mode, const struct identity *identity, struct diag *d)
{
	char path[4096];
	struct stat st;
	char *slash;

	if (dir == NULL || *dir == '\0')
		return 0;
	if (strlen(dir) >= sizeof(path))
		return diag_add(d, "%s: %s is too long", what, dir);
	memcpy(path, dir, strlen(dir) + 1);
	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_one(what, path, 0750, identity, d) != 0)
			return -1;
		*slash = '/';
	}
	if (make_one(what, path, mode, identity, d) != 0)
		return -1;
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return diag_add(d, "%s: %s is not a directory", what, dir);
	return 0;
}

static int identity_take(const struct identity *identity, struct diag *d)
{
	if (initgroups(identity->name, identity->gid) != 0)
		return diag_add(d, "cannot take the groups of user '%s': %s", identity->name, strerror(errno));
	if (setresgid(identity->gid, identity->gid, identity->gid) != 0)
		return diag_add(d, "cannot become group %u: %s", (unsigned)identity->gid, strerror(errno));
	if (setresuid(identity->uid, identity->uid, identity->uid) != 0)
		return diag_add(d, "cannot become user '%s': %s", identity->name, strerror(errno));
	return 0;
}

static int identity_verify(const struct identity *identity, struct diag *d)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
		return diag_add(d, "cannot tell whom this process runs as: %s", strerror(errno));
	if (ruid != identity->uid || euid != identity->uid || suid != identity->uid || rgid != identity->gid ||
	    egid != identity->gid || sgid != identity->gid)
		return diag_add(d, "still not user '%s' after giving up root", identity->name);
	if (setuid(0) == 0)
		return diag_add(d, "could become root again after giving it up");
	return 0;
}

int privilege_drop(const struct identity *identity, struct diag *d)
{
	if (identity->drop && (identity_take(identity, d) != 0 || identity_verify(identity, d) != 0))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return diag_add(d, "cannot forbid new privileges: %s", strerror(errno));
	/* Changing the user has cleared it. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
		return diag_add(d, "cannot stay dumpable: %s", strerror(errno));
	return 0;
}
