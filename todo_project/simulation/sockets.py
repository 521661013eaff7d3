"""WebSocket clients with the real session; pushes and connections get lost."""

import json
from collections.abc import Sequence

from events_app.consumers.registry import AppliedRange
from events_app.log.epochs import heads_and_epoch
from events_app.log.history import events_between
from realtime_app.queries import WANTED_TYPES, read_bounds
from realtime_app.sockets.exchange import (
    Action,
    Close,
    Identify,
    LogRange,
    ReadBounds,
    ReadLog,
    Send,
    log_event,
)
from realtime_app.sockets.protocol import MAX_BEHIND_EVENTS
from realtime_app.sockets.session import Session
from todo_project.simulation.actors import SimulatedProcess
from todo_project.simulation.world import World

READ_AT_MOST = MAX_BEHIND_EVENTS
_listening: list["SocketActor"] = []


def push_to_sockets(ranges: Sequence[AppliedRange]) -> None:
    """Push to the simulated sockets after the realtime consumer's commit; some pushes get lost."""
    for applied in ranges:
        events = [log_event(event) for event in applied.events]
        for socket in _listening:
            if socket.user_id == applied.user_id and not socket.world.happens(socket.world.rates.lose_push):
                socket.on_push(LogRange(applied.from_, applied.to, events))


class SocketActor(SimulatedProcess):
    """One client that connects, receives events, loses its connection, and resumes after the last processed event.

    On `resync` it loads all events again and has then processed all of them.
    """

    def __init__(self, world: World, name: str, user_id: int) -> None:
        super().__init__(world, name)
        self.user_id = user_id
        self.processed: list[int] = []
        self.session: Session | None = None
        self._resumes_after = 0
        self._epoch: str | None = None

    @classmethod
    def forget_all(cls) -> None:
        """Remove the sockets of the previous run."""
        _listening.clear()

    def step(self) -> object:
        if self.session is None:
            self._connect()
        elif self.world.happens(self.world.rates.crash * 2):
            self.session = None
        elif self.world.random.random() < 0.3:
            self.look()
        else:
            self._perform(self.session.tick(self._now))
        return self._resumes_after

    def look(self) -> None:
        """Pass the user's head to the session, as the hub's watcher does."""
        if self.session is not None:
            since, (heads, epoch) = self.session.history_position, heads_and_epoch([self.user_id])
            head = heads.get(self.user_id, 0)
            self._perform(self.session.on_head(head, epoch, since=since, now=self._now))

    def settle(self) -> None:
        """Connect if necessary, and receive everything that is left."""
        if self.session is None:
            self._connect()
        self.world.clock.skip(5)
        self.look()

    def on_push(self, part: LogRange) -> None:
        """Pass a push to the session."""
        if self.session is not None:
            self._perform(self.session.on_push(part, self._now))

    @property
    def _now(self) -> float:
        return self.world.clock.seconds()

    def _connect(self) -> None:
        self.session = Session(self._now)
        if self not in _listening:
            _listening.append(self)
        self._perform(self._say_hello(self.session))

    def _say_hello(self, session: Session) -> list[Action]:
        hello = {"type": "hello", "ticket": "simulated", "after": self._resumes_after, "epoch": self._epoch}
        return session.on_frame(json.dumps(hello), self._now)

    def _perform(self, actions: list[Action]) -> None:
        while actions and self.session is not None:
            action, actions = actions[0], actions[1:]
            actions += self._carry_out(self.session, action)

    def _carry_out(self, session: Session, action: Action) -> list[Action]:
        match action:
            case Send(text):
                return self._received(session, json.loads(text))
            case Identify():
                return session.on_identified(self.user_id, read_bounds(self.user_id), self._now)
            case ReadBounds():
                return session.on_bounds(read_bounds(self.user_id), self._now)
            case ReadLog(after, limit):
                return self._read(session, after, limit)
            case Close():
                self.session = None
        return []

    def _read(self, session: Session, after: int, limit: int) -> list[Action]:
        bounds = read_bounds(self.user_id)
        events = events_between(self.user_id, after=after, to=after + READ_AT_MOST, types=WANTED_TYPES)
        listed = [log_event(event) for event in events[:limit]]
        is_all = len(events) <= limit
        to = max(bounds.head, after) if is_all else listed[-1].sequence
        return session.on_log(LogRange(after, to, listed), bounds, self._now)

    def _received(self, session: Session, frame: dict[str, object]) -> list[Action]:
        """Handle a frame as a client does: process events in order, acknowledge each, and store where to resume."""
        sequence, epoch = frame.get("sequence"), frame.get("epoch")
        if isinstance(epoch, str):
            self._epoch = epoch
        if frame["type"] == "resync":
            self._reload()
            return self._say_hello(session)
        if frame["type"] == "event" and isinstance(sequence, int):
            self.processed.append(sequence)
            self._resumes_after = sequence
            return session.on_frame(json.dumps({"type": "ack", "sequence": sequence}), self._now)
        if frame["type"] == "head" and isinstance(sequence, int):
            self._resumes_after = max(self._resumes_after, sequence)
        return []

    def _reload(self) -> None:
        now = read_bounds(self.user_id)
        events = events_between(self.user_id, after=0, to=now.head, types=WANTED_TYPES)
        self.processed = [event.seq for event in events]
        self._resumes_after, self._epoch = now.head, now.epoch
