"""What is sent with a later message to PostgreSQL; apart from `joined_messages`, which loads the driver."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Postponed(NamedTuple):
    """Statements, separated by semicolons, that are sent with the next message."""

    text: str
    params: Sequence[object]
    on_sent: Callable[[], object] = bool
    """Called after the server has run them."""
