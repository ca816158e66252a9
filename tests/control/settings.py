#!/usr/bin/env python3
"""`tether set`, `journal` and `undo` by what /proc says: that each setting takes effect and comes back, and that nothing is changed where tether says so.

    settings.py TETHER
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TETHER = sys.argv[1]
FAILED = 125


def tether(*words, **extra):
    return subprocess.run([TETHER, *map(str, words)], capture_output=True, text=True, **extra)


def journal(pid):
    return [json.loads(line) for line in tether("journal", "--json", pid).stdout.splitlines()]


def umask(pid):
    return next(line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Umask"))


# How each setting is looked at, and what it is set to.
LOOK = {
    "umask": (umask, "013", "0013"),
    "cwd": (lambda pid: os.readlink(f"/proc/{pid}/cwd"), "/usr", "/usr"),
    "nice": (lambda pid: os.getpriority(os.PRIO_PROCESS, pid), "7", 7),
    "affinity": (lambda pid: sorted(os.sched_getaffinity(pid)), None, None),  # filled in below
    "oom_score_adj": (lambda pid: Path(f"/proc/{pid}/oom_score_adj").read_text().strip(), "900", "900"),
    "coredump_filter": (lambda pid: Path(f"/proc/{pid}/coredump_filter").read_text().strip(), "0x1", "00000001"),
    "rlimit.nofile": (lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE)[0], "77", 77),
    "rlimit.stack": (lambda pid: resource.prlimit(pid, resource.RLIMIT_STACK)[0], "2M", 2 << 20),
}
first_cpu = min(os.sched_getaffinity(0))
LOOK["affinity"] = (LOOK["affinity"][0], str(first_cpu), [first_cpu])


def every_setting_takes_effect_and_comes_back(pid):
    before = {name: look(pid) for name, (look, _, _) in LOOK.items()}
    run = tether("set", pid, *(f"{name}={value}" for name, (_, value, _) in LOOK.items()))
    assert run.returncode == 0, run.stderr
    for name, (look, _, wanted) in LOOK.items():
        assert look(pid) == wanted, (name, look(pid), wanted)
    assert [entry["outcome"] for entry in journal(pid)] == ["made"] * len(LOOK)
    run = tether("undo", pid)
    assert run.returncode == 0, run.stderr
    assert {name: look(pid) for name, (look, _, _) in LOOK.items()} == before
    assert {entry["outcome"] for entry in journal(pid)} == {"undone"}


def a_list_with_one_wrong_value_changes_nothing(pid):
    before = umask(pid)
    run = tether("set", pid, "umask=07", "nice=99")
    assert run.returncode == FAILED and "nice cannot be '99'" in run.stderr, run
    assert umask(pid) == before


def what_the_process_has_changed_since_is_not_undone(pid):
    before = os.getpriority(os.PRIO_PROCESS, pid)
    assert tether("set", pid, "umask=022", "nice=3").returncode == 0
    os.setpriority(os.PRIO_PROCESS, pid, 4)
    run = tether("undo", pid)
    assert run.returncode == FAILED and "nice is 4 now, not 3" in run.stderr, run
    assert os.getpriority(os.PRIO_PROCESS, pid) == 4
    os.setpriority(os.PRIO_PROCESS, pid, before)
    assert tether("undo", pid).returncode == 0


def without_a_journal_nothing_is_changed(pid):
    before = umask(pid)
    run = tether("set", pid, "umask=01", env=dict(os.environ, XDG_STATE_HOME="/proc/nowhere"))
    assert run.returncode == FAILED and "journal" in run.stderr, run
    assert umask(pid) == before


def a_dry_run_changes_nothing(pid):
    before, entries = umask(pid), len(journal(pid))
    assert "not done" in tether("set", "--dry-run", pid, "umask=01").stdout
    assert umask(pid) == before and len(journal(pid)) == entries


def until_exit_is_until_a_signal(pid):
    before = umask(pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        run = subprocess.Popen([TETHER, "set", "--until-exit", str(pid), "umask=01"], stdout=subprocess.PIPE, text=True)
        assert run.stdout.readline() == f"umask: {before[1:]} -> 01\n"
        assert run.stdout.readline().startswith("until tether ends")
        assert umask(pid) == "0001"
        run.send_signal(number)
        assert run.wait(20) == 0, number
        assert umask(pid) == before


def a_process_that_is_not_there_is_said_so(pid):
    for words in (("set", 999999999, "nice=1"), ("journal", 999999999), ("undo", 999999999)):
        run = tether(*words)
        assert run.returncode == 1 and "no process" in run.stderr, run


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = directory
        for check in (every_setting_takes_effect_and_comes_back, a_list_with_one_wrong_value_changes_nothing,
                      what_the_process_has_changed_since_is_not_undone, without_a_journal_nothing_is_changed,
                      a_dry_run_changes_nothing, until_exit_is_until_a_signal, a_process_that_is_not_there_is_said_so):
            sleeper = subprocess.Popen(["sleep", "1000"])
            try:
                check(sleeper.pid)
                print(f"ok: {check.__name__}")
            except AssertionError as problem:
                print(f"FAIL: {check.__name__}: {problem!r}")
                failures += 1
            finally:
                sleeper.kill()
                sleeper.wait()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
