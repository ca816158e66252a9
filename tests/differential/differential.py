#!/usr/bin/env python3
"""Runs each program of corpus.py under strace and under tether and compares the two traces.

Fails if fewer than 97 of 100 lines of a program are equal, or if a difference is not in accepted.toml. A program whose traces
differ is run again, for schedulers differ too: what counts is a difference that comes back each time.
"""

import argparse
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from comparison import Comparison, compare, explain, read_accepted
from corpus import FIXTURE, PROGRAMS, Program
from trace_file import read_processes

HERE = Path(__file__).parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
NAMES = {f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ATTEMPTS = 5
LEAST_PERCENT = 97.0


class Answer(http.server.BaseHTTPRequestHandler):
    """Always the same answer, without a date."""

    def do_GET(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nanswer")

    def log_message(self, *_):
        pass


def run_traced(tracer: list[str], program: Program, place: Path, names: dict) -> dict[str, list[str]]:
    shutil.rmtree(place, ignore_errors=True)
    work = place / "work"
    work.mkdir(parents=True)
    environment = {"PATH": PATH, "HOME": str(work), "LC_ALL": "C", "TZ": "UTC0", "TMPDIR": str(place), **NAMES}
    subprocess.run(["sh", "-e", "-c", FIXTURE + program.prepare], cwd=work, env=environment, check=True)
    argv = [word.format(**names) for word in program.argv]
    trace = place / "trace"
    subprocess.run([*program.within, *tracer, "-f", *program.options, "-o", str(trace), *argv], cwd=work, env=environment, timeout=60,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return read_processes(trace.read_text(errors="surrogateescape"))


def best_comparison(program: Program, tracers: list[list[str]], place: Path, names: dict, accepted: list) -> Comparison:
    """Of all pairs of runs, one by each tracer, the comparison with the fewest unexplained differences. Where runs of one tracer differ
    among themselves (a loop that waits goes round once more), a pair that took the same turns is soon found."""
    strace_runs, tether_runs, best = [], [], None
    for _ in range(ATTEMPTS):
        theirs, ours = (run_traced(tracer, program, place, names) for tracer in tracers)
        pairs = [(theirs, other) for other in [*tether_runs, ours]] + [(other, ours) for other in strace_runs]
        strace_runs.append(theirs)
        tether_runs.append(ours)
        for pair in pairs:
            result = compare(*pair)
            unexplained = len(explain(result.differences, accepted)[1])
            if best is None or (unexplained, -result.equal) < best[:2]:
                best = (unexplained, -result.equal, result)
        if best[0] == 0 and best[2].percent >= LEAST_PERCENT:
            break
    return best[2]


def reason_not_to_run(program: Program, names: dict) -> str:
    if shutil.which(program.argv[0].format(**names), path=PATH) is None:
        return f"there is no {program.argv[0]}"
    if program.needs:
        trial = subprocess.run([*program.needs, "true"], env={"PATH": PATH}, capture_output=True, text=True)
        if trial.returncode != 0:
            return trial.stderr.strip()
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tether", required=True)
    parser.add_argument("--tracees", required=True, help="the directory of the built tests/tracees")
    parser.add_argument("--group", help="only the programs of this group")
    parser.add_argument("--only", help="only the program of this name")
    arguments = parser.parse_args()
    strace = shutil.which("strace")
    if strace is None:
        print("skipped: there is no strace to compare with")
        return 77
    tracers = [[strace], [os.path.abspath(arguments.tether), "strace"]]
    accepted = read_accepted(HERE / "accepted.toml")
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = {"tracees": os.path.abspath(arguments.tracees), "port": server.server_port}
    programs = [p for p in PROGRAMS if arguments.group in (None, p.group) and arguments.only in (None, p.name)]
    hindrances = {p.name: reason_not_to_run(p, names) for p in programs}
    for name, reason in hindrances.items():
        if reason:
            print(f"skipped {name}: {reason}", file=sys.stderr)
    programs = [p for p in programs if not hindrances[p.name]]

    rows, failures, all_reasons = [], [], Counter()
    with tempfile.TemporaryDirectory(prefix="tether-differential-") as place:
        for program in programs:
            result = best_comparison(program, tracers, Path(place), names, accepted)
            reasons, unexplained = explain(result.differences, accepted)
            all_reasons += reasons
            rows.append((program.name, result))
            failures += [f"{program.name}:\n  strace: {theirs}\n  tether: {ours}" for theirs, ours in unexplained]
            if result.percent < LEAST_PERCENT:
                failures.append(f"{program.name}: only {result.percent:.1f} % of {result.lines} lines are equal")
    if arguments.group is None and arguments.only is None:
        failures += [f"accepted.toml: nothing differs so any more: {entry.reason}" for entry in accepted if entry.uses == 0 and not entry.may_be_unused]

    print("| program | lines | equal | % |\n|---|---:|---:|---:|")
    for name, result in rows:
        print(f"| `{name}` | {result.lines} | {result.equal} | {result.percent:.1f} |")
    print("\nThe differences, by reason:\n")
    for reason, count in all_reasons.most_common():
        print(f"- {count} × {reason}")
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
