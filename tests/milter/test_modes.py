# SPDX-License-Identifier: BSD-2-Clause
"""What posternd makes, with whose and which mode: posternd(8), FILES, row by row."""
import glob
import os
import re
import stat
import unittest

from harness import Daemon, wait_for
from receivers import Stream

# Pattern below the daemon's directory, type and mode, owner ("daemon": whom it changed to). Each is there, and nothing else.
TABLE = (
    (r'postern\.sock', 0o140660, 'root'),
    (r'control\.sock', 0o140660, 'root'),
    (r'posternd\.pid', 0o100640, 'root'),
    (r'state', 0o040750, 'daemon'),
    (r'state/postern\.db(-wal|-shm)?', 0o100640, 'daemon'),
    (r'state/audit\.key', 0o100600, 'daemon'),
    (r'state/audit\.pub', 0o100644, 'root'),
    (r'state/audit', 0o040750, 'daemon'),
    (r'state/audit/lock', 0o100640, 'daemon'),
    (r'state/audit/audit-\d+\.jsonl', 0o100640, 'daemon'),
    (r'state/audit/audit-\d+\.jsonl\.torn', 0o100640, 'daemon'),
    (r'state/audit/export', 0o040750, 'daemon'),
    (r'state/audit/export/siem\.pos(\.new)?', 0o100640, 'daemon'),
    (r'archive', 0o040700, 'daemon'),
    (r'archive/lock', 0o100600, 'daemon'),
    (r'archive/(tmp|[0-9a-f]{2})', 0o040700, 'daemon'),
    (r'archive/[0-9a-f]{2}/[0-9a-f]{62}\.zst', 0o100600, 'daemon'),
    (r'made', 0o040750, 'daemon'),
    (r'made/spool', 0o040750, 'daemon'),
)
# The test's own, and what it gave away itself.
OURS = r'(|log|daemontest\.so|postern\.conf|spool|fds|siem\.sock|(shipped|site)(/.*)?)'
DAEMON = 65534


@unittest.skipIf(os.geteuid() != 0, 'needs root to give it up')
class Modes(unittest.TestCase):
    def check(self, d):
        seen = set()
        for folder, _, names in os.walk(d.dir):
            for path in [folder] + [os.path.join(folder, n) for n in names]:
                name = path[len(d.dir) + 1:]
                if re.fullmatch(OURS, name):
                    continue
                try:
                    st = os.lstat(path)
                except FileNotFoundError:  # a .new that was renamed
                    continue
                rows = [row for row in TABLE if re.fullmatch(row[0], name)]
                self.assertEqual(len(rows), 1, 'what is %s? posternd(8) and the table have to tell' % name)
                seen.add(rows[0])
                mode = st.st_mode & ~0o004 if name == 'posternd.pid' else st.st_mode  # a umask may leave that
                self.assertEqual('%06o' % mode, '%06o' % rows[0][1], name)
                self.assertEqual(st.st_uid, 0 if rows[0][2] == 'root' else DAEMON, name)
                self.assertFalse(stat.S_IMODE(st.st_mode) & 0o022 and not stat.S_ISSOCK(st.st_mode), name)
        return [row[0] for row in TABLE if row not in seen]

    def run_daemon(self, umask):
        extra = 'archive { enabled = yes  dir = "%s" }\nexport "siem" { type = "json"  to = "unix:%s"  begin = "start" }'
        d = Daemon(store='sqlite', milter='user = "nobody"\n socket_group = "mail"', extra='ARCHIVE')
        receiver = Stream(os.path.join(d.dir, 'siem.sock'))
        try:
            os.chmod(os.path.join(d.dir, 'siem.sock'), 0o666)
            d.settings['extra'] = extra % (os.path.join(d.dir, 'archive'), os.path.join(d.dir, 'siem.sock'))
            d.write_config()
            with open(d.config) as f:
                text = f.read()
            d.write('postern.conf', text.replace('%s/spool' % d.dir, '%s/made/spool' % d.dir))
            d.start(umask=umask)
            d.send('fine')
            d.send('hold-token')
            d.stop()
            with open(sorted(glob.glob(os.path.join(d.dir, 'state/audit/audit-*.jsonl')))[-1], 'a') as log:
                log.write('{"torn')
            d.start(umask=umask)
            d.send('fine again')
            self.assertTrue(wait_for(lambda: self.check(d) == []), self.check(d))
        finally:
            receiver.close()
            d.clean()

    def test_no_umask(self):
        """Nothing relies on the umask."""
        self.run_daemon(0)

    def test_umask_of_the_unit(self):
        self.run_daemon(0o027)
