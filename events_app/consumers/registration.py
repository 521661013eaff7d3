"""Makes consumers known to the database, once each, and brings new and resumed ones up to the heads."""

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
    """Register those consumers of settings that the database does not know; return their names.

    One that starts `now` gets the heads as its cursors and is live at once; one that starts at the
    `beginning` catches up first. Repeating does nothing.
    """
    known = set(Consumer.objects.values_list("name", flat=True))
    fresh = [bound.spec for name, bound in consumers().items() if name not in known]
    return [spec.name for spec in fresh if _register(spec)]


def register_when_possible(is_stopping: Callable[[], bool]) -> None:
    """Register before anything is handed to a consumer, for as long as it takes the database to answer.

    A consumer that starts `now` and takes a message before it is registered would apply all of history.
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
    """Take consumers that are catching up one step of 200 streams further; return how many streams they moved in.

    The position is saved with each step. One that has passed every stream counts from then on when streams
    are settled, and is brought to the heads of those that were settled without it before; then it is live.
    """
    names = Consumer.objects.filter(state=Consumer.State.CATCHING_UP, name__in=list(consumers()))
    rows = names.values_list("name", "walked_to")
    return sum(_step(name, position, is_over) for name, position in rows)


def _step(name: str, position: int, is_over: Callable[[], bool]) -> int:
    if position == WALKED:
        return _close_gaps(name, is_over)
    streams = Stream.objects.filter(id__gt=position).order_by("id")
    rows = list(streams.values_list("id", "key", "head")[:STREAMS_PER_LOOK])
    moved = advance(name, {key: head for _, key, head in rows if head}, is_over=is_over).streams
    if is_over():
        return moved
    # Not if it was paused or resumed meanwhile, which starts another walk.
    walk = Consumer.objects.filter(name=name, state=Consumer.State.CATCHING_UP, walked_to=position)
    walk.update(walked_to=rows[-1][0] if len(rows) == STREAMS_PER_LOOK else WALKED)
    return moved


def _close_gaps(name: str, is_over: Callable[[], bool]) -> int:
    """Go live after one look at all streams that finds the consumer behind in none, but where a failure waits."""
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
    """Stop running these consumers, everywhere; return how many were running."""
    with write_transaction():
        return (
            Consumer.objects.filter(name__in=names)
            .exclude(state=Consumer.State.PAUSED)
            .update(state=Consumer.State.PAUSED)
        )


def resume(names: Collection[str]) -> int:
    """Let paused consumers go on: they walk all streams first, for what passed meanwhile is settled by others."""
    with write_transaction():
        return Consumer.objects.filter(name__in=names, state=Consumer.State.PAUSED).update(
            state=Consumer.State.CATCHING_UP, walked_to=_before_all_streams()
        )


def _before_all_streams() -> int:
    """A position that no walk has had before, so that one that was interrupted by a pause cannot go on."""
    return -1 - secrets.randbelow(2**31)
