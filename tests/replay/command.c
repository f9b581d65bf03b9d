/* SPDX-License-Identifier: BSD-2-Clause */
/* COMMAND: what a person commands the desk, checked and recorded as the daemon does. */
#include "play.h"

int command_step(struct play *play, const struct step *step, struct diag *d)
{
	(void)play;
	return diag_at(d, step->file, step->line, "no commands yet");
}
