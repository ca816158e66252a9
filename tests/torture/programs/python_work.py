"""Threads, children and an event loop of one python3. Must be true: every message arrives, every child answers, no timer comes early."""

import asyncio
import queue
import subprocess
import sys
import threading
import time


def echo(requests, answers):
    while (number := requests.get()) is not None:
        answers.put(number * 2)


async def work(done):
    requests, answers = queue.Queue(), queue.Queue()
    threading.Thread(target=echo, args=(requests, answers)).start()
    rounds = 0
    while not done.is_set():
        requests.put(rounds)
        assert answers.get(timeout=60) == rounds * 2
        begin = time.monotonic()
        await asyncio.sleep(0.002)
        assert time.monotonic() - begin >= 0.0015
        child = await asyncio.create_subprocess_exec("expr", str(rounds), "+", "1", stdout=subprocess.PIPE)
        said, _ = await child.communicate()
        assert child.returncode == 0 and int(said) == rounds + 1, (said, child.returncode)
        rounds += 1
    requests.put(None)
    return rounds


done = threading.Event()


def wait_for_end():
    sys.stdin.read()
    done.set()


threading.Thread(target=wait_for_end).start()
print("ready", flush=True)
print("ok rounds =", asyncio.run(work(done)))
