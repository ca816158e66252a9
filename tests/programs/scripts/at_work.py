"""Threads, children, an event loop and its own surroundings.   at_work.py THREADS CHILDREN CONNECTIONS"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading

THREADS, CHILDREN, CONNECTIONS = map(int, sys.argv[1:])


def in_threads():
    answers = []
    threads = [threading.Thread(target=lambda n=n: answers.append(n * n)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("threads", sum(answers))


def in_children():
    print("children", sum(int(subprocess.run(["expr", str(n), "+", "1"], capture_output=True, check=True).stdout) for n in range(CHILDREN)))
    killed = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    killed.terminate()
    print("killed", killed.wait())


async def in_a_loop():
    async def echo(reader, writer):
        writer.write(await reader.readexactly(4))
        writer.close()

    async def ask(port, n):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"%04d" % n)
        answer = await reader.read()
        writer.close()
        return int(answer)

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print("answers", sum(await asyncio.gather(*[ask(port, n) for n in range(CONNECTIONS)])))
    child = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    print("child", await child.communicate(b"through a pipe"))
    server.close()


def surroundings():
    """What a tracer could have changed."""
    print("affinity", os.sched_getaffinity(0), "policy", os.sched_getscheduler(0), "nice", os.nice(0))
    print("descriptors", sorted(os.listdir("/proc/self/fd")))
    print("limits", [resource.getrlimit(n) for n in range(16)])
    print("blocked", signal.pthread_sigmask(signal.SIG_BLOCK, []), "umask", os.umask(0), "directory", os.getcwd(), "argv0", sys.argv[0])
    print([line for line in open("/proc/self/status") if line.startswith(("SigBlk", "SigIgn", "SigCgt", "Cap", "NoNew", "Seccomp", "Uid", "Gid"))])
    print("leads its session:", os.getsid(0) == os.getpid(), "its group:", os.getpgid(0) == os.getpid(), sorted(os.environ.items()))


in_threads()
in_children()
asyncio.run(in_a_loop())
surroundings()
