-- SPDX-License-Identifier: BSD-2-Clause
-- A body in pieces: a link cut at each of its letters, single bytes, pieces up to what the protocol allows.
local conn = greeted()
local at = LINK:find("https", 1, true)
for cut = at, at + 20 do
	check("cut at " .. cut, message(conn, "CUT" .. cut, {LINK:sub(1, cut), LINK:sub(cut + 1)}), "reply")
end
local bytes = {}
for i = 1, #LINK do
	bytes[i] = LINK:sub(i, i)
end
check("bytes", message(conn, "BYTES1", bytes), "reply")
local line = ("your blender will arrive on Thursday. "):rep(24) .. "\r\n"
local pieces = {}
for i = 1, 20 do
	pieces[i] = line:rep(16)
end
pieces[21] = LINK
check("300 KiB", message(conn, "PIECES1", pieces), "reply")
mt.disconnect(conn)
