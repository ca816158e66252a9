#!/usr/bin/env python3
"""Proves the verbs on memory and code (mem, patch, and their undo) on a tracee that says what it holds (memory_cells.c).

usage: memory.py TETHER TRACEES 64|32 [NAME...]

Each test gets a tracee of its own, and afterwards the tracee must end by itself with its own checks passed; unless a
test says otherwise, its mappings must be what they were.
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TETHER, TRACEES, BITS = sys.argv[1], sys.argv[2], int(sys.argv[3])
STATE = tempfile.mkdtemp(prefix="tether-memory-test-")
ENVIRONMENT = {**os.environ, "XDG_STATE_HOME": STATE}


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


class Cells:
    """The tracee."""

    def __init__(self, *arguments):
        name = "memory_cells" + (".32" if BITS == 32 else "")
        self.process = subprocess.Popen([os.path.join(TRACEES, name), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.at = {}
        while (line := self.process.stdout.readline()) != "ready\n":
            check(line.startswith("cell "), f"the tracee said {line!r}")
            _, cell, address = line.split()
            self.at[cell] = int(address, 16)
        self.maps = self.read_maps()

    def read_maps(self):
        with open(f"/proc/{self.pid}/maps", encoding="ascii") as maps:
            return maps.read()

    def tracer(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"^TracerPid:\s+(\d+)", status.read(), re.M)[1])

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def show(self):
        found = re.fullmatch(r"counter (-?\d+) real (\S+) text (.*) constant (.*) answer (-?\d+)", self.ask("show"))
        check(found, "the tracee did not show its cells")
        return {"counter": int(found[1]), "real": float(found[2]), "text": found[3], "constant": found[4], "answer": int(found[5])}

    def bytes_at(self, address, size):
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(size)

    def end(self):
        out, _ = self.process.communicate()
        check(self.process.returncode == 0 and out.startswith("ok "), f"the tracee ended with {self.process.returncode}: {out!r}")


def tether(*words, status=0):
    run = subprocess.run([TETHER, *map(str, words)], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    check(run.returncode == status, f"tether {' '.join(map(str, words))}: status {run.returncode}, not {status}\n{run.stdout}{run.stderr}")
    return run.stdout if status == 0 else run.stderr


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_read_types(cells):
    pid, at = cells.pid, cells.at
    check(tether("mem", "read", pid, hex(at["counter"]), "u32") == f"{at['counter']:#x}  1234567 (0x12d687)\n", "u32")
    check("  2.5\n" in tether("mem", "read", pid, hex(at["real"]), "f64"), "f64")
    check('"needle in the haystack"' in tether("mem", "read", pid, hex(at["text"]), "str"), "str")
    check('"need"' in tether("mem", "read", pid, hex(at["text"]), "str[4]"), "str[4]")
    check('"wide"' in tether("mem", "read", pid, hex(at["wide"]), "wstr"), "wstr")
    node = tether("mem", "read", pid, hex(at["node"]), "{id:u32,name:str[8],next:ptr,weight:u64}")
    check(re.search(r'\{id = 1, name = "first", next = 0x[0-9a-f]+, weight = 7\}', node), node)
    following = re.search(r"next = (0x[0-9a-f]+)", node)[1]
    value = json_lines(tether("mem", "read", pid, following, "{id:u32,name:str[8],next:ptr,weight:u64}", "--json"))[0]["value"]
    check(value == {"id": 2, "name": "last", "next": "0x0", "weight": 1 << 40}, value)
    dump = tether("mem", "read", pid, hex(at["text"]), "--size", "32")
    check("|needle in the ha|" in dump and "|ystack" in dump, dump)


def test_ranges(cells):
    pid, file = cells.pid, os.path.join(STATE, "part")
    tether("mem", "dump", pid, "text+16", file)
    with open(file, "rb") as part:
        check(part.read() == b"needle in the ha", "an expression and a size")
    heap = re.search(r"^([0-9a-f]+)-([0-9a-f]+) .*\[heap\]$", cells.maps, re.M)
    said = tether("mem", "protect", "--dry-run", pid, "[heap]", "r")
    check(heap[1] in said, said)
    check("is no range" in tether("mem", "unmap", pid, "text", status=125), "no size")
    check("nowhere" in tether("mem", "unmap", pid, "nowhere+4k", status=1), "no name")


def test_read_errors(cells):
    check("no readable memory at 0x10" in tether("mem", "read", cells.pid, "0x10", status=1), "unmapped")
    check("no type of that name" in tether("mem", "read", cells.pid, "0x10", "u7", status=125), "type")
    check("'nowhere'" in tether("mem", "read", cells.pid, "nowhere", status=1), "name")
    check("no process" in tether("mem", "read", 2**22 - 1, "0x10", status=1), "pid")


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_write_and_undo(cells):
    pid, at = cells.pid, cells.at
    tether("mem", "write", pid, hex(at["counter"]), "i32:-5")
    tether("mem", "write", pid, hex(at["real"]), "f64:1e10")
    tether("mem", "write", pid, hex(at["text"]), "str:new", r"str:\0")
    tether("mem", "write", pid, hex(at["constant"]), r"str:written\0")
    shown = cells.show()
    check(shown == {"counter": -5, "real": 1e10, "text": "new", "constant": "written", "answer": 41}, shown)
    check(len(tether("journal", pid).splitlines()) == 8, "four changes")
    tether("undo", pid)
    shown = cells.show()
    check(shown["counter"] == 1234567 and shown["text"] == "needle in the haystack" and shown["constant"] == "read-only", shown)


def test_write_refuses(cells):
    pid, at = cells.pid, cells.at
    check("0 to 255" in tether("mem", "write", pid, hex(at["counter"]), "u8:256", status=125), "width")
    check("does not say what it is" in tether("mem", "write", pid, hex(at["counter"]), "5", status=125), "no type")
    check("no readable memory" in tether("mem", "write", pid, "0x10", "u8:1", status=125), "unmapped")
    check("the file would change" in tether("mem", "write", pid, hex(at["shared"]), "str:x", status=125), "shared")
    check(cells.bytes_at(at["shared"], 6) == b"shared", "nothing was written")
    tether("mem", "write", "--force", pid, hex(at["shared"]), "str:S")
    check(cells.bytes_at(at["shared"], 6) == b"Shared", "forced")
    tether("undo", pid)
    check(cells.bytes_at(at["shared"], 6) == b"shared", "undone")
    check("--dry-run" in tether("mem", "write", "--dry-run", pid, hex(at["counter"]), "u32:1"), "dry run")
    check(cells.show()["counter"] == 1234567, "a dry run writes nothing")


def test_undo_refuses_what_the_process_changed(cells):
    tether("mem", "write", cells.pid, hex(cells.at["counter"]), "i32:7")
    cells.ask("step 1")
    check("changed it since" in tether("undo", cells.pid, status=125), "undo must refuse")
    check(cells.show()["counter"] == 8, "and leave it")


# ── Searching ────────────────────────────────────────────────────────────────────────────────────────────────────────


def places(text):
    return [int(line["address"], 16) for line in json_lines(text)]


def test_search_values(cells):
    pid, at = cells.pid, cells.at
    for pattern, cell, distance in [
        ("1234567", "counter", 0),
        ("u32:1234000..1235000", "counter", 0),
        ("f64:2.4..2.6", "real", 0),
        ("str:haystack", "text", 14),
        ("wstr:wide", "wide", 0),
        ("regex:nee[d]le in [a-z]+", "text", 0),
        ("hex:6e 65 ?? 64 6c 65", "text", 0),
        (r"str:read-only\0", "constant", 0),
    ]:
        found = places(tether("mem", "search", pid, pattern, "--json"))
        check(at[cell] + distance in found, f"{pattern} is not found at {cell}, but at {[hex(f) for f in found]}")
    check(at["counter"] + 1 not in places(tether("mem", "search", pid, "u16:0x12d6", "--json")), "alignment")
    check(at["counter"] + 1 in places(tether("mem", "search", pid, "u16:0x12d6", "--align", 1, "--json")), "no alignment")
    check(places(tether("mem", "search", pid, "1234567", "--only", "stack", "--json")) == [], "only the stack")
    where = f"{at['counter']:#x}+4"
    check(places(tether("mem", "search", pid, "1234567", "--only", where, "--json")) == [at["counter"]], "only there")


def test_narrow_down(cells):
    pid, counter = cells.pid, cells.at["counter"]
    tether("mem", "search", pid, "u32:any", "--only", "writable", "--limit", 1)
    for step, how in [(5, "+5"), (0, "unchanged"), (3, "increased"), (-9, "-9"), (-1, "decreased"), (4, "changed")]:
        cells.ask(f"step {step}")
        found = places(tether("mem", "search", pid, "--again", how, "--json"))
        check(counter in found, f"the counter does not survive {how}")
    value = cells.show()["counter"]
    check(places(tether("mem", "search", pid, "--again", f"={value}", "--json")) == [counter], "the only place left")
    check(f"{counter:#014x}  {value}" in tether("mem", "search", pid, "--list"), "list")
    tether("mem", "search", pid, "--again", "changed")
    check("nothing was found" in tether("mem", "search", pid, "--list"), "none left")
    tether("mem", "search", pid, "--reset")
    check("nothing has been searched for" in tether("mem", "search", pid, "--list", status=1), "reset")


def test_search_errors(cells):
    for pattern, reason in [("3.5", "of which width"), ("hex:9", "no row of bytes"), ("regex:[", "regex"), ("regex:x*", "empty"), ("hex:??", "wildcards"), ("u8:9..3", "above its end"), ("u7:1", "no kind of value")]:
        check(reason in tether("mem", "search", cells.pid, pattern, status=125), pattern)
    check("no readable memory that" in tether("mem", "search", cells.pid, "1", "--only", "nosuch.so", status=1), "only")
    tether("mem", "search", cells.pid, "str:haystack")
    check("do not increase" in tether("mem", "search", cells.pid, "--again", "increased", status=125), "text")


def test_damaged_session(cells):
    tether("mem", "search", cells.pid, "1234567")
    (path,) = [os.path.join(STATE, "tether", name) for name in os.listdir(os.path.join(STATE, "tether")) if name.startswith(f"{cells.pid}-") and name.endswith(".search")]
    with open(path, "rb") as file:
        whole = file.read()
    for _ in range(30):
        broken = bytearray(whole)
        broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
        with open(path, "wb") as file:
            file.write(broken[: random.randrange(len(broken))] if random.random() < 0.5 else broken)
        run = subprocess.run([TETHER, "mem", "search", str(cells.pid), "--list"], capture_output=True, env=ENVIRONMENT)
        check(run.returncode in (0, 1, 125), f"a damaged file of a search ends tether with {run.returncode}")


# ── Two moments, files ───────────────────────────────────────────────────────────────────────────────────────────────


def test_diff(cells):
    pid, at = cells.pid, cells.at
    file = os.path.join(STATE, "before")
    tether("mem", "diff", pid, "--save", file)
    cells.ask("step 2")
    tether("mem", "write", "-q", pid, hex(at["text"]), "str:N")
    changes = {int(d["address"], 16): (d["before"], d["after"]) for d in json_lines(tether("mem", "diff", pid, file, "--only", "writable", "--type", "u32", "--json")) if "type" in d}
    check(changes.get(at["counter"]) == (1234567, 1234569), changes)
    check(at["text"] in changes, changes)
    core = os.path.join(STATE, "core")
    tether("mem", "dump", pid, "--core", core)
    cells.ask("step 4")
    line = [d for d in json_lines(tether("mem", "diff", pid, core, "--type", "i32", "--json")) if int(d["address"], 16) == at["counter"]]
    check(line and (line[0]["before"], line[0]["after"]) == (1234569, 1234573), line)
    tether("undo", pid)
    other = Cells()
    check("of another process" in tether("mem", "diff", other.pid, file, status=125), "another's snapshot")
    other.end()
    with open(file, "wb") as broken:
        broken.write(b"\x7fELF" + bytes(100))
    check("no core file" in tether("mem", "diff", pid, file, status=125), "no core")


def test_dump_range(cells):
    file = os.path.join(STATE, "part")
    start = cells.at["text"] - 100
    tether("mem", "dump", cells.pid, f"{start:#x}+4321", file)
    with open(file, "rb") as part:
        got = part.read()
    check(len(got) == 4321 or len(got) < 4321, "size")
    check(got == cells.bytes_at(start, len(got)), "the bytes")
    tether("mem", "dump", cells.pid, "stack", file)
    stack = re.search(r"^([0-9a-f]+)-([0-9a-f]+) .*\[stack\]$", cells.read_maps(), re.M)
    status = os.stat(file)
    check(status.st_size == int(stack[2], 16) - int(stack[1], 16), "all of the stack")
    check(status.st_blocks * 512 < status.st_size, "pages of zeros are holes")


def test_dump_replaces_files_only(cells):
    start = int(next(line for line in open(f"/proc/{cells.pid}/maps") if line.endswith("[stack]\n")).split("-")[0], 16)
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(f"{folder}/fifo")
        open(f"{folder}/target", "w").write("precious")
        os.symlink("target", f"{folder}/link")
        open(f"{folder}/new.part", "w").write("precious")
        for name in ("fifo", "link"):
            run = tether("mem", "dump", cells.pid, f"{start:#x}+4096", f"{folder}/{name}", status=125)
            check("no regular file" in run, f"mem dump onto a {name}: {run}")
        tether("mem", "dump", cells.pid, f"{start:#x}+4096", f"{folder}/new")
        check(sorted(os.listdir(folder)) == ["fifo", "link", "new", "new.part", "target"], f"what there is then: {os.listdir(folder)}")
        check(open(f"{folder}/target").read() == open(f"{folder}/new.part").read() == "precious", "other files were touched")


def test_core_in_gdb(cells):
    gdb = shutil.which("gdb")
    file = os.path.join(STATE, "core")
    for options in [(), ("--consistent",)]:
        tether("mem", "dump", cells.pid, "--core", *options, file)
        if gdb is None:
            print("  (no gdb here to open the core)")
            continue
        commands = [f"x/dw {cells.at['counter']:#x}", f"x/s {cells.at['text']:#x}", "info threads", "bt"]
        words = [gdb, "-nx", "-batch"] + [word for command in commands for word in ("-ex", command)]
        run = subprocess.run([*words, f"/proc/{cells.pid}/exe", file], capture_output=True, text=True, timeout=60, env={**os.environ, "DEBUGINFOD_URLS": ""})
        check("1234567" in run.stdout and "needle in the haystack" in run.stdout, run.stdout + run.stderr)
        check(len(re.findall(r"^[* ] +\d+ +(?:Thread|LWP)", run.stdout, re.M)) == 5, "five threads: " + run.stdout)
        check(" main ()" in run.stdout, "the back trace ends in main: " + run.stdout)


# ── Mappings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_mappings(cells):
    pid = cells.pid
    made = re.search(r"mapped 0x([0-9a-f]+)-0x([0-9a-f]+) rwx", tether("mem", "map", pid, "20k", "rwx"))
    start, end = int(made[1], 16), int(made[2], 16)
    check(end - start == 20480, "the size")
    tether("mem", "write", pid, hex(start), "u64:0x1122334455667788")
    check(cells.ask(f"probe {start:#x}") == "probe 88 77 66 55 44 33 22 11", "the process reads it")
    tether("mem", "protect", pid, f"{start + 4096:#x}+4k", "none")
    check(cells.ask(f"probe {start + 4096:#x}") == "unmapped", "and not that")
    tether("mem", "unmap", pid, f"{start:#x}+4k")
    check(cells.ask(f"probe {start:#x}") == "unmapped", "unmapped")
    check(len(tether("undo", pid, 1).splitlines()) == 1, "one change")
    check(cells.ask(f"probe {start:#x}") == "probe 88 77 66 55 44 33 22 11", "given back with its bytes")
    tether("undo", pid)
    check(cells.ask(f"probe {start:#x}") == "unmapped", "all undone")
    text = tether("mem", "alloc", "-q", pid, r"str:hello\0").strip()
    check(cells.bytes_at(int(text, 16), 6) == b"hello\0", "alloc")
    tether("undo", pid)
    # Code cannot be given back: without --force nothing happens to it.
    page = cells.at["answer"] & ~4095
    check("could not be taken back" in tether("mem", "unmap", pid, f"{page:#x}+4k", status=125), "code")
    check("is within a page" in tether("mem", "unmap", pid, f"{page + 1:#x}+4k", status=125), "within a page")
    check("is not mapped" in tether("mem", "protect", pid, "0x10000+4k", "r", status=125), "not mapped")


# ── Holding a value ──────────────────────────────────────────────────────────────────────────────────────────────────


def freeze(cells, *options):
    words = [TETHER, "mem", "freeze", *options, str(cells.pid), hex(cells.at["counter"]), "i32:99"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    check(process.stdout.readline().startswith("holding "), "freeze says when it holds")
    return process


def await_counter(cells, value):
    for _ in range(2000):
        if cells.show()["counter"] == value:
            return
        time.sleep(0.005)
    raise Failure(f"the counter does not become {value}")


def test_freeze(cells):
    process = freeze(cells)
    cells.ask("step 1000")
    await_counter(cells, 99)
    process.send_signal(signal.SIGINT)
    check(process.wait() == 0, "freeze ends well")
    check(cells.show()["counter"] == 99, "and leaves the value")
    tether("undo", cells.pid)
    for end in (signal.SIGINT, signal.SIGKILL):
        process = freeze(cells, "--until-exit")
        cells.ask("step 1000")
        process.send_signal(end)
        process.wait()
        await_counter(cells, 1234567)


def test_stacks_of_running_threads(cells):
    """Four threads never come to rest; where their stacks are is known without stopping them."""
    if BITS == 32:
        return print("  (the kernel tells it of 64-bit threads only)")
    names = {mapping["what"] for mapping in json.loads(tether("mem", "maps", "--json", cells.pid))["mappings"]}
    threads = set(os.listdir(f"/proc/{cells.pid}/task")) - {str(cells.pid)}
    check(len(threads) == 4 and {f"[thread {tid} stack]" for tid in threads} <= names, names)


# ── Code ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_patch(cells):
    pid, answer = cells.pid, cells.at["answer"]
    text = tether("patch", pid, hex(answer), "mov eax, 42")
    check("mov eax, 0x29" in text and "mov eax, 0x2a" in text, text)
    check(cells.show()["answer"] == 42, "the new code runs")
    with open(f"/proc/{pid}/exe", "rb") as file:
        check(b"\xb8\x2a\x00\x00\x00\xc3" not in file.read(), "the file stays as it is")
    tether("undo", pid)
    check(cells.show()["answer"] == 41, "and the former code again")
    padded = tether("patch", "--dry-run", pid, hex(answer), "90 90")
    check(padded.count(" nop\n") == 5, padded)
    check("before the end of the instruction" in tether("patch", "--no-pad", pid, hex(answer), "90", status=125), "no pad")
    for wrong in ("nopp", "mov eax, ebxx", "jmp"):
        check("'" + wrong + "'" in tether("patch", pid, hex(answer), wrong, status=125 if wrong != "mov eax, ebxx" else 1), wrong)
    over = tether("patch", pid, hex(answer), "hex:b8 2a 00 00 00 90 c3", status=125)
    check(f"answer ends at {answer + 6:#x}, 6 bytes behind" in over and "--force" in over, over)
    check("0x2a" in tether("patch", "--dry-run", "--force", pid, hex(answer), "hex:b8 2a 00 00 00 90 c3"), "forced")
    check("nothing to write" in tether("patch", pid, hex(answer), "", status=125), "nothing")
    check("is not executable" in tether("patch", pid, hex(cells.at["counter"]), "nop", status=125), "data")
    run = subprocess.run([TETHER, "patch", str(pid), hex(answer), "nop"], capture_output=True, text=True, env={**ENVIRONMENT, "PATH": "/nonexistent"})
    check(run.returncode == 125 and "there is no `as` here" in run.stderr, run.stderr)
    check(cells.bytes_at(answer, 6) == b"\xb8\x29\x00\x00\x00\xc3", "nothing of it was written")


def test_patch_under_threads(cells):
    """Four threads run the code all the time, and check what it returns."""
    pid, answer = cells.pid, cells.at["answer"]
    for _ in range(15):
        tether("patch", "-q", pid, hex(answer), "hex:b8 2a 00 00 00 c3")
        check(cells.show()["answer"] == 42, "patched")
        tether("undo", pid)
        check(cells.show()["answer"] == 41, "undone")


def test_patch_killed(cells):
    """Killed at any moment, tether leaves the old code or the new one, and what it leaves can be undone."""
    pid, answer = cells.pid, cells.at["answer"]
    for _ in range(15):
        process = subprocess.Popen([TETHER, "patch", str(pid), hex(answer), "hex:b8 2a 00 00 00 c3"], stdout=subprocess.PIPE, env=ENVIRONMENT)
        time.sleep(random.random() * 0.03)
        process.kill()
        process.stdout.read()  # to its end: when the guardian, too, has ended
        process.wait()
        check(cells.show()["answer"] in (41, 42), "the process goes on")
        tether("undo", pid)
        check(cells.show()["answer"] == 41, "undone")


# ── Breakpoints ──────────────────────────────────────────────────────────────────────────────────────────────────────


ANSWER = b"\xb8\x29\x00\x00\x00\xc3"


def check_hidden(pid, answer, saved):
    """What `tether break` has put before answer() is shown by nobody."""
    part = os.path.join(STATE, "part")
    code = f"{answer & ~4095:#x}+4k"
    check(json_lines(tether("mem", "read", "--json", "-s", 6, pid, hex(answer)))[0]["bytes"] == ANSWER.hex(" "), "mem read")
    tether("mem", "dump", pid, f"{answer:#x}+6", part)
    with open(part, "rb") as file:
        check(file.read() == ANSWER, "mem dump")
    found = [int(line["address"], 16) for line in json_lines(tether("mem", "search", "--json", "--only", code, pid, "hex:" + ANSWER.hex(" ")))]
    check(answer in found, found)
    left = [int(line["address"], 16) for line in json_lines(tether("mem", "search", pid, "--json", "--again", "unchanged"))]
    check(answer in left, left)
    listed = json_lines(tether("mem", "search", pid, "--json", "--list"))
    check({"hex": ANSWER.hex(" ")} in [line["value"] for line in listed], listed)
    check(tether("mem", "diff", pid, saved) == "nothing has changed\n", "mem diff")


def leave_breakpoint(subject, address, while_there):
    """By a tether that is killed together with its guardian."""
    breaking = subprocess.Popen([TETHER, "break", str(subject.pid), hex(address)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    while subject.bytes_at(address, 1) != b"\xcc":
        check(breaking.poll() is None, "tether break has ended")
    guardian = json_lines(tether("journal", "--json", subject.pid))[-1]["maker"]
    while_there(guardian)
    os.kill(guardian, signal.SIGKILL)
    breaking.communicate()
    check(subject.bytes_at(address, 6) == b"\xcc" + ANSWER[1:], "it is left in the code")


def test_breakpoints_are_hidden(cells):
    subject = Cells("0")
    pid, answer = subject.pid, subject.at["answer"]
    saved, core = os.path.join(STATE, "saved"), os.path.join(STATE, "core")
    tether("mem", "diff", pid, "--save", saved, "--only", f"{answer & ~4095:#x}+4k")

    def look(guardian):
        check_hidden(pid, answer, saved)
        for where, what in ((answer, "mov eax, 42"), (answer + 1, "hex:2a"), (answer - 1, "90 90")):
            said = tether("patch", "-q", "--force", pid, hex(where), what, status=125)
            check(f"a breakpoint of `" in said and f"stands at {answer:#x}" in said and f"end that first; it is process {guardian}" in said, said)
        check("ret" in tether("patch", "--dry-run", pid, hex(answer + 5), "nop"), "what stands beside it may be replaced")

    leave_breakpoint(subject, answer, look)
    check_hidden(pid, answer, saved)
    tether("mem", "dump", pid, "--core", core)
    with open(core, "rb") as file:
        contents = file.read()
    check(ANSWER in contents and b"\xcc" + ANSWER[1:] not in contents, "mem dump --core")
    for said in (tether("patch", pid, hex(answer), "mov eax, 42", status=125), tether("break", pid, hex(answer), status=1)):
        check(f"it was killed: `tether undo {pid}` takes it out" in said, said)
    tether("undo", pid)
    check(subject.bytes_at(answer, 6) == ANSWER, "taken out")
    check(subject.show()["answer"] == 41, "it goes on")
    subject.end()


def test_left_breakpoint_is_not_stepped(cells):
    """The program dies of it, as it would have; but nobody says that its own code was executed."""
    subject = Cells("0")
    answer = subject.at["answer"]
    leave_breakpoint(subject, answer, lambda guardian: None)
    stepping = subprocess.Popen([TETHER, "step", "-q", str(subject.pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    while subject.tracer() == 0:
        check(stepping.poll() is None, "tether step has ended")
    subject.process.stdin.write("show\n")
    subject.process.stdin.flush()
    _, said = stepping.communicate()
    check(stepping.returncode == 125 and f"stands at {answer:#x}" in said and "it was killed" in said, said)
    subject.process.communicate()
    check(subject.process.returncode == -signal.SIGTRAP, "its end")


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    chosen = sys.argv[4:] or tests
    failed = 0
    for name in chosen:
        cells = Cells()
        try:
            tests[name](cells)
            check(cells.read_maps() == cells.maps or name in ("test_write_refuses",), "its mappings are others than before")
            cells.end()
            print(f"ok {name}")
        except Failure as failure:
            print(f"FAIL {name}: {failure}")
            failed += 1
            cells.process.kill()
            cells.process.communicate()
    shutil.rmtree(STATE, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
