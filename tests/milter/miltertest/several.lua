-- SPDX-License-Identifier: BSD-2-Clause
-- Several messages of one connection, each judged by itself; aborts after every stage leave nothing behind.
local conn = greeted()
check("first", message(conn, "SEVERAL1", LINK), "reply")
check("second", message(conn, "SEVERAL2", GOOD), "continue")
unchanged(conn)
-- Not by a macro: the id of the message before is not this one's.
envelope(conn, SELLER, {BUYER}, "seller")
answered("data", mt.data(conn), conn, "continue")
content(conn, FIELDS, GOOD)
answered("eom", mt.eom(conn), conn, "continue")
check("after the end", mt.abort(conn), nil)

local stages = {
	function() answered("mail", mt.mailfrom(conn, SELLER), conn, "continue") end,
	function() answered("rcpt", mt.rcptto(conn, BUYER), conn, "continue") end,
	function() answered("data", mt.data(conn), conn, "continue") end,
	function() headers(conn, FIELDS) end,
	function() answered("eoh", mt.eoh(conn), conn, "continue") end,
	function() answered("body", mt.bodystring(conn, LINK), conn, "continue") end,
}
for last = 1, #stages do
	mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "seller")
	for stage = 1, last do
		stages[stage]()
	end
	check("abort after stage " .. last, mt.abort(conn), nil)
	check("good after it", message(conn, "AFTER" .. last, GOOD), "continue")
	unchanged(conn)
end
-- A second greeting, as after STARTTLS, and a second MAIL without an end of the first.
answered("helo", mt.helo(conn, "again.example"), conn, "continue")
answered("mail", mt.mailfrom(conn, "<nobody@elsewhere.example>"), conn, "continue")
check("MAIL after MAIL", message(conn, "SEVERAL3", LINK), "reply")
mt.disconnect(conn)
