"""Interpreters and virtual machines, with their threads, children and event loops."""

import subprocess
import sys

from stage import SCRIPTS, program


@program("python3: threads, subprocess, asyncio")
def python(stage):
    threads, children, connections = 20, 5 * stage.scale, 30 * stage.scale
    run = stage.launch([sys.executable, SCRIPTS / "at_work.py", *map(str, (threads, children, connections))])
    # asyncio waits for its child in a thread of its own.
    stage.agree("threads", threads + 1, run.trace.threads())
    stage.agree("expr executed", children, run.trace.executed("expr"))
    stage.agree("accepted", connections, run.trace.count("accept4"))
    stage.agree("messages", 2 * connections, sum(c.result == 4 for c in run.trace.named("sendto", ok=True)))
    stage.agree("killed by SIGTERM", 1, run.trace.ended("killed", "SIGTERM"))


@program("node: workers, children, promises", needs=["node"])
def node(stage):
    workers, children, files = 3, 5 * stage.scale, 20 * stage.scale
    run = stage.launch(["node", SCRIPTS / "at_work.js", *map(str, (workers, children, files))])
    stage.agree("expr executed", children, run.trace.executed("expr"))
    stage.agree("files made", files, run.trace.count("openat", matching="O_WRONLY|O_CREAT|O_TRUNC"))
    stage.agree("bytes written", sum(1000 + n for n in range(files)), run.trace.transferred("write", matching='"xxxx'))


@program("perl: pipes, signals, timers", needs=["perl"])
def perl(stage):
    children, signals = 10 * stage.scale, 50 * stage.scale
    run = stage.launch(["perl", SCRIPTS / "at_work.pl", str(children), str(signals)])
    stage.agree("SIGUSR2", signals, run.trace.received("SIGUSR2"))
    stage.agree("SIGALRM", 1, run.trace.received("SIGALRM"))
    stage.agree("ended with 5", children, run.trace.ended("exited", 5))


@program("java: threads", needs=["java", "javac"])
def java(stage):
    threads = 20
    subprocess.run(["javac", "-d", stage.directory, SCRIPTS / "AtWork.java"], check=True)
    run = stage.launch(["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", stage.directory, "AtWork", str(threads)])
    stage.agree("threads named", threads, run.trace.count("prctl", matching='PR_SET_NAME, "adder-'))
