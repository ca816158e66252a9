"""System calls: numbers and entry points from the kernel's tables, prototypes from its SYSCALL_DEFINE macros."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

DEFINITION = re.compile(r"^\s*((?:COMPAT_)?SYSCALL(?:32)?_DEFINE)(\d)\(", re.M)
# Architecture choices of the macros in include/linux/syscalls.h and include/asm-generic/compat.h (little endian).
SPLIT_64 = re.compile(r"(?:SC_ARG64|compat_arg_u64_dual)\((\w+)\)")
# One call can have several definitions, chosen by configuration; this names the conditions of x86.
CONFIGURED = {"CONFIG_CLONE_BACKWARDS2": False, "CONFIG_CLONE_BACKWARDS3": False}


@dataclass
class Call:
    number: int
    name: str
    entry: str       # "-" if not implemented
    arguments: str


def harvest_syscalls(source: Path) -> dict[str, list[Call]]:
    native, compat = find_prototypes(source)
    tables = source / "arch/x86/entry/syscalls"
    return {"x86_64": read_table(tables / "syscall_64.tbl", ("common", "64"), native["64"], compat),
            "i386": read_table(tables / "syscall_32.tbl", ("i386",), native["32"], compat)}


def read_table(table: Path, abis: tuple[str, ...], native: dict, compat: dict) -> list[Call]:
    calls = []
    for line in table.read_text().splitlines():
        words = line.split("#")[0].split()
        if len(words) < 3 or words[1] not in abis:
            continue
        entry = next((w for w in reversed(words[3:5]) if w != "-"), "-")
        known = compat if entry.startswith("compat_sys_") else native
        arguments = "-" if entry in ("-", "sys_ni_syscall") else known.get(entry.removeprefix("compat_"), "?")
        calls.append(Call(int(words[0]), words[2], "-" if entry == "sys_ni_syscall" else entry, arguments))
    return sorted(calls, key=lambda c: c.number)


def find_prototypes(source: Path) -> tuple[dict, dict]:
    """Entry name (sys_x) -> arguments; native ones per ABI ("64", "32"), compat ones without `compat_`."""
    listed = subprocess.run(["grep", "-rlE", r"^\s*(COMPAT_)?SYSCALL(32)?_DEFINE[0-9]\(", "--include=*.c", "."],
                            cwd=source, text=True, capture_output=True, check=True).stdout.split()
    native: dict[str, dict[str, str]] = {"64": {}, "32": {}}
    compat: dict[str, str] = {}
    for file in sorted(listed):
        if file.startswith("./arch/") and not file.startswith("./arch/x86/") or file.startswith("./arch/x86/um/"):
            continue
        text = (source / file).read_text(errors="replace")
        text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
        for found in DEFINITION.finditer(text):
            name, arguments = prototype(text, found.end() - 1, int(found[2]))
            targets = [compat] if found[1].startswith("COMPAT") else [native["64"], native["32"]]
            if found[1].startswith("SYSCALL32"):
                targets = [compat]
            elif file.endswith("_32.c") and targets[0] is not compat:
                targets = [native["32"]]
            elif file.endswith("_64.c") and targets[0] is not compat:
                targets = [native["64"]]
            for target in targets:
                abi = "64" if target is native["64"] else "32"
                if chosen(text[:found.start()], abi) or "sys_" + name not in target:
                    target["sys_" + name] = arguments
    return native, compat


def prototype(text: str, at: int, count: int) -> tuple[str, str]:
    """Name and `type name; type name` of the definition whose parenthesis opens at `at`."""
    end, depth = at, 0
    while True:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
        if depth == 0:
            break
    body = SPLIT_64.sub(r"u32, \1_lo, u32, \1_hi", text[at + 1:end - 1])
    words = [" ".join(w.split()) for w in body.split(",")]
    name, rest = words[0], words[1:]
    if len(rest) != 2 * count:
        raise RuntimeError(f"{name}: {rest}")
    pairs = [join(ctype, argument) for ctype, argument in zip(rest[::2], rest[1::2])]
    return name, "; ".join(pairs) or "-"


def join(ctype: str, name: str) -> str:
    """`const char __user *` and `x` make `const char __user *x`."""
    ctype = re.sub(r"\s*(\*+)\s*$", r" \1", ctype)
    return ctype + name if ctype.endswith("*") else f"{ctype} {name}"


def chosen(before: str, abi: str) -> bool:
    """Whether the CONFIG_ conditionals around the end of `before` hold on x86; unknown ones count as true."""
    stack: list[bool] = []
    taken: list[bool] = []
    for line in before.split("\n"):
        directive = re.match(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)", line)
        if not directive:
            continue
        word, rest = directive[1], directive[2]
        if word in ("ifdef", "ifndef", "if"):
            holds = condition(word, rest, abi)
            stack.append(holds)
            taken.append(holds)
        elif word == "elif":
            stack[-1] = not taken[-1] and condition("if", rest, abi)
            taken[-1] |= stack[-1]
        elif word == "else":
            stack[-1] = not taken[-1]
        elif stack:
            stack.pop()
            taken.pop()
    return all(stack)


def condition(word: str, rest: str, abi: str) -> bool:
    names = {**CONFIGURED, "CONFIG_X86_64": abi == "64", "CONFIG_64BIT": abi == "64", "CONFIG_X86_32": abi == "32",
             "CONFIG_CLONE_BACKWARDS": abi == "32"}
    found = re.findall(r"CONFIG_\w+", rest)
    if not found or found[0] not in names:
        return True
    holds = names[found[0]]
    return not holds if word == "ifndef" or re.search(r"!\s*(defined|IS_ENABLED)", rest) else holds
