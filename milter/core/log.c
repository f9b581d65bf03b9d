/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's log: sanitised, one write a line, to stderr or syslog. */
#include "core/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/text.h"

static atomic_int log_max = LOG_LEVEL_INFO;
static int log_to_syslog;
static const char *log_ident = "postern";

static const int log_priority[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
static const char *const log_name[] = {"error", "warning", "info", "debug"};

void log_open(const char *ident, const char *target, enum log_level level)
{
	log_ident = ident;
	log_to_syslog = strcmp(target, "syslog") == 0;
	if (log_to_syslog)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
	log_set_level(level);
}

void log_set_level(enum log_level level)
{
	atomic_store(&log_max, (int)level);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char raw[2048], line[4096];
	va_list ap;
	int n;

	if ((int)level > atomic_load(&log_max))
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text_sanitize(line, sizeof(line), slice_str(raw), TEXT_FOR_LOG);
	if (log_to_syslog) {
		syslog(log_priority[level], "%s", line);
		return;
	}
	n = snprintf(raw, sizeof(raw), "%s: %s: %s\n", log_ident, log_name[level], line);
	if (n >= (int)sizeof(raw)) {
		n = (int)sizeof(raw) - 1;
		raw[n - 1] = '\n';
	}
	/* One write a line, so that lines of several threads don't mix. */
	if (write(STDERR_FILENO, raw, (size_t)n) < 0)
		return;
}

void log_write_lines(enum log_level level, const char *text, const char *fmt, ...)
{
	char prefix[512];
	struct slice rest = slice_str(text), line;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	do {
		const char *end = memchr(rest.ptr, '\n', rest.len);

		line = slice_sub(rest, 0, end != NULL ? (size_t)(end - rest.ptr) : rest.len);
		rest = slice_sub(rest, line.len + (end != NULL), rest.len);
		log_write(level, "%s%.*s", prefix, (int)line.len, line.ptr);
	} while (rest.len > 0);
}
