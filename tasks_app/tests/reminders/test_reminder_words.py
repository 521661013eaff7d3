"""What the sweep prints of a firing is what the contract would print."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from events_app.contracts import ReminderDue
from tasks_app.operations.reminders import payloads
from tasks_app.queries.reminders import Firing

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
ON_TIME = Firing(
    id=7, owner_id=1, task_id=3, offset="-PT30M", at=None, snoozed_until=None, firing=2, fire_at=NINE,
    title="Buy milk", priority=3, due_date=date(2026, 5, 4), due_time=time(9, 30), due_fold=0, floating=False,
    time_zone="UTC", due_instant=NINE + timedelta(minutes=30), completed_at=None, deleted_at=None, zone_name="UTC",
)  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"due_time": None},
        {"due_date": None, "due_time": None, "due_instant": None},
        {"fire_at": NINE.replace(microsecond=120_000)},
        {"title": 'quote " \\ tab\t line\n ü 🌍 \u2028 </script>'},
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_a_firing_is_printed_as_its_contract_prints_it(changed: dict[str, Any], late: bool) -> None:
    printed = payloads.due(ON_TIME._replace(**changed), late=late, read_at=NINE)
    payload = ReminderDue.model_validate(orjson.loads(printed.text))
    assert printed.text == payload.model_dump_json()
    assert (printed.kind.TYPE, printed.kind.V, printed.about_task) == ("reminder.due", 1, 3)
    assert (payload.reminder_id, payload.firing, payload.late) == (7, 2, late)
