# SPDX-License-Identifier: BSD-2-Clause
"""How well each rule does over all cases, and whether that is good enough."""


class Score:
    """One rule's counts, in messages."""

    def __init__(self, cases, rule):
        self.rule = rule
        self.cases = sum(rule in case.rules for case in cases)
        self.found = sum(rule in case.found for case in cases)
        self.missed = sum(rule in case.missed for case in cases)
        self.false = sum(rule in case.false for case in cases)

    def precision(self):
        return percent(self.found, self.found + self.false)

    def recall(self):
        return percent(self.found, self.cases)

    def below(self, goals):
        """The goals that are not met, as sentences."""
        wanted = goals.get(self.rule, goals['all'])
        for name, share, goal in zip(('precision', 'recall'), (self.precision(), self.recall()), wanted):
            if share is not None and share < goal:
                yield f'{self.rule}: {name} {share:.1f} %, the goal is {goal:g} %'


def percent(part, whole):
    return 100 * part / whole if whole else None


def scores(cases):
    return [Score(cases, rule) for rule in sorted(set().union(*(case.rules | case.false for case in cases)))]


def total(rows):
    """All rules as one: a message counts once for each rule that it breaks."""
    sum_ = Score([], 'total')
    for name in ('cases', 'found', 'missed', 'false'):
        setattr(sum_, name, sum(getattr(row, name) for row in rows))
    return sum_


def show(rows):
    shown = '{:<16}{:>7}{:>7}{:>8}{:>7}{:>13}{:>10}'.format
    print(shown('rule', 'cases', 'found', 'missed', 'false', 'precision %', 'recall %'))
    for row in rows + [total(rows)]:
        share = ['-' if value is None else f'{value:.1f}' for value in (row.precision(), row.recall())]
        print(shown(row.rule, row.cases, row.found, row.missed, row.false, *share))


def show_clean(cases):
    """What rules did to honest messages; none may be rejected, whatever the goals."""
    clean = [case for case in cases if case.clean]
    print(f'{len(cases)} messages, {len(cases) - len(clean)} break a rule, {len(clean)} are clean')
    print(f'clean messages rejected: {sum(case.rejected() for case in clean)} of {len(clean)}')
    print(f'clean messages held: {sum(case.held() for case in clean)} of {len(clean)}')


def held_below(cases, goals):
    """The share of honest messages that may be held is a goal, too."""
    clean = [case for case in cases if case.clean]
    share = percent(sum(case.held() for case in clean), len(clean))
    if share is not None and share > 100 - goals['clean'][0]:
        yield f'{share:.1f} % of the clean messages are held, {100 - goals["clean"][0]:g} % may be'


def read_goals(path):
    """{rule: (precision, recall)}; "all" and "clean" must be among them."""
    goals = {}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            words = line.split()
            if not words or words[0].startswith('#'):
                continue
            try:
                rule, precision, recall = words
                goals[rule] = float(precision), float(recall)
            except ValueError:
                raise ValueError(f'{path}:{number}: expected "RULE PRECISION RECALL"') from None
    for name in ('all', 'clean'):
        if name not in goals:
            raise ValueError(f'{path}: no line "{name}"')
    return goals
