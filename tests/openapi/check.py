"""Starts the booking service and lets Schemathesis send it whatever its OpenAPI document allows and forbids."""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BOOKING_BIN", ROOT / "target/debug/booking")
ADMIN = "admin@example.com"
LOGOUT = "/api/v1/auth/logout"
# Seconds that anything may take: far more than it does.
PATIENCE = 120
# Not the checks that guess what an API should refuse or accept: they do not know which sessions exist or are full.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
]
# No request is limited, except in the tests of the limits themselves.
UNLIMITED = {
    "BOOKING_RATE_LIMIT": "1000000",
    "BOOKING_LOGIN_RATE_LIMIT": "1000000",
    "BOOKING_MAX_PENDING": "1000000",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_until_up(service, url):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if service.poll() is not None:
            sys.exit(f"the service ended with {service.returncode}")
        try:
            return send(f"{url}/up")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    sys.exit("the service does not answer")


def schemathesis(url, password, directory, *options):
    """One run as the administrator; the token is a new one."""
    token = send(f"{url}/api/v1/auth/login", {"email": ADMIN, "password": password})["data"]["token"]
    command = ["schemathesis", "run", f"{url}/api/openapi.json", "--header", f"Authorization: Bearer {token}"]
    command += ["--checks", ",".join(CHECKS), "--seed", "20261123", "--max-examples", "60", "--no-color"]
    command += ["--request-timeout", str(PATIENCE)]
    command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--warnings", "off", *options]
    return subprocess.run(command, cwd=directory, check=False).returncode


def main():
    with tempfile.TemporaryDirectory() as directory, open(f"{directory}/log", "w+", encoding="utf-8") as log:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:{directory}/booking.sqlite3"),
            "BOOKING_PORT": str(port),
            "BOOKING_METRICS": "",
            "BROADCAST_CONNECTION": "null",
            **UNLIMITED,
        }
        command = [BINARY, "serve", "--demo"]
        service = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_up(service, url)
            password = re.search(rf"{ADMIN} +(\S+)", pathlib.Path(log.name).read_text(encoding="utf-8"))[1]
            # To log out ends the token of the run, so it has one of its own.
            failed = schemathesis(url, password, directory, "--exclude-path", LOGOUT)
            failed |= schemathesis(url, password, directory, "--include-path", LOGOUT, "--exclude-checks", "ignored_auth")
        finally:
            service.terminate()
            ended = service.wait(timeout=PATIENCE)
            log.seek(0)
            text = log.read()
            (ROOT / "target/test-logs").mkdir(parents=True, exist_ok=True)
            (ROOT / "target/test-logs/openapi-service.log").write_text(text, encoding="utf-8")
    if failed or ended or "panicked at" in text:
        sys.exit(f"schemathesis: {failed}, the service ended with {ended}; its log is in target/test-logs")


if __name__ == "__main__":
    main()
