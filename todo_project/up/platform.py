"""Starts all roles in one process, prints the addresses, and stops the roles in order."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings

from accounts_app.hashing.gate import bound_by_threads
from accounts_app.operations.accounts import UNLESS_PROXIED
from accounts_app.operations.second_factors.sealing import reseal_second_factors
from events_app.runtime.engine import Engine
from events_app.runtime.identity import instance_name
from events_app.runtime.role_frame import role_answers, side_port
from events_app.runtime.stop_flag import StopFlag
from events_app.runtime.watchdog import end_process_by
from events_app.transports.inbox import close_inbox
from notifications_app.sender import Sender
from realtime_app.server.socket_server import SocketServer
from todo_project.asgi import application as sockets
from todo_project.health.readiness import receiver_roles_of_web
from todo_project.health.role_heartbeats import HeartbeatThread, describe_receiver
from todo_project.settings.variables import is_this_machine
from todo_project.up import data_dir, epoch
from todo_project.up.celery_roles import halt_worker, run_beat, run_worker
from todo_project.up.ports import DEFAULT_PORT, choose_port
from todo_project.up.preparation import introduce_admin, migrate, take_over, wait_for_database
from todo_project.up.restart import start_anew, was_started_anew
from todo_project.up.supervisor import Role, Supervisor
from todo_project.wsgi import django

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_STOP_SECONDS = 11.0
_INBOX_SECONDS = 2.0
FORCED_END_SECONDS = 14.0  # nothing is lost, whatever a thread still waits for: every role survives kill -9
Say = Callable[[str], None]


@dataclass(frozen=True)
class PlatformLocation:
    """The data folder, host and port of one platform."""

    data_dir: Path
    host: str
    port: int | None


def run_platform(place: PlatformLocation, say: Say) -> int:
    """Run the platform until SIGTERM or Ctrl-C; return the exit code.

    `say` is called with each message for people. A second start on the same folder keeps all data. Raises CannotStart.
    """
    stop = StopFlag().listen()
    port = choose_port(place.host, place.port)
    with data_dir.hold_data_dir(place.data_dir) as folder_id:
        if was_started_anew():
            wait_for_database(stop.is_set)
        migrate()
        take_over(folder_id)
        if news := epoch.begin_run():
            say(news)
        reseal_second_factors()
        login = introduce_admin(place.data_dir)
        if place.port is None and port != DEFAULT_PORT:
            say(f"Port {DEFAULT_PORT} is taken; using {port}.")
        settings.BASE_URL = settings.BASE_URL or url_of(place.host, port)
        settings.REGISTRATION = registration_of(place.host)
        platform = Platform(place.host, port, on_ready=lambda: say(welcome(place, port, login)))
        end_process_by(partial(start_anew, port, stop))
        with side_port(role_answers([platform.pulse])):
            platform.run(stop)
        say("Stopping…")
        code = platform.stop()
        if platform.is_at_rest:
            epoch.end_run()
        return code


def welcome(place: PlatformLocation, port: int, login: str) -> str:
    """Return what people need to begin: address, login, data folder, how to stop."""
    url = url_of(place.host, port)
    return (
        f"\n  Todo runs at  {url}/\n"
        f"  API           {url}/api/docs/\n"
        f"  Admin         {url}/admin/\n"
        f"  Login         {login}\n"
        f"  Data          {place.data_dir}\n"
        "  Stop          Ctrl-C\n"
    )


def registration_of(host: str) -> str:
    """Return who may register with a platform on this host; without a setting people of this machine may."""
    is_local = not settings.TRUSTED_PROXIES and is_this_machine(host)
    chosen: str = settings.ENV.registration or (UNLESS_PROXIED if is_local else settings.REGISTRATION)
    return chosen


def url_of(host: str, port: int) -> str:
    """Return the URL for a browser on this machine."""
    name = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
    return f"http://{name}:{port}"


class Platform:
    """The web server and the background roles of one process."""

    def __init__(self, host: str, port: int, *, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._server = SocketServer(sockets, django, host=host, port=port, on_ready=self._ready)
        bound_by_threads(settings.REQUEST_THREADS)
        self._web = threading.Thread(target=self._serve, name="web", daemon=True)
        own = ("web", *receiver_roles_of_web())
        self._heartbeats = [HeartbeatThread(role, partial(describe_receiver, role)) for role in own]
        self._supervisor = Supervisor(roles())
        self.pulse = self._server.pulse
        self.is_at_rest = False
        """Whether all roles have stopped, so that nothing writes any more."""

    def run(self, stop: StopFlag) -> None:
        """Start everything; return when `stop` is set, or when the web server ended, which cannot be started twice."""
        self._web.start()
        while self._web.is_alive() and not stop.is_set():
            self._web.join(_LOOK_SECONDS)

    def stop(self) -> int:
        """Stop everything; return 0, or 1 when the web server had ended by itself."""
        code = 0 if self._web.is_alive() else 1
        watchdog = threading.Timer(FORCED_END_SECONDS, os._exit, [code])
        watchdog.daemon = True
        watchdog.start()
        self._server.stop()
        for heartbeat in self._heartbeats:
            heartbeat.stop()
        late = self._supervisor.stop(within_seconds=_STOP_SECONDS)
        self._web.join(_STOP_SECONDS)
        is_emptied = close_inbox(_INBOX_SECONDS)
        if late:
            logger.warning("Still running at exit: %s.", ", ".join(late))
        self.is_at_rest = is_emptied and not (late or self._web.is_alive())
        return code

    def _ready(self) -> None:
        for heartbeat in self._heartbeats:
            heartbeat.start()
        self._supervisor.start()
        self._on_ready()

    def _serve(self) -> None:
        try:
            self._server.run()
        except Exception:
            logger.exception("The web server failed.")


def roles() -> list[Role]:
    """Return the background roles: engine (relay, consumers, sweeps), sender, Celery's worker and beat, the note.

    With Dapr also the loop that sets jobs: the sidecar hands them to this process.
    """
    jobs = [Role("dapr-jobs", run_jobs)] if settings.EVENT_TRANSPORT == "dapr" else []
    return [
        Role("relay", run_engine),
        Role("deliver", run_sender),
        Role("worker", run_worker, halt_worker),
        Role("beat", run_beat),
        Role("note", epoch.keep_note),
        *jobs,
    ]


def run_engine(stop: threading.Event) -> None:
    """Run the relay, the consumers in turn and the sweeps until `stop` is set.

    When the engine restarts in this process, it keeps the leases of the previous one.
    """
    Engine(holder=instance_name()).run(stop)


def run_jobs(stop: threading.Event) -> None:
    """Set Dapr's jobs until `stop` is set."""
    from events_app.transports.job_loop import keep_jobs_set  # noqa: PLC0415 - only with Dapr is its client loaded

    keep_jobs_set(stop.is_set)


def run_sender(stop: threading.Event) -> None:
    """Send deliveries until `stop` is set."""
    Sender().run(stop)
