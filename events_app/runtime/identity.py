"""The names of this process in leases, claims and heartbeats, unique among all that share the database.

A name is `host:process id:random`: two containers may share host name and process id. A process that alone holds a
data folder adds `@folder`. The next holder of the folder knows by that suffix that the process has ended, and may take
over its leases and claims at once.
"""

import os
import secrets
import socket
from functools import cache
from typing import Final
from uuid import UUID

_HOST: Final = socket.gethostname()[:63]
_PLACE_BYTES: Final = 8
_place = ""


def set_place(place: str) -> None:
    """Set the name of the data folder that names end in from now on: 16 hexadecimal digits, "" for none."""
    global _place  # noqa: PLW0603 - one process, one folder
    if place and len(bytes.fromhex(place)) != _PLACE_BYTES:
        raise ValueError(f"{place} does not have 16 hexadecimal digits")
    _place = place


def instance_name() -> str:
    """Return the name of this process, which never changes."""
    return _name_process(_random_digits(os.getpid()))


def new_holder() -> str:
    """Return a name for a holder of leases, which is unique even within this process."""
    return _name_process(secrets.token_hex(6))


def new_host_id() -> UUID:
    """Return a random id for a holder of rows. Its first half is the data folder's name, if one is held."""
    return UUID(hex=f"{_place or secrets.token_hex(_PLACE_BYTES)}{secrets.token_hex(_PLACE_BYTES)}")


def ending_of(place: str) -> str:
    """Return the suffix of the names of all processes that ever held this data folder."""
    return f"@{place}"


def host_ids_of(place: str) -> tuple[UUID, UUID]:
    """Return the lowest and the highest id that `new_host_id` can return for this data folder."""
    return UUID(hex=place + "0" * 16), UUID(hex=place + "f" * 16)


def _name_process(random: str) -> str:
    name = f"{_HOST}:{os.getpid()}:{random}"
    return name + ending_of(_place) if _place else name


@cache
def _random_digits(process_id: int) -> str:
    """Return random digits, cached by process id so that a fork has its own."""
    return secrets.token_hex(6)
