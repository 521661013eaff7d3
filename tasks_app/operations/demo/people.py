"""Demonstration data: created in bulk, with the events that the operations would have recorded, and removed again."""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db.models import Q

from accounts_app.models import User
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import write_transaction
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, draft_of_full, record_deletion, save_all
from tasks_app.models import DemoChunk, DemoRun, Series, Tag, Task
from tasks_app.operations.demo.data import TAGS, Sample, samples
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.tags.links import Quota, ensure_tags, load_tags
from tasks_app.operations.tasks import new_task
from tasks_app.operations.trash.removal import remove_rows
from tasks_app.queries.tasks import load_all_full
from tasks_app.values.fields import UNSET, AtInstant, TaskFields
from tasks_app.values.tag_names import first_spellings

_TASKS_PER_TRANSACTION: Final = 1000
_ACTOR: Final = Provenance(actor=Actor(type="system", id="demo"))


def demo_account(username: str, *, time_zone: str = "UTC") -> tuple[User, str | None]:
    """Return the user of the demo and, if the account was created or reopened now, its new password."""
    password = secrets.token_urlsafe(12)
    with write_transaction():
        user = User.objects.find_by_name(username)
        if user is None:
            return User.objects.create_user(username, password=password, time_zone=time_zone), password
        if user.is_active:
            return user, None
        user.is_active = True
        user.set_password(password)
        user.save()
        return user, password


def make_demo(owner: User, *, tasks: int, seed: int, made_owner: bool = False) -> Iterator[int]:
    """Create the tasks of a seed up to this number, 1,000 per transaction; yield their number after each transaction.

    The same seed gives the same tasks, relative to the beginning of its run. Repeating adds nothing, a greater number
    adds the difference, and an interrupted run continues where it stopped.
    """
    with use_provenance(_ACTOR):
        run = _begin_run(owner, seed=seed, made_owner=made_owner)
        while run.made < tasks:
            with changing(owner) as change:
                run = DemoRun.objects.get(pk=run.pk)
                count = min(_TASKS_PER_TRANSACTION, tasks - run.made)
                if count > 0:
                    _make_some(change, run, count=count)
            yield run.made


def remove_demo(owner: User) -> Iterator[int]:
    """Remove what `make_demo` created for this user, 1,000 tasks per transaction; yield the number removed so far.

    Later occurrences of its series are removed too; tasks of the user stay, and so do tags that they have. Live tasks
    get `task.deleted`. An account that was created for the demo is deactivated; its history stays. Repeating is
    harmless.
    """
    with use_provenance(_ACTOR):
        total = 0
        while True:
            with changing(owner) as change:
                chunk = DemoChunk.objects.filter(run__owner=owner).order_by("-run_id", "-first").first()
                if chunk is None:
                    _end_runs(owner)
                    return
                total += _remove_some(change, chunk.task_ids)
                chunk.delete()
            yield total


def _begin_run(owner: User, *, seed: int, made_owner: bool) -> DemoRun:
    with changing(owner) as change:
        run = DemoRun.objects.filter(owner=owner, seed=seed).first()
        if run is not None:
            return run
        known = set(Tag.objects.filter(owner=owner, retired_at=None).values_list("pk", flat=True))
        load_tags(change, first_spellings(TAGS), quota=Quota.NONE)
        made = [tag.pk for tag in ensure_tags(change, TAGS) if tag.pk not in known]
        at = change.at.replace(microsecond=0)
        return DemoRun.objects.create(
            owner=owner, seed=seed, made_owner=made_owner, tag_ids=made, created_at=at
        )


def _make_some(change: Change, run: DemoRun, *, count: int) -> None:
    numbers = range(run.made, run.made + count)
    load_tags(change, first_spellings(TAGS), quota=Quota.NONE)
    together = replace(change, pending_saves=[])
    drafts = [
        _draft(together, each) for each in samples(run.seed, numbers, now=run.created_at, zone=change.zone)
    ]
    save_all(change, together.pending_saves or [])
    task_ids = [draft.task.pk for draft in drafts]
    DemoChunk.objects.create(run=run, first=run.made, task_ids=task_ids)
    run.made += count
    run.save(update_fields=["made"])


def _draft(change: Change, each: Sample) -> Draft:
    draft = new_task(
        change,
        _without_past_reminders(each.fields, change.at),
        made_at=each.created_at,
        done_at=each.completed_at,
    )
    if draft.new_series is not None:
        draft.new_series.created_at = each.created_at
    return draft


def _without_past_reminders(fields: TaskFields, now: datetime) -> TaskFields:
    """Return the fields without reminders at an instant that has passed since the run began."""
    given = () if fields.reminders is UNSET else fields.reminders
    kept = tuple(each for each in given if not (isinstance(each.at, AtInstant) and each.at.instant <= now))
    return fields if len(kept) == len(given) else replace(fields, reminders=kept)


def _remove_some(change: Change, task_ids: Collection[int]) -> int:
    mine = Task.objects.filter(owner_id=change.owner_id)
    series = list(mine.filter(pk__in=task_ids, series__isnull=False).values_list("series_id", flat=True))
    tasks = list(mine.filter(Q(pk__in=task_ids) | Q(series_id__in=series)).order_by("id"))
    live = [draft_of_full(full) for full in load_all_full([task for task in tasks if task.is_live])]
    for draft in live:
        draft.task.deleted_at = change.at
        plan_all(change, draft, catches_up=False)
    record_deletion(change, live)
    remove_rows([task.pk for task in tasks])
    Series.objects.filter(pk__in=series).delete()
    return len(tasks)


def _end_runs(owner: User) -> None:
    """Delete the runs and the tags of the demo that nothing else has; deactivate an account that the demo created."""
    runs = list(DemoRun.objects.filter(owner=owner))
    tags = Tag.objects.filter(owner=owner, pk__in=[pk for run in runs for pk in run.tag_ids])
    tags.filter(task_links=None, series_links=None).delete()
    if any(run.made_owner for run in runs):
        User.objects.filter(pk=owner.pk).update(is_active=False)
    DemoRun.objects.filter(owner=owner).delete()
