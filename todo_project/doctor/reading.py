"""What the database says about the platform at one moment: read once, judged by the checks, shown by the overview."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events_app.operating.lag import ConsumerLag, LogLag, consumer_lags, log_lag
from foundation.database.transactions import database_now
from todo_project.metrics.figures import PlatformFigures, read_figures

MOST_STREAMS: Final = 2_000  # looked at: whoever asks must not wait for a backlog of any size


@dataclass(frozen=True)
class PlatformReading:
    """The lag of the relay and of each consumer, each at least what it says, and what is around the log."""

    at: datetime
    log: LogLag
    consumers: tuple[ConsumerLag, ...]
    around: PlatformFigures


def read_platform() -> PlatformReading:
    """Return the reading. Its queries look at a bounded number of rows each. Raises django.db.Error."""
    now = database_now()
    return PlatformReading(
        at=now,
        log=log_lag(most_streams=MOST_STREAMS),
        consumers=tuple(consumer_lags(most_streams=MOST_STREAMS)),
        around=read_figures(now),
    )
