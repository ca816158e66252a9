"""A reader of the little DWARF 4 that gcc writes for C types: enough to know every struct and enum.

Only `.debug_info`, `.debug_abbrev`, `.debug_str` and the file names of `.debug_line` are read, from a
*linked* ELF file (so that no relocation is left to apply), of either word size.

    for die in read_dwarf("all.elf"): print(die.tag, die.name, die.file, die.line)
"""

import struct
from dataclasses import dataclass, field

TAGS = {0x01: "array", 0x04: "enum", 0x0d: "member", 0x0f: "pointer", 0x11: "unit", 0x13: "struct",
        0x15: "subroutine", 0x16: "typedef", 0x17: "union", 0x21: "subrange", 0x24: "base", 0x26: "const",
        0x28: "enumerator", 0x35: "volatile", 0x37: "restrict", 0x47: "atomic", 0x05: "parameter",
        0x18: "unspecified_parameters"}
NAME, BYTE_SIZE, STMT_LIST, CONST_VALUE, UPPER_BOUND, COUNT = 0x03, 0x0b, 0x10, 0x1c, 0x2f, 0x37
MEMBER_LOCATION, DECL_FILE, DECL_LINE, DECLARATION, ENCODING, TYPE = 0x38, 0x3a, 0x3b, 0x3c, 0x3e, 0x49
BIT_OFFSET, BIT_SIZE, DATA_BIT_OFFSET = 0x0c, 0x0d, 0x6b


@dataclass(eq=False)
class Die:
    """One DWARF entry. `type` is another Die or None (void)."""
    tag: str
    attributes: dict
    children: list = field(default_factory=list)
    type: "Die | None" = None
    file: str = ""

    @property
    def name(self) -> str:
        return self.attributes.get(NAME, "")

    @property
    def size(self) -> int:
        return self.attributes.get(BYTE_SIZE, 0)

    @property
    def line(self) -> int:
        return self.attributes.get(DECL_LINE, 0)


def read_dwarf(path: str) -> list[Die]:
    """The top-level entries of all units of the file, in order."""
    data = open(path, "rb").read()
    sections = elf_sections(data)
    info, strings = sections[".debug_info"], sections[".debug_str"]
    result, at = [], 0
    while at < len(info):
        length, version, abbreviations, address_size = struct.unpack_from("<IHIB", info, at)
        if version != 4:
            raise RuntimeError(f"DWARF {version}, expected 4")
        unit = Unit(info[at:at + 4 + length], 11, address_size, strings,
                    read_abbreviations(sections[".debug_abbrev"], abbreviations), sections.get(".debug_line", b""))
        result += unit.read()
        at += 4 + length
    return result


def elf_sections(data: bytes) -> dict[str, bytes]:
    wide = data[4] == 2
    table, = struct.unpack_from("<Q" if wide else "<I", data, 0x28 if wide else 0x20)
    entry_size, count, names = struct.unpack_from("<HHH", data, 0x3a if wide else 0x2e)
    headers = []
    for i in range(count):
        where = table + i * entry_size
        if wide:
            name, _, _, _, offset, size = struct.unpack_from("<IIQQQQ", data, where)
        else:
            name, _, _, _, offset, size = struct.unpack_from("<IIIIII", data, where)
        headers.append((name, offset, size))
    _, base, _ = headers[names]
    return {data[base + n:data.index(b"\0", base + n)].decode(): data[o:o + s] for n, o, s in headers}


def uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def sleb(data: bytes, at: int) -> tuple[int, int]:
    value, end = uleb(data, at)
    bits = 7 * (end - at)
    return (value - (1 << bits) if value >> (bits - 1) else value), end


def c_string(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 1


def read_abbreviations(data: bytes, at: int) -> dict:
    table = {}
    while True:
        code, at = uleb(data, at)
        if code == 0:
            return table
        tag, at = uleb(data, at)
        has_children = data[at]
        at += 1
        attributes = []
        while True:
            attribute, at = uleb(data, at)
            form, at = uleb(data, at)
            if not attribute:
                break
            attributes.append((attribute, form))
        table[code] = (TAGS.get(tag, hex(tag)), has_children, attributes)


def read_file_names(data: bytes, at: int) -> list[str]:
    """File table of a version 2-4 line program; index 0 is unused."""
    version, _ = struct.unpack_from("<HI", data, at + 4)
    if version > 4:
        raise RuntimeError(f"line table version {version}")
    at += 10 + (6 if version == 4 else 5)
    at += data[at - 1] - 1  # standard_opcode_lengths
    directories = [""]
    while data[at]:
        name, at = c_string(data, at)
        directories.append(name)
    at += 1
    files = [""]
    while data[at]:
        name, at = c_string(data, at)
        directory, at = uleb(data, at)
        _, at = uleb(data, at)
        _, at = uleb(data, at)
        files.append(name if name.startswith("/") or not directory else f"{directories[directory]}/{name}")
    return files


class Unit:
    """Decodes one compilation unit; offsets inside `data` are those of DW_FORM_ref4."""

    def __init__(self, data, start, address_size, strings, abbreviations, lines):
        self.data, self.at, self.address_size = data, start, address_size
        self.strings, self.abbreviations, self.lines = strings, abbreviations, lines

    def read(self) -> list[Die]:
        by_offset = {}
        root = Die("root", {})
        stack = [root]
        while self.at < len(self.data):
            offset = self.at
            code, self.at = uleb(self.data, self.at)
            if code == 0:
                stack.pop()
                continue
            tag, has_children, layout = self.abbreviations[code]
            die = Die(tag, {attribute: self.value(form) for attribute, form in layout})
            by_offset[offset] = die
            stack[-1].children.append(die)
            if has_children:
                stack.append(die)
        unit = root.children[0]
        files = read_file_names(self.lines, unit.attributes[STMT_LIST])
        for die in by_offset.values():
            die.type = by_offset.get(die.attributes.get(TYPE))
            die.file = files[die.attributes.get(DECL_FILE, 0)]
        return unit.children

    def value(self, form: int):
        data, at = self.data, self.at
        if form in FIXED:
            size, code = FIXED[form]
            self.at += size
            return struct.unpack_from(code, data, at)[0]
        if form == 0x01:  # addr
            self.at += self.address_size
            return int.from_bytes(data[at:self.at], "little")
        if form == 0x0e:  # strp
            self.at += 4
            return c_string(self.strings, struct.unpack_from("<I", data, at)[0])[0]
        if form == 0x08:  # string
            text, self.at = c_string(data, at)
            return text
        if form == 0x0d:
            number, self.at = sleb(data, at)
            return number
        if form == 0x0f:
            number, self.at = uleb(data, at)
            return number
        if form == 0x19:  # flag_present
            return True
        if form in (0x18, 0x0a):  # exprloc, block1
            size, at = uleb(data, at)
            self.at = at + size
            return data[at:self.at]
        raise RuntimeError(f"DWARF form {form:#x}")


# data2/4/8/1, flag, ref4, sec_offset
FIXED = {0x05: (2, "<H"), 0x06: (4, "<I"), 0x07: (8, "<Q"), 0x0b: (1, "<B"), 0x0c: (1, "<B"), 0x13: (4, "<I"),
         0x17: (4, "<I")}
