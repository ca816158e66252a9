"""Reads what `strace -f -o FILE` wrote, and brings it to a normal form in which two runs of a program can be equal."""

import re
from collections import defaultdict

LINE = re.compile(r"(\d+) +(.*)", re.S)
DUMP = (" | ", " * ", " = ")  # -e read=, -e write=: behind the line of their call
RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
BIRTH = re.compile(r"(?:clone3?|v?fork)\(.*\) += (\d+)$")

# Calls whose numbers are never ids of processes: offsets and lengths that happen to be equal to one stay what they are.
NO_IDS = re.compile(r"(?:p?read|p?write|p(?:read|write)64|lseek|mmap2?|munmap|getdents64)\(")

# What differs between two runs of the same program under the same tracer: (pattern, replacement, reason). Each is as narrow as
# its reason allows.
RULES = [
    (r"\) +(?== \S+(?: \(.*\)| [A-Z]\w+ \(.*\))?$)", ") ", "the result of a call that another line cut stands at another column"),
    (r"\b0x[0-9a-f]{6,16}\b", "0xADDRESS", "addresses are random; shorter numbers are flags, sizes and offsets"),
    (r"(loads=)\[.*?\]|(sharedram=)\d+", r"\1\2N", "the load of the machine"),
    (r"(st_ino|d_ino|stx_ino|f_bfree|f_bavail|f_ffree|freeram|bufferram|uptime|d_off|freeswap|procs)=\d+", r"\1=N",
     "inode numbers, directory offsets and free space of files that each run makes anew"),
    (r"(st_[amc]time|tv_sec)=-?\d{3,}( /\* \S+ \*/)?", r"\1=TIME", "times of day and since the machine's start"),
    (r"/\* 20(?!24)\S+ \*/", "/* DATE */", "today; the dates of the fixture are compared"),
    (r"(st_[amc]time_nsec|tv_nsec|tv_usec)=\d+", r"\1=N", "parts of times of day"),
    (r"((?:ru|si)_[us]time=)(\{.*?\}|\d+(?: /\* \S+ s \*/)?)", r"\1TIME", "CPU time used"),
    (r"ru_(maxrss|minflt|majflt|inblock|oublock|nvcsw|nivcsw)=\d+", r"ru_\1=N", "resources used"),
    (r"\b(pipe|socket):\[\d+\]", r"\1:[N]", "inode numbers of pipes and sockets"),
    (r"\b((?:TCP|UDP)(?:v6)?|UNIX(?:-[A-Z]+)?):\[\d+(?:(->)\d+)?(?=[\],])", r"\1:[N\2", "the same of sockets whose protocol is told"),
    (r"munmap\(0xADDRESS, \d{7,8}\)", "munmap(0xADDRESS, N)", "what the C library cuts off a new arena depends on its random address"),
    (r'"\d+\.\d\d \d+\.\d\d\\n", (\d+)\) = \d+', r'"UPTIME", \1) = N', "/proc/uptime"),
    (r'(read\(\d+, ")<?[\d.]+>? \(\w+\) .*?"\.\.\., (\d+)\) = \d+', r'\1STAT", \2) = N', "/proc/PID/stat"),
    (r'(write\(\d+, ")DIRC.*?"\.\.\.', r'\1INDEX"', "git's index holds times and inode numbers"),
    (r'((?:write|pread64|read)\(\d+, ").*", 20(, \d+)?\) = 20', r'\1CHECKSUM", 20\2) = 20', "… of which this is a checksum"),
    (r'"[0-9a-f]{8,12}-[0-9a-f]{8,12} ', '"RANGE ', "the addresses in /proc/PID/maps"),
    (r"(nlmsg_seq)=\d{9,}", r"\1=TIME", "ip(8) begins to count at the time of day"),
    (r"\.git/t[A-Za-z0-9]{6}\b", ".git/tNAME", "the name that git tries symbolic links with"),
    (r"\bcc[A-Za-z0-9]{6}\b", "ccNAME", "mkstemp(3) names of gcc"),
    (r"(tmp_(?:obj|pack|idx)_|tmp)[A-Za-z0-9_]{6,8}\b", r"\1NAME", "mkstemp(3) names of git and python"),
    (r'getrandom\("(?:\\x[0-9a-f]{2})+"(\.\.\.)?', 'getrandom("RANDOM"', "random bytes"),
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
    pid = ""
    for line in text.splitlines():
        if line.startswith(DUMP):
            lines[pid].append(line)
            continue
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

    def without_ids(line: str) -> str:
        return line if NO_IDS.match(line) else ids.sub(lambda m: "<" + places[m[1]] + ">", line)

    return {place: [normal_form(without_ids(line)) for line in lines[pid]] for pid, place in places.items()}


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
