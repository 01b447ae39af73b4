"""What is measured, and what counts as met."""

import dataclasses

AT_MOST, AT_LEAST = "≤", "≥"
FEW_SOCKETS, MANY_SOCKETS = 10_000, 50_000
# Files that server and generator need besides those of the sockets.
OTHER_FILES = 1000
# Deliveries of one event of each kind in `mixed`: 500 subscribers, 5, and 25 without the sender.
DELIVERIES_OF_MIXED = 500 + 5 + 24
# By the option of `connect`.
IDLE = {"unsubscribed": "without a subscription", "": "one shared channel", "private": "a private channel each"}
PRESENCE = (625, 1250, 2500, 5000)
NO_PRESENCE = "it knows no presence channels"


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure of gema against a number, or so many times that of another server or of gema in another scenario."""

    figure: str
    sign: str
    limit: float
    of: str = ""

    @property
    def text(self):
        return f"{self.sign} {self.limit:,g}" + (f" × {self.of}" if self.of else "")

    def is_met(self, value):
        return value <= self.limit if self.sign == AT_MOST else value >= self.limit


@dataclasses.dataclass(frozen=True)
class Figure:
    label: str
    name: str
    digits: int = 0


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    # Of `gema bench`; none where it is not what measures.
    arguments: tuple[str, ...]
    figures: tuple[Figure, ...]
    targets: tuple[Target, ...] = ()
    # `--only` knows the scenario by it too.
    group: str = ""
    # Servers that are left out, and why.
    without: dict[str, str] = dataclasses.field(default_factory=dict)
    # Whether a run counts only if the server never had to wait for its CPU.
    paced: bool = False
    # Whether the server has a CPU to itself, and the generator the other.
    pinned: bool = True
    # Of the servers.
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    # Runs, where it is not as many as `--runs` says.
    runs: int | None = None
    # The scenario whose rate this one goes at half of.
    half_of: str = ""


CPU = Figure("CPU µs per delivery", "cpu_per_delivery_us", 2)
RATE = Figure("deliveries per second", "deliveries_per_second")
P99 = Figure("latency p99, ms", "latency_p99_ms", 2)
PER_CPU_SECOND = Figure("deliveries per CPU second of the server", "deliveries_per_cpu_second")
SERVER_CPU = Figure("CPU of the server, %", "server_cpu_percent")
GENERATOR_CPU = Figure("CPU of the generator, %", "generator_cpu_percent")
OTHERS_CPU = Figure("CPU of everything else, %", "others_cpu_percent")
USED = (SERVER_CPU, GENERATOR_CPU, OTHERS_CPU)


def sockets(files):
    """How many idle sockets there are, where so many open files are permitted."""
    most = max((files - OTHER_FILES) // 1000 * 1000, 100)
    return tuple(sorted({min(FEW_SOCKETS, most), min(MANY_SOCKETS, most)}))


def scenarios(options):
    """All of them, in the order of the page."""
    timed = ("--seconds", str(options.seconds), "--payload", "100")
    everything = [
        *fan_outs(timed),
        *[idle(sockets, kind) for sockets in options.sockets for kind in IDLE],
        churn(max(options.sockets)),
        *shards(timed),
        presence(),
        start(),
    ]
    return everything + ([saturated_mix(timed), soak(options.soak)] if options.soak else [])


def fan_outs(timed):
    yield Scenario(
        "fanout",
        "1 channel × 1,000 sockets, 100 events per second",
        ("fanout", "--sockets", "1000", "--rate", "100", *timed),
        (CPU, Figure("latency p50, ms", "latency_p50_ms", 2), P99, RATE, *USED),
        (Target(CPU.name, AT_MOST, 1.08, "floor"), Target(P99.name, AT_MOST, 1.2, "floor")),
        paced=True,
    )
    yield Scenario(
        "saturated",
        "1 channel × 5,000 sockets, 16 events outstanding",
        ("fanout", "--sockets", "5000", "--outstanding", "16", *timed),
        (RATE, CPU, P99, *USED),
        (Target(RATE.name, AT_LEAST, 6, "floor"),),
    )
    yield Scenario(
        "channels",
        "1,000 channels × 5 sockets, 64 events outstanding",
        ("channels", "--channels", "1000", "--subscribers", "5", "--outstanding", "64", *timed),
        (RATE, CPU, P99, *USED),
        (Target(RATE.name, AT_LEAST, 0.9, "floor"), Target(RATE.name, AT_LEAST, 4, "sockudo")),
    )
    yield Scenario(
        "publish",
        "HTTP API, 16 connections, a channel without subscribers",
        ("publish", "--connections", "16", *timed),
        (
            Figure("CPU µs per request", "cpu_per_request_us", 2),
            Figure("requests per second", "requests_per_second"),
            P99,
            *USED,
        ),
        (Target("cpu_per_request_us", AT_MOST, 20),),
    )
    yield Scenario(
        "whisper",
        "client events, 50 private channels × 100 members, 800 events outstanding",
        ("whisper", "--senders", "50", "--members", "100", "--outstanding", str(50 * 16), *timed),
        (RATE, CPU, P99, *USED),
        (Target(RATE.name, AT_LEAST, 6, "floor"),),
    )


def idle(sockets, kind):
    flags = (f"--{kind}",) if kind else ()
    return Scenario(
        "-".join(["connect", str(sockets), kind]).rstrip("-"),
        f"{sockets:,} idle sockets, {IDLE[kind]}",
        ("connect", "--sockets", str(sockets), *flags),
        (
            Figure("growth of RSS per socket, bytes", "rss_per_connection_bytes"),
            Figure("connections per second", "connections_per_second"),
        ),
        (
            Target("rss_per_connection_bytes", AT_MOST, 1024),
            Target("connections_per_second", AT_LEAST, 12_000),
            Target("connections_per_second", AT_LEAST, 0.5, "floor"),
        ),
        group="connect",
    )


def churn(sockets):
    return Scenario(
        "churn",
        f"a burst of large messages to {sockets:,} sockets, which then go",
        ("connect", "--churn", "--sockets", str(sockets), "--messages", "1000", "--payload", "8192"),
        (
            Figure("RSS at the start, KiB", "rss_start_kib"),
            Figure("RSS after the burst, KiB", "rss_after_kib"),
            Figure("RSS after / at the start", "rss_ratio", 2),
        ),
        (Target("rss_ratio", AT_MOST, 1.2),),
        without={"sockudo": "1,000 requests to a server without keep-alive, and 8 KiB are too long for it"},
        runs=1,
    )


def shards(timed):
    """As fast as it goes, and at a rate that leaves the generator room: there the CPU time of a delivery tells."""
    loads = (
        ("", "1 channel × 5,000 sockets, 16 events outstanding", ("--sockets", "5000", "--outstanding", "16")),
        ("-paced", "1 channel × 1,000 sockets, 100 events per second", ("--sockets", "1000", "--rate", "100")),
    )
    for suffix, load, arguments in loads:
        for shards, title in (("1", "one shard"), ("2", "two shards")):
            figure, least = (PER_CPU_SECOND, 1.7 / 2) if suffix else (RATE, 1.7)
            yield Scenario(
                f"shards-{shards}{suffix}",
                f"{title}, nothing pinned: {load}",
                ("fanout", *arguments, *timed),
                (RATE, PER_CPU_SECOND, *USED),
                (Target(figure.name, AT_LEAST, least, f"shards-1{suffix}"),) if shards == "2" else (),
                group="shards",
                without={"floor": "it has one thread", "sockudo": "shards are gema's"},
                pinned=False,
                environment={"GEMA_SHARDS": shards},
            )


def presence():
    sizes = [Figure(f"CPU µs per delivery, {size:,} members", f"cpu_per_delivery_us_{size}", 2) for size in PRESENCE]
    return Scenario(
        "presence",
        "everybody joins one presence channel",
        ("presence", "--sizes", ",".join(map(str, PRESENCE))),
        (*sizes, Figure("exponent of the CPU time in the deliveries", "fit_exponent", 2)),
        (Target("fit_exponent", AT_MOST, 1.1),),
        without={"floor": NO_PRESENCE},
    )


def start():
    return Scenario(
        "start",
        "cold start",
        (),
        (
            Figure("ms until a connection is accepted", "start_ms", 1),
            Figure("ms until an upgrade is answered", "first_answer_ms", 1),
            Figure("size of the binary, MiB", "binary_mib", 1),
        ),
        (Target("start_ms", AT_MOST, 50), Target("binary_mib", AT_MOST, 20)),
        runs=1,
    )


def saturated_mix(timed):
    return Scenario(
        "mixed",
        "everything at once, 16 events of each kind outstanding",
        ("mixed", "--outstanding", "16", *timed),
        (RATE, CPU, P99, *USED),
        without={"floor": NO_PRESENCE},
    )


def soak(seconds):
    return Scenario(
        "soak",
        f"everything at once for {seconds} s, half as many deliveries",
        ("mixed", "--seconds", str(seconds)),
        (
            Figure("deliveries lost", "lost"),
            Figure("slope of RSS, KiB per minute", "rss_slope_kib_per_minute", 1),
            Figure("deliveries", "deliveries"),
            RATE,
            P99,
            *USED,
        ),
        (Target("lost", AT_MOST, 0),),
        without={"floor": NO_PRESENCE, "sockudo": "it takes so long that only gema is measured"},
        runs=1,
        half_of="mixed",
    )


def derived(scenario, figures):
    """Figures that follow from those of a run."""
    if scenario.group == "shards" and figures.get(CPU.name):
        yield "deliveries_per_cpu_second", 1e6 / figures[CPU.name]
    if scenario.name == "churn" and figures.get("rss_start_kib") and "rss_after_kib" in figures:
        yield "rss_ratio", figures["rss_after_kib"] / figures["rss_start_kib"]
    if scenario.name == "soak":
        # The generator fails when anything is lost.
        yield "lost", 0
