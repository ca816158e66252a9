#!/usr/bin/env python3
"""Proves the manual: the pages are clean roff, and list exactly the options that --help does, with the same arguments.

usage: check_manual.py TETHER docs/man
"""
import pathlib
import re
import subprocess
import sys

# The verbs whose options have a page. strace's are trace's, and replay's a part of them, as their pages say.
PAGES = {verb: f"tether-{verb}.1" for verb in ("trace", "doctor", "set", "journal", "undo", "stack", "mem", "patch")}


def roff_complaints(page: pathlib.Path) -> str:
    run = subprocess.run(["groff", "-ww", "-z", "-Tutf8", "-man", str(page)], capture_output=True, text=True)
    return run.stderr.strip()


def spellings(text: str) -> set[str]:
    """'-p, --attach=PID' as {'-p', '--attach=PID'}."""
    return {part.strip() for part in text.split(", ") if part.strip().startswith("-")}


def options_of_help(tether: str, *verb: str) -> set[str]:
    """Those of a family's members (`mem read`, `mem write`) taken together: they share a page."""
    listing = subprocess.run([tether, *verb, "--help"], capture_output=True, text=True, check=True).stdout
    found = set()
    if "\nCommands:\n" in listing:
        for member in re.findall(r"^  (\w+)  ", listing.split("\nCommands:\n")[1], re.M):
            found |= options_of_help(tether, *verb, member)
    for line in listing.splitlines():
        if match := re.match(r"^ {2,6}(-\S.*?)(?:\s{2,}|$)", line):
            found |= spellings(match.group(1))
    return found


def options_of_page(page: pathlib.Path) -> set[str]:
    found, is_tag = set(), False
    for line in page.read_text().splitlines():
        if is_tag and re.match(r"^\.BR? \\-", line):
            text = re.sub(r"\\f.", "", line.split(" ", 1)[1]).replace("\\-", "-")
            found |= spellings(text.replace(' ", " ', ", "))
        is_tag = line == ".TP"
    return found


def main() -> int:
    tether, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    problems = []
    for page in sorted(folder.glob("*.1")):
        if complaints := roff_complaints(page):
            problems.append(complaints)
    for verb, name in PAGES.items():
        helped, paged = options_of_help(tether, verb), options_of_page(folder / name)
        if not helped:
            problems.append(f"tether {verb} --help lists no options")
        problems += [f"{name}: lacks {option}, which --help lists" for option in sorted(helped - paged)]
        problems += [f"{name}: has {option}, which --help does not list" for option in sorted(paged - helped)]
    print("\n".join(problems) if problems else "the manual agrees with --help")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
