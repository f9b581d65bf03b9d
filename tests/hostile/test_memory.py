#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What HTML bombs cost in memory and time (danger 47)."""
import os
import pathlib
import unittest

from scan import HONEST, ScanCase, mail

HTML = b'Content-Type: text/html; charset=utf-8'
SIZE = 3 << 20
UNITS = {
    'nested elements': b'<div>', 'nested tables': b'<table><tr><td>', 'entities': b'&amp;', 'links': b'<a href=https://www.walmart.com/x>x</a>\n',
    'attributes': b'<p a=b>', 'formatting': b'<b><i><font color=red>', 'comments': b'<!-- x -->', 'hidden': b'<p style="display:none">secret</p>',
}
# On top of what loading the rules takes: the decoder's three times (unit/mail/test_html measures it), the text that
# the filter of expressions folds, and code that PCRE2 makes for an expression when it is searched first.
MOST = 10 * SIZE


# A sanitizer keeps what is freed, and more beside it.
SANITIZER = '#define POSTERN_SANITIZER' in pathlib.Path('config.h').read_text(encoding='utf-8')


class Memory(ScanCase):
    def cost(self, message):
        """(bytes of memory at most, processor seconds) of judging one message in a process of its own."""
        path, = self.write([message])
        child = os.posix_spawn('./postern', ['postern', 'scan', '--config', str(self.config), '--json', '--direction', 'out', str(path)], os.environ,
                               file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
        _, status, usage = os.wait4(child, 0)
        self.assertIn(os.waitstatus_to_exitcode(status), (0, 1))
        return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime

    def test_bombs(self):
        base, idle = self.cost(mail(HONEST))
        for name, unit in UNITS.items():
            memory, seconds = self.cost(mail(unit * (SIZE // len(unit)), HTML))
            with self.subTest(name=name):
                self.assertTrue(SANITIZER or memory - base < MOST, memory - base)
                self.assertLess(seconds - idle, 20)


if __name__ == '__main__':
    unittest.main()
