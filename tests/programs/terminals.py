"""Shells with job control on a terminal of their own: typed to, stopped, continued, interrupted, resized."""

import errno
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

from stage import PATIENCE, Disagreement, Missing, program

PROMPT = "at your service> "


class Terminal:
    """A command on a new pseudo-terminal, of which it is the session's leader."""

    def __init__(self, argv, stage):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(stage.directory)
            os.execvpe(argv[0], argv, {**stage.environment, "PS1": PROMPT})
        self.seen = ""    # all that it has shown
        self.matched = 0  # up to where it was expected

    def expect(self, text):
        """Reads until it shows `text`."""
        end = time.monotonic() + PATIENCE
        while (at := self.seen.find(text, self.matched)) < 0:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0] or not self.read():
                raise Disagreement(f"the terminal never showed {text!r}, but {self.seen[self.matched:]!r}")
        self.matched = at + len(text)

    def read(self):
        try:
            more = os.read(self.fd, 4096)
        except OSError as error:
            if error.errno != errno.EIO:  # all who had it open have closed it
                raise
            more = b""
        self.seen += more.decode()
        return bool(more)

    def type(self, text):
        os.write(self.fd, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        """Its exit status and all that was shown."""
        while self.read():
            pass
        os.close(self.fd)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return status, re.sub(r"\[1\] \d+", "[1] PID", self.seen)


def converse(terminal, cat):
    """Stops, continues, interrupts and resizes, and asks the shell what it saw of it. `cat`: the command for cat(1)."""
    for text, *answers in [
        ("", PROMPT),
        (f"{cat}\nfirst\n", "first\r\nfirst\r\n"),  # the terminal's echo, and cat's
        ("\x1a", "Stopped", PROMPT),
        ("jobs -l | grep -c Stopped; fg\n", f"{cat}\r\n"),
        ("second\n", "second\r\nsecond\r\n"),
        ("\x03", PROMPT),
        ("echo status $?\n", "status 130\r\n", PROMPT),
        ("trap 'resized=yes' WINCH; true & wait $!; echo waited $?\n", "waited 0\r\n", PROMPT),
    ]:
        terminal.type(text)
        for answer in answers:
            terminal.expect(answer)
    terminal.resize(33, 99)
    terminal.type("\n")  # bash may run the trap before it reads a line, or after: the trap says nothing by itself
    terminal.expect(PROMPT)
    terminal.type("echo $resized; stty size\n")
    terminal.expect("yes\r\n33 99\r\n")
    terminal.expect(PROMPT)
    terminal.type("exit 5\n")
    return terminal.end()


@program("bash on a terminal: ^Z, fg, ^C, resize", needs=["bash"])
def terminal_shell(stage):
    shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    plain = converse(Terminal(shell, stage), "cat")
    traced = converse(Terminal(stage.traced(shell), stage), "cat")
    stage.agree("exit status", plain[0], traced[0])
    stage.same_text("all that was shown", plain[1], traced[1])
    trace = stage.read_trace()
    stage.agree("SIGTSTP", 1, trace.received("SIGTSTP"))
    stage.agree("stops by SIGTSTP", ["SIGTSTP"], [name for _, name in trace.stops])
    stage.at_least("SIGINT", 1, trace.received("SIGINT"))
    stage.at_least("SIGCONT", 1, trace.received("SIGCONT"))
    stage.at_least("SIGWINCH", 1, trace.received("SIGWINCH"))


@program("cat in a shell that is not traced: ^Z, fg, ^C", needs=["bash"])
def terminal_job(stage):
    if stage.tracer == "strace":
        raise Missing("strace -o is deaf to ^Z")
    shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    plain = converse(Terminal(shell, stage), "cat")
    command = " ".join(stage.traced(["cat"]))
    traced = converse(Terminal(shell, stage), command)
    stage.agree("exit status", plain[0], traced[0])
    stage.same_text("all that was shown", plain[1], traced[1].replace(command, "cat"))
    trace = stage.read_trace()
    stage.agree("SIGTSTP", 1, trace.received("SIGTSTP"))
    stage.agree("killed by SIGINT", 1, trace.ended("killed", "SIGINT"))
