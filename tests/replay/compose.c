/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as mail programs write them: headers, text, attachments; and the report of an MTA that could not deliver. */
#include "compose.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/file.h"

#define FILE_MAX ((size_t)1 << 20)

static const struct {
	const char *extension, *type;
} types[] = {
	{"pdf", "application/pdf"}, {"png", "image/png"}, {"csv", "text/csv"}, {"txt", "text/plain"},
};

void compose_date(char *text, size_t size, int64_t time)
{
	time_t seconds = (time_t)time;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, size, "%a, %d %b %Y %H:%M:%S +0000", &tm);
}

static void write_headers(const struct compose *mail, struct buf *raw)
{
	char date[64];

	compose_date(date, sizeof(date), mail->time);
	buf_printf(raw, "From: \"%s\" <%s>\r\nTo: ", mail->from_name, mail->from);
	for (size_t i = 0; i < mail->to_count; i++)
		buf_printf(raw, "%s%s", i > 0 ? ", " : "", mail->to[i]);
	buf_printf(raw, "\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: %s\r\n", mail->subject, date, mail->message_id);
	if (mail->in_reply_to != NULL)
		buf_printf(raw, "In-Reply-To: %s\r\nReferences: %s\r\n", mail->in_reply_to, mail->in_reply_to);
	for (size_t i = 0; i < mail->header_count; i++)
		buf_printf(raw, "%s\r\n", mail->headers[i]);
	buf_add_str(raw, "MIME-Version: 1.0\r\n");
}

static void write_text(const char *text, struct buf *raw)
{
	buf_add_str(raw, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_add_char(raw, '\r');
		buf_add_char(raw, *text);
	}
	buf_add_str(raw, "\r\n");
}

static void write_base64(struct slice data, struct buf *raw)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < data.len; i += 3) {
		unsigned long bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < data.len ? (unsigned char)data.ptr[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(raw, i + k > data.len ? '=' : digits[bits >> (18 - 6 * k) & 63]);
		if (i % 57 == 54)
			buf_add_str(raw, "\r\n");
	}
	buf_add_str(raw, "\r\n");
}

static int write_attachment(const struct compose *mail, const char *name, struct buf *raw, struct diag *d)
{
	const char *dot = strrchr(name, '.'), *type = NULL;
	struct buf content = {0};
	char path[1024];
	int rc;

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(dot + 1, types[i].extension) == 0)
			type = types[i].type;
	if (type == NULL)
		return diag_add(d, "attach '%s': the name ends in .pdf, .png, .csv or .txt", name);
	snprintf(path, sizeof(path), "%s/files/sample%s", mail->folder, dot);
	rc = file_read(path, FILE_MAX, &content, d);
	buf_printf(raw, "--part\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", type, name);
	write_base64(buf_slice(&content), raw);
	buf_free(&content);
	return rc;
}

int compose_write(const struct compose *mail, struct buf *raw, struct diag *d)
{
	write_headers(mail, raw);
	if (mail->attachment_count > 0)
		buf_add_str(raw, "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n");
	write_text(mail->text, raw);
	for (size_t i = 0; i < mail->attachment_count; i++)
		if (write_attachment(mail, mail->attachments[i], raw, d) != 0)
			return -1;
	if (mail->attachment_count > 0)
		buf_add_str(raw, "--part--\r\n");
	return raw->failed ? diag_add(d, "out of memory") : 0;
}

void compose_bounce(const struct compose_bounce *bounce, struct buf *raw)
{
	char date[64];

	compose_date(date, sizeof(date), bounce->time);
	buf_printf(raw, "From: Mail Delivery System <mailer-daemon@mail.example>\r\nTo: %s\r\n"
	    "Subject: Undelivered Mail Returned to Sender\r\nDate: %s\r\nMessage-ID: %s\r\nAuto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=part\r\n\r\n"
	    "--part\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not\r\n"
	    "be delivered to one or more recipients.\r\n\r\n", bounce->to, date, bounce->message_id);
	buf_printf(raw, "--part\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
	    "Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\n"
	    "Diagnostic-Code: smtp; 550 %s rejected\r\n\r\n", bounce->recipient, bounce->status, bounce->status);
	buf_printf(raw, "--part\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: %s\r\nTo: %s\r\nSubject: %s\r\n"
	    "Message-ID: %s\r\n\r\n--part--\r\n", bounce->to, bounce->recipient, bounce->subject, bounce->original);
}
