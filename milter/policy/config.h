/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONFIG_H
#define POSTERN_POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/class.h"
#include "core/diag.h"
#include "core/log.h"
#include "extract/extract.h"
#include "mail/message.h"
#include "policy/action.h"
#include "policy/config_alerts.h"
#include "policy/config_export.h"
#include "policy/config_redis.h"
#include "policy/parties.h"
#include "policy/sources.h"

/*
 * postern.conf: how the daemon runs. Rules and marketplace profiles are read
 * after it (rules.h, profile.h), because a rule's keys depend on its plugin.
 * All strings belong to the config; lists end with NULL.
 */
struct config_plugin {
	char *name;
	char *path;     /* absolute; default: POSTERN_PLUGINDIR/name.so */
	bool optional;  /* start without it (said in the log and in status) */
	char *sha256;   /* pinned digest in hex, or NULL */
	char *file;     /* place in the configuration */
	int line;
};

/* The seller's account at a marketplace, by the addresses that mail comes to and is answered from. */
struct config_shop {
	char *name;
	struct parties addresses;
};

/* What may stand for limits.rule_budget and a rule's budget. */
#define RULE_BUDGET_MIN_MS 1
#define RULE_BUDGET_MAX_MS 600000

struct config {
	char *path;               /* of postern.conf */
	struct sources *sources;  /* all files that were read for it; rules and profiles add theirs */

	/* milter {} */
	char *socket;             /* "unix:/path" (or "local:"), "inet:port@host", "inet6:..." as libmilter has it */
	unsigned socket_mode;     /* of a unix socket; default 0660 */
	char *socket_group;       /* group of a unix socket; NULL: leave */
	char *user;               /* to run as; NULL: stay */
	char *group;
	char *control_socket;     /* path */
	char **control_users;     /* users and @groups who may reload and stop, besides root and the daemon's own user */
	char **desk_users;        /* who may mark, release and record milestones, besides those */
	char *pid_file;           /* NULL: none */
	size_t max_transactions;  /* live at once; more get 451 4.3.2 */
	size_t max_judging;       /* judged at once */
	int64_t deadline_ms;      /* for judging one message; then 451 */
	int64_t hang_ms;          /* a plugin that does not return within it is killed with its process */
	int timeout_s;            /* libmilter's, waiting for the MTA */
	int64_t command_timeout_ms; /* for the MTA to finish a command that it began, and to take its answers */
	int64_t message_timeout_ms; /* from MAIL to the end of a message */
	char *log_target;         /* "stderr" or "syslog" */
	enum log_level log_level;
	bool supervise;           /* restart the worker process when it dies */

	/* direction {} : decides for each message which way it goes */
	bool authenticated_outbound;
	char **trusted_networks;  /* CIDR; their mail is outbound */
	char **outbound_daemons;  /* {daemon_name} of the MTA's listener */
	char **inbound_daemons;
	bool outside;             /* mail to people at no marketplace is judged by the rules that ask for it */
	char **authserv_ids;      /* whose Authentication-Results count */

	/* inbound {} : what is asked of incoming mail */
	char *authentication;     /* "off", "check" or "require" (of marketplaces' mail; with authserv_ids) */
	bool look_alikes;         /* whether senders that look like a marketplace's are phishing */
	enum action phishing_action;
	char *subject_tag;        /* put before the subject of mail with a clock, "[{hours}h] "; NULL: none */

	/* shop "name" {} ; without one each own address is a shop */
	struct config_shop *shops;
	size_t shop_count;

	/* plugin "name" {} : the explicit list */
	struct config_plugin *plugins;
	size_t plugin_count;

	/* rules {} : places of data; a site's file goes before the shipped one of the same name */
	char *rules_shipped;      /* default POSTERN_RULESDIR */
	char *rules_site;         /* default the directory of postern.conf */
	bool monitor;             /* everything in monitor mode: judge and log, change nothing */
	struct parties monitor_senders; /* envelope senders or @domains in monitor mode */
	struct parties hold_senders; /* show nobody a refusal: what would be refused is held */
	char *unverified_quotes;  /* quoted text that nothing is known of: "label", "pass" or "judge" */

	/* store {} */
	char *store_type;         /* "sqlite", "redis" (a database here, shared through Redis) or "memory" */
	char *store_path;
	struct config_redis redis; /* redis {} in it: what several gateways share */

	/* audit {} */
	char *audit_dir;
	size_t audit_rotate_bytes;
	char *audit_key_file;     /* signs checkpoints; default: audit_dir with ".key" */
	char *audit_public_key_file; /* public halves; default: audit_dir with ".pub" */
	size_t audit_checkpoint_events; /* records between two checkpoints */
	int audit_checkpoint_s;   /* seconds between two checkpoints */
	bool redact_addresses;
	bool redact_text;         /* evidence and subject */
	char *redact_key_file;

	/* archive {} : the raw messages */
	struct {
		bool enabled;
		char *dir;
		char *key_file;   /* NULL: not encrypted */
		bool required;    /* what can't be archived gets 451 */
		bool outside;     /* also mail to people at no marketplace that went through */
		size_t retain_days[ARCHIVE_CLASSES]; /* 0: for ever */
		int purge_s;      /* how often the daemon purges; 0: only by command */
	} archive;

	/* desk {} : programs that the desk's commands run, and who decides on held mail */
	char *desk_mta;           /* "postfix", "sendmail" or "auto": whose queue holds messages */
	char *desk_sendmail;      /* sendmail(8): takes a message with -t -i */
	char *desk_postsuper;     /* postsuper(1) of Postfix: takes a message off hold with -H */
	char *desk_postqueue;     /* postqueue(1) of Postfix: delivers it at once with -i, lists the queue with -j */
	char *desk_postcat;       /* postcat(1) of Postfix: gives a queued message with -bhq */
	char *desk_sendmail_queue; /* sendmail's queue directory; may have patterns, as sendmail.cf's QueueDirectory */
	char **desk_reviewers;    /* users and @groups who alone decide on held mail, besides root and the daemon's user */
	char *desk_four_eyes;     /* "no", "release" or "all": what takes two persons */
	int desk_four_eyes_expire_s; /* how long a request, and an approval, holds */

	/* alerts {} : who is told of what is due, and when */
	struct config_alerts alerts;

	/* metrics {} : numbers for Prometheus */
	char *metrics_listen;     /* as listen_parse has it; NULL: not served */
	char *metrics_group;      /* group of a unix socket; NULL: leave */

	/* export "name" {} : who gets the audit events beside the log */
	struct export_spec *exports;
	size_t export_count;

	/* extract {} : how attachments are read */
	struct extract_config extract;
	enum action unread_action; /* for an attachment that could not be read as a whole */

	/* limits {} */
	struct mail_limits limits;
	int64_t rule_budget_ms;   /* wall time of one check of a rule that says nothing else */
	size_t memory_bytes;      /* arena of one message */
	size_t spool_memory_bytes; /* past it a message goes to spool_dir */
	char *spool_dir;
	enum action limit_action; /* for a passed limit */
	enum action opaque_action; /* for encrypted content that can't be judged */
	enum action damaged_action; /* for a malformed message judged as far as it decodes */
	enum action internal_error_action; /* temporary error of a plugin without its own on_error */
};

/*
 * Reads and checks path. Every problem is one line in d: file:line, reason,
 * suggestion. NULL when there was any.
 */
struct config *config_load(const char *path, struct diag *d);
/* As config_load, with another directory for the site's rules than the file says (NULL: as it says). */
struct config *config_load_site(const char *path, const char *site, struct diag *d);
/* One more owner, each of whom frees it. */
struct config *config_ref(const struct config *config);
/* With its last owner it is gone. */
void config_free(struct config **config);
/* The shop that an address belongs to: a configured one, else the address itself in small letters (in out, size bytes). */
const char *config_shop_of(const struct config *config, struct slice address, int64_t at, char *out, size_t size);
/* The configuration file used when none is named: POSTERN_SYSCONFDIR/postern.conf. */
const char *config_default_path(void);
/*
 * Full path of a data file named relative to the rules directories ("lists/x.txt"): the site's, else
 * the shipped one. Freed by the caller; NULL with the places that were looked at.
 */
char *config_data_file(const struct config *config, const char *name, struct diag *d);

#endif
