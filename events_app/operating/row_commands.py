"""The base class of commands by which an operator decides about rows: dead letters, parked messages."""

from collections.abc import Callable, Iterable

from events_app.consumers.kernel.batch import HandlerFailed
from events_app.operating.commands import Exit, OperatorCommand
from events_app.operating.recovery import RecoveryRefused


class RowCommand(OperatorCommand):
    """A command whose operations refuse a row by RecoveryRefused or HandlerFailed and leave it as it is."""

    def act_on_rows(self, act: Callable[[int], None], ids: Iterable[int]) -> Exit:
        """Call an operation for each id and print what came of it; FAILED if one was refused."""
        results = [self._act(act, row_id) for row_id in ids]
        return Exit.OK if all(results) else Exit.FAILED

    def _act(self, act: Callable[[int], None], row_id: int) -> bool:
        try:
            act(row_id)
        except (RecoveryRefused, HandlerFailed) as error:
            self.say(f"{row_id}: {error}", id=row_id, ok=False, reason=str(error))
            return False
        self.say(f"{row_id}: done", id=row_id, ok=True)
        return True
