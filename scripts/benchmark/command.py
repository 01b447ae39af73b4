"""The command line."""

import argparse

from . import page
from .machine import describe, note, raise_limits
from .runs import Runner
from .scenarios import scenarios, sockets
from .servers import servers
from .table import Row


def main():
    files = raise_limits()
    options = parse(files)
    chosen = choose(scenarios(options), options.only)
    note(f"# {files} open files are permitted")
    found = servers(options.sockudo)
    # Before an hour in which the tree may change.
    machine = describe(found)
    runner = Runner(found, options.runs, options.again, machine)
    rows = []
    for scenario in chosen:
        scenario = runner.pace(scenario)
        rows.append(Row(scenario, runner.measure(scenario)))
    lines = page.results(rows, [server.name for server in found], runner.machines, options)
    print("\n".join(lines))
    if not (options.dry_run or options.only):
        page.write([*lines, *page.plots(rows, runner.generator)])


def parse(files):
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures gema against the floor and, where it is installed, Sockudo; writes docs/benchmarks.md.",
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each scenario [%(default)s]")
    parser.add_argument("--seconds", type=int, default=10, help="length of a run [%(default)s]")
    parser.add_argument("--soak", type=int, default=600, help="length of the soak; 0 leaves it out [%(default)s]")
    parser.add_argument(
        "--sockets",
        type=numbers,
        default=sockets(files),
        help="idle sockets; the most of them churn [10000,50000, or what the limit of open files permits]",
    )
    parser.add_argument("--sockudo", metavar="PATH", help="the third server [sockudo, where it is on PATH]")
    parser.add_argument(
        "--only", metavar="NAME,…", type=names, default=(), help="only these scenarios, and print the table only"
    )
    parser.add_argument(
        "--again",
        metavar="NAME,…",
        type=names,
        default=(),
        help="measure these, and take what was kept of the others in target/bench",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the table only")
    return parser.parse_args()


def numbers(text):
    return tuple(int(number) for number in names(text))


def names(text):
    return tuple(name.strip() for name in text.split(","))


def choose(everything, only):
    """All, or those of these names and groups."""
    known = {name for scenario in everything for name in (scenario.name, scenario.group or scenario.name)}
    if unknown := set(only) - known:
        raise SystemExit(f"no scenario is called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return [scenario for scenario in everything if not only or {scenario.name, scenario.group} & set(only)]
