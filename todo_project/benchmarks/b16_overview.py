"""B16: the first screen of the admin among many streams: what its overview costs, by the clock and of the processor.

`python -m todo_project.benchmarks.b16_overview [--streams 1000000] [--behind 5000]`

`GET /admin/overview/` as the page asks for it every ten seconds, in the process that answers, on SQLite and on
PostgreSQL: first while nothing waits, then with so many streams of three events each that nobody was told of.
"""

import argparse
import json
from typing import Any

import django

from events_app.benchmarks import places
from events_app.benchmarks.measure import Table, announce, milliseconds, percentile, watched

MODULE = "todo_project.benchmarks.b16_overview"
ROUNDS = 30


def main() -> None:
    """Measure on both databases; with `--act`, be the process of one of them."""
    options = _options()
    if options.act:
        django.setup()
        print(json.dumps(act(options)))
        return
    announce(
        "The overview of the admin (aim: under 100 ms of the processor)",
        streams=f"{options.streams:,}",
        behind=f"{options.behind:,}",
        rounds=ROUNDS,
    )
    table = Table(("database", "streams behind", "p50 ms", "p95", "of the processor p50 ms", "p95"))
    with places.sqlite() as database:
        _measure(table, "SQLite", database, options)
    stack = places.services("postgresql")
    if stack is not None:
        with places.postgresql(stack) as database:
            _measure(table, "PostgreSQL", database, options)
    table.show()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=10**6)
    parser.add_argument("--behind", type=int, default=5000)
    parser.add_argument("--act", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(table: Table, name: str, database: dict[str, str], options: argparse.Namespace) -> None:
    sizes = ("--streams", options.streams, "--behind", options.behind)
    for behind, found in places.side(MODULE, "--act", *sizes, environment=database).items():
        cells = [milliseconds(percentile(found[kind], p)) for kind in ("wall", "cpu") for p in (50, 95)]
        table.add(name, f"{int(behind):,}", *cells)


def act(options: argparse.Namespace) -> dict[int, dict[str, list[float]]]:
    """Fill this side's database, then ask for the overview; seconds by streams that are behind."""
    from django.db.models import F  # noqa: PLC0415 - needs django.setup()

    from events_app.benchmarks import log_data  # noqa: PLC0415
    from events_app.models import Stream  # noqa: PLC0415
    from events_app.runtime.heartbeats import beat  # noqa: PLC0415
    from todo_project.health.readiness import expected_roles  # noqa: PLC0415

    log_data.register()
    log_data.insert_streams(options.streams, head=1, settled=True)
    log_data.insert_cursors("audit", 1)
    for role in expected_roles():
        beat(role)
    log_data.analyze()
    operator = _operator()
    idle = _ask(operator)
    Stream.objects.filter(pk__lte=options.behind).update(head=F("head") + 3)
    return {0: idle, options.behind: _ask(operator)}


def _operator() -> Any:
    """Return the browser of somebody who may see everything."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - needs django.setup()
    from django.test import Client  # noqa: PLC0415

    user = get_user_model().objects.create_superuser("operator", password=None)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user)
    return browser


def _ask(operator: Any) -> dict[str, list[float]]:
    taken = []
    for _ in range(ROUNDS + 3):
        with watched() as one:
            answer = operator.get("/admin/overview/")
        assert answer.status_code == 200, answer.content
        taken.append(one)
    return {"wall": [each.wall for each in taken[3:]], "cpu": [each.cpu for each in taken[3:]]}


if __name__ == "__main__":
    main()
