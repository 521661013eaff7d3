"""Spans, which connect what one change causes in the web role, the relay and the consumers.

The port alone: `todo_project.tracing` begins spans with OpenTelemetry where that is switched on. Elsewhere a block
costs one call, and no package is loaded. Between processes a context travels as the text of W3C Trace Context
(https://www.w3.org/TR/trace-context/), `traceparent`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

SpanRole = Literal["SERVER", "PRODUCER", "CONSUMER"]
Attributes = Mapping[str, str | int]
_ODD_DIGITS: Final = frozenset("13579bdf")


class RunningSpan(Protocol):
    """A running span. `traceparent` is its context, for what it causes elsewhere."""

    @property
    def traceparent(self) -> str:
        """Return the context as text."""

    def describe(self, name: str, attributes: Attributes) -> None:
        """Set the name, and add attributes, once they are known."""


class BeginsSpans(Protocol):
    """What begins spans."""

    def begin(
        self, name: str, role: SpanRole, *, parent: str, links: Iterable[str], attributes: Attributes
    ) -> AbstractContextManager[RunningSpan]:
        """Return a block that is a span."""


@dataclass(frozen=True, slots=True)
class _NoSpan:
    traceparent: str

    def describe(self, name: str, attributes: Attributes) -> None:
        """Do nothing."""


class _Nothing:
    """Begins no spans: what is caused goes on with the context that is there."""

    @contextmanager
    def begin(
        self, name: str, role: SpanRole, *, parent: str, links: Iterable[str], attributes: Attributes
    ) -> Iterator[RunningSpan]:
        yield _NoSpan(parent)


NO_SPANS: Final = _Nothing()
_beginner: BeginsSpans = NO_SPANS


def trace_with(beginner: BeginsSpans) -> None:
    """Have `beginner` begin all spans of this process from now on; NO_SPANS ends that."""
    global _beginner  # noqa: PLW0603 - one process, one way to trace
    _beginner = beginner


def is_tracing() -> bool:
    """Return whether spans are begun."""
    return _beginner is not NO_SPANS


def kept_trace_id(traceparent: str) -> str:
    """Return the id of the trace, if its flag says that it is kept somewhere; "" for any other context, and for none.

    https://www.w3.org/TR/trace-context/#sampled-flag
    """
    return kept_ids(traceparent)[0]


def kept_ids(traceparent: str) -> tuple[str, str]:
    """Return the ids of the trace and of the span, if the flag says that they are kept; else two empty texts."""
    is_kept = traceparent[-1:] in _ODD_DIGITS
    return (traceparent[3:35], traceparent[36:52]) if is_kept else ("", "")


def span(
    name: str, role: SpanRole, *, parent: str = "", links: Iterable[str] = (), attributes: Attributes
) -> AbstractContextManager[RunningSpan]:
    """Return a block that is a span: a child of `parent`, or the root of a trace; `links` are what it goes back to.

    Both are `traceparent` texts; those that are empty or wrong count as none. An exception that leaves the block is
    recorded.
    """
    return _beginner.begin(name, role, parent=parent, links=links, attributes=attributes)
