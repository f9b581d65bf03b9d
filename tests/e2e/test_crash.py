# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 under load: nothing accepted is unrecorded (dangers 5 to 7, 33)."""
import os
import random
import signal
import time
import unittest

import case
import mta


class Crash(case.Case):
    ROUNDS = 20

    def check_all(self, load):
        """Every message that Postfix took has its record, by queue id or message id."""
        # The log last: more is accepted while it is read.
        accepted = [token for token, _ in load.accepted]
        delivered = case.tokens_in(self.sink.mails())
        text = "\n".join(mta.read_text(os.path.join(self.daemon.audit, name))
                         for name in os.listdir(self.daemon.audit) if name.endswith(".jsonl"))
        self.assertEqual(len(delivered), len(set(delivered)), "delivered twice")
        missing = [token for token in set(accepted) | set(delivered) if token not in text]
        self.assertEqual(missing, [], "%d accepted without a record" % len(missing))

    def test_kill_nine(self):
        """20 times, worker and supervisor in turn."""
        self.up()
        random.seed(7)
        with self.load() as load:
            for number in range(self.ROUNDS):
                load.wait_accepted(15)
                time.sleep(random.uniform(0, 0.1))
                self.crash(number % 2 == 1)
                self.verify_chain()
                self.check_all(load)
        self.server.flush(120)
        self.check_all(load)
        self.assertGreaterEqual(len(load.accepted), 15 * self.ROUNDS)
        self.verify_chain()

    def crash(self, supervisor):
        if not supervisor:
            worker = self.daemon.worker()
            self.assertNotEqual(worker, self.daemon.process.pid, "no worker process")
            self.daemon.kill(worker)
            mta.wait_for("a new worker", lambda: self.daemon.worker() != worker)
            self.daemon.wait_ready()
            return
        self.daemon.kill()
        self.daemon.process.wait(60)
        # What is left of it must go by itself; a second daemon may not start beside it.
        self.daemon.start()

    def test_restart_at_once(self):
        """After kill -9 a new one is up at once, whatever files remain (danger 7)."""
        self.up()
        self.daemon.kill()
        self.daemon.process.wait(60)
        self.daemon.start()
        self.assertEqual(self.send_out(case.reply()).code, 250)

    def test_second_instance(self):
        """The second refuses to start, the first goes on (danger 7)."""
        self.up()
        second = mta.spawn([self.daemon.prefix.posternd, "--config", self.daemon.config],
                           self.place.join("second.log"))
        self.assertNotEqual(second.wait(60), 0)
        self.assertEqual(self.send_out(case.reply()).code, 250)
        self.verify_chain()

    def test_stop_between_messages(self):
        """Sessions that outlive a stop: 451 for their next message, 250 again after the start, none lost (danger 6)."""
        self.up()
        clients = [mta.Client(self.server.out_port) for _ in range(10)]
        codes = {}
        for turn in ("before", "stopped", "started"):
            if turn == "stopped":
                self.daemon.process.send_signal(signal.SIGTERM)
                self.assertEqual(self.daemon.process.wait(60), 0, self.daemon.log_tail())
            elif turn == "started":
                self.daemon.start()
            for number, client in enumerate(clients):
                token = "%s-%d" % (turn, number)
                codes[token] = client.send(case.SELLER, [case.BUYER], case.reply(token=token)).code
        self.assertEqual({codes["before-%d" % n] for n in range(10)}, {250})
        self.assertEqual({codes["stopped-%d" % n] for n in range(10)}, {451})
        # Postfix asks a filter that went away again with the client's next connection only.
        self.assertLessEqual({codes["started-%d" % n] for n in range(10)}, {250, 451})
        for client in clients:
            client.close()
        self.assertEqual(self.send_out(case.reply(token="new")).code, 250)
        accepted = sorted([token for token, code in codes.items() if code == 250] + ["new"])
        self.server.flush()
        self.assertEqual(sorted(case.tokens_in(self.sink.mails())), accepted)
        self.assertEqual(sorted(event["message_id"][1:].split("@")[0] for event in self.daemon.events()
                                if event["event"] == "message"), accepted)
        self.verify_chain()

    def test_term_mid_message(self):
        """SIGTERM with 20 messages half sent: each gets an answer, none is lost (danger 5)."""
        self.up()
        clients = [mta.Client(self.server.out_port) for _ in range(20)]
        for number, client in enumerate(clients):
            for line in ("MAIL FROM:<%s>" % case.SELLER, "RCPT TO:<%s>" % case.BUYER, "DATA"):
                client.smtp.docmd(line)
            data = mta.to_wire(case.reply(token="mid-%d" % number))
            client.smtp.send(data[:200])
        self.daemon.process.send_signal(signal.SIGTERM)
        answers = []
        for number, client in enumerate(clients):
            data = mta.to_wire(case.reply(token="mid-%d" % number))
            client.smtp.send(data[200:])
            answers.append(client.smtp.getreply()[0])
            client.smtp.close()
        self.assertEqual(self.daemon.process.wait(60), 0, self.daemon.log_tail())
        self.assertTrue(set(answers) <= {250, 451, 421}, answers)
        self.verify_chain()
        accepted = answers.count(250)
        self.server.flush()
        text = str(self.daemon.events())
        delivered = case.tokens_in(self.sink.mails())
        self.assertEqual(len(delivered), accepted)
        self.assertEqual([token for token in delivered if token not in text], [])


if __name__ == "__main__":
    unittest.main()
