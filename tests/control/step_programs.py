#!/usr/bin/env python3
"""Steps small programs by the command: what they print, how they end, which addresses gdb's stepi sees, and that a killed tether leaves nothing behind.

    step_programs.py TETHER TRACEES
"""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

PATIENCE = 60
LOOP = """
.globl _start
_start: mov $20,%ecx
1: call f
  dec %ecx
  jnz 1b
  mov $39,%eax
  syscall
  lea buffer(%rip),%rdi
  mov $5,%ecx
  cld
  rep stosb
  mov $60,%eax
  mov $7,%edi
  syscall
f: nop
  pushf
  popf
  ret
.bss
buffer: .skip 64
"""
EXEC = """
.globl _start
_start: lea path(%rip),%rdi
  lea arguments(%rip),%rsi
  xor %edx,%edx
  mov $59,%eax
  syscall
  ud2
.data
arguments: .quad path, 0
path: .asciz "./loop"
"""
DIES = """
.globl _start
_start: mov $1,%eax
  mov $1,%edi
  lea text(%rip),%rsi
  mov $6,%edx
  syscall
  xor %eax,%eax
  mov (%rax),%eax
.data
text: .ascii "hello\\n"
"""
GDB = """
import gdb
gdb.execute("starti", to_string=True)
with open("gdb.addresses", "w") as out:
    while gdb.selected_inferior().pid:
        out.write("0x%x\\n" % int(gdb.parse_and_eval("(unsigned long)$pc")))
        gdb.execute("stepi", to_string=True)
"""

problems: list[str] = []


def expect(is_so: bool, what: str) -> None:
    if not is_so:
        problems.append(what)


def step(tether: str, *words: str, text: bool = True) -> subprocess.CompletedProcess:
    return subprocess.run([tether, "step", *words], capture_output=True, text=text, timeout=PATIENCE)


def assemble(name: str, source: str) -> None:
    pathlib.Path(name + ".S").write_text(source)
    subprocess.run(["cc", "-nostdlib", "-static", "-o", name, name + ".S"], check=True)


def check_loop(tether: str) -> None:
    run = step(tether, "-q", "--trace", "addresses", "--", "./loop")
    expect(run.returncode == 7, f"loop ended with {run.returncode}: {run.stderr}")
    addresses = pathlib.Path("addresses").read_text().split()
    expect(len(addresses) == 1 + 20 * 7 + 2 + 3 + 6 + 3 - 1, f"{len(addresses)} instructions were executed")
    step(tether, "-q", "--trace", "binary", "--trace-format=binary", "--", "./loop")
    raw = pathlib.Path("binary").read_bytes()
    decoded = [hex(int.from_bytes(raw[at:at + 8], "little")) for at in range(0, len(raw), 8)]
    expect(decoded == addresses, "the binary trace is another than the text")
    if not shutil.which("gdb"):
        print("the comparison with gdb is left out: gdb is not installed")
        return
    pathlib.Path("steps.py").write_text(GDB)
    subprocess.run(["gdb", "-nx", "-q", "-batch", "-x", "steps.py", "./loop"], capture_output=True, timeout=PATIENCE)
    theirs = pathlib.Path("gdb.addresses").read_text().split()
    expect(theirs == addresses, f"gdb saw {len(theirs)} addresses, tether {len(addresses)}, or others")


def check_goals(tether: str) -> None:
    run = step(tether, "--until", "f", "--", "./loop")
    expect("now at 0x" in run.stderr and "<f>" in run.stderr and run.stderr.startswith("0x"), f"until f: {run.stderr}")
    expect("2 instructions: there" in run.stderr, f"until f: {run.stderr}")
    run = step(tether, "-q", "--over", "--until", "syscall", "--", "./loop")
    expect("62 instructions: there" in run.stderr, f"over calls until syscall: {run.stderr}")
    run = step(tether, "--json", "-c", "2", "--", "./loop")
    expect('"text":"call' in run.stderr and '"executed":2' in run.stderr, f"JSON: {run.stderr}")
    run = step(tether, "--until", "no_such_name", "-c", "3", "--", "./loop")
    expect(run.returncode == 7, f"a name that never comes: {run.returncode} {run.stderr}")


def check_ends(tether: str) -> None:
    run = step(tether, "--", "./exec")
    expect(run.returncode == 7 and "--- executes another program ---" in run.stderr, f"exec: {run.returncode} {run.stderr}")
    lines = run.stderr.splitlines()
    at = lines.index("--- executes another program ---") if "--- executes another program ---" in lines else 0
    expect("execve" in lines[at + 1] and "_start " in lines[at + 2], f"behind the exec: {lines[at + 1:at + 3]}")
    run = step(tether, "--", "./dies")
    expect(run.returncode == -signal.SIGSEGV and run.stdout == "hello\n", f"dies: {run.returncode} {run.stdout}")
    expect("--- SIGSEGV ---\n+++ killed by SIGSEGV +++\n" in run.stderr, f"dies: {run.stderr}")
    run = step(tether, "--", "./no-such-file")
    expect(run.returncode == 127, f"no such file: {run.returncode}")
    run = step(tether, "-c", "1", "--", "./loop", "-x")
    expect(run.returncode == 7, f"goes on after one: {run.returncode}")


def check_kills(tether: str, tracees: str) -> None:
    """tether is killed while its guardian steps a tracee that checks itself."""
    chance = random.Random(4711)
    for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        for round_ in range(6):
            options = ["--over"] if round_ % 2 else ["-q"]
            with subprocess.Popen([tracees + "/step_subject"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tracee:
                assert tracee.stdin and tracee.stdout
                tracee.stdout.readline()
                with subprocess.Popen([tether, "step", *options, str(tracee.pid)], stdout=subprocess.DEVNULL) as run:
                    wait_until_traced(tracee.pid)
                    if round_ >= 2:
                        tracee.stdin.write("go\n")
                        tracee.stdin.flush()
                        try:
                            run.wait(chance.uniform(0, 0.2))
                        except subprocess.TimeoutExpired:
                            pass
                    run.send_signal(number)
                    run.wait(PATIENCE)
                rest, _ = tracee.communicate("go\n" if round_ < 2 else None, timeout=PATIENCE)
                expect(tracee.returncode == 0 and rest == "ok 6\n", f"{number.name}, round {round_}: {tracee.returncode} {rest}")


def check_blocked(tether: str, tracees: str) -> None:
    """Threads that are blocked in calls of all kinds are stepped for a moment: none of the calls may return EINTR."""
    with subprocess.Popen([tracees + "/eintr_timing", "all", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tracee:
        assert tracee.stdin and tracee.stdout
        tracee.stdout.readline()
        for thread in os.listdir(f"/proc/{tracee.pid}/task"):
            with subprocess.Popen([tether, "step", "-q", f"{tracee.pid}:{thread}"], stdout=subprocess.DEVNULL) as run:
                try:
                    run.wait(0.03)
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGINT)
        rest, _ = tracee.communicate(timeout=PATIENCE)
        expect(tracee.returncode == 0, f"blocked threads: {rest}")


def wait_until_traced(pid: int) -> None:
    while "TracerPid:\t0\n" in pathlib.Path(f"/proc/{pid}/status").read_text():
        pass


def main() -> int:
    tether, tracees = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for name, source in (("loop", LOOP), ("exec", EXEC), ("dies", DIES)):
            assemble(name, source)
        check_loop(tether)
        check_goals(tether)
        check_ends(tether)
        check_kills(tether, tracees)
        check_blocked(tether, tracees)
        os.chdir("/")
    print("\n".join(problems) if problems else "ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
