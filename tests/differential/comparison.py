"""Compares two traces in normal form, line by line, and explains differences by accepted.toml."""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path


class Accepted:
    """A reviewed difference: what `strace` matches there and `tether` here say the same, or one side alone has such a line."""

    def __init__(self, entry: dict):
        self.reason = entry["reason"]
        self.strace = re.compile(entry["strace"]) if "strace" in entry else None
        self.tether = re.compile(entry["tether"]) if "tether" in entry else None
        self.uses = 0

    def levels(self, theirs: str, ours: str) -> tuple[str, str]:
        """Both lines with what this entry is about taken out, if both have it."""
        if self.strace and self.tether and self.strace.search(theirs) and self.tether.search(ours):
            return self.strace.sub("…", theirs), self.tether.sub("…", ours)
        return theirs, ours

    def is_alone(self, theirs: str | None, ours: str | None) -> bool:
        if theirs is None:
            return self.strace is None and bool(self.tether.fullmatch(ours))
        return self.tether is None and bool(self.strace.fullmatch(theirs))


def read_accepted(path: Path) -> list[Accepted]:
    return [Accepted(entry) for entry in tomllib.loads(path.read_text())["difference"]]


@dataclass
class Comparison:
    lines: int = 0
    equal: int = 0
    differences: list[tuple[str | None, str | None]] = field(default_factory=list)  # (strace's, tether's)

    @property
    def percent(self) -> float:
        return 100.0 * self.equal / self.lines if self.lines else 0.0


def word(line: str) -> str:
    """What a line is about: the call's name, or the whole of a line about a signal or an exit."""
    return line.partition("(")[0]


def pair_up(theirs: list[str], ours: list[str]):
    """Lines of both sides that stand at the same place and are about the same call, or None where one side has no such line."""
    matcher = SequenceMatcher(None, [word(line) for line in theirs], [word(line) for line in ours], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(theirs[a:b], ours[c:d])
        else:
            yield from ((line, None) for line in theirs[a:b])
            yield from ((None, line) for line in ours[c:d])


def compare(theirs: dict[str, list[str]], ours: dict[str, list[str]]) -> Comparison:
    result = Comparison()
    for place in sorted(theirs.keys() | ours.keys()):
        a, b = theirs.get(place, []), ours.get(place, [])
        matcher = SequenceMatcher(None, a, b, autojunk=False)
        result.lines += max(len(a), len(b))
        for kind, i, j, k, m in matcher.get_opcodes():
            if kind == "equal":
                result.equal += j - i
            else:
                result.differences += pair_up(a[i:j], b[k:m])
    return result


def explain(differences: list[tuple[str | None, str | None]], accepted: list[Accepted]) -> tuple[Counter, list]:
    """How many differences each reason explains, and those that no reason does."""
    reasons: Counter = Counter()
    unexplained = []
    for theirs, ours in differences:
        used = []
        if theirs is None or ours is None:
            used = [entry for entry in accepted if entry.is_alone(theirs, ours)][:1]
        else:
            a, b = theirs, ours
            for entry in accepted:
                levelled = entry.levels(a, b)
                if levelled != (a, b):
                    (a, b), used = levelled, used + [entry]
            if a != b:
                used = []
        if not used:
            unexplained.append((theirs, ours))
        for entry in used:
            entry.uses += 1
            reasons[entry.reason] += 1
    return reasons, unexplained
