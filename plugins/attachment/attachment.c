/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "attachment": files that a marketplace does not want in mail to
 * customers (MP-ATT). What a file is, its bytes say, never its name alone; what
 * stands in it other rules judge as text. The host tells types, members of
 * archives, macros and encryption as facts.
 */
#include "../common/common.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 20

struct attachment {
	struct words types;   /* allowed, by content */
	struct words danger;  /* extensions */
	struct words families; /* "ext.jpg=image", "type.png=image" */
	struct phrases names;
	int64_t threshold, max_files, max_bytes;
	bool archives;
};

static const struct postern_rule_id rules[] = {
	{"MP-ATT", "an attachment that may not be sent to a customer"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"allow_types", POSTERN_OPTION_LIST,
	    "pdf,png,jpeg,gif,webp,bmp,tiff,heic,text,calendar,docx,xlsx,pptx,odf,rtf,message,empty,pkcs7-signature,pgp-signature",
	    0, 0, "Types of files that may be sent, by what the bytes are."},
	{"allow_archives", POSTERN_OPTION_BOOL, "no", 0, 0,
	    "Archives (zip, rar, 7z, tar ...) may be sent when each file in them may."},
	{"max_files", POSTERN_OPTION_INT, "20", 1, 1000, "Attachments of one message."},
	{"max_bytes", POSTERN_OPTION_INT, "0", 0, 0,
	    "Bytes of all attachments together; 0: the marketplace profile's attachment_bytes."},
	{"danger", POSTERN_OPTION_FILE, "lists/file-danger.txt", 0, 0,
	    "Extensions of programs, scripts and the like: never allowed, also inside archives."},
	{"families", POSTERN_OPTION_FILE, "lists/file-types.txt", 0, 0,
	    "Which extensions and types belong together, so that a name can't say other than the content."},
	{"names", POSTERN_OPTION_FILE, "lists/attachment-names.tsv", 0, 0,
	    "Advertising, contacts and web addresses in names of files, with weights."},
	{"name_threshold", POSTERN_OPTION_INT, "2", 1, 100, "Sum of the weights from which a name is one."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void attachment_close(const struct postern_host *host, void *instance)
{
	struct attachment *a = instance;

	if (a == NULL)
		return;
	words_close(&a->types);
	words_close(&a->danger);
	words_close(&a->families);
	phrases_close(host, &a->names);
	free(a);
}

static enum postern_status attachment_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct attachment *a = calloc(1, sizeof(*a));

	if (a == NULL || words_open_list(host, conf, "allow_types", &a->types) != 0 ||
	    words_open(host, conf, "danger", &a->danger) != 0 || words_open(host, conf, "families", &a->families) != 0 ||
	    phrases_open(host, conf, "names", &a->names) != 0) {
		if (a == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		attachment_close(host, a);
		return POSTERN_TEMPFAIL;
	}
	a->threshold = host->conf_int(conf, "name_threshold");
	a->max_files = host->conf_int(conf, "max_files");
	a->max_bytes = host->conf_int(conf, "max_bytes");
	a->archives = host->conf_bool(conf, "allow_archives") != 0;
	*instance_r = a;
	return POSTERN_OK;
}

/* One call of check. */
struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct attachment *a;
	struct postern_slice domains; /* allowed */
	size_t facts, next_fact;      /* facts come in the order of the attachments */
	size_t findings;
	/* The attachment whose turn it is. */
	size_t index;
	struct postern_attachment file;
	struct postern_slice type;
};

static enum postern_status report(struct judge *j, struct postern_slice evidence, int score, const char *advice)
{
	struct postern_finding finding = {"MP-ATT", POSTERN_IN_ATTACHMENT, j->index, evidence, advice, score};

	if (j->findings++ >= FINDINGS_MAX)
		return POSTERN_OK;
	return j->host->finding(j->ctx, &finding);
}

/* "what: evidence", so that the reason is seen. */
static enum postern_status report_as(struct judge *j, const char *what, struct postern_slice evidence, int score,
    const char *advice)
{
	char text[200];
	int len = snprintf(text, sizeof(text), "%s%s%.*s", what, evidence.len > 0 ? ": " : "",
	    (int)(evidence.len < 120 ? evidence.len : 120), evidence.ptr != NULL ? evidence.ptr : "");

	return report(j, (struct postern_slice){text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1}, score, advice);
}

/* ---- types ---- */

/* Whether the list has "KIND.WHAT=FAMILY". */
static bool has_family(const struct judge *j, const char *kind, struct postern_slice what, const char *family)
{
	char key[96];
	int len = what.len < 40 ? snprintf(key, sizeof(key), "%s.%.*s=%s", kind, (int)what.len, what.ptr != NULL ? what.ptr : "",
	    family) : 0;

	return len > 0 && words_has(&j->a->families, (struct postern_slice){key, (size_t)len});
}

/* The family of an extension or type; NULL: the list does not say. */
static const char *family_of(const struct judge *j, const char *kind, struct postern_slice what)
{
	static const char *const families[] = {"image", "pdf", "document", "text", "archive", "danger", "audio", "video"};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (has_family(j, kind, what, families[i]))
			return families[i];
	return NULL;
}

static bool is_dangerous(const struct judge *j, struct postern_slice type, struct postern_slice name)
{
	return has_family(j, "type", type, "danger") || words_has(&j->a->danger, name_extension(name));
}

static enum postern_status judge_type(struct judge *j)
{
	static const char danger[] = "Remove the program or script; send a PDF or a picture instead.";
	const char *claimed = family_of(j, "ext", name_extension(j->file.name));
	const char *real = family_of(j, "type", j->type);

	if (is_dangerous(j, j->type, j->file.name))
		return report_as(j, "a program or script", j->file.name, 100, danger);
	if (has_family(j, "type", j->type, "archive")) {
		if (!j->a->archives)
			return report_as(j, "an archive", j->file.name, 90, "Attach the files themselves, as PDF or pictures.");
	} else if (view_is(j->type, "ole")) {
		return report_as(j, "an old Office format that can't be checked", j->file.name, 80,
		    "Save the document as PDF or in a format of today and attach that.");
	} else if (view_is(j->type, "vcard")) {
		return report_as(j, "a contact card", j->file.name, 90, "Remove the contact card.");
	} else if (view_is(j->type, "message") && !view_starts(j->file.media_type, "message/") &&
	    !view_is(j->file.media_type, "text/rfc822-headers")) {
		/* its parts are not decoded then */
		return report_as(j, "a mail as a file", j->file.name, 80, "Forward the mail, or copy its text.");
	} else if (!words_has(&j->a->types, j->type)) {
		return report_as(j, "a type of file that is not allowed", j->type, 90,
		    "Send instructions, a warranty card or an invoice as PDF, or a picture.");
	}
	if (claimed != NULL && real != NULL && strcmp(claimed, real) != 0)
		return report_as(j, "a name that says other than the content", j->file.name, 80,
		    "Save the file again in the format that its name says.");
	return POSTERN_OK;
}

/* ---- what the host knows of it ---- */

static const struct {
	const char *fact, *what, *advice;
	int score;
} facts[] = {
	{"macros", "a document with macros", "Save the document without macros, best as PDF.", 100},
	{"encrypted", "an encrypted file", "Send the file without a password.", 95},
	{"launch", "a PDF that starts a program", "Make a new PDF without actions.", 100},
	{"legacy", "a file that can't be checked", "Save the document as PDF or in a format of today and attach that.", 80},
	{"damaged", "a damaged file that can't be checked", "Save the file again and attach it anew.", 70},
	/* labels that print themselves have a script as well */
	{"javascript", "a PDF with a script", "Print the document into a new PDF.", 40},
};

static enum postern_status judge_member(struct judge *j, struct postern_slice member)
{
	struct postern_slice type = {NULL, 0}, name = member;
	bool program;

	view_next(&name, ' ', &type);
	program = is_dangerous(j, type, name);
	if (program)
		return report_as(j, "a program or script inside", name, 100, "Remove the program or script.");
	if (view_is(type, "object") || view_is(type, "link"))
		return report_as(j, "an embedded object", name, 80, "Print the document into a PDF and send that.");
	if (has_family(j, "type", j->type, "archive") && !has_family(j, "type", type, "archive") &&
	    !view_is(type, "encrypted") && !words_has(&j->a->types, type))
		return report_as(j, "a type of file that is not allowed inside", name, 90, "Attach allowed files only.");
	return POSTERN_OK;
}

static enum postern_status judge_fact(struct judge *j, const struct postern_fact *fact)
{
	if (view_is(fact->name, "member"))
		return judge_member(j, fact->value);
	if (!view_is(fact->name, "fact"))
		return POSTERN_OK;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (view_is(fact->value, facts[i].fact) && !(view_is(fact->value, "legacy") && view_is(j->type, "ole")))
			return report_as(j, facts[i].what, j->file.name, facts[i].score, facts[i].advice);
	return POSTERN_OK;
}

/* ---- names ---- */

struct name_tally {
	struct judge *judge;
	struct postern_slice text;
	bool *counted; /* of each phrase */
	int weight;
	bool phrase;
};

/* Whether a match is a web address of the marketplace: "walmart.com order.pdf". */
static bool is_own_address(const struct judge *j, struct postern_slice match)
{
	struct postern_slice domains = j->domains, domain, rest = match;

	for (size_t i = 0; i + 1 < rest.len; i++)
		if (rest.ptr[i] == '/' && rest.ptr[i + 1] == '/')
			rest = view_sub(rest, i + 2, rest.len);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] == '/' || rest.ptr[i] == ' ')
			rest.len = i;
	while (view_next(&domains, ',', &domain))
		if (host_below(rest, domain))
			return true;
	return false;
}

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct name_tally *t = arg;
	const struct phrases *names = &t->judge->a->names;

	if (pattern >= names->count || t->counted[pattern] || is_own_address(t->judge, view_sub(t->text, start, end)))
		return 0;
	t->counted[pattern] = true;
	t->weight += names->items[pattern].weight;
	return 0;
}

static enum postern_status judge_name(struct judge *j, struct postern_slice name)
{
	struct name_tally t = {.judge = j};
	enum postern_status status;
	char *readable;

	if (name.len == 0)
		return POSTERN_OK;
	if (name_is_disguised(name))
		return report_as(j, "a name with characters that hide its ending", name, 100, "Rename the file.");
	readable = j->host->alloc(j->ctx, 2 * NAME_MAX_BYTES + 1);
	t.counted = j->host->alloc(j->ctx, (j->a->names.count + 1) * sizeof(*t.counted));
	if (readable == NULL || t.counted == NULL)
		return POSTERN_TEMPFAIL;
	memset(t.counted, 0, (j->a->names.count + 1) * sizeof(*t.counted));
	t.text = (struct postern_slice){readable, name_readable(name, readable)};
	status = phrases_match(j->host, j->ctx, &j->a->names, t.text, note_match, &t);
	if (status != POSTERN_OK || t.weight < j->a->threshold)
		return status;
	return report_as(j, "advertising, a contact or a web address in the name", name, 90,
	    "Rename the file, for example to \"invoice.pdf\".");
}

/* ---- the message ---- */

/* What the host calls the content; an attached message has no bytes of its own. */
static enum postern_status read_type(struct judge *j)
{
	struct postern_fact fact;

	j->type = view_str(view_is(j->file.media_type, "message/rfc822") ? "message" : "unknown");
	for (size_t i = j->next_fact; i < j->facts; i++) {
		if (j->host->fact(j->ctx, i, &fact) != POSTERN_OK)
			return POSTERN_BUG;
		if (fact.part > j->file.part)
			break;
		if (fact.part == j->file.part && view_is(fact.name, "type")) {
			j->type = fact.value;
			break;
		}
	}
	return POSTERN_OK;
}

static enum postern_status judge_facts(struct judge *j)
{
	enum postern_status status = POSTERN_OK;
	struct postern_fact fact;

	for (; j->next_fact < j->facts && status == POSTERN_OK; j->next_fact++) {
		if (j->host->fact(j->ctx, j->next_fact, &fact) != POSTERN_OK)
			return POSTERN_BUG;
		if (fact.part > j->file.part)
			break;
		if (fact.part == j->file.part)
			status = judge_fact(j, &fact);
	}
	return status;
}

static enum postern_status judge_file(struct judge *j)
{
	enum postern_status status = read_type(j);

	if (status == POSTERN_OK && !(view_starts(j->file.media_type, "multipart/")))
		status = judge_type(j);
	if (status == POSTERN_OK)
		status = judge_name(j, j->file.name);
	return status == POSTERN_OK ? judge_facts(j) : status;
}

/* "10M" of a profile. */
static int64_t size_value(struct postern_slice s)
{
	int64_t n = 0;
	size_t i = 0;

	for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && n < (int64_t)1 << 40; i++)
		n = n * 10 + s.ptr[i] - '0';
	if (i < s.len && (s.ptr[i] | 0x20) == 'k')
		return n << 10;
	if (i < s.len && (s.ptr[i] | 0x20) == 'm')
		return n << 20;
	return i < s.len && (s.ptr[i] | 0x20) == 'g' ? n << 30 : n;
}

static enum postern_status judge_sum(struct judge *j, size_t count, uint64_t bytes)
{
	int64_t max = j->a->max_bytes != 0 ? j->a->max_bytes : size_value(j->host->profile(j->ctx, "attachment_bytes"));
	char text[80];

	j->index = 0;
	if (max > 0 && bytes > (uint64_t)max) {
		snprintf(text, sizeof(text), "%llu bytes of at most %lld", (unsigned long long)bytes, (long long)max);
		return report(j, view_str(text), 100, "Send smaller files.");
	}
	if (j->a->max_files > 0 && count > (size_t)j->a->max_files) {
		snprintf(text, sizeof(text), "%zu attachments of at most %lld", count, (long long)j->a->max_files);
		return report(j, view_str(text), 90, "Send fewer files.");
	}
	return POSTERN_OK;
}

static enum postern_status attachment_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct judge j = {.host = host, .ctx = ctx, .a = instance, .domains = host->profile(ctx, "allow_domains")};
	enum postern_status status = POSTERN_OK;
	size_t count = host->attachment_count(ctx);
	uint64_t bytes = 0;

	if (count == 0)
		return POSTERN_OK;
	j.facts = host->fact_count(ctx);
	for (j.index = 0; j.index < count && status == POSTERN_OK; j.index++) {
		if (host->attachment(ctx, j.index, &j.file) != POSTERN_OK)
			return POSTERN_BUG;
		bytes += j.file.size;
		status = judge_file(&j);
	}
	return status == POSTERN_OK ? judge_sum(&j, count, bytes) : status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("attachment"),
	.version = "1.0",
	.summary = "Finds attachments that may not be sent: by type, size, name and what they carry.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_ATTACHMENTS,
	.rules = rules,
	.options = options,
	.open = attachment_open,
	.check = attachment_check,
	.close = attachment_close,
};
