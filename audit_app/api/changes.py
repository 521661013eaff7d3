"""What an event says of before and after, for people who read the trail. Pure: no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
# Where the thing that an event is about lies in its content, by the first part of its type.
_THING = {"task": "task", "notification": "notification", "preferences": "preferences"}


@dataclass(frozen=True)
class ContentChange:
    """`before` and `after` name the same fields of what was changed; None: there was, or is, nothing."""

    before: Content | None
    after: Content | None
    changed_fields: list[str]


def change_of(type_: str, content: Content) -> ContentChange:
    """Return the change that an event of `type_` with this content describes.

    A change of fields has just these fields on both sides; what came to be has all of itself after, what
    went has all of itself before.
    """
    thing: Content = content.get(_THING.get(type_.partition(".")[0], ""), content)
    previous: Content = content.get("previous") or {}
    fields: list[str] = content.get("changed_fields") or list(previous)
    if type_ == "task.deleted":
        return ContentChange(before=thing, after=None, changed_fields=fields)
    if not previous:
        return ContentChange(before=None, after=thing, changed_fields=fields)
    after = {name: thing[name] for name in previous if name in thing}
    return ContentChange(before=previous, after=after, changed_fields=fields)
