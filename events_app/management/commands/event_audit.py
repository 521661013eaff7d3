"""Check the promises of the log, and print each violation."""

from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any

from django.core.management.base import CommandParser

from events_app.operating.commands import Exit, OperatorCommand
from events_app.operating.invariants import InvariantFinding, find_all

LOOK_SECONDS = 0.2


class Command(OperatorCommand):
    """Check each invariant over the whole database.

    Exit 0: nothing found. 1: a promise is broken, and time does not repair it. 3: something lags or waits for an
    operator. It only reads, and may run at any time.
    """

    help = "Check every promise of the event log; print what is found."
    examples = "  manage.py event_audit\n  manage.py event_audit --wait 30 --json"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=0, metavar="S", help="give what lags so many seconds"
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        findings = self._wait_for_lag(options["wait"])
        for finding in findings:
            self.say(
                f"{finding.kind:<9} {finding.check}: {finding.subject}: {finding.detail}", **vars(finding)
            )
        kinds = {finding.kind for finding in findings}
        if not findings:
            self.say("every promise holds", ok=True)
            return Exit.OK
        return Exit.FAILED if "broken" in kinds else Exit.DEGRADED

    def _wait_for_lag(self, seconds: float) -> list[InvariantFinding]:
        """Return the findings; check again while there are any, since work may be under way between two queries."""
        deadline = monotonic() + seconds
        while True:
            findings = find_all()
            if not findings or monotonic() >= deadline:
                return findings
            self.progress(lambda: f"{len(findings)} findings, waiting")  # noqa: B023 - called at once
            sleep(LOOK_SECONDS)
