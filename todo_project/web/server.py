"""The web role: REST, admin and pages on WSGI. gunicorn, set up for one container.

Never the edge: gunicorn gives a request that arrives slowly a thread for as long as it takes, so that a proxy that
reads requests whole must stand in front (docs/operate/before-you-expose-it.md,
https://docs.gunicorn.org/en/stable/deploy.html).
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from accounts_app.hashing.gate import bound_by_threads
from events_app.api.body_bounds import refuse_body
from todo_project.health.role_heartbeats import Detail, HeartbeatThread
from todo_project.wsgi import application

GRACEFUL_SECONDS = 10
GC_THRESHOLDS = (20_000, 20, 20)
"""A page of tasks makes some thousand objects, which are gone with the answer: a pass amid each finds nothing."""
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - workers touch a file to show that they live; the root is read-only


@dataclass(frozen=True)
class WebOptions:
    """Where to listen, and how many requests at a time: processes times threads."""

    host: str
    port: int
    processes: int
    threads: int


class PropagatingLogger(Logger):  # type: ignore[misc]
    """Leaves formatting to the platform's own logging."""

    def setup(self, cfg: Any) -> None:
        """Set up without handlers of gunicorn's own."""
        super().setup(cfg)
        self.error_log.propagate = True


class WebServer(BaseApplication):  # type: ignore[misc]
    """`run()` serves until SIGTERM, then lets requests finish for ten seconds."""

    def __init__(self, options: WebOptions) -> None:
        self._options = options
        self._heartbeat: HeartbeatThread | None = None
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        wanted = {
            "bind": [f"{self._options.host}:{self._options.port}"],
            "workers": self._options.processes,
            "worker_class": "gthread",
            "threads": self._options.threads,
            "worker_tmp_dir": SHARED_MEMORY,
            "graceful_timeout": GRACEFUL_SECONDS,
            "timeout": 60,
            "keepalive": 75,
            "errorlog": None,
            "logger_class": PropagatingLogger,
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "pre_request": close_after_refusal,
            "post_worker_init": self._worker_began,
            "worker_exit": self._worker_ends,
            "proc_name": "todo-web",
            # gunicorn would believe X-Forwarded-Proto of anyone on the same machine: Django alone decides.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def _worker_began(self, worker: Any) -> None:
        _freeze_loaded_modules()
        bound_by_threads(self._options.threads)
        # Not earlier: a thread object that is made before a fork counts as stopped.
        self._heartbeat = HeartbeatThread("web", self._place())
        self._heartbeat.start()

    def _place(self) -> Detail:
        """What `doctor` judges: where this listens, and whether the settings name a proxy in front."""
        return {"host": self._options.host, "trusted_proxies": settings.TRUSTED_PROXIES}

    def _worker_ends(self, server: Any, worker: Any) -> None:
        if self._heartbeat is not None:
            self._heartbeat.stop()

    def load(self) -> Callable[..., Any]:
        """Return the WSGI application."""
        return application


def close_after_refusal(worker: Any, request: Any) -> None:
    """gunicorn's hook before a request: what the middleware will refuse is not read afterwards either.

    A connection that stays open would be drained of the body first. https://docs.gunicorn.org/en/stable/settings.html#pre-request
    """
    headers = {name.lower(): value for name, value in request.headers}
    if refuse_body(unquote(request.path), lambda name: headers.get(name, "")):
        request.force_close()


def _freeze_loaded_modules() -> None:
    """Keep the collector of garbage off what was loaded: a full pass over it takes longer than a request.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def port_or_default(port: int | None) -> int:
    """Return the port to serve on: the one given, TODO_PORT, or 8000."""
    return port or settings.UP_PORT or 8000
