"""The relay: finds streams with news, sends what lies beyond `published`, and marks how far it came.

`find_streams`, `send` and `mark` are the three steps of `poll`. A crash between any two repeats messages and loses
none.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate, chain
from time import monotonic

from events_app.contracts import RecordedEvent
from events_app.contracts.registry import is_known
from events_app.errors import FAILURES, describe_error, storable
from events_app.log.read import SeqRange, read_ranges
from events_app.log.streams import (
    STREAMS_PER_LOOK,
    UnpublishedStream,
    last_unpublished_stream,
    lock_unlocked_streams,
    mark_published,
    unpublished_streams,
)
from events_app.models import ParkedMessage, Stream
from events_app.relay.lanes import RENEW_SECONDS, Lanes
from events_app.relay.requests import AddressedMessage, split_into_requests
from events_app.runtime.crash import crash_point
from events_app.runtime.identity import new_holder
from events_app.runtime.watchdog import report_turn
from events_app.transports.base import Failed, Rejected, Transport
from events_app.transports.envelope import to_messages, topics_of
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import database_now, write_transaction

EVENTS_PER_STREAM = 100
EVENTS_PER_ROUND = 2000
_REASON_CHARACTERS = 300

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parked:
    """What of one event a topic will never hear, and why."""

    stream_id: int
    sequence: int
    topic: str
    reason: str


@dataclass
class RoundResult:
    """How a round of sending ended: how far each stream, by id, has been sent, and why others were not."""

    upto: dict[int, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)


class Relay:
    """One relay among any number; without `holder` it takes a name that no other has.

    `now` gives seconds of a clock that never goes back.
    """

    def __init__(
        self, transport: Transport, *, holder: str | None = None, now: Callable[[], float] = monotonic
    ) -> None:
        self.transport = transport
        self.lanes = Lanes(holder or new_holder())
        self._now = now
        self._renew_at = float("-inf")
        self._position = 0
        self._round_end: int | None = None
        # What was sent but could not be marked because a writer held the stream.
        self._unmarked: dict[int, int] = {}
        self._epoch = ""

    def poll(self) -> int:
        """Send one round of news and return how many streams moved; 0 means there was nothing to do.

        Raises TransportUnavailable when the broker cannot be reached; nothing is marked then.
        """
        streams = self.find_streams()
        if not streams:
            return len(self.mark(RoundResult()))
        return len(self.mark(self.send(streams)))

    def find_streams(self) -> list[UnpublishedStream]:
        """Return the next streams of this relay's lanes that have news, going round all of them in turn.

        A round ends at the highest id that had news when it began, so that one that commits late, with a low
        id, waits for a round of what was there before, however long higher ids keep having news.
        """
        self._renew_lanes()
        found = unpublished_streams(self.lanes.held, after_id=self._position, up_to=self._round_end)
        if not found and self._position:
            self._begin_round()
            found = unpublished_streams(self.lanes.held, after_id=0)
        taken = _limit_round(found)
        if len(taken) < len(found) or len(found) == STREAMS_PER_LOOK:
            self._position = taken[-1].stream_id
            if self._round_end is None:
                self._round_end = last_unpublished_stream(self.lanes.held)
        else:
            self._begin_round()
        if taken:
            self._enter(taken[0].epoch)
        return taken

    def _begin_round(self) -> None:
        self._position, self._round_end = 0, None

    def send(self, streams: Sequence[UnpublishedStream]) -> RoundResult:
        """Send what lies beyond `published`, at most 100 events of each stream."""
        ranges = [self._range(stream) for stream in streams]
        events = read_ranges([r for r in ranges if r.after < r.to])
        crash_point("relay.after_read")
        sent = RoundResult(upto={r.stream_id: r.to for r in ranges})
        for request in split_into_requests(_messages_of(events, sent, self._epoch), self.transport):
            self._send_request(request, sent)
        crash_point("relay.after_publish")
        return sent

    def mark(self, sent: RoundResult) -> set[int]:
        """Store how far each stream was sent, what was parked, and which streams stand aside."""
        if not (sent.upto or self._unmarked):
            return set()
        with write_transaction():
            _park(sent.parked)
            _postpone(sent.failed)
            wanted = self._unmarked | sent.upto
            marked = mark_published(wanted, epoch=self._epoch)
            crash_point("relay.before_mark_commit")
        crash_point("relay.after_mark")
        self._unmarked = _drop_deleted({id_: seq for id_, seq in wanted.items() if id_ not in marked})
        return marked

    def close(self) -> None:
        """Give the lanes back and close the transport."""
        try:
            self.lanes.release()
        finally:
            self.transport.close()

    def _renew_lanes(self) -> None:
        if self._now() >= self._renew_at:
            self.lanes.renew()
            self._renew_at = self._now() + RENEW_SECONDS

    def _enter(self, epoch: str) -> None:
        """What was sent in another epoch is not what lies under the same numbers now."""
        if epoch != self._epoch:
            self._epoch, self._unmarked = epoch, {}

    def _range(self, stream: UnpublishedStream) -> SeqRange:
        after = max(stream.published, self._unmarked.get(stream.stream_id, 0))
        return SeqRange(stream.stream_id, stream.key, after, min(stream.head, after + EVENTS_PER_STREAM))

    def _send_request(self, request: Sequence[AddressedMessage], sent: RoundResult) -> None:
        """Send one request; what of a stream follows a failure in it is not sent in later ones."""
        going = [a for a in request if a.message.sequence <= sent.upto[a.stream_id]]
        if not going:
            return
        report_turn()
        outcomes = self.transport.publish([addressed.message for addressed in going])
        for addressed, outcome in zip(going, outcomes, strict=True):
            match outcome:
                case Rejected(reason):
                    message = addressed.message
                    sent.parked.append(
                        Parked(
                            addressed.stream_id,
                            message.sequence,
                            message.topic,
                            storable(reason, characters=_REASON_CHARACTERS),
                        )
                    )
                case Failed(reason):
                    _note_failure(sent, addressed.stream_id, addressed.message.sequence, reason)


def _drop_deleted(unmarked: Mapping[int, int]) -> dict[int, int]:
    """Keep the streams whose writer still holds the lock; a stream that is gone would be waited for in vain."""
    if not unmarked:
        return {}
    there = Stream.objects.filter(pk__in=list(unmarked)).values_list("pk", flat=True)
    return {stream_id: unmarked[stream_id] for stream_id in there}


def _limit_round(streams: Sequence[UnpublishedStream]) -> list[UnpublishedStream]:
    """Keep the first streams, so that a round reads about EVENTS_PER_ROUND events into memory, not all there are."""
    events = accumulate(min(stream.head - stream.published, EVENTS_PER_STREAM) for stream in streams)
    before = chain((0,), events)
    return [stream for stream, read in zip(streams, before, strict=False) if read < EVENTS_PER_ROUND]


def _messages_of(
    events: Mapping[int, Sequence[RecordedEvent]], sent: RoundResult, epoch: str
) -> list[AddressedMessage]:
    return [
        addressed
        for stream_id, listed in events.items()
        for addressed in _messages_of_stream(stream_id, listed, sent, epoch)
    ]


def _messages_of_stream(
    stream_id: int, events: Sequence[RecordedEvent], sent: RoundResult, epoch: str
) -> Iterator[AddressedMessage]:
    """Stop before the first event that a newer release wrote: only that knows topics and shape of it."""
    for event in events:
        if not is_known(event.type, event.v):
            _note_failure(sent, stream_id, event.seq, f"{event.type} version {event.v} is of a newer release")
            return
        try:
            messages = to_messages(event, epoch=epoch)
        except (LookupError, TypeError, ValueError, AssertionError) as error:
            reason = describe_error(error, characters=_REASON_CHARACTERS)
            sent.parked += [Parked(stream_id, event.seq, topic, reason) for topic in topics_of(event.type)]
            continue
        except FAILURES as error:  # nobody knows what it is: the stream waits, the others go on
            _note_failure(sent, stream_id, event.seq, describe_error(error))
            return
        yield from (AddressedMessage(stream_id, message) for message in messages)


def _note_failure(sent: RoundResult, stream_id: int, sequence: int, reason: str) -> None:
    """The stream is sent up to the event before its first failure."""
    sent.failed.setdefault(stream_id, storable(reason, characters=_REASON_CHARACTERS))
    sent.upto[stream_id] = min(sent.upto[stream_id], sequence - 1)


def _park(parked: Sequence[Parked]) -> None:
    if not parked:
        return
    rows = [
        ParkedMessage(stream_id=each.stream_id, seq=each.sequence, topic=each.topic, reason=each.reason)
        for each in parked
    ]
    ParkedMessage.objects.bulk_create(rows, ignore_conflicts=True)
    count("relay.parked", len(rows))
    logger.error("parked %s messages that no broker accepts: %s", len(rows), parked[0].reason)


def _postpone(failed: Mapping[int, str]) -> None:
    """Let failing streams wait, so that they hold up no others; those that a writer holds fail again soon."""
    if not failed:
        return
    now = database_now()
    streams = list(Stream.objects.filter(pk__in=lock_unlocked_streams(failed)))
    for stream in streams:
        stream.relay_attempts += 1
        stream.relay_retry_at = now + timedelta(seconds=retry_seconds(stream.relay_attempts))
        stream.relay_error = failed[stream.pk]
    Stream.objects.bulk_update(streams, ["relay_attempts", "relay_retry_at", "relay_error"])
    count("relay.failed", len(failed))
    logger.warning("%s streams stand aside, one because of: %s", len(failed), next(iter(failed.values())))
