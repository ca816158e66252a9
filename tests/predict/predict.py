#!/usr/bin/env python3
"""Compares the trace of a self-predicting tracee (tests/tracees/predict/predict.h) with what it predicted.

    predict.py --tracer "build/tether strace" TRACEE     the tracer that is to be tested
    predict.py --oracle TRACEE                           strace 6.1 itself: are the predictions right?

A prediction that is preceded by a line "# why" is one that strace 6.1 prints otherwise; with --oracle it is not compared. Exits with 0
if all is equal, with 1 and the differences if not, with 77 (a skip) if there is no strace 6.1 to ask."""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

SKIPPED = 77


def find_oracle():
    try:
        version = subprocess.run(["strace", "-V"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return None, "strace is not installed"
    if " 6.1" not in version.splitlines()[0]:
        return None, f"the predictions' exceptions are written for strace 6.1, this is {version.splitlines()[0]}"
    return ["strace"], None


def run(tracer, tracee):
    """What the tracee predicted, and the lines between its markers."""
    with tempfile.TemporaryDirectory(prefix="predict-") as directory:
        trace = os.path.join(directory, "trace")
        command = [*tracer, "-v", "-o", trace, os.path.abspath(tracee)]
        done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            sys.exit(f"{shlex.join(command)} ended with {done.returncode}\n{done.stdout[-500:]}{done.stderr[-500:]}")
        with open(trace, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    begin = next(i for i, line in enumerate(lines) if line.startswith('chdir("/predict/begin"'))
    end = next(i for i, line in enumerate(lines) if line.startswith('chdir("/predict/end"'))
    return done.stdout.split("\n")[:-1], lines[begin + 1 : end]


def compare(predicted, traced, is_oracle):
    differences = []
    exempt = False
    position = 0
    for line in predicted:
        if line.startswith("# "):
            exempt = is_oracle
            continue
        found = traced[position] if position < len(traced) else "(nothing)"
        position += 1
        if found != line and not exempt:
            differences.append(f"predicted: {line}\n   traced: {found}")
        exempt = False
    differences += [f"not predicted: {line}" for line in traced[position:]]
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracer", help="the command to test, without options")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("tracee")
    arguments = parser.parse_args()
    tracer, reason = find_oracle() if arguments.oracle else (shlex.split(arguments.tracer), None)
    if tracer is None:
        print(f"skipped: {reason}")
        return SKIPPED
    predicted, traced = run(tracer, arguments.tracee)
    if not predicted:
        sys.exit("the tracee predicted nothing")
    differences = compare(predicted, traced, arguments.oracle)
    print("\n".join(differences) or f"{len(traced)} lines as predicted")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
