"""Jobs in Dapr's scheduler that wake a sweep at the exact instants at which rows become due.

The rows are the truth: jobs are set from them again and again. A stale job wakes a sweep that finds nothing. Without
jobs the sweeps run too, a little later. https://docs.dapr.io/reference/api/jobs_api/
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
_RETRY_SECONDS = 10  # not `retry_seconds`: Dapr retries, and knows constant waits only

Instants = Callable[[datetime, int], Sequence[datetime]]


class JobPlanner:
    """Sets one job per sweep and distinct instant of the next ten minutes.

    `instants` has a function for each sweep: `(until, limit)` returns coming instants in order, as aware UTC.
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
        """Return a planner for the sweeps of the settings that have `instants`."""
        known = {spec.name: import_string(spec.instants) for spec in settings.EVENT_SWEEPS if spec.instants}
        return cls(settings.DAPR, known)

    def plan(self) -> int:
        """Set the jobs and return their number; repeating overwrites them with the same.

        Raises TransportUnavailable without a sidecar or scheduler, TransportError when the sidecar refuses.
        """
        now = self._now()
        jobs = [
            _job(sweep, instant)
            for sweep, coming in self._instants.items()
            for instant in dict.fromkeys(coming(now + AHEAD, MAX_JOBS))
            if instant > now  # the sweeps find due rows within seconds
        ]
        for job in jobs:
            report_turn()
            self._set(job)
        return len(jobs)

    def close(self) -> None:
        """Close the connection to the sidecar."""
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
