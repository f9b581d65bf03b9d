# SPDX-License-Identifier: BSD-2-Clause
"""One case: what its .expect file wants, and how the judgement of its .eml differs."""
import email.utils
import os
import re

KEYS = {'direction', 'from', 'to', 'at', 'inbound', 'action', 'rule', 'not-rule', 'maybe', 'label', 'not-label',
        'clock', 'kind', 'failed', 'milestone', 'case', 'spam-by', 'order'}


class Case:
    """A message, what is expected of it, and after judge() what came of it."""

    def __init__(self, eml):
        self.eml = eml
        self.name = os.path.basename(eml)[:-len('.eml')]
        self.wanted = read_expect(eml[:-len('.eml')] + '.expect')
        self.rules = set(self.wanted['rule'])
        self.clean = self.name.startswith('good-') or not self.rules
        # In the other clean messages a finding is counted, and the goals decide.
        self.spotless = self.name.startswith('good-')
        self.found, self.missed, self.false = set(), set(), set()
        self.action, self.seen = '', 'nothing'
        self.wrong = []

    def inbound(self):
        """The message that this one answers, as a path, or None."""
        for name in self.wanted['inbound']:
            return os.path.join(os.path.dirname(self.eml), name)
        return None

    def options(self):
        """What "postern scan" must be told; cases with the same options can be judged in one call."""
        options = []
        for key, header in (('direction', None), ('at', None), ('from', 'From'), ('to', 'To')):
            # What the message's own header says anyway needs no option, and so no call of its own.
            if header and self.wanted[key] == header_addresses(self.eml, header):
                continue
            for value in self.wanted[key]:
                options += ['--' + key, value]
        if self.inbound():
            options += ['--inbound', self.inbound()]
        return tuple(options)

    def judge(self, answer):
        """Compares with one line of "postern scan --json"."""
        self.action = answer['action']
        findings = [f for f in answer['findings'] if not f['monitored']]
        found = {f['rule_id'] for f in findings}
        self.found = found & self.rules
        self.missed = self.rules - found
        self.false = found - self.rules - set(self.wanted['maybe'])
        self.wrong = list(self._differences(answer, found))
        self.seen = '; '.join(f'{f["rule_id"]} "{f.get("evidence")}"' for f in findings) or 'nothing'

    def _differences(self, answer, found):
        wanted, labels = self.wanted, set(answer['labels'])
        # What a rule missed changes the action and the clock too: that is one miss, not three failures.
        if not self.missed and (self.spotless or not self.false):
            yield from self._effects(answer)
        if self.rejected():
            yield 'a clean message is rejected'
        yield from (f'finding {rule}' for rule in wanted['not-rule'] if rule in found)
        if self.spotless:
            yield from (f'finding {rule} on a clean message' for rule in sorted(self.false - set(wanted['not-rule'])))
        yield from (f'error in {f["rule"]}: {f.get("evidence")}' for f in answer['findings'] if f['error'])
        yield from (f'no label {label}' for label in wanted['label'] if label not in labels)
        yield from (f'label {label}' for label in wanted['not-label'] if label in labels)
        yield from self._told(answer)

    def _told(self, answer):
        """What an incoming message says besides its labels."""
        headers = dict(header.split(': ', 1) for header in answer['headers'])
        told = {
            'kind': [answer.get('kind', 'none')],
            'failed': answer['failed']['refs'] + [answer['failed']['reason']] if 'failed' in answer else ['none'],
            'milestone': [milestone_words(m) for m in answer.get('milestones', [])] or ['none'],
            'case': [answer.get('case', 'none'), answer.get('case_channel', 'none')],
            'spam-by': [answer.get('spam_by', 'none')],
            'order': [headers.get('X-Postern-Order', 'none')],
        }
        for key, has in told.items():
            yield from (f'{key} {", ".join(has)}, expected {value}' for value in self.wanted[key] if value not in has)

    def _effects(self, answer):
        actions, clock = self.wanted['action'], answer['sla']['clock']
        if actions and self.action not in re.split(r'\s*\|\s*', actions[-1]):
            yield f'action {self.action}, expected {actions[-1]}'
        yield from (f'clock {clock}, expected {value}' for value in self.wanted['clock'] if clock != value)

    def rejected(self):
        """An honest message that its author would get back: the worst a rule can do."""
        return self.clean and self.action == 'reject'

    def held(self):
        """An honest message that waits for a person."""
        return self.clean and self.action == 'hold'

    def sentence(self):
        """What a reader must know of a case that is not as expected, or None."""
        said = self.wrong + [f'missed {rule}' for rule in sorted(self.missed)]
        if not self.spotless:
            said += [f'false {rule}' for rule in sorted(self.false)]
        return f'{self.name}: {"; ".join(said)}. Found: {self.seen}' if said else None


def milestone_words(milestone):
    """Name, number and, where it is told, the term: "claim 114-5652017-6650426 3d"; a day other than today's at the end."""
    words = [milestone['name'], milestone['subject']]
    words += [f'{milestone["term_days"]}d'] if 'term_days' in milestone else []
    words += [milestone['time'][:10]] if milestone['time'].endswith('T12:00:00Z') else []
    return ' '.join(words)


def header_addresses(path, name):
    """The bare addresses of a message's first header of that name."""
    with open(path, encoding='utf-8', errors='replace') as file:
        head = re.split(r'\r?\n\r?\n', file.read(), maxsplit=1)[0]
    found = re.search(rf'^{name}:(.*(?:\n[ \t].*)*)', head, re.MULTILINE | re.IGNORECASE)
    return [address for _, address in email.utils.getaddresses([found.group(1)])] if found else []


def read_expect(path):
    """Lists of values by key; unknown keys are mistakes in the case."""
    wanted = {key: [] for key in KEYS}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            key, colon, value = line.partition(':')
            if not colon or key not in KEYS or not value.strip():
                raise ValueError(f'{path}:{number}: unknown line "{line}"')
            wanted[key].append(value.strip())
    return wanted
