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
    sum_ = Score([], 'all')
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
    """The count that must be 0 whatever the goals."""
    clean = [case for case in cases if case.clean]
    print(f'clean messages rejected: {sum(case.rejected() for case in clean)} of {len(clean)}')


def read_goals(path):
    """{rule: (precision, recall)}; "all" must be among them."""
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
    if 'all' not in goals:
        raise ValueError(f'{path}: no line "all"')
    return goals
