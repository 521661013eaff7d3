"""What to ask of one HTTP server: which calls, in which order, with which bodies. Read from JSON: any server will do.

    {
      "setup": [CALL, …],             once, before anything; signs somebody in
      "headers": {"Authorization": "Bearer {token}"},
      "fill": CALL,                   makes one of the tasks that are there beforehand
      "calls": {"list": STEP, "create": STEP, "update": STEP, "complete": STEP}
    }

A CALL is `{"method": "POST", "path": "/tasks/{id}/", "body": {…}, "keep": {"id": "results.0.id"}}`: `keep` takes values
out of the answer, for braces in the paths, bodies and headers of later calls. `{n}` is a new number for each call, and
`{run}` a word for each run. A STEP is a CALL with, if wanted, `before`, calls that are not measured, and `until`, a GET
that is repeated until the value at its `value` is neither missing nor what `{id}` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_RECURRING: Final = {
    "method": "POST",
    "path": "/api/tasks/",
    "body": {"title": "Water plants {n}", "due_at": "2031-07-15T09:00:00Z", "recurrence": {"rule": "daily"}},
    "keep": {"id": "id", "series": "series_id"},
}
OURS: Final[dict[str, Any]] = {
    "setup": [
        {
            "method": "POST",
            "path": "/api/auth/register/",
            "body": {"username": "side{run}", "password": "a long enough {run} password"},
        },
        {
            "method": "POST",
            "path": "/api/auth/token/",
            "body": {"username": "side{run}", "password": "a long enough {run} password"},
            "keep": {"token": "access"},
        },
    ],
    "headers": {"Authorization": "Bearer {token}"},
    "fill": {
        "method": "POST",
        "path": "/api/tasks/",
        "body": {"title": "Write report {n}", "tags": ["work"], "due_at": "2031-05-15T09:00:00Z"},
        "keep": {"filled": "id"},
    },
    "calls": {
        "list": {"method": "GET", "path": "/api/tasks/?limit=50"},
        "create": {
            "method": "POST",
            "path": "/api/tasks/",
            "body": {"title": "Call the office {n}", "priority": "high", "due_at": "2031-06-15T09:00:00Z"},
        },
        "update": {
            "method": "PATCH",
            "path": "/api/tasks/{filled}/",
            "body": {"title": "Write report again {n}"},
        },
        "complete recurring": {
            "before": [_RECURRING],
            "method": "PUT",
            "path": "/api/tasks/{id}/completion/",
        },
        "complete until the next is there": {
            "before": [_RECURRING],
            "method": "PUT",
            "path": "/api/tasks/{id}/completion/",
            "until": {"path": "/api/series/{series}/", "value": "task_id"},
        },
    },
}
"""This platform. Its server should run with TODO_WRITES_PER_SECOND=0, or most writes of a run are refused."""


class DescriptionError(Exception):
    """A description lacks something, or an answer lacks what is to be kept; the message says what."""


@dataclass(frozen=True)
class Call:
    """One request, and what to keep of its answer."""

    method: str
    path: str
    body: Any = None
    keep: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A call to measure, what comes before it, and the call and value that show its effect."""

    call: Call
    before: Sequence[Call] = ()
    until: Call | None = None
    value: str = ""


@dataclass(frozen=True)
class ServerDescription:
    """All that is asked of one server."""

    setup: Sequence[Call]
    headers: Mapping[str, str]
    fill: Call
    steps: Mapping[str, Step]


def read_description(path: Path | None) -> ServerDescription:
    """Return the description in a file, or without one that of this platform. Raises DescriptionError."""
    try:
        read = json.loads(path.read_text()) if path else OURS
        return ServerDescription(
            setup=[_call(each) for each in read["setup"]],
            headers=read["headers"],
            fill=_call(read["fill"]),
            steps={name: _step(each) for name, each in read["calls"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DescriptionError(f"{path}: {error!r}") from error


def _call(read: Mapping[str, Any]) -> Call:
    return Call(read["method"], read["path"], read.get("body"), read.get("keep", {}))


def _step(read: Mapping[str, Any]) -> Step:
    until = read.get("until")
    return Step(
        call=_call(read),
        before=[_call(each) for each in read.get("before", [])],
        until=_call({"method": "GET", **until}) if until else None,
        value=until["value"] if until else "",
    )


def fill_in(wanted: Any, values: Mapping[str, object]) -> Any:
    """Return `wanted` with each `{name}` in its texts replaced. Raises DescriptionError for one that is not known."""
    if isinstance(wanted, Mapping):
        return {name: fill_in(value, values) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [fill_in(value, values) for value in wanted]
    if not isinstance(wanted, str):
        return wanted
    try:
        return wanted.format_map(values)
    except (KeyError, IndexError, ValueError) as error:
        raise DescriptionError(f"{wanted!r} names {error}, which no earlier call has kept") from error


def value_at(answer: Any, pointer: str) -> Any:
    """Return the value at a dotted path such as `results.0.id`, or None where there is nothing."""
    for name in pointer.split("."):
        if isinstance(answer, list) and name.isdigit() and int(name) < len(answer):
            answer = answer[int(name)]
        elif isinstance(answer, Mapping):
            answer = answer.get(name)
        else:
            return None
    return answer
