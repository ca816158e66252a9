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


def what_is_left_of_a_command(pid):
    """--until-exit ends with the command, and has its status."""
    run = tether("set", "--until-exit", "nice=5", "--", "sh", "-c", "exit 3", timeout=20)
    assert run.returncode == 3, run
    lasting = subprocess.Popen([TETHER, "set", "--until-exit", str(pid), "nice=5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lasting.stdout.readline()
    os.kill(pid, signal.SIGKILL)
    _, err = lasting.communicate(timeout=20)
    assert lasting.returncode == 0 and err == "", (lasting.returncode, err)


def what_an_exec_has_ended_is_not_undone_in_the_new_program(pid):
    ready, go = os.pipe(), os.pipe()
    program = f"import os; os.write({ready[1]}, b'1'); os.read({go[0]}, 1); os.execv('/bin/sleep', ['sleep', '1000'])"
    changing = subprocess.Popen([sys.executable, "-c", program], pass_fds=(ready[1], go[0]))
    try:
        os.read(ready[0], 1)
        assert tether("mem", "map", "-q", changing.pid, "64k", "rw").returncode == 0
        assert tether("set", "-q", changing.pid, "nice=3").returncode == 0
        os.write(go[1], b"1")
        while os.readlink(f"/proc/{changing.pid}/exe").endswith("sleep") is False or "nanosleep" not in Path(f"/proc/{changing.pid}/wchan").read_text():
            pass
        maps = Path(f"/proc/{changing.pid}/maps").read_text()
        run = tether("undo", changing.pid)
        assert run.returncode == 0 and "gone by itself: mapped" in run.stdout and "taken back: nice" in run.stdout, run
        assert Path(f"/proc/{changing.pid}/maps").read_text() == maps
        assert [entry["outcome"] for entry in journal(changing.pid)] == ["gone", "undone"]
    finally:
        changing.kill()
        changing.wait()


def what_was_changed_in_a_thread_that_has_ended_is_gone(pid):
    program = "import threading, time; t = threading.Thread(target=input); t.start(); print(t.native_id, flush=True); t.join(); print('joined', flush=True); time.sleep(1000)"
    threaded = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        tid = threaded.stdout.readline().strip()
        assert tether("sig", "mask", "-q", f"{threaded.pid}:{tid}", "+USR2").returncode == 0
        threaded.stdin.write("\n")
        threaded.stdin.flush()
        assert threaded.stdout.readline() == "joined\n"
        while Path(f"/proc/{threaded.pid}/task/{tid}").exists():
            pass
        run = tether("undo", threaded.pid)
        assert run.returncode == 0 and "gone by itself" in run.stdout, run
    finally:
        threaded.kill()
        threaded.wait()


def a_signal_that_waits_is_not_let_through_by_undo(pid):
    assert tether("sig", "mask", "-q", pid, "+USR1").returncode == 0
    os.kill(pid, signal.SIGUSR1)
    run = tether("undo", pid)
    assert run.returncode == FAILED and "SIGUSR1 waits" in run.stderr and "--forget" in run.stderr, run
    run = tether("undo", "--forget", pid)
    assert run.returncode == 0 and "left as it is" in run.stdout, run
    assert tether("undo", pid).stdout == "there is nothing to take back\n"
    assert [entry["outcome"] for entry in journal(pid)] == ["forgotten"]


def only_as_much_as_was_asked_for_is_undone(pid):
    assert tether("set", "-q", pid, "umask=022", "nice=3").returncode == 0
    for words in (["--", pid, 1, 2], [pid, "--", "x"]):
        assert tether("undo", *words).returncode == FAILED
    run = tether("undo", pid, "--", 1)
    assert run.returncode == 0 and run.stdout.count("taken back") == 1, run
    assert os.getpriority(os.PRIO_PROCESS, pid) == 0 and umask(pid) == "0022"


def until_exit(pid, value):
    run = subprocess.Popen([TETHER, "set", "--until-exit", str(pid), f"nice={value}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline().startswith("nice: ")
    return run


def guardians_end(pid):
    while any(entry["outcome"] == "made" for entry in journal(pid)):
        pass


def two_that_overlap_restore_what_was_there_at_first(pid):
    for order in ((0, 1), (1, 0)):
        for ending in (signal.SIGINT, signal.SIGKILL):
            runs = [until_exit(pid, 1), until_exit(pid, 2)]
            for which in order:
                runs[which].send_signal(ending)
                _, err = runs[which].communicate(timeout=20)
                assert err == "", err
                if which == order[0]:
                    while [entry["outcome"] for entry in journal(pid)][-2:].count("made") != 1:
                        pass
                    assert os.getpriority(os.PRIO_PROCESS, pid) == (2 if order[0] == 0 else 1), order
            guardians_end(pid)
            assert os.getpriority(os.PRIO_PROCESS, pid) == 0, (order, ending)


def one_below_a_lasting_change_is_joined_with_it(pid):
    first = until_exit(pid, 1)
    assert tether("set", "-q", pid, "nice=2").returncode == 0
    first.send_signal(signal.SIGINT)
    assert first.wait(20) == 0
    assert os.getpriority(os.PRIO_PROCESS, pid) == 2
    assert [(entry["outcome"], entry["description"]) for entry in journal(pid)] == [("joined", "nice: 0 -> 1"), ("made", "nice: 0 -> 2")]
    assert tether("undo", pid).stdout == "taken back: nice: 0 -> 2\n"
    assert os.getpriority(os.PRIO_PROCESS, pid) == 0


def a_dry_run_of_undo_answers_as_undo_would(pid):
    assert tether("set", "-q", pid, "umask=01", "nice=1", "umask=02", "nice=2").returncode == 0
    state = lambda: (umask(pid), os.getpriority(os.PRIO_PROCESS, pid), journal(pid))
    before = state()
    run = tether("undo", "--dry-run", pid)
    assert run.returncode == 0 and run.stdout.count("would take back") == 4, run
    assert tether("undo", "--dry-run", pid, 1).stdout == "would take back nice: 1 -> 2\n"
    os.setpriority(os.PRIO_PROCESS, pid, 5)
    for words in ([], ["--skip"]):
        rehearsed = tether("undo", "--dry-run", *words, pid)
        assert rehearsed.returncode == FAILED and "nice is 5 now, not 2" in rehearsed.stderr, rehearsed
    assert rehearsed.stdout.count("would take back umask") == 2 and "would leave to a later change of the same: nice: 0 -> 1" in rehearsed.stdout, rehearsed
    os.setpriority(os.PRIO_PROCESS, pid, 2)
    assert state() == before
    assert tether("undo", "--dry-run", "--forget", pid).stdout.count("would leave as it is") == 4
    assert state() == before
    assert tether("undo", pid).returncode == 0


def what_changes_nothing_is_not_written_down(pid):
    now = umask(pid)
    run = tether("set", pid, f"umask={int(now, 8):o}", "nice=0", f"cwd={os.readlink(f'/proc/{pid}/cwd')}/.", f"affinity={','.join(map(str, sorted(os.sched_getaffinity(pid))))}")
    assert run.returncode == 0 and run.stdout == "nothing was changed\n", run
    assert tether("fd", "open", pid, "/no/such/file", "O_RDONLY").returncode == FAILED
    assert journal(pid) == [], journal(pid)
    assert tether("undo", pid).stdout == "there is nothing to take back\n"


def a_tree_is_taken_back_as_one(pid):
    family = subprocess.Popen(["sh", "-c", "sleep 1000 & echo; wait"], stdout=subprocess.PIPE)
    family.stdout.readline()
    child = int(Path(f"/proc/{family.pid}/task/{family.pid}/children").read_text().split()[0])
    nices = lambda: [os.getpriority(os.PRIO_PROCESS, p) for p in (family.pid, child)]
    try:
        assert tether("set", "-q", "--tree", family.pid, "nice=3").returncode == 0
        assert nices() == [3, 3]
        run = tether("undo", "--dry-run", "--tree", family.pid)
        assert run.returncode == 0 and run.stdout.count("would take back") == 2 and nices() == [3, 3], run
        run = tether("undo", "--tree", family.pid, 1)
        assert run.returncode == FAILED and "no count" in run.stderr and nices() == [3, 3], run
        run = tether("undo", "--tree", family.pid)
        assert run.returncode == 0 and f"{child}: taken back: nice" in run.stdout and nices() == [0, 0], run
        assert tether("undo", "--tree", family.pid).stdout == "there is nothing to take back\n"
    finally:
        os.kill(child, signal.SIGKILL)
        family.wait()


def a_directory_that_was_removed_is_said_so(pid):
    with tempfile.TemporaryDirectory() as directory:
        wanderer = subprocess.Popen(["sleep", "1000"], cwd=directory)
    try:
        assert tether("set", "-q", wanderer.pid, "cwd=/").returncode == 0
        for words in (["--dry-run"], []):
            run = tether("undo", *words, wanderer.pid)
            assert run.returncode == FAILED and "no such directory any more" in run.stderr, run
        assert os.readlink(f"/proc/{wanderer.pid}/cwd") == "/"
    finally:
        wanderer.kill()
        wanderer.wait()


def one_thread_is_not_the_process(pid):
    for verb in (["set", f"{pid}:{pid}", "nice=3"], ["undo", f"{pid}:{pid}"], ["fd", "close", f"{pid}:{pid}", "0"], ["regs", "--threads", f"{pid}:{pid}"]):
        run = tether(*verb)
        assert run.returncode != 0 and f"say {pid}" in run.stderr, run
    assert os.getpriority(os.PRIO_PROCESS, pid) == 0


def main() -> int:
    failures = 0
    if os.getpriority(os.PRIO_PROCESS, 0) != 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0)  # what is started here begins with it
    with tempfile.TemporaryDirectory() as directory:
        os.environ["XDG_STATE_HOME"] = directory
        for check in (every_setting_takes_effect_and_comes_back, a_list_with_one_wrong_value_changes_nothing,
                      what_the_process_has_changed_since_is_not_undone, without_a_journal_nothing_is_changed,
                      a_dry_run_changes_nothing, until_exit_is_until_a_signal, a_process_that_is_not_there_is_said_so,
                      what_is_left_of_a_command, what_an_exec_has_ended_is_not_undone_in_the_new_program,
                      what_was_changed_in_a_thread_that_has_ended_is_gone, a_signal_that_waits_is_not_let_through_by_undo,
                      only_as_much_as_was_asked_for_is_undone, two_that_overlap_restore_what_was_there_at_first,
                      one_below_a_lasting_change_is_joined_with_it, a_dry_run_of_undo_answers_as_undo_would, what_changes_nothing_is_not_written_down,
                      a_tree_is_taken_back_as_one, a_directory_that_was_removed_is_said_so, one_thread_is_not_the_process):
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
