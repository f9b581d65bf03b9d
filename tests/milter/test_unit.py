# SPDX-License-Identifier: BSD-2-Clause
"""posternd under the systemd unit's filter of system calls, as an ordinary user without capabilities."""
import grp
import os
import platform
import pwd
import shutil
import subprocess
import unittest

import unitfilter
from harness import BUILD, DAEMON, Daemon, wait_for

UNIT = os.path.join(BUILD, 'contrib/systemd/postern.service')


def missing():
    if os.geteuid() != 0:
        return 'needs root to become another user'
    if platform.machine() != 'x86_64' or not os.path.exists(unitfilter.HEADER):
        return 'knows the numbers of x86-64 only'
    if shutil.which('systemd-analyze') is None:
        return 'systemd-analyze is missing'
    return None if os.path.exists(UNIT) else 'the unit is not built'


@unittest.skipIf(missing(), missing())
class Unit(unittest.TestCase):
    def test_serves_under_the_filter(self):
        """Start, socket_group, mail, store, archive, reload, stop: no call is refused that is needed."""
        with open(UNIT) as f:
            code = unitfilter.program(f.read())
        user = pwd.getpwnam('nobody')
        d = Daemon(store='sqlite', milter='socket_group = "mail"', extra='ARCHIVE')
        if d.variant():
            shutil.rmtree(d.dir)
            self.skipTest('a sanitizer calls what nobody else does')
        d.settings['extra'] = 'archive { enabled = yes  dir = "%s/archive" }' % d.dir
        d.write_config()
        for folder, _, names in os.walk(d.dir):
            for path in [folder] + [os.path.join(folder, n) for n in names]:
                os.chown(path, user.pw_uid, user.pw_gid)
        try:
            with open(d.log_path, 'a') as log:
                d.process = subprocess.Popen([DAEMON, '-c', d.config], stdout=log, stderr=log, user=user.pw_uid,
                                             group=user.pw_gid, extra_groups=[grp.getgrnam('mail').gr_gid],
                                             preexec_fn=lambda: unitfilter.enter(code))
            d.wait_up()
            self.assertEqual(grp.getgrgid(os.stat(d.address).st_gid).gr_name, 'mail')
            with open('/proc/%d/status' % d.worker_pid()) as f:
                self.assertIn('Seccomp:\t2', f.read())
            self.assertEqual(d.send('fine').verdict, 'pass')
            self.assertEqual(d.send('forbidden-token').verdict, 'reject')
            self.assertEqual(d.send('x' * 3000000).verdict, 'pass')
            self.assertTrue(d.control('reload')['ok'])
            self.assertTrue(wait_for(lambda: d.status()['store']['applied_seq'] == d.status()['audit']['seq']))
            self.assertEqual(d.stop(), 0)
            self.assertNotIn('not permitted', d.log())
        finally:
            d.clean()
