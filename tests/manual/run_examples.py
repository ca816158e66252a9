#!/usr/bin/env python3
"""Runs the examples of the manual: in each page's EXAMPLES section, what stands between .EX and .EE.

    run_examples.py TETHER PAGE

A line that begins with "$ " is a command of the shell. It is run in an empty directory, with tether in PATH and PID set to a process that sleeps; it
must exit with 0. A line without "$ " behind it is a part of what it must print: "..." stands for anything. Pages without examples are an error.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

PATIENCE = 60.0


def examples_of(page: pathlib.Path) -> list[tuple[str, list[str]]]:
    examples, in_section, in_example = [], False, False
    for line in page.read_text().splitlines():
        if line.startswith(".SH"):
            in_section = line == ".SH EXAMPLES"
        elif in_section and line == ".EX":
            in_example = True
        elif line == ".EE":
            in_example = False
        elif in_section and in_example:
            text = line.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\").replace("\\&", "")
            text = re.sub(r"\\f(\(..|.)", "", text)
            if text.startswith("$ "):
                examples.append((text[2:], []))
            elif examples:
                examples[-1][1].append(text)
    return examples


def lacks(printed: str, expected: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.search(pattern, printed) is None


def await_sleep(pid: int) -> None:
    """Until it sleeps for the sake of sleeping: it is loaded by then. Where /proc does not tell, a second must do."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        if "nanosleep" in pathlib.Path(f"/proc/{pid}/wchan").read_text():
            return
        time.sleep(0.005)


def main() -> int:
    tether, page = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    examples, problems = examples_of(page), []
    if not examples:
        problems.append("has no examples")
    with tempfile.TemporaryDirectory() as directory:
        sleeper = subprocess.Popen(["sh", "-c", "exec sleep 1000 </dev/null"], cwd=directory)
        environment = dict(os.environ, PID=str(sleeper.pid), XDG_STATE_HOME=directory + "/state",
                           PATH=f"{tether.parent}:{os.environ['PATH']}", LC_ALL="C.UTF-8", NO_COLOR="1")
        try:
            await_sleep(sleeper.pid)
            for command, expected in examples:
                run = subprocess.run(["bash", "-c", command], cwd=directory, env=environment, text=True, errors="replace",
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     timeout=PATIENCE)
                if run.returncode != 0:
                    problems.append(f"`{command}` exits with {run.returncode}:\n{run.stdout}")
                problems += [f"`{command}` does not print '{line}' but:\n{run.stdout}" for line in expected
                             if lacks(run.stdout, line)]
            if sleeper.poll() is not None:
                problems.append("the process that the examples worked on has ended")
        finally:
            sleeper.kill()
            sleeper.wait()
    for problem in problems:
        print(f"{page.name}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
