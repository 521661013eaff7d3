"""Apply the log to consumers: each event exactly once per consumer and in order, whatever messages arrive."""

from events_app.consumers.kernel.advancing import AdvanceResult, advance
from events_app.consumers.kernel.replay import replay
from events_app.consumers.kernel.together import advance_together

__all__ = ["AdvanceResult", "advance", "advance_together", "replay"]
