# SPDX-License-Identifier: BSD-2-Clause
"""One server: what it can answer, and what can happen to it."""
import os

import case
import servers


class Single(case.Case):
    def test_commands_and_scripts(self):
        server = self.server()
        client = self.client("single", server.address)
        self.assertEqual(client.command("SET", "k", "v")["reply"], "OK")
        self.assertEqual(client.command("GET", "k")["reply"], "v")
        self.assertIsNone(client.command("GET", "none")["reply"])
        self.assertEqual(client.command("RPUSH", "list", "a", "b")["reply"], 2)
        self.assertEqual(client.command("LRANGE", "list", "0", "-1")["reply"], ["a", "b"])
        self.assertEqual(client.command("SET", "big", "@3000000")["reply"], "OK")
        self.assertEqual(client.command("GET", "big")["reply"], "3000000 bytes")
        self.assertEqual(client.script("set", "x")["reply"], "OK")
        self.assertEqual(server.cli("GET", "k"), "x")
        server.cli("SCRIPT", "FLUSH")
        self.assertEqual(client.script("set", "y")["reply"], "OK", "a script that the server forgot")
        self.assertEqual(server.cli("GET", "k"), "y")
        status = client.status()
        self.assertEqual((status["connects"], status["primary"]), (1, server.address))

    def test_any_bytes(self):
        """Keys and values come from mail: no byte of theirs ends a command or begins another."""
        server = self.server()
        client = self.client("single", server.address)
        self.expect(client.command("SET", "keep", "v"), "fine")
        evil = "a%0D%0AFLUSHALL%0D%0A%00*1%0D%0A$8%0D%0AFLUSHALL%0D%0A"
        self.expect(client.command("SET", evil, evil), "fine")
        self.assertEqual(client.command("STRLEN", evil)["reply"], 32)
        self.assertEqual(client.command("GET", "keep")["reply"], "v")
        self.assertEqual(server.cli("DBSIZE"), "2")

    def test_errors_of_commands(self):
        server = self.server()
        client = self.client("single", server.address)
        client.command("SET", "k", "v")
        wrong = self.expect(client.command("LPUSH", "k", "x"), "command", "LPUSH: WRONGTYPE")
        self.assertFalse(wrong["passes"])
        self.expect(client.command("NONSENSE"), "command", "ERR unknown command")
        self.expect(client.script("wrong"), "command", "Wrong number of args")
        self.expect(client.script("broken"), "command", "Error compiling script")
        self.assertFalse(client.status()["down"], "a server that says no is up")

    def test_unix_socket(self):
        folder = self.server().folder
        path = os.path.join(folder, "socket")
        server = self.server("unixsocket " + path)
        client = self.client("single", "unix:" + path)
        self.assertEqual(client.command("SET", "k", "v")["reply"], "OK")
        server.kill()
        self.expect(client.command("GET", "k"), "unreachable", "unix:" + path)

    def test_gone_and_back(self):
        server = self.server()
        client = self.client("single", server.address)
        self.recover(client)
        server.kill()
        self.expect(client.command("PING"), "unreachable", "refused")
        while not client.status()["down"]:
            self.expect(client.command("PING"), "unreachable")
        self.expect(client.command("PING"), "unreachable", "tried once a second: redis %s" % server.address)
        server.start()
        self.recover(client)
        self.assertFalse(client.status()["down"])

    def test_restart_between_two_calls(self):
        """The pool's connection is dead then; nobody notices."""
        server = self.server()
        client = self.client("single", server.address)
        self.expect(client.command("PING"), "fine")
        server.kill()
        server.start()
        self.expect(client.command("PING"), "fine")

    def test_name_as_address(self):
        server = self.server()
        client = self.client("single", "localhost:%d" % server.port)
        self.expect(client.command("PING"), "fine")
        client = self.client("single", "no-such-host.invalid:1")
        self.expect(client.command("PING"), "unreachable", "no-such-host.invalid:1")

    def test_hang(self):
        server = self.server()
        client = self.client("single", server.address, connect_timeout=200)
        self.expect(client.command("SET", "k", "v"), "fine")
        server.pause()
        try:
            outcome = self.expect(client.command("GET", "k", ms=300), "timeout", "no answer within")
            self.assertGreaterEqual(outcome["ms"], 300)
            self.assertLess(outcome["ms"], 30000)
            while not client.status()["down"]:
                client.command("GET", "k", ms=300)
            # Within the second after the last try, if this process gets to it.
            servers.wait_for("no try", lambda: "tried once a second" in client.command("GET", "k", ms=300)["reason"])
        finally:
            server.resume()
        self.assertEqual(self.recover(client, "GET", "k")["reply"], "v")

    def test_slow(self):
        """A long script of somebody else's: BUSY, after the server's own limit; before it, silence."""
        server = self.server("busy-reply-threshold 300")
        client = self.client("single", server.address)
        other = self.client("single", server.address)
        other.send("script", "k", 200, "long")
        self.expect(other.receive(), "timeout")
        servers.wait_for("BUSY", lambda: client.command("GET", "k", ms=500)["fault"] == "loading")
        server.cli("SCRIPT", "KILL")
        self.recover(client)

    def test_blocking_has_the_time_that_it_asks_for(self):
        server = self.server()
        client = self.client("single", server.address, timeout=200)
        outcome = client.command("XREAD", "BLOCK", "700", "STREAMS", "s", "$", ms=20000)
        self.assertEqual((outcome["fault"], outcome["reply"]), ("fine", None))

    def test_crowded_pool(self):
        """One connection, kept by a blocking call of a thread: others wait, and then are told why."""
        server = self.server()
        client = self.client("single", server.address, pool=1)
        client.ask("hold", 5000)
        # As soon as that thread has it.
        servers.wait_for("a crowded pool", lambda: "all 1 connections of the pool stayed in use" in
                         client.command("PING", ms=100)["reason"])
        self.expect(client.command("PING", ms=30000), "fine")

    def test_pool_is_bounded(self):
        server = self.server()
        client = self.client("single", server.address, pool=3)
        self.assertEqual(client.ask("load", 16, 1, 1)["faults"], {})
        self.assertLessEqual(client.status()["connects"], 3)

    def test_memory_full(self):
        server = self.server("maxmemory-policy noeviction")
        client = self.client("single", server.address)
        self.expect(client.command("SET", "k", "v"), "fine")
        server.cli("CONFIG", "SET", "maxmemory", "1")
        self.assertTrue(self.expect(client.command("SET", "k", "w"), "memory", "maxmemory")["passes"])
        self.expect(client.script("set", "w"), "memory", "maxmemory")
        self.assertEqual(client.command("GET", "k")["reply"], "v", "reading goes on")
        self.assertFalse(client.status()["down"])
        server.cli("CONFIG", "SET", "maxmemory", "0")
        self.expect(client.command("SET", "k", "w"), "fine")

    def test_replica_is_readonly(self):
        primary = self.server()
        replica = self.server("replicaof 127.0.0.1 %d" % primary.port)
        client = self.client("single", replica.address)
        self.expect(client.command("SET", "k", "v"), "readonly", "replica")
        self.expect(client.script("set", "v"), "readonly", "replica")
        replica.cli("REPLICAOF", "NO", "ONE")
        self.expect(client.command("SET", "k", "v"), "fine")

    def test_replica_without_primary(self):
        replica = self.server("replicaof 127.0.0.1 %d" % servers.free_port(), "replica-serve-stale-data no")
        client = self.client("single", replica.address)
        self.expect(client.command("GET", "k"), "loading", "without its primary")
        replica.cli("REPLICAOF", "NO", "ONE")
        self.recover(client)

    def test_loading(self):
        server = self.server("enable-debug-command yes")
        server.cli("DEBUG", "POPULATE", "2000")
        server.cli("SAVE")
        server.kill()
        with open(server.config, "a", encoding="ascii") as file:
            file.write("key-load-delay 1000\nloading-process-events-interval-bytes 1024\n")
        server.start()
        client = self.client("single", server.address)
        self.expect(client.command("GET", "k"), "loading", "it is loading its data")
        self.recover(client)

    def test_saving_fails(self):
        server = self.server("save 3600 1")
        os.mkdir(os.path.join(server.folder, "dump.rdb"))
        client = self.client("single", server.address)
        self.expect(client.command("SET", "k", "v"), "fine")
        server.cli("BGSAVE")
        servers.wait_for("a failed save", lambda: server.info("rdb_last_bgsave_status") == "err")
        self.expect(client.command("SET", "k", "w"), "readonly", "can't save")

    def test_too_few_replicas(self):
        server = self.server("min-replicas-to-write 1")
        client = self.client("single", server.address)
        self.expect(client.command("SET", "k", "v"), "readonly", "too few replicas")

    def test_too_many_clients(self):
        server = self.server("maxclients 1")
        first = self.client("single", server.address)
        self.expect(first.command("PING"), "fine")
        second = self.client("single", server.address)
        self.expect(second.command("PING"), "crowded", "maxclients")
        first.close()
        self.recover(second)


class Password(case.Case):
    def test_right_and_wrong(self):
        server = self.server(password="right")
        path = self.password_file(server, "wrong")
        client = self.client("single", server.address, password_file=path)
        self.expect(client.command("PING"), "password", "wrong user or password")
        self.password_file(server, "right")
        self.recover(client, "SET", "k", "v")

    def test_missing(self):
        server = self.server(password="right")
        client = self.client("single", server.address)
        self.expect(client.command("PING"), "password", "see password_file")

    def test_superfluous(self):
        server = self.server()
        client = self.client("single", server.address, password_file=self.password_file(server, "word"))
        self.expect(client.command("PING"), "password", "knows no password")

    def test_user(self):
        # What milter/redis/README.md says that the user needs, and the scripts' own commands.
        server = self.server("user default off", "user postern on >secret ~postern:* +set +get +auth +role +script|load "
                             "+evalsha +eval +cluster|slots +asking")
        path = self.password_file(server, "secret")
        client = self.client("single", server.address, user="postern", password_file=path)
        self.expect(client.command("SET", "postern:k", "v"), "fine")
        self.expect(client.script("set", "v", key="postern:k"), "fine")
        self.expect(client.command("SET", "other", "v"), "password", "has not the right")
        self.expect(client.script("set", "v", key="other"), "password", "has not the right")
        self.expect(client.command("DEL", "postern:k"), "password", "has not the right")
        self.assertFalse(client.status()["down"])
        client = self.client("single", server.address, user="nobody", password_file=path)
        self.expect(client.command("GET", "postern:k"), "password", "wrong user or password")

    def test_set_while_connected(self):
        server = self.server()
        client = self.client("single", server.address)
        self.expect(client.command("PING"), "fine")
        server.cli("CONFIG", "SET", "requirepass", "new")
        server.password = "new"
        server.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        self.expect(client.command("PING"), "password", "see password_file")

    def test_files_that_are_refused(self):
        server = self.server()
        for text, mode in (("word", 0o644), ("word", 0o620), ("", 0o600)):
            path = self.password_file(server, text, mode)
            client = servers.Client("single", server.address, password_file=path)
            with self.assertRaisesRegex(AssertionError, "status 2"):
                client.close()


if __name__ == "__main__":
    case.unittest.main()
