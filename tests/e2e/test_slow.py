# SPDX-License-Identifier: BSD-2-Clause
"""A slow check and mail servers with short timeouts (dangers 23, 24)."""
import time
import unittest

import case
import mta


class Slow(case.Case):
    SECONDS = 7

    def slow(self, kind, server):
        self.up_probe(kind, server=server, settings={"milter": {"deadline": "30s"}})
        begun = time.monotonic()
        answer = self.send_out(case.reply(subject="Re: Order 4342076435326 slow %d" % self.SECONDS))
        self.assertGreaterEqual(time.monotonic() - begun, self.SECONDS, "it was not slow")
        return answer

    def test_postfix(self):
        answer = self.slow(mta.Postfix, {"settings": {"milter_content_timeout": "3s"}})
        self.assertEqual(answer.code, 250, answer)

    def test_sendmail(self):
        answer = self.slow(mta.Sendmail, {"timeouts": "S:3s;R:3s;E:1m"})
        self.assertEqual(answer.code, 250, answer)

    def test_deadline(self):
        """Past our own deadline the sender is asked to come again."""
        second = case.PROBE_RULE.replace('rule "probe"', 'rule "probe-again"') % ("tag", '"x"')
        self.up_probe(settings={"milter": {"deadline": "2s"}},
                      site_rules={"rules.d/probe-again.conf": second})
        answer = self.send_out(case.reply(subject="Re: Order 4342076435326 slow 6"))
        self.assertEqual(answer.code, 451, answer)
        self.assertEqual(self.send_out(case.reply()).code, 250)


if __name__ == "__main__":
    unittest.main()
