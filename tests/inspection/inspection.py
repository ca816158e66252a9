#!/usr/bin/env python3
"""Compares what `fd ls`, `mem maps` and `show` say of a process with what it says of itself, and with /proc.

usage: inspection.py TETHER TRACEE
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

problems = []


def expect(what: str, got, wanted) -> None:
    if got != wanted:
        problems.append(f"{what}: {got!r}, not {wanted!r}")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        problems.append(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr}")
    if re.search(r"[^\n\x20-\x7e]", done.stdout):
        problems.append(f"{' '.join(command)}: prints bytes that drive a terminal")
    return done.stdout


def check_descriptors(tether: str, pid: str, truths: list[list[str]]) -> None:
    document = json.loads(run(tether, "fd", "ls", "--peers", "--json", pid))
    expect("schema", document["schema"], 1)
    listed = {entry["fd"]: entry for entry in document["processes"][0]["descriptors"]}
    expect("numbers", sorted(listed), sorted(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")))
    table = {int(line.split()[0]): line for line in run(tether, "fd", "ls", pid).splitlines()[1:]}
    for kind, number, *rest in truths:
        fd = listed.get(int(number)) if kind in ("fd", "pair", "deleted", "socket", "flags", "offset") else None
        if fd is None:
            continue
        if kind == "fd":
            expect(f"kind of {number}", fd["kind"], rest[0])
            expect(f"deleted of {number}", fd["deleted"], ["deleted", number] in truths)
        if kind == "pair":
            peers = [(peer["pid"], peer["fd"]) for peer in fd.get("peers", [])]
            expect(f"peer of {number}", (int(pid), int(rest[0])) in peers, True)
            peers = [(peer["pid"], peer["fd"]) for peer in listed[int(rest[0])].get("peers", [])]
            expect(f"peer of {rest[0]}", (int(pid), int(number)) in peers, True)
        if kind == "socket":
            expect(f"line of {number}", table[int(number)].endswith("  " + " ".join(rest)), True)
        if kind == "flags":
            expect(f"flags of {number}", fd["flags"] + ("|O_CLOEXEC" if fd["cloexec"] else ""), rest[0])
        if kind == "offset":
            expect(f"offset of {number}", fd["offset"], int(rest[0]))
    epoll = next(fd for fd in listed.values() if fd["kind"] == "epoll")
    expect("epoll", [watch["event_names"] for watch in epoll["watches"]], ["IN|ET"])
    expect("eventfd", next(fd for fd in listed.values() if fd["kind"] == "eventfd")["count"], 3)
    expect("signalfd", next(fd for fd in listed.values() if fd["kind"] == "signalfd")["signals"], ["SIGCHLD"])
    expect("pidfd", next(fd for fd in listed.values() if fd["kind"] == "pidfd")["process"], int(pid))


def check_mappings(tether: str, pid: str, truths: list[list[str]]) -> None:
    document = json.loads(run(tether, "mem", "maps", "--json", pid))
    mappings = document["mappings"]
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    expect("ranges", [f"{m['start'][2:]}-{m['end'][2:]}" for m in mappings], [line.split()[0].lstrip("0") for line in lines])
    expect("permissions", [m["permissions"] for m in mappings], [line.split()[1] for line in lines])
    rollup = dict(re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
    expect("rss", document["sums"]["rss"], int(rollup["Rss"]) * 1024)
    expect("dirty", document["sums"]["private_dirty"], int(rollup["Private_Dirty"]) * 1024)

    def name_at(address: str) -> str:
        return next(m["what"] for m in mappings if int(m["start"], 16) <= int(address, 16) < int(m["end"], 16))

    for kind, *rest in truths:
        if kind == "stack":
            expect("stack of a thread", name_at(rest[1]), f"[thread {rest[0]} stack]")
        if kind == "name":
            expect(f"name of {rest[0]}", name_at(rest[0]), " ".join(rest[1:]))
    expect("lines", len(run(tether, "mem", "maps", pid).splitlines()), len(mappings) + 2)


def check_page(tether: str, pid: str, tracee: str, truths: list[list[str]]) -> None:
    page = json.loads(run(tether, "show", "--json", pid))
    proc = pathlib.Path(f"/proc/{pid}")
    expect("arguments", page["arguments"], [a.decode() for a in (proc / "cmdline").read_bytes().split(b"\0")[:-1]])
    expect("executable", page["executable"], os.readlink(proc / "exe"))
    expect("cwd", page["cwd"], os.getcwd())
    expect("bits", page["bits"], 32 if tracee.endswith(".32") else 64)
    expect("uid", page["uid"]["real"], os.getuid())
    expect("parent", page["ancestors"][0]["pid"], os.getpid())
    expect("session", page["session"], os.getsid(int(pid)))
    expect("descriptors", page["descriptors"]["count"], len(os.listdir(proc / "fd")))
    expect("tracer", page["tracer"], None)
    expect("namespaces", page["foreign_namespaces"], {})
    files = next(limit for limit in page["limits"] if limit["name"] == "open files")
    expect("limit", str(files["soft"]), re.search(r"Max open files\s+(\w+)", (proc / "limits").read_text())[1])
    for kind, *rest in truths:
        if kind == "signal":
            expect(f"{rest[1]} {rest[0]}", rest[1] in page["signals"][rest[0]], True)
    calls = {thread["tid"]: thread["call"]["name"] for thread in page["threads"]}
    resting = int(next(truth[1] for truth in truths if truth[0] == "stack"))
    expect("calls", calls, {int(pid): "read", resting: "pause"})
    own = json.loads(run(tether, "show", "--json", f"{pid}:{resting}"))
    expect("a thread", (own["pid"], own["tid"], own["call"]["name"], own["uid"]["real"]), (int(pid), resting, "pause", os.getuid()))
    text = run(tether, "show", f"{pid}:{resting}")
    for wanted in (rf"^thread       .*zoo keeper\\33 \({resting}\) of process .*\({pid}\)$", r"^system call  pause$", r"^signals      blocked "):
        expect(wanted, re.search(wanted, text, re.M) is not None, True)
    text = run(tether, "show", pid)
    for wanted in (rf"^process      descriptor_zoo.* \({pid}\), \d\d bits$", r"^memory       \S+ resident", r"^ +\d+  S .*zoo keeper\\33 +pause"):
        expect(wanted, re.search(wanted, text, re.M) is not None, True)
    status = (proc / "status").read_text()
    expect("is not traced", re.search(r"TracerPid:\s+(\d+)", status)[1], "0")


def check_refusals(tether: str, pid: str, thread: str) -> None:
    for verb in (["fd", "ls"], ["mem", "maps"], ["show"]):
        gone = subprocess.run([tether, *verb, "2147483647"], capture_output=True, text=True)
        expect(f"{verb} of no process", (gone.returncode, gone.stderr.splitlines()[0]), (1, "tether: there is no process 2147483647"))
        task = subprocess.run([tether, *verb, thread], capture_output=True, text=True)
        expect(f"{verb} of a thread", (task.returncode, f"hint: say {pid}, or {pid}:{thread} for that thread alone" in task.stderr), (1, True))
        none = subprocess.run([tether, *verb], capture_output=True, text=True)
        expect(f"{verb} of nothing", none.returncode, 125)


def main() -> int:
    tether, tracee = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="tether-inspection-") as folder:
        process = subprocess.Popen([tracee, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        truths = []
        for line in process.stdout:
            if line == "ready\n" or line.startswith("FAIL"):
                break
            truths.append(line.split())
        pid = str(process.pid)
        if line != "ready\n":
            problems.append(line.strip())
        else:
            check_descriptors(tether, pid, truths)
            check_mappings(tether, pid, truths)
            check_page(tether, pid, tracee, truths)
            check_refusals(tether, pid, next(truth[1] for truth in truths if truth[0] == "stack"))
        rest, _ = process.communicate()
        expect("the tracee's end", (rest, process.returncode), ("ok\n", 0))
    print("\n".join(problems) if problems else "all as the process says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
