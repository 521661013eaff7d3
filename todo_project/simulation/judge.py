"""Lets a run finish without failures, and checks every promise on its final state."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import repeat

from django.db.models import F

from events_app.consumers import registry
from events_app.consumers.kernel import replay
from events_app.models import Event, Stream
from events_app.operating.invariants import find_all
from events_app.transports.envelope import TOPICS
from notifications_app.models import Notification
from realtime_app.queries import WANTED_TYPES
from tasks_app.models import MISSED_UNTIL_PAUSED, Series
from tasks_app.operations.series.slot_times import next_slot_at
from todo_project.simulation.actors import (
    HostActor,
    KernelActor,
    ReconcileActor,
    RelayActor,
    SimulatedProcess,
    SweepActor,
)
from todo_project.simulation.probes import probes
from todo_project.simulation.sockets import SocketActor
from todo_project.simulation.world import World

ROUNDS = 200


def run_to_rest(world: World, actors: Sequence[SimulatedProcess]) -> bool:
    """Stop all failures and run the actors until nothing changes or a failure is noted; return whether it ended."""
    world.stop_faults()
    steps = list(_round(actors))
    quiet = 0
    for _ in range(ROUNDS):
        before = _state()
        world.clock.skip(4000 if quiet else 3)
        for actor in steps:
            actor.step()
        if world.watch.failures:
            return True
        quiet = quiet + 1 if _state() == before else 0
        if quiet == 3:
            return True
    return False


def _round(actors: Sequence[SimulatedProcess]) -> Iterator[SimulatedProcess]:
    """Yield the actors of one round to rest: three steps of those who remember where they are, as relays have three.

    Sweeps and reconcile remember nothing, so that a second one, or a second step at once, would do the same again.
    """
    sweeps: dict[object, SimulatedProcess] = {}
    for actor in actors:
        if isinstance(actor, RelayActor | KernelActor | HostActor):
            yield from repeat(actor, 3)
        elif isinstance(actor, ReconcileActor | SweepActor):
            sweeps.setdefault(actor.sweep, actor)
    yield from sweeps.values()


def _state() -> tuple[object, ...]:
    unfinished = Stream.objects.exclude(head=F("published"), settled=F("head")).count()
    return Event.objects.count(), unfinished


def judge(world: World, actors: Sequence[SimulatedProcess]) -> Iterator[str]:
    """Yield one sentence for each broken promise."""
    yield from (
        f"{found.check}: {found.subject}: {found.detail}"
        for found in find_all()
        if not _expected(found.check)
    )
    yield from _check_answers(world)
    yield from _check_outside_readers(world)
    yield from _check_punctuality()
    yield from _check_schedules(world)
    yield from _check_probes(world)
    for actor in actors:
        if isinstance(actor, SocketActor):
            yield from _socket(actor)
    yield from _check_replay()


def _expected(check: str) -> bool:
    """Whether the check fails by design: probe_skip produces dead letters."""
    return check == "dead letters"


def _check_answers(world: World) -> Iterator[str]:
    """Every task whose creation was confirmed is in the log."""
    kept = set(Event.objects.filter(type="task.created").values_list("task_id", flat=True))
    for task_id in sorted(world.answered - kept):
        yield f"task {task_id} was confirmed, but it was never created"


def _check_outside_readers(world: World) -> Iterator[str]:
    """Readers outside received every event, each stream in the order of first appearance."""
    for stream in Stream.objects.all():
        for topic, (types, _) in TOPICS.items():
            wanted = list(stream.events.filter(type__in=types).order_by("seq").values_list("seq", flat=True))
            sent = world.broker.acknowledged[topic, stream.key]
            if sent != wanted:
                yield f"{topic} {stream.key}: got {sent}, wanted {wanted}"


def _check_punctuality() -> Iterator[str]:
    """No reminder fires before its instant, and each firing creates one notification."""
    for event in Event.objects.filter(type="reminder.due").select_related("stream"):
        due = event.data
        what = f"reminder {due['reminder_id']}, firing {due['firing']}"
        if event.occurred_at < datetime.fromisoformat(due["remind_at"]):
            yield f"{what} came early: at {event.occurred_at}, not {due['remind_at']}"
        made = Notification.objects.filter(reminder_id=due["reminder_id"], firing=due["firing"]).count()
        if made != 1:
            yield f"{what} made {made} notifications"


def _check_schedules(world: World) -> Iterator[str]:
    """In a series with `advance: scheduled`, no occurrence is open after the next slot has begun."""
    going_on = Series.objects.filter(advance=Series.Advance.SCHEDULED, ended_at=None, stuck_since=None)
    for series in going_on.filter(missed_in_a_row__lt=MISSED_UNTIL_PAUSED).select_related("owner"):
        at = next_slot_at(series, series.owner.zone)
        if at is not None and at <= world.clock.now:
            yield f"series {series.pk} has an occurrence open, but its next slot began at {at}"


def _check_probes(world: World) -> Iterator[str]:
    """Probes applied each event at most once, in order; in a run without crashes, every event."""
    for policy, probe in probes.items():
        for key, seqs in probe.applied.items():
            if seqs != sorted(set(seqs)):
                yield f"probe_{policy} applied {key} out of order or twice: {seqs}"
    if not world.interceptor.crashes:
        applied = sum(len(seqs) for seqs in probes["block"].applied.values())
        if applied != Event.objects.count():
            yield f"probe_block applied {applied} of {Event.objects.count()} events"


def _socket(socket: SocketActor) -> Iterator[str]:
    """The client has processed each task and notification event of its user once, in order."""
    socket.settle()
    socket.settle()
    wanted = Event.objects.filter(stream__key=f"user:{socket.user_id}", type__in=WANTED_TYPES)
    expected = list(wanted.order_by("seq").values_list("seq", flat=True))
    if socket.processed != expected:
        yield f"{socket.name} processed {socket.processed}, expected {expected}"


def _check_replay() -> Iterator[str]:
    """Replaying all events on the final state changes nothing."""
    before = (Event.objects.count(), Notification.objects.count())
    for name in registry.consumers():
        for _ in replay(name):
            pass
    after = (Event.objects.count(), Notification.objects.count())
    if before != after:
        yield f"replay changed (events, notifications) from {before} to {after}"
