"""Structs, unions and enums with their layouts on one ABI, from the debug information of compiled headers.

Headers that can stand in one translation unit are compiled together; those that clash with others form
further groups. DWARF tells for each type the header that declares it.
"""

import re
import subprocess
from dataclasses import dataclass, field

import dwarf
from dwarf import Die
from toolchain import Toolchain


@dataclass
class Field:
    name: str
    kind: str      # u s c p S f, with [n]... for arrays
    ctype: str
    offset: int    # in bits
    size: int      # in bytes; in bits for a bitfield
    bitfield: bool
    alternative: bool  # member of a non-first alternative of an anonymous union


@dataclass
class Layout:
    keyword: str   # struct or union
    name: str
    size: int
    line: int
    fields: list[Field] = field(default_factory=list)


@dataclass
class Enum:
    name: str      # "" if it has none
    line: int
    enumerators: list[tuple[str, int]]


@dataclass
class Types:
    """Everything that one ABI's headers declare, by header path as DWARF spells it."""
    layouts: dict[str, dict[str, Layout]] = field(default_factory=dict)
    enums: dict[str, list[Enum]] = field(default_factory=dict)
    typedefs: dict[str, str] = field(default_factory=dict)  # name -> the type it stands for, one step


def harvest_types(tools: Toolchain, headers: list[str], abi: str) -> Types:
    types = Types()
    seen: set[tuple] = set()
    for number, group in enumerate(compatible_groups(tools, headers, abi)):
        dies = debug_information(tools, group, abi, number)
        # `typedef enum { ... } name;` makes `name` the enum's name; likewise for structs and unions.
        names = {id(d.type): d.name for d in dies if d.tag == "typedef" and d.type and not d.type.name}
        for die in dies:
            key = (die.tag, die.file, die.line, die.name, tuple(c.name for c in die.children))
            if key in seen or die.attributes.get(dwarf.DECLARATION):
                continue
            if die.tag in ("struct", "union", "enum", "typedef"):
                seen.add(key)
                collect(types, die, die.name or names.get(id(die), ""))
    return types


def compatible_groups(tools: Toolchain, headers: list[str], abi: str) -> list[list[str]]:
    """Splits `headers` into groups that each compile as one translation unit."""
    groups, left = [], headers
    while left:
        group, out = left, []
        while group:
            run = tools.gcc(abi, ["-fsyntax-only"], source(tools, group))
            bad = culprits(run.stderr, group) if run.returncode else set()
            if not bad:
                if run.returncode:
                    raise RuntimeError(run.stderr[:2000])
                break
            out += [h for h in group if h in bad]
            group = [h for h in group if h not in bad]
        if not group:  # a header that compiles with nothing, which harvest.py has excluded
            raise RuntimeError(f"no common ground among {out}")
        groups.append(group)
        left = out
    return groups


def source(tools: Toolchain, group: list[str]) -> str:
    """One block of includes per header; `#line` makes the block findable in gcc's messages."""
    return "".join(f'#line {i} "harvest"\n' + re.sub(r"\n(?=.)", f'\n#line {i} "harvest"\n', tools.includes(h))
                   for i, h in enumerate(group, 1))


def culprits(stderr: str, group: list[str]) -> set[str]:
    """The headers of the group whose inclusion ended in an error (the first error names one for sure)."""
    chain: list[str] = []
    for line in stderr.split("\n"):
        if line.startswith("In file included from"):
            chain = [line]
        elif line.startswith("                 from"):
            chain.append(line)
        elif " error: " in line:
            where = re.search(r"\bharvest:(\d+)", chain[-1] if chain else line) or re.search(r"\bharvest:(\d+)", line)
            if where:
                return {group[int(where[1]) - 1]}
    return set()


def debug_information(tools: Toolchain, group: list[str], abi: str, number: int) -> list[Die]:
    stem = tools.work / f"types-{abi}-{number}"
    compiled = tools.gcc(abi, ["-c", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-o", f"{stem}.o"],
                         "".join(tools.includes(h) for h in group))
    if compiled.returncode:
        raise RuntimeError(compiled.stderr[:2000])
    subprocess.run(["ld", "-m", "elf_x86_64" if abi == "64" else "elf_i386", "-e", "0", "--no-warn-execstack",
                    "-o", f"{stem}.elf", f"{stem}.o"], check=True)
    return dwarf.read_dwarf(f"{stem}.elf")


def collect(types: Types, die: Die, name: str) -> None:
    if die.tag == "typedef":
        types.typedefs.setdefault(name, spell_record(die) if is_record(die) else spell(die.type))
    elif die.tag == "enum":
        members = [(c.name, c.attributes[dwarf.CONST_VALUE]) for c in die.children if c.tag == "enumerator"]
        types.enums.setdefault(die.file, []).append(Enum(name, die.line, members))
    elif name:
        add_layout(types, die, name, die.file)


def add_layout(types: Types, die: Die, name: str, file: str) -> None:
    in_file = types.layouts.setdefault(file, {})
    if name in in_file or dwarf.BYTE_SIZE not in die.attributes:
        return
    layout = in_file[name] = Layout(die.tag, name, die.size, die.line)
    nested: list[tuple[str, Die]] = []
    flatten(layout, die, 0, nested)
    for member, inner in nested:
        add_layout(types, inner, f"{name}.{member}", file)


def flatten(layout: Layout, die: Die, base: int, nested: list, alternative: bool = False,
            anonymous_union: bool = False) -> None:
    """Appends the members of `die`, placed at bit `base`; anonymous members are entered."""
    for index, member in enumerate(c for c in die.children if c.tag == "member"):
        other = alternative or anonymous_union and index > 0
        at = base + 8 * member.attributes.get(dwarf.MEMBER_LOCATION, 0)
        if not member.name:
            target = strip(member.type)
            flatten(layout, target, at, nested, other, target.tag == "union")
        elif member.name.startswith("__empty_"):  # of __DECLARE_FLEX_ARRAY
            continue
        elif dwarf.BIT_SIZE in member.attributes:
            layout.fields.append(bitfield(member, base, at, other))
        else:
            inner, spelled = element(member.type), None
            if is_record(inner) and not inner.name and not has_typedef(member.type):
                nested.append((member.name, inner))
                spelled = f"{inner.tag} {layout.name}.{member.name}"
            kind, ctype, size = describe(member.type, spelled)
            layout.fields.append(Field(member.name, kind, ctype, at, size, False, other))


def bitfield(member: Die, base: int, at: int, alternative: bool) -> Field:
    bits = member.attributes[dwarf.BIT_SIZE]
    if dwarf.DATA_BIT_OFFSET in member.attributes:
        at = base + member.attributes[dwarf.DATA_BIT_OFFSET]
    else:  # DWARF 2-3: counted from the most significant bit of the storage unit
        storage = 8 * (member.size or size_of(member.type))
        at += storage - member.attributes[dwarf.BIT_OFFSET] - bits
    kind, ctype, _ = describe(member.type, None)
    return Field(member.name, kind, ctype, at, bits, True, alternative)


def tag_of(die: Die | None) -> str:
    """What the type is under its qualifiers; typedefs are kept."""
    bare = strip(die, typedefs=False)
    return bare.tag if bare else "void"


def is_record(die: Die) -> bool:
    final = strip(die)
    return final is not None and final.tag in ("struct", "union")


def strip(die: Die | None, typedefs: bool = True) -> Die | None:
    """Removes qualifiers, and typedefs if asked."""
    while die and (die.tag in ("const", "volatile", "restrict", "atomic") or typedefs and die.tag == "typedef"):
        die = die.type
    return die


def has_typedef(die: Die | None) -> bool:
    """Whether a typedef stands between a member and its (element's) struct."""
    while die and die.tag in ("const", "volatile", "restrict", "atomic", "typedef", "array"):
        if die.tag == "typedef":
            return True
        die = die.type
    return False


def element(die: Die) -> Die:
    """The innermost element type of an array, or the type itself."""
    die = strip(die)
    while die.tag == "array":
        die = strip(die.type)
    return die


def bounds(array: Die) -> list[int]:
    result = []
    for sub in array.children:
        if sub.tag != "subrange":
            continue
        if dwarf.COUNT in sub.attributes:
            result.append(sub.attributes[dwarf.COUNT])
        else:
            upper = sub.attributes.get(dwarf.UPPER_BOUND, -1)
            result.append(upper + 1)
    # `[]` has no upper bound; that of `[0]` is -1, written as an unsigned number.
    return [0 if n >= 1 << 31 else n for n in result]


def size_of(die: Die | None) -> int:
    die = strip(die)
    if die is None or die.tag == "subroutine":
        return 1
    if die.tag == "array":
        size = size_of(die.type)
        for n in bounds(die):
            size *= n
        return size
    return die.size


def describe(die: Die, spelled: str | None) -> tuple[str, str, int]:
    """KIND, CTYPE and size in bytes of a member's type. `spelled` names a type that has no name of its own."""
    dimensions: list[int] = []
    inner = strip(die, typedefs=False)
    while (array := strip(inner)) is not None and array.tag == "array":
        dimensions += bounds(array)
        inner = strip(array.type, typedefs=False)
    suffix = "".join(f"[{n}]" for n in dimensions)
    text = spelled or (spell_record(inner) if is_record(inner) else spell(inner))
    return kind_of(strip(inner)) + suffix, text + (" " + suffix if suffix else ""), size_of(die)


def spell_record(die: Die) -> str:
    """`struct x` whatever typedefs lead there; for an unnamed struct, `struct` and its last typedef."""
    last = ""
    while die.tag == "typedef":
        last = die.name
        die = strip(die.type, typedefs=False)
    return f"{die.tag} {die.name or last}".rstrip()


def kind_of(die: Die | None) -> str:
    if die is None:
        return "u"
    if die.tag == "base":
        encoding = die.attributes[dwarf.ENCODING]
        if encoding == 4:
            return "f"
        if die.name == "char":
            return "c"
        return "s" if encoding in (5, 6) else "u"
    if die.tag == "enum":
        return "s" if any(c.attributes[dwarf.CONST_VALUE] < 0 for c in die.children) else "u"
    return {"pointer": "p", "struct": "S", "union": "S"}[die.tag]


BASE_NAMES = {"long unsigned int": "unsigned long", "short unsigned int": "unsigned short", "short int": "short",
              "long int": "long", "long long int": "long long", "long long unsigned int": "unsigned long long",
              "_Bool": "bool"}


def spell(die: Die | None) -> str:
    """The C spelling of a type, typedefs kept."""
    if die is None:
        return "void"
    if die.tag in ("const", "volatile"):
        if tag_of(die.type) == "pointer":
            return spell(die.type)
        return f"{die.tag} {spell(die.type)}"
    if die.tag in ("restrict", "atomic"):
        return spell(die.type)
    if die.tag == "pointer":
        target = die.type
        if tag_of(target) == "subroutine":
            target = strip(target, typedefs=False)
            parameters = ", ".join(spell(c.type) for c in target.children if c.tag == "parameter")
            return f"{spell(target.type)} (*)({parameters or 'void'})"
        text = spell(target)
        return text + ("*" if text.endswith("*") else " *")
    if die.tag == "array":
        return spell(die.type) + " " + "".join(f"[{n}]" for n in bounds(die))
    if die.tag == "enum" and not die.name:
        return "int" if kind_of(die) == "s" else "unsigned int"
    if die.tag in ("struct", "union", "enum"):
        return f"{die.tag} {die.name}".rstrip()
    return BASE_NAMES.get(die.name, die.name)
