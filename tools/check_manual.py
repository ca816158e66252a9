#!/usr/bin/env python3
"""Proves the manual: the pages are clean roff, and list exactly the options that --help does, with the same arguments.

usage: check_manual.py TETHER docs/man
"""
import pathlib
import re
import subprocess
import sys

# Verbs without a page of their options: strace's are trace's, replay's a part of them, as their pages say.
WITHOUT_OPTIONS = {"strace", "replay", "help", "version"}


def roff_complaints(page: pathlib.Path) -> str:
    run = subprocess.run(["groff", "-ww", "-z", "-Tutf8", "-man", str(page)], capture_output=True, text=True)
    return run.stderr.strip()


def spellings(text: str) -> set[str]:
    """'-p, --attach=PID' as {'-p', '--attach=PID'}."""
    return {part.strip() for part in text.split(", ") if part.strip().startswith("-")}


def commands_of_help(text: str) -> list[str]:
    """The names under "Commands:"; none if there is no such list."""
    _, _, listing = text.partition("\nCommands:\n")
    return re.findall(r"^  (\S+)  ", listing, re.MULTILINE)


def options_of_help(tether: str, verb: str) -> set[str]:
    """Those of a verb; of a family of verbs (fd, mem), those of all its members."""
    text = subprocess.run([tether, *verb.split(), "--help"], capture_output=True, text=True, check=True).stdout
    found = set().union(*(options_of_help(tether, f"{verb} {member}") for member in commands_of_help(text)))
    for line in text.splitlines():
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
    listing = subprocess.run([tether, "help"], capture_output=True, text=True, check=True).stdout
    for verb in commands_of_help(listing):
        if verb in WITHOUT_OPTIONS:
            continue
        name = f"tether-{verb}.1"
        if not (folder / name).exists():
            problems.append(f"tether {verb} has no page {name}")
            continue
        helped, paged = options_of_help(tether, verb), options_of_page(folder / name)
        if not helped:
            problems.append(f"tether {verb} --help lists no options")
        problems += [f"{name}: lacks {option}, which --help lists" for option in sorted(helped - paged)]
        problems += [f"{name}: has {option}, which --help does not list" for option in sorted(paged - helped)]
    print("\n".join(problems) if problems else "the manual agrees with --help")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
