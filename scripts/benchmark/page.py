"""The page docs/benchmarks.md and its plots."""

import subprocess

from . import table
from .machine import ROOT, note

PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "benchmarks"
BEGIN, END = "<!-- begin: scripts/bench -->", "<!-- end: scripts/bench -->"
# Not plotted: these have figures, but nothing that goes on for a while.
PLAIN = ("start",)


def results(rows, names, machines, options):
    """What stands between the markers, without the plots; `machines` are the lines about where the runs were made."""
    once = [str(number) for number, row in enumerate(rows, 1) if row.scenario.runs == 1]
    runs = f"Medians of {options.runs} runs" + (f"; one run for {' and '.join(once)}." if once else ".")
    lines = [
        *machines,
        "",
        runs,
        "",
        *table.table(rows, names),
    ]
    if remarks := list(table.remarks(rows, names)):
        lines += ["", "Remarks:", "", *remarks]
    return [*lines, "", "The commands, each with `--url` and `--pid` of the server:", "", *table.commands(rows)]


def plots(rows, generator):
    """Draws the first run of each server, side by side; answers the lines that show the plots."""
    PLOTS.mkdir(exist_ok=True)
    for number, row in enumerate(rows, 1):
        runs = [f"{name}={result.files[0]}" for name, result in row.results.items() if result.files]
        if row.scenario.name in PLAIN or not runs:
            continue
        path = PLOTS / f"{row.scenario.name}.svg"
        run = subprocess.run(
            [generator, "bench", "report", "--output", path, *runs], stderr=subprocess.PIPE, text=True
        )
        if run.returncode == 0:
            yield from ("", f"![{number}. {row.scenario.title}](benchmarks/{path.name})")
        else:
            note(f"no plot of {row.scenario.name}: {run.stderr.strip()}")


def write(lines):
    """Puts the lines between the markers."""
    before, rest = PAGE.read_text().split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text("\n".join([before + BEGIN, *lines, END + after]))
