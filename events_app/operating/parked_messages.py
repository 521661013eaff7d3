"""Operations on parked messages: have the relay send one again, or close it because readers outside know.

Raises RecoveryRefused when the operation does not apply to this row; the message says why.
"""

import logging
from collections.abc import Iterable

from events_app.models import ParkedMessage, Stream
from events_app.operating.recovery import RecoveryRefused
from foundation.database.transactions import write_transaction

logger = logging.getLogger(__name__)


def send_parked_message_again(parked_id: int) -> None:
    """Have the relay send its stream again from this event on, and delete the rows of what is sent.

    What follows in the stream is sent once more, so that readers outside get all of it in order. A reader that drops
    what is not above the number that it has stored must forget that number first. What is refused again is parked
    again.

    Raises RecoveryRefused if the row is gone, its event is no longer in the log, or its stream is being sent.
    """
    with write_transaction():
        message = _parked_message(parked_id)
        stream = Stream.objects.select_for_update(no_key=True).get(pk=message.stream_id)
        if not stream.tail < message.seq <= stream.head:
            raise RecoveryRefused("its event is no longer in the log: close it")
        # A relay in the middle of a round would mark the stream as sent to where that round ends.
        if stream.published < stream.head:
            raise RecoveryRefused("its stream is being sent: try again in a moment")
        Stream.objects.filter(pk=stream.pk).update(published=message.seq - 1)
        ParkedMessage.objects.filter(stream=stream, seq__gte=message.seq).delete()


def first_of_each_stream(parked: Iterable[ParkedMessage]) -> list[ParkedMessage]:
    """Return the first of each stream: sending one sends those that follow it as well."""
    first: dict[int, ParkedMessage] = {}
    for message in sorted(parked, key=lambda each: (each.seq, each.pk)):
        first.setdefault(message.stream_id, message)
    return list(first.values())


def close_parked_message(parked_id: int) -> None:
    """Delete the row of a parked message; the log of the process keeps what it was. Raises RecoveryRefused."""
    message = _parked_message(parked_id)
    ParkedMessage.objects.filter(pk=message.pk).delete()
    logger.warning(
        "parked message closed: %s %s/%s: %s", message.topic, message.stream.key, message.seq, message.reason
    )


def _parked_message(parked_id: int) -> ParkedMessage:
    message = ParkedMessage.objects.select_related("stream").filter(pk=parked_id).first()
    if message is None:
        raise RecoveryRefused("is not parked any more")
    return message
