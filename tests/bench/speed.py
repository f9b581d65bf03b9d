# SPDX-License-Identifier: BSD-2-Clause
"""posternd beside an empty milter and rspamd, under the same load in turns: what contrib/bench runs.

Each round gives each server each load for the same time, in another
order each round; ratios are of one round, their median and spread over the rounds are shown. What is not a ratio
depends on the machine. Exit status: 0, or 1 when a message was not answered as it should be.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import report  # noqa: E402
import servers  # noqa: E402
import through_postfix  # noqa: E402

MESSAGES = os.path.join(servers.HERE, "messages")
BASELINE = "empty-reads"
# title, folders with their shares of a hundred messages
LOADS = {
    "replies": ("outgoing clean replies of 2 KB, judged by all rules", ["out"]),
    "inbound": ("incoming marketplace mail", ["in"]),
    "private": ("mail that concerns no marketplace, two of three incoming", ["private"]),
    "mix": ("a shop's mail: 80 % private, 12 % incoming, 7 % replies, 1 % refused replies",
            ["private=80", "in=12", "out=7", "refused=1"]),
}
# title, connections at once (0: as asked for), messages a connection
MODES = {
    "new": ("one connection a message", 0, 1),
    "kept": ("50 messages a connection", 0, 50),
    "alone": ("one message at a time", 1, 50),
}


def read_arguments():
    parser = argparse.ArgumentParser(prog="contrib/bench", description=__doc__, epilog="""examples:
  contrib/bench                        all of it, less than ten minutes
  contrib/bench --quick                less than three
  contrib/bench --json bench.json --rounds 9 --no-postfix
  contrib/bench --only posternd --loads replies --modes kept""", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", metavar="FOLDER", default=".",
                        help="a folder that is built; contrib/bench then builds nothing (the working directory)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds (5)")
    parser.add_argument("--seconds", type=float, metavar="S", help="for each server, load and mode in a round (1.0)")
    parser.add_argument("--messages", type=int, metavar="N", default=0, help="at most so many instead (no limit)")
    parser.add_argument("--connections", type=int, metavar="N", default=16, help="at once (16)")
    parser.add_argument("--loads", metavar="NAME,...", help="of %s (all)" % ", ".join(LOADS))
    parser.add_argument("--modes", metavar="NAME,...", help="of %s (all)" % ", ".join(MODES))
    parser.add_argument("--only", metavar="NAME,...", help="servers besides the empty milter: posternd, "
                        "posternd-no-rules, rspamd, empty-naive, empty-least (all that there are)")
    parser.add_argument("--pin", action="store_true", help="the load on the last processor, servers on the others")
    parser.add_argument("--no-postfix", action="store_true",
                        help="not through Postfix (which needs root, contrib/deps test)")
    parser.add_argument("--quick", action="store_true", help="3 rounds of half the time")
    parser.add_argument("--smoke", action="store_true", help="whether it all works; the numbers mean nothing")
    parser.add_argument("--json", metavar="FILE", help="all that was measured, too")
    arguments = parser.parse_args()
    short = arguments.quick or arguments.smoke
    arguments.rounds = arguments.rounds or (1 if arguments.smoke else 3 if short else 5)
    arguments.seconds = arguments.seconds or (0.05 if arguments.smoke else 0.5 if short else 1.0)
    if arguments.smoke:
        arguments.connections = min(arguments.connections, 4)
    arguments.loads = choose(parser, arguments.loads, LOADS)
    arguments.modes = choose(parser, arguments.modes, MODES)
    return arguments


def choose(parser, names, known):
    chosen = names.split(",") if names else list(known)
    for name in chosen:
        if name not in known:
            parser.error("'%s' is none of %s" % (name, ", ".join(known)))
    return chosen


class Bench:
    def __init__(self, arguments, place):
        self.arguments, self.place = arguments, place
        self.build = os.getcwd()
        self.first = 1
        self.samples, self.errors = [], []
        processors = sorted(os.sched_getaffinity(0))
        pinned = arguments.pin and len(processors) > 1
        self.of_servers = set(processors[:-1]) if pinned else None
        self.of_load = set(processors[-1:]) if pinned else None
        self.servers = self.make_servers()

    def make_servers(self):
        names = self.arguments.only.split(",") if self.arguments.only else ["posternd", "empty-naive"]
        if not self.arguments.only and not self.arguments.smoke:
            names += ["posternd-no-rules", "rspamd", "empty-least"]
        found = [servers.Empty(self.place, self.build, "reads")]
        for name in names:
            if name == "rspamd":
                if servers.rspamd_version():
                    found.append(servers.Rspamd(self.place, self.build))
            elif name.startswith("posternd"):
                found.append(servers.Posternd(self.place, self.build, rules=name == "posternd"))
            else:
                found.append(servers.Empty(self.place, self.build, name.partition("-")[2]))
        return found

    def start(self):
        for server in self.servers:
            server.start(self.of_servers)
        for server in self.servers:
            server.wait_up()
            self.measure(server, "mix", "new", 0.2, warm=True)

    def load(self, server, load, mode, seconds):
        _, connections, kept = MODES[mode]
        argv = ["tests/bench/load/load", "-s", server.address, "-f", str(self.first), "-k", str(kept),
                "-t", str(seconds), "-c", str(connections or self.arguments.connections),
                "-n", str(self.arguments.messages or 500000)]
        if server.name == "posternd":
            argv.append("-e")
        argv += [os.path.join(MESSAGES, folder) for folder in LOADS[load][1]]
        done = subprocess.run(argv, capture_output=True, text=True, check=False,
                              preexec_fn=lambda: self.of_load and os.sched_setaffinity(0, self.of_load))
        if done.returncode:
            self.errors.append("%s, %s, %s: %s" % (server.name, load, mode, done.stderr.strip()))
        if done.returncode > 1:
            raise servers.mta.HarnessError(self.errors[-1])
        return json.loads(done.stdout)

    def measure(self, server, load, mode, seconds, warm=False):
        before = server.cpu()
        found = self.load(server, load, mode, seconds)
        # Numbers go on in steps of a customer's messages, so that each run begins with a new one.
        self.first += found["messages"] + 64
        found.update(server=server.name, load=load, mode=mode, **server.memory(),
                     cpu_us=(server.cpu() - before) * 1e6 / max(found["messages"], 1))
        if found["answers"]["tempfailed"]:
            self.errors.append("%s, %s, %s: %d messages got a temporary failure" % (
                server.name, load, mode, found["answers"]["tempfailed"]))
        if not warm:
            self.samples.append(found)
        return found

    def wanted(self, server, load, mode):
        """The other empty milters are there for one comparison only."""
        return server.name not in ("empty-naive", "empty-least") or (load == "replies" and mode != "alone")

    def run_round(self, number):
        for load in self.arguments.loads:
            for mode in self.arguments.modes:
                turn = number % len(self.servers)
                for server in self.servers[turn:] + self.servers[:turn]:
                    if self.wanted(server, load, mode):
                        self.measure(server, load, mode, self.arguments.seconds)["round"] = number

    def run(self):
        self.start()
        for number in range(self.arguments.rounds):
            print("bench: round %d of %d" % (number + 1, self.arguments.rounds), file=sys.stderr)
            self.run_round(number)


def machine():
    model = [line.partition(":")[2].strip() for line in servers.mta.read_text("/proc/cpuinfo").splitlines()
             if line.startswith("model name")]
    return {"processor": model[0] if model else platform.machine(), "processors": len(os.sched_getaffinity(0)),
            "kernel": platform.release(), "load_before": os.getloadavg()[0], "rspamd": servers.rspamd_version()}


def main():
    arguments = read_arguments()
    arguments.json = arguments.json and os.path.abspath(arguments.json)
    os.chdir(arguments.build)
    for program in ("posternd", "tests/bench/load/load", "tests/bench/empty"):
        if not os.access(program, os.X_OK):
            sys.exit("bench: no %s here: make && make tests/bench/load/load tests/bench/empty" % program)
    begun = time.monotonic()
    result = {"machine": machine(), "rounds": arguments.rounds, "seconds": arguments.seconds,
              "connections": arguments.connections, "pinned": arguments.pin}
    with servers.mta.Place("bench") as place:
        bench = Bench(arguments, place)
        bench.run()
        result["samples"] = bench.samples
        result["phrases"] = {server.name: server.phrases for server in bench.servers if server.name == "rspamd"}
        result["titles"] = {server.name: server.title for server in bench.servers}
        if not arguments.no_postfix:
            try:
                result["postfix"] = through_postfix.run(bench)
            except servers.mta.HarnessError as error:
                result["postfix"] = {"skipped": "it failed"}
                bench.errors.append(str(error))
        result["errors"] = bench.errors
    result["took_seconds"] = round(time.monotonic() - begun)
    report.add_summary(result, BASELINE)
    print(report.as_text(result, LOADS, MODES, BASELINE))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as out:
            json.dump(result, out, indent=1)
    return 1 if result["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
