/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A milter that does nothing: what libmilter itself costs. Three flavours, by which steps of the protocol it asks for:
 *   reads   everything that posternd asks for, and no answer where posternd gives none: the fair comparison
 *   naive   negotiates nothing: all steps, an answer to each header field, as a milter that was written by the book
 *   least   nothing but the end of message
 *
 * usage: empty reads|naive|least SOCKET
 */
#include <libmilter/mfapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* As in milter/daemon/mlfi.c. */
#define READS (SMFIP_NOUNKNOWN | SMFIP_SKIP | SMFIP_HDR_LEADSPC | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_RCPT | \
	SMFIP_NR_HDR)
#define LEAST (SMFIP_NOUNKNOWN | SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NODATA | \
	SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NOBODY)
#define ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE)

/* Set before libmilter runs. */
static unsigned long wanted;

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long unused2,
    unsigned long unused3, unsigned long *actions_r, unsigned long *steps_r, unsigned long *unused2_r,
    unsigned long *unused3_r)
{
	(void)ctx;
	(void)unused2;
	(void)unused3;
	*actions_r = actions & ACTIONS;
	*steps_r = steps & wanted;
	*unused2_r = *unused3_r = 0;
	return SMFIS_CONTINUE;
}

/* libmilter sends nothing where "no reply" was negotiated and SMFIS_NOREPLY is returned. */
static sfsistat answer(unsigned long step)
{
	return (wanted & step) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *host, struct sockaddr *address)
{
	(void)ctx;
	(void)host;
	(void)address;
	return answer(SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
	(void)ctx;
	(void)helo;
	return answer(SMFIP_NR_HELO);
}

static sfsistat on_mail(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return answer(SMFIP_NR_RCPT);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return answer(SMFIP_NR_HDR);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return SMFIS_CONTINUE;
}

static sfsistat on_step(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static int flavour(const char *name, struct smfiDesc *description)
{
	if (strcmp(name, "reads") == 0)
		wanted = READS;
	else if (strcmp(name, "least") == 0)
		wanted = LEAST;
	else if (strcmp(name, "naive") == 0)
		description->xxfi_negotiate = NULL;
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	static char name[] = "empty";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_step,
		.xxfi_body = on_body,
		.xxfi_eom = on_step,
		.xxfi_abort = on_step,
		.xxfi_close = on_step,
		.xxfi_data = on_step,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 3 || flavour(argv[1], &description) != 0) {
		fprintf(stderr, "usage: empty reads|naive|least SOCKET\n");
		return 2;
	}
	umask(0);
	if (smfi_register(description) != MI_SUCCESS || smfi_setconn(argv[2]) != MI_SUCCESS ||
	    smfi_setbacklog(256) != MI_SUCCESS || smfi_opensocket(true) != MI_SUCCESS) {
		fprintf(stderr, "empty: cannot listen at %s\n", argv[2]);
		return 2;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
