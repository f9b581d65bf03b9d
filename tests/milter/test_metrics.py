# SPDX-License-Identifier: BSD-2-Clause
"""Metrics: what is served to Prometheus says what happened, whatever happens meanwhile; and what is shipped to read it."""
import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import unittest

from harness import BUILD, HEADERS, SELLER, Daemon, DaemonCase, buyer, is_gone, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
CONTRIB = os.path.join(HERE, '../../contrib')
sys.path.insert(0, os.path.join(HERE, '../cli'))
from desk import SELLER as SHOP, Desk, Log  # noqa: E402
from test_service import Load  # noqa: E402

HOUR = 3600
LABELS = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (-?[0-9.e+-]+)')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def unescape(value):
    return re.sub(r'\\(.)', lambda m: {'n': '\n'}.get(m.group(1), m.group(1)), value)


def parse_labels(text):
    labels, at = {}, 0
    for m in LABELS.finditer(text or ''):
        assert m.start() == at and m.group(1) not in labels, text
        labels[m.group(1)] = unescape(m.group(2))
        at = m.end()
    assert at == len(text or ''), text
    return labels


def base(name, kind):
    return re.sub('_(bucket|sum|count)$', '', name) if kind == 'histogram' else name


class Numbers(dict):
    """A scrape, read as strictly as the format is defined: (name, ((label, value), ...)) to number."""

    def __init__(self, text):
        super().__init__()
        self.kinds, helps, now = {}, set(), None
        assert text.endswith('\n')
        for line in text[:-1].split('\n'):
            if line.startswith('# HELP '):
                now = line.split(' ')[2]
                assert now not in helps and len(line.split(' ', 3)[3]) > 3, line
                helps.add(now)
            elif line.startswith('# TYPE '):
                assert line.split(' ')[2] == now and now not in self.kinds, line
                self.kinds[now] = line.split(' ')[3]
            else:
                self.add(now, line)
        self.check_histograms()

    def add(self, family, line):
        m = SAMPLE.fullmatch(line)
        assert m and base(m.group(1), self.kinds[family]) == family, line
        key = (m.group(1), tuple(sorted(parse_labels(m.group(2)).items())))
        assert key not in self, 'twice: ' + line
        self[key] = float(m.group(3))

    def check_histograms(self):
        buckets = {}
        for (name, labels), value in self.items():
            if name.endswith('_bucket'):
                rest = tuple(l for l in labels if l[0] != 'le')
                buckets.setdefault((name[:-7], rest), []).append((float(dict(labels)['le']), value))
        for (name, rest), found in buckets.items():
            assert found == sorted(found) and [v for _, v in found] == sorted(v for _, v in found), (name, found)
            assert found[-1] == (float('inf'), self[name + '_count', rest]), (name, found)

    def get(self, name, **labels):
        return self[name, tuple(sorted(labels.items()))]

    def sum(self, name, **labels):
        return sum(v for (n, have), v in self.items() if n == name and set(labels.items()) <= set(have))


class Measured:
    """A Daemon with metrics, at a port or a unix socket."""

    def listen(self, where=None):
        self.port = free_port()
        self.where = where or '127.0.0.1:%d' % self.port
        return 'metrics { listen = "%s" }\n' % self.where

    def connect(self):
        if self.where.startswith('unix:'):
            return Unix(self.where[5:])
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)

    def http(self, path, method='GET', body=None):
        c = self.connect()
        try:
            c.request(method, path, body)
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read().decode('utf-8')
        finally:
            c.close()

    def numbers(self):
        status, headers, text = self.http('/metrics')
        assert (status, headers['Content-Type']) == (200, 'text/plain; version=0.0.4; charset=utf-8'), (status, headers)
        return Numbers(text)


class MeasuredDaemon(Measured, Daemon):
    def __init__(self, where=None, extra='', **kwargs):
        super().__init__(extra=self.listen(where) + extra, **kwargs)


class Verdicts(unittest.TestCase):
    def setUp(self):
        self.d = MeasuredDaemon(milter='max_transactions = 2  max_judging = 2').start()
        self.addCleanup(self.d.clean)

    def messages(self, numbers):
        return {tuple(v for _, v in sorted(labels))[:2]: value for (name, labels), value in numbers.items()
                if name == 'postern_messages_total' and value and dict(labels)['marketplace'] in ('walmart', '')}

    def test_messages(self):
        """Messages of known verdicts, and nothing else, are counted; series are there with 0 before."""
        before = self.d.numbers()
        self.assertEqual(before.get('postern_messages_total', direction='outbound', action='reject', marketplace='walmart'), 0)
        self.assertEqual(before.get('postern_findings_total', direction='outbound', action='hold', rule='hold-token'), 0)
        self.assertEqual(before.get('postern_findings_total', direction='inbound', action='tag', rule='in-token'), 0)
        self.assertEqual(before.get('postern_plugin_errors_total', plugin='daemontest', reason='error'), 0)
        self.assertEqual(before.get('postern_last_message_timestamp_seconds'), 0)
        for body, times in (('fine', 3), ('forbidden-token', 2), ('hold-token', 1), ('tag-token', 4), ('tag-token hold-token', 1),
                            ('please-tempfail', 1)):
            for _ in range(times):
                self.d.send(body)
        self.d.send('hello', recipients=['<friend@private.example>'])
        with self.d.client() as m:
            m.open()
            m.message(buyer(), [SELLER], [('From', buyer().strip('<>')), ('To', 'seller@shop.example')], 'in-token', auth='')
        after = self.d.numbers()
        self.assertEqual(self.messages(after), {('pass', 'outbound'): 3, ('reject', 'outbound'): 2, ('hold', 'outbound'): 2,
                                                ('tag', 'outbound'): 4, ('defer', 'outbound'): 1, ('tag', 'inbound'): 1})
        status = self.d.status()['messages']
        for action in ('pass', 'tag', 'hold', 'reject', 'defer'):
            self.assertEqual(after.sum('postern_messages_total', action=action), status[action], action)
        self.assertEqual(after.get('postern_messages_unconcerned_total'), 1)
        self.assertEqual(after.get('postern_findings_total', direction='outbound', action='tag', rule='tag-token'), 5)
        self.assertEqual(after.get('postern_findings_total', direction='inbound', action='tag', rule='in-token'), 1)
        errors = after.get('postern_plugin_errors_total', plugin='daemontest', reason='error')
        self.assertEqual(errors, self.d.status()['errors']['plugin'])
        self.assertGreater(errors, 0)
        self.assertEqual(after.get('postern_errors_total', kind='plugin'), errors)
        for name, count in (('message', 12), ('judge', 12)):
            self.assertEqual(after.get('postern_%s_duration_seconds_count' % name, direction='outbound'), count, name)
        # Three rules for mail that goes out; one for mail that comes in.
        self.assertEqual(after.get('postern_plugin_duration_seconds_count', plugin='daemontest'), 12 * 3 + 1)
        self.assertEqual(after.get('postern_audit_append_duration_seconds_count') -
                         before.get('postern_audit_append_duration_seconds_count'), 13)
        self.assertEqual(after.get('postern_audit_records'), len(self.d.audit()))
        self.assertLess(abs(after.get('postern_last_message_timestamp_seconds') - time.time()), 60)
        self.assertTrue(wait_for(lambda: self.d.numbers().get('postern_store_lag_records') == 0))

    def test_overrun(self):
        """A check that takes longer than a message may: counted for its plugin, and the message waits."""
        self.d.settings['milter'] += '  deadline = 1s'
        self.d.write_config()
        self.assertTrue(self.d.control('reload')['ok'])
        self.assertEqual(self.d.send('please-sleep-1300').verdict, 'defer')
        n = self.d.numbers()
        self.assertEqual(n.get('postern_plugin_errors_total', plugin='daemontest', reason='overrun'), 1)
        self.assertEqual(n.get('postern_errors_total', kind='deadline'), 1)
        self.assertEqual(n.get('postern_plugin_duration_seconds_bucket', plugin='daemontest', le='1'),
                         n.get('postern_plugin_duration_seconds_count', plugin='daemontest') - 1)

    def test_budget(self):
        """A check over its rule's budget: told once in the log, recorded, counted by rule; the message goes on."""
        self.d.write('site/rules.d/70-slow.conf', '''
rule "slow" { plugin = "daemontest" direction = "outbound" action = "reject" word = "forbidden-token" advice = "x" budget = 20ms }''')
        self.assertTrue(self.d.control('reload')['ok'])
        self.assertEqual(self.d.numbers().get('postern_rule_overruns_total', rule='slow'), 0)
        for _ in range(2):
            self.assertEqual(self.d.send('please-sleep-60').verdict, 'pass')
        self.assertEqual(self.d.numbers().get('postern_rule_overruns_total', rule='slow'), 2)
        self.assertEqual(self.d.status()['overruns']['slow'], 2)
        overruns = [o for o in self.d.audit('message')[-1]['overruns'] if o['rule'] == 'slow']
        self.assertEqual([(o['plugin'], o['budget_ms']) for o in overruns], [('daemontest', 20)])
        self.assertGreaterEqual(overruns[0]['ms'], 59)
        self.assertEqual(self.d.log().count("rule 'slow': plugin 'daemontest' took"), 1)
        self.assertIn(' ms, over its budget of 20 ms', self.d.log())
        cli = subprocess.run([os.path.join(BUILD, 'postern'), '--config', self.d.config, 'status'], stdout=subprocess.PIPE)
        self.assertIn(b'over budget  rule slow, 2 times', cli.stdout)

    def test_gate(self):
        """Live messages, refusals at the gate, messages given up."""
        with self.d.client() as m, self.d.client() as other:
            for c in (m, other):
                c.open()
                c.mail(SELLER)
            self.assertEqual(self.d.send('fine').verdict, 'defer')
            n = self.d.numbers()
            self.assertEqual(n.get('postern_transactions_live'), 2)
            self.assertEqual(n.get('postern_transactions_live_max'), 2)
            self.assertEqual(n.get('postern_gate_refusals_total'), 1)
            self.assertGreaterEqual(n.get('postern_milter_sessions'), 2)
        self.assertTrue(wait_for(lambda: self.d.numbers().get('postern_transactions_live') == 0))
        self.assertEqual(self.d.numbers().get('postern_messages_aborted_total'), 2)

    def test_process(self):
        """Which program runs since when."""
        n = self.d.numbers()
        version = subprocess.run([os.path.join(os.environ.get('POSTERN_BUILD', '.'), 'postern'), '--version'], capture_output=True,
                                 text=True, check=True).stdout.split()[-1]
        self.assertEqual(n.get('postern_build_info', version=version), 1)
        self.assertLess(abs(n.get('process_start_time_seconds') - time.time()), 300)
        self.assertGreater(n.get('process_resident_memory_bytes'), 1 << 20)
        fds = len(os.listdir('/proc/%d/fd' % self.d.worker_pid()))
        self.assertLess(abs(n.get('process_open_fds') - fds), 8)


class Web(DaemonCase):
    @classmethod
    def setUpClass(cls):
        cls.d = MeasuredDaemon().start()

    def test_paths(self):
        """Two paths, two methods."""
        for path, method, want in (('/healthz', 'GET', 200), ('/metrics', 'HEAD', 200), ('/', 'GET', 404), ('/metrics/', 'GET', 404),
                                   ('/../etc/passwd', 'GET', 404), ('/metrics', 'POST', 405), ('/healthz', 'DELETE', 405)):
            status, headers, text = self.d.http(path, method, 'x=1' if method == 'POST' else None)
            self.assertEqual(status, want, path)
            self.assertEqual(headers['Allow'], 'GET, HEAD' if want == 405 else None)
            self.assertEqual(text == '', method == 'HEAD')
        self.assertEqual(self.d.http('/healthz')[2], 'ok\n')

    def test_garbage(self):
        """What is no HTTP, or too much of it, ends its own connection only."""
        for data in (b'\0' * 4096 + b'\r\n\r\n', b'GET /metrics HTTP/9.9\r\n\r\n', b'GET ' + b'a' * 65536, b'\r\n\r\n\r\n',
                     b'GET /metrics HTTP/1.1\r\nHost: x\r\n' + b'X-Y: ' + b'z' * 65536 + b'\r\n\r\n', b'QUIT\r\n',
                     b'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n'):
            with socket.create_connection(('127.0.0.1', self.d.port), 60) as s:
                try:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(65536):
                        pass
                except OSError:
                    pass
        self.d.numbers()
        self.assertEqual(self.d.send('fine').verdict, 'pass')

    def test_idle_connections(self):
        """Connections that say nothing fill the metrics' places, not the mail's; they are let go after a while."""
        idle = [socket.create_connection(('127.0.0.1', self.d.port), 60) for _ in range(60)]
        for s in idle[::2]:
            s.sendall(b'GET /metrics HTTP/1.1\r\n')
        self.assertEqual(self.d.send('forbidden-token').verdict, 'reject')
        fds = len(os.listdir('/proc/%d/fd' % self.d.worker_pid()))
        self.assertLess(fds, 70)
        # The rest stays open: the metrics' places are free again by themselves.
        for s in idle[:2]:
            self.assertIn(s.recv(12), (b'', b'HTTP/1.1 408'))
        for s in idle:
            s.close()
        self.assertTrue(wait_for(lambda: self.d.http('/healthz')[0] == 200))


class Life(unittest.TestCase):
    def daemon(self, **kwargs):
        d = MeasuredDaemon(**kwargs)
        self.addCleanup(d.clean)
        return d

    def test_hostile_names(self):
        """Names with quotes, backslashes, escape sequences and foreign letters: each line stays one, each value itself."""
        names = {'a"b': 'a"b', 'back\\\\slash': 'back\\slash', '} 5': '} 5', 'caf\u00e9 \u8d27': 'caf\u00e9 \u8d27', "it's {x=1}": "it's {x=1}"}
        rules = ''.join('rule "%s" { plugin = "daemontest"  direction = "outbound"  action = "tag"  word = "w%d"  advice = "x" }\n' %
                        (name.replace('"', '\\"'), i) for i, name in enumerate(names))
        d = self.daemon(rules=rules).start()
        for i in range(len(names)):
            self.assertEqual(d.send('w%d' % i).verdict, 'pass')
        n = d.numbers()
        for value in names.values():
            self.assertEqual(n.get('postern_findings_total', direction='outbound', action='tag', rule=value), 1, value)

    def test_reload(self):
        """Reloads that work and that don't; what a reload can't change is said."""
        d = self.daemon().start()
        first = d.numbers()
        self.assertEqual(first.get('postern_config_last_reload_successful'), 1)
        self.assertEqual(first.get('postern_config_generation'), 1)
        d.write('site/rules.d/60-bad.conf', 'rule "x" { plugin = "nowhere" }')
        self.assertFalse(d.control('reload')['ok'])
        n = d.numbers()
        self.assertEqual(n.get('postern_config_last_reload_successful'), 0)
        self.assertEqual(n.get('postern_config_reloads_total', result='failed'), 1)
        self.assertEqual(n.get('postern_config_last_reload_success_timestamp_seconds'),
                         first.get('postern_config_last_reload_success_timestamp_seconds'))
        d.write('site/rules.d/60-bad.conf',
                'rule "new one" { plugin = "daemontest" direction = "outbound" action = "tag" word = "w" advice = "x" monitor_until = 2999-01-01 }')
        d.settings['extra'] = d.settings['extra'].replace(d.where, '127.0.0.1:%d' % free_port())
        d.write_config()
        answer = d.control('reload')
        self.assertTrue(answer['ok'], answer)
        self.assertEqual(answer['restart_needed'], ['metrics.listen'])
        n = d.numbers()
        self.assertEqual(n.get('postern_config_last_reload_successful'), 1)
        self.assertEqual(n.get('postern_config_generation'), 2)
        self.assertEqual(n.get('postern_findings_total', direction='outbound', action='monitor', rule='new one'), 0)

    def test_under_load(self):
        """Scrapes while mail flows and the configuration is reloaded: counters only grow, and are right in the end."""
        d = self.daemon(store='sqlite').start()
        load = Load(d)
        self.addCleanup(load.stop)
        last, scrapes = {}, 0
        until = time.monotonic() + 2
        while time.monotonic() < until or scrapes < 4:
            d.process.send_signal(signal.SIGHUP)
            n = d.numbers()
            for key in last:
                if n.kinds.get(key[0]) == 'counter' or key[0].endswith(('_bucket', '_count', '_sum')):
                    self.assertGreaterEqual(n[key], last[key], key)
            last, scrapes = n, scrapes + 1
        self.assertEqual(load.stop(), [])
        n = d.numbers()
        self.assertEqual(n.sum('postern_messages_total'), load.sent)
        self.assertEqual(n.sum('postern_message_duration_seconds_count'), load.sent)
        self.assertEqual(n.sum('postern_findings_total', rule='forbidden-token'), load.sent / 2)

    def test_stop(self):
        """A connection that is open, idle or in the midst of its request keeps nobody from stopping."""
        d = self.daemon().start()
        open_ones = [socket.create_connection(('127.0.0.1', d.port), 60) for _ in range(3)]
        open_ones[1].sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
        open_ones[2].sendall(b'GET /met')
        self.assertTrue(open_ones[1].recv(100).startswith(b'HTTP/1.1 200'))
        self.assertEqual(d.stop(), 0)
        self.assertEqual(len(d.audit('stop')), 1)
        for s in open_ones:
            s.close()

    def test_unix_socket(self):
        """A unix socket: its mode, a stale one of a killed daemon, gone after a stop."""
        d = Daemon()
        self.addCleanup(d.clean)
        Measured.listen(d, 'unix:%s/metrics.sock' % d.dir)
        d.settings['extra'] = 'metrics { listen = "%s" }' % d.where
        d.write_config()
        for _ in range(2):
            d.start()
            self.assertEqual(stat.S_IMODE(os.stat(d.where[5:]).st_mode), 0o660)
            c = Unix(d.where[5:])
            c.request('GET', '/metrics')
            self.assertGreater(len(Numbers(c.getresponse().read().decode())), 50)
            c.close()
            worker = d.worker_pid()
            d.process.kill()
            d.process.wait()
            self.assertTrue(wait_for(lambda: is_gone(worker)))
            self.assertTrue(os.path.exists(d.where[5:]))
        d.start()
        self.assertEqual(d.stop(), 0)
        self.assertFalse(os.path.exists(d.where[5:]))

    def test_port_in_use(self):
        """A port that somebody has is a reason not to start, and is named."""
        d = self.daemon()
        with socket.socket() as s:
            s.bind(('127.0.0.1', d.port))
            s.listen()
            d.start(wait=False)
            self.assertEqual(d.process.wait(60), 1)
        self.assertIn('metrics.listen: cannot listen at 127.0.0.1:%d: Address already in use' % d.port, d.log())

    def test_store_outage(self):
        """While the store can't be written: said by number and by /healthz, and the rest is still served."""
        d = self.daemon(store='sqlite').start()
        d.send('fine')
        self.assertTrue(wait_for(lambda: d.status()['store']['applied_seq'] == d.status()['audit']['seq']))
        state, away = os.path.join(d.dir, 'state/postern.db'), os.path.join(d.dir, 'away.db')
        os.rename(state, away)
        self.assertTrue(wait_for(lambda: d.send('fine').verdict != 'pass' or d.http('/healthz')[0] == 503))
        self.assertTrue(wait_for(lambda: d.http('/healthz')[0] == 503), d.log())
        self.assertEqual(d.http('/healthz')[2], 'the store does not take records\n')
        n = d.numbers()
        self.assertEqual(n.get('postern_store_healthy'), 0)
        self.assertEqual(n.get('postern_audit_healthy'), 1)
        self.assertGreater(n.get('postern_store_lag_records'), 0)
        self.assertGreater(n.get('postern_errors_total', kind='store'), 0)
        self.assertEqual(d.send('fine').verdict, 'defer')
        self.assertGreater(d.numbers().get('postern_messages_total', direction='unknown', action='defer', marketplace=''), 0)
        os.rename(away, state)
        self.assertTrue(wait_for(lambda: d.http('/healthz')[0] == 200), d.log())
        self.assertTrue(wait_for(lambda: d.numbers().get('postern_store_lag_records') == 0))


class DeskNumbers(unittest.TestCase):
    def gateway(self, shop):
        class Gateway(Measured, Desk):
            pass
        g = Gateway.__new__(Gateway)
        extra = 'shop "main" { addresses = { %s } }\n' % SHOP if shop else ''
        g.__init__(extra=Measured.listen(g) + extra)
        self.addCleanup(g.clean)
        now, log = int(time.time()), Log(g)
        name = 'main' if shop else SHOP
        # Opened so many hours ago, with 48 hours to answer.
        for n, ago in ((1, 1), (2, 47.5), (3, 47.9), (4, 49), (5, 60), (6, 70), (7, 3)):
            log.inbound(now - int(ago * HOUR), 'q%d' % n, n, due=now + int((48 - ago) * HOUR), shop=name)
        log.outbound(now - 65 * HOUR, 'a6', 6, shop=name)
        log.outbound(now - 2 * HOUR, 'a7', 7, shop=name)
        log.build()
        return g.start()

    def check(self, n, shop):
        labels = {'marketplace': 'walmart', 'shop': shop}
        self.assertEqual(n.get('postern_threads_open', **labels), 5)
        self.assertEqual(n.get('postern_threads_due_hour', **labels), 2)
        self.assertEqual(n.get('postern_threads_overdue', **labels), 2)
        # Two answered in time, two missed; three wait.
        self.assertEqual(n.get('postern_response_counted', **labels), 4)
        self.assertEqual(n.get('postern_response_ratio', **labels), 0.5)
        self.assertEqual(n.get('postern_response_line_ratio', marketplace='walmart'), 0.95)
        self.assertEqual(n.get('postern_response_misses_left', **labels), 0)
        self.assertEqual(n.get('postern_desk_up'), 1)

    def test_shop(self):
        """Threads and rate of a configured shop; nothing is left for the others."""
        g = self.gateway(True)
        n = g.numbers()
        self.check(n, 'main')
        self.assertEqual(n.get('postern_threads_open', marketplace='walmart', shop=''), 0)
        self.assertEqual([k for k in n if k[0] == 'postern_response_ratio' and ('shop', '') in k[1]], [])

    def test_no_addresses(self):
        """Without shops the store knows accounts by address: they are counted together, and no address is served."""
        g = self.gateway(False)
        self.check(g.numbers(), '')
        self.assertNotIn('@', g.http('/metrics')[2])
        self.assertNotIn('bestgadgets', g.http('/metrics')[2])


class Shipped(unittest.TestCase):
    """The dashboard and the alert rules ask for what is served."""
    @classmethod
    def setUpClass(cls):
        d = MeasuredDaemon(store='sqlite').start()
        try:
            cls.kinds = d.numbers().kinds
        finally:
            d.clean()

    def check(self, expr):
        names = re.findall(r'\b(?:postern|process)_[a-z_]+\b', expr)
        self.assertTrue(names, expr)
        for name in names:
            family = name if name in self.kinds else re.sub('_(bucket|sum|count)$', '', name)
            self.assertIn(family, self.kinds, expr)
            self.assertEqual(name != family, self.kinds[family] == 'histogram', expr)
            # A counter alone says nothing.
            if self.kinds[family] != 'gauge':
                self.assertRegex(expr, r'(rate|increase)\([^()]*\b%s\b' % name)
        self.assertEqual(expr.count('('), expr.count(')'), expr)
        return names

    def test_dashboard(self):
        with open(os.path.join(CONTRIB, 'grafana/postern.json'), encoding='utf-8') as f:
            board = json.load(f)
        asked, ids = set(), []
        for panel in board['panels']:
            ids.append(panel['id'])
            self.assertTrue(panel['title'])
            for target in panel.get('targets', []):
                asked.update(self.check(target['expr']))
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreater(len(asked), 20)
        places = {(p['gridPos']['x'], p['gridPos']['y']) for p in board['panels']}
        self.assertEqual(len(places), len(ids))

    def test_rules(self):
        path = os.path.join(CONTRIB, 'prometheus/postern.rules.yml')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        alerts = re.split(r'\n      - alert: ', text)[1:]
        self.assertGreater(len(alerts), 8)
        for alert in alerts:
            expr = re.search(r'(?m)^        expr: (.*)$', alert).group(1)
            if not expr.startswith('up{'):
                self.check(expr)
            self.assertRegex(alert, r'severity: (page|ticket)\n')
            self.assertRegex(alert, r'summary: .')
        if shutil.which('promtool'):
            subprocess.run(['promtool', 'check', 'rules', path], check=True)

    def test_manual(self):
        """posternd(8) has a line for each family."""
        with open(os.path.join(CONTRIB, 'man/posternd.8'), encoding='utf-8') as f:
            text = f.read()
        for name in self.kinds:
            self.assertRegex(text, r'(?m)^\.It Cm %s\b' % name)


if __name__ == '__main__':
    unittest.main()
