"""What a person does with the platform, step by step: the steps of `devstack/smoke.py`."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from devstack.plain_socket import PlainSocketError, PlainWebSocket
from devstack.smoke_client import NotYetAnswering, NoWayIn, SmokeClient, SmokeFailed

STARTS_WITHIN = 30.0
DUE_AFTER, REMINDS_AFTER = 6, 3
REMINDED_WITHIN, SUCCEEDED_WITHIN, SHOWN_WITHIN, RECORDED_WITHIN = 10.0, 5.0, 5.0, 10.0
# What a socket must show of the task; of its successor, that it was created.
WANTED_KINDS: Sequence[str] = ("create", "notify", "complete")
# No proxy in front of the platform lets these through (docs/operate/before-you-expose-it.md).
INTERNAL_PATHS: Final = (
    *("/livez", "/readyz", "/startupz", "/metrics", "/lag.json"),
    *("/dapr/subscribe", "/dapr/config", "/job/smoke", "/reminder-cron", "/wake/smoke"),
)


class SmokeTest:
    """The steps, in their order; each raises SmokeFailed. `clean_up` removes what they made, as far as they came."""

    def __init__(
        self, client: SmokeClient, *, account: tuple[str, str] | None, asks_internal: bool = True
    ) -> None:
        self.client = client
        self.account = account
        self.is_registered = False
        self.marker = f"smoke {secrets.token_hex(4)}"
        self.task: Mapping[str, Any] = {}
        self.successor: Mapping[str, Any] = {}
        self.socket: PlainWebSocket | None = None
        internal = [("nothing internal is reached", self.ask_internal)] if asks_internal else []
        self.steps: Sequence[tuple[str, Callable[[], None]]] = (
            ("the API answers", self.wait_for_answer),
            ("sign in", self.sign_in),
            ("open a socket", self.open_socket),
            ("create a task twice with one key", self.create_task),
            ("the reminder fires", self.wait_for_reminder),
            ("complete it; the next one comes", self.complete_task),
            ("the socket showed all of it, in order", self.compare_frames),
            ("the audit trail has it and verifies", self.verify_trail),
            *internal,
        )

    def wait_for_answer(self) -> None:
        """Wait until the API answers: a new name or a new proxy takes its time."""
        ends_at = time.monotonic() + self.client.seconds_left(STARTS_WITHIN)
        while True:
            try:
                self.client.call("GET", "/api/")
                return
            except NotYetAnswering:
                if time.monotonic() + 1 >= ends_at:
                    raise
                self.client.pause()

    def sign_in(self) -> None:
        """Sign in with the account, or register one."""
        if self.account:
            name, password = self.account
            told = self.client.call("POST", "/api/auth/token/", {"username": name, "password": password})
            if "access" not in told:
                raise NoWayIn(f"{name} has a second factor: use an account without one")
        else:
            self.account = (f"smoke-{secrets.token_hex(6)}", secrets.token_urlsafe(24))
            body = dict(zip(("username", "password"), self.account, strict=True))
            answer = self.client.ask("POST", "/api/auth/register/", body)
            if answer.status == 403:
                raise NoWayIn(f"{answer.described()}; set SMOKE_USER and SMOKE_PASSWORD")
            told = answer.parsed(201)
            self.is_registered = True
        self.client.access = told["access"]

    def open_socket(self) -> None:
        """Open a socket that shows what happens from now on."""
        now = self.client.call("GET", "/api/changes/")
        ticket = self.client.call("POST", "/api/ws-tickets/", expect=201)["ticket"]
        seconds = self.client.seconds_left()
        with _socket_errors():
            self.socket = PlainWebSocket(
                self.client.address, "/ws/tasks/", protocol="todo.v1", seconds=seconds
            )
            hello = {"type": "hello", "ticket": ticket, "after": now["sequence"], "epoch": now["epoch"]}
            self.socket.send(json.dumps(hello))
            first = json.loads(self.socket.receive(seconds=seconds))
        if first["type"] != "ready":
            raise SmokeFailed(f"/ws/tasks/ answered hello with {first}")

    def create_task(self) -> None:
        """Create a recurring task with a reminder; the same call again must be the same task."""
        due = self._server_time() + timedelta(seconds=DUE_AFTER)
        body = {
            "title": self.marker,
            "priority": "urgent",
            "due_at": due.isoformat(),
            "recurrence": "daily",
            "reminders": [{"offset": f"-PT{DUE_AFTER - REMINDS_AFTER}S"}],
        }
        key = secrets.token_hex(16)
        self.task, again = (
            self.client.ask("POST", "/api/tasks/", body, key=key).parsed(201) for _ in range(2)
        )
        if again["id"] != self.task["id"]:
            raise SmokeFailed(f"one Idempotency-Key made two tasks, {self.task['id']} and {again['id']}")

    def _server_time(self) -> datetime:
        """Return the clock of the server where it says its time, this machine's otherwise."""
        said = self.client.ask("GET", "/api/").headers.get("date")
        return parsedate_to_datetime(said).astimezone(UTC) if said else datetime.now(UTC)

    def wait_for_reminder(self) -> None:
        """Wait for the notification of the reminder."""

        def notification() -> object:
            listed = self.client.call("GET", "/api/notifications/?limit=50")["results"]
            return next((each for each in listed if each["task_id"] == self.task["id"]), None)

        self.client.until("no notification came", notification, seconds=REMINDS_AFTER + REMINDED_WITHIN)

    def complete_task(self) -> None:
        """Complete the task; its successor must be there within seconds."""
        done = self.client.call("PUT", f"/api/tasks/{self.task['id']}/completion/")
        if done["completed"] is not True:
            raise SmokeFailed(f"task {self.task['id']} is not completed after it was")
        path = f"/api/tasks/?status=pending&series={self.task['series_id']}"

        def next_one() -> Mapping[str, Any] | None:
            listed = self.client.call("GET", path)["results"]
            return next((each for each in listed if each["id"] != self.task["id"]), None)

        self.successor = self.client.until("no next occurrence came", next_one, seconds=SUCCEEDED_WITHIN)

    def compare_frames(self) -> None:
        """Read the socket until it has shown everything; sequence numbers must grow."""
        first, second = self.task["id"], self.successor["id"]
        wanted = {*((kind, first) for kind in WANTED_KINDS), ("create", second)}
        ends_at = time.monotonic() + self.client.seconds_left(SHOWN_WITHIN)
        last = 0
        while wanted:
            try:
                with _socket_errors():
                    frame = self._next_frame(ends_at)
            except TimeoutError:
                missing = ", ".join(sorted(f"{kind} {task_id}" for kind, task_id in wanted))
                raise SmokeFailed(f"the socket did not show: {missing}") from None
            if frame["type"] == "event":
                if frame["sequence"] <= last:
                    raise SmokeFailed(f"the socket showed {frame['sequence']} after {last}")
                last = frame["sequence"]
                wanted.discard((frame["operation"], frame["task_id"]))

    def _next_frame(self, ends_at: float) -> dict[str, Any]:
        assert self.socket is not None  # noqa: S101 -- open_socket comes first
        frame: dict[str, Any] = json.loads(self.socket.receive(seconds=max(0.0, ends_at - time.monotonic())))
        return frame

    def verify_trail(self) -> None:
        """Wait until the trail has the completion, then verify it."""
        path = f"/api/audit/?task_id={self.task['id']}&type=task.completed"
        self.client.until(
            "the audit trail has no entry of the completion",
            lambda: self.client.call("GET", path)["results"] or None,
            seconds=RECORDED_WITHIN,
        )
        verdict = self.client.call("GET", "/api/audit/verify/")
        if verdict["ok"] is not True:
            raise SmokeFailed(f"the audit trail is broken: {verdict}")

    def ask_internal(self) -> None:
        """Ask for each internal path ; all must be 404, whoever asks."""
        for path in INTERNAL_PATHS:
            answer = self.client.ask("GET", path)
            if answer.status != 404:
                raise SmokeFailed(
                    f"{answer.asked} answered {answer.status}: strangers reach what is internal"
                )

    def clean_up(self) -> None:
        """Remove what was made: the account that was registered, or the tasks. Repeating does nothing more."""
        self.client.allow_tidying()
        if self.socket is not None:
            self.socket.close()
        if self.is_registered and self.account:
            self.client.call("DELETE", "/api/auth/me/", {"password": self.account[1]}, expect=202)
            self.is_registered = False
            return
        # What is open of the series with the series, then the completed one alone.
        paths = [f"{each['id']}/?scope=all" for each in (self.successor, self.task) if each][:1]
        paths += [f"{self.task['id']}/"] if self.successor else []
        for path in paths:
            self.client.call("DELETE", f"/api/tasks/{path}", expect=204)


@contextmanager
def _socket_errors() -> Iterator[None]:
    """Say what failed at a socket as one sentence; that nothing came in time is for the caller to judge."""
    try:
        yield
    except TimeoutError:
        raise
    except (OSError, PlainSocketError) as error:
        raise SmokeFailed(f"/ws/tasks/: {error}") from None
