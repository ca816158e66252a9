#!/usr/bin/env python3
"""`tether tty` on real terminals: a program on terminal A is moved to terminal B, reads and writes there, gets its Ctrl-C and its size
there, and is given back.

    terminals.py TETHER
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

PATIENCE = 20.0

# Echoes lines with what it knows of its terminal; counts interrupts.
PROGRAM = r"""
import os, signal, sys
def interrupted(*_): os.write(1, b"interrupted\n")
signal.signal(signal.SIGINT, interrupted)
def facts():
    def attempt(f):
        try: return f()
        except OSError as e: return e.strerror
    controlling = attempt(lambda: os.ttyname(os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)) and "has")
    foreground = attempt(lambda: os.tcgetpgrp(0) == os.getpgrp())
    return f"{os.ttyname(0)} {os.get_terminal_size(0).columns} {controlling} {foreground}"
os.write(1, f"pid {os.getpid()}\n".encode())
while True:
    line = sys.stdin.readline()
    if not line: break
    os.write(1, f"<{line.strip()}> {facts()}\n".encode())
    if line.strip() == "quit": break
"""


class Terminal:
    """A pseudoterminal with a command in it."""

    def __init__(self, argv: list[str], columns: int):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
            os.execvp(argv[0], argv)
        self.text, self.seen = "", 0

    def expect(self, regex: str) -> re.Match:
        deadline = time.monotonic() + PATIENCE
        while not (match := re.search(regex, self.text[self.seen:])):
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"did not show {regex!r} but {self.text[self.seen:]!r}")
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"ended before {regex!r}, after {self.text[self.seen:]!r}") from None
        self.seen += match.end()
        return match

    def type(self, text: str):
        os.write(self.fd, text.encode())

    def resize(self, columns: int):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def wait(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.fd], [], [], 0.02)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    time.sleep(0.02)
        raise AssertionError("did not end")

    def end(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)


def start(shape: str) -> tuple[Terminal, int]:
    run = f"{sys.executable} -c '{PROGRAM.strip()}'"
    commands = {"session leader": [sys.executable, "-c", PROGRAM],
                "member of a group": ["bash", "-c", run + "; true"],
                "job of a shell": ["bash", "-c", "set -m; " + run + "; true"],
                "pipeline": ["bash", "-c", "set -m; " + run + " | cat; true"]}
    old = Terminal(commands[shape], 70)
    return old, int(old.expect(r"pid (\d+)\r").group(1))


def move_and_give_back(tether: str, shape: str):
    old, pid = start(shape)
    new = None
    try:
        old.type("first\n")
        old_name = old.expect(r"<first> (\S+) 70 has True").group(1)
        if shape != "session leader":
            refused = Terminal([tether, "tty", str(pid)], 90)
            refused.expect("could not be taken back")
            assert refused.wait() == 125, refused.text
            refused.end()
        new = Terminal([tether, "tty", "--force", str(pid)], 90)
        new.expect("Ctrl-] gives it back")
        answers = old if shape == "pipeline" else new  # the end of the pipeline has stayed on the old terminal
        new.type("second\n")
        name = answers.expect(r"<second> (\S+) 90 has True").group(1)
        assert name != old_name, name
        new.resize(100)
        for _ in range(100):  # the new size comes by way of tether, which hears of it by SIGWINCH
            new.type("third\n")
            if answers.expect(r"<third> \S+ (\d+) has True").group(1) == "100":
                break
            time.sleep(0.02)
        else:
            raise AssertionError("the new size does not arrive")
        new.type("\x03")
        answers.expect("interrupted")
        new.type("\x1d")
        new.expect("has its old terminal again")
        assert new.wait() == 0, new.text
        old.type("fourth\n")
        restored = "has True" if shape == "session leader" else ".*"
        match = old.expect(r"<fourth> (\S+) 70 " + restored)
        assert match.group(1) == old_name, match.group(0)
        old.type("quit\n")
        old.expect("<quit>")
        old.wait()
    finally:
        old.end()
        if new:
            new.end()


def ends_there(tether: str):
    """The program ends on the new terminal: so does tether."""
    old, pid = start("job of a shell")
    new = Terminal([tether, "tty", "--force", str(pid)], 90)
    try:
        new.expect("Ctrl-] gives it back")
        new.type("quit\n")
        new.expect("<quit>")
        new.expect("has ended")
        assert new.wait() == 0, new.text
        old.wait()
    finally:
        old.end()
        new.end()


def tether_is_killed(tether: str):
    """The guardian gives the program back."""
    old, pid = start("session leader")
    new = Terminal([tether, "tty", "--force", str(pid)], 90)
    try:
        new.expect("Ctrl-] gives it back")
        new.type("second\n")
        new.expect("<second>")
        os.kill(new.pid, signal.SIGKILL)
        new.expect("has its old terminal again")
        old.type("third\n")
        old.expect(r"<third> \S+ 70 has True")
    finally:
        old.end()
        new.end()


def main() -> int:
    tether, failures = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = directory
        cases = [(shape, lambda s=shape: move_and_give_back(tether, s))
                 for shape in ("session leader", "member of a group", "job of a shell", "pipeline")]
        cases += [("ends there", lambda: ends_there(tether)), ("tether is killed", lambda: tether_is_killed(tether))]
        for name, run in cases:
            try:
                run()
                print(f"ok: {name}")
            except (AssertionError, OSError) as problem:
                print(f"FAIL: {name}: {problem}")
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
