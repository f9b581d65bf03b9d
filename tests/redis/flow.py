# SPDX-License-Identifier: BSD-2-Clause
"""Mail that keeps flowing through several gateways while a test ends one thing after the other."""
import collections
import threading
import time


class Flow:
    """
    Customers write to one gateway and are answered through the next one, each message a new one, until stop(). Who gets
    no word that it was taken tries another gateway, as an MTA does. A gateway has .name, and .inquire(n) and .answer_to(n),
    which say whether the message was taken.
    """

    def __init__(self, *gateways, first=100, pause=0.0):
        self.gateways, self.pause = gateways, pause
        self.ended, self.lock = threading.Event(), threading.Lock()
        self.begun, self.again, self.wrong = time.monotonic(), 0, None
        self.accepted = collections.Counter()
        self.threads = [threading.Thread(target=self.run, args=(i, first + i), daemon=True) for i in range(len(gateways))]
        for thread in self.threads:
            thread.start()

    def run(self, start, n):
        try:
            while not self.ended.is_set():
                # Also the last one is answered, so that in the end no clock runs.
                self.until_taken(start, "inquire", n)
                self.until_taken(start + 1, "answer_to", n)
                n += len(self.gateways)
        except Exception as error:  # pylint: disable=broad-except
            self.wrong = error

    def until_taken(self, start, what, n):
        for attempt in range(start, start + 10000):
            gateway = self.gateways[attempt % len(self.gateways)]
            try:
                taken = getattr(gateway, what)(n)
            except (OSError, EOFError):
                taken = False
            with self.lock:
                self.accepted[gateway.name] += taken
                self.again += not taken
            time.sleep(self.pause if taken else 0.02)
            if taken:
                return
        raise AssertionError("message %d was never taken" % n)

    def taken(self, *gateways):
        with self.lock:
            return sum(self.accepted[g.name] for g in gateways or self.gateways)

    def more(self, count, *gateways, seconds=60):
        """Waits until so many more were taken, by those gateways or all of them together."""
        goal, end = self.taken(*gateways) + count, time.monotonic() + seconds
        while self.taken(*gateways) < goal:
            if self.wrong is not None:
                raise self.wrong
            if time.monotonic() > end:
                raise AssertionError("%d more messages: not within %d s" % (count, seconds))
            time.sleep(0.02)

    def stop(self):
        """How many messages a second were taken."""
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        if self.wrong is not None:
            raise self.wrong
        return self.taken() / (time.monotonic() - self.begun)
