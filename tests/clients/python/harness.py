"""The real binary as a child process, and a bare client of its WebSocket."""

import hashlib
import hmac
import http.server
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import websocket

HERE = pathlib.Path(__file__).resolve().parent
BINARY = (HERE.parent / os.environ.get("GEMA_BIN", "../../target/debug/gema")).resolve()
HOST = "127.0.0.1"
# Seconds that anything may take: far more than it does, since other programs may have the machine for seconds.
TIMEOUT = 60


class Receiver:
    """Takes webhooks; each is key, signature and body, as they came."""

    def __init__(self):
        self.requests = queue.Queue()
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                requests.put((self.headers["X-Pusher-Key"], self.headers["X-Pusher-Signature"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self.http.server_port}/webhooks"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def next(self):
        """The next request."""
        return self.requests.get(timeout=TIMEOUT)

    def close(self):
        """Takes no more."""
        self.http.shutdown()
        self.http.server_close()


class Server:
    """One server and the credentials of its only application."""

    app_id, key, secret = "123456", "k3y0gema0python0apps", "s3cr3t0gema0python00"

    def __init__(self, settings=None):
        self.port = free_port()
        self.directory = tempfile.TemporaryDirectory()
        self.log = open(pathlib.Path(self.directory.name) / "log", "w+", encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.directory.name,
            "REVERB_APP_ID": self.app_id,
            "REVERB_APP_KEY": self.key,
            "REVERB_APP_SECRET": self.secret,
            **(settings or {}),
        }
        self.process = subprocess.Popen(
            [BINARY, "start", "--host", HOST, "--port", str(self.port)],
            cwd=self.directory.name,
            env=environment,
            stdout=self.log,
            stderr=self.log,
        )
        self._wait()

    def stop(self):
        """Ends the server as an operator would and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.log.close()
        self.directory.cleanup()
        return code

    def auth(self, text):
        """`KEY:HEX` over the text."""
        digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return f"{self.key}:{digest}"

    def _wait(self):
        last = None
        end = time.monotonic() + 2 * TIMEOUT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.port}/up", timeout=1) as answer:
                    last = answer.read()
                    if json.loads(last) == {"health": "OK"}:
                        return
            except OSError as error:
                last = error
            time.sleep(0.05)
        self.process.kill()
        self.log.seek(0)
        raise RuntimeError(f"{BINARY} did not get ready: {last}; its log:\n{self.log.read()}")


class Wire:
    """A bare WebSocket that speaks the Pusher protocol."""

    def __init__(self, server):
        self.server = server
        url = f"ws://{HOST}:{server.port}/app/{server.key}?protocol=7&client=py&version=1.0.0"
        self.socket = websocket.create_connection(url, timeout=TIMEOUT)
        self.socket_id = json.loads(self.expect("pusher:connection_established")["data"])["socket_id"]

    def send(self, event, data):
        self.socket.send(json.dumps({"event": event, "data": data}))

    def expect(self, event):
        """The very next frame, which must be `event`."""
        frame = json.loads(self.socket.recv())
        assert frame["event"] == event, f"expected {event}, got {frame}"
        return frame

    def join(self, channel, **member):
        """Subscribes, as a member if there is one."""
        data = {"channel": channel, "auth": ""}
        if member:
            data["channel_data"] = json.dumps(member)
            data["auth"] = self.server.auth(f"{self.socket_id}:{channel}:{data['channel_data']}")
        elif channel.startswith(("private-", "#")):
            data["auth"] = self.server.auth(f"{self.socket_id}:{channel}")
        self.send("pusher:subscribe", data)
        self.expect("pusher_internal:subscription_succeeded")
        return self

    def signin(self, user):
        """Signs in and joins the user's channel."""
        user_data = json.dumps({"id": user})
        auth = self.server.auth(f"{self.socket_id}::user::{user_data}")
        self.send("pusher:signin", {"auth": auth, "user_data": user_data})
        self.expect("pusher:signin_success")
        return self.join(f"#server-to-user-{user}")

    def quiet(self):
        """Nothing came before the answer to a ping that is sent now."""
        self.send("pusher:ping", {})
        self.expect("pusher:pong")

    def close_code(self):
        """Waits for the close frame of the server."""
        while True:
            opcode, data = self.socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big")

    def close(self):
        self.socket.close()


def free_port():
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
