/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_PROFILE_INT_H
#define POSTERN_POLICY_PROFILE_INT_H

/* What profile_load.c builds and profile.c answers from. */
#include "core/arena.h"
#include "core/pattern.h"
#include "policy/conf.h"
#include "policy/profile.h"

/* A value from a day on; newest first in its list. */
struct dated_value {
	const char *name;
	int64_t since;
	char *text; /* lists joined by commas */
	char *source;
	const struct conf_node *node;
	struct dated_value *next;
};

struct dated_clock {
	struct sla_clock clock;
	const struct conf_node *node;
	struct dated_clock *next;
};

/* A time zone that some clock or window names, read once. */
struct known_zone {
	const struct zone *zone;
	struct known_zone *next;
};

/* Form of addresses that reach customers. */
struct relay {
	const char *name;
	struct pattern *pattern;
	struct relay *next;
};

enum condition_place {
	CONDITION_FROM, CONDITION_SENDER, CONDITION_TO, CONDITION_SUBJECT, CONDITION_ATTACHMENT, CONDITION_BODY, CONDITION_HEADER
};

struct condition {
	enum condition_place place;
	unsigned number; /* of From: from 0 in a list of kinds, the same where the expression is */
	const char *header;
	struct pattern *pattern;
	struct condition *next;
};

/* All conditions of a kind must hold. */
struct kind {
	struct mail_kind kind;
	struct condition *conditions;
	char **with;     /* kinds of numbers one of which the message must have */
	char **without;  /* kinds of numbers that the message must not have */
	const struct conf_node *node;
	struct kind *next;
};

/* A dated fact that mail of a kind tells. */
struct milestone_form {
	const char *name;
	char **subject;         /* kinds of numbers, the best first */
	struct pattern *when;   /* that the text must fit; NULL: always */
	struct pattern *term;   /* group 1: days */
	struct pattern *date;   /* group 1: the day; NULL: the day of receipt */
	bool month_first;
	struct milestone_form *next;
};

/* What stands around a customer's own words in mail of the marketplace. */
struct frame {
	struct pattern *begin, *end; /* either may be NULL */
	struct frame *next;
};

/* Who writes on the other side of a case. */
struct channel {
	const char *name;
	struct pattern *pattern;
	struct channel *next;
};

/* How another filter marks mail as spam. */
struct spam_mark {
	const char *name, *header;
	struct pattern *pattern;
	struct spam_mark *next;
};

struct number {
	struct id_pattern pattern;
	const struct conf_node *node;
	struct number *next;
};

/* Addresses of a marketplace's support, from a day on. */
struct support_entry {
	struct support support;
	struct pattern *pattern;   /* of the address */
	struct pattern *signature; /* of the text of its answers; NULL: any */
	int64_t since;
	struct support_entry *next;
};

/* What a customer's text says when the expression fits. */
struct fact {
	const char *name;
	struct pattern *pattern;
	struct fact *next;
};

struct marketplace {
	char *name, *title;
	struct conf_node *node;
	char **domains, **relay_domains;
	const struct conf_node *domains_key, *relay_domains_key; /* for messages */
	struct slice *poses;   /* names and domains as their readers take them (mail/lookalike.h) */
	size_t pose_count;
	char **names;          /* words that only this marketplace may have in its domain */
	char **other_domains;  /* its own, too, but no mail that concerns sellers comes from them */
	struct pattern *thread_ignores;
	struct frame *frames;
	struct channel *channels;
	struct relay *relays;
	struct dated_value *values;
	const struct dated_value *common_values; /* where it has none of its own */
	struct dated_clock *clocks;
	struct desk_window *windows; /* all versions */
	size_t window_count;
	struct kind *kinds;
	struct support_entry *supports;
	struct number *numbers;
	struct id_set *ids;
};

/* A domain of one marketplace; sorted, in lower case. */
struct market_domain {
	char *domain;
	struct marketplace *market;
	bool relay;  /* addresses there are customers' */
};

struct profiles {
	struct arena *arena;
	struct marketplace *markets;
	size_t count;
	struct market_domain *domains;
	size_t domain_count;
	struct number *common;
	struct dated_value *values; /* of all marketplaces */
	struct diag warnings;
	struct id_set *all_ids; /* of all marketplaces, and the common ones */
	struct fact *facts;
	struct kind *kinds;           /* of mail from anywhere */
	struct spam_mark *spam_marks;
	struct known_zone *zones;
};

/* The entry for the whole domain of address, never for a part of it. */
const struct market_domain *profile_domain_find(const struct profiles *profiles, struct slice address);

#endif
