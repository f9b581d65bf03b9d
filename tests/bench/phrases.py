# SPDX-License-Identifier: BSD-2-Clause
"""What more phrases cost: CPU time to judge a clean message of 2 KB with 10, 100, 1,000 and 10,000 phrases of your own.

The engine alone (tests/bench/judge: decoding, the rule phrases and nothing else), so that nothing hides what they cost; with
"all", the shipped rules as well. One process for each list, in turns, round by round; a list is a beginning of the longest
one. Phrases are of two to six words that letters of shops have, seeded; a third has features of expressions: choices,
optional words, endings, classes of characters, numbers.

Prints time and memory of loading, CPU for a message, and the ratio to the shortest list's; status 1 when the
longest costs more than GOAL times the shortest.

usage: phrases.py [ROUNDS [MESSAGES [all]]]      (in the build directory)
"""
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
COUNTS = (10, 100, 1000, 10000)
GOAL = 1.5
RULE = 'rule "phrases" { enabled = yes  phrases = "lists/phrases.tsv" }\n'
VERBS = 'send give show tell refund replace ship return cancel check pay mail call visit keep throw read open sign wait'.split()
DETERMINERS = 'your our the this that any each every another no'.split()
ADJECTIVES = ('old new cheap faulty broken second final private secret wrong extra spare blue large small late free local direct '
              'foreign used open double hidden simple personal urgent plain partial total').split()
NOUNS = ('invoice supplier warehouse courier factory bank account voucher coupon lawyer manager password catalogue newsletter '
         'customs margin insurance deposit receipt contract licence passport wallet website forum chat phone number address '
         'branch office dealer outlet gift sample brand label batch serial code discount rebate bonus credit debit claim').split()
ENDS = ('right away|by tomorrow|at once|without a reason|on our own site|over the phone|in cash only|before you complain|'
        'to somebody else|for half the price|as a favour|behind the scenes').split('|')


def phrase(rng):
    """One line's expression."""
    verb, determiner, adjective = rng.choice(VERBS), rng.choice(DETERMINERS), rng.choice(ADJECTIVES)
    noun, other, end = rng.choice(NOUNS), rng.choice(NOUNS), rng.choice(ENDS)
    return rng.choice((
        '%s %s %s %s' % (verb, determiner, adjective, noun),
        '%s %s %s %s' % (adjective, noun, rng.choice(('and', 'or', 'of', 'for')), other),
        '%s %s %s' % (adjective, noun, end),
        '%s us %s %s' % (verb, determiner, noun + ' ' + other),
        '%s %s' % (noun + ' ' + other, end),
        "don't %s %s %s %s" % (verb, determiner, adjective, noun),
        '%s(?:s|ed|ing)? (?:%s )?%s %s' % (verb, determiner, adjective, noun),
        '(?:%s|%s) %s (?:%s|%s)' % (verb, rng.choice(VERBS), determiner, noun, other),
        '%s %ss? [a-z]+ %s' % (adjective, noun, end),
        '%s %s \\d{1,4} %ss?' % (verb, determiner, noun),
    ))


def phrases(count):
    rng, found = random.Random(7), {}
    while len(found) < count:
        found[phrase(rng)] = True
    return list(found)


class Judge:
    """A configuration with so many phrases."""

    def __init__(self, folder, lines, everything):
        self.count, self.config, self.times, self.loads = len(lines), os.path.join(folder, 'postern.conf'), [], []
        self.kib = 0
        os.makedirs(os.path.join(folder, 'site', 'lists'))
        os.makedirs(os.path.join(folder, 'site', 'rules.d'))
        with open(os.path.join(folder, 'site', 'lists', 'phrases.tsv'), 'w', encoding='utf-8') as out:
            out.writelines('%s\t5\tSay it otherwise.\n' % line for line in lines)
        with open(os.path.join(folder, 'site', 'rules.d', 'phrases.conf'), 'w', encoding='utf-8') as out:
            out.write(RULE)
        text = subprocess.check_output([os.path.join(SOURCE, 'tests', 'built-config'), folder], text=True)
        if not everything:
            text = text.replace('"%s/rules"' % SOURCE, '"%s"' % only_phrases(os.path.join(folder, 'rules')))
        with open(self.config, 'w', encoding='utf-8') as out:
            out.write(text)

    def run(self, message, messages):
        process = subprocess.Popen(['tests/bench/judge', self.config, str(messages), message], stdout=subprocess.PIPE, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        found = re.search(r': (\w+), ([\d.]+) us', output)
        if process.returncode != 0 or found is None or found.group(1) != 'pass':
            raise RuntimeError('judge: %r' % output)
        self.loads.append(float(re.search(r'loading: ([\d.]+) ms', output).group(1)))
        self.times.append(float(found.group(2)))
        self.kib = max(self.kib, usage.ru_maxrss)


def only_phrases(folder):
    """The shipped rules less all others: marketplaces stay."""
    shutil.copytree(os.path.join(SOURCE, 'rules'), folder)
    for name in ('outbound', 'inbound'):
        for rule in os.listdir(os.path.join(folder, name)):
            if rule != 'phrases.conf':
                os.unlink(os.path.join(folder, name, rule))
    return folder


def main(argv):
    rounds, messages = (int(word) for word in (argv[1:3] + ['9', '2000'][len(argv[1:3]):]))
    folder = tempfile.mkdtemp(prefix='postern-bench-')
    lines = phrases(COUNTS[-1])
    try:
        judges = [Judge(os.path.join(folder, str(count)), lines[:count], 'all' in argv) for count in COUNTS]
        message = os.path.join(HERE, 'messages', 'out', 'plain.eml')
        for number in range(rounds):
            for judge in judges if number % 2 else reversed(judges):
                judge.run(message, messages)
        ratios = [statistics.median(a / b for a, b in zip(judge.times, judges[0].times)) for judge in judges]
        for judge, ratio in zip(judges, ratios):
            print('bench: %5d phrases: %7.1f us a message (%.1f to %.1f), ratio %.2f; loading %.0f ms, memory %d KiB' % (
                judge.count, statistics.median(judge.times), min(judge.times), max(judge.times), ratio,
                statistics.median(judge.loads), judge.kib))
    finally:
        shutil.rmtree(folder)
    return 0 if ratios[-1] <= GOAL else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv))
