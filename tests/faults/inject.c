/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD for tests: calls fail as the file FAULTS_FILE says, which the test has mapped, too, and changes while the
 * program runs. Whether the n-th call of a kind fails follows from the seed and n alone. Memory fails only where the
 * caller is one of FAULTS_CALLERS (names of objects, with commas; "" is the program itself, "*" everybody).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The order is that of KINDS in faults.py. */
enum kind {
	KIND_WRITE, KIND_SEND, KIND_SYNC, KIND_OPEN, KIND_RENAME, KIND_CONNECT, KIND_ACCEPT, KIND_MALLOC, KIND_MMAP, KIND_THREAD,
	KIND_COUNT
};

/* As faults.py writes it: little-endian, no gaps. */
struct fault {
	_Atomic uint32_t share;  /* of 2^32; 0: none by chance */
	_Atomic uint32_t errnum;
	_Atomic uint64_t nth;    /* this call fails; 0: none */
	_Atomic uint64_t calls, failed;
};

struct faults {
	_Atomic uint64_t seed;
	struct fault kinds[KIND_COUNT];
};

static struct faults *faults;

#define RANGES_MAX 64
static struct range {
	uintptr_t begin, end;
} ranges[RANGES_MAX];
static size_t range_count;
static bool everybody;

#define REAL(name) ((__typeof__(&name))real(#name, &real_##name))
#define SLOT(name) static void *_Atomic real_##name

static void *real(const char *name, void *_Atomic *slot)
{
	void *found = *slot;

	if (found == NULL)
		*slot = found = dlsym(RTLD_NEXT, name);
	return found;
}

/* ---- which calls ------------------------------------------------------------- */

static bool is_named(const char *list, const char *path)
{
	const char *base = strrchr(path, '/');

	base = base != NULL ? base + 1 : path;
	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len > 0 && strncmp(base, list, len) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	if (info->dlpi_name[0] != '\0' && !is_named(arg, info->dlpi_name))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && range_count < RANGES_MAX; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0)
			ranges[range_count++] = (struct range){info->dlpi_addr + p->p_vaddr, info->dlpi_addr + p->p_vaddr + p->p_memsz};
	}
	return 0;
}

__attribute__((constructor)) static void inject_init(void)
{
	const char *path = getenv("FAULTS_FILE"), *callers = getenv("FAULTS_CALLERS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	if (fd < 0)
		return;
	if (callers == NULL)
		callers = "";
	everybody = strcmp(callers, "*") == 0;
	dl_iterate_phdr(note_object, (void *)(uintptr_t)callers);
	at = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		faults = at;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

/* True, with errno set, when this call is to fail. */
static bool fails(enum kind kind)
{
	struct fault *f;
	uint32_t share;
	uint64_t n, nth;

	if (faults == NULL)
		return false;
	f = &faults->kinds[kind];
	share = f->share;
	nth = f->nth;
	if (share == 0 && nth == 0)
		return false;
	n = ++f->calls;
	if (n != nth && (uint32_t)mix(faults->seed + n * 0x9e3779b97f4a7c15U + (uint64_t)kind) >= share)
		return false;
	f->failed++;
	errno = (int)f->errnum;
	return true;
}

static bool memory_fails(enum kind kind, const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (faults == NULL || (faults->kinds[kind].share == 0 && faults->kinds[kind].nth == 0))
		return false;
	if (everybody)
		return fails(kind);
	for (size_t i = 0; i < range_count; i++)
		if (at >= ranges[i].begin && at < ranges[i].end)
			return fails(kind);
	return false;
}

/* Disks and peers fail apart; what goes to the log or wakes a thread does not fail. */
static bool write_fails(int fd)
{
	struct stat st;

	if (faults == NULL || fd <= STDERR_FILENO || fstat(fd, &st) != 0)
		return false;
	if (S_ISREG(st.st_mode))
		return fails(KIND_WRITE);
	return S_ISSOCK(st.st_mode) && fails(KIND_SEND);
}

/* ---- the calls ---------------------------------------------------------------- */

SLOT(write);
ssize_t write(int fd, const void *data, size_t size)
{
	return write_fails(fd) ? -1 : REAL(write)(fd, data, size);
}

SLOT(writev);
ssize_t writev(int fd, const struct iovec *iov, int count)
{
	return write_fails(fd) ? -1 : REAL(writev)(fd, iov, count);
}

SLOT(pwrite);
ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	return write_fails(fd) ? -1 : REAL(pwrite)(fd, data, size, at);
}

SLOT(pwrite64);
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	return write_fails(fd) ? -1 : REAL(pwrite64)(fd, data, size, at);
}

SLOT(fsync);
int fsync(int fd)
{
	return fails(KIND_SYNC) ? -1 : REAL(fsync)(fd);
}

SLOT(fdatasync);
int fdatasync(int fd)
{
	return fails(KIND_SYNC) ? -1 : REAL(fdatasync)(fd);
}

#define MODE(flags, mode) \
	do { \
		if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
			va_list ap; \
			va_start(ap, flags); \
			mode = va_arg(ap, mode_t); \
			va_end(ap); \
		} \
	} while (0)

SLOT(open);
int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE(flags, mode);
	return fails(KIND_OPEN) ? -1 : REAL(open)(path, flags, mode);
}

SLOT(open64);
int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE(flags, mode);
	return fails(KIND_OPEN) ? -1 : REAL(open64)(path, flags, mode);
}

SLOT(openat);
int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE(flags, mode);
	return fails(KIND_OPEN) ? -1 : REAL(openat)(dir, path, flags, mode);
}

SLOT(rename);
int rename(const char *from, const char *to)
{
	return fails(KIND_RENAME) ? -1 : REAL(rename)(from, to);
}

SLOT(renameat);
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(KIND_RENAME) ? -1 : REAL(renameat)(from_dir, from, to_dir, to);
}

SLOT(connect);
int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return fails(KIND_CONNECT) ? -1 : REAL(connect)(fd, address, size);
}

SLOT(accept);
int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
	return fails(KIND_ACCEPT) ? -1 : REAL(accept)(fd, address, size);
}

SLOT(accept4);
int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags)
{
	return fails(KIND_ACCEPT) ? -1 : REAL(accept4)(fd, address, size, flags);
}

SLOT(pthread_create);
int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*run)(void *), void *restrict arg)
{
	return fails(KIND_THREAD) ? EAGAIN : REAL(pthread_create)(thread, attr, run, arg);
}

SLOT(mmap);
void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return memory_fails(KIND_MMAP, __builtin_return_address(0)) ? MAP_FAILED : REAL(mmap)(at, size, prot, flags, fd, offset);
}

SLOT(mmap64);
void *mmap64(void *at, size_t size, int prot, int flags, int fd, off64_t offset)
{
	return memory_fails(KIND_MMAP, __builtin_return_address(0)) ? MAP_FAILED : REAL(mmap64)(at, size, prot, flags, fd, offset);
}

/* glibc's own, so that looking them up can't call them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return memory_fails(KIND_MALLOC, __builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return memory_fails(KIND_MALLOC, __builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return memory_fails(KIND_MALLOC, __builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
