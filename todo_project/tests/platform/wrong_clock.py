"""What makes this host's clock wrong, as far as Python code asks for it. Monotonic time goes on as it should."""

import time
from datetime import datetime, timedelta, tzinfo

from django.utils import timezone

from foundation.database import transactions


def be_wrong_by(error: timedelta) -> None:
    """Let `time.time`, Django's `now` and the project's own question to the host answer with this error."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # no instance of Wrong leaves
            return datetime.now(tz) + error

    right = time.time
    time.time = lambda: right() + error.total_seconds()
    timezone.datetime = Wrong  # type: ignore[attr-defined]  # where its `now` looks for the class
    transactions.datetime = Wrong  # type: ignore[attr-defined]
