"""Whatever happens to pushes, connections and the history, a client finally has exactly the wanted events."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import (
    Action,
    Bounds,
    Close,
    HistoryPosition,
    Identify,
    LogEvent,
    LogRange,
    ReadBounds,
    ReadLog,
    Send,
)
from realtime_app.sockets.session import Phase, Session


@pytest.fixture(autouse=True, scope="module")
def _small_numbers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "WINDOW_EVENTS", 4)
        patch.setattr(protocol, "MAX_BEHIND_EVENTS", 40)
        patch.setattr(protocol, "MESSAGES_BURST", 10_000)
        yield


@dataclass
class World:
    """A log, the pushes and reads in progress, one client with its connection, and the clock.

    `ids` distinguishes events that have the same number in successive histories.
    """

    choice: random.Random
    now: float = 0.0
    wanted: list[bool] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    last_id: int = 0
    epoch: str = "1"
    tail: int = 0
    pushed_to: int = 0
    pushes: list[LogRange] = field(default_factory=list)
    looks: list[tuple[int, str, HistoryPosition]] = field(default_factory=list)
    requests: list[Action] = field(default_factory=list)
    session: Session | None = None
    inbox: list[dict[str, object]] = field(default_factory=list)
    # The client: what it has, where it is, and what this connection has shown it.
    state: set[int] = field(default_factory=set)
    after: int = 0
    epoch_heard: str | None = None
    acked: int = 0
    shown: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    @property
    def head(self) -> int:
        return len(self.wanted)

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.head, self.tail, self.epoch)

    def events(self, after: int, to: int) -> list[LogEvent]:
        numbers = [seq for seq in range(after + 1, to + 1) if self.wanted[seq - 1] and seq > self.tail]
        return [self.event(seq) for seq in numbers]

    def event(self, seq: int) -> LogEvent:
        return LogEvent(seq, json.dumps({"type": "event", "sequence": seq, "id": self.ids[seq - 1]}))

    def full_state(self) -> set[int]:
        return {id_ for id_, is_wanted in zip(self.ids, self.wanted, strict=True) if is_wanted}

    # Steps

    def write(self) -> None:
        for _ in range(self.choice.randint(1, 6)):
            self.write_one()

    def write_one(self) -> None:
        self.last_id += 1
        self.ids.append(self.last_id)
        self.wanted.append(self.choice.random() < 0.7)

    def restore(self) -> None:
        """Restore an earlier state in a new epoch; pushes in progress are lost with the processes.

        Every other time as much is written at once as was lost, so that no head gives it away.
        """
        lost = self.choice.randint(0, self.head)
        to = self.head - lost
        del self.wanted[to:], self.ids[to:]
        self.tail, self.pushed_to = min(self.tail, to), min(self.pushed_to, to)
        self.pushes.clear()
        self.epoch = str(int(self.epoch) + 1)
        for _ in range(lost * self.choice.randrange(2)):
            self.write_one()

    def push(self) -> None:
        to = self.choice.randint(self.pushed_to, self.head)
        if to > self.pushed_to:
            events = self.events(self.pushed_to, to) if self.choice.random() < 0.9 else None
            self.pushes.append(LogRange(self.pushed_to, to, events))
            self.pushed_to = to

    def deliver(self) -> None:
        if self.session and self.pushes:
            index = self.choice.randrange(len(self.pushes))
            is_kept = self.choice.random() < 0.3
            part = self.pushes[index] if is_kept else self.pushes.pop(index)
            if self.session.user_id or self.session.phase is Phase.JOINING:
                self.perform(self.session.on_push(part, self.now))

    def lose(self) -> None:
        if self.pushes:
            self.pushes.pop(self.choice.randrange(len(self.pushes)))

    def look(self) -> None:
        if self.session:
            self.looks.append((self.head, self.epoch, self.session.history_position))

    def tell(self) -> None:
        if self.session and self.looks:
            head, epoch, since = self.looks.pop(0)
            self.perform(self.session.on_head(head, epoch, since=since, now=self.now))

    def answer(self) -> None:
        if not (self.session and self.requests):
            return
        session, request = self.session, self.requests.pop(0)
        match request:
            case Identify():
                self.perform(session.on_identified(42, self.bounds, self.now))
            case ReadBounds():
                self.perform(session.on_bounds(self.bounds, self.now))
            case ReadLog(after=after, limit=limit):
                if self.choice.random() < 0.1:
                    self.perform(session.on_read_failed(self.now))
                    return
                to = max(after, min(self.head, after + limit))
                part = LogRange(after, to, self.events(after, to))
                self.perform(session.on_log(part, self.bounds, self.now))

    def process(self) -> None:
        for _ in range(self.choice.randint(1, 8)):
            if self.inbox:
                self.handle(self.inbox.pop(0))

    def handle(self, message: dict[str, object]) -> None:
        assert self.session is not None
        sequence, id_, epoch = (message.get(name) for name in ("sequence", "id", "epoch"))
        if isinstance(epoch, str):
            self.epoch_heard = epoch
        if message["type"] == "event":
            assert isinstance(sequence, int)
            assert isinstance(id_, int)
            self.state.add(id_)
            self.after = sequence
        elif message["type"] == "head":
            assert isinstance(sequence, int)
            self.after = max(self.after, sequence)
        elif message["type"] == "resync":
            self.reload()
            self.say_hello()
        if message["type"] != "error" and self.after - self.acked >= 2 and self.session.user_id:
            self.acked = self.after
            self.say("ack", sequence=self.after)

    def reload(self) -> None:
        self.state, self.epoch_heard = self.full_state(), self.epoch
        self.after = self.acked = self.head
        self.shown.clear()

    def say(self, type_: str, **fields: object) -> None:
        if self.session:
            self.perform(self.session.on_frame(json.dumps({"type": type_, **fields}), self.now))

    def connect(self) -> None:
        if self.session is None:
            self.session = Session(self.now)
            self.acked = self.after
            self.say_hello()

    def say_hello(self) -> None:
        self.say("hello", after=self.after, epoch=self.epoch_heard)

    def drop(self) -> None:
        self.session = None
        for under_way in (self.inbox, self.requests, self.looks, self.shown):
            under_way.clear()

    def trim(self) -> None:
        self.tail = self.choice.randint(self.tail, max(self.tail, self.pushed_to))

    def wait(self) -> None:
        self.now += self.choice.choice([0.01, 0.5, 3.0, 19.0])
        if self.session:
            self.perform(self.session.tick(self.now))

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(text=text):
                    self.show(json.loads(text))
                case Close(code=code):
                    self.closed.append(code)
                    self.drop()
                case _:
                    self.requests.append(action)
        assert sum(isinstance(request, ReadLog) for request in self.requests) <= 1

    def show(self, message: dict[str, object]) -> None:
        sequence = message.get("sequence")
        if message["type"] == "event":
            assert isinstance(sequence, int)
            assert not self.shown or sequence > self.shown[-1], "in order, each at most once"
            self.shown.append(sequence)
            assert sum(seq > self.acked for seq in self.shown) <= protocol.WINDOW_EVENTS, "in flight"
        self.inbox.append(message)

    def settle(self) -> None:
        """Stop the faults: within a bounded number of steps the client has all events."""
        for _ in range(2000):
            self.connect()
            self.look()
            while self.requests or self.inbox or self.looks:
                self.tell()
                self.answer()
                self.process()
            if self.after == self.head:
                return
            self.now += 2.0
            self.perform(self.session.tick(self.now) if self.session else [])
        raise AssertionError(f"at {self.after} of {self.head}: {self.session and vars(self.session)}")


STEPS: dict[Callable[[World], None], int] = {
    World.write: 6,
    World.push: 6,
    World.deliver: 8,
    World.lose: 2,
    World.look: 2,
    World.tell: 2,
    World.answer: 8,
    World.process: 8,
    World.connect: 4,
    World.drop: 1,
    World.wait: 2,
}


def run(seed: int, *, steps: int, also: dict[Callable[[World], None], int] | None = None) -> World:
    world = World(random.Random(seed))
    weights = {**STEPS, **(also or {})}
    for step in world.choice.choices(list(weights), list(weights.values()), k=steps):
        step(world)
    world.settle()
    return world


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 400))
def test_a_client_ends_with_exactly_the_events_of_the_log(seed: int, steps: int) -> None:
    world = run(seed, steps=steps)
    assert world.state == world.full_state()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 400))
def test_a_log_that_is_trimmed_meanwhile_makes_the_client_reload_rather_than_miss(
    seed: int, steps: int
) -> None:
    world = run(seed, steps=steps, also={World.trim: 1})
    assert world.state == world.full_state()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 400))
def test_a_history_that_is_restored_makes_the_client_reload_rather_than_miss(seed: int, steps: int) -> None:
    world = run(seed, steps=steps, also={World.restore: 1, World.trim: 1})
    world.restore()  # at rest, when nothing else gives it away
    world.settle()
    assert world.state == world.full_state()


def test_the_simulation_reaches_windows_gaps_resyncs_and_failed_reads() -> None:
    """The properties above would also hold in a world without faults, so check that faults occur."""
    worlds = [run(seed, steps=400, also={World.trim: 1}) for seed in range(60)]
    assert sum(world.head for world in worlds) > 1000
    assert {protocol.CloseCode.TOO_SLOW} <= {code for world in worlds for code in world.closed}
