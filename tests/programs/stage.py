"""Where a program plays untraced and traced, and what the two runs must agree on.

A program is a function that takes a Stage, registered with @program. It ends quietly if all agreed; Stage.compared then says what was compared.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trace import read_trace

SCRIPTS = Path(__file__).resolve().parent / "scripts"
TRACEES = SCRIPTS.parent.parent / "tracees"
PATIENCE = 60.0  # seconds in which whatever must end has ended, also on a loaded machine
GRACE = 2.0      # seconds that an orphan may outlive the command; whatever is stopped or stuck is so for ever
PR_SET_CHILD_SUBREAPER = 36

PROGRAMS = []
Program = namedtuple("Program", "name how needs play")


def program(name, how="launched", needs=()):
    """Registers a program, under its function's name for --only; `needs`: commands without which it cannot play."""

    def register(play):
        PROGRAMS.append(Program(name, how, needs, play))
        return play

    return register


class Disagreement(Exception):
    """The traced run differs from the untraced one, from the trace, or left something behind."""


class Missing(Exception):
    """Something is not installed: the reason for skipping."""


def become_subreaper():
    """Orphans of what we start come to us, so that nothing can be left behind unseen: prctl(2)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def read(path):
    try:
        return Path(path).read_text(errors="surrogateescape")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children_of(pid):
    return [int(child) for task in tasks_of(pid) for child in read(f"/proc/{pid}/task/{task}/children").split()]


def tasks_of(pid):
    try:
        return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(pid):
    """A process and its descendants."""
    return [pid] + [member for child in children_of(pid) for member in family(child)]


def status_of(tid):
    return dict(line.split(":\t", 1) for line in read(f"/proc/{tid}/status").splitlines() if ":\t" in line)


def schedules(pids):
    """What a tracer must not change: affinity, policy and nice value of every task."""
    return {tid: (os.sched_getaffinity(tid), os.sched_getscheduler(tid), os.getpriority(os.PRIO_PROCESS, tid))
            for pid in pids for tid in tasks_of(pid)}


def wait_until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise Disagreement(f"waited in vain until {what}")
        time.sleep(0.005)
    return value


@dataclass
class Run:
    status: int
    output: str
    errors: str
    trace: object = None
    files: dict = None


class Stage:
    def __init__(self, tracer, build, directory, scale):
        self.build, self.scale = build, scale
        self.directory = Path(directory)
        self.work = self.directory / "work"  # the same path for all runs, made anew for each
        self.trace_file = self.directory / "trace.txt"
        self.compared = []
        self.tracer = tracer
        self.follows = True  # children and threads
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C", "TZ": "UTC", "TERM": "dumb"}

    def tracee(self, name):
        path = self.build / "tests/tracees/bin" / name
        if not path.exists():
            raise Missing(f"{name} was not built")
        return str(path)

    def tracing(self):
        """The command's beginning. -n: with the numbers of the calls, by which tracees tell theirs."""
        if self.tracer == "strace":
            command = ["strace", "-n", *["-f"] * self.follows]
        else:
            command = [str(self.build / "tether"), "trace", "-n", *["--no-follow"] * (not self.follows)]
        return [*command, "-o", str(self.trace_file)]

    def traced(self, argv, *options):
        return [*self.tracing(), *options, "--", *argv]

    # ── Agreeing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def agree(self, what, expected, found):
        if expected != found:
            raise Disagreement(f"{what}: expected {expected!r}, found {found!r}")
        self.compared.append(f"{what} ({expected})" if isinstance(expected, int) else what)

    def at_least(self, what, least, found):
        if found < least:
            raise Disagreement(f"{what}: expected at least {least}, found {found}")
        self.compared.append(f"{what} (≥ {least})")

    def agree_with_truth(self, run):
        """What a tracee of ours says of itself: tests/tracees/tracee.h."""
        for line in run.output.splitlines():
            match line.split():
                case ["call", _, number, count]:
                    found = sum(c.number == int(number) and (c.result is not None or c.error is not None) for c in run.trace.calls)
                    self.agree(f"system call {number}", int(count), found)
                case ["signal", number, count]:
                    self.agree(signal.Signals(int(number)).name, int(count), run.trace.received(signal.Signals(int(number)).name))
                case ["tasks", count]:
                    self.agree("tasks", int(count), len(run.trace.ends) + len(run.trace.superseded))
                case ["superseded", count]:
                    self.agree("superseded", int(count), len(run.trace.superseded))
                case ["ended", kind, value, count]:
                    what = int(value) if kind == "exited" else signal.Signals(int(value)).name
                    self.agree(f"{kind} {what}", int(count), run.trace.ended(kind, what))

    # ── Launching ────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, argv, prepare=None, files=()):
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        if prepare:
            prepare(self.work)
        out, err = self.directory / "stdout", self.directory / "stderr"
        with open(out, "wb") as o, open(err, "wb") as e:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=o, stderr=e, cwd=self.work, env=self.environment)
            status = self.end_of(process, argv)
        self.nothing_left()
        return Run(status, read(out), read(err), files={name: (self.work / name).read_bytes() for name in files})

    def launch(self, argv, *, prepare=None, files=(), normalise=str, reference=(), status=0):
        """Runs a command untraced (under `reference`, if given) and traced: both must end with `status`, say the same, and make the same files."""
        plain = self.run([*reference, *argv], prepare, files)
        traced = self.run(self.traced(argv), prepare, files)
        for run in (plain, traced):
            if run.status != status:
                raise Disagreement(f"exit status {run.status} instead of {status}: {run.output[-300:]}{run.errors[-300:]}")
        self.compared.append("exit status")
        self.same_text("stdout", normalise(plain.output), normalise(traced.output))
        self.same_text("stderr", normalise(plain.errors), normalise(traced.errors))
        for name in files:
            self.agree(f"file {name}", plain.files[name], traced.files[name])
        traced.trace = self.read_trace(whole=self.follows)
        return traced

    def read_trace(self, whole=True):
        trace = read_trace(self.trace_file, whole)
        if trace.flaws:
            raise Disagreement(f"{len(trace.flaws)} flaws in the trace: " + "; ".join(trace.flaws[:5]))
        self.compared.append("stories")
        return trace

    def same_text(self, what, plain, traced):
        if plain != traced:
            at = len(os.path.commonprefix([plain, traced]))
            raise Disagreement(f"{what}: from character {at} on untraced {plain[at:at + 300]!r}, traced {traced[at:at + 300]!r}")
        if plain:
            self.compared.append(what)

    def end_of(self, process, argv):
        try:
            return process.wait(PATIENCE * self.scale)
        except subprocess.TimeoutExpired:
            states = {pid: read(f"/proc/{pid}/stat")[:60] for pid in family(process.pid)}
            self.kill_all()
            raise Disagreement(f"did not end: {' '.join(map(str, argv))}: {states}") from None

    # ── Attaching ────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def attached(self, pids, *options):
        """Traces running processes while the block runs, then bids the tracer go. They must be untouched; the trace is then in what the block got."""
        before = schedules(pids)
        with open(self.directory / "tracer", "w+") as said:
            tracer = subprocess.Popen([*self.tracing(), *options, "-p", ",".join(map(str, pids))],
                                      stdin=subprocess.DEVNULL, stderr=said)
            traced = lambda: all(status_of(tid).get("TracerPid", "0") != "0" for pid in pids for tid in tasks_of(pid))
            wait_until(lambda: traced() or tracer.poll() is not None, "all tasks are traced")
            run = Run(None, "", "")
            yield run
            tracer.send_signal(signal.SIGINT)
            run.status, run.errors = self.end_of(tracer, ["tether"]), read(said.name)
        if run.status != (-signal.SIGINT if self.tracer == "strace" else 0):
            raise Disagreement(f"the tracer ended with {run.status}: {run.errors}")
        self.untouched(pids, before)
        run.trace = self.read_trace(whole=False)

    # ── Leaving nothing behind ───────────────────────────────────────────────────────────────────────────────────

    def nothing_left(self):
        """Every process that we started, and their orphans, has ended or is just about to."""
        end = time.monotonic() + GRACE
        while (ended := self.reap()) is not None:
            if ended == 0 and time.monotonic() > end:
                left = [f"{pid} {read(f'/proc/{pid}/comm').strip()} {status_of(pid).get('State')}" for pid in children_of(os.getpid())]
                self.kill_all()
                raise Disagreement(f"left behind: {left}")

    @staticmethod
    def reap():
        try:
            return os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return None

    def kill_all(self):
        while children := children_of(os.getpid()):
            for pid in [member for child in children for member in family(child)]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            while self.reap():
                pass

    def untouched(self, pids, before):
        """After a tracer has left: nobody is traced, stopped or a zombie, and the schedules are as `before`."""
        for pid in pids:
            for tid in tasks_of(pid):
                status = status_of(tid)
                if status.get("TracerPid") != "0" or status.get("State", "?")[0] in "tTZ":
                    raise Disagreement(f"task {tid} was left {status.get('State')}, traced by {status.get('TracerPid')}")
        after = schedules(pids)
        changed = {tid for tid in before.keys() & after.keys() if before[tid] != after[tid]}
        if changed:
            raise Disagreement(f"affinity, policy or nice value of {changed} was changed")
        self.compared.append("left untouched")
