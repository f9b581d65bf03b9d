-- SPDX-License-Identifier: BSD-2-Clause
-- An MTA that awaits an answer to every step gets one to every step; an unknown command in between does no harm.
local conn = negotiated(6, ACTIONS, 0)
for _, step in ipairs({SMFIP_NR_CONN, SMFIP_NR_HELO, SMFIP_NR_RCPT, SMFIP_NR_HDR, SMFIP_NOUNKNOWN, SMFIP_SKIP}) do
	check("step " .. step, mt.test_option(conn, step), false)
end
answered("connect", mt.conninfo(conn, "client.example", OUTSIDE), conn, "continue")
answered("helo", mt.helo(conn, "client.example"), conn, "continue")
answered("unknown", mt.unknown(conn, "VERB"), conn, "continue")
envelope(conn, SELLER, {BUYER}, "seller", "AWAITED1")
answered("unknown", mt.unknown(conn, "HELP me"), conn, "continue")
answered("data", mt.data(conn), conn, "continue")
content(conn, FIELDS, LINK)
answered("eom", mt.eom(conn), conn, "reply")
mt.disconnect(conn)
