# SPDX-License-Identifier: BSD-2-Clause
"""Sessions in lockstep: each step of all of them before the next step of any. libmilter hands the callbacks of a connection
to whichever thread is free, so what belongs to one message must not be found in another's verdict or record (danger 1)."""
import json
import re

from harness import buyer

DOMAIN = 'lock.example'


def begin(clients, names, turn):
    """Up to DATA."""
    for m, name in zip(clients, names):
        m.macros('M', auth_authen='user' + name)
        m.mail('<%s@%s>' % (name, DOMAIN))
    for n, (m, name) in enumerate(zip(clients, names)):
        m.rcpt(buyer(10 ** 6 + turn * 1000 + n))
        m.macros('T', i='Q' + name)
        m.data()


def finish(clients, names):
    """Fields, a body in two pieces, and the end; what was wrong."""
    found = []
    for m, name in zip(clients, names):
        for field, value in (('From', '%s@%s' % (name, DOMAIN)), ('Subject', 'about ' + name), ('Message-ID', '<%s@lock>' % name)):
            m.header(field, value)
        m.eoh()
    for piece in ('forbidden-', 'token-%s\r\n'):
        for m, name in zip(clients, names):
            m.body(piece % name if '%' in piece else piece)
    for m, name in zip(clients, names):
        r = m.eom()
        if r.verdict != 'reject' or 'forbidden-token-' + name not in r.text:
            found.append('%s: %r' % (name, r))
    return found


def check_record(event):
    """What of a record is not of its own message."""
    name = event['sender'].split('@')[0]
    own = (event['account'], event['queue_id'], event['from'], event['subject'], event['message_id'])
    named = set(re.findall(r'n\d+t\d+x', json.dumps(event)))
    if own != ('user' + name, 'Q' + name, '%s@%s' % (name, DOMAIN), 'about ' + name, '<%s@lock>' % name) or named != {name}:
        return ['the record of %s: %s, %s' % (name, own, named)]
    return []


def wrong(daemon, sessions, messages):
    """What was wrong with so many messages of each of so many sessions."""
    clients, found = [daemon.client().open() for _ in range(sessions)], []
    for turn in range(messages):
        names = ['n%dt%dx' % (number, turn) for number in range(sessions)]
        begin(clients, names, turn)
        found += finish(clients, names)
    for m in clients:
        m.close()
    events = [e for e in daemon.audit('message') if e.get('sender', '').endswith('@' + DOMAIN)]
    if len({e['sender'] for e in events}) != sessions * messages:
        found.append('%d messages, %d records' % (sessions * messages, len(events)))
    return sum((check_record(e) for e in events), found)
