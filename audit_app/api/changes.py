"""The values before and after a change, for people who read the trail. Pure: no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
# The field of an event's content with the changed object, by the first part of the event's type.
_SUBJECT = {name: name for name in ("task", "notification", "preferences", "view", "tag")}


@dataclass(frozen=True)
class ContentChange:
    """`before` and `after` have the same fields of the changed object; None: it did not exist, or does no longer."""

    before: Content | None
    after: Content | None
    changed_fields: list[str]


def version_of(content: Content) -> int | None:
    """Return the version of its task that an event with this content made; None where it is about no task."""
    task: Content = content.get("task") or {}
    return task.get("version")


def change_of(type_: str, content: Content) -> ContentChange:
    """Return the change that an event of `type_` with this content describes.

    A change of fields has these fields on both sides; one of what comes of a task's series has none. An object that was
    created has all fields in `after`, one that was deleted has all fields in `before`.
    """
    subject: Content | None = content.get(_SUBJECT.get(type_.partition(".")[0], ""), content)
    previous: Content = content.get("previous") or {}
    fields: list[str] = content.get("changed_fields") or list(previous)
    if subject is None:
        return ContentChange(before=previous, after=None, changed_fields=fields)
    if type_ == "task.deleted":
        return ContentChange(before=subject, after=None, changed_fields=fields)
    if not previous and type_ != "task.updated":
        return ContentChange(before=None, after=subject, changed_fields=fields)
    after = {name: subject[name] for name in previous if name in subject}
    return ContentChange(before=previous, after=after, changed_fields=fields)
