-- SPDX-License-Identifier: BSD-2-Clause
-- A connection that ends after any stage, with and without QUIT.
for _, polite in ipairs({true, false}) do
	for last = 0, 8 do
		local conn = open()
		local stages = {
			function() mt.negotiate(conn, nil, nil, nil) end,
			function() mt.conninfo(conn, "client.example", OUTSIDE) end,
			function() mt.helo(conn, "client.example") end,
			function() mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "seller") mt.mailfrom(conn, SELLER) end,
			function() mt.rcptto(conn, BUYER) end,
			function() mt.data(conn) end,
			function() headers(conn, FIELDS) mt.eoh(conn) end,
			function() mt.bodystring(conn, LINK) end,
		}
		for stage = 1, last do
			stages[stage]()
		end
		mt.disconnect(conn, polite)
	end
end
local conn = greeted()
check("afterwards", message(conn, "HANGUP1", LINK), "reply")
mt.disconnect(conn)
