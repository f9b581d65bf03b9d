/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One child process. Between vfork and exec the child shares this process's
 * memory while other threads run on, so it makes system calls only: no lock,
 * no memory. posix_spawn would not do: it can't set the parent-death signal,
 * no-new-privileges, limits or another user.
 */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS 1024

int64_t exec_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the child needs, made before it is there. */
struct birth {
	const struct launch *launch;
	char *const *environment;
	pid_t parent;
	int fd, err_fd, fail_fd; /* all above 3 */
	int highest;             /* descriptor that may be open */
	sigset_t mask;
};

static void reset_signals(const struct birth *birth)
{
	const struct sigaction usual = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &usual, NULL);
	(void)sigprocmask(SIG_SETMASK, &birth->mask, NULL);
}

/* The system calls themselves: the library's functions would tell all threads of the parent to change, too. */
static int change_user(const struct launch *launch)
{
	if (!launch->drop)
		return 0;
	if (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setresgid, launch->gid, launch->gid, launch->gid) != 0)
		return -1;
	return (int)syscall(SYS_setresuid, launch->uid, launch->uid, launch->uid);
}

static int set_limits(const struct launch *launch)
{
	const struct rlimit core = {0, 0}, files = {DESCRIPTORS, DESCRIPTORS};
	const struct rlimit memory = {(rlim_t)launch->memory, (rlim_t)launch->memory};

	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (setrlimit(RLIMIT_CORE, &core) != 0)
		return -1;
	return launch->memory > 0 ? setrlimit(RLIMIT_AS, &memory) : 0;
}

/* 0, 1 and 2 are the protocol and the log, 3 tells why exec failed and closes with it. */
static int set_descriptors(const struct birth *birth)
{
	if (dup2(birth->fd, 0) < 0 || dup2(birth->fd, 1) < 0 || dup2(birth->err_fd, 2) < 0 ||
	    dup3(birth->fail_fd, 3, O_CLOEXEC) < 0)
		return -1;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 4U, ~0U, 0U) == 0)
		return 0;
#endif
	for (int fd = 4; fd <= birth->highest; fd++)
		(void)close(fd);
	return 0;
}

__attribute__((noreturn)) static void enter(const struct birth *birth)
{
	int error = 0;

	(void)setsid();
	/* The death signal is forgotten when the user changes: after it. The parent may be gone by then. */
	if (set_descriptors(birth) != 0 || change_user(birth->launch) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != birth->parent ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || set_limits(birth->launch) != 0 || chdir("/") != 0) {
		error = errno != 0 ? errno : EPERM;
	} else {
		(void)umask(077);
		reset_signals(birth);
		(void)execve(birth->launch->argv[0], birth->launch->argv, birth->environment);
		error = errno;
	}
	(void)!write(3, &error, sizeof(error));
	_exit(127);
}

__attribute__((noinline)) static pid_t give_birth(const struct birth *birth)
{
	pid_t pid = vfork();

	if (pid == 0)
		enter(birth);
	return pid;
}

/* Above the numbers that the child gives to others. */
static int raised(int fd)
{
	int high;

	if (fd < 0 || fd > 3)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 4);
	close(fd);
	return high;
}

static int run(struct birth *birth, int fail_read, struct process *process)
{
	sigset_t all, before;
	int error = 0;
	ssize_t n;

	sigfillset(&all);
	/* A handler of ours must not run in the child. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	process->pid = give_birth(birth);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(birth->fail_fd);
	birth->fail_fd = -1;
	if (process->pid < 0) {
		process->pid = 0;
		return -1;
	}
	while ((n = read(fail_read, &error, sizeof(error))) < 0 && errno == EINTR)
		;
	if (n == 0)
		return 0;
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
	errno = n == sizeof(error) ? error : EIO;
	return -1;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

int process_start(const struct launch *launch, struct process *process_r)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", lang[] = "LANG=C.UTF-8";
	static char *const environment[] = {path, lang, NULL};
	int pair[2] = {-1, -1}, err[2] = {-1, -1}, fail[2] = {-1, -1}, rc = -1, error;
	struct birth birth = {.launch = launch, .environment = environment, .parent = getpid(),
	    .highest = (int)sysconf(_SC_OPEN_MAX)};

	sigemptyset(&birth.mask);
	*process_r = (struct process){.fd = -1, .err_fd = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
	    pipe2(fail, O_CLOEXEC) == 0) {
		birth.fd = pair[1] = raised(pair[1]);
		birth.err_fd = err[1] = raised(err[1]);
		birth.fail_fd = raised(fail[1]);
		if (pair[1] >= 0 && err[1] >= 0 && birth.fail_fd >= 0)
			rc = run(&birth, fail[0], process_r);
		fail[1] = birth.fail_fd;
	}
	error = errno;
	close_if(pair[1]);
	close_if(err[1]);
	close_if(fail[0]);
	close_if(fail[1]);
	if (rc == 0) {
		process_r->fd = pair[0];
		process_r->err_fd = err[0];
	} else {
		close_if(pair[0]);
		close_if(err[0]);
	}
	errno = error;
	return rc;
}

void process_hang_up(struct process *process)
{
	if (process->fd >= 0)
		shutdown(process->fd, SHUT_RDWR);
}

static void process_close(struct process *process)
{
	close_if(process->fd);
	close_if(process->err_fd);
	*process = (struct process){.fd = -1, .err_fd = -1};
}

bool process_gone(struct process *process, int *status_r)
{
	siginfo_t info = {0};

	*status_r = 0;
	if (process->pid == 0)
		return true;
	/* Looked at, not taken: its number stays its own until the session was killed. */
	if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
		return false;
	process_kill(process, status_r);
	return true;
}

void process_kill(struct process *process, int *status_r)
{
	*status_r = 0;
	if (process->pid > 0) {
		(void)kill(-process->pid, SIGKILL);
		(void)kill(process->pid, SIGKILL);
		while (waitpid(process->pid, status_r, 0) < 0 && errno == EINTR)
			;
	}
	process_close(process);
}
