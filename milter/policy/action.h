/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_ACTION_H
#define POSTERN_POLICY_ACTION_H

/*
 * What happens to a message, from the mildest to the strictest. The strictest
 * of all rules and recipients wins. DEFER (451) stands above HOLD, because a
 * message that could not be judged whole may yet have to be refused; it stands
 * below REJECT, because what was found stays found.
 */
enum action { ACTION_PASS, ACTION_TAG, ACTION_HOLD, ACTION_DEFER, ACTION_REJECT };

/* "pass", "tag", "hold", "defer", "reject". */
const char *action_name(enum action action);
/* 0, or -1 when text is none of them. */
int action_parse(const char *text, enum action *action_r);

#endif
