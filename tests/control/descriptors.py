#!/usr/bin/env python3
"""`tether fd` on the command line, on programs that check what they read and write themselves.

    descriptors.py TETHER
"""
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 20.0
TETHER = ""

# Writes numbered lines until it is told to end by SIGTERM, then says how many.
WRITER = r"""
import os, signal, sys
going = True
def end(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, end)
os.write(2, b"ready\n")
number = 0
while going:
    data = b"%d\n" % number
    assert os.write(1, data) == len(data)
    number += 1
os.write(2, b"%d\n" % number)
"""

# Reads numbered lines to the end, checks that none is missing, and says how many there were.
READER = r"""
import os, sys
os.write(2, b"ready\n")
rest, number = b"", 0
while data := os.read(0, 4096):
    *lines, rest = (rest + data).split(b"\n")
    for line in lines:
        assert int(line) == number, (line, number)
        number += 1
os.write(2, b"%d\n" % number)
"""

# Answers requests of one line on the connection that is its descriptor 0, watched by epoll as servers do.
SERVER = r"""
import os, select
poll = select.epoll()
poll.register(0, select.EPOLLIN)
os.write(2, b"ready\n")
while True:
    poll.poll()
    data = os.read(0, 65536)
    if not data: break
    os.write(0, data.upper())
os.write(2, b"bye\n")
"""


class Program:
    def __init__(self, source: str, stdin, stdout):
        self.process = subprocess.Popen([sys.executable, "-c", source], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        assert self.says() == "ready"

    def says(self) -> str:
        if not select.select([self.process.stderr], [], [], PATIENCE)[0]:
            raise AssertionError("the program says nothing")
        return self.process.stderr.readline().decode().strip()

    def end(self):
        self.process.kill()
        self.process.wait()


def tether(*words, status=0) -> str:
    run = subprocess.run([TETHER, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    assert run.returncode == status, f"tether {words}: {run.returncode} {run.stdout} {run.stderr}"
    return run.stdout + run.stderr


def start_tee(pid: int, fd: int, file: str) -> subprocess.Popen:
    tee = subprocess.Popen([TETHER, "fd", "tee", str(pid), str(fd), file], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    said = b""
    while b"until tether ends" not in said:
        line = tee.stderr.readline()
        assert line, said
        said += line
    return tee


def await_that(condition, what: str):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


def links(pid: int) -> dict:
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed since
            found[fd] = os.readlink(f"/proc/{pid}/fd/{fd}")
    return found


def tee_of_what_is_written():
    """Again and again, ended politely and by SIGKILL: not a byte is lost or out of order, and copies are what was written."""
    with open("written", "wb") as out:
        writer = Program(WRITER, subprocess.DEVNULL, out)
    try:
        before = links(writer.pid)
        for ending in [signal.SIGINT, signal.SIGKILL] * 4:
            tee = start_tee(writer.pid, 1, "copy")
            await_that(lambda: os.path.getsize("copy") > 1000, "no copy is made")
            tee.send_signal(ending)
            tee.wait()
            await_that(lambda: links(writer.pid) == before, "the descriptor is not put back")
            copied = open("copy", "rb").read().split()
            assert copied == [b"%d" % n for n in range(int(copied[0]), int(copied[0]) + len(copied))], "the copy has gaps"
            os.remove("copy")
        assert "nothing to take back" in tether("undo", writer.pid)
        writer.process.terminate()
        count = int(writer.says())
        assert open("written", "rb").read().split() == [b"%d" % n for n in range(count)], "what was written has gaps"
    finally:
        writer.end()


def tee_of_what_is_read():
    reading, writing = os.pipe()
    reader = Program(READER, reading, subprocess.DEVNULL)
    os.close(reading)
    try:
        before, number = links(reader.pid), 0
        with open(writing, "wb", buffering=0) as pipe:
            for ending in [signal.SIGINT, signal.SIGKILL] * 3:
                tee = start_tee(reader.pid, 0, "copy")
                for _ in range(2000):
                    pipe.write(b"%d\n" % number)
                    number += 1
                tee.send_signal(ending)
                tee.wait()
                await_that(lambda: links(reader.pid) == before, "the descriptor is not put back")
        assert int(reader.says()) == number
        copied = open("copy", "rb").read().split()
        assert copied and [int(line) for line in copied] == sorted({int(line) for line in copied}), "the copy is out of order"
    finally:
        reader.end()
        os.remove("copy")


def tee_of_a_connection():
    """The server's epoll goes on to work: its registration moves with the descriptor, there and back."""
    here, there = socket.socketpair()
    server = Program(SERVER, there, subprocess.DEVNULL)
    there.close()
    here.settimeout(PATIENCE)

    def ask(text: bytes):
        here.sendall(text)
        answer = here.recv(100)
        assert answer == text.upper(), answer

    try:
        before = links(server.pid)
        ask(b"one ")
        tee = start_tee(server.pid, 0, "copy")
        ask(b"two ")
        ask(b"three ")
        tee.send_signal(signal.SIGINT)
        tee.wait()
        assert links(server.pid) == before
        ask(b"four ")
        assert open("copy", "rb").read() == b"two TWO three THREE "
        assert "--force" in tether("fd", "shutdown", server.pid, 0, "rd", status=125)
        tether("fd", "shutdown", "--force", server.pid, 0, "rd")
        assert server.says() == "bye"
    finally:
        server.end()
        os.remove("copy")


def what_a_tee_refuses():
    with open("plain", "w+b") as plain:
        reader = subprocess.Popen(["sleep", "1000"], stdin=plain, stdout=plain)
    listening = socket.create_server(("127.0.0.1", 0))
    other = subprocess.Popen(["sleep", "1000"], stdin=listening, stdout=subprocess.DEVNULL)
    try:
        assert "seek" in tether("fd", "tee", reader.pid, 0, "copy", status=125)
        assert "listens" in tether("fd", "tee", other.pid, 0, "copy", status=125)
        assert "no such" in tether("fd", "tee", other.pid, 1, "/nonexistent/copy", status=125).lower()
        assert "not open" in tether("fd", "tee", other.pid, 77, "copy", status=125)
        assert "/dev/null" in links(other.pid)["1"]
    finally:
        for process in (reader, other):
            process.kill()
            process.wait()
        listening.close()


def redirect_send_and_steal():
    with open("first", "wb") as out:
        writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=out)
    sleeper = subprocess.Popen(["sleep", "1000"])

    def write(text: bytes, file: str):
        writer.stdin.write(text)
        writer.stdin.flush()
        await_that(lambda: os.path.exists(file) and open(file, "rb").read().endswith(text), f"{text} is not in {file}")

    try:
        write(b"one\n", "first")  # so it has started, and opens nothing more
        before = links(writer.pid)
        assert "not done" in tether("fd", "redirect", "--dry-run", writer.pid, 1, "second")
        assert not os.path.exists("second")
        tether("fd", "redirect", writer.pid, 1, "second")
        write(b"two\n", "second")
        with open("second", "ab") as other:
            other.write(b"another's\n")
        write(b"three\n", "second")
        assert open("second", "rb").read() == b"two\nanother's\nthree\n", "it does not append"
        assert "lost" in tether("fd", "redirect", "--truncate", writer.pid, 1, "second", status=125)
        number = tether("fd", "open", "-q", sleeper.pid, os.path.abspath("third"), "O_WRONLY|O_CREAT", "600").strip()
        assert os.stat("third").st_mode & 0o777 == 0o600
        tether("fd", "redirect", writer.pid, 1, f"{sleeper.pid}:{number}")
        write(b"four\n", "third")
        os.remove("third")
        assert tether("fd", "steal", writer.pid, 1, "--cat") == "four\n"
        tether("fd", "send", writer.pid, 1, sleeper.pid, 9)
        assert links(sleeper.pid)["9"].endswith("third (deleted)")
        tether("fd", "steal", sleeper.pid, 9, "--", "sh", "-c", "echo five")
        assert tether("fd", "steal", writer.pid, 1, "--cat") == "four\nfive\n"
        assert "cloexec" not in links(writer.pid)
        tether("fd", "flags", writer.pid, 1, "+O_APPEND", "+cloexec")
        assert "O_APPEND|O_CLOEXEC" in tether("fd", "ls", writer.pid)
        tether("fd", "flags", writer.pid, 1, "-O_APPEND", "-cloexec")
        tether("fd", "seek", writer.pid, 1, "end")
        assert "  9  " not in tether("undo", sleeper.pid)
        tether("undo", writer.pid)
        assert links(writer.pid) == before
        write(b"six\n", "first")
        assert open("first", "rb").read() == b"one\nsix\n"
        writer.stdin.close()
        assert writer.wait(PATIENCE) == 0
    finally:
        for process in (writer, sleeper):
            process.kill()
            process.wait()


def what_cannot_be_brought_back():
    sleeper = subprocess.Popen(["sleep", "1000"], stdin=subprocess.PIPE)
    try:
        tether("fd", "open", "-q", sleeper.pid, os.path.abspath("gone"), "O_RDWR|O_CREAT")
        assert "could not be taken back" in tether("fd", "close", sleeper.pid, 0, status=125)
        assert "0" in links(sleeper.pid)
        tether("fd", "close", "--force", sleeper.pid, 0)
        assert "0" not in links(sleeper.pid)
        tether("undo", sleeper.pid)  # what was done before it is taken back all the same
        assert "3" not in links(sleeper.pid)
        for words in (["dup", 1], ["dup", 1, "x"], ["close", 42], ["open", "x", "O_NONE"], ["seek", 1, "x"], ["flags", 1, "O_APPEND"],
                      ["send", 1, 0], ["steal", 1], ["nothing", 1], ["shutdown", 1, "all"]):
            assert "tether: " in tether("fd", words[0], sleeper.pid, *words[1:], status=125)
        assert "no process" in tether("fd", "close", 2**30, 1, status=1)
    finally:
        sleeper.kill()
        sleeper.wait()


def main() -> int:
    global TETHER
    TETHER, failures = os.path.abspath(sys.argv[1]), 0
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    cases = [tee_of_what_is_written, tee_of_what_is_read, tee_of_a_connection, what_a_tee_refuses, redirect_send_and_steal,
             what_cannot_be_brought_back]
    for case in cases:
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            os.environ["XDG_STATE_HOME"] = directory + "/state"
            begun = time.monotonic()
            try:
                case()
                print(f"ok: {case.__name__} {time.monotonic() - begun:.1f} s")
            except (AssertionError, OSError, subprocess.TimeoutExpired) as problem:
                print(f"FAIL: {case.__name__}, line {problem.__traceback__.tb_next.tb_lineno}: {problem!r}")
                failures += 1
            os.chdir("/")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
