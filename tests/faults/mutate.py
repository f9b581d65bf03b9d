# SPDX-License-Identifier: BSD-2-Clause
"""Seeded ways to break a message: bytes, header fields, MIME structure, charsets, encodings, nesting."""
import base64
import quopri

CHARSETS = (b'utf-8', b'utf-7', b'utf-16', b'utf-32be', b'gb18030', b'big5', b'iso-2022-jp', b'iso-2022-kr', b'hz-gb-2312',
            b'koi8-r', b'windows-1252', b'iso-8859-1', b'us-ascii', b'unknown-8bit', b'x-none', b'', b'"', b'%00', b'ebcdic-us')
ENCODINGS = (b'7bit', b'8bit', b'binary', b'base64', b'quoted-printable', b'x-uuencode', b'x-yenc', b'none', b'', b'base64, 8bit')
TYPES = (b'text/plain', b'text/html', b'text/calendar', b'text/x-vcard', b'message/rfc822', b'message/partial', b'multipart/mixed',
         b'multipart/alternative', b'multipart/related', b'multipart/signed', b'multipart/encrypted', b'application/pdf',
         b'application/zip', b'application/ms-tnef', b'application/octet-stream', b'image/svg+xml', b'image/png', b'/', b'text',
         b'application/pkcs7-mime', b'message/delivery-status', b'text/rtf')
NAMES = (b'Subject', b'From', b'To', b'Reply-To', b'Date', b'Message-ID', b'References', b'In-Reply-To', b'MIME-Version',
         b'Content-Type', b'Content-Transfer-Encoding', b'Content-Disposition', b'X-Postern-Verdict', b'Auto-Submitted',
         b'Received', b'Authentication-Results', b'List-Id', b'Sender', b'Cc', b'Bcc', b'Resent-From')
BAD = (b'\0', b'\xff', b'\xfe\xff', b'\xef\xbb\xbf', b'\xc0\x80', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\r', b'\n', b'\r\n\r\n',
       b'\x1b$B', b'\x1b]0;x\x07', b'=?utf-8?B?', b'?=', b'=', b'=\n', b'=3', b'&#', b'&#x110000;', b'<!--', b']]>', b'"', b'\\',
       b'(', b'((((', b'<', b'>', b'<script>', b'%s%n', b'--', b';', b'\xe2\x80\xae', b'\xe2\x80\x8b', b'\n.\n', b'\n.\r\n', b'+ADw-')
HUGE = (80, 998, 5000, 70000)


def flip(r, raw):
    out = bytearray(raw)
    for _ in range(r.choice((1, 3, 20, 200))):
        if out:
            out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def insert(r, raw):
    for _ in range(r.choice((1, 2, 10))):
        at = r.randrange(len(raw) + 1)
        raw = raw[:at] + r.choice(BAD) * r.choice((1, 1, 1, 50)) + raw[at:]
    return raw


def cut(r, raw):
    at = r.randrange(len(raw) + 1)
    return raw[:at] if r.random() < .5 else raw[:at] + raw[at + r.randrange(1, 500):]


def repeat(r, raw):
    at = r.randrange(len(raw) + 1)
    piece = raw[at:at + r.randrange(1, 300)]
    return raw[:at] + piece * min(r.choice((2, 10, 1000)), 200000 // (len(piece) + 1)) + raw[at:]


def swap_lines(r, raw):
    lines = raw.split(b'\n')
    for _ in range(r.choice((1, 5, 30))):
        a, b = r.randrange(len(lines)), r.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    return b'\n'.join(lines)


def drop_lines(r, raw):
    share = r.choice((.02, .1, .5))
    return b'\n'.join(line for line in raw.split(b'\n') if r.random() > share)


def head_field(r):
    name = r.choice(NAMES)
    value = r.choice((r.choice(BAD) * r.choice((1, 100)), b'a' * r.choice(HUGE), b'', b'=?%s?Q?=41=?=' % r.choice(CHARSETS),
                      b'"a' * 50 + b'@x', b'<' * 60, b'a@b.example, ' * r.choice((2, 300)), b'x;\n ' * r.choice((1, 200)),
                      r.choice(TYPES) + b'; charset=' + r.choice(CHARSETS) + b'; boundary="' + b'b' * r.choice((0, 1, 71, 5000)) + b'"'))
    return name + b': ' + value + b'\n'


def add_fields(r, raw):
    return b''.join(head_field(r) for _ in range(r.choice((1, 3, 200)))) + raw


def fields_inside(r, raw):
    lines = raw.split(b'\n')
    for _ in range(r.choice((1, 4))):
        lines.insert(r.randrange(len(lines) + 1), head_field(r).rstrip(b'\n'))
    return b'\n'.join(lines)


def relabel(r, raw):
    """Labels that lie, wherever one stands."""
    old, new = r.choice(((b'charset=', b'charset=' + r.choice(CHARSETS) + b' ;x='), (b'Encoding: ', b'Encoding: ' + r.choice(ENCODINGS) + b' '),
                         (b'Type: ', b'Type: ' + r.choice(TYPES) + b';'), (b'boundary=', b'boundary=' + r.choice(BAD)),
                         (b'--', b'-'), (b'name=', b"name*0*=utf-8''"), (b'multipart/', b'message/rfc822; ')))
    return raw.replace(old, new, r.choice((1, 2, -1)))


def reencode(r, raw):
    """The body again in another encoding, with or without saying so."""
    head, _, body = raw.partition(b'\n\n')
    body = r.choice((base64.encodebytes, quopri.encodestring, lambda b: b.decode('utf-8', 'replace').encode('utf-16'),
                     lambda b: b.decode('utf-8', 'replace').encode('utf-7', 'replace')))(body)
    return head + (b'\nContent-Transfer-Encoding: ' + r.choice(ENCODINGS) if r.random() < .7 else b'') + b'\n\n' + body


def nest(r, raw):
    """The message in parts in parts, of different kinds."""
    for level in range(r.choice((1, 3, 30, 120))):
        edge = r.choice((b'b%d' % level, b'b', b'-' * 60, b''))
        if r.random() < .3:
            raw = b'MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: %s\n\n' % r.choice(ENCODINGS) + raw
        else:
            raw = (b'MIME-Version: 1.0\nContent-Type: multipart/%s; boundary="%s"\n\n--%s\n' % (
                r.choice((b'mixed', b'alternative', b'signed', b'digest', b'x')), edge, edge)
                + raw + b'\n--' + edge + r.choice((b'--\n', b'\n', b'')))
    return b'From: care@bestgadgets.example\nSubject: nested\n' + raw


def parts(r, raw):
    """A flood of parts around the message."""
    count = r.choice((2, 40, 700))
    one = b'--f\nContent-Type: %s; charset=%s; name="%s"\nContent-Transfer-Encoding: %s\n\n' % (
        r.choice(TYPES), r.choice(CHARSETS), r.choice(BAD), r.choice(ENCODINGS))
    return (b'From: care@bestgadgets.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=f\n\n'
            + one + raw + b'\n' + (one + r.choice(BAD) * 20 + b'\n') * count)


def html(r, raw):
    """Broken HTML around the text."""
    tags = b''.join(r.choice((b'<div style="display:none">', b'<a href="//x.example', b"<a href='", b'<table>', b'</p>', b'<style>', b'<!--',
                              b'<![CDATA[', b'<img src=cid:', b'&nbsp', b'&#0;', b'<b ' + b'a' * r.choice(HUGE) + b'>', b'<svg>', b'<plaintext>'))
                    for _ in range(r.choice((3, 30, 2000))))
    return (b'From: care@bestgadgets.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=' + r.choice(CHARSETS) + b'\n\n'
            + tags + raw)


WAYS = (flip, insert, cut, repeat, swap_lines, drop_lines, add_fields, fields_inside, relabel, relabel, reencode, nest, parts, html)


def mutate(r, raw, largest=400000):
    """raw after one to four ways; names of the ways."""
    names = []
    for _ in range(r.choice((1, 1, 2, 3, 4))):
        way = r.choice(WAYS)
        raw = way(r, raw)[:largest]
        names.append(way.__name__)
    return raw, names
