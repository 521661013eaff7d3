"""`manage.py audit_verify`."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from audit_app.anchors.comparing import AnchorComparison
from audit_app.protection import find_differences
from audit_app.verification.agreement import find_cut_trails
from audit_app.verification.many import verify_all_whole
from audit_app.verification.progress import verify_new, verify_whole
from audit_app.verification.walk import Verdict, all_user_ids, verify_all_forgotten
from events_app.operating.commands import Exit, OperatorCommand


class Command(OperatorCommand):
    """Walks every chain from its first entry to its end and recomputes each hash, in bounded memory. Also compares the
    length of each chain with how far the audit consumer is in the log, and the triggers that protect the trail with
    what was installed. With --against it compares each trail with the anchors in a file or log that was kept elsewhere:
    that finds one that was rewritten by somebody who has the database and the key. Exits with 1 when anything is wrong.
    With --new it walks only what was appended since a chain was found right last, and finds no change before that.

    How far a chain was verified is stored: requests continue from there. A fault is stored, too, until a walk over the
    whole chain finds none. Celery walks all chains once a day; without Celery, let cron run this."""

    help = "Prove that the audit trail is what was written."
    examples = """\
  manage.py audit_verify
  manage.py audit_verify --user 42 --json
  manage.py audit_verify --new
  manage.py audit_verify --against /mnt/elsewhere/anchors
"""

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--user", type=int, metavar="ID", help="only this user's trail")
        parser.add_argument(
            "--against", type=Path, metavar="FILE", help="also compare with the anchors in this file or log"
        )
        parser.add_argument("--new", action="store_true", help="only what was appended since the last time")

    def run(self, options: Mapping[str, Any]) -> Exit:
        unprotected = find_differences(connection)
        for difference in unprotected:
            self.say(
                f"FAIL {difference}: `manage.py doctor` says what installs it again", unprotected=difference
            )
        users, entries, broken = 0, 0, set[int]()
        for verdict in self._verdicts(options["user"], is_new=options["new"]):
            users, entries = users + 1, entries + verdict.entries
            broken |= set() if verdict.ok else {verdict.user_id}
            self._print_verdict(verdict, users=users)
        for cut in find_cut_trails(options["user"]):
            broken.add(cut.user_id)
            text = f"FAIL user {cut.user_id}: {cut.reason}"
            self.say(text, user_id=cut.user_id, sequence=cut.seq, unlike_log=cut.reason)
        unlike_anchors = self._compare_with_anchors(options["against"]) if options["against"] else 0
        total = f"{users} trails, {entries} entries, {len(broken)} broken"
        self.say(total, users=users, entries=entries, broken=len(broken))
        return Exit.FAILED if broken or unprotected or unlike_anchors else Exit.OK

    def _compare_with_anchors(self, path: Path) -> int:
        """Print what differs from the anchors in a file, and return how much that is."""
        comparison, faults = AnchorComparison(), 0
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                for fault in comparison.compare(lines):
                    faults += 1
                    of_user = "" if fault.user_id is None else f" user {fault.user_id}:"
                    text = f"FAIL anchor {fault.anchor}:{of_user} {fault.reason}"
                    self.say(text, anchor=fault.anchor, user_id=fault.user_id, unlike_anchor=fault.reason)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from None
        total = f"{comparison.anchors} anchors of {comparison.ends} ends of trails, {faults} differences"
        self.say(total, anchors=comparison.anchors, ends=comparison.ends, differences=faults)
        return faults

    def _verdicts(self, user_id: int | None, *, is_new: bool) -> Iterator[Verdict]:
        if user_id is not None:
            return iter([(verify_new if is_new else verify_whole)(user_id)])
        if is_new:
            return chain(map(verify_new, all_user_ids()), verify_all_forgotten())
        return verify_all_whole()

    def _print_verdict(self, verdict: Verdict, *, users: int) -> None:
        self.progress(lambda: f"{users} trails")
        if not verdict.ok:
            text = f"FAIL user {verdict.user_id}: wrong from sequence {verdict.first_bad}: {verdict.reason}"
            self.say(text, user_id=verdict.user_id, **verdict.answer())
