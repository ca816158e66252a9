"""The same in gdb, by its own Python: gdb -nx -batch -p PID -x gdb_primitives.py; ADDRESS and CALLS come by the environment."""
import os
import statistics
import time

import gdb


def median_ns(once, calls):
    times = []
    for _ in range(calls):
        begin = time.perf_counter_ns()
        once()
        times.append(time.perf_counter_ns() - begin)
    return int(statistics.median(times))


def register_read():
    gdb.execute("maintenance flush register-cache", to_string=True)  # else it answers from its memory
    gdb.selected_frame().read_register("rbx")


def main():
    address, calls = int(os.environ["ADDRESS"], 16), int(os.environ["CALLS"])
    process = gdb.selected_inferior()
    for size in (64, 4096, 1 << 20):
        print(f"memory-read-{size} gdb {median_ns(lambda: process.read_memory(address, size), calls)}")
    print(f"register-read gdb {median_ns(register_read, calls)}")
    print(f"register-write gdb {median_ns(lambda: gdb.execute('set $rbx = $rbx', to_string=True), calls)}")
    print(f"remote-call gdb {median_ns(lambda: gdb.parse_and_eval('(int)getpid()'), max(calls // 20, 5))}")


main()
