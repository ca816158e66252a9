"""Reads a trace as tether writes it to a file (strace's text, a pid before every line) into calls, signals and the story of each task.

A story that does not hold together (a call resumed that was never begun, a task without an end) is a flaw; Trace.flaws has them all.
"""

import re
from dataclasses import dataclass, field

LINE = re.compile(r"(?:(\d+) +)?(?:\[ *(\d+|\?)\] )?(.*)")  # the pid unless only one task is traced; the call's number with -n
CALL = re.compile(r"(\w+)\((.*)")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
RESULT = re.compile(r"(.*)\) += (\?|-?\d+|0x[0-9a-f]+)(?: (E\w+)| \((Timeout)\))?.*")
OCTAL = re.compile(r"0[0-7]+")  # umask
SIGNAL = re.compile(r"--- (SIG\w+) (\{.*\}) ---")
STOPPED = re.compile(r"--- stopped by (SIG\w+) ---")
ENDED = re.compile(r"\+\+\+ (exited with (\d+)|killed by (\w+)( \(core dumped\))?) \+\+\+")
SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d+) \+\+\+")
BIRTHS = {"clone", "clone3", "fork", "vfork"}
HIDING = {"CLONE_UNTRACED", "CLONE_NEWPID"}  # its tracer does not get the child, unless with CLONE_PTRACE; its parent knows it by another id


@dataclass
class Call:
    tid: int
    name: str
    arguments: str
    number: int = None  # with -n
    result: int = None  # None: it did not return, or is to be restarted
    error: str = None   # EAGAIN, ERESTARTSYS, …


@dataclass
class Trace:
    calls: list = field(default_factory=list)
    signals: list = field(default_factory=list)  # (tid, name, siginfo)
    stops: list = field(default_factory=list)    # (tid, signal's name)
    ends: list = field(default_factory=list)     # (tid, "exited" or "killed", status or signal)
    superseded: list = field(default_factory=list)
    flaws: list = field(default_factory=list)

    def between(self, begin, end):
        """The calls behind the one that has `begin` in its arguments, up to and with the one that has `end`."""
        marks = [next(n for n, c in enumerate(self.calls, 1) if mark in c.arguments) for mark in (begin, end)]
        return Trace(calls=self.calls[slice(*marks)])

    def named(self, *names, ok=False):
        return [c for c in self.calls if c.name in names and not (ok and (c.result is None or c.error))]

    def count(self, *names, matching=""):
        """How many calls of these names succeeded, those with `matching` among their arguments."""
        return sum(matching in c.arguments for c in self.named(*names, ok=True))

    def transferred(self, *names, matching=""):
        """The sum of results: bytes, where the result is a length."""
        return sum(c.result for c in self.named(*names, ok=True) if matching in c.arguments)

    def executed(self, program):
        """How often a program of this name was executed."""
        return sum(re.match(rf'"(?:[^"]*/)?{re.escape(program)}"', c.arguments) is not None for c in self.named("execve", ok=True))

    def children(self):
        return self.count(*BIRTHS)

    def threads(self):
        return self.count(*BIRTHS, matching="CLONE_THREAD")

    def received(self, signal):
        return sum(name == signal for _, name, _ in self.signals)

    def ended(self, kind, what):
        return sum((k, w) == (kind, what) for _, k, w in self.ends)


class Reader:
    def __init__(self):
        self.trace = Trace()
        self.first = None    # the task of the first line
        self.open = {}       # tid: its call that has not returned
        self.living = set()
        self.gone = set()    # threads whose execve gave them their leader's id
        self.born = {}       # tid that a parent was told of: the call that made it

    def flaw(self, number, what):
        self.trace.flaws.append(f"line {number}: {what}")

    def line(self, number, text):
        tid, syscall, rest = LINE.fullmatch(text).groups()
        tid = int(tid or 0)
        self.first = tid if self.first is None else self.first
        self.living.add(tid)
        if matched := RESUMED.match(rest):
            return self.resumed(number, tid, *matched.groups())
        if matched := ENDED.fullmatch(rest):
            return self.ended(tid, matched)
        if matched := SUPERSEDED.fullmatch(rest):
            return self.superseded(tid, int(matched[1]))
        waiting = self.open.get(tid)
        if matched := SIGNAL.fullmatch(rest):
            self.trace.signals.append((tid, *matched.groups()))
        elif matched := STOPPED.fullmatch(rest):
            self.trace.stops.append((tid, matched[1]))
        elif matched := CALL.match(rest):
            self.begun(number, Call(tid, matched[1], matched[2], int(syscall) if syscall else None))
        else:
            self.flaw(number, f"is none of a trace's: {rest[:100]}")
        if waiting:
            self.flaw(number, f"task {tid} goes on although its {waiting.name} was not resumed")

    def begun(self, number, call):
        self.trace.calls.append(call)
        if call.arguments.endswith("<unfinished ...>"):
            call.arguments = call.arguments.removesuffix("<unfinished ...>").rstrip()
            self.open[call.tid] = call
        else:
            self.returned(number, call, call.arguments)

    def resumed(self, number, tid, name, rest):
        call = self.open.pop(tid, None)
        if call is None or call.name != name:
            return self.flaw(number, f"task {tid} resumes {name}, but was in {call.name if call else 'none'}")
        self.returned(number, call, call.arguments + rest)

    def returned(self, number, call, text):
        if text.endswith("<detached ...>"):
            return
        matched = RESULT.fullmatch(text)
        if not matched:
            return self.flaw(number, f"{call.name} has no result: {text[-100:]}")
        call.arguments, result, call.error = matched[1], matched[2], matched[3] or matched[4]
        call.result = None if result == "?" else int(result, 8 if OCTAL.fullmatch(result) else 0)
        if call.name in BIRTHS and call.result and not call.error:
            self.born[call.result] = call

    def ended(self, tid, matched):
        self.living.discard(tid)
        self.open.pop(tid, None)
        self.trace.ends.append((tid, "killed", matched[3]) if matched[3] else (tid, "exited", int(matched[2])))

    def superseded(self, tid, by):
        """The task `by` goes on, with its call, under its leader's id."""
        self.trace.superseded.append(tid)
        self.open.pop(tid, None)
        self.living.discard(by)
        self.gone.add(by)
        if by in self.open:
            self.open[tid] = self.open.pop(by)
            self.open[tid].tid = tid

    def finish(self, whole):
        if not whole:
            return
        seen = {tid for tid, _, _ in self.trace.ends} | self.living | self.gone
        missing = [tid for tid, call in self.born.items() if tid not in seen and not any(flag in call.arguments for flag in HIDING)]
        self.trace.flaws += [f"task {tid} was made but has no story" for tid in missing]
        self.trace.flaws += [f"task {tid} has no end" for tid in self.living]
        strangers = seen - self.born.keys() - {self.first}
        # A call that its task did not live to see the end of (an execve or a SIGKILL came) may have made one.
        unanswered = [c for c in self.trace.calls if c.name in BIRTHS and c.result is None and c.error is None]
        if len(strangers) > len(unanswered):
            self.trace.flaws.append(f"tasks come from nowhere: {sorted(strangers)}")


def read_trace(path, whole):
    """`whole`: of a command that was launched, all its children followed; so every task is told of from its birth to its end."""
    reader = Reader()
    with open(path, errors="surrogateescape") as file:
        for number, text in enumerate(file, 1):
            reader.line(number, text.rstrip("\n"))
    reader.finish(whole)
    return reader.trace
