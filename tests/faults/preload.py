# SPDX-License-Identifier: BSD-2-Clause
"""Makes system calls of a program fail, while it runs: the other side of inject.c."""
import errno
import mmap
import os
import pathlib
import struct
from collections import Counter

from gateway import BUILD

# As enum kind in inject.c, with the error that it fails with by default.
KINDS = {'write': errno.ENOSPC, 'send': errno.EPIPE, 'sync': errno.EIO, 'open': errno.EMFILE, 'rename': errno.EIO,
         'connect': errno.ECONNREFUSED, 'accept': errno.ECONNABORTED, 'malloc': errno.ENOMEM, 'mmap': errno.ENOMEM, 'thread': errno.EAGAIN}
HEAD, ONE = struct.Struct('<Q'), struct.Struct('<IIQQQ')
LIBRARY = os.path.join(BUILD, 'tests/faults/.libs/inject.so')


class Faults:
    """Faults for programs with the environment .env; none until fail() says so."""

    def __init__(self, folder, callers=''):
        self.path = pathlib.Path(folder) / 'faults'
        size = HEAD.size + ONE.size * len(KINDS)
        self.path.write_bytes(bytes(size))
        with open(self.path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), size)
        self.env = {'LD_PRELOAD': LIBRARY, 'FAULTS_FILE': str(self.path), 'FAULTS_CALLERS': callers}
        self.total = dict.fromkeys(KINDS, 0)

    def place(self, kind):
        return HEAD.size + ONE.size * list(KINDS).index(kind)

    def fail(self, seed, nth=0, error=None, **shares):
        """share of calls by kind, as write=0.1; with nth each kind's nth call alone."""
        HEAD.pack_into(self.map, 0, seed)
        for kind, share in shares.items():
            number = KINDS[kind] if error is None else error
            ONE.pack_into(self.map, self.place(kind), 0 if nth else min(int(share * 2**32), 2**32 - 1), number, nth, 0, 0)

    def stop(self):
        """No more faults; how many calls failed since fail(), by kind."""
        failed = Counter()
        for kind in KINDS:
            _, number, _, calls, count = ONE.unpack_from(self.map, self.place(kind))
            ONE.pack_into(self.map, self.place(kind), 0, number, 0, calls, count)
            if count:
                failed[kind] = count
                self.total[kind] += count
            ONE.pack_into(self.map, self.place(kind), 0, number, 0, 0, 0)
        return failed
