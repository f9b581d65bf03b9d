/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros as Postfix 3.7 sends them without TLS: names and defaults of postconf(5), milter_*_macros. */
#include "macros.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "packet.h"

struct step_macros {
	char command;
	int symlist; /* the number of the step in what a milter asks for (SMFIM_*) */
	const char *list;
};

static const struct step_macros step_macros[STEP_DONE] = {
	[STEP_CONNECT] = {'C', 0, "j {daemon_name} {daemon_addr} v"},
	[STEP_HELO] = {'H', 1, ""},
	[STEP_MAIL] = {'M', 2, "i {auth_type} {auth_authen} {mail_addr} {mail_host} {mail_mailer}"},
	[STEP_RCPT] = {'R', 3, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
	[STEP_DATA] = {'T', 4, "i"},
	[STEP_EOH] = {'N', 6, "i"},
	[STEP_EOM] = {'E', 5, "i"},
};

static struct slice inner(struct slice address)
{
	return address.len >= 2 ? slice_sub(address, 1, address.len - 2) : address;
}

static struct slice domain(struct slice address)
{
	struct slice plain = inner(address);
	long at = slice_find(plain, SLICE_LIT("@"));

	return slice_sub(plain, (size_t)(at + 1), plain.len);
}

static struct slice envelope_value(const struct peer *peer, struct slice name)
{
	const struct letter *letter = peer->letter;

	if (peer->step >= STEP_MAIL && slice_eq_str(name, "{mail_addr}"))
		return inner(letter->sender);
	if (peer->step >= STEP_MAIL && slice_eq_str(name, "{mail_host}"))
		return domain(letter->sender);
	if (peer->step == STEP_RCPT && slice_eq_str(name, "{rcpt_addr}"))
		return inner(letter->recipient);
	if (peer->step == STEP_RCPT && slice_eq_str(name, "{rcpt_host}"))
		return domain(letter->recipient);
	if (slice_eq_str(name, "{mail_mailer}") || slice_eq_str(name, "{rcpt_mailer}"))
		return SLICE_LIT("smtp");
	return SLICE_NONE;
}

/* Room for the queue id is the caller's. SLICE_NONE: Postfix has no value here. */
static struct slice value_of(const struct peer *peer, struct slice name, char *id, size_t size)
{
	const struct letter *letter = peer->letter;

	/* It has no queue file before the first recipient was accepted. */
	if (slice_eq_str(name, "i") && peer->step > STEP_RCPT) {
		snprintf(id, size, "4B%010" PRIX64, peer->serial);
		return slice_str(id);
	}
	if (slice_eq_str(name, "j"))
		return SLICE_LIT("mx.bench.example");
	if (slice_eq_str(name, "v"))
		return SLICE_LIT("Postfix 3.7.11");
	if (slice_eq_str(name, "{daemon_name}"))
		return letter->outbound ? SLICE_LIT("ORIGINATING") : SLICE_LIT("MX");
	if (slice_eq_str(name, "{daemon_addr}"))
		return SLICE_LIT("127.0.0.1");
	if (letter->outbound && peer->step >= STEP_MAIL && slice_eq_str(name, "{auth_authen}"))
		return letter->user;
	if (letter->outbound && peer->step >= STEP_MAIL && slice_eq_str(name, "{auth_type}"))
		return SLICE_LIT("PLAIN");
	return envelope_value(peer, name);
}

void macros_add(struct peer *peer)
{
	const struct step_macros *of = &step_macros[peer->step];
	struct slice list, name, value;
	size_t place, empty;
	char id[32];

	if (of->command == '\0')
		return;
	list = peer->symlists[of->symlist].ptr != NULL ? peer->symlists[of->symlist] : slice_str(of->list);
	place = packet_begin(&peer->out, 'D');
	buf_add_char(&peer->out, of->command);
	empty = peer->out.len;
	for (; list.len > 0; list = slice_sub(list, name.len + 1, list.len)) {
		long end = slice_find(list, SLICE_LIT(" "));

		name = slice_sub(list, 0, end < 0 ? list.len : (size_t)end);
		value = value_of(peer, name, id, sizeof(id));
		if (value.ptr != NULL) {
			packet_add_text(&peer->out, name);
			packet_add_text(&peer->out, value);
		}
	}
	packet_end(&peer->out, place);
	if (peer->out.len == empty)
		buf_truncate(&peer->out, place);
}
