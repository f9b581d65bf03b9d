-- SPDX-License-Identifier: BSD-2-Clause
-- Each stage of one good message, what is asked for before it, and what is answered.
local conn = negotiated()
for _, action in ipairs({SMFIF_ADDHDRS, SMFIF_CHGHDRS, SMFIF_QUARANTINE}) do
	check("action " .. action, mt.test_action(conn, action), true)
end
for _, action in ipairs({SMFIF_CHGBODY, SMFIF_ADDRCPT, SMFIF_DELRCPT, SMFIF_CHGFROM, SMFIF_ADDRCPT_PAR}) do
	check("action " .. action, mt.test_action(conn, action), false)
end
for _, step in ipairs({SMFIP_NOCONNECT, SMFIP_NOHELO, SMFIP_NOMAIL, SMFIP_NORCPT, SMFIP_NODATA, SMFIP_NOHDRS, SMFIP_NOEOH,
	SMFIP_NOBODY, SMFIP_NR_MAIL, SMFIP_NR_DATA, SMFIP_NR_EOH, SMFIP_NR_BODY, SMFIP_RCPT_REJ}) do
	check("step " .. step, mt.test_option(conn, step), false)
end
for _, step in ipairs({SMFIP_NOUNKNOWN, SMFIP_NR_CONN, SMFIP_NR_HELO, SMFIP_NR_RCPT, SMFIP_NR_HDR, SMFIP_SKIP}) do
	check("step " .. step, mt.test_option(conn, step), true)
end
answered("connect", mt.conninfo(conn, "client.example", OUTSIDE), conn, "continue")
answered("helo", mt.helo(conn, "client.example"), conn, "continue")
mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "seller", "{daemon_name}", "SUBMIT", "{mail_mailer}", "smtp")
answered("mail", mt.mailfrom(conn, SELLER, "SIZE=1234", "BODY=8BITMIME"), conn, "continue")
mt.macro(conn, SMFIC_RCPT, "i", "STAGES1", "{rcpt_mailer}", "smtp")
answered("rcpt", mt.rcptto(conn, BUYER, "NOTIFY=NEVER"), conn, "continue")
answered("data", mt.data(conn), conn, "continue")
headers(conn, FIELDS)
answered("eoh", mt.eoh(conn), conn, "continue")
answered("body", mt.bodystring(conn, GOOD), conn, "continue")
answered("eom", mt.eom(conn), conn, "continue")
unchanged(conn)
mt.disconnect(conn)
