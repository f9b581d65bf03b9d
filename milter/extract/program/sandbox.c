/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program gives up before it reads a byte: processor time, memory,
 * writing files, new privileges, other programs and the network. Whoever
 * takes it over through a broken parser can only write records and die.
 */
#include "extract/program/work.h"

#include <errno.h> /* EPERM */
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#define HAVE_FILTER 1
#endif

static int limit(int what, rlim_t value)
{
	const struct rlimit r = {value, value};

	struct rlimit now;

	if (setrlimit((__rlimit_resource_t)what, &r) == 0)
		return 0;
	/* a lower one that stands already is as good */
	return getrlimit((__rlimit_resource_t)what, &now) == 0 && now.rlim_cur <= value && now.rlim_max <= value ? 0 : -1;
}

#ifdef HAVE_FILTER
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static int filter_enter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
		/* the same calls under their x32 numbers */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		REFUSE(__NR_fork), REFUSE(__NR_vfork), REFUSE(__NR_unlink), REFUSE(__NR_rename), REFUSE(__NR_mkdir),
		REFUSE(__NR_symlink), REFUSE(__NR_link), REFUSE(__NR_chmod), REFUSE(__NR_creat), REFUSE(__NR_rmdir),
#endif
		REFUSE(__NR_execve), REFUSE(__NR_execveat), REFUSE(__NR_socket), REFUSE(__NR_connect), REFUSE(__NR_bind),
		REFUSE(__NR_ptrace), REFUSE(__NR_process_vm_readv), REFUSE(__NR_process_vm_writev), REFUSE(__NR_kill),
		REFUSE(__NR_unlinkat), REFUSE(__NR_renameat2), REFUSE(__NR_mkdirat), REFUSE(__NR_symlinkat),
		REFUSE(__NR_linkat), REFUSE(__NR_fchmodat), REFUSE(__NR_fchownat), REFUSE(__NR_truncate), REFUSE(__NR_mount),
		REFUSE(__NR_bpf), REFUSE(__NR_perf_event_open), REFUSE(__NR_keyctl), REFUSE(__NR_add_key),
		REFUSE(__NR_unshare), REFUSE(__NR_setns),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	/* a kernel without filters is no reason not to read: the limits hold */
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	return 0;
}
#endif

int sandbox_enter(size_t memory, unsigned seconds)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || limit(RLIMIT_CPU, seconds) != 0 ||
	    limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_NOFILE, 32) != 0 ||
	    limit(RLIMIT_NPROC, 0) != 0)
		return -1;
#ifndef POSTERN_SANITIZER
	/* sanitizers map terabytes that they don't use */
	if (limit(RLIMIT_AS, memory) != 0)
		return -1;
#else
	(void)memory;
#endif
#ifdef HAVE_FILTER
	return filter_enter();
#else
	return 0;
#endif
}
