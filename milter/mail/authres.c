/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication-Results as RFC 8601 writes them, comments and quotes and all. The raw value is read, never the
 * decoded one: a sender's address that stands in it must not turn into a result by being decoded.
 */
#include "mail/authres.h"

#include <string.h>

#include "mail/address.h"

#define COMMENT_DEPTH_MAX 16

struct reader {
	struct slice rest;
};

static void advance(struct reader *r, size_t n)
{
	r->rest = slice_sub(r->rest, n, r->rest.len);
}

/* Length of the comment that begins s, nested ones included; an open one goes to the end. */
static size_t comment_length(struct slice s)
{
	size_t depth = 0, i = 0;

	for (; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(' && depth < COMMENT_DEPTH_MAX)
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

static void skip_blank(struct reader *r)
{
	while (r->rest.len > 0) {
		if (strchr(" \t\r\n", r->rest.ptr[0]) != NULL)
			advance(r, 1);
		else if (r->rest.ptr[0] == '(')
			advance(r, comment_length(r->rest));
		else
			return;
	}
}

/* One character of syntax, with what stands before it; false when another is next. */
static bool take(struct reader *r, char c)
{
	skip_blank(r);
	if (r->rest.len == 0 || r->rest.ptr[0] != c)
		return false;
	advance(r, 1);
	return true;
}

/* What a quoted string holds; escapes stay, since nothing that is looked for has any. */
static struct slice take_quoted(struct reader *r)
{
	size_t i = 1;
	struct slice inside;

	while (i < r->rest.len && r->rest.ptr[i] != '"')
		i += r->rest.ptr[i] == '\\' ? 2 : 1;
	if (i > r->rest.len)
		i = r->rest.len;
	inside = slice_sub(r->rest, 1, i - 1);
	advance(r, i + 1);
	return inside;
}

/* A word up to blank, comment or a character of stop. Empty when there is none. */
static struct slice take_word(struct reader *r, const char *stop)
{
	size_t i = 0;
	struct slice word;

	skip_blank(r);
	if (r->rest.len > 0 && r->rest.ptr[0] == '"')
		return take_quoted(r);
	while (i < r->rest.len && r->rest.ptr[i] != '\0' && strchr(" \t\r\n();\"", r->rest.ptr[i]) == NULL &&
	    strchr(stop, r->rest.ptr[i]) == NULL)
		i++;
	word = slice_sub(r->rest, 0, i);
	advance(r, i);
	return word;
}

/* To behind the next ';' outside of quotes and comments; false at the end. */
static bool next_section(struct reader *r)
{
	while (r->rest.len > 0) {
		if (take(r, ';'))
			return true;
		if (take_word(r, "").len == 0)
			advance(r, 1);
	}
	return false;
}

static enum auth_outcome outcome_of(struct slice word)
{
	if (slice_case_eq_str(word, "pass"))
		return AUTH_PASS;
	if (slice_case_eq_str(word, "fail") || slice_case_eq_str(word, "softfail") || slice_case_eq_str(word, "hardfail"))
		return AUTH_FAIL;
	return slice_case_eq_str(word, "none") ? AUTH_NONE : AUTH_UNSURE;
}

/* The domain of a property that says for whom a method passed; empty for other properties. */
static struct slice property_domain(struct slice name, struct slice value)
{
	static const char *const names[] = {"header.d", "header.i", "smtp.mailfrom", "smtp.mail", "smtp.helo"};
	struct slice domain;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_case_eq_str(name, names[i])) {
			domain = address_domain(value);
			return domain.len > 0 ? domain : value;
		}
	return SLICE_LIT("");
}

static void add_domain(struct auth_results *out, struct slice domain)
{
	if (domain.len > 0 && out->domain_count < AUTH_DOMAINS_MAX)
		out->domains[out->domain_count++] = domain;
}

/* "name=value" pairs up to the section's end; domains count when the method passed. */
static void read_properties(struct reader *r, bool passed, struct auth_results *out)
{
	skip_blank(r);
	while (r->rest.len > 0 && r->rest.ptr[0] != ';') {
		struct slice name = take_word(r, "=");

		if (!take(r, '=')) {
			skip_blank(r);
			if (name.len == 0 && r->rest.len > 0 && r->rest.ptr[0] != ';')
				advance(r, 1);
			continue;
		}
		name = property_domain(name, take_word(r, ""));
		if (passed)
			add_domain(out, name);
		skip_blank(r);
	}
}

static enum auth_outcome worst(enum auth_outcome a, enum auth_outcome b)
{
	static const int rank[] = {[AUTH_ABSENT] = 0, [AUTH_PASS] = 1, [AUTH_NONE] = 2, [AUTH_UNSURE] = 3, [AUTH_FAIL] = 4};

	return rank[a] >= rank[b] ? a : b;
}

static enum auth_outcome best(enum auth_outcome a, enum auth_outcome b)
{
	if (a == AUTH_PASS || b == AUTH_ABSENT)
		return a;
	return b == AUTH_PASS || a == AUTH_ABSENT ? b : worst(a, b);
}

/* "dkim=pass (comment) header.d=..." */
static void read_method(struct reader *r, struct auth_results *out)
{
	struct slice method = take_word(r, "=/");
	enum auth_outcome outcome;

	if (take(r, '/'))
		take_word(r, "=");
	if (!take(r, '='))
		return;
	outcome = outcome_of(take_word(r, ""));
	if (slice_case_eq_str(method, "dmarc"))
		out->dmarc = worst(out->dmarc, outcome);
	else if (slice_case_eq_str(method, "spf"))
		out->spf = worst(out->spf, outcome);
	else if (slice_case_eq_str(method, "dkim"))
		out->dkim = best(out->dkim, outcome);
	else
		return;
	read_properties(r, outcome == AUTH_PASS && !slice_case_eq_str(method, "dmarc"), out);
}

static bool is_ours(struct slice id, char *const *authserv_ids)
{
	for (; *authserv_ids != NULL; authserv_ids++)
		if (slice_case_eq_str(id, *authserv_ids))
			return true;
	return false;
}

/* false: it is another server's, or says nothing that can be read. */
static bool read_field(struct slice raw, char *const *authserv_ids, struct auth_results *out)
{
	struct reader r = {raw};

	if (!is_ours(take_word(&r, "="), authserv_ids))
		return false;
	out->present = true;
	while (next_section(&r))
		read_method(&r, out);
	return true;
}

void auth_results_read(const struct message *message, char *const *authserv_ids, struct auth_results *out)
{
	size_t received = 0;

	*out = (struct auth_results){0};
	if (authserv_ids == NULL || *authserv_ids == NULL)
		return;
	for (size_t i = 0; i < message->header_count && received < 2; i++) {
		const struct mail_header *header = &message->headers[i];

		if (slice_case_eq_str(header->name, "Received"))
			received++;
		else if (slice_case_eq_str(header->name, "Authentication-Results") &&
		    !read_field(header->raw, authserv_ids, out))
			return;
	}
}
