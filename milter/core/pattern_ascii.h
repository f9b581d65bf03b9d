/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PATTERN_ASCII_H
#define POSTERN_CORE_PATTERN_ASCII_H

/*
 * An expression (PCRE2 syntax, compiles with UTF and UCP, with or without case) that, compiled without them, has the
 * same matches in texts of ASCII characters only. Each other character becomes one that stands in no such text.
 * What PCRE2 makes of it is half as large, and most mail is ASCII.
 *
 * Owned by the caller; NULL: there is none, or memory is out.
 */
char *pattern_ascii_form(const char *expression);

#endif
