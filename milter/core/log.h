/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_LOG_H
#define POSTERN_CORE_LOG_H

/* The operator's log: standard error or syslog, one line a message. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/*
 * Opens the log. target is "stderr" or "syslog" (facility mail); level is the
 * most talkative one that is written. Call before threads start.
 */
void log_open(const char *ident, const char *target, enum log_level level);
void log_set_level(enum log_level level);

/*
 * Writes one line. The rendered text is sanitised whole (text_sanitize), so
 * no argument can break the line or reach a terminal. Thread-safe.
 */
__attribute__((format(printf, 2, 3)))
void log_write(enum log_level level, const char *fmt, ...);

/* The same for a text of several lines (a diag's): one line of the log for each, all with what fmt says before it. */
__attribute__((format(printf, 3, 4)))
void log_write_lines(enum log_level level, const char *text, const char *fmt, ...);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
