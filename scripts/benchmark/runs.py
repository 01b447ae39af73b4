"""Runs of the generator, and what they tell."""

import dataclasses
import json
import pathlib
import re
import statistics
import subprocess

from .machine import GENERATOR_CPU, RUNS, note, pin, wait_for_rest
from .scenarios import DELIVERIES_OF_MIXED, derived
from .servers import NoStart, Server, serving
from .start import cold_start

# A run is repeated so often while it fails, and a paced one while more than so many deliveries come together in one
# read: a server that had to wait for its CPU writes several events at once, which is cheaper, so that it cannot be
# compared.
ATTEMPTS, MOST_TOGETHER = 3, 1.1
# Seconds after which a run is given up, beside those that it lasts.
LONGEST = 600
# How clap ends a program that is asked for what it does not know.
USAGE = 2


class Failed(Exception):
    """A run without figures."""


class Unknown(Failed):
    """The generator does not know the scenario."""


@dataclasses.dataclass
class Result:
    """What several runs of one scenario against one server have told."""

    runs: list[dict[str, float]] = dataclasses.field(default_factory=list)
    files: list[pathlib.Path] = dataclasses.field(default_factory=list)
    # Runs that were repeated, and why.
    failures: list[str] = dataclasses.field(default_factory=list)
    # What the generator warned of.
    warnings: set[str] = dataclasses.field(default_factory=set)
    # Why there are no figures.
    reason: str = ""
    # Whether the server is to blame for that.
    failed: bool = False

    @property
    def figures(self):
        """Medians."""
        if self.reason or not self.runs:
            return {}
        names = [name for name in self.runs[0] if all(name in run for run in self.runs)]
        return {name: statistics.median(run[name] for run in self.runs) for name in names}

    @property
    def disturbed(self):
        return any(together(run) > MOST_TOGETHER for run in self.runs)


class Runner:
    def __init__(self, servers: list[Server], runs: int, again: tuple[str, ...], machine: str):
        self.servers = servers
        self.generator = next(server.executable for server in servers if server.name == "gema")
        self.runs = runs
        # The only scenarios that are measured; of the others, runs that were kept earlier are taken. None: all.
        self.again = again
        # About the machine, for each run that is kept.
        self.machine = machine
        # The same of all runs that were taken.
        self.machines = []
        # Deliveries per second of gema, by scenario.
        self.rates = {}
        RUNS.mkdir(parents=True, exist_ok=True)

    def pace(self, scenario):
        """The scenario at the rate that follows from an earlier one."""
        if not scenario.half_of:
            return scenario
        if not self.rates.get(scenario.half_of):
            reason = f"the rate is half of that of {scenario.half_of}, which was not measured"
            return dataclasses.replace(scenario, without={**scenario.without, "gema": reason})
        rate = self.rates[scenario.half_of] / 2 / DELIVERIES_OF_MIXED
        return dataclasses.replace(scenario, arguments=(*scenario.arguments, "--rate", f"{rate:.0f}"))

    def measure(self, scenario):
        """The result of each server; their runs alternate."""
        results = {server.name: Result(reason=scenario.without.get(server.name, "")) for server in self.servers}
        for number in range(1, (scenario.runs or self.runs) + 1):
            for server in self.servers:
                result = results[server.name]
                if not result.reason:
                    self.add_run(scenario, server, number, result)
        self.rates[scenario.name] = results["gema"].figures.get("deliveries_per_second")
        return results

    def add_run(self, scenario, server, number, result):
        path = RUNS / f"{scenario.name}-{server.name}-{number}.json"
        if self.again and scenario.name not in self.again and path.exists():
            report = json.loads(path.read_text())
        else:
            report = self.quiet_run(scenario, server, result)
            if report is None:
                return
            report["machine"] = self.machine
            report["figures"].update(derived(scenario, report["figures"]))
            path.write_text(json.dumps(report) + "\n")
        if report["machine"] not in self.machines:
            self.machines.append(report["machine"])
        figures = report["figures"]
        result.runs.append(figures)
        # Without the numbers, which differ from run to run.
        result.warnings.update(re.sub(r"[\d.]+ %", "… %", warning) for warning in report.get("warnings", ()))
        result.files.append(path)

    def quiet_run(self, scenario, server, result):
        """The report of the run that other processes disturbed least, if one succeeds."""
        reports = []
        for _ in range(1 if scenario.runs == 1 else ATTEMPTS):
            wait_for_rest()
            note(f"# {server.name}: {scenario.name}")
            try:
                report = self.run(scenario, server)
            except (Failed, NoStart, OSError) as error:
                note(f"  failed: {error}")
                result.failures.append(str(error))
                result.failed = not isinstance(error, Unknown)
                if result.failed:
                    continue
                break
            note(json.dumps(report["figures"]))
            reports.append(report)
            if not scenario.paced or together(report["figures"]) <= MOST_TOGETHER:
                break
        if not reports:
            result.reason = result.failures.pop()
            return None
        result.failed = False
        return min(reports, key=lambda report: together(report["figures"]))

    def run(self, scenario, server):
        """One run on a fresh server."""
        if not scenario.arguments:
            return {"scenario": scenario.name, "figures": cold_start(server)}
        with serving(server, scenario) as running:
            try:
                return self.load(scenario, running)
            except Failed as error:
                if words := running.last_words():
                    raise Failed(f"{error}; {words}") from None
                raise

    def load(self, scenario, running):
        """Runs the generator."""
        where = ["--url", running.url, "--pid", str(running.process.pid), "--format", "json"]
        try:
            run = subprocess.run(
                [self.generator, "bench", *scenario.arguments, *where],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=pin(GENERATOR_CPU if scenario.pinned else None),
                timeout=LONGEST + seconds(scenario),
            )
        except subprocess.TimeoutExpired:
            raise Failed("the generator does not come to an end") from None
        if run.returncode == 0:
            return json.loads(run.stdout)
        lines = [line for line in run.stderr.splitlines() if line.strip()]
        if run.returncode == USAGE:
            raise Unknown(f"the generator does not know it: {lines[0] if lines else ''}")
        raise Failed(lines[-1].removeprefix("gema: ") if lines else f"the generator ended with {run.returncode}")


def seconds(scenario):
    arguments = scenario.arguments
    return int(arguments[arguments.index("--seconds") + 1]) if "--seconds" in arguments else 0


def together(figures):
    """Deliveries per read of the generator."""
    return figures.get("deliveries_per_read", 0)
