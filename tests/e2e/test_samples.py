# SPDX-License-Identifier: BSD-2-Clause
"""Each sample and each case: expected, and scan says what the daemon does."""
import glob
import os
import unittest

import case
import mta
import samples


# The scan knows nothing of earlier messages, which decide these.
WITH_MEMORY = ("in-", "inbound-", "quote-", "thread-", "auto-", "review-")
# Of several hundred, spread evenly: each costs a trip through a mail server and a start of the program.
CASES = 50


def cases():
    """Some of tests/cases: a message and what is expected, as (name, path, data)."""
    paths = sorted(path for path in glob.glob(os.path.join(mta.SOURCE, "tests", "cases", "*.eml"))
                   if not os.path.basename(path).startswith(WITH_MEMORY))
    for path in paths[::max(1, len(paths) // CASES)]:
        with open(path, "rb") as file:
            data = file.read()
        yield os.path.relpath(path, mta.SOURCE), path, data


def header_value(data, name):
    for line in samples.header_lines(data):
        if line.lower().startswith(name.lower() + ":"):
            return line.partition(":")[2].strip()
    return ""


def verdict(thing):
    """What scan and daemon must agree on."""
    if thing is None:
        return ("pass", (), None)
    return (thing["action"], tuple(sorted(samples.rule_ids(thing))), thing.get("marketplace"))


class Samples(case.Case):
    def setUp(self):
        super().setUp()
        self.up()

    def scan(self, data, outbound, sender, recipients):
        path = self.place.join("scanned.eml")
        with open(path, "wb") as out:
            out.write(data)
        to = [word for recipient in recipients for word in ("--to", recipient)]
        return self.daemon.scan("--direction", "out" if outbound else "in",
                                "--from", sender, *to, path)[0]

    def test_samples(self):
        """Expected outcome over SMTP, and the same verdict from scan."""
        for sample in samples.load():
            with self.subTest(sample.name):
                outcome = samples.send(self.server, self.sink, self.daemon, sample)
                self.assertEqual(samples.faults(sample, outcome), [])
                scanned = self.scan(sample.data, sample.outbound, sample.sender,
                                    sample.recipients)
                self.assertEqual(verdict(outcome.event), verdict(scanned))
        self.verify_chain()

    def test_cases(self):
        """The same verdict from scan for the cases of the plugins' tests."""
        seen = 0
        for name, path, data in cases():
            with self.subTest(name):
                seen += 1
                self.compare(path, data)
        self.assertGreater(seen, 0, "no file in tests/cases")

    def compare(self, path, data):
        direction, sender, recipients = envelope(path, data)
        sample = samples.Sample.__new__(samples.Sample)
        sample.outbound, sample.sender = direction == "out", sender
        sample.recipients, sample.data = recipients, data
        outcome = samples.send(self.server, self.sink, self.daemon, sample)
        self.assertEqual(verdict(outcome.event),
                         verdict(self.scan(data, sample.outbound, sender, recipients)))


def envelope(path, data):
    """Direction, sender and recipients: what the .expect says, else the headers."""
    expect = {}
    for line in mta.read_text(path[:-4] + ".expect").splitlines():
        key, _, value = line.partition(":")
        expect.setdefault(key.strip(), []).append(value.strip())
    recipients = [word.strip("<>,") for value in expect.get("to", []) for word in value.split()]
    return (expect.get("direction", ["out"])[0],
            expect.get("from", [case.SELLER])[0].strip("<>"),
            recipients or [header_value(data, "To").rpartition("<")[2].strip("<> ")])


if __name__ == "__main__":
    unittest.main()
