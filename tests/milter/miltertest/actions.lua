-- SPDX-License-Identifier: BSD-2-Clause
-- What is done to a message: refused with a reply, held, tagged, forged fields removed; nothing else.
-- (miltertest compares a reply's text as a whole, which ours, with its id, never is; codes are in the record.)
local conn = greeted()
check("a link", message(conn, "ACTIONS1", LINK), "reply")
check("held as well", mt.eom_check(conn, MT_QUARANTINE), false)

check("a stranger as well", message(conn, "ACTIONS2", GOOD, FIELDS, {BUYER, ELSEWHERE}), "continue")
check("held", mt.eom_check(conn, MT_QUARANTINE), true)

-- From the marketplace, with fields that only we may set.
envelope(conn, BUYER, {SELLER}, nil, "ACTIONS3")
answered("data", mt.data(conn), conn, "continue")
content(conn, {{"X-Postern-Id", "forged"}, {"From", "Maria <4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com>"},
	{"Subject", "Order 4342076435326: refund"}, {"Message-ID", "<inq@relay.example>"}, {"x-postern-sla-due", "2099"}},
	"Hello,\r\n\r\nwhere is my order 4342076435326?\r\n\r\nMaria\r\n")
answered("eom", mt.eom(conn), conn, "continue")
check("forged id removed", mt.eom_check(conn, MT_HDRDELETE, "X-Postern-Id"), true)
check("forged deadline removed", mt.eom_check(conn, MT_HDRDELETE, "x-postern-sla-due"), true)
check("From removed", mt.eom_check(conn, MT_HDRDELETE, "From"), false)
check("marketplace", mt.eom_check(conn, MT_HDRINSERT, "X-Postern-Marketplace", " walmart"), true)
check("on top", mt.eom_check(conn, MT_HDRINSERT, "X-Postern-Marketplace", " walmart", 0), true)
check("the id", mt.eom_check(conn, MT_HDRINSERT, "X-Postern-Id"), true)
check("the body", mt.eom_check(conn, MT_BODYCHANGE), false)
check("added below", mt.eom_check(conn, MT_HDRADD), false)
mt.disconnect(conn)
