"""The servers: how they are built, started and ended."""

import contextlib
import dataclasses
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time

from .machine import ROOT, SERVER_CPU, note, pin

# How long a server may take until it listens.
START = 10
# Below those that the system gives to clients.
PORTS = range(20_000, 32_000)
MANY = "1000000000"
# The generator's own defaults.
GEMA = {
    "REVERB_APP_ID": "bench",
    "REVERB_APP_KEY": "bench-key",
    "REVERB_APP_SECRET": "bench-secret",
    "GEMA_SHARDS": "1",
    "RUST_LOG": "warn",
}
# Nothing limited or counted. That a client is gone is no error.
SOCKUDO = {
    "HOST": "127.0.0.1",
    "PORT": "{port}",
    "RUST_LOG": "error,sockudo::ws_handler=off",
    "SOCKUDO_DEFAULT_APP_ID": "bench",
    "SOCKUDO_DEFAULT_APP_KEY": "bench-key",
    "SOCKUDO_DEFAULT_APP_SECRET": "bench-secret",
    "SOCKUDO_DEFAULT_APP_ENABLE_CLIENT_MESSAGES": "true",
    "SOCKUDO_DEFAULT_APP_MAX_CONNECTIONS": MANY,
    "SOCKUDO_DEFAULT_APP_MAX_BACKEND_EVENTS_PER_SECOND": MANY,
    "SOCKUDO_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SECOND": MANY,
    "SOCKUDO_DEFAULT_APP_MAX_READ_REQUESTS_PER_SECOND": MANY,
    "SOCKUDO_DEFAULT_APP_MAX_PRESENCE_MEMBERS_PER_CHANNEL": MANY,
    "SOCKUDO_DEFAULT_APP_MAX_CHANNEL_NAME_LENGTH": "200",
    "ADAPTER_DRIVER": "local",
    "APP_MANAGER_DRIVER": "memory",
    "CACHE_DRIVER": "memory",
    "QUEUE_DRIVER": "memory",
    "RATE_LIMITER_ENABLED": "false",
    "METRICS_ENABLED": "false",
    "CLUSTER_HEALTH_ENABLED": "false",
}


class NoStart(Exception):
    """A server that does not listen."""


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    executable: str
    # In these and in the environment `{port}` is the port.
    arguments: tuple[str, ...]
    environment: dict[str, str]

    def spawn(self, port, directory, log, pinned=True, environment=None):
        """Starts it; it gets nothing of the environment but where programs are."""
        environment = {**self.environment, **(environment or {}), "PATH": os.environ["PATH"]}
        return subprocess.Popen(
            [self.executable, *(argument.format(port=port) for argument in self.arguments)],
            cwd=directory,
            env={name: value.format(port=port) for name, value in environment.items()},
            stdout=log,
            stderr=log,
            preexec_fn=pin(SERVER_CPU if pinned else None),
        )


@dataclasses.dataclass(frozen=True)
class Running:
    url: str
    process: subprocess.Popen
    log: pathlib.Path

    def last_words(self):
        """The end of its log, if it has ended."""
        if self.process.poll() is None:
            return ""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"the server has ended: {lines[-1] if lines else self.process.returncode}"


def servers(sockudo):
    """All servers that there are; the second is the generator too."""
    cargo = ["cargo", "build", "--release", "--locked", "--package", "gema", "--bin", "gema"]
    gema = executables(cargo)["gema"]
    cargo = ["cargo", "bench", "--locked", "--package", "gema-bench", "--bench", "floor", "--no-run"]
    floor = executables(cargo)["floor"]
    found = [
        Server("floor", floor, ("--listen", "127.0.0.1:{port}"), {}),
        Server("gema", gema, ("start", "--host", "127.0.0.1", "--port", "{port}"), GEMA),
    ]
    if sockudo := shutil.which(sockudo or "sockudo"):
        found.append(Server("sockudo", str(pathlib.Path(sockudo).resolve()), (), SOCKUDO))
    return found


def executables(cargo):
    output = subprocess.run(
        [*cargo, "--message-format", "json-render-diagnostics"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    artifacts = [json.loads(line) for line in output.splitlines()]
    return {a["target"]["name"]: a["executable"] for a in artifacts if a.get("executable")}


@contextlib.contextmanager
def serving(server, scenario):
    """Runs a fresh server until the block is left."""
    with tempfile.TemporaryDirectory() as directory:
        path, port = pathlib.Path(directory, "log"), free_port()
        with open(path, "w") as log:
            process = server.spawn(port, directory, log, scenario.pinned, scenario.environment)
        try:
            running = Running(f"ws://127.0.0.1:{port}", process, path)
            wait_until_it_listens(running, port)
            yield running
        finally:
            process.kill()
            process.wait()


def wait_until_it_listens(running, port):
    end = time.monotonic() + START
    while not listens(port):
        if running.process.poll() is not None or time.monotonic() > end:
            note(running.log.read_text(errors="replace"))
            raise NoStart(running.last_words() or "it does not listen")
        time.sleep(0.01)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def free_port():
    """One that no client is given: a client that tries to connect to its own port would reach itself."""
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", random.choice(PORTS)))
            return listener.getsockname()[1]
