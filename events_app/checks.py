"""System checks that run at start, for the dotted paths and names that import linter and type checker cannot see."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection
from django.utils.module_loading import import_string

from events_app.contracts import PAYLOADS
from events_app.transports.envelope import TOPICS
from foundation.database.sessions import isolation_level


@register()
def check_topology(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that consumers and sweeps have unique names, and name functions, topics and event types that exist."""
    return [*_duplicate_names(), *_unknown_words(), *_missing_functions()]


def _duplicate_names() -> Iterator[CheckMessage]:
    for specs in (settings.EVENT_CONSUMERS, settings.EVENT_SWEEPS):
        names = [spec.name for spec in specs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Error(f"two entries are called {name}", id="events.E001")


def _unknown_words() -> Iterator[CheckMessage]:
    for spec in settings.EVENT_CONSUMERS:
        for topic in set(spec.topics) - set(TOPICS):
            yield Error(f"consumer {spec.name}: there is no topic {topic}", id="events.E002")
        for type_ in set(spec.wants or ()) - set(PAYLOADS):
            yield Error(f"consumer {spec.name}: there is no event {type_}", id="events.E003")
    for name in set(settings.EVENT_HOSTED_CONSUMERS) - {spec.name for spec in settings.EVENT_CONSUMERS}:
        yield Error(f"TODO_EVENT_CONSUMERS: there is no consumer {name}", id="events.E007")


def _missing_functions() -> Iterator[CheckMessage]:
    paths = [path for s in settings.EVENT_CONSUMERS for path in (s.handler, s.after_commit) if path]
    paths += [sweep.function for sweep in settings.EVENT_SWEEPS]
    paths += settings.EVENT_INVARIANTS
    paths += [sweep.instants for sweep in settings.EVENT_SWEEPS if sweep.instants]
    for path in paths:
        try:
            is_function = callable(import_string(path))
        except ImportError as error:
            yield Error(f"{path} cannot be imported: {error}", id="events.E004")
            continue
        if not is_function:
            yield Error(f"{path} is not a function", id="events.E005")


@register(Tags.database)
def check_isolation(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Check that PostgreSQL runs READ COMMITTED: rows read after the stream's lock must show each earlier commit."""
    # Without `--database` no check connects, as with Django's own, so that `check --deploy` needs no server.
    if not kwargs.get("databases") or connection.vendor != "postgresql":
        return []
    level = isolation_level()
    if level == "read committed":
        return []
    return [Error(f"the database's isolation is {level}, it must be read committed", id="events.E006")]
