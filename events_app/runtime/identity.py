"""Who this process is among all that share the database: the names that leases, claims and heartbeats carry.

A name is `host:process id:random`, for two containers may share host name and process id. A process that holds
a data folder alone adds `@folder`: whoever holds that folder next knows by it that the process is dead, on
whatever database, and may take at once what carries its name.
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
    """Let all names from now on end in the data folder's: 16 hexadecimal digits, "" for none."""
    global _place  # noqa: PLW0603 - one process, one folder
    if place and len(bytes.fromhex(place)) != _PLACE_BYTES:
        raise ValueError(f"{place} does not have 16 hexadecimal digits")
    _place = place


def instance_name() -> str:
    """Return the name of this process, always the same one."""
    return _name_process(_random_of(os.getpid()))


def new_holder() -> str:
    """Return a name that nobody else has, in this process either: for whoever holds leases."""
    return _name_process(secrets.token_hex(6))


def new_host_id() -> UUID:
    """Return a random id for what holds rows by a UUID; it begins with the data folder, where one is held."""
    return UUID(hex=f"{_place or secrets.token_hex(_PLACE_BYTES)}{secrets.token_hex(_PLACE_BYTES)}")


def ending_of(place: str) -> str:
    """Return how the names of all processes end that ever held this data folder."""
    return f"@{place}"


def host_ids_of(place: str) -> tuple[UUID, UUID]:
    """Return the first and the last id that `new_host_id` may have given to holders of this data folder."""
    return UUID(hex=place + "0" * 16), UUID(hex=place + "f" * 16)


def _name_process(random: str) -> str:
    name = f"{_HOST}:{os.getpid()}:{random}"
    return name + ending_of(_place) if _place else name


@cache
def _random_of(process_id: int) -> str:
    """One for each process: a fork has another id."""
    return secrets.token_hex(6)
