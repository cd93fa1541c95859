"""From possible findings to what would be advised: every way the record may turn out, as a tree.

The tree asks first for the finding that leaves the fewest different plans open; its branches are
the answers. Advice that every leaf gives is settled; the rest names the path that leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product
from math import prod
from typing import Generic, NamedTuple, TypeVar

from service.conditions import Atom, Condition, atoms, holds
from service.decision.model import Advice, Overturn, Path, Premise, Recommendation
from service.evidence import Values
from service.findings import FINDINGS
from service.reading import Key, Known, Pattern, Reader, in_words, joined
from service.text import Worded

Steps = tuple[Advice, ...]
Treatments = frozenset[str]
Given = TypeVar("Given", bound=Hashable)
"""The treatments of a leaf; or of one treatment, whether it is among them."""
_NONE: Treatments = frozenset()


class Leaves(NamedTuple, Generic[Given]):
    """What is given for each way in which some findings may be, the answers to the last of them varying first."""

    findings: tuple[int, ...]
    """Positions of the findings."""
    answers: tuple[int, ...]
    """How many answers each of them has."""
    given: tuple[Given, ...]

    def by_answer(self, n: int) -> list[tuple[Given, ...]]:
        """The treatments for each answer to one of the findings."""
        given, count = self.given, self.answers[n]
        step = prod(self.answers[n + 1 :])
        if step == 1:
            return [given[answer::count] for answer in range(count)]
        starts = range(0, len(given), step * count)
        return [
            tuple(chain.from_iterable([given[start + at : start + at + step] for start in starts]))
            for at in range(0, step * count, step)
        ]

    def without(self, n: int, given: tuple[Given, ...]) -> Leaves[Given]:
        """The leaves of one answer to one of the findings."""
        return Leaves(self.findings[:n] + self.findings[n + 1 :], self.answers[:n] + self.answers[n + 1 :], given)


@dataclass(frozen=True)
class Node:
    """A question, and where each answer leads."""

    finding: str
    branches: tuple[tuple[Values, Tree], ...]


Tree = Node | Hashable
"""A question, or what all answers so far lead to."""
Split = tuple[tuple[Values, ...], ...]
"""The answers to each of the findings that leaves have, as the values that they stand for."""


@dataclass(frozen=True)
class Option:
    """A treatment that some way of completing the record leads to."""

    treatment: str
    advice: tuple[Advice, ...]
    """Each reason for it that some completion gives."""
    paths: tuple[Path, ...]
    """The shortest conditions under which it is advised; none where it is advised whatever is missing."""


@dataclass(frozen=True)
class Decision:
    """What the rules lead to, and the findings that decide between it, the most decisive first."""

    options: tuple[Option, ...]
    questions: tuple[str, ...]
    gains: tuple[tuple[str, float], ...] = ()
    """How many treatments each missing finding would settle, on average over its answers."""

    @property
    def settled(self) -> tuple[str, ...]:
        return tuple(option.treatment for option in self.options if not option.paths)


class Rules:
    """Rules over a few findings, enumerated exactly. ``facts`` are what may be read that is no finding."""

    def __init__(
        self,
        tests: Iterable[Atom],
        advise: Callable[[Callable[[Atom], bool]], Steps],
        facts: Mapping[str, Values] | None = None,
    ) -> None:
        by_finding: dict[str, list[Atom]] = {}
        for test in tests:
            by_finding.setdefault(test.finding, []).append(test)
        self._readers = tuple(Reader(code, tuple(found)) for code, found in by_finding.items())
        self.reads = tuple(by_finding)
        """The findings and facts that the rules read."""
        self._facts = facts or {}
        self._advise = advise
        self._steps = lru_cache(maxsize=65_536)(self._steps_of)
        self._grown = lru_cache(maxsize=4096)(self._grow)
        self._outlined = lru_cache(maxsize=4096)(self._outline)
        self._overturned = lru_cache(maxsize=1024)(self._overturned_by)
        self._recommended = lru_cache(maxsize=4096)(self._recommended_by)
        # What is known differs more than what it leaves open, so trees are met again.
        self._leading_to = lru_cache(maxsize=4096)(self._paths_to)
        self._asking = lru_cache(maxsize=4096)(self._questions_of)

    def decide(self, possible: Mapping[str, Values]) -> Decision:
        """What follows from the possible values of each finding in ``reads``."""
        return self._grown(self._keys(possible.__getitem__))

    def overturns(self, possible: Mapping[str, Values]) -> Mapping[str, tuple[Overturn, ...]]:
        """For each settled treatment, the other answers to one known finding with which it would not be."""
        return self._overturned(self._keys(possible.__getitem__))

    def advised(self, possible: Callable[[str], Values]) -> tuple[Decision, tuple[Recommendation, ...]]:
        """What :meth:`decide` and :meth:`overturns` give as recommendations, of no lesion yet."""
        return self._recommended(self._keys(possible))

    def _keys(self, possible: Callable[[str], Values]) -> tuple[Key, ...]:
        return tuple([reader.key(possible(reader.code)) for reader in self._readers])

    def _recommended_by(self, keys: tuple[Key, ...]) -> tuple[Decision, tuple[Recommendation, ...]]:
        decision = self._grown(keys)
        overturns = self._overturned(keys) if decision.options else {}
        found = []
        for option in decision.options:
            against = overturns.get(option.treatment, ())
            found.append(
                Recommendation(option.treatment, option.advice, None, option.paths, reads=self.reads, overturns=against)
            )
        return decision, tuple(found)

    def _overturned_by(self, keys: tuple[Key, ...]) -> Mapping[str, tuple[Overturn, ...]]:
        settled = self._grown(keys).settled
        found: dict[str, list[Overturn]] = {treatment: [] for treatment in settled}
        for position, (reader, key) in enumerate(zip(self._readers, keys, strict=True)):
            if not settled or not isinstance(key, Known):
                continue
            others: dict[tuple[tuple[str, ...], tuple[str, ...]], set[Hashable]] = {}
            for pattern, values in reader.split(self._domain(reader.code)).items():
                if pattern not in key:
                    other = Known((pattern,))
                    then = self._outlined((*keys[:position], other, *keys[position + 1 :]))
                    others.setdefault(then, set()).update(values)
            for (instead, questions), members in others.items():
                premise = Premise(reader.code, joined(members))
                for treatment in settled:
                    if treatment not in instead:
                        found[treatment].append(Overturn(premise, instead, questions))
        return {treatment: tuple(each) for treatment, each in found.items()}

    def _domain(self, code: str) -> Values:
        """All that a finding or fact may be."""
        return self._facts[code] if code in self._facts else FINDINGS[code].domain.unknown

    def _leaves(self, keys: tuple[Key, ...]) -> tuple[Split, tuple[Steps, ...], Leaves[Treatments]]:
        """The answers that the findings may have; the steps for each way in which they may be, and their treatments.

        Findings of one pattern are left out of the first and the last, for nobody asks about these.
        """
        split = [reader.split_of(key) for reader, key in zip(self._readers, keys, strict=True)]
        found = [self._steps(chosen) for chosen in product(*split)]
        open_ = tuple([n for n, patterns in enumerate(split) if len(patterns) > 1])
        leaves = Leaves(open_, tuple([len(split[n]) for n in open_]), tuple([given for _, given in found]))
        answers = tuple([tuple(split[n].values()) for n in open_])
        return answers, tuple({id(steps): steps for steps, _ in found}.values()), leaves

    def _outline(self, keys: tuple[Key, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is settled, and what is asked for, as :meth:`_grow` finds them."""
        split, every, leaves = self._leaves(keys)
        always = frozenset.intersection(*leaves.given)
        in_order = dict.fromkeys([step.treatment for steps in every for step in steps])
        return tuple([treatment for treatment in in_order if treatment in always]), self._asking(leaves, split)

    def _grow(self, keys: tuple[Key, ...]) -> Decision:
        split, every, leaves = self._leaves(keys)
        advice: dict[str, dict[str, Advice]] = {}
        for steps in every:
            for step in steps:
                advice.setdefault(step.treatment, {}).setdefault(step.reason, step)
        options = []
        for treatment, by_reason in advice.items():
            # By itself, so that what decides about another treatment is no condition of this one.
            given = tuple([treatment in given for given in leaves.given])
            paths = self._leading_to(Leaves(leaves.findings, leaves.answers, given), split)
            options.append(Option(treatment, tuple(by_reason.values()), paths))
        unsettled = _unsettled(leaves.given)
        gains = []
        for n, position in enumerate(leaves.findings) if unsettled else ():
            parts = leaves.by_answer(n)
            gain = unsettled - sum(map(_unsettled, parts)) / len(parts)
            if gain > 0:
                gains.append((self._readers[position].code, gain))
        return Decision(tuple(options), self._asking(leaves, split), tuple(gains))

    def _paths_to(self, leaves: Leaves[bool], split: Split) -> tuple[Path, ...]:
        """The paths to one treatment; none where every way leads to it."""
        return _paths(self._branch(leaves, split)) or ()

    def _questions_of(self, leaves: Leaves[Treatments], split: Split) -> tuple[str, ...]:
        return _questions(self._branch(leaves, split))

    def _steps_of(self, chosen: tuple[Pattern, ...]) -> tuple[Steps, Treatments]:
        truth = {
            test: value
            for reader, pattern in zip(self._readers, chosen, strict=True)
            for test, value in zip(reader.tests, pattern, strict=True)
        }
        steps = tuple([_one(step, Worded(step.reason)) for step in self._advise(truth.__getitem__)])
        return steps, frozenset([step.treatment for step in steps])

    def _branch(self, leaves: Leaves[Given], split: Split) -> Tree:
        if len(set(leaves.given)) == 1:
            return leaves.given[0]
        by_finding = [leaves.by_answer(n) for n in range(len(leaves.findings))]
        plans = [[set(part) for part in parts] for parts in by_finding]
        n = min(range(len(plans)), key=[*map(_left_open, plans)].__getitem__)
        position = leaves.findings[n]
        merged: dict[Tree, set[Hashable]] = {}
        rest = split[:n] + split[n + 1 :]
        for answers, part, given in zip(split[n], by_finding[n], plans[n], strict=True):
            subtree = part[0] if len(given) == 1 else self._branch(leaves.without(n, part), rest)
            merged.setdefault(subtree, set()).update(answers)
        branches = [(joined(answers), subtree) for subtree, answers in merged.items()]
        if len(branches) == 1:
            return branches[0][1]
        return Node(self._readers[position].code, tuple(sorted(branches, key=_by_words)))


def when(condition: Condition, steps: Steps, facts: Mapping[str, Values] | None = None) -> Rules:
    """Rules of one line: the steps where the condition holds, and none elsewhere."""
    tests = dict.fromkeys(atoms(condition))
    return Rules(tests, lambda truth: steps if holds(condition, truth) else (), facts)


@lru_cache(maxsize=4096)
def _one(advice: Advice, _: Worded) -> Advice:
    """One advice of those that say the same in every language, so that what is said of it is soon found."""
    return advice


def _unsettled(given: tuple[Treatments, ...]) -> int:
    """Treatments that some leaves give and some do not."""
    every = set(given)
    return len(_NONE.union(*every) - frozenset.intersection(*every)) if len(every) > 1 else 0


def _by_words(branch: tuple[Values, Tree]) -> list[str]:
    return in_words(branch[0])


def _left_open(by_answer: list[set[Given]]) -> float:
    """Different plans that remain after an answer, on average."""
    return sum(map(len, by_answer)) / len(by_answer)


def _paths(tree: Tree) -> tuple[Path, ...] | None:
    """The paths to leaves with a step: empty where all have one, None where none has."""
    if not isinstance(tree, Node):
        return () if tree is True else None
    found = [(answers, _paths(subtree)) for answers, subtree in tree.branches]
    whole = frozenset[Hashable]().union(*(answers for answers, paths in found if paths == ()))
    direct: list[Path] = [(Premise(tree.finding, joined(set(whole))),)] if whole else []
    deeper = [(Premise(tree.finding, answers), *path) for answers, paths in found if paths for path in paths]
    return (*direct, *deeper) or None


def _questions(tree: Tree) -> tuple[str, ...]:
    """The findings that the tree asks for, level by level."""
    level: list[Tree] = [tree]
    asked: dict[str, None] = {}
    while level:
        asked.update(dict.fromkeys(node.finding for node in level if isinstance(node, Node)))
        level = [subtree for node in level if isinstance(node, Node) for _, subtree in node.branches]
    return tuple(asked)
