/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONFIG_ALERTS_H
#define POSTERN_POLICY_CONFIG_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "desk/alert.h"
#include "policy/conf.h"

/* More shops with recipients of their own, and escalations, are refused. */
#define CONFIG_ALERTS_AUDIENCES_MAX 24

/* Who gets the mail beside, or instead of, those of the section itself. */
struct config_alerts_audience {
	char *name;   /* escalate "name", shop "name" */
	bool escalation;
	unsigned at;  /* escalations: from this level on; shops: 0 */
	char **mail;
};

/* alerts {} of postern.conf. Lists end with NULL; all belongs to the configuration. */
struct config_alerts {
	int64_t interval;  /* seconds between two turns */
	struct alert_plan plan;
	bool log;          /* a line of the log for each alert */
	char *from;        /* address of the mail's header From; its envelope sender is empty */
	char **mail;       /* NULL or empty: none */
	char **command;    /* program and its arguments; NULL: none */
	int64_t timeout_ms; /* for the command, and for sendmail */
	bool response_rate; /* alert of rates near or below the line of the marketplace's profile, too */
	bool spam_filtered; /* of a marketplace's mail that another filter called spam, too */
	bool warnings;      /* of a marketplace's warning letters, too */
	struct config_alerts_audience *audiences;
	size_t audience_count;
};

/* Reads the section (or sets its defaults when there is none). Every problem is a line in d. */
void config_alerts_read(struct arena *arena, const struct conf_node *root, struct config_alerts *alerts, struct diag *d);

#endif
