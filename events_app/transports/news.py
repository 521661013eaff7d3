"""Which wake-ups bring news to a process: it remembers how far it has advanced each stream."""

from collections.abc import Iterable, Mapping

from events_app.transports.wakeups import Wakeup

MOST_KNOWN = 10_000


class News:
    """Remembers, for the streams that moved last, the highest number that the hosted consumers were advanced to.

    It is for one thread. What it forgets, at a restart or beyond `max_streams`, costs one question to the database.
    """

    def __init__(self, max_streams: int = MOST_KNOWN) -> None:
        self._max_streams = max_streams
        self._known: dict[str, int] = {}
        self._epoch = ""

    def fresh(self, wakeups: Iterable[Wakeup]) -> dict[str, int]:
        """Return the highest number by stream, of the streams that are not known to have reached it.

        Numbers of another epoch meant other events: it begins anew.
        """
        hints: dict[str, int] = {}
        for wakeup in wakeups:
            if wakeup.epoch != self._epoch:
                self._known, self._epoch = {}, wakeup.epoch
            key, sequence = wakeup.stream_key, wakeup.sequence
            if sequence > self._known.get(key, 0) and sequence > hints.get(key, 0):
                hints[key] = sequence
        return hints

    def keep(self, reached: Mapping[str, int]) -> None:
        """Remember how far the outcome is stored, by stream; what a message claims beyond that is not known."""
        for key, sequence in reached.items():
            # The stream that moved last is the last one in the dict.
            self._known[key] = max(sequence, self._known.pop(key, 0))
        for key in [*self._known][: max(0, len(self._known) - self._max_streams)]:
            del self._known[key]
