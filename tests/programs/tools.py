"""What developers run: make and gcc, git, curl; and programs that trace or interpret others."""

import http.server
import re
import threading

from stage import program


@program("make -j4 with gcc", needs=["make", "gcc"])
def make(stage):
    units = 6 * stage.scale

    def prepare(work):
        for n in range(units):
            (work / f"unit{n}.c").write_text(f"#include <stdio.h>\nint unit{n}(void) {{ return printf(\"unit {n}\\n\"); }}\n")
        calls = "".join(f"int unit{n}(void); " for n in range(units)), "".join(f"unit{n}(); " for n in range(units))
        (work / "main.c").write_text(f"{calls[0]}\nint main(void) {{ {calls[1]}return 0; }}\n")
        (work / "Makefile").write_text("program: $(patsubst %.c,%.o,$(wildcard *.c))\n\t$(CC) -o $@ $^\n\t./$@\n")

    in_any_order = lambda text: sorted(text.splitlines())  # which compilers are done first is chance
    run = stage.launch(["make", "-j4"], prepare=prepare, files=["main.o", "program"], normalise=in_any_order)
    stage.agree("cc1 executed", units + 1, run.trace.executed("cc1"))
    stage.agree("as executed", units + 1, run.trace.executed("as"))
    stage.agree("ld executed", 1, run.trace.executed("ld"))


@program("git clone with hooks", needs=["git"])
def git(stage):
    commits = 5 * stage.scale
    stage.environment |= {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                          for what, value in [("NAME", "N"), ("EMAIL", "e@x"), ("DATE", "2000-01-01T00:00:00Z")]}
    stage.environment["GIT_CONFIG_NOSYSTEM"] = "1"

    def prepare(work):
        hooks = work / "template/hooks"
        hooks.mkdir(parents=True)
        for name in ("post-checkout", "pre-commit"):
            (hooks / name).write_text(f"#!/bin/sh\necho hook {name}\n")
            (hooks / name).chmod(0o755)

    script = f"""set -e
        git -c init.defaultBranch=main init -q --template=template first; cd first
        for n in $(seq {commits}); do echo $n > file$n; git add .; git commit -q -m $n; done; cd ..
        git clone -q --template=template file://$PWD/first second
        git -C second log --format=%H; git -C second status"""
    run = stage.launch(["bash", "-c", script], prepare=prepare, files=["second/file1"])
    stage.agree("pre-commit executed", commits, run.trace.executed("pre-commit"))
    stage.agree("post-checkout executed", 1, run.trace.executed("post-checkout"))
    stage.agree("upload-pack executed", 1, run.trace.executed("git-upload-pack"))


class CountingServer(http.server.ThreadingHTTPServer):
    """Sends as many bytes as the path says, and knows what it has sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.accepted = self.served = self.sent = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self):
        self.shutdown()
        super().server_close()

    def get_request(self):
        self.accepted += 1
        return super().get_request()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = b"x" * int(self.path[1:])
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            self.server.served += 1
            self.server.sent += len(head + body)
            self.wfile.write(head + body)

        def log_message(self, *_):
            pass


@program("curl", needs=["curl"])
def curl(stage):
    sizes = [1, 1000, 100_000, 300_000 * stage.scale]
    with CountingServer() as server:
        run = stage.launch(["curl", "-s", *[f"http://127.0.0.1:{server.server_port}/{size}" for size in sizes]])
        # It was asked twice, untraced and traced, for the same.
        stage.agree("connections", server.accepted, 2 * sum("sin_port" in c.arguments for c in run.trace.named("connect")))
        stage.agree("requests", server.served, 2 * run.trace.count("sendto", matching='"GET /'))
        stage.agree("bytes received", server.sent, 2 * run.trace.transferred("recvfrom"))


@program("gdb of a program, gdb alone traced", needs=["gdb"])
def gdb(stage):
    """Its program is not followed, so gdb can do its work."""
    stage.follows = False
    debug(stage, status=0)


@program("gdb of a program, both traced", needs=["gdb", "strace"])
def gdb_followed(stage):
    """A task has one tracer: gdb cannot trace what tether follows, and says so as it does under strace -f."""
    debug(stage, status=1, reference=["strace", "-f", "-o", "/dev/null"])


def debug(stage, status, reference=()):
    script = ["-ex", "set startup-with-shell off", "-ex", "break main", "-ex", "run", "-ex", "delete", "-ex", "continue"]
    no_numbers = lambda text: re.sub(r"0x[0-9a-f]+|\d+", "N", text)  # pids and addresses
    stage.launch(["gdb", "-nx", "-batch", *script, "--args", stage.tracee("syscall_count"), "3"], status=status,
                 normalise=no_numbers, reference=reference)


@program("valgrind", needs=["valgrind"])
def valgrind(stage):
    no_pid = lambda text: re.sub(r"==\d+==", "==PID==", text)
    run = stage.launch(["valgrind", "/bin/echo", "from a simulated processor"], normalise=no_pid)
    stage.agree("written", 1, run.trace.count("write", matching='"from a simulated processor\\n"'))
