"""A redis-server of our own, under a client that counts and publishes. Must be true: every answer is right and the connection is never broken."""

import pathlib
import select
import socket
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory(prefix="tether-redis-") as directory:
    path = str(pathlib.Path(directory) / "socket")
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", path, "--dir", directory, "--daemonize", "no", "--appendonly", "yes"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    while "ready to accept connections" not in (line := server.stdout.readline()) and line:
        pass
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    answers = connection.makefile("rb")

    def ask(*words):
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        first = answers.readline()
        if first[:1] == b"$":
            return answers.read(int(first[1:]) + 2)[:-2]
        return first.strip()

    print("ready", server.pid, flush=True)
    rounds = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        rounds += 1
        assert ask(b"INCR", b"counter") == b":%d" % rounds
        assert ask(b"SET", b"key", b"v" * (rounds % 5000)) == b"+OK"
        assert ask(b"GET", b"key") == b"v" * (rounds % 5000)
        if rounds % 500 == 0:
            assert ask(b"BGSAVE").startswith((b"+", b"-ERR Background save already"))
    server.terminate()
    server.stdout.read()
    assert server.wait(30) == 0
    print("ok rounds =", rounds)
