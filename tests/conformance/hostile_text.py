#!/usr/bin/env python3
"""Runs the whole program on hostile tracees: it must neither crash nor hang, leave their exit status as it is, and print nothing raw.

    hostile_text.py TETHER TRACEES-DIRECTORY
"""

import errno
import os
import re
import subprocess
import sys
import tempfile

TRACEES = [["hostile_pointers"], ["hostile_strings"], ["many_fds", "100000"], ["deep_argv"], ["wild_numbers"]]
OPTIONS = [[], ["-y", "-v", "-s", "1000000"], ["-yy", "-x"], ["-e", "raw=all", "-i", "-T"]]
RAW = re.compile(rb"[^\n\x20-\x7e]")
SECONDS = 60


def complaint(tether, program, options):
    """None, or what was wrong. The tracee says "ok" on its output if it saw what it sees without a tracer."""
    with tempfile.TemporaryDirectory(prefix="tether-hostile-") as directory:
        trace = os.path.join(directory, "trace")
        try:
            done = subprocess.run([tether, "trace", *options, "-o", trace, "--", *program], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"did not end within {SECONDS} s"
        with open(trace, "rb") as file:
            text = file.read()
    if done.returncode != 0 or b"ok" not in done.stdout:
        return f"exit status {done.returncode}, said {done.stdout[-200:]!r} {done.stderr[-200:]!r}"
    if b"exited with 0" not in text:
        return f"the trace has no end: {text[-200:]!r}"
    if raw := RAW.search(text) or RAW.search(done.stderr):
        return f"raw byte {raw.group()!r} in {raw.string[max(0, raw.start() - 60):raw.end() + 20]!r}"
    return None


def can_run(program):
    try:
        subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        return True
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ENOEXEC)


def main():
    tether, directory = sys.argv[1:]
    widths = [w for w in ("", ".32") if can_run(os.path.join(directory, "show_ids" + w))]
    failures = 0
    for name, *arguments in TRACEES:
        for width in widths:
            for options in OPTIONS:
                wrong = complaint(tether, [os.path.join(directory, name + width), *arguments], options)
                if wrong:
                    failures += 1
                    print(f"{name}{width} {' '.join(options)}: {wrong}")
    print(f"{len(TRACEES) * len(widths) * len(OPTIONS)} runs, {failures} failed")
    sys.exit(1 if failures else 0)


main()
