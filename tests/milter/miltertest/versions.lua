-- SPDX-License-Identifier: BSD-2-Clause
-- Every version of the protocol, and every set of actions that an MTA may offer: the same verdict, or a stricter one, never none.
for _, version in ipairs({2, 3, 4, 6}) do
	local conn = greeted(version)
	local data = version >= 4
	check("link, version " .. version, message(conn, "V" .. version .. "A", LINK, FIELDS, {BUYER}, data), "reply")
	check("good, version " .. version, message(conn, "V" .. version .. "B", GOOD, FIELDS, {BUYER}, data), "continue")
	unchanged(conn)
	check("hold, version " .. version, message(conn, "V" .. version .. "C", GOOD, FIELDS, {BUYER, ELSEWHERE}, data), "continue")
	check("held, version " .. version, mt.eom_check(conn, MT_QUARANTINE), true)
	mt.disconnect(conn)
end
local wanted = {SMFIF_ADDHDRS, SMFIF_CHGHDRS, SMFIF_QUARANTINE}
-- (An MTA that offers none at all is taken for one of version 1 by libmilter.)
for set = 1, 7 do
	local actions = 0
	for n, action in ipairs(wanted) do
		actions = actions + ((set >> (n - 1)) % 2) * action
	end
	local conn = greeted(6, actions)
	for _, action in ipairs(wanted) do
		check("action " .. action .. " of " .. actions, mt.test_action(conn, action), actions & action ~= 0)
	end
	check("link", message(conn, "A" .. set .. "A", LINK), "reply")
	check("good", message(conn, "A" .. set .. "B", GOOD), "continue")
	local hold = actions & SMFIF_QUARANTINE ~= 0
	check("hold", message(conn, "A" .. set .. "C", GOOD, FIELDS, {BUYER, ELSEWHERE}), hold and "continue" or "reply")
	check("held", mt.eom_check(conn, MT_QUARANTINE), hold)
	mt.disconnect(conn)
end
