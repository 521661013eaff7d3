"""Demonstration data: made in bulk, with the events that the operations would have recorded, and taken away."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from django.db.models import Q

from accounts_app.models import User
from events_app.context import Actor, Provenance, acting
from events_app.contracts import Payload, TaskCreated, TaskDeleted
from events_app.transactions import write_transaction
from tasks_app import recurrence as rec
from tasks_app.bulk import give_ids, insert_rows
from tasks_app.demo_data import TAGS, Sample, sample
from tasks_app.dues import due_of, place_due, wanted_due
from tasks_app.fields import UNSET, ReminderInput
from tasks_app.models import (
    DemoChunk,
    DemoRun,
    Series,
    SeriesTag,
    Tag,
    Task,
    TaskTag,
)
from tasks_app.operations.changes import Change, Draft, changing, draft_of_full, mirrored_fields
from tasks_app.operations.planning import add_reminder_row, definite, plan_all
from tasks_app.operations.search import put_words
from tasks_app.operations.tags import tags_named
from tasks_app.queries.tasks import in_full_all
from tasks_app.rows import snapshot
from tasks_app.schedules import shown_recurrence

TASKS_PER_TRANSACTION: Final = 500
_ACTOR: Final = Provenance(actor=Actor(type="system", id="demo"))


def demo_account(username: str, *, time_zone: str = "UTC") -> tuple[User, str | None]:
    """Return the user who gets the demo, made if absent or closed by `remove_demo`, and then a new password."""
    password = secrets.token_urlsafe(12)
    with write_transaction():
        user = User.objects.filter(username=username).first()
        if user is None:
            return User.objects.create_user(username, password=password, time_zone=time_zone), password
        if user.is_active:
            return user, None
        user.is_active = True
        user.set_password(password)
        user.save()
        return user, password


def make_demo(owner: User, *, tasks: int, seed: int, made_owner: bool = False) -> Iterator[int]:
    """Make tasks up to this number, 500 per transaction; yield how many there are after each.

    The same seed gives the same tasks, counted from when its run began. Repeating adds nothing; a greater
    number adds the difference; broken off, it goes on where it stopped.
    """
    with acting(_ACTOR):
        run = _begin(owner, seed=seed, made_owner=made_owner)
        while run.made < tasks:
            with changing(owner) as change:
                run = DemoRun.objects.get(pk=run.pk)
                count = min(TASKS_PER_TRANSACTION, tasks - run.made)
                if count > 0:
                    _make_some(change, run, count=count)
            yield run.made


def remove_demo(owner: User) -> Iterator[int]:
    """Take away what `make_demo` made for this user, 500 tasks per transaction; yield how many went so far.

    What came of it (occurrences of its series) goes along; what the user made stays, and so do tags that
    something else carries. Open tasks leave with `task.deleted`. An account that was made for the demo can no
    longer be used: its history stays, as every history does. Repeating is harmless.
    """
    with acting(_ACTOR):
        total = 0
        while True:
            with changing(owner) as change:
                chunk = DemoChunk.objects.filter(run__owner=owner).order_by("-run_id", "-first").first()
                if chunk is None:
                    _end(owner)
                    return
                total += _remove_some(change, chunk.task_ids)
                chunk.delete()
            yield total


def _begin(owner: User, *, seed: int, made_owner: bool) -> DemoRun:
    with changing(owner) as change:
        run = DemoRun.objects.filter(owner=owner, seed=seed).first()
        if run is not None:
            return run
        known = set(Tag.objects.filter(owner=owner, retired_at=None).values_list("pk", flat=True))
        made = [tag.pk for tag in tags_named(change, TAGS) if tag.pk not in known]
        at = change.at.replace(microsecond=0)
        return DemoRun.objects.create(
            owner=owner, seed=seed, made_owner=made_owner, tag_ids=made, created_at=at
        )


def _make_some(change: Change, run: DemoRun, *, count: int) -> None:
    numbers = range(run.made, run.made + count)
    samples = [sample(run.seed, number, now=run.created_at, zone=change.zone) for number in numbers]
    drafts = [_draft(change, each) for each in samples]
    series = [_series(change, draft, each) for draft, each in zip(drafts, samples, strict=True)]
    Series.objects.bulk_create([each for each in series if each is not None])
    for draft, each in zip(drafts, series, strict=True):
        draft.task.series = each
    tasks = [draft.task for draft in drafts]
    give_ids(tasks)
    insert_rows(tasks)
    put_words(tasks)
    _put_tags(change, drafts, samples)
    _put_reminders(change, drafts, samples)
    change.log.record_many([event for draft in drafts for event in _events(draft)])
    DemoChunk.objects.create(run=run, first=run.made, task_ids=[task.pk for task in tasks])
    run.made += count
    run.save(update_fields=["made"])


def _draft(change: Change, each: Sample) -> Draft:
    fields = each.fields
    assert fields.title is not UNSET  # noqa: S101 - samples have all three
    assert fields.description is not UNSET  # noqa: S101
    assert fields.priority is not UNSET  # noqa: S101
    task = Task(
        owner_id=change.owner_id,
        title=fields.title,
        description=fields.description,
        priority=fields.priority,
        created_at=each.created_at,
        updated_at=each.completed_at or each.created_at,
        completed_at=each.completed_at,
    )
    due, zone_name = wanted_due(task, fields, user_zone=change.zone)
    task.time_zone = zone_name
    place_due(task, due, user_zone=change.zone)
    return Draft(task, [], [])


def _series(change: Change, draft: Draft, each: Sample) -> Series | None:
    """Return the series, not saved, that a recurring sample begins."""
    recurrence, due, task = each.fields.recurrence, due_of(draft.task), draft.task
    if not isinstance(recurrence, rec.Recurrence) or due is None:
        return None
    start = rec.slot_of(due)
    task.occurrence, task.recurrence = rec.slot_text(start), shown_recurrence(recurrence, start)
    return Series(
        owner_id=change.owner_id,
        rule=str(recurrence.rule),
        anchor=recurrence.anchor.value,
        overflow=recurrence.overflow.value,
        start=task.occurrence,
        time_zone=task.time_zone,
        floating=task.floating,
        title=task.title,
        description=task.description,
        priority=task.priority,
        offsets=[given.offset.text for given in _wanted_reminders(each) if given.offset is not None],
        created_at=each.created_at,
    )


def _put_tags(change: Change, drafts: Sequence[Draft], samples: Sequence[Sample]) -> None:
    tags = dict(zip(TAGS, tags_named(change, TAGS), strict=True))
    for draft, each in zip(drafts, samples, strict=True):
        names = () if each.fields.tags is UNSET else each.fields.tags
        draft.tags = list({tags[name].pk: tags[name] for name in names}.values())
    links = [
        TaskTag(task=draft.task, tag=tag, position=place, **mirrored_fields(draft.task))
        for draft in drafts
        for place, tag in enumerate(draft.tags)
    ]
    give_ids(links)
    insert_rows(links)
    SeriesTag.objects.bulk_create(
        SeriesTag(series=draft.task.series, tag=tag, position=place)
        for draft in drafts
        if draft.task.series is not None
        for place, tag in enumerate(draft.tags)
    )


def _put_reminders(change: Change, drafts: Sequence[Draft], samples: Sequence[Sample]) -> None:
    for draft, each in zip(drafts, samples, strict=True):
        for given in _wanted_reminders(each):
            wanted = definite(change, draft, given)
            if wanted.at is None or wanted.at > change.at:
                add_reminder_row(change, draft, wanted, catches_up=False)
    reminders = [each for draft in drafts for each in draft.reminders]
    give_ids(reminders)
    insert_rows(reminders)


def _wanted_reminders(each: Sample) -> Sequence[ReminderInput]:
    return () if each.fields.reminders is UNSET else each.fields.reminders


def _events(draft: Draft) -> Iterator[Payload]:
    yield TaskCreated(task=snapshot(draft.lasting_row()), changed_fields=[], previous={})
    yield from (notice() for notice in draft.notices)


def _remove_some(change: Change, task_ids: Collection[int]) -> int:
    mine = Task.objects.filter(owner_id=change.owner_id)
    series = list(mine.filter(pk__in=task_ids, series__isnull=False).values_list("series_id", flat=True))
    tasks = list(mine.filter(Q(pk__in=task_ids) | Q(series_id__in=series)).order_by("id"))
    live = [draft_of_full(full) for full in in_full_all([task for task in tasks if task.is_live])]
    change.log.record_many([event for draft in live for event in _farewell(change, draft)])
    mine.filter(pk__in=[task.pk for task in tasks]).delete()
    Series.objects.filter(pk__in=series).delete()
    return len(tasks)


def _farewell(change: Change, draft: Draft) -> Iterator[Payload]:
    """Say that a task goes; the rows themselves are removed right after."""
    before = draft.lasting_row()
    draft.task.deleted_at = draft.task.updated_at = change.at
    draft.task.version += 1
    plan_all(change, draft, catches_up=False)
    after = draft.lasting_row()
    changed = [name for name in ("reminders", "reminder_at") if after[name] != before[name]]
    previous = {name: before[name] for name in changed}
    yield TaskDeleted(task=snapshot(after), changed_fields=changed, previous=previous)
    yield from (notice() for notice in draft.notices)


def _end(owner: User) -> None:
    """Once no task is left: the tags that nothing else carries, then the account if it was made for this."""
    runs = list(DemoRun.objects.filter(owner=owner))
    tags = Tag.objects.filter(owner=owner, pk__in=[pk for run in runs for pk in run.tag_ids])
    tags.filter(task_links=None, series_links=None).delete()
    if any(run.made_owner for run in runs):
        User.objects.filter(pk=owner.pk).update(is_active=False)
    DemoRun.objects.filter(owner=owner).delete()
