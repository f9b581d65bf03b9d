# SPDX-License-Identifier: BSD-2-Clause
"""The system call filter that the systemd unit asks for, for a process of the tests: what it refuses gets EPERM."""
import ctypes
import errno
import re
import struct
import subprocess

HEADER = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7fff0000, 0x00050000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2


def members(word):
    """The calls of a word of SystemCallFilter=, a call or a set."""
    if not word.startswith('@'):
        return {word}
    text = subprocess.run(['systemd-analyze', 'syscall-filter', '--no-pager', word], capture_output=True, text=True,
                          check=True).stdout
    calls = set()
    for line in re.findall(r'(?m)^ +([@\w-]+)$', text):
        calls |= members(line)
    return calls


def allowed(unit):
    """As systemd adds the lines up: the first one begins an allow list."""
    calls = set()
    for line in re.findall(r'(?m)^SystemCallFilter=(.*)$', unit):
        words = set().union(*(members(w) for w in line.lstrip('~').split()))
        calls = calls - words if line.startswith('~') else calls | words
    return calls


def program(unit):
    """The filter as the kernel takes it."""
    with open(HEADER) as f:
        numbers = dict(re.findall(r'#define __NR_(\w+) (\d+)', f.read()))
    # What systemd always lets through.
    calls = allowed(unit) | members('@default') | {'execve'}
    code = struct.pack('HBBI', LOAD, 0, 0, 0)
    for number in sorted(int(numbers[c]) for c in calls if c in numbers):
        code += struct.pack('HBBI', EQUAL, 0, 1, number) + struct.pack('HBBI', RETURN, 0, 0, ALLOW)
    return code + struct.pack('HBBI', RETURN, 0, 0, ERRNO | errno.EPERM)


def enter(code):
    """For this process and its children, for good."""
    class Program(ctypes.Structure):
        _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_char_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'no new privileges')
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(Program(len(code) // 8, code)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'seccomp')
