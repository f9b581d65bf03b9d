/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_CONTACT_PHONE_LIB_H
#define POSTERN_PLUGINS_CONTACT_PHONE_LIB_H

#ifdef __cplusplus
extern "C" {
#endif

/* Loads the library's tables; -1 when that fails. */
int phone_lib_init(void);

/*
 * Whether number ("+16265550147", or national digits read in region "US") is
 * one that a telephone can have: 1, 0, or -1 for an error. Safe from many threads.
 */
int phone_lib_valid(const char *number, const char *region);

#ifdef __cplusplus
}
#endif

#endif
