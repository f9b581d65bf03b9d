#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Addresses that look like the marketplace's own and lead elsewhere (danger 51), and ways to write a host (50)."""
import unittest

from scan import ScanCase, mail, scanned

HTML = b'Content-Type: text/html; charset=utf-8'
# Each leads away from the marketplace, whatever it looks like.
TRAPS = [
    'https://walmart.com.evil.shop/', 'https://www.walmart.com.evil.shop/returns', 'https://evil-walmart.com/', 'https://walmart-returns.com/',
    'https://walmart.com@evil.shop/', 'https://walmart.com:443@evil.shop/', 'https://www.walmart.com%40evil.shop/', 'https://walmart.com%2F@evil.shop/',
    'https://evil.shop/walmart.com/', 'https://evil.shop/?walmart.com', 'https://evil.shop#walmart.com', 'https://evil.shop\\@walmart.com/',
    'https://evil.shop?@walmart.com/', 'https://evil.shop#@walmart.com/', 'https://walmart.co/',
    'https://walmart.com.co/', 'https://wallmart.com/', 'https://walmart.shop/', 'https://walmart.co.uk.evil.shop/', 'https://walmart.com-returns.shop/',
    'https://xn--wlmart-3nf.com/', 'https://w\u0430lmart.com/', 'https://walmart\u3002com.evil\u3002shop/', 'https://walmart.com\uff0fx.evil.shop/',
    'https://walmart.com\u2215x.evil.shop/', 'https://walmartcom.shop/', 'https://walmart_com.evil.shop/', 'https://mywalmart.com/', 'https://walmart.com..evil.shop/',
    'https://www.walmart.com/redirect?u=https://evil.shop', 'https://www.walmart.com/r?u=https%253A%252F%252Fevil.shop', '//walmart.com@evil.shop',
    'https:walmart.com@evil.shop', 'https://evil.shop:80#.walmart.com/', 'http://0x7f000001/walmart.com', 'https://com/walmart', 'https://walmart.com.:80@evil.shop/',
    'view-source:https://evil.shop/', 'https://WALMART.COM.EVIL.SHOP/',
]
OWN = [
    'https://www.walmart.com/', 'https://walmart.com', 'http://walmart.com/returns', 'https://WWW.WALMART.COM/Returns', 'https://www.walmart.com./x',
    'https://www.walmart.com:443/x', 'https://www.walmart.com/ip/12?athbdg=L1600', 'https://www.walmart.com/a#b@c', 'https://www.walmart.com/redirect?u=https://www.walmart.com/x',
    'https://www.walmart.com/help?mail=a@b', '//www.walmart.com/x', 'https:\\\\www.walmart.com\\x',
]


class Urls(ScanCase):
    def test_traps(self):
        """51: none of forty addresses that look like the marketplace's passes, as a link and as text."""
        scanned(30)(TRAPS)
        self.assert_found({url: mail(f'<p>Your parcel left today. <a href="{url}">More</a></p>\n'.encode(), HTML) for url in TRAPS})
        shown = [url for url in TRAPS if url.startswith('http')]
        self.assert_found({url: mail(f'Your parcel left today. See {url} for it.\n'.encode(), HTML.replace(b'html', b'plain')) for url in shown})

    def test_own(self):
        """51: and none of the marketplace's own is taken for a trap."""
        self.assert_passed({url: mail(f'<p>Your parcel left today. <a href="{url}">More</a></p>\n'.encode(), HTML) for url in OWN}, 'MP-LINK')


if __name__ == '__main__':
    unittest.main()
