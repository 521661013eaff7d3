"""Makes consumers known to the database, once each, and brings new and resumed ones up to the heads."""

from collections.abc import Collection

from events_app import sql
from events_app.kernel import advance
from events_app.models import Consumer, Stream
from events_app.registry import consumers
from events_app.specs import ConsumerSpec
from events_app.streams import STREAMS_PER_LOOK
from events_app.transactions import write_transaction


def register_consumers() -> list[str]:
    """Register those consumers of settings that the database does not know; return their names.

    One that starts `now` gets the heads as its cursors and is live at once; one that starts at the
    `beginning` catches up first. Repeating does nothing.
    """
    known = set(Consumer.objects.values_list("name", flat=True))
    fresh = [bound.spec for name, bound in consumers().items() if name not in known]
    return [spec.name for spec in fresh if _register(spec)]


def _register(spec: ConsumerSpec) -> bool:
    state = Consumer.State.LIVE if spec.start == "now" else Consumer.State.CATCHING_UP
    with write_transaction():
        _, is_new = Consumer.objects.get_or_create(name=spec.name, defaults={"state": state})
        if is_new and spec.start == "now":
            sql.execute(
                "INSERT INTO events_app_cursor (consumer, stream_id, seq)"
                " SELECT %s, id, head FROM events_app_stream WHERE head > 0"
                " ON CONFLICT (consumer, stream_id) DO NOTHING",
                [spec.name],
            )
    return is_new


def catch_up() -> int:
    """Take consumers that are catching up one step of 200 streams further; return how many streams they moved in.

    The position is saved with each step. One that has passed every stream goes live; streams that appear
    meanwhile are walked after that as well, so none falls between.
    """
    names = Consumer.objects.filter(state=Consumer.State.CATCHING_UP, name__in=list(consumers()))
    return sum(_walk(name) for name in names.values_list("name", flat=True))


def _walk(name: str) -> int:
    position = Consumer.objects.values_list("walked_to", flat=True).get(name=name)
    moved, last = _advance_after(name, position)
    if last is not None:
        Consumer.objects.filter(name=name).update(walked_to=last)
        return moved
    Consumer.objects.filter(name=name, state=Consumer.State.CATCHING_UP).update(state=Consumer.State.LIVE)
    while True:
        more, last = _advance_after(name, position)
        if last is None:
            return moved
        moved, position = moved + more, last


def _advance_after(name: str, position: int) -> tuple[int, int | None]:
    streams = Stream.objects.filter(id__gt=position).order_by("id")
    rows = list(streams.values_list("id", "key", "head")[:STREAMS_PER_LOOK])
    if not rows:
        return 0, None
    done = advance(name, {key: head for _, key, head in rows if head})
    return done.streams, rows[-1][0]


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
            state=Consumer.State.CATCHING_UP, walked_to=0
        )
