"""Events of saved views. They are in the log only, for the user's own devices, and are never published."""

from typing import ClassVar, Literal

from pydantic import JsonValue

from events_app.contracts.base import Contract, Payload


class ViewSnapshot(Contract):
    """A saved view as the API returns it, without its version."""

    id: int
    name: str
    query: str
    group: Literal["none", "due", "priority", "tag", "created"]
    sort: str
    position: int


class ViewChanged(Payload):
    """A user made, changed, moved or deleted a saved view; `view` is None when it is gone.

    `previous` has what it was before, as far as that is another value. Views that only made room have no event.
    """

    TYPE: ClassVar[str] = "view.changed"

    view_id: int
    view: ViewSnapshot | None
    changed_fields: list[str]
    previous: dict[str, JsonValue]
