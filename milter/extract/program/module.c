/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers with large libraries (libarchive with ICU; Poppler; zbar and gd) are
 * modules beside the program, loaded when a file needs them: linked in, they
 * took 20 ms of each run, mostly for nothing.
 */
#include "extract/program/work.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where modules are, from the program's own place: installed, or in the build tree. */
static const char *const places[] = {"%.*s/%s.so", "%.*s/milter/extract/program/.libs/%s.so"};

bool module_path(const char *name, char *path, size_t size)
{
	char self[3000];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	const char *slash = len > 0 && (size_t)len < sizeof(self) ? memrchr(self, '/', (size_t)len) : NULL;

	for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		int n = snprintf(path, size, places[i], (int)(slash - self), self, name);
#pragma GCC diagnostic pop

		if (n > 0 && (size_t)n < size && access(path, R_OK) == 0)
			return true;
	}
	return false;
}

void *module_symbol(const char *name, const char *symbol)
{
	char path[4096];
	void *module = module_path(name, path, sizeof(path)) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;

	return module != NULL ? dlsym(module, symbol) : NULL;
}
