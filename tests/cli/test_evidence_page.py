#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
The summary of a pack in a real browser: it shows, it prints, nothing in it runs, and no request leaves it. Each of these
is tried with a page that does what it must not, so that the test is known to notice.
"""
import html
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import unittest

from desk import ORDER
from evidence import Story

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
         "--force-color-profile=srgb", "--window-size=1100,3000", "--virtual-time-budget=3000"]


class Listener(http.server.ThreadingHTTPServer):
    """Notes whatever asks it for anything."""

    def __init__(self):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(404)
                self.end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@unittest.skipUnless(CHROMIUM, "no chromium")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.listener = Listener()
        cls.story = Story(cls.listener.server_port)
        cls.pack = cls.story.desk.dir + "/pack"
        code, out, err = cls.story.desk.postern("evidence", "--order", ORDER, "-o", cls.pack)
        assert code == 0, (out, err)
        cls.page = cls.pack + "/summary.html"

    @classmethod
    def tearDownClass(cls):
        cls.listener.shutdown()
        cls.listener.server_close()
        cls.story.clean()

    def chromium(self, page, *args):
        """What it printed and complained of, and the addresses it asked for; every host is this machine."""
        net = self.story.desk.dir + "/net.json"
        profile = self.story.desk.dir + "/profile"
        port = self.listener.server_port
        command = [CHROMIUM, *FLAGS, "--user-data-dir=" + profile, "--log-net-log=" + net, "--enable-logging=stderr",
                   "--host-resolver-rules=MAP * 127.0.0.1:%d" % port, *args, "file://" + page]
        del self.listener.asked[:]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(net, encoding="utf-8") as f:
            text = f.read()
        try:
            events = json.loads(text)["events"]
        except ValueError:  # cut off when the browser ends
            events = [json.loads(line.rstrip(",\n")) for line in text.splitlines() if line.startswith('{"params"')]
        urls = {e["params"]["url"] for e in events if "url" in e.get("params", {})}
        shutil.rmtree(profile, ignore_errors=True)
        return run.stdout, run.stderr, {u for u in urls if not u.startswith(("file:", "data:", "chrome", "devtools"))}

    def other(self, name, text):
        path = os.path.join(self.story.desk.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def own_requests(self):
        """What the browser asks for whatever it shows."""
        return {re.sub(r"\?.*", "", url) for url in
                self.chromium(self.other("empty.html", "<title>x</title>"), "--dump-dom")[2]}

    def test_no_request_leaves_the_page_and_nothing_runs(self):
        own = self.own_requests()
        dom, err, urls = self.chromium(self.page, "--dump-dom")
        self.assertEqual({re.sub(r"\?.*", "", url) for url in urls} - own, set())
        self.assertEqual([path for path in self.listener.asked if path.startswith("/x")], [])
        self.assertNotIn("Content Security Policy", err)  # its own style sheet is the one that the policy names
        self.assertIn("<h1>Order %s</h1>" % ORDER, dom)
        self.assertNotRegex(dom, r"<(script|img|iframe|object|link|form)\b")
        self.assertIn(html.escape(self.story.hostile, quote=False), dom)

    def test_this_is_noticed(self):
        hostile = '<meta charset="utf-8"><body>%s<script>document.title = "ran"</script>' % self.story.hostile.replace("alert", "void")
        dom, _, urls = self.chromium(self.other("hostile.html", hostile), "--dump-dom")
        self.assertIn("<title>ran</title>", dom)
        self.assertTrue([path for path in self.listener.asked if path.startswith("/x")])
        self.assertTrue([url for url in urls if url.endswith("/x")], urls)

    def test_even_injected_markup_can_do_nothing(self):
        """The policy of the page holds for what no escaping would have caught."""
        with open(self.page, encoding="utf-8") as f:
            text = f.read()
        text = text.replace("</h1>", "</h1>%s<script>document.title = 'ran'</script>" % self.story.hostile.replace("alert", "void"), 1)
        dom, err, _ = self.chromium(self.other("injected.html", text), "--dump-dom")
        self.assertNotIn("<title>ran</title>", dom)
        self.assertIn("Content Security Policy", err)
        self.assertEqual([path for path in self.listener.asked if path.startswith("/x")], [])

    def test_screenshot_and_print(self):
        shot, pdf = self.story.desk.dir + "/page.png", self.story.desk.dir + "/page.pdf"
        self.chromium(self.page, "--screenshot=" + shot)
        self.chromium(self.page, "--no-pdf-header-footer", "--print-to-pdf=" + pdf)
        with open(shot, "rb") as f:
            head = f.read()
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual((int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")), (1100, 3000))
        with open(pdf, "rb") as f:
            pages = len(re.findall(rb"/Type\s*/Page\b", f.read()))
        self.assertTrue(2 <= pages <= 10, pages)


if __name__ == "__main__":
    unittest.main()
