"""People who use their tasks at random, and remember what was confirmed to them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from tasks_app import recurrence as rec
from tasks_app.errors import TasksError
from tasks_app.fields import UNSET, AtInstant, ReminderInput, Scope, TaskFields, Terms
from tasks_app.models import Reminder, Series, Task
from tasks_app.operations.completion import toggle_task
from tasks_app.operations.leaving import detach_task, skip_occurrence
from tasks_app.operations.reminders import snooze_reminder
from tasks_app.operations.series import cancel_series
from tasks_app.operations.tasks import create_task, delete_task, update_task
from tasks_app.operations.trash import restore_task
from tasks_app.operations.undo import undo_last_change
from todo_project.simulation.actors import Actor
from todo_project.simulation.world import World

RULES: Final = (
    "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=MINUTELY;INTERVAL=5", "FREQ=HOURLY;INTERVAL=7;COUNT=9", "FREQ=DAILY;BYHOUR=9,18",
    "FREQ=MONTHLY;BYMONTHDAY=1,31", "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
)  # fmt: skip
ANCHORS: Final = ("future", "due", "completion")
ZONES: Final = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Tokyo")
TAGS: Final = ("home", "work", "someday")
MOST_TASKS = 12
# What people do, and how often.
ACTS: Final = {
    "create": 3.0,
    "toggle": 5.0,
    "edit": 3.0,
    "revise": 1.0,
    "delete": 1.0,
    "skip": 1.0,
    "detach": 0.3,
    "undo": 2.0,
    "restore": 1.0,
    "snooze": 0.5,
    "cancel": 0.2,
    "move": 0.3,
}


class Person(Actor):
    """One user with a client that may die while a request is under way."""

    def __init__(self, world: World, name: str, user: User) -> None:
        super().__init__(world, name)
        self.user = user

    def step(self) -> object:
        [act] = self.world.random.choices(list(ACTS), list(ACTS.values()))
        try:
            return act, getattr(self, act)()
        except TasksError as error:
            return act, type(error).__name__

    def create(self) -> object:
        """A task, mostly with a due, often recurring."""
        if self._live().count() >= MOST_TASKS:
            return self.delete()
        random = self.world.random
        is_due = random.random() < 0.8
        fields = TaskFields(
            title=f"task {random.randrange(1000)}",
            tags=tuple(random.sample(TAGS, random.randrange(3))),
            due=self._due() if is_due else None,
            recurrence=self._recurrence() if is_due and random.random() < 0.6 else None,
            reminders=(ReminderInput(offset=rec.parse_offset("-PT10M")),)
            if is_due and random.random() < 0.7
            else (),
        )
        task = create_task(fields, by=self.user, at=self.world.clock.now).task
        self.world.answered.add(task.pk)
        return task.pk

    def toggle(self) -> object:
        """Complete or reopen."""
        return self._with_some_task(lambda pk: toggle_task(pk, by=self.user, at=self.world.clock.now))

    def edit(self) -> object:
        """Another title."""
        return self._update(TaskFields(title=f"edited {self.world.random.randrange(1000)}"), scope=None)

    def revise(self) -> object:
        """Another due, rule or end, for one occurrence or for more."""
        random = self.world.random
        due: AtInstant | None = None
        recurrence: rec.Recurrence | None = None
        moves, repeats = random.random() < 0.5, random.random() < 0.7
        if random.random() < 0.9:
            due, recurrence = self._due(), self._recurrence()
        scope = random.choice((None, Scope.THIS, Scope.FUTURE, Scope.ALL))
        fields = TaskFields(due=due if moves else UNSET, recurrence=recurrence if repeats else UNSET)
        return self._update(fields, scope=scope)

    def delete(self) -> object:
        """Into the trash, sometimes with all that would follow."""
        terms = Terms(scope=self.world.random.choice((None, None, Scope.FUTURE, Scope.ALL)))
        return self._with_some_task(
            lambda pk: delete_task(pk, by=self.user, at=self.world.clock.now, terms=terms)
        )

    def skip(self) -> object:
        """Pass one occurrence over."""
        return self._with_some_task(lambda pk: skip_occurrence(pk, by=self.user, at=self.world.clock.now))

    def detach(self) -> object:
        """Take one occurrence out of its series."""
        return self._with_some_task(lambda pk: detach_task(pk, by=self.user, at=self.world.clock.now))

    def undo(self) -> object:
        """Take the last change back, also a deletion."""
        rows = Task.objects.filter(owner_id=self.user.pk, withdrawn=False)
        return self._with_some(rows, lambda pk: undo_last_change(pk, by=self.user, at=self.world.clock.now))

    def restore(self) -> object:
        """Out of the trash."""
        rows = Task.objects.filter(owner_id=self.user.pk, withdrawn=False, deleted_at__isnull=False)
        return self._with_some(rows, lambda pk: restore_task(pk, by=self.user, at=self.world.clock.now))

    def snooze(self) -> object:
        """Be reminded once more."""
        now = self.world.clock.now
        until = now + timedelta(minutes=self.world.random.randrange(1, 600))
        rows = Reminder.objects.filter(owner_id=self.user.pk)
        return self._with_some(rows, lambda pk: snooze_reminder(pk, until=until, by=self.user, at=now))

    def cancel(self) -> object:
        """End a series."""
        rows = Series.objects.filter(owner_id=self.user.pk, ended_at=None)
        return self._with_some(rows, lambda pk: cancel_series(pk, by=self.user, at=self.world.clock.now))

    def move(self) -> object:
        """Into another zone."""
        self.user = change_preferences(self.user.pk, {"time_zone": self.world.random.choice(ZONES)})
        return self.user.time_zone

    def _due(self) -> AtInstant:
        return AtInstant(self.world.clock.now + timedelta(minutes=self.world.random.randrange(5, 3000)))

    def _recurrence(self) -> rec.Recurrence:
        rule, anchor = self.world.random.choice(RULES), self.world.random.choice(ANCHORS)
        if "BY" in rule and anchor == "completion":
            anchor = "due"
        return rec.parse_recurrence({"rule": rule, "anchor": anchor})

    def _update(self, fields: TaskFields, *, scope: Scope | None) -> object:
        def act(task_id: int) -> None:
            update_task(task_id, fields, by=self.user, at=self.world.clock.now, terms=Terms(scope=scope))

        return self._with_some_task(act)

    def _live(self) -> "QuerySet[Task]":
        return Task.objects.filter(owner_id=self.user.pk, deleted_at=None)

    def _with_some_task(self, act: Callable[[int], object]) -> object:
        return self._with_some(self._live(), act, otherwise=self.create)

    def _with_some(
        self,
        rows: "QuerySet[Task] | QuerySet[Reminder] | QuerySet[Series]",
        act: Callable[[int], object],
        otherwise: Callable[[], object] | None = None,
    ) -> object:
        ids: Sequence[int] = list(rows.order_by("id").values_list("id", flat=True))
        if not ids:
            return otherwise() if otherwise else None
        chosen = self.world.random.choice(ids)
        act(chosen)
        return chosen
