# SPDX-License-Identifier: BSD-2-Clause
"""A slow check and mail servers with short timeouts (dangers 23, 24)."""
import concurrent.futures
import socketserver
import struct
import threading
import time
import unittest

import case
import mta


class SilentFilter(socketserver.StreamRequestHandler):
    """A filter that wants only the end of a message, and tells of no progress in the 8 s that it takes then."""

    def handle(self):
        while True:
            head = self.rfile.read(5)
            if len(head) < 5:
                return
            self.rfile.read(struct.unpack(">I", head[:4])[0] - 1)
            if head[4:] == b"O":
                # Version 6, no action, all steps left out.
                self.wfile.write(struct.pack(">IcIII", 13, b"O", 6, 0, 0x37f))
            elif head[4:] == b"E":
                time.sleep(8)
                self.wfile.write(b"\0\0\0\1c")


class Slow(case.Case):
    SECONDS = 30

    def ask(self, server):
        """The answer to a message that takes so long."""
        begun = time.monotonic()
        subject = "Re: Order 4342076435326 slow %d" % self.SECONDS
        answer = mta.send(server.out_port, case.SELLER, [case.BUYER], case.reply(subject=subject))
        self.assertGreaterEqual(time.monotonic() - begun, self.SECONDS, "it was not slow")
        return answer

    def test_both(self):
        """30 s at the end of a message, six times the mail servers' patience: accepted, as they are told of progress."""
        self.up_probe(settings={"milter": {"deadline": "60s", "hang": "90s"}}, server={"settings": {"milter_content_timeout": "5s"}})
        servers = [self.server, mta.Sendmail(self.place, [self.daemon.socket], self.sink.port, timeouts="S:5s;R:5s;E:1m").start()]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for answer in pool.map(self.ask, servers):
                self.assertEqual(answer.code, 250, answer)

    def test_without_progress(self):
        """No more patience with a filter that tells nothing: they give up, so the test above shows something."""
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SilentFilter) as silent:
            silent.daemon_threads = True
            threading.Thread(target=silent.serve_forever, daemon=True).start()
            port = silent.server_address[1]
            servers = [mta.Postfix(self.place, ["inet:127.0.0.1:%d" % port], self.sink.port,
                                   settings={"milter_content_timeout": "3s"}).start(),
                       mta.Sendmail(self.place, ["inet:%d@127.0.0.1" % port], self.sink.port, timeouts="S:3s;R:3s;E:1m").start()]
            for server in servers:
                self.assertEqual(mta.send(server.out_port, case.SELLER, [case.BUYER], case.reply()).code, 451, server.KIND)
            silent.shutdown()

    def test_deadline(self):
        """Past our own deadline the sender is asked to come again."""
        second = case.PROBE_RULE.replace('rule "probe"', 'rule "probe-again"') % ("tag", '"x"')
        self.up_probe(settings={"milter": {"deadline": "4s"}},
                      site_rules={"rules.d/probe-again.conf": second})
        answer = self.send_out(case.reply(subject="Re: Order 4342076435326 slow 6"))
        self.assertEqual(answer.code, 451, answer)
        self.assertEqual(self.send_out(case.reply()).code, 250)


if __name__ == "__main__":
    unittest.main()
