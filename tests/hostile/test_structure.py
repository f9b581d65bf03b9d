#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Parts, boundaries, transfer encodings and files that try to keep a link from the rules (dangers 38-41, 48, 53-55)."""
import base64
import binascii
import quopri
import unittest

from scan import HONEST, TOKEN, ScanCase, mail, rules, scanned

LINK = b'Please open https://bestgadgets.shop/x for the steps.\n'
B64 = base64.encodebytes(LINK)


def parts(*contents, boundary=b'b', end=b'--b--\n', lead=b'', kind=b'mixed', field=None):
    field = field if field is not None else b'Content-Type: multipart/' + kind + b'; boundary="' + boundary + b'"'
    body = lead + b''.join(b'--' + boundary + b'\n' + c + b'\n' for c in contents) + end
    return mail(body, field)


TEXT = b'Content-Type: text/plain\n\n' + LINK
HTML = b'Content-Type: text/html\n\n<p>' + LINK + b'</p>'
GOOD = b'Content-Type: text/plain\n\n' + HONEST
ENCODED = b'Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n' + B64
LONG = b'x' * 300


def boundaries():
    """40 ways to mark off parts, or not quite."""
    yield 'plain', parts(GOOD, TEXT)
    yield 'CRLF', parts(GOOD, ENCODED).replace(b'\n', b'\r\n')
    yield 'CRLF header, LF body', (lambda h, b: h.replace(b'\n', b'\r\n') + b'\r\n\r\n' + b)(*parts(GOOD, ENCODED).split(b'\n\n', 1))
    yield 'no final boundary', parts(GOOD, ENCODED, end=b'')
    yield 'no final line end', parts(GOOD, ENCODED, end=b'--b--')
    yield 'preamble', parts(GOOD, lead=LINK)
    yield 'comments around', parts(GOOD, ENCODED, field=b'Content-Type: (a(b)c) (d)\n multipart/mixed; boundary=b')
    yield 'epilogue', parts(GOOD, end=b'--b--\n' + LINK)
    yield 'part after the end', parts(GOOD, end=b'--b--\n--b\n' + ENCODED + b'\n--b--\n')
    yield 'missing parameter', parts(GOOD, TEXT, field=b'Content-Type: multipart/mixed')
    yield 'empty parameter', parts(GOOD, TEXT, boundary=b'', end=b'----\n', field=b'Content-Type: multipart/mixed; boundary=""')
    yield 'boundary that never comes', mail(LINK, b'Content-Type: multipart/mixed; boundary=never')
    yield 'boundary of 300', parts(GOOD, ENCODED, boundary=LONG, end=b'--' + LONG + b'--\n')
    yield 'boundary of 70', parts(GOOD, ENCODED, boundary=b'y' * 70, end=b'')
    yield 'no quotes', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed; boundary=b')
    yield 'single quotes', parts(GOOD, ENCODED, boundary=b"'b'", end=b"--'b'--\n", field=b"Content-Type: multipart/mixed; boundary='b'")
    yield 'no semicolon', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed boundary=b')
    yield 'white space around =', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed; boundary = b')
    yield 'white space behind the value', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed; boundary="b  "')
    yield 'in a comment', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed; (boundary=c) boundary=b')
    yield 'comment before', parts(GOOD, ENCODED, field=b'Content-Type: (x) multipart/mixed (y); boundary=b')
    yield 'RFC 2231', parts(GOOD, ENCODED, field=b"Content-Type: multipart/mixed; boundary*=us-ascii''b")
    yield 'RFC 2231 pieces', parts(GOOD, ENCODED, boundary=b'abcd', end=b'--abcd--\n', field=b'Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd')
    yield 'folded field', parts(GOOD, ENCODED, field=b'Content-Type: multipart/mixed;\n\tcharset=x;\n  boundary=b')
    yield 'upper case', parts(GOOD, ENCODED, field=b'CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=b')
    yield 'unknown subtype', parts(GOOD, ENCODED, kind=b'x-strange')
    yield 'two types, multipart last', mail(b'--b\n' + ENCODED + b'\n--b--\n', b'Content-Type: text/plain', b'Content-Type: multipart/mixed; boundary=b')
    yield 'two types, multipart first', mail(b'--b\n' + ENCODED + b'\n--b--\n', b'Content-Type: multipart/mixed; boundary=b', b'Content-Type: text/plain')
    yield 'two types, two boundaries', mail(b'--b\n' + ENCODED + b'\n--b--\n', b'Content-Type: multipart/mixed; boundary=b', b'Content-Type: multipart/mixed; boundary=c')
    yield 'two types, the other boundary', mail(b'--c\n' + TEXT + b'\n--c--\n', b'Content-Type: multipart/mixed; boundary=b', b'Content-Type: multipart/mixed; boundary=c')
    yield 'two boundary parameters', parts(TEXT, field=b'Content-Type: multipart/mixed; boundary=c; boundary=b')
    yield 'blanks behind the line', mail(b'--b  \t\n' + ENCODED + b'\n--b--  \n', b'Content-Type: multipart/mixed; boundary=b')
    yield 'text behind the line', mail(b'--bx\n' + TEXT + b'\n--b--\n', b'Content-Type: multipart/mixed; boundary=b')
    yield 'blank before the line', mail(b' --b\n' + TEXT + b'\n --b--\n', b'Content-Type: multipart/mixed; boundary=b')
    yield 'inner one begins alike', mail(b'--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n' + ENCODED + b'\n--ab--\n--a--\n', b'Content-Type: multipart/mixed; boundary=a')
    yield 'inner one is the same', mail(b'--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n' + ENCODED + b'\n--b--\n--b--\n', b'Content-Type: multipart/mixed; boundary=b')
    yield 'outer ends within inner', mail(b'--a\nContent-Type: multipart/mixed; boundary=c\n\n--c\n' + GOOD + b'\n--a\n' + ENCODED + b'\n--a--\n', b'Content-Type: multipart/mixed; boundary=a')
    yield 'container in base64', mail(base64.encodebytes(b'--b\n' + TEXT + b'\n--b--\n'), b'Content-Type: multipart/mixed; boundary=b', b'Content-Transfer-Encoding: base64')
    yield 'container in quoted-printable', mail(quopri.encodestring(b'--b\n' + TEXT + b'\n--b--\n'), b'Content-Type: multipart/mixed; boundary=b', b'Content-Transfer-Encoding: quoted-printable')
    yield 'part without header or blank line', parts(LINK)
    yield 'NUL in the line', mail(b'--b\0\n' + TEXT + b'\n--b--\n', b'Content-Type: multipart/mixed; boundary=b')
    yield 'CR alone', parts(GOOD, TEXT).replace(b'\n--b', b'\r--b')
    yield 'digest', parts(b'\nSubject: x\n\n' + LINK, kind=b'digest')
    yield 'no MIME-Version', mail(b'--b\n' + ENCODED + b'\n--b--\n', b'Content-Type: multipart/mixed; boundary=b', mime=False)


def yenc(data):
    return b'=ybegin line=128 size=%d name=a\n' % len(data) + bytes((c + 42) % 256 for c in data) + b'\n=yend size=%d\n' % len(data)


def uu(data):
    lines = b''.join(binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45))
    return b'begin 644 a.txt\n' + lines + b'`\nend\n'


def transfers():
    def cte(body, *values, kind=b'text/plain'):
        return mail(body, b'Content-Type: ' + kind, *(b'Content-Transfer-Encoding: ' + v for v in values))
    stripped = B64.replace(b'\n', b'')
    split = [stripped[i:i + 5] for i in range(0, len(stripped), 5)]
    yield 'base64', cte(B64, b'base64')
    yield 'junk in base64', cte(b'!'.join(split), b'base64')
    yield 'blanks in base64', cte(b' '.join(split), b'base64')
    yield 'lines of one letter', cte(b'\n'.join(bytes([c]) for c in stripped), b'base64')
    yield 'early =', cte(base64.b64encode(HONEST[:10]) + b'\n' + B64, b'base64')
    yield 'early == in a line', cte(b'aGkgIA==' + B64, b'base64')
    yield 'no padding', cte(stripped.rstrip(b'='), b'base64')
    yield 'too much padding', cte(stripped + b'====', b'base64')
    yield 'text said to be base64', cte(LINK, b'base64')
    yield 'text behind base64', cte(base64.encodebytes(HONEST) + b'\n' + LINK, b'base64')
    yield 'base64 said to be 8bit', cte(base64.encodebytes(LINK * 4), b'8bit')
    yield 'base64 said to be 7bit', cte(base64.encodebytes(LINK * 4), b'7bit')
    yield 'base64 without a field', mail(base64.encodebytes(LINK * 4), b'Content-Type: text/plain')
    yield 'upper case and comment', cte(B64, b'BASE64 (really)')
    yield 'quotes', cte(B64, b'"base64"')
    yield 'folded', cte(B64, b'\n base64')
    yield 'two, the first counts', cte(B64, b'base64', b'7bit')
    yield 'two, the last counts', cte(B64, b'7bit', b'base64')
    yield 'two of the same', cte(B64, b'base64', b'base64')
    yield 'quoted-printable', cte(quopri.encodestring(LINK), b'quoted-printable')
    yield 'soft break in the host', cte(LINK.replace(b'gadgets', b'gad=\ngets'), b'quoted-printable')
    yield 'soft break with blanks', cte(LINK.replace(b'gadgets', b'gad=  \r\ngets'), b'quoted-printable')
    yield 'hex of every letter', cte(b''.join(b'=%02X' % c for c in LINK), b'quoted-printable')
    yield 'small hex', cte(LINK.replace(b'.', b'=2e'), b'quoted-printable')
    yield 'broken hex near it', cte(b'=ZZ ' + LINK + b'=4', b'quoted-printable')
    yield 'soft break before each letter', cte(b'=\n'.join(bytes([c]) for c in LINK), b'quoted-printable')
    yield 'quoted-printable, field says nothing', cte(LINK.replace(b'gadgets', b'gad=\ngets') * 3, b'8bit')
    yield 'x-uuencode', cte(uu(LINK), b'x-uuencode')
    yield 'uuencode in text', mail(b'Look at this:\n\n' + uu(LINK), b'Content-Type: text/plain')
    yield 'yEnc in text', mail(b'Look at this:\n\n' + yenc(LINK), b'Content-Type: text/plain; charset=iso-8859-1')
    yield 'yEnc by name', cte(yenc(LINK), b'x-yenc')
    yield 'unknown encoding', cte(LINK, b'x-nonsense')
    yield 'binary', cte(LINK, b'binary')
    yield 'HTML in base64', cte(base64.encodebytes(b'<p>' + LINK), b'base64', kind=b'text/html')


def depths():
    for depth in (1, 49, 50, 51, 99, 101, 600, 1025, 5000):
        body = b''.join(b'Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n' % (i, i) for i in range(depth))
        body += TEXT + b''.join(b'\n--b%d--' % i for i in reversed(range(depth)))
        yield 'multiparts, %d deep' % depth, mail(b'--t\n' + body + b'\n--t--\n', b'Content-Type: multipart/mixed; boundary=t')
        yield 'messages, %d deep' % depth, mail(b'Content-Type: message/rfc822\n\n' * depth + TEXT, b'Content-Type: message/rfc822')


def floods():
    yield '500,000 parts', parts(*([b'\nx'] * 500000), TEXT)
    yield '100,000 fields', mail(LINK, *([b'X: y'] * 100000))
    yield '200,000 recipients', mail(LINK, b'Cc: ' + b', '.join([b'a@b.example'] * 200000))
    yield '5,000 files', parts(*([b'Content-Disposition: attachment; filename=a.txt\n\nx'] * 5000), TEXT)
    yield '20,000 links to the marketplace', mail(b'https://www.walmart.com/x\n' * 20000 + LINK)


def alternatives():
    yield 'text has it', parts(TEXT, b'Content-Type: text/html\n\n<p>Hello</p>', kind=b'alternative')
    yield 'HTML has it', parts(GOOD, HTML, kind=b'alternative')
    yield 'third one has it', parts(GOOD, b'Content-Type: text/html\n\n<p>Hello</p>', b'Content-Type: text/x-amp-html\n\n<html amp4email><p>' + LINK, kind=b'alternative')
    yield 'enriched', parts(GOOD, b'Content-Type: text/enriched\n\n<bold>' + LINK, kind=b'alternative')
    yield 'calendar', parts(GOOD, b'Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nDESCRIPTION:' + LINK, kind=b'alternative')
    yield 'attached message', parts(GOOD, b'Content-Type: message/rfc822\n\nSubject: x\n\n' + LINK)
    yield 'attached message in base64', parts(GOOD, b'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n' + base64.encodebytes(b'Subject: x\n\n' + LINK))
    yield 'attached page', parts(GOOD, b'Content-Type: application/octet-stream; name=a.html\nContent-Disposition: attachment\n\n<p>' + LINK)
    yield 'attached text', parts(GOOD, b'Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\n' + LINK)
    yield 'related', parts(b'Content-Type: text/html\n\n<a href="https://bestgadgets.shop/x">here</a>', kind=b'related')
    yield 'NUL before it', mail(b'Hello\0\0 ' + LINK)
    yield 'NUL in it', mail(LINK.replace(b'gadgets', b'gad\0gets'))
    yield 'NUL in HTML', mail(b'<a href="https://best\0gadgets.shop/">x</a>', b'Content-Type: text/html')


def sealed():
    yield 'S/MIME', mail(b'MIAGCSqGSIb3DQEHA6CAMIACAQAxggE=\n', b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m',
                         b'Content-Transfer-Encoding: base64')
    yield 'S/MIME, old name', mail(b'MIAGCSqGSIb3DQEHA6CAMIACAQAxggE=\n', b'Content-Type: application/x-pkcs7-mime; name=smime.p7m',
                                   b'Content-Transfer-Encoding: base64')
    yield 'PGP/MIME', parts(b'Content-Type: application/pgp-encrypted\n\nVersion: 1', b'Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----',
                            kind=b'encrypted')
    yield 'PGP in the text', mail(HONEST + b'-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n')
    yield 'PGP in a base64 text', mail(base64.encodebytes(b'-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n'), b'Content-Transfer-Encoding: base64')
    yield 'winmail.dat', parts(GOOD, b'Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+IgEAAQ==')
    yield 'winmail.dat of no type', parts(GOOD, b'Content-Type: application/octet-stream; name=WINMAIL.DAT\nContent-Transfer-Encoding: base64\n\neJ8+IgEAAQ==')
    yield 'a piece of a message', mail(HONEST, b'Content-Type: message/partial; id=x; number=1; total=2')


class Structure(ScanCase):
    def test_boundaries(self):
        """40: whatever marks off the parts, the link in them is found."""
        self.assert_found(scanned(40)(dict(boundaries())))

    def test_transfer_encodings(self):
        """41: nor does an encoding that lies hide it."""
        self.assert_found(scanned(30)(dict(transfers())))

    def test_depth(self):
        """38: at any depth it is found, and past the limit that is said as well."""
        for (name, _), answer in zip(depths(), self.scan([m for _, m in depths()])):
            deep = int(name.split(', ')[1].split()[0])
            self.assertIn(answer['action'], ('hold', 'reject'), name)
            self.assertIn('MP-LINK', rules(answer), name)
            if deep > 50:
                self.assertIn('POSTERN-LIMIT', rules(answer), name)

    def test_floods(self):
        """39: capped, said, and what stands behind is found all the same or the message does not pass."""
        named = dict(floods())
        for name, answer in zip(named, self.scan(list(named.values()))):
            self.assertIn(answer['action'], ('hold', 'defer', 'reject'), name)
            self.assertTrue(rules(answer) & {'POSTERN-LIMIT', 'MP-LINK'}, (name, rules(answer)))

    def test_repetition(self):
        """A megabyte of one sentence is judged now: it would wait for ever, since no later try finds anything else."""
        flood = b'Thank you for your order, we ship it to you today.\n' * 21000
        for answer in self.scan([mail(flood), mail(LINK + flood), mail(flood + LINK)]):
            self.assertFalse([f for f in answer['findings'] if f['error']])
            self.assertIn('POSTERN-LIMIT', rules(answer))
            self.assertEqual(answer['action'], 'reject' if 'MP-LINK' in rules(answer) else 'hold')
        self.assertIn('MP-LINK', rules(answer))

    def test_every_part_is_read(self):
        """48, 53: alternatives, attached messages and files, and what stands behind a NUL."""
        self.assert_found(dict(alternatives()))

    def test_what_cannot_be_read_is_said(self):
        """54, 55: encrypted and TNEF content never passes in silence."""
        for (name, _), answer in zip(sealed(), self.scan([m for _, m in sealed()])):
            self.assertEqual(answer['action'], 'hold', (name, rules(answer)))
            self.assertTrue(rules(answer) & {'POSTERN-OPAQUE', 'MP-ATT'}, (name, rules(answer)))

    def test_honest_ones_pass(self):
        self.assert_passed({'text': mail(HONEST), 'parts': parts(GOOD), 'base64': mail(base64.encodebytes(HONEST), b'Content-Transfer-Encoding: base64'),
                            'both': parts(GOOD, b'Content-Type: text/html\n\n<p>' + HONEST.replace(b'\n\n', b'<p>') + b'</p>', kind=b'alternative')})


if __name__ == '__main__':
    assert TOKEN in LINK
    unittest.main()
