# SPDX-License-Identifier: BSD-2-Clause
"""What is measured side by side: an empty milter, posternd and rspamd, each with its own folder and process tree.

A server's cost is that of its session: all processes in it, and the children that they have waited for.
"""
import glob
import os
import re
import shutil
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
import mta  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
# rspamd reads its languages for ten seconds of CPU time, which is long where others work, too.
START_SECONDS = 300
NEGOTIATION = b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"
# Lists of expressions, each of which is one symbol of rspamd's. Classes and rules of the lists have no counterpart.
PHRASE_LISTS = ("marketing.en", "marketing.zh", "autoreply-phrases", "promise", "review", "conduct-grave",
                "conduct-serious", "conduct-mild", "contact", "offchannel", "placeholders", "pii", "market-phrases",
                "link-invites")


class Server:
    """A milter at the socket `milter` of its folder."""

    def __init__(self, place, name, title):
        self.name, self.title = name, title
        self.folder = place.folder(name)
        self.path = os.path.join(self.folder, "milter")
        self.log = os.path.join(self.folder, "log")
        self.process = None
        place.add(self)

    @property
    def address(self):
        return "unix:" + self.path

    def start(self, processors=None):
        """Starts it, without waiting until it is up."""
        raise NotImplementedError

    def spawn(self, argv, processors=None, **options):
        def pin():
            if processors:
                os.sched_setaffinity(0, processors)
        self.process = mta.spawn(argv, self.log, preexec_fn=pin, **options)

    def wait_up(self):
        mta.wait_for(self.name, self.is_up, START_SECONDS, 0.05)
        os.chmod(self.path, 0o666)
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise mta.HarnessError("%s does not start:\n%s" % (self.name, mta.read_text(self.log)[-2000:]))
        try:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(5)
                peer.connect(self.path)
                peer.sendall(NEGOTIATION)
                return peer.recv(5)[4:5] == b"O"
        except OSError:
            return False

    def read_each(self, name):
        for pid in mta.session_members(self.process.pid):
            try:
                yield mta.read_text("/proc/%d/%s" % (pid, name))
            except (FileNotFoundError, ProcessLookupError):
                pass

    def cpu(self):
        """Seconds so far, user and system."""
        times = [stat.rpartition(")")[2].split()[11:15] for stat in self.read_each("stat")]
        return sum(int(ticks) for one in times for ticks in one) / TICK

    def memory(self):
        """Kilobytes now resident, and at most so far (of each process: not at the same time)."""
        found = {"VmRSS": 0, "VmHWM": 0}
        for status in self.read_each("status"):
            for name, value in re.findall(r"(?m)^(VmRSS|VmHWM):\s*(\d+) kB", status):
                found[name] += int(value)
        return {"rss_kb": found["VmRSS"], "peak_kb": found["VmHWM"]}

    def stop(self):
        mta.end(self.process)
        self.process = None


class Empty(Server):
    def __init__(self, place, build, flavour):
        super().__init__(place, "empty-" + flavour, "empty milter (%s)" % flavour)
        self.argv = [os.path.join(build, "tests/bench/empty"), flavour, self.address]

    def start(self, processors=None):
        self.spawn(self.argv, processors)


class Posternd(Server):
    """The build directory's, with its plugins and the shipped unit's environment."""

    def __init__(self, place, build, rules=True):
        super().__init__(place, *(("posternd", "posternd") if rules else ("posternd-no-rules", "posternd, no rules")))
        self.build = build
        self.config = os.path.join(self.folder, "postern.conf")
        os.makedirs(os.path.join(self.folder, "site"))
        done = subprocess.run([os.path.join(SOURCE, "tests", "built-config"), self.folder], check=True, text=True,
                              stdout=subprocess.PIPE, cwd=build)
        text = done.stdout if rules else done.stdout.replace('"%s/rules"' % SOURCE, '"%s"' % self.without_rules())
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(text)

    def without_rules(self):
        """The shipped ones less the rules: marketplaces stay, so that each message is decoded and recorded."""
        folder = os.path.join(self.folder, "rules")
        shutil.copytree(os.path.join(SOURCE, "rules"), folder)
        for path in glob.glob(folder + "/outbound/*.conf") + glob.glob(folder + "/inbound/*.conf"):
            os.unlink(path)
        return folder

    def start(self, processors=None):
        self.spawn([os.path.join(self.build, "posternd"), "-c", self.config], processors, cwd=self.build,
                   env={**os.environ, **unit_environment()})


def unit_environment():
    """What the shipped unit sets."""
    unit = mta.read_text(os.path.join(SOURCE, "contrib", "systemd", "postern.service.in"))
    return dict(line.strip().partition("=")[2].split("=", 1) for line in unit.splitlines()
                if line.startswith("Environment="))


class Rspamd(Server):
    """Milter mode with self-scan, as many processes as processors, and nothing on but the phrases of our lists."""

    def __init__(self, place, build):
        super().__init__(place, "rspamd", "rspamd " + rspamd_version())
        self.phrases = 0
        self.config = os.path.join(self.folder, "rspamd.conf")
        clean = "".join(mta.read_text(path) for path in glob.glob(os.path.join(HERE, "messages", "*", "*.eml"))
                        if "refused" not in path)
        maps = "".join(self.map_of(name, clean) for name in PHRASE_LISTS)
        # What Hyperscan made of the lists, which takes it long, is kept for the next time.
        cache = os.path.join(build, "tests/bench/rspamd")
        os.makedirs(cache, exist_ok=True)
        template = mta.read_text(os.path.join(HERE, "rspamd.conf.in"))
        with open(os.path.join(self.folder, "start.lua"), "w", encoding="utf-8") as out:
            out.write('require "global_functions" ()\nconfig["regexp"] = {}\nrspamd_maps = {}\n')
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(template.replace("@folder@", self.folder).replace("@processes@", str(os.cpu_count()))
                      .replace("@maps@", maps).replace("@cache@", cache))

    def map_of(self, name, clean):
        """Writes the list as rspamd reads it; its entry in the configuration."""
        path = os.path.join(self.folder, name + ".map")
        expressions = list(expressions_of(os.path.join(SOURCE, "rules", "lists", name + ".tsv"), clean))
        self.phrases += len(expressions)
        with open(path, "w", encoding="utf-8") as out:
            out.writelines("/%s/iu\n" % expression for expression in expressions)
        word = re.sub(r"\W", "_", name)
        return ('\t%s { type = "content"; filter = "text"; regexp = true; map = "file://%s"; symbol = "%s"; '
                'score = 0.5; }\n' % (word, path, word.upper()))

    def start(self, processors=None):
        self.spawn(["rspamd", "-i", "-f", "-c", self.config], processors)


def expressions_of(path, clean):
    """The expressions of a list (rules/lists/README.md) as rspamd's: blanks are any white space, words are whole.

    Less those that stand in clean: parts of our rules, no findings; rspamd would stop reading at the first.
    """
    for line in mta.read_text(path).splitlines():
        expression, _, value = line.partition("\t")
        if not expression or expression[0] in "#@!" or not value:
            continue
        expression = without_assertions(re.sub(r" (?![?*+{\]])", r"\\s+", expression))
        expression = re.sub(r"(?<!\\)/", r"\/", expression)
        expression = (r"\b" if re.match(r"[A-Za-z0-9]", expression) else "") + expression + (
            r"\b" if re.search(r"(?<!\\)[A-Za-z0-9]$", expression) else "")
        if not stands_in(expression, clean):
            yield expression


def stands_in(expression, text):
    """False where Python does not read it."""
    try:
        spelled = re.sub(r"\\x\{(\w+)\}", lambda match: re.escape(chr(int(match[1], 16))), expression)
        return re.search(spelled, text, re.I)
    except re.error:
        return False


def without_assertions(expression):
    """Hyperscan takes none, and rspamd would try a list with one expression after another: kinder to it like this."""
    while True:
        found = re.search(r"(?<!\\)\(\?<?[!=]", expression)
        if not found:
            return expression
        end, depth = found.end(), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(expression[end], 0) if expression[end - 1] != "\\" else 0
            end += 1
        expression = expression[:found.start()] + expression[end:]


def rspamd_version():
    """Of the program on this machine; empty when there is none."""
    try:
        done = subprocess.run(["rspamd", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return re.search(r"[\d.]+", done.stdout).group()
