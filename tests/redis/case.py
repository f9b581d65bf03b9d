# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: servers and clients that end with the test, and what is asked of each load."""
import os
import unittest

import servers


class Case(unittest.TestCase):
    maxDiff = None

    def server(self, *config, **options):
        server = servers.Server(*config, **options)
        self.addCleanup(server.remove)
        return server

    def client(self, mode, *where, **options):
        client = servers.Client(mode, *where, **options)
        self.addCleanup(client.close)
        return client

    def password_file(self, server, text, mode=0o600):
        path = os.path.join(server.folder, "password")
        with open(path, "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.chmod(path, mode)
        return path

    def expect(self, outcome, fault, text=""):
        self.assertEqual(outcome["fault"], fault, outcome)
        self.assertIn(text, outcome["reason"])
        return outcome

    def recover(self, client, *words, key="-"):
        """It works again by itself."""
        words = words or ("PING",)
        outcome = {}

        def works():
            outcome.update(client.command(*words, key=key))
            return outcome["fault"] == "fine"
        servers.wait_for("recovery", works)
        return outcome

    def counted(self, ask, shops):
        """Over all shops: how many ids there are, and how often one was counted; ask(key, words...) asks the right server."""
        ids = sum(int(ask("{shop%d}:ids" % n, "SCARD", "{shop%d}:ids" % n) or 0) for n in range(shops))
        counts = sum(int(ask("{shop%d}:count" % n, "GET", "{shop%d}:count" % n) or 0) for n in range(shops))
        return ids, counts
