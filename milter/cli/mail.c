/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail to people of ours: a text, with a page of HTML beside it if wanted. */
#include "cli/mail.h"

#include <string.h>

#include "cli/run.h"
#include "core/hash.h"

#define BASE64_LINE 57 /* bytes that make the 76 characters of a line (RFC 2045, 6.8) */

bool cli_mail_is_address(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= 320 && text[0] != '-' && text[0] != '@' && strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-@") == n;
}

static void add_text(struct buf *out, struct slice text)
{
	buf_add_str(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
	buf_add_slice(out, text);
}

static void add_page(struct buf *out, const struct cli_mail *mail)
{
	buf_printf(out, "Content-Type: text/html; charset=utf-8\nContent-Disposition: attachment; filename=\"%s\"\n"
	    "Content-Transfer-Encoding: base64\n\n", mail->name);
	for (size_t at = 0; at < mail->page.len; at += BASE64_LINE) {
		struct slice part = slice_sub(mail->page, at, BASE64_LINE);
		char line[BASE64_SIZE(BASE64_LINE)];

		base64_write(line, part.ptr, part.len);
		buf_printf(out, "%s\n", line);
	}
}

static void write_mail(const struct cli_mail *mail, struct buf *out)
{
	char boundary[HASH_HEX_SIZE];

	/* So that no out-of-office answers it. */
	buf_printf(out, "To: %s\nSubject: %s\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n", mail->to,
	    mail->subject);
	if (mail->name == NULL) {
		add_text(out, mail->text);
		return;
	}
	/* Nobody can write a text that has its own hash in it. */
	hash_hex(boundary, mail->text);
	buf_printf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\n", boundary, boundary);
	add_text(out, mail->text);
	buf_printf(out, "\n--%s\n", boundary);
	add_page(out, mail);
	buf_printf(out, "--%s--\n", boundary);
}

int cli_mail_send(const struct config *config, const struct cli_mail *mail, struct diag *d)
{
	const char *argv[] = {config->desk_sendmail, "-t", "-i", NULL};
	struct buf text = {0}, output = {0};
	int rc;

	write_mail(mail, &text);
	rc = text.failed ? diag_add(d, "out of memory") : cli_run_checked(argv, buf_slice(&text), &output, d);
	buf_free(&text);
	buf_free(&output);
	return rc;
}
