#!/usr/bin/env python3
"""Attaches, changes, undoes and lets go, again and again, on real programs that are at work; they must stay up and come out as they went in.

    tests/control/cycles.py --tether build/test/tether [--cycles 1000] [--only python3]

Each cycle makes one of the changes below and takes it back by `tether undo`. The program answers a question after each hundred cycles and at the end; its
mappings, descriptors, signal dispositions and settings must then be as before. Prints a line per program; exit status 1 if there was harm.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kills import differences, read_state

PYTHON = """
import sys, threading, time
def work():
    total = 0
    while True:
        total = (total + sum(range(500))) % 1000003
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    print(eval(line), flush=True)
"""
NODE = """
setInterval(() => { let t = 0; for (let i = 0; i < 20000; i++) t = (t + i * i) % 1000003; }, 1);
console.log("ready");
require("readline").createInterface({input: process.stdin}).on("line", line => console.log(eval(line))).on("close", () => process.exit(0));
"""
PROGRAMS = {"python3": ["python3", "-uc", PYTHON], "node": ["node", "-e", NODE]}

CHANGES = [
    ["set", "-q", "PID", "umask=077"],
    ["set", "-q", "PID", "cwd=/tmp", "nice=1"],
    ["fd", "dup", "-q", "PID", "0", "2"],
    ["fd", "redirect", "-q", "PID", "2", "/dev/null"],
]


class Program:
    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.pid = self.process.pid

    def answers(self) -> bool:
        self.process.stdin.write("6*7\n")
        self.process.stdin.flush()
        return self.process.stdout.readline() == "42\n"


def tether_fails(tether: str, words: list[str], pid: int) -> str:
    run = subprocess.run([tether] + [str(pid) if word == "PID" else word for word in words], capture_output=True, text=True)
    return "" if run.returncode == 0 else f"`{' '.join(words)}` exits with {run.returncode}: {run.stderr}"


def torture(tether: str, argv: list[str], cycles: int) -> list[str]:
    program, harms = Program(argv), []
    try:
        for _ in range(3):
            assert program.answers()
        before = read_state(program.pid)
        for cycle in range(cycles):
            change = CHANGES[cycle % len(CHANGES)]
            harm = tether_fails(tether, change, program.pid) or tether_fails(tether, ["undo", "PID"], program.pid)
            if harm or (cycle % 100 == 99 and not program.answers()):
                return [f"cycle {cycle}: {harm or 'no answer'}"]
        if not program.answers():
            harms.append("no answer at the end")
        after = read_state(program.pid)
        # A program at work maps and unmaps memory of its own: only what stands in files is compared.
        for state in (before, after):
            state["maps"] = sorted({line.split()[5] for line in state["maps"] if len(line.split()) > 5})
        harms += differences(before, after)
        program.process.stdin.close()
        if program.process.wait(20) != 0:
            harms.append(f"ended with {program.process.returncode}")
        return harms
    finally:
        program.process.kill()
        program.process.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tether", required=True)
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--only", choices=PROGRAMS)
    options = parser.parse_args()
    found = False
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for name, argv in PROGRAMS.items():
            if options.only not in (None, name):
                continue
            if shutil.which(argv[0]) is None:
                print(f"{name}: left out, it is not installed")
                continue
            harms = torture(options.tether, argv, options.cycles)
            print(f"{name}: {options.cycles} cycles, harm: {harms or 'none'}", flush=True)
            found = found or bool(harms)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
