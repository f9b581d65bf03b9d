# SPDX-License-Identifier: BSD-2-Clause
"""The MTA's side of the milter protocol, by hand: any version, any masks, any order, raw frames."""
import socket
import struct

# Steps (SMFIP_*) by the command whose reply or existence they are about.
NOCONNECT, NOHELO, NOMAIL, NORCPT, NOBODY, NOHDRS, NOEOH = 1, 2, 4, 8, 0x10, 0x20, 0x40
NR_HDR, NOUNKNOWN, NODATA, SKIP, RCPT_REJ = 0x80, 0x100, 0x200, 0x400, 0x800
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA = 0x1000, 0x2000, 0x4000, 0x8000, 0x10000
NR_UNKN, NR_EOH, NR_BODY, LEADSPC = 0x20000, 0x40000, 0x80000, 0x100000
NO_STEP = {'C': NOCONNECT, 'H': NOHELO, 'M': NOMAIL, 'R': NORCPT, 'B': NOBODY, 'L': NOHDRS, 'N': NOEOH, 'T': NODATA}
NO_REPLY = {'C': NR_CONN, 'H': NR_HELO, 'M': NR_MAIL, 'R': NR_RCPT, 'T': NR_DATA, 'L': NR_HDR, 'N': NR_EOH, 'B': NR_BODY}

# Actions (SMFIF_*).
ADDHDRS, CHGBODY, ADDRCPT, DELRCPT, CHGHDRS, QUARANTINE = 1, 2, 4, 8, 0x10, 0x20
CHGFROM, ADDRCPT_PAR, SETSYMLIST = 0x40, 0x80, 0x100
ALL_ACTIONS = 0x1ff
# What each protocol version knows.
STEPS = {2: 0x7f, 3: 0x17f, 4: 0x37f, 6: 0x1fffff}
ACTIONS = {2: 0x3f, 3: 0x3f, 4: 0x3f, 6: 0x1ff}


class Closed(Exception):
    """The filter closed the connection."""


class Reply:
    """The answer to one command, with what came before it."""

    def __init__(self, code, data, mods, progress):
        self.code, self.data, self.mods, self.progress = code, data, mods, progress

    @property
    def text(self):
        return self.data.rstrip(b'\0').decode('ascii') if self.code == 'y' else ''

    @property
    def verdict(self):
        """pass, reject, defer, or the letter."""
        if self.code == 'y':
            return {'4': 'defer', '5': 'reject'}[self.text[0]]
        return {'c': 'pass', 'a': 'pass', 't': 'defer', 'r': 'reject'}.get(self.code, self.code)

    @property
    def inserted(self):
        """Inserted headers, as the message has them: name and value, topmost first."""
        out = []
        for kind, data in self.mods:
            if kind == 'i':
                index = struct.unpack('>I', data[:4])[0]
                name, value = data[4:].split(b'\0')[:2]
                out.insert(index, (name.decode(), value.decode()))
        return out

    @property
    def changed(self):
        """Changed headers: (name, index, value), in order."""
        out = []
        for kind, data in self.mods:
            if kind == 'm':
                name, value = data[4:].split(b'\0')[:2]
                out.append((name.decode(), struct.unpack('>I', data[:4])[0], value.decode()))
        return out

    @property
    def held(self):
        return any(kind == 'q' for kind, _ in self.mods)

    def __repr__(self):
        return 'Reply(%r, %r, %r)' % (self.code, self.data, self.mods)


class Milter:
    def __init__(self, address, timeout=60):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.sock = socket.socket(family)
        try:
            # A blocking connect waits for room in the listener's queue.
            self.sock.connect(address)
        except OSError:
            self.sock.close()
            raise
        self.sock.settimeout(timeout)
        if family == socket.AF_INET:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b''
        self.steps = self.actions = 0
        self.version = 0
        self.symlists = b''

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- frames

    def send(self, command, data=b''):
        try:
            self.sock.sendall(struct.pack('>I', len(data) + 1) + command.encode() + data)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e))

    def _take(self, n):
        while len(self.buffer) < n:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError as e:
                raise Closed(str(e))
            if not more:
                raise Closed('end of file')
            self.buffer += more
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def frame(self):
        length = struct.unpack('>I', self._take(4))[0]
        data = self._take(length)
        return chr(data[0]), data[1:]

    def reply(self):
        mods, progress = [], 0
        while True:
            code, data = self.frame()
            if code == 'p':
                progress += 1
            elif code in 'himqb+-2e':
                mods.append((code, data))
            else:
                return Reply(code, data, mods, progress)

    def command(self, command, data=b''):
        """Sends a step, unless it is not wanted; its reply, or None when none is due."""
        if self.steps & NO_STEP.get(command, 0):
            return None
        self.send(command, data)
        if self.steps & NO_REPLY.get(command, 0):
            return None
        return self.reply()

    # --- steps

    def negotiate(self, version=6, actions=None, steps=None):
        actions = ACTIONS[version] if actions is None else actions
        steps = STEPS[version] if steps is None else steps
        self.send('O', struct.pack('>III', version, actions, steps))
        code, data = self.frame()
        if code != 'O':
            raise Closed('negotiation: ' + code)
        self.version, self.actions, self.steps = struct.unpack('>III', data[:12])
        self.symlists = data[12:]
        return self

    def macros(self, command, **values):
        data = command.encode()
        for name, value in values.items():
            name = name if len(name) == 1 else '{%s}' % name
            data += name.encode() + b'\0' + value.encode('utf-8', 'surrogateescape') + b'\0'
        self.send('D', data)

    def connect(self, host='client.example', family='4', port=1025, address='203.0.113.9'):
        data = host.encode() + b'\0' + family.encode()
        if family != 'U':
            data += struct.pack('>H', port) + address.encode() + b'\0'
        return self.command('C', data)

    def helo(self, name='client.example'):
        return self.command('H', name.encode() + b'\0')

    def mail(self, *args):
        return self.command('M', b''.join(a.encode('utf-8', 'surrogateescape') + b'\0' for a in args))

    def rcpt(self, *args):
        return self.command('R', b''.join(a.encode('utf-8', 'surrogateescape') + b'\0' for a in args))

    def data(self):
        return self.command('T') if self.version >= 4 else None

    def header(self, name, value):
        if isinstance(value, str):
            value = value.encode('utf-8', 'surrogateescape')
        if self.steps & LEADSPC:
            value = b' ' + value
        return self.command('L', name.encode() + b'\0' + value + b'\0')

    def eoh(self):
        return self.command('N')

    def body(self, data):
        return self.command('B', data if isinstance(data, bytes) else data.encode())

    def eom(self, data=b''):
        self.send('E', data)
        return self.reply()

    def abort(self):
        self.send('A')

    def quit(self):
        try:
            self.send('Q')
        except Closed:
            pass
        self.close()

    def open(self, version=6, actions=None, steps=None, **connect):
        """Up to HELO."""
        self.negotiate(version, actions, steps)
        self.connect(**connect)
        self.helo()
        return self

    def message(self, sender, recipients, headers, body, auth='seller', queue_id='Q1', chunk=65535):
        """A whole message; the first reply that ends it."""
        mail = {'auth_authen': auth} if auth else {}
        self.macros('M', **mail)
        step = self.mail(sender)
        if ended(step):
            return step
        for recipient in recipients:
            step = self.rcpt(recipient)
            if ended(step):
                return step
        if queue_id:
            self.macros('T', i=queue_id)
        step = self.data()
        if ended(step):
            return step
        for name, value in headers:
            step = self.header(name, value)
            if ended(step):
                return step
        step = self.eoh()
        if ended(step):
            return step
        body = body if isinstance(body, bytes) else body.encode()
        for start in range(0, len(body), chunk):
            step = self.body(body[start:start + chunk])
            if step is not None and step.code == 's':
                break
            if ended(step):
                return step
        return self.eom()


def ended(step):
    return step is not None and step.code in 'artyd'
