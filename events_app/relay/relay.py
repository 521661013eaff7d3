"""The relay: it finds unpublished streams, sends their events, and marks them as published.

`find_streams`, `send` and `mark` are the three steps of `poll`. After a crash between two steps, messages are sent
again and none is lost.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate, chain
from time import monotonic

from django.conf import settings

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
from events_app.metrics import EVENTS_PUBLISHED, PUBLISH_SECONDS, RELAY_ROUNDS
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
from foundation.tracing import Attributes, RunningSpan, is_tracing, span

EVENTS_PER_STREAM = 100
EVENTS_PER_ROUND = 2000
_REASON_CHARACTERS = 300

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnsendableMessage:
    """The message of one event for one topic that can never be sent, and the reason."""

    stream_id: int
    sequence: int
    topic: str
    reason: str


@dataclass
class RoundResult:
    """The result of a round: how far each stream, by id, was sent, failures by stream id, and messages to park."""

    upto: dict[int, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    parked: list[UnsendableMessage] = field(default_factory=list)


class Relay:
    """One relay; any number may run. `holder` names its leases; without it the relay makes a unique name.

    `now` returns the seconds of a monotonic clock.
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
        # How far streams were sent, by id, that could not be marked because a writer had locked them.
        self._unmarked: dict[int, int] = {}
        self._epoch = ""

    def poll(self) -> int:
        """Publish one round of events and return how many streams were marked; 0 means there was nothing to do.

        Raises TransportUnavailable when the broker cannot be reached; then nothing is marked.
        """
        streams = self.find_streams()
        if not streams:
            return len(self.mark(RoundResult()))
        RELAY_ROUNDS.inc()
        return len(self.mark(self.send(streams)))

    def find_streams(self) -> list[UnpublishedStream]:
        """Return the next unpublished streams of this relay's lanes; calls walk all of them in id order, in rounds.

        A round ends at the highest id that was unpublished when it began. So a stream with a low id waits for one
        round at most, even if streams with higher ids always have new events.
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
        """Send the unpublished events, at most 100 of each stream, and return the result."""
        ranges = [self._range(stream) for stream in streams]
        events = read_ranges([r for r in ranges if r.after < r.to])
        crash_point("relay.after_read")
        sent = RoundResult(upto={r.stream_id: r.to for r in ranges})
        for request in split_into_requests(_messages_of(events, sent, self._epoch), self.transport):
            self._send_request(request, sent)
        crash_point("relay.after_publish")
        return sent

    def mark(self, sent: RoundResult) -> set[int]:
        """Store how far each stream was sent, parked messages and retry times; return the ids of marked streams."""
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
        """Release the lanes and close the transport."""
        try:
            self.lanes.release()
        finally:
            self.transport.close()

    def _renew_lanes(self) -> None:
        if self._now() >= self._renew_at:
            self.lanes.renew()
            self._renew_at = self._now() + RENEW_SECONDS

    def _enter(self, epoch: str) -> None:
        """Use this epoch from now on, and forget unmarked numbers of an earlier one: they meant other events."""
        if epoch != self._epoch:
            self._epoch, self._unmarked = epoch, {}

    def _range(self, stream: UnpublishedStream) -> SeqRange:
        after = max(stream.published, self._unmarked.get(stream.stream_id, 0))
        return SeqRange(stream.stream_id, stream.key, after, min(stream.head, after + EVENTS_PER_STREAM))

    def _send_request(self, request: Sequence[AddressedMessage], sent: RoundResult) -> None:
        """Send one request, without the messages of a stream that follow a failure in an earlier request."""
        selected = [a for a in request if a.message.sequence <= sent.upto[a.stream_id]]
        if not selected:
            return
        report_turn()
        with PUBLISH_SECONDS.labels(settings.EVENT_TRANSPORT).time(), _send_span(selected):
            outcomes = self.transport.publish([addressed.message for addressed in selected])
        for addressed, outcome in zip(selected, outcomes, strict=True):
            EVENTS_PUBLISHED.labels(addressed.message.topic, type(outcome).__name__.lower()).inc()
            match outcome:
                case Rejected(reason):
                    message = addressed.message
                    sent.parked.append(
                        UnsendableMessage(
                            addressed.stream_id,
                            message.sequence,
                            message.topic,
                            storable(reason, characters=_REASON_CHARACTERS),
                        )
                    )
                case Failed(reason):
                    _note_failure(sent, addressed.stream_id, addressed.message.sequence, reason)


def _send_span(request: Sequence[AddressedMessage]) -> AbstractContextManager[RunningSpan]:
    """Return the span of one request to the broker, with a link to whatever caused each event.

    A message carries the context of what caused its event, not of this span: it is the same at a second try.
    """
    if not is_tracing():
        return span("send", "PRODUCER", attributes={})
    headers = (header for each in request for header in each.message.headers)
    links = [value.decode() for name, value in headers if name == "traceparent"]
    topics = sorted({each.message.topic for each in request})
    about: Attributes = {
        "messaging.system": settings.EVENT_TRANSPORT,
        "messaging.operation.type": "send",
        "messaging.operation.name": "send",
        "messaging.destination.name": ",".join(topics),
        "messaging.batch.message_count": len(request),
    }
    return span("send", "PRODUCER", links=links, attributes=about)


def _drop_deleted(unmarked: Mapping[int, int]) -> dict[int, int]:
    """Return the unmarked streams that exist: a deleted one could never be marked."""
    if not unmarked:
        return {}
    existing = Stream.objects.filter(pk__in=list(unmarked)).values_list("pk", flat=True)
    return {stream_id: unmarked[stream_id] for stream_id in existing}


def _limit_round(streams: Sequence[UnpublishedStream]) -> list[UnpublishedStream]:
    """Return the first streams, so that a round reads about EVENTS_PER_ROUND events into memory."""
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
    """Yield the messages up to the first event of a newer release: only that release knows its topics and shape."""
    for event in events:
        if not is_known(event.type, event.v):
            _note_failure(sent, stream_id, event.seq, f"{event.type} version {event.v} is of a newer release")
            return
        try:
            messages = to_messages(event, epoch=epoch)
        except (LookupError, TypeError, ValueError, AssertionError) as error:
            reason = describe_error(error, characters=_REASON_CHARACTERS)
            sent.parked += [
                UnsendableMessage(stream_id, event.seq, topic, reason) for topic in topics_of(event.type)
            ]
            continue
        except FAILURES as error:  # unexpected: this stream waits for a retry, the others continue
            _note_failure(sent, stream_id, event.seq, describe_error(error))
            return
        yield from (AddressedMessage(stream_id, message) for message in messages)


def _note_failure(sent: RoundResult, stream_id: int, sequence: int, reason: str) -> None:
    """Store the first failure of a stream, and that it was sent up to the event before."""
    sent.failed.setdefault(stream_id, storable(reason, characters=_REASON_CHARACTERS))
    sent.upto[stream_id] = min(sent.upto[stream_id], sequence - 1)


def _park(parked: Sequence[UnsendableMessage]) -> None:
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
    """Set a retry time for failing streams, so that they do not delay others. Locked ones are skipped."""
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
