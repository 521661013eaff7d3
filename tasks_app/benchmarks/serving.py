"""A web role on a filled database, and the clients that ask it; what their command lines have in common."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeVar

import httpx

from devstack import Stack
from devstack.ports import LOOPBACK, http_succeeds, pick
from devstack.waiting import wait_until
from events_app.benchmarks import places
from events_app.benchmarks.measure import percentile
from tasks_app.benchmarks.bare_http import BareHttp

DATABASES: Final = ("SQLite", "PostgreSQL")
PATIENCE = 60.0


@dataclass(frozen=True)
class Timing:
    """Seconds of the requests of one round."""

    seconds: Sequence[float]

    @property
    def p50(self) -> float:
        return percentile(self.seconds, 50)

    @property
    def p95(self) -> float:
        return percentile(self.seconds, 95)


def described(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of a benchmark's options; what the module says of itself is the help."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_only(parser: argparse.ArgumentParser) -> None:
    """Let the caller choose one database."""
    parser.add_argument("--only", choices=["", *DATABASES], default="")


def add_role(parser: argparse.ArgumentParser) -> None:
    """Let the caller say how big the web role is."""
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)


def on_each_database(only: str, measure: Callable[[str, Mapping[str, str]], None]) -> None:
    """Measure on a new database of each kind, or of the chosen one; passed over where its service is missing."""
    for name in DATABASES:
        if only in ("", name):
            with database(name) as environment:
                if environment is not None:
                    measure(name, environment)


@contextmanager
def database(name: str) -> Iterator[dict[str, str] | None]:
    """Yield the environment of a new, migrated database; None when its service is missing."""
    if name == "SQLite":
        with places.sqlite() as environment:
            yield environment
        return
    stack: Stack | None = places.services("postgresql")
    if stack is None:
        yield None
        return
    with places.postgresql(stack) as environment:
        yield environment


@contextmanager
def served(environment: Mapping[str, str], *, processes: int, threads: int) -> Iterator[str]:
    """Run `manage.py web` during the block; yield its address once it answers."""
    [port] = pick(1)
    options = (
        "--host",
        LOOPBACK,
        "--port",
        str(port),
        "--processes",
        str(processes),
        "--threads",
        str(threads),
    )
    with places.role("web", *options, environment=environment):
        assert wait_until(lambda: http_succeeds(port, "/livez"), seconds=PATIENCE), (
            "the web role does not answer"
        )
        yield f"http://{LOOPBACK}:{port}"


class Person:
    """One signed-in user with connections of their own."""

    def __init__(self, url: str, token: str) -> None:
        self.http = BareHttp(url, token)

    async def begin(self) -> None:
        """Do what comes before everything that is measured."""


Kind = TypeVar("Kind", bound=Person)
Shown = TypeVar("Shown")


@asynccontextmanager
async def people(
    kind: Callable[[str, Shown], Kind], url: str, tokens: Sequence[Shown]
) -> AsyncIterator[list[Kind]]:
    """Yield one person for each token, or whatever it is that the kind shows, all of whom have begun."""
    everyone = [kind(url, token) for token in tokens]
    try:
        await asyncio.gather(*(person.begin() for person in everyone))
        yield everyone
    finally:
        await asyncio.gather(*(person.http.close() for person in everyone))


@contextmanager
def client(url: str, token: str) -> Iterator[httpx.Client]:
    """Yield a client with one connection that stays open, signed in."""
    with httpx.Client(base_url=url, headers=signed(token), timeout=PATIENCE) as asking:
        yield asking


def signed(token: str) -> dict[str, str]:
    """Return the header of a signed-in user."""
    return {"Authorization": f"Bearer {token}"}


def timed(asking: httpx.Client, paths: Sequence[str]) -> Timing:
    """Ask for each path in turn; each answer must be a page."""
    seconds = []
    for path in paths:
        began = perf_counter()
        answer = asking.get(path)
        seconds.append(perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return Timing(seconds)


def server_settings(environment: Mapping[str, str]) -> str:
    """Return the settings of the database server that matter to benchmarks, in one line."""
    settings: str = places.side("tasks_app.benchmarks.database_settings", environment=environment)
    return settings
