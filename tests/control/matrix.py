#!/usr/bin/env python3
"""Every verb on processes in every state, which check themselves: they must come out as they went in.

    tests/control/matrix.py --tether build/test/tether --tracees build/test/tests/tracees/bin [--build 64 32 64.static 32.static]
                            [--state read …] [--verb 'fd dup' …] [--rounds 1] [--kills 0] [--seed 1] [--share 1/1]

For each state of tests/tracees/in_state.c, in each build of it, each verb is run and taken back: by `tether undo`, or by SIGINT where it lasts until then.
After each, mappings, descriptors (with offsets and flags), masks, dispositions and pending signals, settings, the code, all else that is not written to, the
call in which the process is blocked and its arguments must be as before, and its parent must not have been told of any stop. In the end the process is let
out of its state and says whether what it saw was right (all registers, the result of the call, the time, the signals). If it was not, each verb is tried
by itself to find out which it was. --kills N: each verb that changes something is also killed with SIGKILL at N random moments, with --until-exit, so that its
guardian, and without, so that `tether undo` has to clean up. --share 1/4: each fourth of the states, from the first.

What tether rightly refuses is listed in REFUSALS with its reason; any other refusal counts as harm. Prints a line per row; exit status 1 if there was harm.
"""
import argparse
import hashlib
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from kills import await_that, guardians_of

PATIENCE = 30.0
BUILDS = {"64": "in_state", "32": "in_state.32", "64.static": "in_state.static", "32.static": "in_state.32.static"}


@dataclass
class Verb:
    words: str             # PID, DIR, LIBRARY, FUNCTION, OTHER stand for what there is
    undone: bool = True    # by `tether undo`, if it does not last
    lasts: bool = False    # until SIGINT
    refused: str = ""      # always, with this


VERBS = {
    "regs": Verb("regs --all PID", undone=False),
    "regs xmm": Verb("regs -q PID xmm5.u64[0]=0x1234 mxcsr=0x1fa0"),
    "regs debug": Verb("regs -q PID dr0=0x1000"),
    "regs result": Verb("regs -q PID AX=7", undone=False, refused="is inside"),
    "mem maps": Verb("mem maps PID", undone=False),
    "mem read": Verb("mem read PID spare_word u32", undone=False),
    "mem search": Verb("mem search PID u32:0x13572468", undone=False),
    "mem dump": Verb("mem dump --core PID DIR/core", undone=False),
    "mem write": Verb("mem write -q PID spare_word u32:7"),
    "mem write code": Verb("mem write -q PID spare_function hex:cc"),
    "mem map": Verb("mem map -q PID 64k rw"),
    "mem alloc": Verb("mem alloc -q PID str:text u32:1"),
    "mem protect": Verb("mem protect -q PID PAGES+4k r"),
    "mem unmap": Verb("mem unmap -q PID PAGES+4k"),
    "mem freeze": Verb("mem freeze PID spare_word u32:9", lasts=True),
    "patch": Verb("patch -q PID spare_function 'mov eax, 7; ret'"),
    "patch libc": Verb("patch -q PID FUNCTION 'mov eax, 7; ret'"),
    "fd ls": Verb("fd ls --peers PID", undone=False),
    "fd dup": Verb("fd dup -q PID 2 70"),
    "fd dup over": Verb("fd dup -q PID 0 2"),
    "fd open": Verb("fd open -q PID /dev/null O_RDONLY"),
    "fd close": Verb("fd close -q PID 2"),
    "fd redirect": Verb("fd redirect -q PID 2 /dev/null"),
    "fd seek": Verb("fd seek -q PID 2 3"),
    "fd flags": Verb("fd flags -q PID 2 +O_APPEND +cloexec"),
    "fd send": Verb("fd send -q PID 2 OTHER", undone=False),
    "fd steal": Verb("fd steal PID 2 -- true", undone=False),
    "fd tee": Verb("fd tee PID 2 /dev/null", lasts=True),
    "sig ls": Verb("sig ls --handlers PID", undone=False),
    "sig send": Verb("sig send PID SIGWINCH", undone=False),
    "sig mask": Verb("sig mask -q PID +SIGHUP"),
    "sig drop": Verb("sig drop PID SIGHUP", lasts=True),
    "sig watch": Verb("sig watch PID", lasts=True),
    "call": Verb("call PID getppid()", undone=False),
    "call poll": Verb("call PID 'poll(NULL, 0, 1)'", undone=False),
    "call function": Verb("call PID FUNCTION()", undone=False),
    "load": Verb("load -q PID LIBRARY"),
    "step": Verb("step -q --count 30 PID", lasts=True),
    "break": Verb("break PID spare_function FUNCTION", lasts=True),
    "break hw": Verb("break PID hw:spare_function w:spare_word", lasts=True),
    "trace": Verb("trace -o DIR/trace -p PID", lasts=True),
    "set": Verb("set -q PID umask=01 cwd=/ nice=1 rlimit.core=0 oom_score_adj=500"),
    "set affinity": Verb("set -q PID affinity=CPU"),
    "stack": Verb("stack PID", undone=False),
    "show": Verb("show PID", undone=False),
}

# Which verbs a state may refuse, and what is said then. (states, builds, verbs, message): regular expressions.
REMOTE = r"mem (map|alloc|protect|unmap)|fd (dup.*|open|close|redirect|tee|flags)|sig ls|call.*|load|set|break.*"
REFUSALS = [
    # The parent of a vfork cannot be stopped: nothing can be done in it, nor to its registers.
    ("vfork", ".*", REMOTE + r"|regs.*|sig mask|step|stack|mem dump|mem write code|patch.*", r"sleep|does not stop|can be stopped|could (not )?be held"),
    (".*", ".*", "break hw", "debug registers of this machine stop nothing"),
    ("no-descriptors", ".*", "fd (dup|open|redirect|close|tee)|load", "limit|Too many open files"),
    ("no-memory", ".*", REMOTE + "|mem map", "ENOMEM|Cannot allocate memory"),
    ("own-root", ".*", "fd (open|redirect)|load", "No such file|sees no file"),
    (".*", ".*static", "load", "static"),
    # The sleep that the kernel goes on with cannot be kept through another call that sleeps.
    ("nanosleep|clock_nanosleep|futex-timeout|poll|poll-timeout|stopped-sleep|handler-in-read", ".*", "call poll", "sleeps in a call that the kernel goes on with"),
]


# What is left out, since it would rightly change something: a signal that is blocked waits.
# So does a computation whose registers are written to, and a handler has registers of its own.
LEFT_OUT = [("regs (xmm|result)", "computing|calling|storm.*"), ("sig send", "sigsuspend.*|.*poll.*-(pending|signalled)|ppoll|pselect.*|epoll_pwait|sigtimedwait|signals-pending")]


class Harm(Exception):
    pass


def memory_hash(pid: int, mappings: list[str]) -> str:
    """Of all that the process does not write to."""
    digest = hashlib.sha256()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in mappings:
            span, perms = line.split()[:2]
            if perms[0] != "r" or perms[1] == "w" or line.endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            memory.seek(start)
            digest.update(memory.read(end - start))
    return digest.hexdigest()


def call_of(pid: int) -> str:
    """The call that it is in, its arguments, its stack pointer and where it goes on."""
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    if words[0] == "running":
        return "running"
    return " ".join(words[1:])  # restart_syscall is in place of nanosleep, after it was interrupted


def tasks_state(pid: int) -> list[str]:
    keys = ("State", "TracerPid", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Umask")
    found = []
    for task in sorted(Path(f"/proc/{pid}/task").iterdir()):
        lines = [line for line in (task / "status").read_text().splitlines() if line.startswith(keys)]
        found += [f"{task.name} {line}" for line in lines if not line.startswith(("State:\tS", "State:\tR", "State:\tD"))]
    return found


def descriptors(pid: int) -> list[str]:
    found = []
    for entry in sorted(Path(f"/proc/{pid}/fd").iterdir()):
        info = (Path(f"/proc/{pid}/fdinfo") / entry.name).read_text().splitlines()
        found.append(" ".join([entry.name, os.readlink(entry)] + [line for line in info if line.startswith(("pos", "flags"))]))
    return found


def joined(maps: list[str]) -> list[str]:
    """Pieces of anonymous memory that differ in nothing: the kernel does not put them together again in a process that was forked."""
    found = []
    for line in maps:
        span, rest = line.split(" ", 1)
        last = found[-1].split(" ", 1) if found else ["", ""]
        if last[0].endswith("-" + span.split("-")[0]) and last[1] == rest and rest.split()[3:] == ["0"]:
            found[-1] = f"{last[0].split('-')[0]}-{span.split('-')[1]} {rest}"
        else:
            found.append(line)
    return found


def living_task(pid: int) -> int:
    """By which the kernel shows a process's memory and descriptors: not by a main thread that has ended before the others."""
    tasks = sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())
    return next(task for task in tasks if Path(f"/proc/{task}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z")


def snapshot(process: int, is_still: bool) -> dict:
    pid = living_task(process)
    maps = joined([line for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if not line.endswith(("[stack]", "[heap]"))])
    state = {
        "mappings": maps,
        "memory": memory_hash(pid, maps),
        "descriptors": descriptors(pid),
        "tasks": tasks_state(pid),
        "cwd": os.readlink(f"/proc/{pid}/cwd"),
        "limits": Path(f"/proc/{pid}/limits").read_text(),
        "oom_score_adj": Path(f"/proc/{pid}/oom_score_adj").read_text(),
        "nice": os.getpriority(os.PRIO_PROCESS, pid),
        "affinity": sorted(os.sched_getaffinity(pid)),
    }
    if is_still:
        state["call"] = call_of(pid)
    return state


def differences(before: dict, after: dict) -> list[str]:
    found = []
    for key, old in before.items():
        new = after[key]
        if old != new and isinstance(old, list):
            found.append(f"{key}: {[x for x in old if x not in new]} has become {[x for x in new if x not in old]}")
        elif old != new:
            found.append(f"{key}: {old!r} has become {new!r}")
    return found


class Subject:
    """A process in a state."""

    def __init__(self, program: Path, state: str):
        self.stderr = tempfile.NamedTemporaryFile()  # with a name: it can be opened again when its closing is undone
        self.stderr.write(b"0123456789")
        self.stderr.flush()
        self.process = subprocess.Popen([program, state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, text=True)
        words = self.process.stdout.readline().split()
        self.skip = " ".join(words[1:]) if words[:1] == ["skip"] else ""
        if self.skip:
            return
        if words[:1] != ["ready"]:
            raise Harm(f"does not begin: {words}")
        call, self.pid = int(words[1]), int(words[2])
        self.is_still = call >= 0
        self.settle(call, "SD" if self.is_still else "RS")
        self.tell("s")
        if self.process.stdout.readline() != "stirred\n":
            raise Harm("is not stirred")
        self.settle(call, "T" if "stopped" in state else "SDRT")
        if "stopped" in state:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        # The kernel itself delivers between two starts of a call what only the call's own mask blocks.
        self.may_be_delivered = "-pending" in state and state != "signals-pending"
        self.before = self.snapshot()

    def settle(self, call: int, states: str) -> None:
        """Until it is in the call and in one of these states, with all of its threads but a leader that has gone."""
        def is_there():
            found = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if found == "Z":
                tids = [int(t.name) for t in Path(f"/proc/{self.pid}/task").iterdir() if int(t.name) != self.pid]
                return any(Path(f"/proc/{self.pid}/task/{t}/syscall").read_text().split()[0] == str(call) for t in tids)
            return found in states and (call < 0 or Path(f"/proc/{self.pid}/syscall").read_text().split()[0] == str(call))
        if not await_that(is_there):
            raise Harm(f"does not come to be in call {call}")

    def snapshot(self) -> dict:
        state = snapshot(self.pid, self.is_still)
        if self.may_be_delivered:
            state["tasks"] = [line for line in state["tasks"] if "ShdPnd" not in line]
        return state

    def tell(self, what: str) -> None:
        self.process.stdin.write(what)
        self.process.stdin.flush()

    def harms(self) -> list[str]:
        """What is not as it was, when it has had time to settle."""
        try:
            found = []
            def is_as_before():
                found[:] = differences(self.before, self.snapshot())
                return not found
            end = time.monotonic() + 5
            while not is_as_before() and time.monotonic() < end:
                time.sleep(0.003)
            if os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG | os.WNOWAIT):
                found.append("its parent was told of a stop")
            return found
        except (FileNotFoundError, ProcessLookupError) as error:
            return [f"it is gone: {error}"]

    def finish(self) -> list[str]:
        self.harms()  # it may still be on its way back into the call
        try:
            said, _ = self.process.communicate("r", timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return [f"does not come out of its state: {call_of(self.pid)}"]
        except BrokenPipeError:
            return [f"has ended with {self.process.wait()}"]
        if self.process.returncode != 0 or not said.endswith("ok\n"):
            return [f"says {said[-400:]!r} and ends with {self.process.returncode}"]
        return []

    def close(self) -> None:
        if not self.skip and self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.stderr.close()


class Matrix:
    def __init__(self, options, directory: str):
        self.options = options
        self.directory = directory
        self.random = random.Random(options.seed)
        self.other = subprocess.Popen(["sleep", "100000"])
        self.runs = self.refusals = self.kills = 0

    def spare_pages(self, pid: int, build: str) -> int:
        symbols = subprocess.run(["nm", Path(self.options.tracees) / BUILDS[build]], capture_output=True, text=True, check=True).stdout
        value = int(re.search(r"^([0-9a-f]+) \w spare_pages$", symbols, re.M).group(1), 16)
        task = living_task(pid)
        with open(f"/proc/{task}/exe", "rb") as program:
            is_relocated = program.read(17)[16] == 3  # ET_DYN
        return value + (int(Path(f"/proc/{task}/maps").read_text().split("-")[0], 16) if is_relocated else 0)

    def words(self, verb: Verb, subject: Subject, build: str) -> list[str]:
        bits = "32" if build.startswith("32") else "64"
        function = f"{BUILDS[build]}:getppid" if "static" in build else "libc:getppid"
        values = {"PAGES": hex(self.spare_pages(subject.pid, build) + 4096), "PID": str(subject.pid), "DIR": self.directory, "FUNCTION": function, "OTHER": str(self.other.pid), "AX": {"32": "eax", "64": "rax"}[bits],
                  "CPU": str(min(os.sched_getaffinity(0))), "LIBRARY": str(Path(self.options.tracees).resolve() / {"32": "loadable.32.so", "64": "loadable.so"}[bits])}
        return shlex.split(re.sub(r"\b[A-Z]{2,}\b", lambda m: values.get(m.group(), m.group()), verb.words))

    def tether(self, words: list[str], lasts: bool = False) -> subprocess.CompletedProcess:
        run = subprocess.Popen([self.options.tether] + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if lasts:
            try:
                run.wait(self.random.uniform(0.02, 0.06))
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGINT)
        try:
            out, err = run.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            run.kill()
            raise Harm(f"`tether {' '.join(words)}` hangs")
        return subprocess.CompletedProcess(words, run.returncode, out, err)

    def is_refusal(self, state: str, build: str, name: str, text: str) -> bool:
        always = VERBS[name].refused
        return bool(always and re.search(always, text)) or any(
            re.fullmatch(states, state) and re.fullmatch(builds, build) and re.fullmatch(verbs, name) and re.search(message, text)
            for states, builds, verbs, message in REFUSALS)

    def apply(self, subject: Subject, state: str, build: str, name: str) -> None:
        """Runs a verb and takes it back; raises what harm it does."""
        verb = VERBS[name]
        if any(re.fullmatch(left_out, name) and re.fullmatch(states, state) for left_out, states in LEFT_OUT):
            return
        self.runs += 1
        run = self.tether(self.words(verb, subject, build), verb.lasts)
        said = f"`{' '.join(run.args)}` exits with {run.returncode}: {(run.stderr or run.stdout)[-400:]}"
        refused = run.returncode not in (0, 128 + signal.SIGINT, -signal.SIGINT)  # the last: before it had begun
        if verb.refused and not refused and subject.is_still:
            raise Harm(f"is not refused: {said}")
        if refused:
            if not self.is_refusal(state, build, name, run.stderr):
                raise Harm(said)
            self.refusals += 1
        elif verb.undone and not verb.lasts:
            self.undo(subject, name)
        if harms := subject.harms():
            raise Harm(f"{harms}; {said}")

    def undo(self, subject: Subject, name: str) -> None:
        """Never refused: what could be changed can be taken back."""
        run = self.tether(["undo", str(subject.pid)])
        if run.returncode != 0:
            raise Harm(f"undo of {name}: {run.stderr[-400:]}")

    def kill(self, subject: Subject, state: str, build: str, name: str, by_guardian: bool) -> None:
        verb = VERBS[name]
        words = self.words(verb, subject, build)
        if by_guardian and not verb.lasts:
            at = words.index("-q")
            words[at:at + 1] = ["-q", "--until-exit"]
        said = tempfile.TemporaryFile("w+")
        run = subprocess.Popen([self.options.tether] + words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        time.sleep(self.random.expovariate(1 / 0.005))
        run.kill()
        run.wait()
        self.kills += 1
        if not await_that(lambda: not guardians_of(subject.pid)):
            raise Harm(f"{name}: the guardian does not end")
        if not by_guardian:
            self.undo(subject, name)
        if harms := subject.harms():
            said.seek(0)
            raise Harm(f"{'guardian' if by_guardian else 'undo'} after a kill: {harms}; tether said: {said.read()[-400:]!r}")

    def row(self, state: str, build: str, names: list[str]) -> list[str]:
        subject = Subject(Path(self.options.tracees) / BUILDS[build], state)
        harms = []
        try:
            if subject.skip:
                return [f"skip {subject.skip}"]
            for _ in range(self.options.rounds):
                for name in names:
                    self.apply(subject, state, build, name)
                    for i in range(self.options.kills):
                        if VERBS[name].lasts or VERBS[name].undone:
                            self.kill(subject, state, build, name, by_guardian=VERBS[name].lasts or i % 2 == 0)
        except Harm as harm:
            harms.append(f"{name}: {harm}")
        finally:
            if not subject.skip:
                harms += subject.finish()
            subject.close()
        return harms

    def blame(self, state: str, build: str, names: list[str]) -> list[str]:
        """Which of the verbs it was."""
        harms = self.row(state, build, names)
        if not harms or harms[0].startswith("skip") or len(names) == 1:
            return harms
        return [f"{name}: {found}" for name in names for found in self.row(state, build, [name])] or harms

    def run(self, states: list[str], builds: list[str], names: list[str]) -> bool:
        harmed = False
        for state in states:
            for build in builds:
                chosen = self.random.sample(names, min(self.options.sample or len(names), len(names)))
                begin = time.monotonic()
                harms = self.blame(state, build, chosen)
                is_skipped = bool(harms) and harms[0].startswith("skip")
                print(f"{state:20} {build:9} {len(chosen):3} verbs {time.monotonic() - begin:5.1f} s  " + (harms[0] if is_skipped else f"harm: {harms or 'none'}"), flush=True)
                harmed = harmed or bool(harms) and not is_skipped
        print(f"{self.runs} runs of verbs, {self.refusals} of them refused; {self.kills} kills")
        self.other.kill()
        self.other.wait()
        return harmed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tether", required=True)
    parser.add_argument("--tracees", required=True)
    parser.add_argument("--build", nargs="+", choices=BUILDS, default=list(BUILDS))
    parser.add_argument("--state", nargs="+")
    parser.add_argument("--verb", nargs="+", choices=VERBS, default=list(VERBS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--sample", type=int, help="so many verbs for each row, by lot")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", default="1/1")
    parser.add_argument("--without", nargs="+", default=[], help="states that are left out")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # not ignored, as what a shell starts with & has it
    states = options.state or subprocess.run([Path(options.tracees) / BUILDS["64"], "list"], capture_output=True, text=True, check=True).stdout.split()
    states = [state for state in states if state not in options.without]
    part, parts = (int(x) for x in options.share.split("/"))
    builds = [b for b in options.build if (Path(options.tracees) / BUILDS[b]).exists()]
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = directory
        matrix = Matrix(options, directory)
        return 1 if matrix.run(states[part - 1::parts], builds, options.verb) else 0


if __name__ == "__main__":
    sys.exit(main())
