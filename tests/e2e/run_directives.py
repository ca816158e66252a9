#!/usr/bin/env python3
"""Runs directive files: what a user types, and what tether must say to it.

usage: run_directives.py [--only REGEX] -D NAME=VALUE... FILE.test...

    # a comment
    NAME          an unknown call is answered with the nearest known one
    REQUIRES      a shell command; if it fails the test is skipped
    RUN           a line of sh; several make a script, which runs in an empty directory with its own process group
    EXPECT        a line of the standard output
    EXPECT_REGEX  the same, to be found in a line
    REFUTE_REGEX  to be found in no line of the standard output
    STDERR, STDERR_REGEX, STDERR_REFUTE   the same for the standard error
    EXIT          the script's exit status, or the signal that it dies of (SIGTERM); 0 if absent

{{NAME}} is replaced by the value of -D. A RUN line that begins with `exec` gives its program the script's place, so that EXIT sees its
death. Exits with 1 if a test failed, with 77 if all were skipped.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

PATIENCE_SECONDS = 30
DIRECTIVES = {"RUN", "REQUIRES", "EXIT", "EXPECT", "EXPECT_REGEX", "REFUTE_REGEX", "STDERR", "STDERR_REGEX", "STDERR_REFUTE"}


@dataclass
class Test:
    name: str
    where: str
    directives: list = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        return [text for directive, text in self.directives if directive == kind]


def parse(path: pathlib.Path, values: dict) -> list[Test]:
    tests = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        kind, _, text = line.partition(" ")
        text = re.sub(r"\{\{(\w+)\}\}", lambda m: values[m.group(1)], text.strip())
        if kind == "NAME":
            tests.append(Test(text, where))
        elif kind not in DIRECTIVES or not tests:
            sys.exit(f"{where}: no directive '{kind}'")
        else:
            tests[-1].directives.append((kind, text))
    return tests


def status_name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else str(code)


def stream_problems(test: Test, what: str, text: str, line: str, found: str, refuted: str) -> list[str]:
    lines = text.splitlines()
    problems = [f"{what} lacks the line: {wanted}" for wanted in test.of(line) if wanted not in lines]
    problems += [f"{what} has no line like: {wanted}" for wanted in test.of(found) if not any(re.search(wanted, l) for l in lines)]
    problems += [f"{what} has a line like: {wanted}" for wanted in test.of(refuted) if any(re.search(wanted, l) for l in lines)]
    return problems


def run(test: Test) -> list[str]:
    script = "\n".join(test.of("RUN"))
    wanted = (test.of("EXIT") or ["0"])[-1]
    with tempfile.TemporaryDirectory(prefix="tether-e2e-") as folder:
        with open(f"{folder}/.out", "w+") as out, open(f"{folder}/.err", "w+") as err:
            process = subprocess.Popen(["sh", "-c", script], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
            try:
                status = status_name(process.wait(PATIENCE_SECONDS))
            except subprocess.TimeoutExpired:
                status = f"nothing within {PATIENCE_SECONDS} seconds"
            try:
                os.killpg(process.pid, signal.SIGKILL)  # whatever the script has left behind
            except ProcessLookupError:
                pass
            process.wait()
            out.seek(0), err.seek(0)
            stdout, stderr = out.buffer.read().decode(errors="replace"), err.buffer.read().decode(errors="replace")
    problems = [] if status == wanted else [f"exit status is {status}, not {wanted}"]
    problems += stream_problems(test, "standard output", stdout, "EXPECT", "EXPECT_REGEX", "REFUTE_REGEX")
    problems += stream_problems(test, "standard error", stderr, "STDERR", "STDERR_REGEX", "STDERR_REFUTE")
    if problems:
        problems += [f"  stdout: {line}" for line in stdout.splitlines()[:40]]
        problems += [f"  stderr: {line}" for line in stderr.splitlines()[:40]]
    return problems


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("-D", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--only", default="")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    values = dict(definition.split("=", 1) for definition in options.D)
    tests = [test for file in options.files for test in parse(file, values) if re.search(options.only, test.name)]
    failed = skipped = 0
    for test in tests:
        missing = [need for need in test.of("REQUIRES") if subprocess.run(["sh", "-c", need], capture_output=True).returncode != 0]
        if missing:
            skipped += 1
            print(f"SKIP {test.where} {test.name}: not here: {missing[0]}")
        elif problems := run(test):
            failed += 1
            print(f"FAIL {test.where} {test.name}", *problems, sep="\n     ")
        else:
            print(f"ok   {test.where} {test.name}")
    print(f"{len(tests)} tests, {failed} failed, {skipped} skipped")
    return 1 if failed else 77 if skipped == len(tests) else 0


if __name__ == "__main__":
    sys.exit(main())
