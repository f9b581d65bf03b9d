/* SPDX-License-Identifier: BSD-2-Clause */
/* Each plugin that is wrong is refused with the exact reason, and right ones survive what is done to their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "engine/plugin.h"

static char place[] = "postern.conf";

static int load(const char *name, const char *path, const char *sha256, struct loaded_plugin *out, struct diag *d)
{
	struct config_plugin config = {.name = (char *)(size_t)name, .path = (char *)(size_t)path,
	    .sha256 = (char *)(size_t)sha256, .file = place, .line = 7};

	*out = (struct loaded_plugin){.config = NULL};
	return plugin_load(&config, "/tmp", out, d);
}

static const struct {
	const char *name;
	const char *want; /* part of the diagnostic behind the path */
} refused[] = {
	{"wrong_magic", "its 'postern_plugin' does not start with POSTERN_MAGIC: it is no Postern plugin"},
	{"wrong_major", "is for plugin interface 2.0, this Postern has 1.5: rebuild it against the installed header"},
	{"future_minor", "is for plugin interface 1.12, this Postern has 1.5: update Postern, or rebuild it against the installed header"},
	{"short_struct", "says that its description has 16 bytes, fewer than any version's: rebuild it against the installed header"},
	{"long_struct", "says that its description has 1048576 bytes, more than the file holds: rebuild it against the installed header"},
	{"prefix_only", "has no version or no summary"},
	{"null_name", "has no name"},
	{"no_check", "has no check function"},
	{"bad_default", "option 'limit' has the default '12', which is not of its type or out of its range"},
	{"missing_symbol", "exports no 'postern_plugin': it is no Postern plugin"},
	{"undefined_symbol", "can't be loaded: undefined symbol: nobody_has_this"},
};

static void wrong_plugins_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char path[512], want[1024];
		struct loaded_plugin plugin;
		struct diag d = {0};

		snprintf(path, sizeof(path), "%s/%s.so", BADPLUGINS, refused[i].name);
		snprintf(want, sizeof(want), "postern.conf:7: %s: %s", path, refused[i].want);
		assert_int_equal(load(refused[i].name, path, NULL, &plugin, &d), -1);
		assert_string_equal(d.text, want);
		assert_false(plugin.loaded);
	}
}

static void copy_file(const char *from, const char *to, unsigned mode)
{
	struct buf data = {0};
	struct diag d = {0};
	int fd;

	assert_int_equal(file_read(from, 64 << 20, &data, &d), 0);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, data.data, data.len), data.len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	buf_free(&data);
}

static int make_dir(void **state)
{
	static char dir[] = "/tmp/postern-loader-XXXXXX";

	*state = mkdtemp(dir);
	return *state != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
	struct file_list list;
	struct diag d = {0};

	assert_int_equal(file_list_dir(*state, "", &list, &d), 0);
	for (size_t i = 0; i < list.count; i++)
		unlink(list.paths[i]);
	file_list_free(&list);
	return rmdir(*state);
}

static void assert_refused(const char *name, const char *path, const char *pin, const char *want)
{
	struct loaded_plugin plugin;
	struct diag d = {0};

	assert_int_equal(load(name, path, pin, &plugin, &d), -1);
	if (strstr(d.text, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, d.text);
	assert_int_equal(d.count, 1);
}

static void files_that_others_can_write_are_refused(void **state)
{
	char path[256], dir[300], inside[400];

	snprintf(path, sizeof(path), "%s/good.so", (char *)*state);
	copy_file(BADPLUGINS "/good.so", path, 0664);
	assert_refused("good", path, NULL, "is writable by group or others (mode 0664): chmod go-w it");
	assert_int_equal(chmod(path, 0646), 0);
	assert_refused("good", path, NULL, "is writable by group or others (mode 0646): chmod go-w it");
	snprintf(dir, sizeof(dir), "%s/open", (char *)*state);
	snprintf(inside, sizeof(inside), "%s/good.so", dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	copy_file(BADPLUGINS "/good.so", inside, 0644);
	assert_refused("good", inside, NULL, "is writable by everybody: chmod o-w it");
	unlink(inside);
	rmdir(dir);
}

/* Needs root to give a file away; another user's own file is the same case the other way round. */
static void files_of_others_are_refused(void **state)
{
	char path[256], want[100];

	snprintf(path, sizeof(path), "%s/owner.so", (char *)*state);
	copy_file(BADPLUGINS "/good.so", path, 0644);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_refused("good", path, NULL,
		    "belongs to user 12345: it must belong to root or to the user that Postern runs as");
		return;
	}
	/* Without root nothing can be given away, but there is always a file of root to accept. */
	snprintf(want, sizeof(want), "can't be loaded");
	assert_refused("good", "/etc/passwd", NULL, want);
}

static void what_is_no_plugin_is_refused(void **state)
{
	char path[256];
	int fd;

	assert_refused("good", "/nonexistent/x.so", NULL, "/nonexistent/x.so: No such file or directory");
	assert_refused("good", *state, NULL, "is not a regular file");
	snprintf(path, sizeof(path), "%s/fifo.so", (char *)*state);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused("good", path, NULL, "is not a regular file");
	snprintf(path, sizeof(path), "%s/text.so", (char *)*state);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "this is a text, and it is long enough for an ELF header to be missing in it......", 80), 80);
	close(fd);
	assert_refused("good", path, NULL, "can't be loaded: invalid ELF header");
	assert_refused("other", BADPLUGINS "/good.so", NULL, "calls itself 'good', but the configuration names it 'other'");
}

static void the_pinned_digest_must_fit(void **state)
{
	const char *wrong = "00000000000000000000000000000000000000000000000000000000000000ff";
	struct loaded_plugin plugin, again;
	struct diag d = {0};

	(void)state;
	assert_int_equal(load("good", BADPLUGINS "/good.so", NULL, &plugin, &d), 0);
	assert_int_equal(load("good", BADPLUGINS "/good.so", plugin.sha256, &again, &d), 0);
	assert_ptr_equal(plugin.desc.check, again.desc.check);
	assert_refused("good", BADPLUGINS "/good.so", wrong, "but 00000000000000000000000000000000000000000000000000000000000000ff is pinned");
}

static void the_same_file_is_mapped_once(void **state)
{
	size_t before;
	struct loaded_plugin plugin;
	struct diag d = {0};

	(void)state;
	assert_int_equal(load("good", BADPLUGINS "/good.so", NULL, &plugin, &d), 0);
	before = plugin_images();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(load("good", BADPLUGINS "/good.so", NULL, &plugin, &d), 0);
	assert_int_equal(plugin_images(), before);
}

static size_t open_descriptors(void)
{
	struct file_list list;
	struct diag d = {0};
	size_t count;

	assert_int_equal(file_list_dir("/proc/self/fd", "", &list, &d), 0);
	count = list.count;
	file_list_free(&list);
	return count;
}

/* Refused files leave neither descriptors nor other traces behind, however often they are tried. */
static void refusals_leak_nothing(void **state)
{
	char path[256];
	size_t before;

	snprintf(path, sizeof(path), "%s/text.so", (char *)*state);
	assert_refused("undefined_symbol", BADPLUGINS "/undefined_symbol.so", NULL, "nobody_has_this");
	before = open_descriptors();
	for (int i = 0; i < 50; i++) {
		assert_refused("undefined_symbol", BADPLUGINS "/undefined_symbol.so", NULL, "nobody_has_this");
		assert_refused("good", path, NULL, "invalid ELF header");
		assert_refused("wrong_magic", BADPLUGINS "/wrong_magic.so", NULL, "POSTERN_MAGIC");
	}
	assert_int_equal(open_descriptors(), before);
}

/*
 * Another plugin is written over the file in place, as cp does, and moved over it, as install does: what is
 * loaded stays as it is, and what is loaded next is the new one.
 */
static void a_replaced_file_is_a_new_image(void **state)
{
	char path[256], moved[256];
	struct loaded_plugin first, second, third;
	struct diag d = {0};

	snprintf(path, sizeof(path), "%s/replaced.so", (char *)*state);
	snprintf(moved, sizeof(moved), "%s/moved.so", (char *)*state);
	copy_file(BADPLUGINS "/tempfail.so", path, 0644);
	assert_int_equal(load("tempfail", path, NULL, &first, &d), 0);
	copy_file(BADPLUGINS "/slow_check.so", path, 0644);
	assert_int_equal(load("slow_check", path, NULL, &second, &d), 0);
	copy_file(BADPLUGINS "/tempfail.so", moved, 0644);
	assert_int_equal(rename(moved, path), 0);
	assert_int_equal(load("tempfail", path, NULL, &third, &d), 0);
	assert_true(first.desc.check != second.desc.check);
	assert_ptr_equal(first.desc.check, third.desc.check);
	assert_int_equal(first.desc.check(NULL, NULL, NULL), POSTERN_TEMPFAIL);
	assert_int_equal(second.desc.check(NULL, NULL, NULL), POSTERN_OK);
}

/* Makes memfd_create fail with EPERM in this process from now on, as hardened systems do. */
static int forbid_memory_files(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void without_memory_files_a_private_copy_runs(void **state)
{
	struct loaded_plugin plugin;
	struct diag d = {0};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		/* A plugin that no other test has mapped. */
		if (forbid_memory_files() != 0 || memfd_create("x", 0) != -1)
			_exit(2);
		if (load("unknown_rule_id", BADPLUGINS "/unknown_rule_id.so", NULL, &plugin, &d) != 0)
			_exit(3);
		_exit(plugin.desc.check != NULL ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_plugins_are_refused_with_the_reason),
		cmocka_unit_test(files_that_others_can_write_are_refused),
		cmocka_unit_test(files_of_others_are_refused),
		cmocka_unit_test(what_is_no_plugin_is_refused),
		cmocka_unit_test(the_pinned_digest_must_fit),
		cmocka_unit_test(the_same_file_is_mapped_once),
		cmocka_unit_test(refusals_leak_nothing),
		cmocka_unit_test(a_replaced_file_is_a_new_image),
		cmocka_unit_test(without_memory_files_a_private_copy_runs),
	};

	hash_init();
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
