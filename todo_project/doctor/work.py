"""What people wait for, and what protects it: reminders, deliveries, the last backup."""

from collections.abc import Iterator
from datetime import timedelta

from events_app.models import Epoch
from todo_project.doctor.findings import Finding, ok, warn
from todo_project.doctor.reading import PlatformReading
from todo_project.doctor.starting import role_start_command
from todo_project.metrics.figures import COUNTED_AT_MOST, LATE_SECONDS, PlatformFigures

BACKUP_IS_OLD = timedelta(hours=26)
BACK_UP = "manage.py backup --keep 14 /var/backups/todo, once a day: docs/operate/backup.md"


def check_work(reading: PlatformReading) -> Iterator[Finding]:
    """Check what is due, and whether a backup could bring all of it back."""
    yield check_reminders(reading.around)
    yield check_deliveries(reading.around)
    yield check_backup(reading)


def check_reminders(around: PlatformFigures) -> Finding:
    """Reminders that should have fired more than a minute ago."""
    if around.late_reminders:
        detail = f"{_up_to(around.late_reminders)} more than {LATE_SECONDS:.0f} s late"
        return warn("reminders", detail, role_start_command("relay"))
    return ok("reminders", f"{around.due_reminders} due, none late")


def check_deliveries(around: PlatformFigures) -> Finding:
    """Messages that should have been sent more than a minute ago."""
    failed = f"{_up_to(around.failed_deliveries)} given up"
    if around.late_deliveries:
        detail = f"{_up_to(around.late_deliveries)} more than {LATE_SECONDS:.0f} s late, {failed}"
        return warn("deliveries", detail, role_start_command("deliver"))
    return ok("deliveries", f"{around.due_deliveries} due, none late, {failed}")


def check_backup(reading: PlatformReading) -> Finding:
    """Whether the last backup is at most a day old; an installation that is younger needs none yet."""
    last = reading.around.backup
    if last is None:
        began = Epoch.objects.values_list("began_at", flat=True).first()
        is_young = began is None or reading.at - began < BACKUP_IS_OLD
        return ok("backup", "none yet") if is_young else warn("backup", "there is none", BACK_UP)
    detail = f"{last.beat_at:%Y-%m-%d %H:%M} UTC, {last.detail.get('rows')} rows, {last.detail.get('file')}"
    if last.age_seconds > BACKUP_IS_OLD.total_seconds():
        return warn("backup", detail, BACK_UP)
    return ok("backup", detail)


def _up_to(number: int) -> str:
    return f"{number} or more" if number >= COUNTED_AT_MOST else str(number)
