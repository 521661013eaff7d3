"""Applies the log to consumers: each event exactly once per consumer, in order, whatever messages arrive."""

from events_app.consumers.kernel.advancing import Advanced, advance
from events_app.consumers.kernel.replay import replay

__all__ = ["Advanced", "advance", "replay"]
