"""Reads what `strace -f -o FILE` wrote, and brings it to a normal form in which two runs of a program can be equal."""

import re
from collections import defaultdict

LINE = re.compile(r"(\d+) +(.*)", re.S)
RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
BIRTH = re.compile(r"(?:clone3?|v?fork)\(.*\) += (\d+)$")

# What differs between two runs of the same program under the same tracer: (pattern, replacement, reason). Each is as narrow as
# its reason allows.
RULES = [
    (r"\) +(?== \S+(?: \(.*\)| [A-Z]\w+ \(.*\))?$)", ") ", "the result of a call that another line cut stands at another column"),
    (r"\b0x[0-9a-f]{6,16}\b", "0xADDRESS", "addresses are random; shorter numbers are flags, sizes and offsets"),
    (r"(st_ino|d_ino|stx_ino|f_bfree|f_bavail|f_ffree|freeram|bufferram|uptime|d_off|freeswap|procs)=\d+", r"\1=N",
     "inode numbers, directory offsets and free space of files that each run makes anew"),
    (r"(st_[amc]time|tv_sec)=-?\d{9,}( /\* \S+ \*/)?", r"\1=TIME", "times of day"),
    (r"(st_[amc]time_nsec|tv_nsec|tv_usec)=\d+", r"\1=N", "parts of times of day"),
    (r"((?:ru|si)_[us]time=)(\{.*?\}|\d+)", r"\1TIME", "CPU time used"),
    (r"ru_(maxrss|minflt|majflt|inblock|oublock|nvcsw|nivcsw)=\d+", r"ru_\1=N", "resources used"),
    (r"\bcc[A-Za-z0-9]{6}\b", "ccNAME", "mkstemp(3) names of gcc"),
    (r"(tmp_(?:obj|pack|idx)_|tmp)[A-Za-z0-9_]{6,8}\b", r"\1NAME", "mkstemp(3) names of git and python"),
    (r'"(?:\\x[0-9a-f]{2})+"(\.\.\.)?, (\d+), (GRND_\w+)', r'"RANDOM", \2, \3', "random bytes"),
    (r"(sin_port=htons\()(?!80\b)[3-6]\d{4}\)", r"\1PORT)", "ephemeral ports"),
    (r"getppid\(\) = \d+", "getppid() = TRACER", "the tracer is the parent"),
]
COMPILED = [(re.compile(pattern), replacement) for pattern, replacement, _ in RULES]


def read_processes(text: str) -> dict[str, list[str]]:
    """Whole lines of each process, by its place in the family: "0", its second child "0.2", …

    A call that was cut by another process's line is joined again. Ids are replaced by places, for they differ between runs.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    open_call: dict[str, str] = {}
    for line in text.splitlines():
        pid, rest = LINE.fullmatch(line).groups()
        if rest.endswith(" <unfinished ...>"):
            open_call[pid] = rest.removesuffix(" <unfinished ...>")
        elif resumed := RESUMED.match(rest):
            lines[pid].append(open_call.pop(pid, "") + rest[resumed.end():])
        else:
            if pid in open_call:
                lines[pid].append(open_call.pop(pid) + " <unfinished ...>")
            lines[pid].append(rest)
    for pid, call in open_call.items():
        lines[pid].append(call + " <unfinished ...>")
    places = family(lines)
    ids = re.compile(r"(?<![\w.])(" + "|".join(places) + r")(?![\w.])")
    return {place: [normal_form(ids.sub(lambda m: "<" + places[m[1]] + ">", line)) for line in lines[pid]] for pid, place in places.items()}


def family(lines: dict[str, list[str]]) -> dict[str, str]:
    """The place of each process id."""
    root = next(iter(lines))
    places = {root: "0"}
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        births = (match[1] for line in lines[parent] if (match := BIRTH.match(line)))
        for number, child in enumerate((b for b in births if b in lines and b not in places), 1):
            places[child] = f"{places[parent]}.{number}"
            waiting.append(child)
    for stranger in lines:
        places.setdefault(stranger, f"stranger {stranger}")
    return places


def normal_form(line: str) -> str:
    for pattern, replacement in COMPILED:
        line = pattern.sub(replacement, line)
    return line
