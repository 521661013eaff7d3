"""Events of tags. They are in the log only, for the user's own devices, and are never published."""

from typing import ClassVar

from pydantic import JsonValue

from events_app.contracts.base import Contract, Payload


class TagSnapshot(Contract):
    """A tag as the API returns it, without the number of its tasks."""

    id: int
    name: str
    color: str


class TagChanged(Payload):
    """A user made, renamed, coloured, merged or deleted a tag; `tag` is None when it is gone.

    `into_id` is the tag that a merged one became. `previous` has what it was before, as far as that is another value.
    Each task that changes with the tag has its own `task.updated`. A tag that is made by naming it on a task has no
    event.
    """

    TYPE: ClassVar[str] = "tag.changed"

    tag_id: int
    tag: TagSnapshot | None
    into_id: int | None
    changed_fields: list[str]
    previous: dict[str, JsonValue]
