/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail to the sender of a refused message: that it was not sent, why, which rule, what to do. It is automatic and
 * without an envelope sender (RFC 3834), and belongs to the refused message's thread in the sender's mail program.
 */
#include <stdio.h>
#include <string.h>

#include "cli/held.h"
#include "cli/mail.h"
#include "cli/run.h"
#include "core/text.h"
#include "mail/address.h"

#define MEMORY_MAX ((size_t)256 << 20)
/* Bytes in one encoded word, of at most 75 characters (RFC 2047). */
#define WORD_BYTES 42
#define REFERENCES_MAX 20

/* What the mail takes from the message: from its own headers where they can be had, else from the record. */
struct facts {
	struct cli_desk *desk;
	struct hold hold;
	struct arena *arena;
	struct buf raw;
	struct message head;
};

/* ---- the header ------------------------------------------------------------------- */

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || (unsigned char)s.ptr[i] > 0x7e)
			return false;
	return true;
}

/* In encoded words when it is not plain, each of whole characters. */
static void add_subject(struct buf *out, struct slice s)
{
	char word[BASE64_SIZE(WORD_BYTES)];

	if (is_ascii(s) && s.len < 200) {
		buf_add_slice(out, s);
		return;
	}
	for (size_t words = 0; s.len > 0 && words < 20; words++) {
		size_t n = s.len < WORD_BYTES ? s.len : WORD_BYTES;

		while (n < s.len && n > 1 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
			n--;
		base64_write(word, s.ptr, n);
		buf_printf(out, "%s=?utf-8?B?%s?=", words > 0 ? "\n " : "", word);
		s = slice_sub(s, n, s.len);
	}
}

/* "<...>" of printable characters; something else has no place in a header. */
static bool is_message_id(struct slice id)
{
	return id.len > 2 && id.len < 500 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>' && is_ascii(id) &&
	    memchr(id.ptr, ' ', id.len) == NULL;
}

/* The last ones of the message's References, each on a line of its own, and the message itself (RFC 5322, 3.6.4). */
static void add_references(struct buf *out, const json_t *record)
{
	const json_t *list = json_object_get(record, "references");
	struct slice own = slice_str(json_get_str(record, "message_id"));
	size_t count = json_array_size(list), first = count > REFERENCES_MAX ? count - REFERENCES_MAX : 0;

	if (!is_message_id(own))
		return;
	buf_printf(out, "In-Reply-To: %.*s\nReferences:", SLICE_ARG(own));
	for (size_t i = first; i < count; i++) {
		struct slice id = slice_str(json_string_value(json_array_get(list, i)));

		if (is_message_id(id))
			buf_printf(out, " %.*s\n", SLICE_ARG(id));
	}
	buf_printf(out, " %.*s\n", SLICE_ARG(own));
}

static struct slice subject_of(const struct facts *facts)
{
	struct slice subject = slice_trim(message_header_value(&facts->head, "Subject"));

	return subject.len > 0 ? subject : slice_str(json_get_str(facts->hold.message, "subject"));
}

static void add_header(const struct facts *facts, struct held_mail *mail)
{
	struct buf *out = &mail->text, subject = {0};

	buf_printf(out, "From: Postern <%s>\nTo: <%s>\nSubject: ", facts->desk->config->alerts.from, mail->to);
	buf_printf(&subject, "Not sent: %.*s", SLICE_ARG(subject_of(facts)));
	add_subject(out, buf_slice(&subject));
	buf_add_char(out, '\n');
	add_references(out, facts->hold.message);
	buf_add_str(out, "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
	buf_free(&subject);
}

/* ---- the text ---------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *before, const char *text, const char *after)
{
	char clean[2048];

	if (text == NULL || *text == '\0')
		return;
	text_sanitize(clean, sizeof(clean), slice_str(text), TEXT_FOR_LOG);
	buf_printf(out, "%s%s%s", before, clean, after);
}

static bool is_reason(const json_t *finding)
{
	const char *action = json_get_str(finding, "action");

	return action != NULL && strcmp(action, "pass") != 0 && strcmp(action, "tag") != 0 &&
	    !json_is_true(json_object_get(finding, "monitored"));
}

static void add_findings(struct buf *out, const json_t *record)
{
	const json_t *finding;
	size_t i;

	buf_add_str(out, "\nWhat was found in it:\n");
	json_array_foreach(json_object_get(record, "findings"), i, finding) {
		if (!is_reason(finding))
			continue;
		add_text(out, "\n  ", json_get_str(finding, "rule_id"), "");
		add_text(out, " (rule ", json_get_str(finding, "rule"), "");
		add_text(out, ", ", json_get_str(finding, "policy"), "");
		buf_add_str(out, ")");
		add_text(out, ", in ", json_get_str(finding, "where"), "");
		add_text(out, ": \"", json_get_str(finding, "evidence"), "\"");
		add_text(out, "\n  What to do: ", json_get_str(finding, "advice"), "");
		buf_add_char(out, '\n');
	}
}

static void add_body(const struct facts *facts, const char *why, struct buf *out)
{
	const json_t *record = facts->hold.message;
	char subject[1024];

	/* Not the customer's address: this mail is judged as any other, and an address is what "off-channel" looks for. */
	buf_add_str(out, "Your message was not sent, and its copy at the mail gateway is deleted: a reviewer refused it.\n\n");
	add_text(out, "Reason: ", why, "\n\n");
	text_sanitize(subject, sizeof(subject), subject_of(facts), TEXT_FOR_LOG);
	add_text(out, "Subject: ", subject, "\n");
	add_text(out, "Sent:    ", json_get_str(record, "time"), "\n");
	add_findings(out, record);
	buf_add_str(out, "\nThe customer still waits for an answer. Write it anew without what was found, and send it.\n");
	buf_printf(out, "\nPostern's number of this message: %s\n", facts->hold.id);
}

/* ---- making it ------------------------------------------------------------------------ */

/* The envelope sender; the header's From where the log hides addresses. */
static int find_address(const struct facts *facts, char *to, size_t size, struct diag *d)
{
	const struct mail_header *from = message_header(&facts->head, "From", 0);
	const char *sender = json_get_str(facts->hold.message, "sender");
	struct address_mailbox *list;
	size_t count = 0;

	if (!facts->desk->config->redact_addresses) {
		if (sender == NULL || *sender == '\0')
			return diag_add(d, "%s: it has no envelope sender, so nobody can be told; say --no-mail", facts->hold.id);
		snprintf(to, size, "%s", sender);
	} else if (from != NULL && message_mailboxes(&facts->head, from, &list, &count) == 0 && count > 0) {
		snprintf(to, size, "%.*s", SLICE_ARG(list[0].address));
	} else {
		return diag_add(d, "%s: the log hides who sent it, and the message is not to be had; say --no-mail and tell "
		    "the sender yourself", facts->hold.id);
	}
	return cli_mail_is_address(to) ? 0 : diag_add(d, "%s: '%.100s' is no address that a mail can be sent to; say --no-mail",
	    facts->hold.id, to);
}

/* The record alone will do where the message is gone. */
static int read_head(struct facts *facts, struct diag *d)
{
	struct diag own = {0};
	const char *source;

	facts->arena = arena_new(MEMORY_MAX);
	if (facts->arena == NULL)
		return diag_add(d, "out of memory");
	if (held_fetch(facts->desk, &facts->hold, &facts->raw, &source, &own) == -1)
		return 0;
	return message_headers(facts->arena, buf_slice(&facts->raw), &facts->desk->config->limits, &facts->head, d);
}

int held_mail_make(struct cli_desk *desk, const struct held_decision *decision, struct held_mail *mail, struct diag *d)
{
	struct facts facts = {.desk = desk};
	int rc = held_find(desk, decision->id, &facts.hold, d);

	if (rc == 0)
		rc = read_head(&facts, d);
	if (rc == 0)
		rc = find_address(&facts, mail->to, sizeof(mail->to), d);
	if (rc == 0) {
		buf_truncate(&mail->text, 0);
		add_header(&facts, mail);
		add_body(&facts, decision->why, &mail->text);
		rc = mail->text.failed ? diag_add(d, "out of memory") : 0;
	}
	hold_free(&facts.hold);
	buf_free(&facts.raw);
	arena_free(&facts.arena);
	return rc;
}

int held_mail_send(struct cli_desk *desk, const struct held_mail *mail, struct diag *d)
{
	const char *argv[] = {desk->config->desk_sendmail, "-i", "-f", "<>", mail->to, NULL};
	struct buf output = {0};
	int rc = cli_run_checked(argv, buf_slice(&mail->text), &output, d);

	buf_free(&output);
	return rc;
}

void held_mail_free(struct held_mail *mail)
{
	buf_free(&mail->text);
}
