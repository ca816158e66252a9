"""A process whose threads wake up every millisecond and know by how much they were late (metronome.c)."""

import os
import subprocess


class Metronome:
    def __init__(self, program, threads):
        self.process = subprocess.Popen([program, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.pid = self.process.pid
        self.worst_ms()

    def worst_ms(self):
        """The worst lateness since the last question."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()) / 1e6

    def traced(self):
        """How many of its threads have a tracer."""
        tasks = f"/proc/{self.pid}/task"
        count = 0
        for tid in os.listdir(tasks):
            with open(f"{tasks}/{tid}/status", encoding="ascii", errors="replace") as status:
                count += "TracerPid:\t0\n" not in status.read()
        return count

    def end(self):
        self.process.communicate()
