#!/usr/bin/env python3
"""Proves layers.toml: every #include "tether/..." goes where its room may go, and basenames are unique.

CMake's link rules cannot say this, since all rooms share one include root. Prints each violation; exits 1 if there are any.
"""
import pathlib
import re
import sys
import tomllib

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path: str, rooms: dict) -> str | None:
    """The innermost room that contains `path` (relative to tether/)."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in rooms:
            return "/".join(parts)
        parts.pop()
    return None


def check(root: pathlib.Path) -> list[str]:
    law = tomllib.loads((root / "layers.toml").read_text())
    rooms, external = law["rooms"], law["external"]
    problems, seen = [], {}
    for file in sorted((root / "tether").rglob("*")):
        if file.suffix not in (".h", ".cc"):
            continue
        relative = str(file.relative_to(root / "tether"))
        room = room_of(relative, rooms)
        if room is None:
            problems.append(f"tether/{relative}: lies in no room of layers.toml")
            continue
        is_test = file.stem.endswith(("_test", "_fuzz"))
        arch_file = relative.startswith("arch/") and relative.count("/") > 1  # same names in each architecture, by design
        if not arch_file and seen.setdefault(file.name, relative) != relative:
            problems.append(f"tether/{relative}: {file.name} is also the name of tether/{seen[file.name]}")
        for quote, header in INCLUDE.findall(file.read_text()):
            if quote == '"':
                if not header.startswith("tether/"):
                    problems.append(f"tether/{relative}: #include \"{header}\" is not spelt from the root")
                    continue
                target = room_of(header.removeprefix("tether/"), rooms)
                if target != room and target not in rooms[room] and not is_test:
                    problems.append(f"tether/{relative}: {room} may not include {target} ({header})")
            for prefix, doors in external.items():
                if quote == "<" and header.startswith(prefix) and room not in doors and not is_test:
                    problems.append(f"tether/{relative}: only {', '.join(doors)} may include <{prefix}…>")
    return problems


def main() -> int:
    problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(problems) if problems else "every include keeps to layers.toml")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
