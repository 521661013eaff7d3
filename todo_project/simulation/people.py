"""People who use their tasks at random, and remember what was confirmed to them."""

from collections.abc import Callable
from datetime import timedelta

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from tasks_app import recurrence as rec
from tasks_app.errors import TasksError
from tasks_app.fields import AtInstant, ReminderInput, TaskFields
from tasks_app.models import Task
from tasks_app.operations.completion import toggle_task
from tasks_app.operations.tasks import create_task, delete_task, update_task
from todo_project.simulation.actors import Actor
from todo_project.simulation.world import World

RULES = ("daily", "weekly", "monthly", "FREQ=DAILY;COUNT=3", "FREQ=HOURLY")
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Tokyo")
MOST_TASKS = 12


class Person(Actor):
    """One user with a client that may die while a request is under way."""

    def __init__(self, world: World, name: str, user: User) -> None:
        super().__init__(world, name)
        self.user = user

    def step(self) -> object:
        action = self.world.random.choices(
            (self._create, self._toggle, self._edit, self._delete, self._move), (3, 5, 5, 1, 0.3)
        )[0]
        try:
            return action.__name__, action()
        except TasksError as error:
            return action.__name__, type(error).__name__

    def _create(self) -> object:
        if Task.objects.filter(owner_id=self.user.pk, deleted_at=None).count() >= MOST_TASKS:
            return self._delete()
        random, now = self.world.random, self.world.clock.now
        is_due = random.random() < 0.8
        fields = TaskFields(
            title=f"task {random.randrange(1000)}",
            due=AtInstant(now + timedelta(minutes=random.randrange(5, 3000))) if is_due else None,
            recurrence=self._recurrence() if is_due and random.random() < 0.6 else None,
            reminders=(ReminderInput(offset=rec.parse_offset("-PT10M")),)
            if is_due and random.random() < 0.7
            else (),
        )
        task = create_task(fields, by=self.user, at=now).task
        self.world.answered.add(task.pk)
        return task.pk

    def _recurrence(self) -> rec.Recurrence:
        rule = self.world.random.choice(RULES[:4])
        anchor = self.world.random.choice(("future", "due"))
        return rec.parse_recurrence({"rule": rec_text(rule), "anchor": anchor})

    def _toggle(self) -> object:
        return self._on_some_task(lambda task_id: toggle_task(task_id, by=self.user, at=self.world.clock.now))

    def _edit(self) -> object:
        fields = TaskFields(title=f"edited {self.world.random.randrange(1000)}")
        return self._on_some_task(
            lambda task_id: update_task(task_id, fields, by=self.user, at=self.world.clock.now)
        )

    def _delete(self) -> object:
        return self._on_some_task(lambda task_id: delete_task(task_id, by=self.user, at=self.world.clock.now))

    def _move(self) -> object:
        self.user = change_preferences(self.user.pk, {"time_zone": self.world.random.choice(ZONES)})
        return self.user.time_zone

    def _on_some_task(self, act: Callable[[int], object]) -> object:
        ids = list(
            Task.objects.filter(owner_id=self.user.pk, deleted_at=None)
            .order_by("id")
            .values_list("id", flat=True)
        )
        if not ids:
            return self._create()
        task_id = self.world.random.choice(ids)
        act(task_id)
        return task_id


def rec_text(word: str) -> str:
    """Return a rule's text for a word or a rule."""
    return word if "=" in word else f"FREQ={word.upper()}"
