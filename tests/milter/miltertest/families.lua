-- SPDX-License-Identifier: BSD-2-Clause
-- Clients of every kind: IPv4, IPv6, this machine, one that the MTA knows no address of.
local families = {{"client.example", "198.51.100.7"}, {"client.example", "2001:db8::7"}, {"localhost", "unspec"}, {"client.example", "unspec"}}
for n, family in ipairs(families) do
	local conn = negotiated()
	answered("connect", mt.conninfo(conn, family[1], family[2]), conn, "continue")
	answered("helo", mt.helo(conn, "client.example"), conn, "continue")
	check(family[2], message(conn, "FAMILY" .. n, LINK), "reply")
	mt.disconnect(conn)
end
