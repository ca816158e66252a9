"""Constants: which object-like macros a header defines, and what each is worth on both ABIs.

The preprocessor lists the macros (`-E -dD`, whose line markers tell the defining file); the compiler
evaluates them, as one array with one macro per line. Lines that do not compile are not constants and are
dropped until the rest compiles. A third run redefines _IOC() and friends as markers and lets the
preprocessor show the direction and the C type with which each ioctl code was built.
"""

import re
from dataclasses import dataclass, field

from toolchain import Toolchain, error_lines

GUARD = re.compile(r"^\s*#\s*ifndef\s+(\w+)\s*\n(?:\s|/\*.*?\*/)*#\s*define\s+\1\b[ \t]*(?:1|/\*.*)?$", re.M | re.S)
LINE_MARKER = re.compile(r'^# (\d+) "([^"]*)"')
DEFINE = re.compile(r"^#define (\w+)(\(?)(?: (.*))?$")
UNDEF = re.compile(r"^#undef (\w+)")
# Compiler plumbing rather than facts.
NOT_FACTS = re.compile(r"^(_*UAPI_*)?__?(ASM|LINUX|UAPI)\w*_H_*$|^__(always_inline|bitwise|user|force)$")


@dataclass
class Macro:
    name: str
    line: int  # of the definition; orders constants within their header


@dataclass
class HeaderConstants:
    """What one header defines on one ABI. `values` holds two's complement Python integers."""
    macros: list[Macro] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    ioctls: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> direction, C type or "-"
    compiles: bool = True


def harvest_header(tools: Toolchain, header: str, abi: str) -> HeaderConstants:
    found = HeaderConstants()
    prefix = tools.includes(header)
    preprocessed = tools.gcc(abi, ["-E", "-dD"], prefix)
    if preprocessed.returncode != 0:
        found.compiles = False
        return found
    raw = open(tools.path(header), errors="replace").read()
    guard = GUARD.search(raw)
    found.macros = [m for m in parse_macros(preprocessed.stdout, tools.path(header))
                    if not (guard and m.name == guard[1]) and not NOT_FACTS.match(m.name)]
    found.values = evaluate(tools, abi, prefix, [m.name for m in found.macros])
    if not found.values:
        found.compiles = tools.gcc(abi, ["-fsyntax-only"], prefix).returncode == 0
    if re.search(r"\b\w*IO[A-Z]*\s*\(", raw):
        found.ioctls = ioctl_types(tools, abi, prefix, list(found.values))
    return found


def parse_macros(preprocessed: str, path: str) -> list[Macro]:
    """Object-like, non-empty macros whose (last) definition is in the file `path`."""
    macros: dict[str, Macro] = {}
    here, line = "", 0
    for text in preprocessed.split("\n"):
        if marker := LINE_MARKER.match(text):
            line, here = int(marker[1]), marker[2]
            continue
        if define := DEFINE.match(text):
            name, parenthesis, body = define.groups()
            macros.pop(name, None)
            if here == path and not parenthesis and body and evaluable(body):
                macros[name] = Macro(name, line)
        elif undef := UNDEF.match(text):
            macros.pop(undef[1], None)
        line += 1
    return list(macros.values())


def evaluable(body: str) -> bool:
    """Keeps out what would disturb the lines after it; the compiler judges the rest."""
    if re.search(r"[{};]", body) or body.startswith(("#", "__attribute__")):
        return False
    return body.count("(") == body.count(")") and body.count("[") == body.count("]")


# 0: unsigned or pointer, 1: signed, 2: not an integer.
CLASSIFY = ("#define HARVEST(x) (unsigned long long)(x), _Generic((x), char: 1, signed char: 1, short: 1, int: 1, "
            "long: 1, long long: 1, float: 2, double: 2, long double: 2, char *: 2, const char *: 2, default: 0)\n")


def evaluate(tools: Toolchain, abi: str, prefix: str, names: list[str]) -> dict[str, int]:
    """Values of those `names` that are integer constants; none if the header itself does not compile."""
    head = prefix + CLASSIFY + "const unsigned long long harvest[] = {\n"
    first = head.count("\n") + 1
    while names:
        text = head + "".join(f"HARVEST({n}),\n" for n in names) + "};\n"
        run = tools.gcc(abi, ["-S", "-o", "-"], text)
        if run.returncode == 0:
            words = array_words(run.stdout)
            if len(words) != 2 * len(names):
                raise RuntimeError(f"{prefix}: {len(words)} words for {len(names)} constants")
            return {n: signed(v) if kind == 1 else v
                    for n, v, kind in zip(names, words[::2], words[1::2]) if v is not None and kind != 2}
        bad = {line - first for line in error_lines(run.stderr)}
        if not bad:
            return {}
        names = [n for i, n in enumerate(names) if i not in bad]
    return {}


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def array_words(assembly: str) -> list[int | None]:
    """The 64-bit words of the array `harvest`; None for a word that is an address."""
    parts: list[int | None] = []  # of 4 bytes
    body = assembly[assembly.index("\nharvest:"):].split("\n")[2:]
    for text in body:
        directive, _, operand = text.strip().partition("\t")
        if directive == ".quad":
            value = integer(operand)
            parts += [None, None] if value is None else [value & 0xffffffff, value >> 32 & 0xffffffff]
        elif directive in (".long", ".int"):
            value = integer(operand)
            parts.append(None if value is None else value & 0xffffffff)
        elif directive == ".zero":
            parts += [0] * (int(operand) // 4)
        else:
            break
    return [None if low is None or high is None else high << 32 | low for low, high in zip(parts[::2], parts[1::2])]


def integer(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


IOC_MARKERS = """
#undef _IO
#undef _IOR
#undef _IOW
#undef _IOWR
#undef _IOC
#undef _IOR_BAD
#undef _IOW_BAD
#undef _IOWR_BAD
#undef _IOC_NONE
#undef _IOC_READ
#undef _IOC_WRITE
#undef sizeof
#define _IOC_NONE 0
#define _IOC_WRITE 1
#define _IOC_READ 2
#define _IO(t_, n_) @ioc 0 @type @end
#define _IOR(t_, n_, a_) @ioc 2 @type a_ @end
#define _IOW(t_, n_, a_) @ioc 1 @type a_ @end
#define _IOWR(t_, n_, a_) @ioc 3 @type a_ @end
#define _IOR_BAD _IOR
#define _IOW_BAD _IOW
#define _IOWR_BAD _IOWR
#define _IOC(d_, t_, n_, s_) @ioc d_ @size s_ @end
"""
MARKED = re.compile(r"^[\s(]*@ioc (.*?) @(type|size) ?(.*?) ?@end[\s)]*$")
DIRECTIONS = ("none", "in", "out", "inout")


def ioctl_types(tools: Toolchain, abi: str, prefix: str, names: list[str]) -> dict[str, tuple[str, str]]:
    """Direction and argument type of those `names` that are made by exactly one _IOC()-like macro."""
    text = prefix + IOC_MARKERS + "".join(f"@macro{i} {n}\n" for i, n in enumerate(names))
    run = tools.gcc(abi, ["-E", "-P"], text)
    found = {}
    for line in run.stdout.split("\n"):
        label = re.match(r"^@macro(\d+) (.*)$", line)
        marked = label and MARKED.match(label[2])
        if not marked or "@" in marked[3]:
            continue
        direction, how, operand = marked.groups()
        code = re.sub(r"[Uu]", "", direction)
        if not re.fullmatch(r"[\d\s|()]+", code):
            continue
        if how == "size":
            size_of = re.fullmatch(r"sizeof ?\((.*)\)", operand)
            operand = size_of[1] if size_of else ""
        found[names[int(label[1])]] = (DIRECTIONS[eval(code)], spell_type(operand) or "-")
    return found


def spell_type(text: str) -> str:
    """`struct x*` -> `struct x *`, `__u32[3 + 1]` -> `__u32 [4]`, white space collapsed."""
    text = " ".join(text.split())
    text = re.sub(r"\[([\da-fx+\-*() ]+)\]", lambda m: f"[{eval(m[1])}]", text)
    text = re.sub(r"\s*(\*+)\s*", r" \1", text)
    text = re.sub(r"\s*(\[)", r" \1", text, count=1)
    return text.strip()
