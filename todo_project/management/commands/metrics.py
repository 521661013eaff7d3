"""`manage.py metrics`: the numbers by which others watch and scale the platform."""

from collections.abc import Mapping
from threading import Thread
from typing import Any

from django.conf import settings

from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.role_frame import role_answers, side_port
from events_app.runtime.stop_flag import StopFlag
from todo_project.health.role_heartbeats import HeartbeatThread
from todo_project.metrics.reader import BacklogReader

_LOOK_SECONDS = 0.2
_END_SECONDS = 1.0


class Command(OperatorCommand):
    """Answer `/metrics` and `/lag.json` at the side port (`TODO_SIDE_PORT`) until SIGTERM or Ctrl-C.

    `/metrics` is for Prometheus; `/lag.json` is for whoever decides how many relays and consumers there are. Both show
    the log, not the broker: a message is only a hint. The database is asked every five seconds, however many ask here;
    without an answer of the last twenty seconds both are 503. One process is enough, and two do no harm.
    Exit code 2: TODO_SIDE_PORT is not set, or taken.
    """

    help = "Serve the log's metrics, and the numbers to scale by."
    examples = "  TODO_SIDE_PORT=8081 manage.py metrics\n  curl http://localhost:8081/lag.json"

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Serve until stopped."""
        if settings.SIDE_PORT is None:
            self.refuse("metrics answers at the side port alone: set TODO_SIDE_PORT, for example to 8081.")
        flag, reader, heartbeat = StopFlag().listen(), BacklogReader(), HeartbeatThread("metrics")
        reading = Thread(target=reader.run, name="metrics", daemon=True)
        with side_port({**role_answers(), **reader.answers()}):
            heartbeat.start()
            reading.start()
            while reading.is_alive() and not flag.is_set():
                reading.join(_LOOK_SECONDS)
            reader.stop()
            reading.join(_END_SECONDS)
            heartbeat.stop()
        return Exit.OK if flag.is_set() else Exit.FAILED
