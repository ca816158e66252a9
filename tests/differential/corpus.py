"""The programs whose traces are compared: deterministic ones, that make the same calls each time.

Each runs in a directory of its own, made anew from FIXTURE before each run, so that both tracers meet the same names.
"""

from dataclasses import dataclass, field

# What every program finds in its directory.
FIXTURE = r"""
mkdir -p tree/a/b tree/c
printf 'alpha\nbeta\n' > tree/one.txt
printf 'gamma\n' > tree/a/two.txt
printf 'needle in the hay\n' > tree/a/b/three.txt
ln -s one.txt tree/link
mkfifo tree/c/fifo
touch -d '2024-02-29 12:00:00' tree/one.txt
chmod 600 tree/a/two.txt
printf 'int answer(void) { return 42; }\n' > answer.c
printf 'int answer(void); int main(void) { return answer() - 42; }\n' > main.c
printf 'program: main.o answer.o\n\t$(CC) -o $@ $^\n%%.o: %%.c\n\t$(CC) -c -o $@ $<\n' > Makefile
"""

# git refuses to work without a name, and would ask the network for one (NAMES in differential.py). Dates make the names of objects, and so the traces, the same each time; files that
# are older than the index are not read again.
REPOSITORY = r"""
export GIT_AUTHOR_DATE='2024-02-29 12:00:00 +0000' GIT_COMMITTER_DATE='2024-02-29 12:00:00 +0000'
git init -q -b main repository
cd repository
for n in 1 2 3; do cp -p ../tree/one.txt file$n; git add .; git commit -q -m "change $n"; done
git -c gc.auto=0 repack -q -a -d
"""

# Threads and children one at a time: each is waited for before the next thing happens.
SCRIPT = r"""
cat > script.py <<'END'
import json, os, signal, socket, subprocess, tempfile, threading, time
print(json.dumps({"sum": sum(range(10))}))
print(subprocess.run(["/bin/echo", "child"], capture_output=True).stdout)
thread = threading.Thread(target=os.getppid); thread.start(); thread.join()
signal.signal(signal.SIGUSR1, lambda *a: None); os.kill(os.getpid(), signal.SIGUSR1)
here, there = socket.socketpair(); here.sendall(b"x" * 40); there.recv(100)
with open("out", "w") as out: out.write("text"); out.flush(); os.fsync(out.fileno())
os.rename("out", "renamed"); os.utime("renamed", (1, 2)); os.chmod("renamed", 0o640); os.truncate("renamed", 2)
time.sleep(0.001)
END
"""

SHELL_SCRIPT = r"""
trap 'echo caught' USR1
trap 'echo done' EXIT
kill -USR1 $$
(exit 3)
echo status $?
echo alpha | cat > out
read -r word < out
[ "$word" = alpha ] && [ -f out ] && cd tree && pwd
cat <<END
here $word
END
ulimit -n
umask 027
"""

# Interfaces and sockets that nobody else has a hand in; processes that see nobody but themselves.
OWN_NETWORK = ["unshare", "-rn"]
OWN_PROCESSES = ["unshare", "-rpf", "--mount-proc"]


@dataclass(frozen=True)
class Program:
    name: str
    group: str                      # which test of ctest runs it
    argv: list[str]
    prepare: str = ""               # shell text, run in the directory before each run
    options: list[str] = field(default_factory=list)  # strace's, besides -f -o
    within: list[str] = field(default_factory=list)   # a command that runs the tracer
    needs: list[str] = field(default_factory=list)    # a command that runs others, and that a container may forbid


def variants(names: set[str], options: list[str]) -> list[Program]:
    """Some of the programs again, under another option of the tracer."""
    label = " ".join(options)
    return [Program(f"{p.name} ({label})", "options", p.argv, p.prepare, options) for p in PROGRAMS if p.name in names]


PROGRAMS = [
    Program("ls -l", "files", ["ls", "-l", "tree", "/dev/null"]),
    Program("cat", "files", ["cat", "tree/one.txt", "tree/a/two.txt", "missing"]),
    Program("grep -r", "files", ["grep", "-r", "needle", "tree/a"]),
    Program("find", "files", ["find", "tree", "-type", "f", "-size", "-10"]),
    Program("tar c", "files", ["tar", "czf", "tree.tgz", "tree"]),
    Program("tar x", "files", ["tar", "xf", "tree.tar", "-C", "made"], "mkdir made; tar cf tree.tar tree"),
    Program("cp, mv, rm", "files", ["sh", "-c", "cp -a tree copy && mv copy moved && ln tree/one.txt hard && rm -r moved"]),
    Program("bash pipes", "shell", ["bash", "-c", "cat tree/one.txt | sort -r | tr a-z A-Z; echo $(wc -l < tree/one.txt)"]),
    Program("bash traps", "shell", ["bash", "script.sh"], f"cat > script.sh <<'SCRIPT'\n{SHELL_SCRIPT}\nSCRIPT"),
    Program("gcc", "build", ["gcc", "-c", "-o", "answer.o", "answer.c"]),
    Program("make", "build", ["make", "-s", "CC=gcc", "program"]),
    Program("git log", "git", ["git", "-C", "repository", "log", "--stat"], REPOSITORY),
    Program("git status", "git", ["git", "-C", "repository", "status"], REPOSITORY),
    Program("git clone", "git", ["git", "clone", "-q", "repository", "clone"], REPOSITORY),
    Program("python3 start-up", "python", ["/usr/bin/python3", "-c", "pass"]),
    Program("python3 script", "python", ["/usr/bin/python3", "script.py"], SCRIPT),
    Program("ps", "system", [*OWN_PROCESSES, "ps", "-e"], needs=OWN_PROCESSES),
    Program("ss", "system", ["ss", "-lnt"], within=OWN_NETWORK, needs=OWN_NETWORK),
    Program("ip addr", "system", ["ip", "addr"], within=OWN_NETWORK, needs=OWN_NETWORK),
    Program("curl", "system", ["curl", "-s", "http://127.0.0.1:{port}/file"]),
    Program("32-bit: signals", "small", ["{tracees}/signal_dispositions.32"]),
    Program("32-bit: strings", "small", ["{tracees}/hostile_strings.32"]),
    Program("static: signals", "small", ["{tracees}/signal_dispositions.static"]),
    Program("static: strings", "small", ["{tracees}/hostile_strings.static"]),
    Program("data", "small", ["{tracees}/data_calls"], options=["-e", "read=!0,1,2", "-e", "write=all"]),
    Program("32-bit: data", "small", ["{tracees}/data_calls.32"], options=["-e", "read=!0,1,2", "-e", "write=all"]),
]
PROGRAMS += variants({"ls -l", "cat", "tar c", "bash traps", "python3 script", "curl", "32-bit: signals"}, ["-v"])
PROGRAMS += variants({"ls -l", "cat", "tar c", "bash traps", "python3 script", "curl"}, ["-y"])
PROGRAMS += variants({"ls -l", "cat", "bash traps", "python3 script"}, ["-yy"])
PROGRAMS += variants({"ls -l", "cat", "bash traps", "python3 script"}, ["-s", "200"])
PROGRAMS += variants({"cat", "grep -r", "find", "bash traps", "python3 script"}, ["-X", "raw"])
