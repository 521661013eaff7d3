"""B17: what metrics and traces cost B4's writes, in one run: the same server without, with metrics, and with both.

`python -m todo_project.benchmarks.b17_watching [--seconds 2] [--rounds 5] [--only SQLite]`

Three `manage.py web` run on one database. In each round each of them gets B4's clients, first one and then sixteen, who
write without keys, and who is first changes from round to round; the other two are idle meanwhile. *Without*: no
middleware that counts, no side port; what the code counts in memory all the same (less than a microsecond each) is on
every side. *Metrics*: a side port that is asked every five seconds, so that processes count in files. *Both*: every
span is sent as well, to a receiver in this process, which only reads it. A ratio is that of the writes of a second, of
the same round; of the processor's time for a write, below, that of the server's processes alone. Each database takes
about eight minutes.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.request import urlopen

from devstack.ports import LOOPBACK, http_succeeds, pick
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import Table, announce, percentile, spread
from tasks_app.benchmarks import b4_writes
from tasks_app.benchmarks.filling import fill
from tasks_app.benchmarks.serving import PATIENCE, add_only, add_role, described, on_each_database

WITHOUT, METRICS, BOTH = "without", "metrics", "metrics and traces"
SCRAPE_SECONDS = 5.0


@dataclass(frozen=True)
class Server:
    """One side: its role, its address, and that of its side port."""

    role: places.Role
    url: str
    side_port: int | None


@dataclass(frozen=True)
class Round:
    """Writes of a second and their p50 by kind, and the processor's seconds for a write of any kind."""

    rates: Mapping[str, float]
    p50: Mapping[str, float]
    cpu: float
    failed: int


def main() -> None:
    """Measure on both databases."""
    parser = described(__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--total", type=int, default=20_000, help="tasks of all users beforehand")
    add_role(parser)
    add_only(parser)
    options = parser.parse_args()
    announce(
        "Writes without metrics and traces, and with them (aim: a ratio above 0.97)",
        seconds=options.seconds, rounds=options.rounds, processes=options.processes, threads=options.threads,
    )  # fmt: skip
    table = Table(
        (
            "database",
            "clients",
            "write",
            "without/s (rounds)",
            "p50 ms",
            f"{METRICS} (rounds)",
            f"{BOTH} (rounds)",
        )
    )
    on_each_database(options.only, partial(_measure, table=table, options=options))
    table.show()


def _measure(name: str, environment: Mapping[str, str], *, table: Table, options: argparse.Namespace) -> None:
    tokens = fill(environment, sizes=[100] * b4_writes.USERS, total=options.total, words=True)
    with _servers(environment, options) as servers:
        for clients in b4_writes.CLIENTS:
            found: dict[str, list[Round]] = {side: [] for side in servers}
            for number in range(options.rounds):
                for side in list(servers)[:: 1 if number % 2 == 0 else -1]:
                    found[side].append(_round(servers[side], tokens, clients, options.seconds))
            before = len(table.rows)
            _add_rows(table, (name, str(clients)), found)
            for row in table.rows[before:]:
                print(*row, sep="  ", flush=True)


def _add_rows(table: Table, names: tuple[str, str], found: Mapping[str, Sequence[Round]]) -> None:
    base = found[WITHOUT]
    assert not sum(each.failed for rounds in found.values() for each in rounds), "writes failed"
    for kind in b4_writes.PLAIN:
        ratios = [
            spread(
                [one.rates[kind] / other.rates[kind] for one, other in zip(found[side], base, strict=True)],
                ".3f",
            )
            for side in (METRICS, BOTH)
        ]
        rates, p50 = [each.rates[kind] for each in base], [each.p50[kind] * 1000 for each in base]
        table.add(*names, kind, spread(rates), spread(p50, ".2f"), *ratios)
    ratios = [
        spread([one.cpu / other.cpu for one, other in zip(found[side], base, strict=True)], ".3f")
        for side in (METRICS, BOTH)
    ]
    cpu = spread([each.cpu * 1000 for each in base], ".2f")
    table.add(*names, "processor ms for any write", cpu, "", *ratios)


def _round(server: Server, tokens: Sequence[str], clients: int, seconds: float) -> Round:
    asked = {
        "url": server.url, "tokens": tokens, "clients": clients, "seconds": seconds, "kinds": b4_writes.PLAIN,
    }  # fmt: skip
    began = server.role.cpu_seconds
    with _scraped(server.side_port):
        done = places.side(
            b4_writes.MODULE, "--clients", json.dumps(asked), environment=places.environment({})
        )
    taken: dict[str, list[float]] = done["seconds"]
    writes = sum(map(len, taken.values()))
    return Round(
        rates={kind: len(each) / seconds for kind, each in taken.items()},
        p50={kind: percentile(each, 50) for kind, each in taken.items()},
        cpu=(server.role.cpu_seconds - began) / writes,
        failed=sum(done["failed"].values()),
    )


@contextmanager
def _servers(environment: Mapping[str, str], options: argparse.Namespace) -> Iterator[dict[str, Server]]:
    """Run a server for each side."""
    with _receiver() as receiver, ExitStack() as running:
        uncounted = {"DJANGO_SETTINGS_MODULE": "todo_project.benchmarks.uncounted_settings"}
        metrics, both = pick(2)
        sides: dict[str, tuple[int | None, dict[str, str]]] = {
            WITHOUT: (None, uncounted),
            METRICS: (metrics, {"TODO_SIDE_PORT": str(metrics)}),
            BOTH: (both, {"TODO_SIDE_PORT": str(both), "OTEL_EXPORTER_OTLP_ENDPOINT": receiver}),
        }
        yield {
            side: running.enter_context(_server({**environment, **given}, side_port, options))
            for side, (side_port, given) in sides.items()
        }


@contextmanager
def _server(
    environment: Mapping[str, str], side_port: int | None, options: argparse.Namespace
) -> Iterator[Server]:
    [port] = pick(1)
    where = ("--host", LOOPBACK, "--port", str(port))
    size = ("--processes", str(options.processes), "--threads", str(options.threads))
    with places.role("web", *where, *size, environment=environment) as role:
        assert wait_until(lambda: http_succeeds(port, "/livez"), seconds=PATIENCE), "the web role is silent"
        yield Server(role, f"http://{LOOPBACK}:{port}", side_port)


@contextmanager
def _scraped(side_port: int | None) -> Iterator[None]:
    """Ask a side port for its metrics every few seconds during the block, as Prometheus does; none without one."""
    ended = Event()

    def scrape() -> None:
        while side_port is not None and not ended.wait(SCRAPE_SECONDS):
            with suppress(OSError), urlopen(f"http://{LOOPBACK}:{side_port}/metrics", timeout=2) as answer:
                answer.read()

    scraping = Thread(target=scrape)
    scraping.start()
    try:
        yield
    finally:
        ended.set()
        scraping.join()


class _Sink(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def _receiver() -> Iterator[str]:
    """Yield the address of something that takes spans and throws them away."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _Sink)
    Thread(target=server.serve_forever, args=[0.1], daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
