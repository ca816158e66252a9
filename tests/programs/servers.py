"""Servers under load: launched under tether, and attached to while they are loaded. What they count themselves must be in the trace."""

import os
import re
import signal
import socket
import subprocess
import urllib.request
from contextlib import contextmanager

from stage import Disagreement, children_of, program, wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_at(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(stage, argv, port):
    """A server for the time of the block, which has to bid it end."""
    with open(stage.directory / "server", "w") as said:
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=stage.directory)
        wait_until(lambda: answers_at(port) or server.poll() is not None, "the server answers")
        yield server
        status = stage.end_of(server, argv)
    if status != 0:
        raise Disagreement(f"{argv[0]} ended with {status}: {(stage.directory / 'server').read_text()[-300:]}")
    stage.compared.append("exit status")


def load(argv):
    """Starts a client that loads a server."""
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def loaded(stage, client):
    """The client's words when it is done; it must have been content."""
    said, _ = client.communicate()
    complaint = re.search(r".*(error|fail.*[1-9]|reset).*", said, re.I)
    if client.returncode != 0 or complaint:
        raise Disagreement(f"{client.args[0]} ended with {client.returncode}: {complaint[0] if complaint else said[-300:]}")
    stage.compared.append(f"{client.args[0]} content")
    return said


# ── redis ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Redis:
    """A client that asks what the server has counted, itself included."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.answers = self.socket.makefile("rb")

    def answer(self):
        return self.answers.read(int(self.answers.readline()[1:]) + 2).decode()

    def counts(self, mark):
        """Connections and bytes up to the read that has `mark` in it; of the bytes out, up to what that asks for."""
        self.socket.sendall(f"ECHO {mark}\r\nINFO stats\r\n".encode())
        self.answer()
        stats = dict(line.split(":") for line in self.answer().split("\r\n") if ":" in line)
        return [int(stats[name]) for name in ("total_connections_received", "total_net_input_bytes", "total_net_output_bytes")]

    def shut_down(self):
        self.socket.sendall(b"SHUTDOWN NOSAVE\r\n")


def redis_server(port):
    return ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"]


def redis_benchmark(port, requests):
    return load(["redis-benchmark", "-p", str(port), "-n", str(requests), "-c", "20", "-t", "set,get", "-q"])


def agree_with_redis(stage, trace, before, after):
    trace = trace.between("begin-mark", "end-mark")
    connections, received, sent = [b - a for a, b in zip(before, after)]
    stage.agree("connections", connections, trace.count("accept4"))
    stage.agree("bytes in", received, trace.transferred("read", matching="<TCP:"))
    stage.agree("bytes out", sent, trace.transferred("write", "writev", matching="<TCP:"))


@program("redis-server under redis-benchmark", needs=["redis-server", "redis-benchmark"])
def redis(stage):
    port = free_port()
    with serving(stage, stage.traced(redis_server(port), "-yy"), port):
        client = Redis(port)
        before = client.counts("begin-mark")
        loaded(stage, redis_benchmark(port, 1000 * stage.scale))
        after = client.counts("end-mark")
        client.shut_down()
    trace = stage.read_trace()
    agree_with_redis(stage, trace, before, after)


@program("redis-server under redis-benchmark", how="attached", needs=["redis-server", "redis-benchmark"])
def redis_attached(stage):
    port = free_port()
    with serving(stage, redis_server(port), port) as server:
        client = Redis(port)
        while_it_comes = redis_benchmark(port, 5000 * stage.scale)
        with stage.attached([server.pid], "-yy") as run:
            loaded(stage, while_it_comes)
            before = client.counts("begin-mark")
            loaded(stage, redis_benchmark(port, 1000 * stage.scale))
            after = client.counts("end-mark")
            while_it_goes = redis_benchmark(port, 5000 * stage.scale)
        loaded(stage, while_it_goes)
        agree_with_redis(stage, run.trace, before, after)
        client.shut_down()


# ── nginx ────────────────────────────────────────────────────────────────────────────────────────────────────────────

NGINX = """
daemon off; worker_processes 2; pid {d}/pid; error_log {d}/error.log; user root;
events {{ worker_connections 64; }}
http {{
  sendfile on; access_log {d}/access.log; root {d}/pages;
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3; uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  server {{ listen 127.0.0.1:{port}; location /status {{ stub_status; access_log off; }} }}
}}
"""


def nginx_server(stage, port):
    (stage.directory / "pages").mkdir()
    for page in ("page", "counted"):
        (stage.directory / "pages" / page).write_bytes(b"p" * 5000)
    (stage.directory / "nginx.conf").write_text(NGINX.format(d=stage.directory, port=port))
    return ["nginx", "-c", str(stage.directory / "nginx.conf")]


def nginx_accepted(port):
    """The connections that it has accepted, the asking one included."""
    said = urllib.request.urlopen(f"http://127.0.0.1:{port}/status").read().decode()
    return int(said.splitlines()[2].split()[0])


def bench(port, requests, page="page"):
    return load(["ab", "-q", "-S", "-c", "8", "-n", str(requests), f"http://127.0.0.1:{port}/{page}"])


def agree_with_ab(stage, said, trace):
    """Of the load on the page that is counted."""
    requests, bytes_sent = (int(re.search(rf"{what}: +(\d+)", said)[1]) for what in ("Complete requests", "HTML transferred"))
    stage.agree("requests", requests, trace.count("recvfrom", matching='"GET /counted'))
    stage.agree("bytes of pages", bytes_sent, trace.transferred("sendfile", matching="/pages/counted>"))


def served(stage):
    return len((stage.directory / "access.log").read_text().splitlines())


@program("nginx under ab", needs=["nginx", "ab"])
def nginx(stage):
    port, requests = free_port(), 300 * stage.scale
    with serving(stage, stage.traced(nginx_server(stage, port), "-yy"), port):
        said = loaded(stage, bench(port, requests, "counted"))
        accepted = nginx_accepted(port)
        os.kill(int((stage.directory / "pid").read_text()), signal.SIGQUIT)
    trace = stage.read_trace()
    stage.agree("requests logged", requests, served(stage))
    stage.agree("accepted", accepted, trace.count("accept4"))
    agree_with_ab(stage, said, trace)


@program("nginx under ab", how="attached", needs=["nginx", "ab"])
def nginx_attached(stage):
    port, requests = free_port(), 300 * stage.scale
    with serving(stage, nginx_server(stage, port), port) as master:
        workers = wait_until(lambda: len(children_of(master.pid)) == 2 and children_of(master.pid), "the workers are there")
        while_it_comes = bench(port, 2000 * stage.scale)
        with stage.attached([master.pid, *workers], "-yy") as run:
            loaded(stage, while_it_comes)
            said = loaded(stage, bench(port, requests, "counted"))
            while_it_goes = bench(port, 2000 * stage.scale)
        loaded(stage, while_it_goes)
        agree_with_ab(stage, said, run.trace)
        stage.agree("requests logged", 4000 * stage.scale + requests, served(stage))
        master.send_signal(signal.SIGQUIT)
