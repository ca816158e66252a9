"""stress-ng's stressors, each for a fixed number of its own operations, which must agree with what was traced."""

import re

from stage import Disagreement, program


def stress(stage, stressor, operations):
    """Returns the run, and the operations that stress-ng counted."""
    operations *= stage.scale
    no_figures = lambda text: re.sub(r" *\d+(\.\d+)?", " N", text)  # pids, times and rates, with the blanks that align them
    run = stage.launch(["stress-ng", f"--{stressor}", "1", f"--{stressor}-ops", str(operations), "--metrics-brief", "--stdout"],
                       normalise=no_figures)
    counted = re.search(rf"\] {stressor} +(\d+) ", run.output)
    if not counted:
        raise Disagreement(f"no metrics of {stressor}: {run.output}")
    return run, int(counted[1])


@program("stress-ng --fork", needs=["stress-ng"])
def stress_fork(stage):
    run, forks = stress(stage, "fork", 100)
    stage.agree("children", forks + 1, run.trace.children())  # and the worker itself
    stage.agree("exited with 0", forks + 2, run.trace.ended("exited", 0))


@program("stress-ng --vfork", needs=["stress-ng"])
def stress_vfork(stage):
    run, vforks = stress(stage, "vfork", 100)
    stage.agree("vfork", vforks, run.trace.count("vfork"))
    stage.agree("exited with 0", vforks + 2, run.trace.ended("exited", 0))


@program("stress-ng --clone", needs=["stress-ng"])
def stress_clone(stage):
    run, clones = stress(stage, "clone", 50)
    stage.at_least("children", clones + 1, run.trace.children())  # it does not count those that it makes beside its loop


@program("stress-ng --signal", needs=["stress-ng"])
def stress_signals(stage):
    run, handled = stress(stage, "signal", 500)
    stage.agree("SIGCHLD", handled + 1, run.trace.received("SIGCHLD"))  # sent to itself, and the worker's end
    stage.agree("rt_sigreturn", handled, len(run.trace.named("rt_sigreturn")))


@program("stress-ng --sigq", needs=["stress-ng"])
def stress_queued_signals(stage):
    run, queued = stress(stage, "sigq", 200)
    stage.at_least("signals queued", queued, run.trace.count("rt_sigqueueinfo", matching="SIGUSR1"))


@program("stress-ng --futex", needs=["stress-ng"])
def stress_futex(stage):
    run, wakes = stress(stage, "futex", 200)
    stage.at_least("futexes woken", wakes, run.trace.count("futex", matching="FUTEX_WAKE"))


@program("stress-ng --sock", needs=["stress-ng"])
def stress_sock(stage):
    run, connections = stress(stage, "sock", 5)
    stage.agree("accepted", connections, run.trace.count("accept", "accept4"))


@program("stress-ng --io-uring", needs=["stress-ng"])
def stress_io_uring(stage):
    run, requests = stress(stage, "io-uring", 200)
    stage.agree("io_uring_enter", requests, run.trace.count("io_uring_enter"))
