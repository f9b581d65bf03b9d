# SPDX-License-Identifier: BSD-2-Clause
"""What postern-gateways(7) tells administrators to write works as it stands, but for addresses, files and waiting times."""
import os
import shutil
import subprocess
import tempfile

import counted
import manual
import servers
import test_gateways

ADMIN, POSTERN, SENTINEL = "PASSWORD0", "PASSWORD1", "PASSWORD4"


class Manual(test_gateways.Case):
    def open(self, lines, **options):
        server = servers.Server(*lines, **options)
        self.addCleanup(server.remove)
        return server

    def lines(self, text, *left_out, **replaced):
        """The lines of the block that has text in it, without those that begin in such a way, or with others instead."""
        lines = [line for line in manual.block(text).splitlines() if not line.startswith(left_out)]
        return [next((new for key, new in replaced.items() if line.startswith(key.replace("_", " "))), line) for line in lines]

    def data_server(self, *more):
        """A test's server has an address of its own and keeps no file of users."""
        server = self.open([*self.lines("masteruser", "bind", "aclfile"), "repl-diskless-sync-delay 0", *more])
        for command in self.lines("ACL SETUSER postern", "ACL SAVE"):
            self.assertEqual(server.cli(*command.split()), "OK", command)
            if command.startswith("ACL SETUSER admin"):
                server.user, server.password = "admin", ADMIN
        return server

    def two(self, mode, *where):
        """Two gateways with the section of the page."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        for name, word in (("redis", POSTERN), ("sentinel", SENTINEL)):
            path = os.path.join(folder, name + ".password")
            with open(path, "w", encoding="ascii") as file:
                file.write(word + "\n")
            os.chmod(path, 0o600)
        section = manual.block("mode = " + mode).replace("/etc/postern", folder).partition("redis {")[2].partition("}\n}")[0]
        # servers stands in a line of its own; the test's are elsewhere.
        self.redis = "\n".join(line for line in section.splitlines() if "servers = " not in line)
        return [self.gateway(where) for _ in range(2)]

    def share(self, row, a, b, meanwhile):
        flow = self.flow(a, b)
        flow.more(20)
        meanwhile()
        flow.more(20)
        flow.stop()
        self.assertEqual([g.reply(100, "counted-token\r\n")[1]["action"] for g in (a, b, a, b)], ["pass", "pass", "pass", "hold"])
        self.everything(a, b, row=row)
        self.assertEqual((a.share["gaps"], b.share["gaps"]), ([], []))


class Sentinels(Manual):
    def test_primary_replaced(self):
        row = counted.Row("as in the manual, with Sentinels; primary killed")
        primary = self.data_server()
        replica = self.data_server(*self.lines("replicaof", replicaof="replicaof 127.0.0.1 %d" % primary.port))
        servers.wait_for("replication", lambda: replica.info("master_link_status") == "up")
        sentinels = [self.open(self.lines(
            "sentinel monitor", "bind", "port", sentinel_monitor="sentinel monitor postern 127.0.0.1 %d 2" % primary.port,
            sentinel_down="sentinel down-after-milliseconds postern 700",
            sentinel_failover="sentinel failover-timeout postern 3000"), sentinel=True) for _ in range(3)]
        for sentinel in sentinels:
            sentinel.password = SENTINEL
            servers.wait_for("Sentinels to know each other", lambda s=sentinel: "num-other-sentinels\n2" in
                             s.cli("SENTINEL", "MASTER", "postern") and "num-slaves\n1" in s.cli("SENTINEL", "MASTER", "postern"))
        a, b = self.two("sentinel", *[s.address for s in sentinels])

        def fail():
            primary.kill()
            servers.wait_for("failover", lambda: replica.info("role") == "master")
            servers.wait_for("recovery", lambda: a.share["healthy"] and b.share["healthy"])
        self.share(row, a, b, fail)


class Cluster(Manual):
    def test_made(self):
        row = counted.Row("as in the manual, with a Cluster")
        nodes = [self.data_server(*self.lines("cluster-enabled"), "cluster-port %d" % servers.free_port()) for _ in range(3)]
        words = manual.block("--cluster create").replace("\\\n", " ").split()
        self.assertEqual(words[:3], ["#", "REDISCLI_AUTH=" + ADMIN, "redis-cli"])
        command = [w for w in words[2:] if not w.startswith("10.0.0.")]
        at = command.index("create") + 1
        # Without replicas here.
        command[at:] = [n.address for n in nodes] + ["--cluster-yes"]
        subprocess.run(command, check=True, env=dict(os.environ, REDISCLI_AUTH=ADMIN), stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=servers.WAIT)
        for node in nodes:
            servers.wait_for("the Cluster", lambda n=node: "cluster_state:ok" in n.cli("CLUSTER", "INFO"))
        a, b = self.two("cluster", nodes[0].address)
        self.share(row, a, b, lambda: None)


if __name__ == "__main__":
    test_gateways.unittest.main()
