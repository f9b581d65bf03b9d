-- SPDX-License-Identifier: BSD-2-Clause
-- Mail from nobody at a marketplace is no more than looked through for forged fields; the connection's next message is read.
local conn = greeted()
envelope(conn, ELSEWHERE, {SELLER}, nil, "UNCONCERNED1")
answered("data", mt.data(conn), conn, "continue")
headers(conn, FIELDS)
answered("eoh", mt.eoh(conn), conn, "accept")
check("the next", message(conn, "UNCONCERNED2", LINK), "reply")

envelope(conn, ELSEWHERE, {SELLER}, nil, "UNCONCERNED3")
answered("data", mt.data(conn), conn, "continue")
headers(conn, {{"From", "friend@example.org"}, {"X-Postern-Id", "forged"}})
answered("eoh", mt.eoh(conn), conn, "continue")
answered("body", mt.bodystring(conn, LINK), conn, "skip")
answered("eom", mt.eom(conn), conn, "continue")
check("forged id removed", mt.eom_check(conn, MT_HDRDELETE, "X-Postern-Id"), true)
mt.disconnect(conn)

-- Before version 4 there is no DATA, and no SKIP.
conn = greeted(2)
envelope(conn, ELSEWHERE, {SELLER})
answered("header", mt.header(conn, "X-Postern-Id", "forged"), conn, "continue")
answered("eoh", mt.eoh(conn), conn, "continue")
answered("body", mt.bodystring(conn, LINK), conn, "continue")
answered("eom", mt.eom(conn), conn, "continue")
check("forged id removed", mt.eom_check(conn, MT_HDRDELETE, "X-Postern-Id"), true)
mt.disconnect(conn)
