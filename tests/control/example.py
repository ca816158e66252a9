#!/usr/bin/env python3
"""Runs the library's example of control (examples/remote_call.cc) on a child: it must name us as its parent, and not notice.

    example.py EXAMPLE
"""
import os
import subprocess
import sys

child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
run = subprocess.run([sys.argv[1], str(child.pid)], capture_output=True, text=True)
said, _ = child.communicate("hello")
assert run.stdout == f"getppid() = {os.getpid()}\n", run
assert said == "hello" and child.returncode == 0, (said, child.returncode)
