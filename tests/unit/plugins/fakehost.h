/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_FAKEHOST_H
#define POSTERN_TESTS_FAKEHOST_H

#include <stdbool.h>
#include <stddef.h>

#include "postern/plugin.h"

/*
 * A host for one plugin in a test: a message made of literals goes in,
 * findings, labels and clocks come out. Files come from the tree's rules/; an
 * option "text:..." is the content of its file itself.
 */

#define FAKE_MAX 16
#define FAKE_COUNTERS 4096

struct fake_option {
	const char *name, *value;
};

struct fake_text {
	enum postern_segment_kind kind;
	const char *text;
};

struct fake_url {
	const char *raw, *scheme, *host;
	enum postern_url_source source;
	enum postern_segment_kind segment;
};

struct fake_file {
	const char *name, *type;
	const char *content;
	size_t size; /* of content; 0: up to its NUL */
};

struct fake_image {
	const char *source, *host, *alt;
	int width, height, hidden;
};

/* A window of the profile as it stands for a number. */
struct fake_window {
	const char *name, *subject;
	enum postern_window_state state;
	const char *first_day, *last_day;
};

struct fake_message {
	uint32_t direction;
	const char *sender, *account;
	const char *marketplace; /* NULL: "walmart" */
	const char *recipients[FAKE_MAX]; /* "...@relay.walmart.com" and "...@marketplace.amazon.com" are customers */
	const char *labels, *clock; /* of the kind */
	const char *language, *allow_domains; /* of the profile; NULL: not there */
	struct fake_option headers[FAKE_MAX]; /* up to the first NULL name, as all below */
	struct fake_text texts[FAKE_MAX];
	struct fake_url urls[FAKE_MAX];
	struct fake_option ids[FAKE_MAX]; /* kind, value; views into the first text that holds them */
	struct fake_option values[FAKE_MAX]; /* of the profile, besides the two above */
	struct { const char *address; enum postern_segment_kind segment; } addresses[FAKE_MAX];
	struct fake_file files[FAKE_MAX];
	struct fake_image images[FAKE_MAX];
	struct { const char *name, *value; size_t part; } facts[FAKE_MAX]; /* part: index in files */
	struct postern_disguise disguises[FAKE_MAX]; /* up to count 0 */
	/* Parts: of the texts and their types (NULL: "text/plain"), of the URLs; which alternative each is of. */
	size_t text_parts[FAKE_MAX], url_parts[FAKE_MAX], alternatives[FAKE_MAX];
	const char *text_types[FAKE_MAX];
	enum postern_quotes quotes;
	struct postern_inbound inbound;
	struct { const char *prefix; int64_t value; } counts[FAKE_MAX]; /* counters whose key starts so; others: delta */
	enum postern_status counter_status;
	bool remembers; /* counters hold what was added since fake_forget, by up to FAKE_COUNTERS keys */
	struct { const char *name, *channel, *language; } support;
	struct fake_window windows[FAKE_MAX];
	struct { const char *name; int64_t seconds; } clocks[FAKE_MAX]; /* due so long after received */
	int64_t received;
	int64_t counted; /* what each counter holds already */
};

struct fake_result {
	enum postern_status status;
	size_t findings;
	int score; /* the highest of the findings */
	char rule[64];
	char evidence[512];
	char advice[2048]; /* of all findings, a line each */
	char labels[512]; /* each with a blank before and behind */
	bool marked;
	char clock[64];
	char counter[256]; /* key of the last one */
};

struct fake_rule;

/* NULL when the plugin refuses the options; fake_error tells why. */
struct fake_rule *fake_open(const struct postern_plugin *plugin, const struct fake_option *options);
void fake_close(struct fake_rule **rule);
/* The last thing that the plugin reported with conf_error; "" when nothing. */
const char *fake_error(void);
/* The last error that a plugin logged or said by fail, and how many lines of any level it logged since fake_open; in any thread. */
const char *fake_logged(void);
size_t fake_log_count(void);
struct fake_result fake_check(const struct fake_rule *rule, const struct fake_message *message);
/* What the rule's plugin says, before the body is there, of whether it wants the message. */
bool fake_wants(const struct fake_rule *rule, const struct fake_message *message);
/* Sets all counters of messages that remember back to 0. */
void fake_forget(void);
bool fake_has_label(const struct fake_result *result, const char *label);

#endif
