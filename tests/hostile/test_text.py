#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bytes, charsets, HTML and other letters that try to keep a link, a number or an offer from the rules
(dangers 43, 44, 46, 49), and texts too small to judge (57)."""
import base64
import unittest

from scan import HONEST, ScanCase, mail, scanned

LINK = 'Please open https://bestgadgets.shop/x for the steps.\n'
UTF8 = b'Content-Type: text/plain; charset=utf-8'
BAD_BYTES = {
    'half a letter': b'\xc3', 'no letter': b'\xff', 'a late byte': b'\x80', 'surrogate': b'\xed\xa0\x80', 'overlong slash': b'\xc0\xaf',
    'overlong NUL': b'\xc0\x80', 'noncharacter': b'\xef\xbf\xbf', 'noncharacter of another plane': b'\xf0\x9f\xbf\xbe',
    'beyond Unicode': b'\xf4\x90\x80\x80', 'five bytes': b'\xf8\x88\x80\x80\x80', 'NUL': b'\0', 'BOM': b'\xef\xbb\xbf', 'three of a four': b'\xf0\x9f\x98',
    'replacement': b'\xef\xbf\xbd', 'delete': b'\x7f', 'vertical tab': b'\x0b',
}
BLOCKED = {'MP-LINK': b'bestgadgets.shop', 'MP-CONTACT': b'+1 626 555 0147', 'MP-PROMO': b'20% off your next order with the code SAVE20'}


def bad_bytes(token):
    for label, field in (('utf-8', UTF8), ('no label', b'Content-Type: text/plain'),
                         ('latin1', b'Content-Type: text/plain; charset=iso-8859-1'),
                         ('HTML', b'Content-Type: text/html; charset=utf-8')):
        for name, bad in BAD_BYTES.items():
            yield f'{name}, {label}, apart', mail(b'Hello, please see ' + bad + b' ' + token + b' for it.\n', field)
            yield f'{name}, {label}, at the start of the text', mail(bad + b'\nPlease see ' + token + b' for it.\n', field)
            yield f'{name}, {label}, in front', mail(b'Hello, please see (' + bad + token + b' for it.\n', field)


CHARSETS = [('utf-8', 'utf-8'), ('utf-16', 'utf-16'), ('utf-16-le', 'utf-16le'), ('utf-16-be', 'utf-16be'), ('utf-16-le', 'utf-16'),
            ('utf-32', 'utf-32'), ('utf-32-le', 'utf-32le'), ('utf-32-be', 'utf-32be'), ('utf-7', 'utf-7'), ('gb18030', 'gb18030'),
            ('gbk', 'gb2312'), ('hz', 'hz-gb-2312'), ('big5', 'big5'), ('iso2022_jp', 'iso-2022-jp'), ('iso2022_kr', 'iso-2022-kr'),
            ('shift_jis', 'shift_jis'), ('euc_jp', 'euc-jp'), ('euc_kr', 'euc-kr'), ('cp949', 'ks_c_5601-1987'), ('koi8-r', 'koi8-r'),
            ('cp1251', 'windows-1251'), ('cp037', 'ibm037'), ('cp500', 'cp500'), ('cp1140', 'ibm1140'), ('iso8859-15', 'iso-8859-15'),
            ('mac-roman', 'macintosh'), ('utf-16-le', 'utf-8'), ('utf-16-be', 'us-ascii'), ('utf-8', 'utf-16'), ('ascii', 'no-such-charset')]


def charsets():
    for codec, label in CHARSETS:
        for kind, text in (('plain', LINK), ('html', f'<p>{LINK}</p>')):
            body = base64.encodebytes(text.encode(codec))
            yield f'{codec} as {label}, {kind}', mail(body, f'Content-Type: text/{kind}; charset="{label}"'.encode(),
                                                      b'Content-Transfer-Encoding: base64')


PAGES = [
    '<a href="https://bestgadgets.shop">x</a>', '<a href=" https://bestgadgets.shop">x</a>', '<a href="\thttps://bestgadgets.shop">x</a>',
    "<a href='https://bestgadgets.shop'>x</a>", '<a href=https://bestgadgets.shop>x</a>', '<A HREF=HTTPS://BESTGADGETS.SHOP>x</A>',
    '<a href="ht&#9;tps://bestgadgets.shop">x</a>', '<a href="ht\ntps://bestgadgets.shop">x</a>', '<a href="https&colon;//bestgadgets.shop">x</a>',
    '<a href="https&#58//bestgadgets&#46shop">x</a>', '<a href="https&#x3a;&#x2F;&#x2f;bestgadgets.shop">x</a>',
    '<a href="//bestgadgets.shop">x</a>', '<a href="\\\\bestgadgets.shop">x</a>', '<a href="https:bestgadgets.shop">x</a>',
    '<a href="https:/bestgadgets.shop">x</a>', '<a href="https:///bestgadgets.shop">x</a>', '<a/href="https://bestgadgets.shop">x</a>',
    '<a title="x"href="https://bestgadgets.shop">x</a>', '<a title="a>b" href="https://bestgadgets.shop">x</a>',
    '<a href="https://bestgadgets.shop', '<a href=\n=https://bestgadgets.shop href="https://bestgadgets.shop">x</a>',
    '<base href="https://bestgadgets.shop/"><a href="a">x</a>', '<base href="https://bestgadgets.shop"><img src="a.png">',
    '<meta http-equiv=refresh content="0;url=https://bestgadgets.shop">', "<meta http-equiv='REFRESH' content='5; URL=\"https://bestgadgets.shop\"'>",
    '<form action="https://bestgadgets.shop"><input type=submit>', '<form><button formaction="https://bestgadgets.shop">x</button>',
    '<img src=cid:a srcset="https://bestgadgets.shop/a 2x">', '<picture><source srcset="https://bestgadgets.shop/a"></picture>',
    '<p style="background:url(https://bestgadgets.shop/a)">x', "<p style=\"background:url('https://bestgadgets.shop/a')\">x",
    '<p style="background:u\\72l(https://bestgadgets.shop/a)">x', '<style>@import "https://bestgadgets.shop/a";</style>x',
    '<style>p{background:url(//bestgadgets.shop/a)}</style><p>x', '<link rel=stylesheet href="https://bestgadgets.shop/a.css">x',
    '<svg><a xlink:href="https://bestgadgets.shop"><text>x</text></a></svg>', '<svg><image href="https://bestgadgets.shop/a"/></svg>',
    '<svg><use xlink:href="https://bestgadgets.shop/a#b"/></svg>', '<map><area href="https://bestgadgets.shop"></map>',
    '<iframe src="https://bestgadgets.shop"></iframe>', '<object data="https://bestgadgets.shop/a"></object>', '<embed src="https://bestgadgets.shop/a">',
    '<video poster="https://bestgadgets.shop/a"></video>', '<audio src="https://bestgadgets.shop/a"></audio>',
    '<!--[if mso]><a href="https://bestgadgets.shop">x</a><![endif]-->y', '<!--[if !mso]><!--><a href="https://bestgadgets.shop">x</a><!--<![endif]-->',
    '<![if !mso]><a href="https://bestgadgets.shop">x</a><![endif]>', '<v:roundrect href="https://bestgadgets.shop">x</v:roundrect>',
    '<p>best<!-- x -->gadgets.shop', '<p>best<b>gadgets</b>.shop', '<p>best&shy;gadgets.shop', '<p>best&ZeroWidthSpace;gadgets.shop',
    '<p>best<wbr>gadgets.<wbr>shop', '<p>bestgadgets<span style="display:none">zz</span>.shop', '<p>bestgadgets&period;shop', '<p>bestgadgets&#46;shop',
    '<p>bestgadgets&#x2e;shop', '<p>bestgadgets&#0046shop', '<p>bestgadgets<span style="font-size:0">x</span>.shop', '<p>bestgadgets<font size=1>.</font>shop',
    '<table><tr><td>bestgadgets.shop</td></tr></table>', '<textarea>bestgadgets.shop</textarea>', '<input value="bestgadgets.shop">',
    '<img alt="bestgadgets.shop" src=cid:a>', '<noscript>bestgadgets.shop</noscript>', '<xmp>bestgadgets.shop</xmp>', '<!--> bestgadgets.shop -->',
    '<td background="https://bestgadgets.shop/a">x</td>', '<body background=https://bestgadgets.shop/a>x', '<title>x</title>bestgadgets.shop',
    '</p></div></x>bestgadgets.shop', '<<a href="https://bestgadgets.shop">x</a>', '<bdo dir=rtl>pohs.stegdagtseb</bdo>',
]
# What a reader takes for bestgadgets.shop.
LETTERS = [
    'best\u200bgadgets.shop', 'best\u200cgadgets.shop', 'best\u200dgadgets.shop', 'best\u2060gadgets.shop', 'best\ufeffgadgets.shop',
    'best\u00adgadgets.shop', 'best\u034fgadgets.shop', 'best\u180egadgets.shop', 'best\u2061gadgets.shop', 'best\ufe0fgadgets.shop',
    'best\U000e0067gadgets.shop', 'best\U000e0020gadgets.shop', 'best\u115fgadgets.shop',
    '\uff42\uff45\uff53\uff54\uff47\uff41\uff44\uff47\uff45\uff54\uff53\uff0e\uff53\uff48\uff4f\uff50', 'bestgadgets\u3002shop',
    'bestgadgets\uff0eshop', 'bestgadgets\uff61shop', 'bestgadgets\u2024shop', 'bestgadgets\ufe52shop',
    'b\u0435stgadgets.shop', 'bestgadgets.sh\u043ep', 'b\u0435stg\u0430dg\u0435ts.sh\u043e\u0440', 'bestgadget\u0455.shop',
    'be\ua731tgadgets.shop', '\u24d1\u24d4\u24e2\u24e3\u24d6\u24d0\u24d3\u24d6\u24d4\u24e3\u24e2.shop', '\U0001d41b\U0001d41e\U0001d42c\U0001d42dgadgets.shop',
    '\U0001d68b\U0001d68e\U0001d69c\U0001d69dgadgets.shop', '\U0001d5d5est gadgets https://bestgadgets.shop', '\u202epohs.stegdagtseb\u202c',
    '\u2067bestgadgets.shop\u2069', '\u200ebestgadgets.shop\u200f', 'BESTGADGETS.SHOP', 'bestga\u0501gets.shop', 'bestg\u0251dgets.shop',
    'https://\uff42estgadgets.shop/x', 'h\u200bttps://bestgadgets.shop', 'https\uff1a\uff0f\uff0fbestgadgets.shop', 'https:\u2044\u2044bestgadgets.shop',
    'https://xn--bestgadets-9ee.shop/', 'https://b\u00fccher-shop.com/', 'https://walm\u0430rt.com/', 'https://\u0430mazon.com/', 'w\u03b1lmart.com/refund',
]
SMALL = ['ok', 'OK.', 'THX', 'thx!', 'Thanks', '4342076435326', 'Order 4342076435326', '\U0001f44d', '\U0001f64f\U0001f64f', '...', '?', 'Yes', 'no', 'Done.', 'hi', '1Z999AA10123456784',
         '$39.99', '10:30', 'Hi Jos\u00e9', 'A-17', 'M / L', 'ok ok', 'Sure', '\u2714', '12/03/2026', 'TY', 'N/A', 'USPS', 'Ref. A12']


class Text(ScanCase):
    def test_bad_bytes(self):
        """44: a byte that is no text hides nothing that stands behind it."""
        for rule, token in BLOCKED.items():
            self.assert_found(dict(bad_bytes(token)), rule)

    def test_charsets(self):
        """43: the same link in thirty encodings, labelled truly and not."""
        self.assert_found(scanned(40)(dict(charsets())))

    def test_unknown_charset_is_said(self):
        """43: a charset that nobody knows is a finding of its own."""
        for answer in self.scan([mail(HONEST, b'Content-Type: text/plain; charset=no-such-charset')]):
            self.assertIn('POSTERN-CHARSET', {f['rule_id'] for f in answer['findings']})

    def test_pages(self):
        """46: every place of an HTML page where an address can stand, and every way to write it there."""
        field = b'Content-Type: text/html; charset=utf-8'
        self.assert_found(scanned(50)({page: mail(b'<p>Your parcel left today.</p>' + page.encode() + b'\n', field) for page in PAGES}))

    def test_letters(self):
        """49: letters that look alike, are not seen, or turn the text."""
        named = {ascii(text): mail(f'The steps are on {text} for you.\n'.encode(), UTF8) for text in LETTERS}
        self.assert_found(scanned(40)(named))

    def test_small_texts(self):
        """57: no language is found missing in what is too short to have one."""
        self.assert_passed({ascii(text): mail(text.encode() + b'\n', UTF8) for text in SMALL}, 'MP-LANG')


if __name__ == '__main__':
    unittest.main()
