"""Creating, renaming, colouring, merging and deleting tags.

A change that reaches at most 500 tasks is one transaction. For more tasks a job is inserted, which `run_tag_jobs`
continues. Each task that changes gets one `task.updated` with `changed_fields` `["tags"]` in both cases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from accounts_app.models import User
from accounts_app.operations.write_rates.charging import charge_rows
from events_app.contracts import TagChanged, TagSnapshot, replaced_values
from events_app.runtime.crash import crash_point
from foundation.context import Actor, Provenance, use_provenance
from tasks_app.editing.change import Change, changing
from tasks_app.errors import InvalidInput, TagBusy, TagNameTaken
from tasks_app.models import SeriesTag, Tag, TagJob, TaskTag
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.quotas import room_for_tags, tag_refusal
from tasks_app.operations.saved_views import follow_renamed_tag
from tasks_app.operations.tags.steps import TASKS_PER_TRANSACTION, TagJobKind, take_step
from tasks_app.queries.tags import known_tag, running_job, tag_of, tags_by_key
from tasks_app.values.fields import UNSET, Unset
from tasks_app.values.tag_names import tag_key

SWEEP_SECONDS: Final = 0.5
_SWEEP = Provenance(actor=Actor(type="system", id="tags"))


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag after a change (None: it is deleted), and the job that applies the change to its tasks, if any."""

    tag: Tag | None
    job: TagJob | None = None


def create_tag(name: str, *, color: str = "", by: User, at: datetime) -> Tag:
    """Create a tag that no task has yet and return it. Raises TagNameTaken, QuotaExceeded."""
    with changing(by, at=at) as change:
        _refuse_taken(change, name)
        if not room_for_tags(change.owner_id, 1):
            raise tag_refusal()
        tag = Tag.objects.create(owner_id=change.owner_id, name=name, key=tag_key(name), color=color)
        _record(change, tag.pk, before=None, after=_snapshot(tag))
        return tag


def change_tag(
    tag_id: int, *, name: str | Unset = UNSET, color: str | Unset = UNSET, by: User, at: datetime
) -> TagChange:
    """Rename or colour a tag; its tasks keep it, and saved views ask for it by its new name.

    The name that it has already changes nothing. Raises TagNotFound, TagNameTaken if another tag has the name (merge
    the two instead), TagBusy, ViewTooLong, TooManyWrites.
    """
    with changing(by, at=at) as change:
        tag = tag_of(change.owner_id, tag_id)
        before = _snapshot(tag)
        if color is not UNSET:
            tag.color = color
            tag.save(update_fields=["color"])
        if name is UNSET or name == tag.name:
            _record(change, tag.pk, before=before, after=_snapshot(tag))
            return TagChange(tag, None if name is UNSET else running_job(tag))
        _refuse_taken(change, name, but=tag)
        _refuse_busy(tag)
        tag.former_name, tag.former_key, tag.told_to = tag.name, tag.key, 0
        tag.name, tag.key = name, tag_key(name)
        tag.save()
        _record(change, tag.pk, before=before, after=_snapshot(tag))
        follow_renamed_tag(change, tag.former_key, name)
        return TagChange(tag, _apply_to_tasks(change, tag, TagJobKind.RENAME))


def merge_tag(tag_id: int, *, into: int, by: User, at: datetime) -> TagChange:
    """Replace a tag by another on every task that has it, at the same position and without repetition, and delete it.

    Saved views that asked for it ask for the other. Repeating it while its job runs returns that job. Raises
    TagNotFound, TagBusy, InvalidInput if both are the same tag, ViewTooLong, TooManyWrites.
    """
    with changing(by, at=at) as change:
        tag, target = known_tag(change.owner_id, tag_id), tag_of(change.owner_id, into)
        if tag.retired_at is not None and tag.into_id == target.pk:
            return TagChange(target, running_job(tag))
        if tag.pk == target.pk:
            raise InvalidInput.of("into", "same", "A tag can not be merged into itself.")
        _refuse_busy(tag)
        return TagChange(target, _retire(change, tag, TagJobKind.MERGE, into=target))


def delete_tag(tag_id: int, *, by: User, at: datetime) -> TagChange:
    """Remove a tag from every task and delete it. Repeating it while its job runs returns that job.

    Raises TagNotFound, TagBusy, TooManyWrites.
    """
    with changing(by, at=at) as change:
        tag = known_tag(change.owner_id, tag_id)
        if tag.retired_at is not None and tag.into_id is None:
            return TagChange(None, running_job(tag))
        _refuse_busy(tag)
        return TagChange(None, _retire(change, tag, TagJobKind.DELETE, into=None))


def run_tag_jobs(*, seconds: float = SWEEP_SECONDS) -> int:
    """Run tag jobs in turn for about `seconds`, 500 tasks per transaction; return how many tasks changed.

    A job continues where it stopped; two sweeps at once share the work. A job that fails is logged and counted, is
    retried by the next sweep and holds up no other.
    """
    until, total = monotonic() + seconds, 0
    with use_provenance(_SWEEP):
        while (done := _run_round(lambda: monotonic() < until)) and monotonic() < until:
            total += done
        return total + done


def _run_round(has_time: Callable[[], bool]) -> int:
    """Take one step of each unfinished job while there is time; return how many tasks and templates changed."""
    jobs = TagJob.objects.filter(finished_at__isnull=True).order_by("id").values_list("id", "owner_id")
    return sum(run_isolated("tags", partial(_continue_job, *job)) for job in list(jobs) if has_time())


def _continue_job(job_id: int, owner_id: int) -> int:
    """Take one step of a job; return how many tasks and templates it changed."""
    with changing(owner_id) as change:
        job = TagJob.objects.get(pk=job_id)
        tag = Tag.objects.filter(pk=job.tag_id).first()
        if job.finished_at is not None:
            return 0
        reached = take_step(change, tag, job.kind) if tag else None
        if reached is None:
            job.finished_at = change.at
        job.done += reached or 0
        job.save(update_fields=["done", "finished_at"])
        crash_point("sweep.before_commit")
    crash_point("sweep.after_commit")
    return reached or 0


def _retire(change: Change, tag: Tag, kind: TagJob.Kind, *, into: Tag | None) -> TagJob | None:
    """Retire a tag, which frees its name, and apply the merge or deletion to its tasks."""
    tag.retired_at, tag.into = change.at, into
    tag.save()
    _record(change, tag.pk, before=_snapshot(tag), after=None, into=into)
    if into is not None:
        follow_renamed_tag(change, tag.key, into.name)
    return _apply_to_tasks(change, tag, kind)


def _snapshot(tag: Tag) -> TagSnapshot:
    return TagSnapshot(id=tag.pk, name=tag.name, color=tag.color)


def _record(
    change: Change,
    tag_id: int,
    *,
    before: TagSnapshot | None,
    after: TagSnapshot | None,
    into: Tag | None = None,
) -> None:
    """Record what has become of a tag; what is as it was is no event."""
    if after == before:
        return
    previous = replaced_values(before, after)
    changed = TagChanged(
        tag_id=tag_id,
        tag=after,
        into_id=into.pk if into else None,
        changed_fields=list(previous),
        previous=previous,
    )
    change.record([changed])


def _apply_to_tasks(change: Change, tag: Tag, kind: TagJob.Kind) -> TagJob | None:
    """Apply a change of a tag to all tasks now, or insert a job and return it if there are too many for a transaction.

    The user is charged a write for each task, at most for those of one transaction.
    """
    tasks = TaskTag.objects.filter(tag=tag).count()
    charge_rows(change.owner_id, min(tasks, TASKS_PER_TRANSACTION))
    if tasks + SeriesTag.objects.filter(tag=tag).count() > TASKS_PER_TRANSACTION:
        return TagJob.objects.create(
            owner_id=change.owner_id,
            kind=kind,
            tag_id=tag.pk,
            into_id=tag.into_id,
            total=tasks,
            created_at=change.at,
        )
    while take_step(change, tag, kind) is not None:
        pass
    return None


def _refuse_taken(change: Change, name: str, *, but: Tag | None = None) -> None:
    key = tag_key(name)
    other = tags_by_key(change.owner_id, [key]).get(key)
    if other is not None and other != but:
        raise TagNameTaken(
            f"There is a tag {other.name!r} already (id {other.pk}); merge into it instead.", field="name"
        )


def _refuse_busy(tag: Tag) -> None:
    """Raise TagBusy while an earlier change of the tag, or a merge into it, has not reached all tasks."""
    if tag.retired_at or tag.told_to is not None or Tag.objects.filter(into=tag).exists():
        raise TagBusy
