-- SPDX-License-Identifier: BSD-2-Clause
-- What the scripts share, and what runs one: miltertest says nothing of an error, so it is said here.
-- Globals by -D: SOCKET (where posternd listens), HERE (this folder), SCRIPT (the one to run).
SELLER = "<care@bestgadgets.example>"
BUYER = "<4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com>"
ELSEWHERE = "<friend@example.org>"
OUTSIDE = "198.51.100.7"
GOOD = "Hello Maria,\r\n\r\nyour blender will arrive on Thursday.\r\n\r\nKind regards,\r\nJenny\r\n"
LINK = "Hello Maria,\r\n\r\nplease order it at https://www.bestgadgets.example/jars for us.\r\n\r\nKind regards,\r\nJenny\r\n"
FIELDS = {
	{"From", "Best Gadgets <care@bestgadgets.example>"}, {"To", "4F2A9C1B7D3E5F608192A3B4C5D6E7F8@relay.walmart.com"},
	{"Subject", "Re: Order 4342076435326"}, {"Date", "Mon, 16 Mar 2026 09:12:44 +0000"},
	{"Message-ID", "<mt@bestgadgets.example>"}, {"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"},
}
-- Versions before 6 have no NR steps and no SKIP, before 4 no DATA, before 3 no unknown commands.
STEPS = {[2] = 0x7f, [3] = 0x17f, [4] = 0x37f, [6] = 0x1fffff}
ACTIONS = 0x1ff

local names = {[SMFIR_CONTINUE] = "continue", [SMFIR_ACCEPT] = "accept", [SMFIR_REJECT] = "reject", [SMFIR_TEMPFAIL] = "tempfail",
	[SMFIR_DISCARD] = "discard", [SMFIR_REPLYCODE] = "reply", [SMFIR_SKIP] = "skip"}

function fail(what)
	error(what, 0)
end

function check(what, got, wanted)
	if got ~= wanted then
		fail(what .. ": " .. tostring(got) .. ", not " .. tostring(wanted))
	end
end

-- What a step returned is nil or an error of its sending; then the filter's answer.
function answered(what, problem, conn, wanted)
	if problem ~= nil then
		fail(what .. ": " .. tostring(problem))
	end
	check(what, names[mt.getreply(conn)], wanted)
end

function open()
	local conn = mt.connect(SOCKET)
	if conn == nil then
		fail("no connection to " .. SOCKET)
	end
	return conn
end

-- miltertest 1.5 sends actions where steps belong, and steps for actions: true then.
local function swaps()
	local conn = open()
	mt.negotiate(conn, 6, ACTIONS, STEPS[6])
	local swapped = not mt.test_option(conn, SMFIP_HDR_LEADSPC)
	mt.disconnect(conn)
	return swapped
end

-- Negotiated; nothing sent yet.
function negotiated(version, actions, steps)
	local conn, version = open(), version or 6
	local first, second = actions or ACTIONS, steps or STEPS[version]
	if SWAPPED then
		first, second = second, first
	end
	local problem = mt.negotiate(conn, version, first, second)
	if problem ~= nil then
		fail("negotiate: " .. tostring(problem))
	end
	return conn
end

-- Up to HELO, as from a client outside.
function greeted(version, actions, steps)
	local conn = negotiated(version, actions, steps)
	answered("connect", mt.conninfo(conn, "client.example", OUTSIDE), conn, "continue")
	answered("helo", mt.helo(conn, "client.example"), conn, "continue")
	return conn
end

-- MAIL with the macros that an MTA has then, RCPT of each; account: who logged in; sent always, as
-- what an MTA does not send again stays from the message before. The queue id comes with RCPT: miltertest
-- has no later macros.
function envelope(conn, sender, recipients, account, queue_id)
	mt.macro(conn, SMFIC_MAIL, "{auth_authen}", account or "")
	answered("mail", mt.mailfrom(conn, sender), conn, "continue")
	if queue_id then
		mt.macro(conn, SMFIC_RCPT, "i", queue_id)
	end
	for _, recipient in ipairs(recipients) do
		answered("rcpt", mt.rcptto(conn, recipient), conn, "continue")
	end
end

function headers(conn, fields)
	for _, field in ipairs(fields) do
		answered("header " .. field[1], mt.header(conn, field[1], field[2]), conn, "continue")
	end
end

-- After DATA: the fields, and the body, which may be a table of pieces.
function content(conn, fields, body)
	headers(conn, fields)
	answered("eoh", mt.eoh(conn), conn, "continue")
	for _, piece in ipairs(type(body) == "table" and body or {body}) do
		answered("body", mt.bodystring(conn, piece), conn, "continue")
	end
end

-- Let through as it came.
function unchanged(conn)
	for _, change in ipairs({MT_HDRADD, MT_HDRINSERT, MT_HDRCHANGE, MT_HDRDELETE, MT_BODYCHANGE, MT_QUARANTINE}) do
		check("change " .. change, mt.eom_check(conn, change), false)
	end
end

-- A whole message of the seller's; the name of the reply to its end.
function message(conn, queue_id, body, fields, recipients, data)
	envelope(conn, SELLER, recipients or {BUYER}, "seller", queue_id)
	if data ~= false then
		answered("data", mt.data(conn), conn, "continue")
	end
	content(conn, fields or FIELDS, body)
	local problem = mt.eom(conn)
	if problem ~= nil then
		fail("eom: " .. tostring(problem))
	end
	return names[mt.getreply(conn)]
end

SWAPPED = swaps()
if not xpcall(dofile, function(problem) mt.echo(debug.traceback(problem, 2)) end, HERE .. "/" .. SCRIPT) then
	error("failed")
end
