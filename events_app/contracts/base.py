"""The base class of payloads: strict and frozen, and an undeclared field is an error.

ContractError           a row of the log does not follow its contract
├── InvalidEvent        the data does not fit the schema: an ordinary failure of the reader
└── UnknownVersion      a newer release wrote the row: retry later without counting an attempt
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, JsonValue, PlainSerializer


class ContractError(Exception):
    """Base of the errors that decoding raises."""


class InvalidEvent(ContractError):
    """The data does not fit the schema of its type and version."""


class UnknownVersion(ContractError):
    """The type or version is newer than this process knows."""


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Strict models refuse strings for times, so these parse the JSON forms before validation.
def _parse_as(kind: type[datetime] | type[date] | type[time]) -> BeforeValidator:
    def parse(value: object) -> object:
        return kind.fromisoformat(value) if isinstance(value, str) else value

    return BeforeValidator(parse)


Instant = Annotated[AwareDatetime, _parse_as(datetime), PlainSerializer(_rfc3339, when_used="json")]
CalendarDate = Annotated[date, _parse_as(date)]
ClockTime = Annotated[
    time, _parse_as(time), PlainSerializer(lambda value: value.strftime("%H:%M"), when_used="json")
]
PriorityName = Literal["low", "medium", "high", "urgent"]


class Contract(BaseModel):
    """Base of payloads and of the values inside them."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", ser_json_inf_nan="null")


def replaced_values(before: Contract | None, after: Contract | None) -> dict[str, JsonValue]:
    """Return the fields of `before` that `after` has other values for, as they were; all of them if it is None."""
    was, now = (each.model_dump(mode="json") if each else {} for each in (before, after))
    return {name: value for name, value in was.items() if after is None or value != now.get(name)}


class Payload(Contract):
    """Base of the content of an event. `TYPE` and `V` name its schema; the event's row has both."""

    TYPE: ClassVar[str]
    V: ClassVar[int] = 1

    @property
    def about_task(self) -> int | None:
        """The id of the task that the event is about, or None."""
        return None


@dataclass(frozen=True, slots=True)
class PrintedPayload:
    """A payload as the JSON text that the log stores. Its writer guarantees the shape; tests decode it strictly."""

    kind: type[Payload]
    about_task: int | None
    text: str
