#!/usr/bin/env python3
"""Runs a program in a terminal of its own and plays its user.

usage: terminal.py COLUMNS 'COMMAND LINE' STEP...

A step is '>TEXT' (typed; \\r, \\x03 and the like are understood) or '<REGEX' (awaited in what the terminal shows from there on). Prints all
that the terminal showed, then how the program ended. Exits with 1 if an awaited text does not come.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE_SECONDS = 20


class Screen:
    def __init__(self, fd: int):
        self.fd, self.text, self.seen = fd, "", 0

    def read_more(self, deadline: float) -> bool:
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            self.text += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # EIO: the last process has closed the terminal
            return False
        return True

    def await_text(self, regex: str) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (match := re.search(regex, self.text[self.seen:])):
            if not self.read_more(deadline):
                return False
        self.seen += match.end()
        return True

    def read_rest(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.read_more(deadline):
            pass


def main() -> int:
    columns, command, steps = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp("sh", ["sh", "-c", "exec " + command])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    screen, complaint = Screen(fd), ""
    for step in steps:
        if step[0] == ">":
            os.write(fd, step[1:].encode().decode("unicode_escape").encode())
        elif not screen.await_text(step[1:]):
            complaint = f"the terminal did not show: {step[1:]}"
            os.kill(pid, signal.SIGHUP)
            break
    if not complaint:
        screen.read_rest()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(screen.text.replace("\r\n", "\n"))
    print(complaint or f"ended with {signal.Signals(-code).name if code < 0 else code}")
    return 1 if complaint else 0


if __name__ == "__main__":
    sys.exit(main())
