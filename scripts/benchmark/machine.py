"""The machine, and whether it is at rest."""

import datetime
import os
import pathlib
import platform
import re
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# Where each run is kept.
RUNS = TARGET / "bench"
SERVER_CPU, GENERATOR_CPU = 0, 1
# Before a run other processes have so many seconds to come to rest: to use less than so many percent of a CPU.
PATIENCE, MOST_NOISE = 20, 10


def wait_for_rest():
    """Waits until the machine has done next to nothing for three seconds, but not for ever."""
    seconds = 0
    for _ in range(PATIENCE):
        before = busy()
        time.sleep(1)
        seconds = seconds + 1 if busy() - before <= MOST_NOISE else 0
        if seconds == 3:
            return


def busy():
    """Hundredths of a second that all CPUs together have worked."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, *others = map(int, stat.readline().split()[1:9])
    return user + nice + system + sum(others)


def pin(cpu):
    """For `subprocess`: puts the child on this CPU, or on none if there is none."""
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})


def raise_limits():
    """As many files for the children as the system permits; answers how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def note(text):
    print(text, file=sys.stderr, flush=True)


def describe(servers):
    """One line about the machine and the versions."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = output(["git", "describe", "--always", "--dirty"]) or "unknown"
    versions = [output([server.executable, "--version"]) for server in servers if server.name == "sockudo"]
    return (
        f"{datetime.date.today()}, commit {', '.join([commit, *versions])}; {os.cpu_count()} CPUs "
        f"({cpu[1] if cpu else platform.machine()}), {memory:.0f} GiB, Linux {platform.release()}."
    )


def output(command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
