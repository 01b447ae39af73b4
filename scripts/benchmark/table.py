"""The results in Markdown."""

import collections
import dataclasses

from .runs import MOST_TOGETHER, Result
from .scenarios import Scenario


@dataclasses.dataclass(frozen=True)
class Row:
    """A scenario and the results of the servers."""

    scenario: Scenario
    results: dict[str, Result]


def table(rows, servers):
    """One column per server; then the target and what comes of it."""
    yield f"| | {' | '.join(servers)} | target for gema | |"
    yield f"|---|{'---:|' * len(servers)}---|---|"
    for number, row in enumerate(rows, 1):
        yield f"| **{number}. {row.scenario.title}** |{' |' * len(servers)} | |"
        for figure in row.scenario.figures:
            if is_told(row, figure):
                yield figure_line(figure, row, rows, servers)


def is_told(row, figure):
    """Whether a server or a target has something to say about it; all are told when nobody has."""
    told = {name for result in row.results.values() for name in result.figures}
    return not told or figure.name in told or any(target.figure == figure.name for target in row.scenario.targets)


def figure_line(figure, row, rows, servers):
    cells = [cell(row.results[server].figures.get(figure.name), figure.digits) for server in servers]
    targets = [target for target in row.scenario.targets if target.figure == figure.name]
    texts, verdicts = [target.text for target in targets], [verdict(target, row, rows) for target in targets]
    return f"| {figure.label} | {' | '.join(cells)} | {', '.join(texts)} | {', '.join(verdicts)} |"


def cell(value, digits):
    return "n/a" if value is None else f"{value:,.{digits}f}"


def verdict(target, row, rows):
    """Whether it is met, and by what."""
    gema, other = row.results["gema"], reference(target, row, rows)
    if gema.failed:
        return "**missed**"
    value, base = gema.figures.get(target.figure), other.figures.get(target.figure) if other else None
    if value is None or (target.of and not base):
        return "not judged"
    if row.scenario.paced and (gema.disturbed or (other and other.disturbed)):
        return "not judged: disturbed"
    if not target.of:
        return "met" if target.is_met(value) else "**missed**"
    ratio = value / base
    return f"{'met' if target.is_met(ratio) else '**missed**'} ({ratio:.2f} ×)"


def reference(target, row, rows):
    """The result that gema is compared with."""
    if target.of in row.results:
        return row.results[target.of]
    return next((other.results["gema"] for other in rows if other.scenario.name == target.of), None)


def remarks(rows, servers):
    """Why there is no figure, and what was not as it should be."""
    for number, row in enumerate(rows, 1):
        for server in servers:
            result = row.results[server]
            if result.reason:
                yield f"* {number}, {server}: n/a, {result.reason}."
            for failure, times in collections.Counter(result.failures).items():
                yield f"* {number}, {server}: runs that failed and were repeated: {times}, {failure}."
            for warning in sorted(result.warnings):
                yield f"* {number}, {server}: {warning}"
            if row.scenario.paced and result.disturbed:
                most = max(run["deliveries_per_read"] for run in result.runs)
                yield f"* {number}, {server}: up to {most:.2f} deliveries per read, more than {MOST_TOGETHER}."


def commands(rows):
    """How each row is measured by hand."""
    for number, row in enumerate(rows, 1):
        if arguments := row.scenario.arguments:
            variables = "".join(f"{name}={value} " for name, value in row.scenario.environment.items())
            server = f" ({variables.strip()} for the server)" if variables else ""
            yield f"{number}. `gema bench {' '.join(arguments)}`{server}"
        else:
            yield f"{number}. each server is started ten times, by `scripts/benchmark/start.py`"
