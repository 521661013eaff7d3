"""`manage.py audit_verify`."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from audit_app.protection import find_differences
from audit_app.verification.agreement import find_cut_trails
from audit_app.verification.progress import verify_new, verify_whole
from audit_app.verification.walk import Verdict, all_user_ids, verify_all_forgotten
from events_app.operating.commands import Exit, OperatorCommand


class Command(OperatorCommand):
    """Walks every chain from its first entry to its end and recomputes each hash, in bounded memory. Also
    compares the length of each chain with how far the audit consumer is in the log, and the triggers that protect the
    trail with what was installed. Exits with 1 when anything is wrong. With --new it walks only
    what was appended since a chain was found right last, which finds no change in what lies before.

    How far a chain was verified is stored: requests continue from there. A fault is stored, too, until a walk over the
    whole chain finds none. Celery walks all chains once a day; without Celery, let cron run this."""

    help = "Prove that the audit trail is what was written."
    examples = """\
  manage.py audit_verify
  manage.py audit_verify --user 42 --json
  manage.py audit_verify --new
"""

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--user", type=int, metavar="ID", help="only this user's trail")
        parser.add_argument("--new", action="store_true", help="only what was appended since the last time")

    def run(self, options: Mapping[str, Any]) -> Exit:
        unprotected = find_differences(connection)
        for difference in unprotected:
            self.say(
                f"FAIL {difference}: `manage.py doctor` says what installs it again", unprotected=difference
            )
        users, entries, broken = 0, 0, set[int]()
        for verdict in self._verdicts(options["user"], verify_new if options["new"] else verify_whole):
            users, entries = users + 1, entries + verdict.entries
            broken |= set() if verdict.ok else {verdict.user_id}
            self._print_verdict(verdict, users=users)
        for cut in find_cut_trails(options["user"]):
            broken.add(cut.user_id)
            text = f"FAIL user {cut.user_id}: {cut.reason}"
            self.say(text, user_id=cut.user_id, sequence=cut.seq, unlike_log=cut.reason)
        total = f"{users} trails, {entries} entries, {len(broken)} broken"
        self.say(total, users=users, entries=entries, broken=len(broken))
        return Exit.FAILED if broken or unprotected else Exit.OK

    def _verdicts(self, user_id: int | None, verify: Callable[[int], Verdict]) -> Iterator[Verdict]:
        if user_id is not None:
            return iter([verify(user_id)])
        return chain(map(verify, all_user_ids()), verify_all_forgotten())

    def _print_verdict(self, verdict: Verdict, *, users: int) -> None:
        self.progress(lambda: f"{users} trails")
        if not verdict.ok:
            text = f"FAIL user {verdict.user_id}: wrong from sequence {verdict.first_bad}: {verdict.reason}"
            self.say(text, user_id=verdict.user_id, **verdict.answer())
