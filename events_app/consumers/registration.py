"""Register consumers in the database, once each, and bring new and resumed ones up to the heads."""

import logging
import secrets
from collections.abc import Callable, Collection
from time import sleep

from events_app.consumers.kernel import advance
from events_app.consumers.kernel.advancing import no_limit
from events_app.consumers.kernel.cursors import create_cursors_at_heads
from events_app.consumers.registry import consumers
from events_app.consumers.specs import ConsumerSpec
from events_app.errors import FAILURES, describe_error
from events_app.log.streams import STREAMS_PER_LOOK, WALKED, lagging_streams
from events_app.models import Consumer, Stream
from foundation.backoff import retry_seconds
from foundation.database.transactions import drop_broken_connection, write_transaction

_LONGEST_PAUSE_SECONDS = 5.0

logger = logging.getLogger(__name__)


def register_consumers() -> list[str]:
    """Register the consumers of the settings that the database does not have; return their names.

    A consumer that starts `now` gets cursors at the heads and is live at once; one that starts at the `beginning`
    catches up first. Repeating does nothing.
    """
    known = set(Consumer.objects.values_list("name", flat=True))
    fresh = [bound.spec for name, bound in consumers().items() if name not in known]
    return [spec.name for spec in fresh if _register(spec)]


def register_when_possible(is_stopping: Callable[[], bool]) -> None:
    """Register the consumers, retrying until the database answers. Call it before any message is applied.

    A consumer that starts `now` and applied a message before its registration would apply all of history.
    """
    failures = 0
    while not is_stopping():
        try:
            register_consumers()
        except FAILURES as error:
            logger.warning("consumers are registered once the database answers: %s", describe_error(error))
            drop_broken_connection()
            failures += 1
            sleep(retry_seconds(failures, cap=_LONGEST_PAUSE_SECONDS))
        else:
            return


def _register(spec: ConsumerSpec) -> bool:
    state = Consumer.State.LIVE if spec.start == "now" else Consumer.State.CATCHING_UP
    with write_transaction():
        _, is_new = Consumer.objects.get_or_create(name=spec.name, defaults={"state": state})
        if is_new and spec.start == "now":
            create_cursors_at_heads(spec.name)
    return is_new


def catch_up(is_over: Callable[[], bool] = no_limit) -> int:
    """Advance each consumer that catches up by a step of 200 streams; return in how many streams they moved.

    Each step saves the position. A consumer that has walked all streams counts from then on when streams are
    settled. It is then advanced in the streams that were settled before without it; after that it is live.
    """
    names = Consumer.objects.filter(state=Consumer.State.CATCHING_UP, name__in=list(consumers()))
    rows = names.values_list("name", "walked_to")
    return sum(_step(name, position, is_over) for name, position in rows)


def _step(name: str, position: int, is_over: Callable[[], bool]) -> int:
    if position == WALKED:
        return _close_gaps(name, is_over)
    streams = Stream.objects.filter(id__gt=position).order_by("id")
    rows = list(streams.values_list("id", "key", "head")[:STREAMS_PER_LOOK])
    done = advance(name, {key: head for _, key, head in rows if head}, is_over=is_over)
    if done.is_cut:
        return done.streams
    # No update if it was paused or resumed meanwhile: a resumed one begins another walk.
    walk = Consumer.objects.filter(name=name, state=Consumer.State.CATCHING_UP, walked_to=position)
    walk.update(walked_to=rows[-1][0] if len(rows) == STREAMS_PER_LOOK else WALKED)
    return done.streams


def _close_gaps(name: str, is_over: Callable[[], bool]) -> int:
    """Advance the consumer wherever it is behind without a stored failure, then make it live; return streams moved."""
    moved = position = 0
    while streams := lagging_streams(name, after_id=position):
        position = streams[-1][0]
        moved += advance(name, {key: head for _, key, head in streams}, is_over=is_over).streams
        if is_over():
            return moved
    walk = Consumer.objects.filter(name=name, state=Consumer.State.CATCHING_UP, walked_to=WALKED)
    walk.update(state=Consumer.State.LIVE, walked_to=0)
    return moved


def pause(names: Collection[str]) -> int:
    """Pause these consumers in all processes; return how many were not paused before."""
    with write_transaction():
        return (
            Consumer.objects.filter(name__in=names)
            .exclude(state=Consumer.State.PAUSED)
            .update(state=Consumer.State.PAUSED)
        )


def resume(names: Collection[str]) -> int:
    """Resume paused consumers; return how many. They walk all streams first: some have settled without them."""
    with write_transaction():
        return Consumer.objects.filter(name__in=names, state=Consumer.State.PAUSED).update(
            state=Consumer.State.CATCHING_UP, walked_to=_before_all_streams()
        )


def _before_all_streams() -> int:
    """Return a position before the first stream that no walk has had, so that an interrupted walk cannot continue."""
    return -1 - secrets.randbelow(2**31)
