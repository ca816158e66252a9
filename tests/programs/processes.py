"""Programs that are all about processes: shells, pipelines, exec, threads that come and go; static, 32-bit and Go ones."""

import re
import subprocess

from stage import SCRIPTS, TRACEES, Missing, program


def by(trace, argv, name):
    """The successful calls of this name by processes executed with an argv that begins so."""
    tids = {c.tid for c in trace.named("execve", ok=True) if argv in c.arguments}
    return [c for c in trace.named(name, ok=True) if c.tid in tids]


@program("bash: traps, pipes, jobs", needs=["bash"])
def bash(stage):
    rounds = 5 * stage.scale
    run = stage.launch(["bash", SCRIPTS / "traps.sh", str(rounds)], status=3)
    stage.agree("SIGUSR1", rounds, run.trace.received("SIGUSR1"))
    stage.agree("sort executed", rounds, run.trace.executed("sort"))
    stage.agree("ended with 7", rounds, run.trace.ended("exited", 7))
    stage.agree("killed by SIGTERM", 1, run.trace.ended("killed", "SIGTERM"))
    stage.agree("children", run.trace.children(), len(run.trace.ends) - 1)


@program("pipeline of 20 cats")
def pipeline(stage):
    size = 300_000 * stage.scale

    def prepare(work):
        (work / "data").write_bytes(b"0123456789" * (size // 10))

    run = stage.launch(["sh", "-c", "cat data" + " | cat" * 19 + " | cksum"], prepare=prepare)
    stage.agree("processes", 21, run.trace.children())
    stage.agree("bytes written", 20 * size, sum(c.result for c in by(run.trace, '["cat"', "write")))


@program("tar, gzip, gzip -d, tar in a pipeline", needs=["tar", "gzip", "diff"])
def tar(stage):
    files = 100 * stage.scale

    def prepare(work):
        (work / "tree").mkdir()
        for n in range(files):
            (work / "tree" / f"file{n}").write_bytes(b"%d " % n * n)

    run = stage.launch(["sh", "-c", "mkdir out && tar c tree | gzip | gzip -d | tar x -C out && diff -r tree out/tree && du -ab out"],
                       prepare=prepare)
    stage.agree("files made", files, run.trace.count("openat", matching="O_WRONLY|O_CREAT|O_EXCL"))
    # An archive has whole records of 10,240 bytes (GNU tar), a block of 512 for each name, and contents in whole blocks.
    blocks = 1 + sum(1 + -(-n * len(b"%d " % n) // 512) for n in range(files)) + 2
    size = -(-blocks * 512 // 10240) * 10240
    stage.agree("bytes archived", size, sum(c.result for c in by(run.trace, '["tar", "c"', "write") if c.arguments.startswith("1, ")))
    stage.agree("bytes extracted", sum(n * len(b"%d " % n) for n in range(files)), sum(c.result for c in by(run.trace, '["tar", "x"', "write")))


@program("exec storm")
def exec_storm(stage):
    times = 100 * stage.scale
    run = stage.launch(["sh", "-c", f"n=0; while [ $n -lt {times} ]; do /bin/true; n=$((n + 1)); done; echo $n"])
    stage.agree("true executed", times, run.trace.executed("true"))
    again = 'n=$((${1:-0} + 1)); [ $n -lt TIMES ] && exec sh again $n; echo $n'.replace("TIMES", str(times))
    run = stage.launch(["sh", "again"], prepare=lambda work: (work / "again").write_text(again))
    stage.agree("execve of one process", times, len(run.trace.named("execve", ok=True)))
    stage.agree("tasks", 1, len(run.trace.ends))


@program("2,000-thread churn")
def churn(stage):
    stage.agree_with_truth(stage.launch([stage.tracee("thread_churn"), "2000", "64"]))


@program("32-bit: threads")
def threads_32(stage):
    stage.agree_with_truth(stage.launch([stage.tracee("thread_churn.32"), str(200 * stage.scale), "16"]))


@program("32-bit: fork, vfork, clone3, exec")
def forks_32(stage):
    stage.agree_with_truth(stage.launch([stage.tracee("fork_chain.32"), "mixed", str(5 * stage.scale)]))


@program("static C", needs=["gcc"])
def static_c(stage):
    built = stage.directory / "churn"
    made = subprocess.run(["gcc", "-static", "-O1", "-pthread", "-I", TRACEES, "-o", built, TRACEES / "thread_churn.c"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        raise Missing(f"gcc makes no static programs: {made.stderr.strip()[-100:]}")
    stage.agree_with_truth(stage.launch([built, str(200 * stage.scale), "16"]))


@program("busybox, static", needs=["busybox"])
def busybox(stage):
    times = 20 * stage.scale
    script = f"for n in $(busybox seq {times}); do busybox true; echo $n | busybox sed s/1/one/; done; busybox ls /nowhere"
    run = stage.launch(["busybox", "sh", "-c", script], status=1)
    stage.agree("sed executed", times, run.trace.count("execve", matching='["busybox", "sed"'))


@program("Go, static (gojq)", needs=["gojq"])
def go(stage):
    numbers = 1000 * stage.scale
    run = stage.launch(["gojq", "-c", "{squares: (map(. * .) | add)}", "numbers"],
                       prepare=lambda work: (work / "numbers").write_text(str(list(range(numbers)))))
    stage.agree("threads", len({tid for tid, _, _ in run.trace.ends}) - 1, run.trace.threads())
    stage.at_least("rt_sigaction", 60, run.trace.count("rt_sigaction"))  # the runtime's own handlers: one for each signal


@program("ssh-keygen", needs=["ssh-keygen"])
def ssh_keygen(stage):
    secret = lambda text: re.sub(r"SHA256:\S+|^[|+].*$", "…", text, flags=re.M)  # a new key each time: its hash, and the picture of it
    run = stage.launch(["sh", "-c", "ssh-keygen -t ed25519 -N '' -C '' -f key && ssh-keygen -y -f key > again.pub && cmp -n 80 key.pub again.pub"],
                       normalise=secret)
    stage.agree("executed", 2, run.trace.executed("ssh-keygen"))


@program("sqlite3", needs=["sqlite3"])
def sqlite3(stage):
    commits = 20 * stage.scale
    inserts = "".join(f"insert into t values({n}, 'row {n}');" for n in range(commits))
    run = stage.launch(["sqlite3", "base.db", "create table t(a, b);" + inserts + "select count(*), sum(a) from t;"], files=["base.db"])
    stage.agree("journals ended", commits + 1, run.trace.count("unlink", matching="base.db-journal"))
