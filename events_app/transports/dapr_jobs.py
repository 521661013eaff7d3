"""Jobs in Dapr's scheduler that wake a sweep at the very instants for which rows say that there is work.

Rows are the truth: jobs are set again and again from them, stale ones wake a sweep that finds nothing, and
without any the sweeps run all the same, a little later. https://docs.dapr.io/reference/api/jobs_api/
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from dapr.clients import ConstantFailurePolicy, DaprGrpcClient, Job
from dapr.clients.exceptions import DaprGrpcError
from django.conf import settings
from django.utils.module_loading import import_string

from events_app.runtime.watchdog import report_turn
from events_app.transports.base import TransportError
from events_app.transports.dapr_sidecar import connect, is_away, sidecar_unavailable
from events_app.transports.options import DaprOptions
from foundation.database.transactions import database_now

AHEAD = timedelta(minutes=10)
EVERY_SECONDS = 60.0
MAX_JOBS = 1000
RETRIES = 5
_RETRY_SECONDS = 10  # Dapr repeats it, which knows constant waits only; the sweeps come anyway

Instants = Callable[[datetime, int], Sequence[datetime]]


class JobPlanner:
    """Sets one job per sweep and distinct instant of the next ten minutes.

    `instants` are, by sweep, functions `(until, limit)` that return coming instants in order, as aware UTC.
    """

    def __init__(
        self,
        options: DaprOptions,
        instants: Mapping[str, Instants],
        *,
        now: Callable[[], datetime] = database_now,
    ) -> None:
        self._options = options
        self._instants = instants
        self._now = now
        self._client: DaprGrpcClient | None = None

    @classmethod
    def from_settings(cls) -> "JobPlanner":
        """Plan for the sweeps of settings that know when they will have work."""
        known = {spec.name: import_string(spec.instants) for spec in settings.EVENT_SWEEPS if spec.instants}
        return cls(settings.DAPR, known)

    def plan(self) -> int:
        """Set the jobs and return how many; repeating sets the same ones again.

        Raises TransportUnavailable without a sidecar or scheduler, TransportError when it refuses.
        """
        now = self._now()
        jobs = [
            _job(sweep, instant)
            for sweep, coming in self._instants.items()
            for instant in dict.fromkeys(coming(now + AHEAD, MAX_JOBS))
            if instant > now  # what is late already, the sweeps find within seconds
        ]
        for job in jobs:
            report_turn()
            self._set(job)
        return len(jobs)

    def close(self) -> None:
        """Drop the connection to the sidecar."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _set(self, job: Job) -> None:
        if self._client is None:
            self._client = connect(self._options)
        try:
            self._client.schedule_job(job, overwrite=True)
        except DaprGrpcError as error:
            self.close()
            if is_away(error):
                raise sidecar_unavailable(self._options) from error
            raise TransportError(f"Dapr sets no job: {error.code().name}: {error.details()}") from error


def _job(sweep: str, instant: datetime) -> Job:
    due = instant.astimezone(UTC)
    return Job(
        name=f"{sweep}-{due:%Y%m%dT%H%M%S.%fZ}",
        due_time=due.isoformat().replace("+00:00", "Z"),
        failure_policy=ConstantFailurePolicy(max_retries=RETRIES, interval_seconds=_RETRY_SECONDS),
    )
