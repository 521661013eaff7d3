"""When each step of the road from commit to consumer was done, noted inside the processes of the platform.

`python -m events_app.benchmarks.stamps FOLDER COMMAND …` runs a command of manage.py that notes its steps in a file in
FOLDER, one line for each round: all processes of a machine share one monotonic clock. It needs no change of the code
that is measured.
"""

import os
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

import django
import orjson

FOUND, SENT, HEARD = "found", "sent", "heard"
_folder = Path()
_files: dict[int, Any] = {}


def main() -> None:
    """Patch the steps, then run the command."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs the settings

    folder, *command = sys.argv[1:]
    django.setup()
    note_steps(Path(folder))
    execute_from_command_line(["manage.py", *command])


def note_steps(folder: Path) -> None:
    """Have this process, and those that it forks, note its steps in `folder`."""
    global _folder  # noqa: PLW0603 - one process is measured once
    _folder = folder
    relay = import_module("events_app.relay.relay").Relay
    _wrap(relay, "find_streams", lambda _, result: note(FOUND, {each.key: each.head for each in result}))
    _wrap(relay, "send", _note_sent)
    _wrap(
        import_module("events_app.consumers.kernel.advancing"), "call_after_commit", _note_applied, first=True
    )
    if os.environ.get("TODO_EVENT_TRANSPORT") == "kafka":
        _wrap(import_module("events_app.transports.kafka_subscriber"), "_wakeups", _note_heard)
    if os.environ.get("TODO_EVENT_TRANSPORT") == "dapr":
        _wrap(
            import_module("events_app.transports.inbox").Inbox,
            "put",
            lambda given, _: _note_heard((), given[1]),
        )


def note(step: str, reached: Mapping[str, int]) -> None:
    """Note that streams have come so far."""
    if reached:
        if os.getpid() not in _files:
            _files[os.getpid()] = (_folder / f"{os.getpid()}.stamps").open("ab", buffering=0)
        _files[os.getpid()].write(orjson.dumps([step, monotonic(), reached]) + b"\n")


def _wrap(owner: Any, name: str, act: Callable[[Any, Any], None], *, first: bool = False) -> None:
    """Call `act(arguments, result)` after a function, or `act(arguments, None)` before it."""
    inner = getattr(owner, name)

    @wraps(inner)
    def wrapped(*given: Any, **named: Any) -> Any:
        if first:
            act(given, None)
        result = inner(*given, **named)
        if not first:
            act(given, result)
        return result

    setattr(owner, name, wrapped)


def _note_sent(given: Any, result: Any) -> None:
    _, streams = given
    note(SENT, {each.key: result.upto[each.stream_id] for each in streams})


def _note_applied(given: Any, _: object) -> None:
    bound, ranges = given
    note(bound.spec.name, {each.stream_key: each.to for each in ranges})


def _note_heard(_: object, wakeups: Any) -> None:
    reached: dict[str, int] = {}
    for wakeup in wakeups:
        reached[wakeup.stream_key] = max(wakeup.sequence, reached.get(wakeup.stream_key, 0))
    note(HEARD, reached)


class Stamps:
    """The notes of all processes: when a stream had come to a number, by step."""

    def __init__(self, folder: Path) -> None:
        self._reached: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
        for path in folder.glob("*.stamps"):
            for line in path.read_bytes().splitlines():
                step, at, reached = orjson.loads(line)
                for key, seq in reached.items():
                    self._reached[step][key].append((seq, at))
        for by_key in self._reached.values():
            for key, steps in by_key.items():
                by_key[key] = list(_first_times(steps))

    def time_of(self, step: str, key: str, seq: int) -> float | None:
        """Return when a step was first done for a number of a stream, or None."""
        steps = self._reached[step].get(key, [])
        place = bisect_left(steps, (seq, 0.0))
        return steps[place][1] if place < len(steps) else None


def _first_times(steps: Iterable[tuple[int, float]]) -> Iterable[tuple[int, float]]:
    """Return the steps by number, each with the earliest time at which that number, or a higher one, was reached."""
    earliest, found = float("inf"), []
    for seq, at in sorted(steps, reverse=True):
        earliest = min(earliest, at)
        found.append((seq, earliest))
    return reversed(found)


if __name__ == "__main__":
    main()
