#!/usr/bin/env python3
"""Kills tether with SIGKILL at random moments while it changes processes that check themselves; its guardian must leave them as they were.

    tests/control/kills.py --tether build/test/tether --tracees build/test/tests/tracees/bin [--rounds 300] [--seed 42] [--only VERB] [--guardian]

Each verb is run again and again with --until-exit on a subject in some state, and killed after a random time. Afterwards the guardian must be gone, the
journal must have nothing left to undo, the subject's mappings, descriptors, masks, limits and umask must be as before, and in the end the subject's own
checks must pass. With --guardian that is killed, too, and a second tether takes back what it can: changes may be left, some half made (a umask that was read
by setting another), but the subject's checks must pass all the same. Prints a line per pair of verb and subject; exit status 1 if there was harm.
"""
import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 20.0

SUBJECTS = {
    "blocked": ["eintr_timing", "restarted"],
    "computing": ["registers_kept"],
    "reading": ["pipe_checksum"],
    "signalled": ["signal_storm"],
    "blocked32": ["eintr_timing.32", "restarted"],
    "computing32": ["registers_kept.32"],
}

# What is run: words, PID standing for the subject's. All of it must be taken back when tether ends.
VERBS = {
    "set": ["set", "--until-exit", "PID", "umask=01", "cwd=/", "nice=1", "rlimit.core=0"],
    "regs": ["regs", "--until-exit", "PID", "dr0=0x1000"],
    "sig mask": ["sig", "mask", "--until-exit", "PID", "+SIGHUP"],
    "sig drop": ["sig", "drop", "PID", "SIGHUP"],
    "fd dup": ["fd", "dup", "--until-exit", "PID", "1", "70"],
    "fd redirect": ["fd", "redirect", "--until-exit", "PID", "2", "/dev/null"],
    "fd tee": ["fd", "tee", "PID", "1", "/dev/null"],
    "mem map": ["mem", "map", "--until-exit", "PID", "64k"],
    "patch": ["patch", "--until-exit", "PID", "libc:getppid", "mov eax, 7; ret"],
    "break": ["break", "PID", "libc:getppid"],
    "step": ["step", "PID", "--count", "100000000", "-q"],
    "call": ["call", "PID", "getppid()"],
    "call libc": ["call", "PID", "libc:getppid()"],
    "load": ["load", "--until-exit", "PID", "LIBRARY"],
}


def read_descriptors(directory: Path) -> dict:
    """Where each leads; one that the process closes just now is not there, nor is a look that it takes at its own threads."""
    found = {}
    for entry in directory.iterdir():
        try:
            link = os.readlink(entry)
            if not link.startswith("/proc/"):
                found[entry.name] = link
        except FileNotFoundError:
            pass
    return found


def read_state(pid: int) -> dict:
    """What must be the same before and after; parts that change by themselves are left out."""
    root = Path(f"/proc/{pid}")
    maps = [line for line in (root / "maps").read_text().splitlines() if not line.endswith(("[heap]", "[stack]"))]
    descriptors = read_descriptors(root / "fd")
    keys = ("SigIgn", "SigCgt", "TracerPid", "Umask")
    status = [line for line in (root / "status").read_text().splitlines() if line.startswith(keys)]
    return {"maps": maps, "descriptors": descriptors, "status": status, "cwd": os.readlink(root / "cwd"),
            "limits": (root / "limits").read_text(), "nice": os.getpriority(os.PRIO_PROCESS, pid)}


def differences(before: dict, after: dict) -> list[str]:
    return [f"{key}: {before[key]!r} has become {after[key]!r}" for key in before if before[key] != after[key]]


def guardians_of(pid: int) -> list[int]:
    """Processes of tether's that have been told of `pid`, less those that keep what a descriptor was until it is taken back. A guardian's own name is set
    only after the fork, so it is not asked for."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = os.fsdecode((entry / "cmdline").read_bytes()).split("\0") if entry.name.isdigit() else []
            if words and Path(words[0]).name == "tether" and str(pid) in words and (entry / "comm").read_text() != "tether-keeper\n":
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


# What changes a process by system calls alone, from which its threads find back by themselves (tether/control/way_back.h).
WITHOUT_GUARDIAN = ["set", "sig mask", "fd dup", "fd redirect", "mem map", "call"]


def await_that(condition) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


class Torture:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.harms: list[str] = []
        self.said = tempfile.TemporaryFile("w+")  # what tether and its guardians say

    def differences(self, before: dict, after: dict) -> list[str]:
        if self.options.guardian:
            return differences({"status": [line for line in before["status"] if not line.startswith("Umask")]},
                               {"status": [line for line in after["status"] if not line.startswith("Umask")]})
        return differences(before, after)

    def left_to_undo(self, pid: int) -> list[str]:
        text = subprocess.run([self.options.tether, "journal", "--json", str(pid)], capture_output=True, text=True).stdout
        lines = [json.loads(line) for line in text.splitlines()]
        return [line["description"] for line in lines if line["outcome"] in ("begun", "made") and line["is"]["kind"] != "deed"]

    def kill_once(self, words: list[str], pid: int) -> bool:
        """Whether tether was still at it when it was killed."""
        is_32_bit = os.readlink(f"/proc/{pid}/exe").endswith(".32")
        library = str(Path(self.options.tracees).resolve() / ("loadable.32.so" if is_32_bit else "loadable.so"))
        command = [self.options.tether] + [{"PID": str(pid), "LIBRARY": library}.get(word, word) for word in words]
        tether = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.said)
        time.sleep(self.random.expovariate(1 / 0.004))
        was_alive = tether.poll() is None
        for guardian in guardians_of(pid) if self.options.guardian else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(guardian, signal.SIGKILL)
        tether.kill()
        tether.wait()
        return was_alive

    def take_back(self, pid: int) -> None:
        subprocess.run([self.options.tether, "undo", str(pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.said)

    def run_pair(self, verb: str, subject: str) -> None:
        argv = SUBJECTS[subject]
        program = Path(self.options.tracees) / argv[0]
        if not program.exists():
            print(f"{verb:10} {subject:12} left out: {program.name} was not built")
            return
        tracee = subprocess.Popen([program] + argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        harms, killed = [], 0
        try:
            if not tracee.stdout.readline().startswith("ready"):
                raise RuntimeError(f"{argv} does not begin")
            time.sleep(0.1)  # its threads map and open what they need
            before = read_state(tracee.pid)
            for _ in range(self.options.rounds):
                killed += self.kill_once(VERBS[verb], tracee.pid)
                if not await_that(lambda: not guardians_of(tracee.pid)):
                    harms.append("the guardian does not end")
                    break
                if self.options.guardian:
                    self.take_back(tracee.pid)
                if not await_that(lambda: not self.differences(before, read_state(tracee.pid))):
                    harms += self.differences(before, read_state(tracee.pid))
                    self.said.seek(0)
                    harms.append(f"tether said: {self.said.read()[-600:]!r}")
                    break
            if not self.options.guardian and (left := self.left_to_undo(tracee.pid)):
                harms.append(f"left in the journal: {left[:3]}")
            tracee.stdin.close()
            said = tracee.stdout.read()
            if tracee.wait(PATIENCE) != 0 or "ok" not in said and "WRONG" not in said:
                harms.append(f"the subject says {said[-300:]!r} and ends with {tracee.returncode}")
        except (ProcessLookupError, FileNotFoundError, BrokenPipeError, subprocess.TimeoutExpired) as error:
            said = tracee.stdout.read()[-300:] if tracee.poll() is not None else ""
            harms.append(f"{error!r}; the subject: {tracee.poll()} {said!r}")
        finally:
            tracee.kill()
            tracee.wait()
        print(f"{verb:10} {subject:12} {self.options.rounds} rounds, killed at work in {killed}, harm: {harms or 'none'}", flush=True)
        self.harms += harms


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tether", required=True)
    parser.add_argument("--tracees", required=True)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=VERBS)
    parser.add_argument("--guardian", action="store_true", help="kill it, too")
    options = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        torture = Torture(options)
        subjects = [name for name, argv in SUBJECTS.items() if (Path(options.tracees) / argv[0]).exists()]  # those of 32 bits may not be built
        verbs = [options.only] if options.only else WITHOUT_GUARDIAN if options.guardian else VERBS
        for verb in verbs:
            for subject in subjects:
                torture.run_pair(verb, subject)
    return 1 if torture.harms else 0


if __name__ == "__main__":
    sys.exit(main())
