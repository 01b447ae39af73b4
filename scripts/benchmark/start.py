"""How long a server takes until it serves, and how large it is."""

import os
import socket
import statistics
import subprocess
import tempfile
import time

from .machine import GENERATOR_CPU
from .servers import START, NoStart, free_port

STARTS = 10
UPGRADE = (
    b"GET /app/bench-key?protocol=7 HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


def cold_start(server):
    """The figures of the scenario `start`: medians of several starts."""
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {GENERATOR_CPU})
    try:
        accepted, answered = zip(*(one_start(server) for _ in range(STARTS)))
    finally:
        os.sched_setaffinity(0, free)
    return {
        "start_ms": 1e3 * statistics.median(accepted),
        "first_answer_ms": 1e3 * statistics.median(answered),
        "binary_mib": os.path.getsize(server.executable) / 2**20,
    }


def one_start(server):
    """Seconds until the first connection is accepted, and until its request is answered."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        start = time.perf_counter()
        process = server.spawn(port, directory, subprocess.DEVNULL)
        try:
            with connect(port, start + START) as client:
                accepted = time.perf_counter() - start
                client.sendall(UPGRADE)
                if not client.recv(4096).startswith(b"HTTP/1.1 101 "):
                    raise NoStart("it refuses the first connection")
                return accepted, time.perf_counter() - start
        finally:
            process.kill()
            process.wait()


def connect(port, end):
    """Tries until somebody listens."""
    while time.perf_counter() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=START)
        except ConnectionRefusedError:
            pass
    raise NoStart("it does not listen")
