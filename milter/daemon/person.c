/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks. The kernel says which account a process runs as; for root, which several people use, it
 * mostly knows as well who logged in. What a client tells of itself counts last, and only from root, who could
 * do as he likes anyway.
 */
#include "daemon/person.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/slice.h"
#include "daemon/privilege.h"

#define GROUPS_MAX 1024
#define LOGIN_UNSET 4294967295LL

/* -1 where the kernel keeps none, or hides it (hidepid, systemd's ProtectProc): then the client's word counts. */
static int64_t login_of(pid_t pid)
{
	char path[64], text[32] = "";
	long long number;
	ssize_t n;
	char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	number = strtoll(text, &end, 10);
	return end == text || number < 0 || number == LOGIN_UNSET ? -1 : number;
}

int person_read(int fd, struct person *person_r, pid_t *pid_r)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof(peer);

	*person_r = (struct person){(uid_t)-1, -1};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return -1;
	*person_r = (struct person){peer.uid, login_of(peer.pid)};
	*pid_r = peer.pid;
	return 0;
}

int64_t person_number(const struct person *person, const json_t *from)
{
	int64_t login = json_get_int(from, "login_uid", -1), sudo = json_get_int(from, "sudo_uid", -1);

	if (person->uid != 0)
		return person->uid;
	if (person->login >= 0)
		return person->login;
	if (login >= 0 && login < LOGIN_UNSET)
		return login;
	return sudo >= 0 && sudo < LOGIN_UNSET ? sudo : 0;
}

void person_put(json_t *event, const struct person *person, const json_t *from)
{
	int64_t person_uid = person_number(person, from);
	char room[4096], number[32];
	struct passwd entry, *found = NULL;

	snprintf(number, sizeof(number), "uid %lld", (long long)person_uid);
	if (getpwuid_r((uid_t)person_uid, &entry, room, sizeof(room), &found) != 0)
		found = NULL;
	json_put(event, "by", slice_str(found != NULL ? found->pw_name : number));
	json_put_int(event, "uid", (json_int_t)person->uid);
	if (person_uid != (int64_t)person->uid)
		json_put_int(event, "person", person_uid);
}

static bool is_in_group(uid_t uid, const char *group)
{
	char room[4096], group_room[65536];
	struct passwd user, *user_found = NULL;
	struct group entry, *found = NULL;
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (getpwuid_r(uid, &user, room, sizeof(room), &user_found) != 0 || user_found == NULL ||
	    getgrnam_r(group, &entry, group_room, sizeof(group_room), &found) != 0 || found == NULL ||
	    getgrouplist(user.pw_name, user.pw_gid, groups, &count) == -1)
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == entry.gr_gid)
			return true;
	return false;
}

bool person_is_named(char *const *names, uid_t uid)
{
	uid_t named;

	for (; names != NULL && *names != NULL; names++) {
		if (**names == '@' ? is_in_group(uid, *names + 1) : user_resolve(*names, &named) == 0 && named == uid)
			return true;
	}
	return false;
}
