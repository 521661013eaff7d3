"""The web role: gunicorn serves the REST API, the admin and pages over WSGI, set up for one container.

It must not face the internet: a request that arrives slowly keeps one of gunicorn's threads until it is complete. A
proxy in front must read each request completely first (docs/operate/before-you-expose-it.md,
https://docs.gunicorn.org/en/stable/deploy.html).
"""

import gc
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from time import sleep
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from accounts_app.hashing.gate import bound_by_threads
from events_app.api.body_bounds import refuse_body
from events_app.runtime.pulse import Pulse
from events_app.runtime.role_frame import liveness, show_metrics, side_port
from events_app.runtime.side_port import ANSWER_SECONDS, SideAnswer, SideAnswers
from events_app.transports.inbox import close_inbox
from foundation.metrics import metrics_page
from realtime_app.server.refusals import PathGate
from todo_project.health.role_heartbeats import Detail, HeartbeatThread, describe_receiver
from todo_project.web.retiring import RetiringWorker
from todo_project.wsgi import application

GRACEFUL_SECONDS = 10
INBOX_SECONDS = 4.0  # of those ten
_ADDRESS_ATTEMPTS = 5
GC_THRESHOLDS = (20_000, 20, 20)
"""A page of tasks creates thousands of objects, all freed with the answer: a collection in between frees nothing."""
arbiter_pulse = Pulse("gunicorn's arbiter")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - each worker touches a file here as its heartbeat; the root is read-only


@dataclass(frozen=True)
class WebOptions:
    """Where to listen, how many requests at a time (processes times threads), and after how many one retires.

    `roles` are those that heartbeats show. With `paths`, regular expressions, everything else is answered 404.
    """

    host: str
    port: int
    processes: int
    threads: int
    max_requests: int = 20_000
    keepalive_seconds: int = 75
    roles: tuple[str, ...] = ("web",)
    paths: tuple[str, ...] = ()


class PropagatingLogger(Logger):  # type: ignore[misc]
    """Leaves the formatting of log lines to the platform's logging settings."""

    def setup(self, cfg: Any) -> None:
        """Set up the loggers without gunicorn's own handlers."""
        super().setup(cfg)
        self.error_log.propagate = True


class WatchedArbiter(Arbiter):  # type: ignore[misc] # gunicorn is untyped
    """gunicorn's loop that starts and replaces workers; it turns every second."""

    def murder_workers(self) -> None:
        """Report the turn, then end workers that do not answer."""
        arbiter_pulse.turn()
        super().murder_workers()


class WebServer(BaseApplication):  # type: ignore[misc]
    """`run()` serves until SIGTERM, then gives running requests ten seconds to finish."""

    def __init__(self, options: WebOptions) -> None:
        self._options = options
        self._heartbeats: list[HeartbeatThread] = []
        super().__init__()

    def run(self) -> None:
        """Serve until SIGTERM, with the side port in the process that starts and replaces the others.

        Raises ImproperlyConfigured when the address cannot be listened on.
        """
        require_address(self._options.host, self._options.port)
        with side_port(self.side_answers()):
            self.serve()

    def serve(self) -> None:
        """Serve without opening the side port."""
        WatchedArbiter(self).run()

    def side_answers(self) -> SideAnswers:
        """Return the answers of the side port. This process never opens a database: it forks while it serves."""
        return {
            "/livez": lambda: liveness([arbiter_pulse]),
            "/startupz": lambda: self._ask_own("/startupz"),
            "/readyz": lambda: self._ask_own("/readyz"),
            "/metrics": show_metrics,
        }

    def _ask_own(self, path: str) -> SideAnswer:
        """Return what the port that serves answers, in time; 503 without an answer."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._options.host, self._options.host)  # noqa: S104
        connection = HTTPConnection(host, self._options.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            return 503, {"status": "unavailable", "missing": ["web"]}
        finally:
            connection.close()

    def load_config(self) -> None:
        """Pass the settings to gunicorn."""
        wanted = {
            "bind": [f"{self._options.host}:{self._options.port}"],
            "workers": self._options.processes,
            "worker_class": RetiringWorker,
            "threads": self._options.threads,
            "worker_tmp_dir": SHARED_MEMORY,
            "graceful_timeout": GRACEFUL_SECONDS,
            "timeout": 60,
            "keepalive": self._options.keepalive_seconds,
            "errorlog": None,
            "logger_class": PropagatingLogger,
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "max_requests": self._options.max_requests,
            "max_requests_jitter": self._options.max_requests // 10,
            "pre_request": close_after_refusal,
            "post_worker_init": self._worker_began,
            "worker_exit": self._worker_ends,
            "child_exit": _worker_ended,
            "proc_name": f"todo-{self._options.roles[0]}",
            # gunicorn would trust X-Forwarded-Proto from any process on the same machine. Only Django decides.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def _worker_began(self, worker: Any) -> None:
        _freeze_loaded_modules()
        bound_by_threads(self._options.threads)
        # Not earlier: a thread that was created before a fork counts as stopped in the new process.
        self._heartbeats = [
            HeartbeatThread(role, partial(self._describe, role)) for role in self._options.roles
        ]
        for heartbeat in self._heartbeats:
            heartbeat.start()

    def _describe(self, role: str) -> Detail:
        """Return what `doctor` checks: where `web` listens and which proxies it trusts, or a receiver's inbox."""
        if role == "web":
            return {"host": self._options.host, "trusted_proxies": settings.TRUSTED_PROXIES}
        return describe_receiver(role)

    def _worker_ends(self, server: Any, worker: Any) -> None:
        close_inbox(INBOX_SECONDS)
        for heartbeat in self._heartbeats:
            heartbeat.stop()

    def load(self) -> Callable[..., Any]:
        """Return the WSGI application."""
        return PathGate(application, self._options.paths) if self._options.paths else application


def _worker_ended(server: Any, worker: Any) -> None:
    """gunicorn's hook in the first process, after the end of another one."""
    metrics_page.add_up_ended()


def require_address(host: str, port: int) -> None:
    """Raise ImproperlyConfigured when a server cannot listen there for five seconds; gunicorn would log it at length.

    A process that ends may hold the port for a moment longer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for attempt in range(_ADDRESS_ATTEMPTS):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = error.strerror or error
            else:
                return
        if attempt + 1 < _ADDRESS_ATTEMPTS:
            sleep(1)
    raise ImproperlyConfigured(f"cannot listen on {host}:{port}: {reason}.")


def close_after_refusal(worker: Any, request: Any) -> None:
    """gunicorn's hook before a request: close the connection after a request whose body the middleware will refuse.

    On a connection that stays open, gunicorn would read the whole body first. https://docs.gunicorn.org/en/stable/settings.html#pre-request
    """
    headers = {name.lower(): value for name, value in request.headers}
    if refuse_body(unquote(request.path), lambda name: headers.get(name, "")):
        request.force_close()


def _freeze_loaded_modules() -> None:
    """Freeze loaded modules so that gc skips them: a full collection over them takes longer than a request.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def port_or_default(port: int | None) -> int:
    """Return the port to serve on: the one given, TODO_PORT, or 8000."""
    return port or settings.UP_PORT or 8000
