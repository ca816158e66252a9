#!/usr/bin/env python3
"""What the verbs refuse, and how they end: at Ctrl-C, at what is no process to look at, at an output that is full, at words that mean nothing.

    verbs.py TETHER TRACEES [NAME...]
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TETHER, TRACEES = sys.argv[1], sys.argv[2]
PATIENCE = 60
FAILED = 125


class Tracee:
    """A tracee that says "ready", and at the end of its input "ok"."""

    def __init__(self, *command):
        self.process = subprocess.Popen([os.path.join(TRACEES, command[0]), *command[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        assert self.process.stdout.readline() == "ready\n"

    def end(self):
        out, _ = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, out) == (0, "ok\n"), (self.process.returncode, out)


def tether(*words, status=0, **extra):
    run = subprocess.run([TETHER, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, **extra)
    assert run.returncode == status, f"tether {words}: {run.returncode}, not {status}: {run.stdout}{run.stderr}"
    return run.stdout + run.stderr


def await_that(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


def status_of(pid, field):
    return re.search(rf"^{field}:\s+(\S+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1]


def current_call(pid):
    return Path(f"/proc/{pid}/syscall").read_text().split()[0]


POLL, PAUSE = "7", "34"  # <asm/unistd_64.h>


def start_call(pid, *words):
    return subprocess.Popen([TETHER, "call", "-t", "100", str(pid), *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ended(call):
    out, err = call.communicate(timeout=PATIENCE)
    return call.returncode, out + err


# ── Ctrl-C ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_system_call_ends_at_ctrl_c():
    tracee = Tracee("callable")
    call = start_call(tracee.pid, "pause()")
    await_that(lambda: current_call(tracee.pid) == PAUSE, "the call")
    call.send_signal(signal.SIGINT)
    status, said = ended(call)
    assert status == FAILED and "interrupted as it was no longer wanted" in said, (status, said)
    assert status_of(tracee.pid, "TracerPid") == "0"
    tracee.end()


def a_function_ends_at_ctrl_c():
    for name in ("callable", "callable.32"):
        if not os.path.exists(os.path.join(TRACEES, name)):
            continue
        tracee = Tracee(name)
        call = start_call(tracee.pid, "spin()")
        await_that(lambda: status_of(tracee.pid, "TracerPid") != "0" and status_of(tracee.pid, "State") == "R", "the loop")
        call.send_signal(signal.SIGTERM)
        status, said = ended(call)
        assert status == FAILED and "no longer wanted; it was abandoned in spin" in said, (status, said)
        tracee.end()


def a_function_that_makes_calls_ends_at_ctrl_c_and_in_time():
    tracee = Tracee("callable")
    descriptors = len(os.listdir(f"/proc/{tracee.pid}/fd"))
    call = start_call(tracee.pid, "count_to(0x7fffffff)")
    await_that(lambda: len(os.listdir(f"/proc/{tracee.pid}/fd")) == descriptors + 2, "the function")
    call.send_signal(signal.SIGINT)
    status, said = ended(call)
    assert status == FAILED and "no longer wanted; it was abandoned in" in said, (status, said)
    assert "did not return within 20 ms" in tether("call", "-t", "20ms", tracee.pid, "count_to(0x7fffffff)", status=FAILED)
    tracee.end()


def a_function_that_may_hold_a_lock_ends_at_the_second_ctrl_c():
    tracee = Tracee("callable")
    call = start_call(tracee.pid, "je_block()")
    await_that(lambda: current_call(tracee.pid) == POLL, "the function")
    call.send_signal(signal.SIGINT)
    said = call.stderr.readline()
    assert "the function stands in je_block" in said and "it runs on" in said, said
    assert call.poll() is None
    asked = time.monotonic()
    while call.poll() is None:  # what comes at once is the same request
        assert time.monotonic() < asked + PATIENCE
        call.send_signal(signal.SIGINT)
        time.sleep(0.05)
    status, said = ended(call)
    assert status == FAILED and "abandoned in" in said, (status, said)
    tracee.end()


# ── Stacks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_function_has_room_where_the_thread_has_none():
    for name in ("small_stack", "small_stack.32"):
        if not os.path.exists(os.path.join(TRACEES, name)):
            continue
        tracee = Tracee(name)
        maps = Path(f"/proc/{tracee.pid}/maps").read_text()
        assert "use_stack() = 768" in tether("call", tracee.pid, "use_stack()")
        assert Path(f"/proc/{tracee.pid}/maps").read_text() == maps
        tracee.end()


# ── What is no process to look at ────────────────────────────────────────────────────────────────────────────────────

ON_A_PROCESS = [
    ["regs", "P"], ["stack", "P"], ["fd", "ls", "P"], ["fd", "close", "P", "0"], ["fd", "tee", "P", "1", "/dev/null"], ["mem", "maps", "P"],
    ["mem", "read", "P", "0x1000"], ["mem", "write", "P", "0x1000", "u8:1"], ["mem", "search", "P", "u8:1"], ["mem", "dump", "P", "heap", "/dev/null"],
    ["mem", "map", "P", "4k"], ["patch", "P", "0x1000", "90"], ["call", "P", "getpid()"], ["load", "P", "libm.so.6"], ["step", "P"], ["break", "P", "main"],
    ["sig", "ls", "P"], ["sig", "send", "P", "SIGUSR1"], ["sig", "mask", "P", "+SIGUSR1"], ["sig", "watch", "P"], ["tty", "P"],
]  # fmt: skip


def on_all(pid, status):
    for words in ON_A_PROCESS:
        yield words, tether(*(str(pid) if word == "P" else word for word in words), status=status)


WITHOUT_A_MAIN_THREAD = """
import ctypes, os, sys, threading
def work():
    print("ready", flush=True)
    sys.stdin.read()
    print("ok", flush=True)
    os._exit(0)
threading.Thread(target=work).start()
ctypes.CDLL(None).syscall(60, 0)  # SYS_exit, <asm/unistd_64.h>
"""


def without_a_main_thread_the_others_are_asked():
    tracee = Tracee(sys.executable, "-c", WITHOUT_A_MAIN_THREAD)
    await_that(lambda: status_of(tracee.pid, "State") == "Z", "the end of its main thread")
    thread = next(tid for tid in os.listdir(f"/proc/{tracee.pid}/task") if int(tid) != tracee.pid)
    before = sorted(os.listdir(f"/proc/{thread}/fd"))
    assert len(tether("fd", "ls", tracee.pid).splitlines()) == 1 + len(before)
    assert "libc.so.6" in tether("mem", "maps", tracee.pid)
    assert f"thread {thread}" in tether("regs", tracee.pid)
    assert "rip" in tether("regs", f"{tracee.pid}:{thread}", "rip")
    assert tether("call", tracee.pid, "getpid()").endswith(f"= {tracee.pid}\n")
    for words in (["fd", "open", "P", "/dev/null", "O_RDONLY"], ["fd", "dup", "P", "1", "70"], ["patch", "P", "libc:getppid", "nop"],
                  ["set", "P", "umask=027", "nice=3"], ["sig", "mask", "P", "+SIGHUP"], ["mem", "map", "P", "4k"]):  # fmt: skip
        tether(*(str(tracee.pid) if word == "P" else word for word in words))
        assert "taken back" in tether("undo", tracee.pid), words
    assert sorted(os.listdir(f"/proc/{thread}/fd")) == before
    tracee.end()


def a_zombie_is_called_one():
    process = subprocess.Popen(["true"])
    await_that(lambda: status_of(process.pid, "State") == "Z", "its end")
    for words, said in on_all(process.pid, 1):
        assert "has ended and waits for its parent (zombie)" in said, (words, said)
    assert "zombie" in tether("show", process.pid).lower()
    tether("journal", process.pid)
    process.wait()


def a_kernel_thread_is_called_one():
    if not os.path.exists("/proc/2/status") or status_of(2, "Name") != "kthreadd":
        return  # in a pid namespace there is none to be seen
    for words, said in on_all(2, 1):
        assert "2 (kthreadd) is a kernel thread" in said, (words, said)


def what_is_not_ours_to_see_is_refused_with_a_way_out():
    if os.geteuid() != 0:
        return  # there is no other user that could be tried
    tracee = Tracee("callable")
    nobody = {"user": 65534, "group": 65534, "extra_groups": [], "env": {**os.environ, "XDG_STATE_HOME": "/nonexistent"}}
    for words in (["regs"], ["stack"], ["fd", "ls"], ["mem", "maps"], ["mem", "read", "main"], ["mem", "write", "main", "u8:1"], ["patch", "main", "nop"], ["break", "main"], ["step"]):
        family = 2 if words[0] in ("fd", "mem") else 1
        try:
            said = tether(*words[:family], tracee.pid, *words[family:], status=1, **nobody)
        except PermissionError:
            break  # tether lies where another user cannot execute it
        assert "hint: run tether as root, or" in said, (words, said)
    tracee.end()


def what_is_not_ours_to_change_is_refused_with_whose_it_is():
    if os.geteuid() != 0:
        return  # there is no other user that could be tried
    tracee = Tracee("callable")
    with tempfile.TemporaryDirectory() as state:
        os.chmod(state, 0o777)
        nobody = {"user": 65534, "group": 65534, "extra_groups": [], "env": {**os.environ, "XDG_STATE_HOME": state}}
        for words in [["set", "nice=5"], ["set", "rlimit.nofile=100"], ["set", "cwd=/"], ["regs", "rax=1"], ["call", "getpid()"],
                      ["fd", "close", "1"], ["fd", "redirect", "1", "/dev/null"], ["fd", "tee", "1", f"{state}/copy"],
                      ["fd", "send", "1", os.getpid()], ["sig", "send", "USR1"], ["sig", "mask", "+USR1"], ["mem", "map", "4k"],
                      ["load", "/etc/passwd"]]:
            family = 2 if words[0] in ("fd", "sig", "mem") else 1
            try:
                said = tether(*words[:family], tracee.pid, *words[family:], status=1, **nobody)
            except PermissionError:
                break  # tether lies where another user cannot execute it
            assert "to user 0, tether runs as user 65534" in said and "hint: " in said and "as root" in said, said
        nobody["env"]["XDG_STATE_HOME"] = "/nonexistent"  # what is denied here is tether's own
        said = tether("set", tracee.pid, "nice=5", status=FAILED, **nobody)
        assert "no place for the journal: " in said and "to user" not in said, said
    tracee.end()


def who_waits_for_tether_is_not_waited_for():
    # The outer shell waits for the inner one, which waits until it does.
    inner = f'until [ "$(cut -d " " -f 1 /proc/$PPID/syscall)" = 61 ]; do :; done; {TETHER} break $PPID malloc; echo $?; {TETHER} step $PPID; echo $?'
    run = subprocess.run(["sh", "-c", f"sh -c '{inner}'; :"], capture_output=True, text=True, timeout=PATIENCE)
    assert run.stdout == f"{FAILED}\n{FAILED}\n", run
    assert run.stderr.count("is waiting for tether to end: each would wait for the other") == 2, run.stderr
    run = subprocess.run(["sh", "-c", f"exec {TETHER} break $$ malloc"], capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == FAILED and "is tether itself" in run.stderr, run


# ── Words and outputs ────────────────────────────────────────────────────────────────────────────────────────────────


def words_are_refused_before_anything_is_done():
    tracee = Tracee("callable")
    pid = tracee.pid
    for words, message in (
        (("break", "--if", "nowhere_to_be_found > 1", pid, "block"), "nowhere_to_be_found"),
        (("break", "--do", "log {nowhere_to_be_found}", pid, "block"), "nowhere_to_be_found"),
    ):
        assert message in tether(*words, status=1)
    for words, message in (
        (("break", "--do", "run frobnicate {pid}", pid, "block"), "no command 'frobnicate' that could be run"),
        (("break", "--count", "0", pid, "block"), "no hit would be waited for"),
        (("mem", "read", "-s", "0", pid, "block"), "no byte would be shown"),
        (("patch", pid, "block", ""), "nothing to write"),
        (("sig", "mask", pid, "=SIGKILL"), "SIGKILL and SIGSTOP cannot be blocked"),
        (("undo", pid, "1", "2"), "undo takes one count of changes, and then nothing more: '2'"),
        (("fd", "ls", "-x", pid), "--help lists them"),
        (("fd", "seek", pid, "0", "-5"), "descriptor 0 has no offset"),
    ):
        assert message in tether(*words, status=FAILED), words
    before = status_of(pid, "SigBlk")
    tether("sig", "mask", pid, "=all")
    assert status_of(pid, "SigBlk") == "fffffffffffbfeff"
    tether("undo", pid, 1)
    assert status_of(pid, "SigBlk") == before
    assert "rip" in tether("regs", pid, "--json")
    assert status_of(pid, "TracerPid") == "0"
    tracee.end()


def a_full_output_is_a_failure():
    tracee = Tracee("callable")
    pid = str(tracee.pid)
    maps = Path(f"/proc/{pid}/maps").read_text()
    for words in (
        ["regs"], ["regs", "--json"], ["stack"], ["fd", "ls"], ["mem", "maps"], ["mem", "read", "block"], ["mem", "alloc", "u8:1"], ["sig", "ls"], ["show"],
        ["journal"], ["call", "getpid()"], ["call", "--json", "getpid()"], ["patch", "--dry-run", "block", "nop"], ["set", "--dry-run", "nice=5"], ["undo", "--dry-run"],
    ):  # fmt: skip
        family = 2 if words[0] in ("fd", "mem", "sig") else 1
        line = [TETHER, *words[:family], pid, *words[family:]]
        if words[1:2] and words[1].startswith("--") and family == 1:
            line = [TETHER, *words[:2], pid, *words[2:]]
        with open("/dev/full", "wb") as full:
            run = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        assert run.returncode != 0 and "No space left on device" in run.stderr, (words, run.returncode, run.stderr)
    assert Path(f"/proc/{pid}/maps").read_text() == maps, "what could not be said was taken back"
    tracee.end()


def hits_that_cannot_be_written_are_a_failure():
    process = subprocess.Popen([os.path.join(TRACEES, "breakpoint_calls"), "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    with open("/dev/full", "wb") as full:
        run = subprocess.run([TETHER, "break", str(process.pid), "called_function"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    assert run.returncode == FAILED and "the hits cannot be written: No space left on device" in run.stderr, run
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def an_output_is_not_redirected_to_what_cannot_be_written():
    writer = subprocess.Popen([sys.executable, "-c", "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    source = os.open("/dev/null", os.O_RDONLY)
    before = os.readlink(f"/proc/{writer.pid}/fd/1")
    assert "is there for writing" in tether("fd", "redirect", writer.pid, 1, f"{os.getpid()}:{source}", status=FAILED)
    assert os.readlink(f"/proc/{writer.pid}/fd/1") == before
    tether("fd", "redirect", "--force", writer.pid, 1, f"{os.getpid()}:{source}")
    # Now it is open for reading alone, and so would be a file in its place.
    assert "is there for writing" in tether("fd", "redirect", writer.pid, 1, "/tmp", status=FAILED)
    tether("undo", writer.pid)
    os.close(source)
    assert writer.communicate("line\n", timeout=PATIENCE)[0] == "line\n" and writer.returncode == 0


TESTS = [
    a_system_call_ends_at_ctrl_c,
    a_function_ends_at_ctrl_c,
    a_function_that_makes_calls_ends_at_ctrl_c_and_in_time,
    a_function_that_may_hold_a_lock_ends_at_the_second_ctrl_c,
    a_function_has_room_where_the_thread_has_none,
    a_zombie_is_called_one,
    without_a_main_thread_the_others_are_asked,
    a_kernel_thread_is_called_one,
    what_is_not_ours_to_see_is_refused_with_a_way_out,
    what_is_not_ours_to_change_is_refused_with_whose_it_is,
    who_waits_for_tether_is_not_waited_for,
    words_are_refused_before_anything_is_done,
    a_full_output_is_a_failure,
    hits_that_cannot_be_written_are_a_failure,
    an_output_is_not_redirected_to_what_cannot_be_written,
]


def main():
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tether-verbs-") as state:
        os.environ["XDG_STATE_HOME"] = state
        for test in TESTS:
            if sys.argv[3:] and test.__name__ not in sys.argv[3:]:
                continue
            try:
                test()
            except (AssertionError, subprocess.TimeoutExpired) as failure:
                failures += 1
                print(f"{test.__name__}: {failure!r}", flush=True)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
