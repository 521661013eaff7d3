"""Which consumers a process takes messages for: the names of its command, or those of `TODO_EVENT_CONSUMERS`."""

from collections.abc import Collection, Sequence

from django.conf import settings

from events_app.consumers import registry

_named: list[tuple[str, ...]] = []


class NoSuchHost(ValueError):
    """These names cannot be hosted; the message is one sentence."""


def split_by_topics(
    names: Sequence[str], *, otherwise: str, everything: bool = False
) -> tuple[list[str], list[str]]:
    """Return the consumers that messages wake, and those without topics, which reconcile serves; each name once.

    `everything`: all that have topics; `otherwise` is the option that takes the place of names. Raises NoSuchHost for
    an unknown name, or when no message would wake any.
    """
    known = registry.consumers()
    unknown = [name for name in names if name not in known]
    if unknown or not (names or everything):
        what = f"{unknown[0]} is no consumer" if unknown else f"name the consumers to host, or {otherwise}"
        raise NoSuchHost(f"{what}; there are {', '.join(known)}.")
    wanted = list(known) if everything else list(dict.fromkeys(names))
    served = [name for name in wanted if known[name].spec.topics]
    if not served:
        raise NoSuchHost(without_topics(wanted))
    return served, [] if everything else [name for name in wanted if name not in served]


def without_topics(names: Sequence[str]) -> str:
    """Return the sentence about consumers that no message wakes."""
    return f"{', '.join(names)}: no topics, served by reconcile in relay and Celery."


def host_consumers(names: Collection[str]) -> None:
    """Have this process, and those that it forks, take messages for these consumers alone; for none without names."""
    _named[:] = [tuple(names)]


def hosted_consumers() -> tuple[str, ...]:
    """Return the names of the consumers that the sidecar of this process hands messages to."""
    if _named:
        return _named[0]
    return tuple(settings.EVENT_HOSTED_CONSUMERS) or tuple(registry.consumers())
